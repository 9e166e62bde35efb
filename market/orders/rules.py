"""The states of an order part and which may follow which."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class PartState(StrEnum):
    """Moves only by `MOVES`."""

    AWAITING_PAYMENT = "awaiting_payment"
    AWAITING_CODE = "awaiting_code"  # cash on delivery above the bound: the buyer types a code
    PLACED = "placed"
    CONFIRMED = "confirmed"
    HANDED_OVER = "handed_over"
    COMPLETED = "completed"
    REFUSED = "refused"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


class PaymentMethod(StrEnum):
    """How one part is paid."""

    BANK_QR = "bank_qr"
    CASH_ON_DELIVERY = "cod"
    CARD = "card"  # one hosted page for all card parts of an order
    CHANNEL = "channel"  # the marketplace takes the money


S = PartState

# An expired part comes back to life when its money arrives late and the goods are still there.
MOVES: Final[Mapping[PartState, frozenset[PartState]]] = {
    S.AWAITING_PAYMENT: frozenset({S.PLACED, S.EXPIRED, S.CANCELLED}),
    S.AWAITING_CODE: frozenset({S.PLACED, S.EXPIRED, S.CANCELLED}),
    S.PLACED: frozenset({S.CONFIRMED, S.CANCELLED}),
    S.CONFIRMED: frozenset({S.HANDED_OVER, S.CANCELLED}),
    S.HANDED_OVER: frozenset({S.COMPLETED, S.REFUSED}),
    S.EXPIRED: frozenset({S.PLACED}),
    S.COMPLETED: frozenset(),
    S.REFUSED: frozenset(),
    S.CANCELLED: frozenset(),
}

# A marketplace takes a sale back whose goods were with the buyer already.
CHANNEL_MOVES: Final[Mapping[PartState, frozenset[PartState]]] = {
    S.COMPLETED: frozenset({S.REFUSED}),
}

# Something is still to come; everything else is an end.
OPEN_STATES: Final = frozenset(
    {S.AWAITING_PAYMENT, S.AWAITING_CODE, S.PLACED, S.CONFIRMED, S.HANDED_OVER}
)
# The producer knows the buyer's phone number and street from here on.
KNOWN_STATES: Final = frozenset({S.CONFIRMED, S.HANDED_OVER, S.COMPLETED, S.REFUSED})

# By when somebody has to act in a state. Nights are part of it: nobody answers at 3 in the morning.
ACT_WITHIN_S: Final[Mapping[PartState, int]] = {
    S.PLACED: 12 * 3_600,
    S.CONFIRMED: 48 * 3_600,
    S.HANDED_OVER: 7 * 86_400,
}


def before(to: PartState, *, on_channel: bool = False) -> frozenset[PartState]:
    """The states from which a part may move to `to`; `on_channel`: what only a marketplace may."""
    moves = CHANNEL_MOVES if on_channel else MOVES
    return frozenset(state for state, following in moves.items() if to in following)


def initials(name: str) -> str:
    """ "Lê Thị Hoa" -> "L. T. H.": who it is, without saying it."""
    return " ".join(f"{word[0].upper()}." for word in name.split() if word[0].isalpha())
