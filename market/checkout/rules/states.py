"""What a buyer is told about each part: the state, what comes next, who does it, by when."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from integrations.contracts.errors import N_
from market.orders.rules import PartState, PaymentMethod
from market.settlement.rules import NOT_SEEN

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
    S.HANDED_OVER: Told(N_("On its way"), "ok", "truck", N_("The goods are coming to you.")),
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
    N_("On its way"), "ok", "truck", N_("Please have {amount} ready when it arrives.")
)
_PAID_CANCELLED: Final = Told(
    N_("Cancelled"), "stop", None, N_("{seller} sends your {amount} back within 3 days.")
)

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
    """Words for a part (state, method, said_paid, paid_at, reason: the last note in its state)."""
    state, cod = PartState(part["state"]), part["method"] == COD
    if state is S.AWAITING_PAYMENT and part.get("reason") == NOT_SEEN:
        return _NOT_SEEN
    if state is S.AWAITING_PAYMENT and part["said_paid"]:
        return _SAID_PAID
    if state is S.CANCELLED and part["paid_at"] is not None:
        return _CARD_CANCELLED if part["method"] == CARD else _PAID_CANCELLED
    if part["method"] == CARD:
        return _CARD_TOLD.get(state, _TOLD[state])
    if cod:
        own = {S.PLACED: _COD_PLACED, S.HANDED_OVER: _COD_ON_WAY, S.EXPIRED: _COD_EXPIRED}
        return own.get(state, _TOLD[state])
    return _TOLD[state]


def deadline(part: Mapping[str, Any]) -> datetime | None:
    """By when somebody acts: the end of the reservation, or the seller's time to answer."""
    unpaid = part["state"] in UNPAID
    found: datetime | None = part["expires_at"] if unpaid else part["answer_by"]
    return found


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


def can_pay_on_delivery(part: Mapping[str, Any]) -> bool:
    """A part that waits for a transfer of which nobody has said or seen anything."""
    waits = part["state"] == S.AWAITING_PAYMENT
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
