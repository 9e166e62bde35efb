"""The ports: what the house needs from outside, said in its own words.

An adapter translates; it owns no tables and never calls upward. `market/wiring.py` builds the
one frozen `Ports` that services receive as an argument.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import BinaryIO, Protocol

from integrations.contracts.cards import CardPayments
from integrations.contracts.channels import Channel


@dataclass(frozen=True, slots=True)
class StoredObject:
    """What a storage says of one object."""

    key: str
    size_bytes: int


class Storage(Protocol):
    """Objects by key. Keys carry the file extension; everything is private."""

    async def put(self, key: str, body: bytes | BinaryIO, *, content_type: str) -> StoredObject:
        """Store or overwrite. Raises `Unavailable` when the storage does not answer."""
        ...

    async def get(self, key: str) -> bytes:
        """Whole object. Raises `NotFound` (code `storage.missing`) or `Unavailable`."""
        ...

    async def delete(self, key: str) -> None:
        """Remove; a missing object is no error."""
        ...

    async def list_keys(self, prefix: str) -> list[str]:
        """Keys below a prefix, sorted."""
        ...

    async def check(self) -> None:
        """Raise `Unavailable` when the bucket cannot be reached."""
        ...


@dataclass(frozen=True, slots=True)
class Message:
    """A short text to one phone. `dedupe_key` is the outbox row's id: sent at most once."""

    to_phone: str
    text: str
    dedupe_key: str
    kind: str


class Messages(Protocol):
    """SMS, Zalo, console: whatever reaches the phone."""

    async def send(self, message: Message) -> None:
        """Raises `Unavailable` when it should be tried again, `Declined` when never."""
        ...

    async def close(self) -> None:
        """Give the connections of this loop back."""
        ...


@dataclass(frozen=True, slots=True)
class TransferRequest:
    """What a payer's bank app must fill in. `account` is plain: never log this object."""

    bank_bin: str
    account: str
    amount_vnd: int
    reference: str


class BankQr(Protocol):
    """The bank-transfer QR of the country (VietQR / NAPAS 247)."""

    def payload(self, request: TransferRequest) -> str:
        """EMVCo text with its CRC. Raises `ValueError` for a field that cannot be encoded."""
        ...

    def svg(self, payload: str) -> str:
        """An inline `<svg>` element, black on white with a quiet zone, no size attributes."""
        ...

    def png(self, payload: str) -> bytes:
        """The same as a PNG of at least 720 px, to be saved and opened in a bank app."""
        ...


@dataclass(frozen=True, slots=True)
class BankTransfer:
    """One line of a bank statement as a provider reports it (`direction` in or out)."""

    provider: str
    provider_event_id: str
    account: str
    amount_vnd: int
    direction: str
    content: str
    bank_reference: str
    occurred_at: datetime


class BankEvents(Protocol):
    """Signed notices of money that came in on a producer's own account."""

    name: str

    def verify(self, raw: bytes, headers: Mapping[str, str], *, now: datetime) -> None:
        """Raises `NotAllowed` (code `bank.signature`) unless signed with the secret and fresh."""
        ...

    def parse(self, raw: bytes) -> BankTransfer:
        """Raises `Problem` (code `bank.unreadable`) for a body of another shape."""
        ...


@dataclass(frozen=True, slots=True)
class Ports:
    """Everything outside, one field each."""

    storage: Storage
    messages: Messages
    bank_qr: BankQr
    bank_events: BankEvents
    cards: CardPayments | None = None  # None: no keys were given
    channels: Mapping[str, Channel] = field(default_factory=dict)

    async def close(self) -> None:
        """Give every vendor's connections back, before the process or its loop ends."""
        if self.cards is not None:
            await self.cards.close()
        for channel in self.channels.values():
            await channel.close()
        await self.messages.close()
