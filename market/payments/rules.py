"""Which transfer pays what: references people can type, and what one bank line means."""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from uuid import UUID

from integrations.contracts.ids import ALPHABET, short_code
from integrations.contracts.ports import BankTransfer
from integrations.contracts.text import fold

PREFIX: Final = "GANH"
BODY_LENGTH: Final = 6
REFERENCE_LENGTH: Final = len(PREFIX) + BODY_LENGTH + 1

_VALUE = {character: value for value, character in enumerate(ALPHABET)}
# Overlapping on purpose: "GANHGANH…" must not hide the real one.
_CANDIDATE = re.compile(rf"(?={PREFIX}([{ALPHABET}]{{{BODY_LENGTH + 1}}}))")


def check_character(body: str) -> str:
    """The character that makes the weighted sum of body and check divisible by 29.

    29 is prime and the weights 1 to 7 differ, so any one wrong character and any two exchanged
    ones are seen. Raises `ValueError` for a body of another length or alphabet.
    """
    if len(body) != BODY_LENGTH or not set(body) <= set(ALPHABET):
        raise ValueError(f"a reference needs {BODY_LENGTH} characters of {ALPHABET}")
    # The check character itself weighs 1.
    weighed = sum(weight * _VALUE[c] for weight, c in enumerate(reversed(body), start=2))
    return ALPHABET[-weighed % len(ALPHABET)]


def reference_code(body: str | None = None) -> str:
    """`GANH`, six characters (random unless given) and the check character: 11 in all."""
    chosen = short_code(BODY_LENGTH) if body is None else body
    return PREFIX + chosen + check_character(chosen)


def find_references(content: str) -> list[str]:
    """References in a bank's transfer text, in order, each once.

    Marks, spaces, dots and case do not matter, since banks and people break the text and put
    their own words around it. A reference with a wrong check character is not found.
    """
    plain = fold(content).replace(" ", "").upper()
    found = [
        PREFIX + tail
        for tail in _CANDIDATE.findall(plain)
        if check_character(tail[:-1]) == tail[-1]
    ]
    return list(dict.fromkeys(found))


class PaymentState(StrEnum):
    """Where the payment of one order part stands."""

    AWAITING = "awaiting"
    SETTLED = "settled"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


class Evidence(StrEnum):
    """Why we hold a payment for settled."""

    BANK_EVENT = "bank_event"
    SELLER = "seller"
    CASH = "cash"
    CARD = "card"
    CHANNEL = "channel"


class MatchOutcome(StrEnum):
    """What one bank line turned out to be."""

    EXACT = "exact"
    SHORT = "short"
    OVER = "over"
    LATE = "late"
    UNKNOWN_REFERENCE = "unknown_reference"
    WRONG_ACCOUNT = "wrong_account"
    OUTGOING = "outgoing"
    DUPLICATE = "duplicate"
    ALREADY_SETTLED_BY_SELLER = "already_settled_by_seller"
    CONTRADICTS = "contradicts"


class Action(StrEnum):
    """What the caller does about it; everything else in `Decision` is bookkeeping."""

    IGNORE = "ignore"  # not money for us: only the line is kept
    REVIEW = "review"  # a person looks: nothing is matched
    SETTLE = "settle"
    ASK_TOP_UP = "ask_top_up"  # stays awaiting, the buyer is told what is missing
    TRY_STOCK = "try_stock"  # settle if the goods can still be had, else refund everything
    REFUND = "refund"  # no goods against this money
    CONFIRM = "confirm"  # the bank agrees with the seller's tap
    OPEN_CONTRADICTION = "open_contradiction"  # the bank disagrees with the seller's tap


@dataclass(frozen=True, slots=True)
class ExpectedPayment:
    """A payment as it stood before this line.

    `received_vnd` is what bank lines have brought so far and was not given back.
    `account_matches`: the line arrived on the account that the QR named. `settled_by` is also set
    for late money that the seller has seen and sends back. `confirmed`: a bank line has brought
    what the seller had seen. `called_off`: the order was cancelled after it was paid.
    """

    reference: str
    account_matches: bool
    amount_vnd: int
    received_vnd: int
    state: PaymentState
    settled_by: Evidence | None = None
    confirmed: bool = False
    called_off: bool = False

    @property
    def only_seen_by_seller(self) -> bool:
        """No bank line has brought yet what the seller has seen: the next one may be that money."""
        unheard = not self.confirmed and self.received_vnd < self.amount_vnd
        return self.settled_by == Evidence.SELLER and unheard


@dataclass(frozen=True, slots=True)
class Decision:
    """`refund_due_vnd` is all that the buyer should get back now, earlier lines included.

    So one follow-up per payment is set to it, never added to. For `TRY_STOCK` it holds when the
    goods can be had; without stock the whole `received_vnd` is due.
    """

    outcome: MatchOutcome
    action: Action
    received_vnd: int = 0
    missing_vnd: int = 0
    refund_due_vnd: int = 0


def decide(transfer: BankTransfer, payment: ExpectedPayment | None) -> Decision:
    """What one new bank line means for the payment its reference names (None: no such one).

    The tap "not seen" changes no state, so an exact line settles after it as before it.
    A provider event that was already stored never comes here.
    """
    if transfer.direction != "in":
        return Decision(MatchOutcome.OUTGOING, Action.IGNORE)
    if payment is None:
        return Decision(MatchOutcome.UNKNOWN_REFERENCE, Action.REVIEW)
    if not payment.account_matches:
        return Decision(
            MatchOutcome.WRONG_ACCOUNT, Action.REVIEW, received_vnd=payment.received_vnd
        )
    total_vnd = payment.received_vnd + transfer.amount_vnd
    if payment.state == PaymentState.SETTLED:
        return _after_settlement(payment, total_vnd)
    if payment.state == PaymentState.AWAITING:
        return _while_awaiting(payment, total_vnd)
    return _too_late(payment, total_vnd)


def _while_awaiting(payment: ExpectedPayment, total_vnd: int) -> Decision:
    missing_vnd = payment.amount_vnd - total_vnd
    if missing_vnd > 0:
        return Decision(MatchOutcome.SHORT, Action.ASK_TOP_UP, total_vnd, missing_vnd=missing_vnd)
    if missing_vnd < 0:
        return Decision(MatchOutcome.OVER, Action.SETTLE, total_vnd, refund_due_vnd=-missing_vnd)
    return Decision(MatchOutcome.EXACT, Action.SETTLE, total_vnd)


def _after_settlement(payment: ExpectedPayment, total_vnd: int) -> Decision:
    missing_vnd = payment.amount_vnd - total_vnd
    if payment.settled_by == Evidence.CASH:
        # The goods were paid at the door: every transfer comes on top.
        return Decision(MatchOutcome.DUPLICATE, Action.REFUND, total_vnd, refund_due_vnd=total_vnd)
    if not payment.only_seen_by_seller:
        # Paid in full by the bank's word already: the buyer has sent it twice.
        back_vnd = total_vnd if payment.called_off else max(0, -missing_vnd)
        return Decision(MatchOutcome.DUPLICATE, Action.REFUND, total_vnd, refund_due_vnd=back_vnd)
    return _after_the_tap(total_vnd, missing_vnd)


def _after_the_tap(total_vnd: int, missing_vnd: int) -> Decision:
    if missing_vnd == 0:
        return Decision(MatchOutcome.ALREADY_SETTLED_BY_SELLER, Action.CONFIRM, total_vnd)
    return Decision(
        MatchOutcome.CONTRADICTS,
        Action.OPEN_CONTRADICTION,
        total_vnd,
        missing_vnd=max(0, missing_vnd),
        refund_due_vnd=max(0, -missing_vnd),
    )


def _too_late(payment: ExpectedPayment, total_vnd: int) -> Decision:
    missing_vnd = payment.amount_vnd - total_vnd
    if payment.only_seen_by_seller:
        # The goods were gone when the seller saw this money, which goes back already.
        return _after_the_tap(total_vnd, missing_vnd)
    if payment.state == PaymentState.CANCELLED or missing_vnd > 0:
        # Somebody called it off, or it does not even pay the goods: all of it goes back.
        return Decision(
            MatchOutcome.LATE,
            Action.REFUND,
            total_vnd,
            missing_vnd=max(0, missing_vnd),
            refund_due_vnd=total_vnd,
        )
    return Decision(MatchOutcome.LATE, Action.TRY_STOCK, total_vnd, refund_due_vnd=-missing_vnd)


# --- cards --------------------------------------------------------------------------------------
# The vendor takes eight digits for this currency.
CARD_MAX_VND: Final = 99_999_999
SESSION_S: Final = 1_860  # the vendor takes 30 minutes and more
# An answer that was lost is asked for under the same key for so long; then a new page is made, and
# nobody ever learns the address of the lost one.
RESEND_AFTER_S: Final = 60
HOLD_AFTER_SESSION_S: Final = 540  # the goods are held longer than the page stands open
CARD_TRIES_FOR_S: Final = 7_200  # how long after the order another page may hold the goods
REFUND_LOOKS_UP_AFTER_S: Final = 86_400  # the vendor forgets keys after a day
ATTEMPTS_MAX: Final = 3


class CheckoutState(StrEnum):
    """Where a hosted card page stands. Money may still come after `expired` and `failed`."""

    OPENING = "opening"
    OPEN = "open"
    PAID = "paid"
    EXPIRED = "expired"
    FAILED = "failed"


class RefundState(StrEnum):
    """Where money on its way back stands; `sent` means that the outcome is not known yet."""

    WANTED = "wanted"
    SENT = "sent"
    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


# A refund never moves back in this order: a late notice of an earlier state changes nothing.
REFUND_RANK: Final = {state: rank for rank, state in enumerate(RefundState)}


def checkout_key(checkout_id: UUID, attempt: int) -> str:
    """What makes opening a page happen once at the vendor."""
    return f"checkout:{checkout_id}:v{attempt}"


def refund_key(refund_id: UUID, attempt: int) -> str:
    """What makes a refund happen once at the vendor."""
    return f"refund:{refund_id}:v{attempt}"


@dataclass(frozen=True, slots=True)
class Shares:
    """How a sale, or what has gone back of it, is divided: seller, programme, taxes; in đồng."""

    net_vnd: int
    commission_vnd: int
    vat_vnd: int
    pit_vnd: int

    @property
    def total_vnd(self) -> int:
        """Their sum."""
        return self.net_vnd + self.commission_vnd + self.vat_vnd + self.pit_vnd


def shares_back(sale: Shares, before: Shares, *, given_back_vnd: int) -> Shares:
    """What each share gives back so that `given_back_vnd` in all has gone back, `before` included.

    Each is the floor of its part of the sum so far, so what is left over is 0 to 3 đồng and stands
    in an account of its own until the last refund brings every share to 0.
    """
    whole_vnd = sale.total_vnd
    if not 0 <= given_back_vnd <= whole_vnd:
        raise ValueError("more would go back than was paid")

    def due(share_vnd: int, gone_vnd: int) -> int:
        return share_vnd * given_back_vnd // whole_vnd - gone_vnd

    return Shares(
        net_vnd=due(sale.net_vnd, before.net_vnd),
        commission_vnd=due(sale.commission_vnd, before.commission_vnd),
        vat_vnd=due(sale.vat_vnd, before.vat_vnd),
        pit_vnd=due(sale.pit_vnd, before.pit_vnd),
    )
