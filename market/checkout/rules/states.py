"""What a buyer is told about each part: the state, what comes next, who does it, by when."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from integrations.contracts.errors import N_
from market.orders.rules import PartState, PaymentMethod
from market.payments.rules import Evidence
from market.settlement.rules import NOT_SEEN, STAFF_AFTER_S, goes_back_vnd

QR_HOLD_S: Final = 1_800
CODE_HOLD_S: Final = 1_800
CARD_HOLD_S: Final = 2_400  # longer than the card page stands open

S = PartState
QR, COD = PaymentMethod.BANK_QR, PaymentMethod.CASH_ON_DELIVERY
CARD = PaymentMethod.CARD

BUYER_CANCELLED: Final = N_("The buyer called it off.")

# A buyer may still change their mind: nothing was paid and nobody has begun to pack.
UNPAID: Final = frozenset({S.AWAITING_PAYMENT, S.AWAITING_CODE})


@dataclass(frozen=True, slots=True)
class Told:
    """Catalogue keys; `next_words` may use {seller}, {time}, {amount}, {phone}."""

    chip: str
    tint: str
    icon: str | None
    next_words: str


_SAID_PAID: Final = Told(
    N_("You said: money sent"), "wait", None,
    N_("{seller} looks into the account and answers. Kept until {time}."),
)  # fmt: skip
_NOT_SEEN: Final = Told(
    N_("Money not seen yet"), "wait", None,
    N_("{seller} has looked and does not see the money yet. If it is sent, please wait a little."
       " Kept until {time}."),
)  # fmt: skip
_TOLD: Final[Mapping[PartState, Told]] = {
    S.AWAITING_PAYMENT: Told(
        N_("Waiting for payment"), "wait", None,
        N_("Please pay before {time}. After that the goods go back to the shelf."),
    ),
    S.AWAITING_CODE: Told(
        N_("Waiting for the code"), "wait", None,
        N_("Please type the code that was sent to {phone}, before {time}."),
    ),
    S.PLACED: Told(
        N_("Money received"), "ok", None, N_("{seller} answers the order, by {time}."),
    ),
    S.CONFIRMED: Told(
        N_("Confirmed"), "ok", None, N_("{seller} packs it and sends it, by {time}."),
    ),
    S.HANDED_OVER: Told(
        N_("On its way"), "ok", "truck",
        N_("The goods are on their way, expected by {time}."),
    ),
    S.COMPLETED: Told(N_("Complete"), "ok", None, N_("Thank you for buying from {seller}.")),
    S.REFUSED: Told(
        N_("Not taken"), "stop", None,
        N_("{seller} notes that it was not taken. There is nothing to pay."),
    ),
    S.CANCELLED: Told(N_("Cancelled"), "stop", None, N_("There is nothing to pay.")),
    S.EXPIRED: Told(
        N_("Time to pay is over"), "stop", None,
        N_("The goods went back to the shelf. Money that still arrives is not lost: {seller}"
           " sends the goods if they are there, or the money back."),
    ),
}  # fmt: skip
_COD_PLACED: Final = Told(
    N_("Pay on delivery"), "", "truck", N_("{seller} answers the order, by {time}.")
)
_COD_EXPIRED: Final = Told(
    N_("Not confirmed in time"), "stop", None,
    N_("No code came in time, so the goods went back to the shelf."),
)  # fmt: skip
_COD_ON_WAY: Final = Told(
    N_("On its way"), "ok", "truck",
    N_("Please have {amount} ready when it arrives, expected by {time}."),
)  # fmt: skip
_PAID_CANCELLED: Final = Told(
    N_("Cancelled"), "stop", None, N_("{seller} sends your {amount} back within 3 days.")
)
_SHORT_EXPIRED: Final = Told(
    N_("Time to pay is over"), "stop", None,
    N_("The goods went back to the shelf. {seller} sends your {amount} back within 3 days."),
)  # fmt: skip
_SAID_EXPIRED: Final = Told(
    N_("You said: money sent"), "wait", None,
    N_("{seller} looks into the account and answers, mostly within 30 minutes. If the goods are"
       " gone by then, the money is sent back."),
)  # fmt: skip
_NOT_SEEN_EXPIRED: Final = Told(
    N_("Money not seen yet"), "stop", None,
    N_("{seller} has looked and does not see the money. If it still arrives, {seller} sends the"
       " goods if they are there, or the money back."),
)  # fmt: skip

# Past its time: the seller was reminded at once, a day later staff are called.
_LATE: Final[Mapping[PartState, str]] = {
    S.PLACED: N_("{seller} is late to answer and was reminded. After {time} staff step in."),
    S.CONFIRMED: N_("{seller} is late to send it and was reminded. After {time} staff step in."),
    S.HANDED_OVER: N_("It should have arrived; {seller} was asked. After {time} staff step in."),
}
_VERY_LATE: Final = N_("This takes too long. Staff of the programme now see to it with {seller}.")

_CARD_TOLD: Final[Mapping[PartState, Told]] = {
    S.AWAITING_PAYMENT: Told(
        N_("Waiting for card"), "wait", None,
        N_("Please pay by card before {time}. After that the goods go back to the shelf."),
    ),
    S.EXPIRED: Told(
        N_("Not paid by card"), "stop", None,
        N_("The goods went back to the shelf. Card money that still arrives pays for them if they"
           " are there, or goes back to the card."),
    ),
}  # fmt: skip
_CARD_CANCELLED: Final = Told(
    N_("Cancelled"), "stop", None,
    N_("Your {amount} goes back to your card. The bank shows it within 5 to 10 days."),
)  # fmt: skip


def told(part: Mapping[str, Any]) -> Told:
    """Words for a part as `queries.order` gives it."""
    words = _told(part)
    late_in = _LATE.get(PartState(part["state"]))
    if late_in is None or not _late_s(part):
        return words
    by_staff = _late_s(part) >= STAFF_AFTER_S
    return replace(words, tint="wait", next_words=_VERY_LATE if by_staff else late_in)


def _told(part: Mapping[str, Any]) -> Told:
    state, cod = PartState(part["state"]), part["method"] == COD
    if state is S.AWAITING_PAYMENT and part.get("reason") == NOT_SEEN:
        return _NOT_SEEN
    if state is S.AWAITING_PAYMENT and part["said_paid"]:
        return _SAID_PAID
    if part["method"] == QR and state in {S.CANCELLED, S.EXPIRED}:
        return _no_goods(part)
    if state is S.CANCELLED and part["paid_at"] is not None:
        return _CARD_CANCELLED
    if part["method"] == CARD:
        return _CARD_TOLD.get(state, _TOLD[state])
    if cod:
        own = {S.PLACED: _COD_PLACED, S.HANDED_OVER: _COD_ON_WAY, S.EXPIRED: _COD_EXPIRED}
        return own.get(state, _TOLD[state])
    return _TOLD[state]


def _no_goods(part: Mapping[str, Any]) -> Told:
    """A transfer without goods against it: what becomes of the money comes first."""
    expired = part["state"] == S.EXPIRED
    if goes_back_vnd(part):
        return _SHORT_EXPIRED if expired else _PAID_CANCELLED
    if part["back_word"]:
        return replace(_TOLD[PartState(part["state"])], next_words=part["back_word"])
    if expired and part["said_paid"]:
        return _NOT_SEEN_EXPIRED if part["reason"] == NOT_SEEN else _SAID_EXPIRED
    return _TOLD[PartState(part["state"])]


def _late_s(part: Mapping[str, Any]) -> float:
    """How long the seller's time to act has been over."""
    return max(0.0, part["late_s"] or 0.0)


def deadline(part: Mapping[str, Any]) -> datetime | None:
    """By when somebody acts: the end of the reservation, the seller's time to answer, and once
    that is over the time when staff step in; None while they do.
    """
    if part["state"] in UNPAID:
        ends: datetime | None = part["expires_at"]
        return ends
    answer_by: datetime | None = part["answer_by"]
    late_s = _late_s(part)
    if answer_by is None or late_s >= STAFF_AFTER_S:
        return None
    return answer_by + timedelta(seconds=STAFF_AFTER_S) if late_s else answer_by


_Steps = tuple[tuple[PartState, str], ...]
_QR_STEPS: Final[_Steps] = (
    (S.AWAITING_PAYMENT, N_("You pay by bank QR")),
    (S.PLACED, N_("The seller confirms")),
    (S.CONFIRMED, N_("The seller packs and sends")),
    (S.HANDED_OVER, N_("The goods reach you")),
)
_CARD_STEPS: Final[_Steps] = ((S.AWAITING_PAYMENT, N_("You pay by card")), *_QR_STEPS[1:])
_COD_STEPS: Final[_Steps] = (
    (S.AWAITING_CODE, N_("You confirm the order by code")),
    (S.PLACED, N_("The seller confirms")),
    (S.CONFIRMED, N_("The seller packs and sends")),
    (S.HANDED_OVER, N_("You get the goods and pay")),
)
_WAY: Final = (S.AWAITING_PAYMENT, S.PLACED, S.CONFIRMED, S.HANDED_OVER, S.COMPLETED)


def steps(part: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The way of a part as {title, done, later}; empty once it has ended another way."""
    state = PartState(part["state"])
    at = S.AWAITING_PAYMENT if state is S.AWAITING_CODE else state
    if at not in _WAY:
        return []
    chosen = {COD: _COD_STEPS, CARD: _CARD_STEPS}.get(PaymentMethod(part["method"]), _QR_STEPS)
    if part["method"] == COD and state is not S.AWAITING_CODE:
        chosen = chosen[1:]
    now = _WAY.index(at)
    places = [_WAY.index(S.AWAITING_PAYMENT if s is S.AWAITING_CODE else s) for s, _ in chosen]
    return [
        {"title": title, "done": place < now, "later": place > now}
        for place, (_, title) in zip(places, chosen, strict=True)
    ]


def can_cancel(part: Mapping[str, Any]) -> bool:
    """While nothing was paid, nobody said so, and the seller has not begun."""
    if part.get("said_paid"):
        return False  # the seller is looking: money that is there must find its order
    return part["state"] in UNPAID or (part["state"] == S.PLACED and part["method"] == COD)


def can_say_paid(part: Mapping[str, Any]) -> bool:
    """Time to pay is over, and nobody has said or seen that the money was sent all the same."""
    seen = part["said_paid"] or part["evidence"] == Evidence.SELLER
    return bool(part["state"] == S.EXPIRED and part["method"] == QR and not seen)


def can_pay_on_delivery(part: Mapping[str, Any]) -> bool:
    """A part that waits for a transfer of which nobody has said or seen anything."""
    waits = part["state"] == S.AWAITING_PAYMENT and not part["no_cash"]
    return waits and not part["said_paid"] and not part["received_vnd"]


def can_pay_by_transfer(part: Mapping[str, Any]) -> bool:
    """A part that waits for a card may be paid by bank QR instead."""
    return bool(part["state"] == S.AWAITING_PAYMENT and part["method"] == CARD)


def grouped(account: str) -> str:
    """ "3700000000123" -> "3700 0000 00123": in groups of four, the rest at the end."""
    if len(account) <= 8 or not account.isdigit():
        return account
    head = [account[i : i + 4] for i in range(0, len(account) - 7, 4)]
    return " ".join([*head, account[len(head) * 4 :]])
