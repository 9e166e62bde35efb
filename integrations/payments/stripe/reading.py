"""Stripe's objects as plain data, read into the words of our port."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final, Literal, TypeVar

from integrations.contracts.cards import (
    CardDispute,
    CardEvent,
    CardPayment,
    CardRefund,
    CardSession,
)

Raw = Mapping[str, Any]
T = TypeVar("T")

_PAYMENT: Final[Mapping[str, Literal["open", "processing", "succeeded", "failed", "cancelled"]]] = {
    "requires_payment_method": "open",
    "requires_confirmation": "open",
    "requires_action": "open",
    "requires_capture": "open",
    "processing": "processing",
    "succeeded": "succeeded",
    "canceled": "cancelled",
}
_REFUND: Final[Mapping[str, Literal["pending", "succeeded", "failed", "cancelled"]]] = {
    "pending": "pending",
    "requires_action": "pending",
    "succeeded": "succeeded",
    "failed": "failed",
    "canceled": "cancelled",
}
_SESSION: Final[Mapping[str, Literal["open", "complete", "expired"]]] = {
    "open": "open",
    "complete": "complete",
    "expired": "expired",
}


class Unreadable(ValueError):
    """A field is missing or has another form; the text names it."""


def read_session(raw: Raw) -> CardSession:
    """A Checkout Session, its payment intent expanded or not."""
    _is(raw, "checkout.session")
    return CardSession(
        id=_text(raw, "id"),
        reference=_word(raw, "client_reference_id"),
        url=_word(raw, "url"),
        state=_one_of(_SESSION, raw, "status"),
        # "no_payment_required" is a session over nothing, which we never open.
        paid=_text(raw, "payment_status") == "paid",
        amount_vnd=_dong(raw, "amount_total"),
        payment_id=_id(raw.get("payment_intent")),
        expires_at=_time(raw, "expires_at"),
    )


def read_payment(raw: Raw) -> CardPayment:
    """A payment intent with `latest_charge.balance_transaction` expanded."""
    _is(raw, "payment_intent")
    state = _one_of(_PAYMENT, raw, "status")
    if state == "open" and raw.get("last_payment_error"):
        # The last try failed; another may follow for as long as its page is open.
        state = "failed"
    given = raw.get("latest_charge")
    charge: Raw = given if isinstance(given, dict) else {}
    fee_vnd, net_vnd = _booked(charge)
    booking = charge.get("balance_transaction")
    return CardPayment(
        id=_text(raw, "id"),
        state=state,
        amount_vnd=_dong(raw, "amount"),
        received_vnd=_whole(raw, "amount_received"),
        refunded_vnd=_whole(charge, "amount_refunded") if charge else 0,
        charge_id=_id(given),
        balance_id=_id(booking),
        fee_vnd=fee_vnd,
        net_vnd=net_vnd,
        disputed=charge.get("disputed") is True,
    )


def read_refund(raw: Raw) -> CardRefund:
    """A refund; `metadata.reference` is what we gave it."""
    _is(raw, "refund")
    metadata = raw.get("metadata")
    return CardRefund(
        id=_text(raw, "id"),
        reference=_word(metadata, "reference") if isinstance(metadata, dict) else "",
        payment_id=_id(raw.get("payment_intent")),
        amount_vnd=_dong(raw, "amount"),
        state=_one_of(_REFUND, raw, "status"),
    )


def read_dispute(raw: Raw) -> CardDispute:
    """A dispute. Its balance transactions tell whether the money is with the buyer's bank now."""
    _is(raw, "dispute")
    moves, evidence = raw.get("balance_transactions"), raw.get("evidence_details")
    if not isinstance(moves, list) or not all(isinstance(one, dict) for one in moves):
        raise Unreadable("balance_transactions")
    due_by = evidence.get("due_by") if isinstance(evidence, dict) else None
    return CardDispute(
        id=_text(raw, "id"),
        payment_id=_id(raw.get("payment_intent")),
        amount_vnd=_dong(raw, "amount"),
        state=_text(raw, "status"),
        reason=_word(raw, "reason"),
        funds_withdrawn=sum(_whole(one, "amount") for one in moves) < 0,
        due_by=_time(evidence, "due_by") if isinstance(evidence, dict) and due_by else None,
        fee_vnd=sum(_dispute_fee(one, _dong(raw, "amount")) for one in moves),
    )


def _dispute_fee(move: Raw, amount_vnd: int) -> int:
    """What one movement has cost, in đồng: by its own ratio where the balance is not in đồng."""
    fee = _whole(move, "fee") if "fee" in move else 0
    gross = abs(_whole(move, "amount"))
    if move.get("currency") in (None, "vnd") or gross == 0:
        return fee
    return (2 * fee * amount_vnd + gross) // (2 * gross)


def read_event(raw: Raw) -> CardEvent:
    """A notice in its full form, or in the thin one that names only the object.

    The thin one carries the full one's id, so that both count as the same notice.
    """
    if raw.get("object") == "v2.core.event":
        related = raw.get("related_object")
        if not isinstance(related, dict):
            raise Unreadable("related_object")
        return CardEvent(
            event_id=_word(raw, "snapshot_event") or _text(raw, "id"),
            kind=_text(raw, "type").removeprefix("v1."),
            object_id=_text(related, "id"),
            occurred_at=_written_time(raw, "created"),
            live=raw.get("livemode") is True,
        )
    _is(raw, "event")
    data = raw.get("data")
    subject = data.get("object") if isinstance(data, dict) else None
    if not isinstance(subject, dict):
        raise Unreadable("data.object")
    return CardEvent(
        event_id=_text(raw, "id"),
        kind=_text(raw, "type"),
        object_id=_text(subject, "id"),
        occurred_at=_time(raw, "created"),
        live=raw.get("livemode") is True,
    )


def _booked(charge: Raw) -> tuple[int | None, int | None]:
    """Fee and net in đồng; None until the charge is booked on Stripe's balance.

    A balance kept in another currency is booked in that currency's smallest unit. The booking's
    own gross amount stands for the charge's đồng, so their ratio turns the fee back into đồng,
    rounded half up; `exchange_rate` says the same, but as a float and per major unit.
    """
    booking = charge.get("balance_transaction")
    if not isinstance(booking, dict):
        return None, None
    amount_vnd, fee = _dong(charge, "amount"), _whole(booking, "fee")
    if booking.get("currency") != "vnd":
        gross = _whole(booking, "amount")
        if gross <= 0:
            raise Unreadable("balance_transaction.amount")
        fee = (2 * fee * amount_vnd + gross) // (2 * gross)
    return fee, amount_vnd - fee


def _is(raw: Any, kind: str) -> None:
    if not isinstance(raw, dict) or raw.get("object") != kind:
        raise Unreadable("object")


def _text(raw: Raw, name: str) -> str:
    value = raw.get(name)
    if isinstance(value, str) and 0 < len(value) <= 255:
        return value
    raise Unreadable(name)


def _word(raw: Raw, name: str) -> str:
    """A text that may be missing; a page's address is long."""
    value = raw.get(name)
    if value is None:
        return ""
    if isinstance(value, str) and len(value) <= 4_000:
        return value
    raise Unreadable(name)


def _whole(raw: Raw, name: str) -> int:
    value = raw.get(name)
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise Unreadable(name)


def _dong(raw: Raw, name: str) -> int:
    """An amount of an object in đồng. VND has no smaller unit: 185000 is 185.000 ₫."""
    if raw.get("currency") != "vnd":
        raise Unreadable("currency")
    return _whole(raw, name)


def _time(raw: Raw, name: str) -> datetime:
    try:
        return datetime.fromtimestamp(_whole(raw, name), UTC)
    except (OverflowError, OSError, ValueError) as error:
        raise Unreadable(name) from error


def _written_time(raw: Raw, name: str) -> datetime:
    try:
        written = datetime.fromisoformat(_text(raw, name))
        return written.astimezone(UTC) if written.tzinfo else written.replace(tzinfo=UTC)
    except (OverflowError, ValueError) as error:
        raise Unreadable(name) from error


def _id(value: Any) -> str:
    """The id of an object that is expanded or not, or is not there yet."""
    if value is None:
        return ""
    return _text(value if isinstance(value, dict) else {"id": value}, "id")


def _one_of(known: Mapping[str, T], raw: Raw, name: str) -> T:
    value = raw.get(name)
    if isinstance(value, str) and value in known:
        return known[value]
    raise Unreadable(name)
