"""The port of card payments: a hosted page, its outcome, refunds, disputes. One vendor a house."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol


@dataclass(frozen=True, slots=True)
class CardLine:
    """What the hosted page shows: `price_vnd` for one unit."""

    name: str
    quantity: int
    price_vnd: int


@dataclass(frozen=True, slots=True)
class CardSessionRequest:
    """One payment for the card parts of one order. `reference` is our checkout's id."""

    reference: str
    lines: Sequence[CardLine]
    language: str
    expires_at: datetime
    success_url: str
    cancel_url: str


@dataclass(frozen=True, slots=True)
class CardSession:
    """A hosted page as the vendor sees it now. `url` is empty once it is closed."""

    id: str
    reference: str
    url: str
    state: Literal["open", "complete", "expired"]
    paid: bool
    amount_vnd: int
    payment_id: str  # the vendor's payment behind it; empty before one exists
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class CardPayment:
    """A payment fetched again. `fee_vnd` and `net_vnd` None until the vendor has booked it."""

    id: str
    state: Literal["open", "processing", "succeeded", "failed", "cancelled"]
    amount_vnd: int
    received_vnd: int
    refunded_vnd: int
    charge_id: str
    balance_id: str
    fee_vnd: int | None
    net_vnd: int | None
    disputed: bool


@dataclass(frozen=True, slots=True)
class CardRefund:
    """A refund as the vendor sees it now; `reference` is our refund's id."""

    id: str
    reference: str
    payment_id: str
    amount_vnd: int
    state: Literal["pending", "succeeded", "failed", "cancelled"]


@dataclass(frozen=True, slots=True)
class CardDispute:
    """A buyer's bank asks the money back. `due_by`: until when evidence is taken.

    `fee_vnd`: what the vendor has kept for its trouble so far; it stays when the dispute is won.
    """

    id: str
    payment_id: str
    amount_vnd: int
    state: str
    reason: str
    funds_withdrawn: bool
    due_by: datetime | None
    fee_vnd: int = 0


@dataclass(frozen=True, slots=True)
class CardEvent:
    """A notice: only a hint to fetch `object_id` again. `event_id` is unique at the vendor."""

    event_id: str
    kind: str
    object_id: str
    occurred_at: datetime
    live: bool


class CardRefused(Exception):
    """The vendor definitely said no; nothing was done. `code` is the vendor's, for the log."""

    def __init__(self, code: str, message: str = "") -> None:
        super().__init__(f"{code}: {message}"[:300])
        self.code = code


class CardPayments(Protocol):
    """Every call raises `Unavailable` (code `cards.unavailable`) when the outcome is unknown or the
    vendor is away: send it again with the same `key`; and `CardRefused` for a definite refusal."""

    name: str
    live: bool

    async def open_session(self, request: CardSessionRequest, *, key: str) -> CardSession:
        """Make the hosted page. The same `key` gives the same page."""
        ...

    async def session(self, session_id: str) -> CardSession:
        """Fetch it again."""
        ...

    async def expire_session(self, session_id: str) -> CardSession:
        """Close a page that was not paid; one that was paid or closed comes back as it is."""
        ...

    async def payment(self, payment_id: str) -> CardPayment:
        """Fetch it again, with its charge, refunds and balance transaction."""
        ...

    async def refund(
        self, payment_id: str, amount_vnd: int, *, reference: str, key: str
    ) -> CardRefund:
        """Give money back, once per `key`."""
        ...

    async def refunds(self, payment_id: str) -> list[CardRefund]:
        """Every refund of a payment: the look-up before anything is sent after a day."""
        ...

    async def refund_now(self, refund_id: str) -> CardRefund:
        """Fetch one again."""
        ...

    async def dispute(self, dispute_id: str) -> CardDispute:
        """Fetch it again."""
        ...

    def events_since(self, since: datetime) -> AsyncIterator[CardEvent]:
        """Every event since then that we take, oldest first: finds what was never delivered."""
        ...

    def verify(self, raw: bytes, headers: Mapping[str, str], *, now: datetime) -> None:
        """Raises `NotAllowed` (code `cards.signature`) unless signed with a secret, and within five
        minutes to either side of `now`."""
        ...

    def parse(self, raw: bytes) -> CardEvent:
        """Raises `Problem` (code `cards.unreadable`) for a body of another shape."""
        ...

    async def close(self) -> None:
        """Give the connections back; the next call opens new ones."""
        ...
