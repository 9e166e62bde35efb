"""SePay: signed notices of money on a producer's own account (developer.sepay.vn)."""

import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, Final, Literal, NoReturn

from integrations.contracts.errors import N_, NotAllowed, Problem
from integrations.contracts.money import MAX_AMOUNT_VND
from integrations.contracts.ports import BankTransfer
from integrations.contracts.text import clean_line

# Two forms are seen in the field: the HMAC over "<timestamp>.<body>", or over the body alone.
Signs = Literal["timestamp.body", "body"]

TIMESTAMP_HEADER: Final = "X-SePay-Timestamp"
SIGNATURE_HEADER: Final = "X-SePay-Signature"
VIETNAM: Final = timezone(timedelta(hours=7), "Asia/Ho_Chi_Minh")  # no other offset since 1975

_MAX_AGE = timedelta(minutes=5)
_MAX_AHEAD = timedelta(minutes=1)  # clocks differ a little; a far future would be replayable
_UNIX = re.compile(r"[0-9]{1,11}")
_ACCOUNT = re.compile(r"[0-9A-Za-z]{1,34}")
_CONTENT_MAX = 500  # bank_event.content holds as much
_REFERENCE_MAX = 100


def sign(secret: str, raw: bytes, timestamp: int, signs: Signs) -> str:
    """The value of the signature header: `sha256=` and the HMAC-SHA256 in hex."""
    message = raw if signs == "body" else f"{timestamp}.".encode() + raw
    return "sha256=" + hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()


class SePay:
    """The port `BankEvents` in SePay's form. `signs` names the text that the HMAC covers."""

    name = "sepay"

    def __init__(self, secret: str, signs: Signs = "timestamp.body") -> None:
        if not secret:
            raise ValueError("SePay needs its secret: an empty one would let everybody sign")
        self._secret = secret
        self._signs = signs

    def verify(self, raw: bytes, headers: Mapping[str, str], *, now: datetime) -> None:
        """Raises `NotAllowed` (`bank.signature`) unless signed, and sent in the last 5 minutes."""
        given = {name.lower(): value for name, value in headers.items()}
        stamp = given.get(TIMESTAMP_HEADER.lower(), "")
        claimed = given.get(SIGNATURE_HEADER.lower(), "")
        if not _UNIX.fullmatch(stamp):
            raise _not_signed()
        age = now - datetime.fromtimestamp(int(stamp), UTC)
        right = sign(self._secret, raw, int(stamp), self._signs)
        # The signature first: a stranger does not learn from the answer how clocks differ.
        if not hmac.compare_digest(right.encode(), claimed.encode("utf-8", "replace")):
            raise _not_signed()
        if not -_MAX_AHEAD <= age <= _MAX_AGE:
            raise _not_signed()

    def parse(self, raw: bytes) -> BankTransfer:
        """One statement line; `occurred_at` is UTC. Raises `Problem` (`bank.unreadable`)."""
        try:
            body = json.loads(raw)
        except (ValueError, RecursionError):
            _unreadable("JSON")
        if not isinstance(body, dict):
            _unreadable("JSON")
        return BankTransfer(
            provider=self.name,
            provider_event_id=_event_id(body),
            account=_account(body),
            amount_vnd=_amount(body),
            direction=_direction(body),
            content=_line(body, "content", _CONTENT_MAX),
            bank_reference=_line(body, "referenceCode", _REFERENCE_MAX),
            occurred_at=_occurred_at(body),
        )


def _not_signed() -> NotAllowed:
    return NotAllowed(
        "bank.signature", N_("This bank notice is not signed with our key, or it is too old.")
    )


def _unreadable(field: str) -> NoReturn:
    raise Problem(
        "bank.unreadable",
        N_("This bank notice cannot be read: {field} is missing or has another form."),
        who="us",
        params={"field": field},
    )


def _event_id(body: dict[str, Any]) -> str:
    value = body.get("id")
    if isinstance(value, str) and value.isascii() and value.isalnum() and len(value) <= 64:
        return value
    if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**63:
        return str(value)
    _unreadable("id")


def _account(body: dict[str, Any]) -> str:
    value = body.get("accountNumber")
    if isinstance(value, str) and _ACCOUNT.fullmatch(value.strip()):
        return value.strip()
    _unreadable("accountNumber")


def _amount(body: dict[str, Any]) -> int:
    value = body.get("transferAmount")
    if isinstance(value, int) and not isinstance(value, bool) and 0 < value <= MAX_AMOUNT_VND:
        return value
    _unreadable("transferAmount")


def _direction(body: dict[str, Any]) -> str:
    value = body.get("transferType")
    if value in ("in", "out"):
        return str(value)
    _unreadable("transferType")


def _line(body: dict[str, Any], name: str, limit: int) -> str:
    """Free text of the payer: null counts as empty, control marks go, the rest is cut."""
    value = body.get(name)
    if value is None:
        return ""
    if isinstance(value, str):
        return clean_line(value)[:limit]
    _unreadable(name)


def _occurred_at(body: dict[str, Any]) -> datetime:
    value = body.get("transactionDate")
    if isinstance(value, str):
        try:
            local = datetime.strptime(value, "%Y-%m-%d %H:%M:%S").replace(tzinfo=VIETNAM)
            return local.astimezone(UTC)
        except (ValueError, OverflowError):
            pass
    _unreadable("transactionDate")
