"""When somebody is asked to look, what a follow-up is about, what comes next for whom."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from integrations.contracts.errors import N_
from integrations.contracts.viewer import Role
from market.orders.rules import PartState, PaymentMethod
from market.payments.rules import Evidence, MatchOutcome, PaymentState

S = PartState

# --- clocks, in seconds -------------------------------------------------------------------------
LOOK_BEFORE_S: Final = 600  # the producer looks into the bank app this long before the end
EXTEND_ONCE_S: Final = 1_800  # a buyer who says "sent" gets this much more, once
STAFF_AFTER_S: Final = 86_400  # then a person of the programme steps in
STAFF_DUE_S: Final = 86_400
REFUND_DUE_S: Final = 3 * 86_400
CLOSED_GIVES_S: Final = 86_400  # staff who close a late one have this long until it comes back

# --- follow-ups ---------------------------------------------------------------------------------
LOOK: Final = "payment.look"
SHORT: Final = "payment.short"
REFUND: Final = "payment.refund"
UNKNOWN: Final = "payment.unknown"
WRONG_ACCOUNT: Final = "payment.wrong_account"
CONTRADICTION: Final = "payment.contradiction"
UNREADABLE: Final = "bank.unreadable"
UNANSWERED: Final = "order.unanswered"
NOT_HANDED_OVER: Final = "order.not_handed_over"
NOT_FINISHED: Final = "order.not_finished"
STAFF_STEPS_IN: Final = "order.staff_steps_in"
CHANNEL_SHORT: Final = "channel.short"
CHANNEL_RETURN: Final = "channel.return"
CHANNEL_REAUTH: Final = "channel.needs_reauth"
CHANNEL_CLOSED: Final = "channel.closed"
CHANNEL_PARKED: Final = "channel.parked"
CARD_PAGE_WAITS: Final = "card.page_waits"
CARD_UNKNOWN: Final = "card.unknown"
CARD_OTHER: Final = "card.other_amount"
CARD_REFUND_WAITS: Final = "card.refund_waits"
CARD_REFUND_FAILED: Final = "card.refund_failed"
CARD_REFUND_ELSEWHERE: Final = "card.refund_elsewhere"
CARD_DISPUTE: Final = "card.dispute"
CARD_DISPUTE_LOST: Final = "card.dispute_lost"

# Which follow-up opens when a state is past its time.
LATE_IN: Final[Mapping[PartState, str]] = {
    S.PLACED: UNANSWERED,
    S.CONFIRMED: NOT_HANDED_OVER,
    S.HANDED_OVER: NOT_FINISHED,
}
# Closed by the step itself; what asks for money to be sent back stays open.
CLOSED_BY_A_STEP: Final = (
    *(LOOK, SHORT, UNANSWERED, NOT_HANDED_OVER, NOT_FINISHED, STAFF_STEPS_IN),
    CARD_PAGE_WAITS,
)
# By what the marketplace reports: the goods went out, or nobody wants them any more.
CLOSED_BY_CHANNEL: Final = (*CLOSED_BY_A_STEP, CHANNEL_SHORT, CHANNEL_RETURN)
# A producer says "done" here; everything else is closed by doing it, or by staff.
PRODUCER_CLOSES: Final = frozenset({REFUND})

# Staff who call a buyer about an order, as long as something is open about it.
CALLERS: Final = frozenset(
    {Role.COMMUNE_STAFF, Role.PROVINCE_STAFF, Role.FINANCE_STAFF, Role.ADMIN}
)
# Staff who give card money back and read what the bank has sent.
MONEY_ROLES: Final = frozenset({Role.FINANCE_STAFF, Role.ADMIN})
# What a producer has to do about the money of an order, even after the order has ended.
ABOUT_MONEY: Final = (REFUND, LOOK)

TITLES: Final[Mapping[str, str]] = {
    LOOK: N_("Look whether the money has arrived"),
    SHORT: N_("Only part of the money has arrived"),
    REFUND: N_("Send money back to the buyer"),
    UNKNOWN: N_("Money without a known reference"),
    WRONG_ACCOUNT: N_("Money on another account than the QR said"),
    CONTRADICTION: N_("Bank and seller do not say the same"),
    UNREADABLE: N_("A bank notice that cannot be read"),
    UNANSWERED: N_("An order waits for an answer"),
    NOT_HANDED_OVER: N_("An order waits to be handed over"),
    NOT_FINISHED: N_("An order waits to be finished"),
    STAFF_STEPS_IN: N_("An order has waited a day too long"),
    "listing.review_overdue": N_("Goods have waited too long for approval"),
    "case.overdue": N_("A seller has waited too long to be confirmed"),
    "disk.low": N_("The disk of the server is nearly full"),
    CHANNEL_SHORT: N_("A marketplace has sold more than there is"),
    CHANNEL_RETURN: N_("A buyer of a marketplace sends goods back"),
    CHANNEL_REAUTH: N_("A marketplace asks for the seller's agreement again"),
    CHANNEL_CLOSED: N_("A marketplace has closed a seller's shop"),
    CHANNEL_PARKED: N_("A marketplace refuses or says something that a person has to look at"),
    CARD_PAGE_WAITS: N_("The card service does not say whether this was paid"),
    CARD_UNKNOWN: N_("Card money without an order of ours"),
    CARD_OTHER: N_("Card money of another amount than the order"),
    CARD_REFUND_WAITS: N_("Money to a card has not gone back yet"),
    CARD_REFUND_FAILED: N_("Money to a card could not go back"),
    CARD_REFUND_ELSEWHERE: N_("Card money was given back at the card service itself"),
    CARD_DISPUTE: N_("A buyer's bank asks for card money back: send proof in time"),
    CARD_DISPUTE_LOST: N_("A disputed card payment was lost: decide who bears it"),
}

# --- words --------------------------------------------------------------------------------------
BUYER_SAID_PAID: Final = N_("The buyer says: money sent.")
NOT_SEEN: Final = N_("The seller has not seen the money yet.")
EXTENDED: Final = N_("Held 30 minutes longer, since the buyer says the money was sent.")
MONEY_CAME: Final = N_("The bank says: money arrived.")
CARD_CAME: Final = N_("Paid by card.")
CARD_PAGE_OVER: Final = N_("The time to pay by card is over.")
CARD_GIVEN_BACK: Final = N_("The programme has given the money back.")
SELLER_SAW: Final = N_("The seller has seen the money.")
TIME_IS_UP: Final = N_("The time to pay is over.")
GONE_TO_ANOTHER: Final = N_("Somebody else paid for the last ones first.")
CALLED_OFF_THERE: Final = N_("Called off on the marketplace.")
NOT_TAKEN_THERE: Final = N_("It comes back: the marketplace says so.")

STATES: Final[Mapping[PartState, tuple[str, str]]] = {
    S.AWAITING_PAYMENT: (N_("Waiting for payment"), "wait"),
    S.AWAITING_CODE: (N_("Waiting for the buyer's code"), "wait"),
    S.PLACED: (N_("New order"), "ok"),
    S.CONFIRMED: (N_("Confirmed"), "ok"),
    S.HANDED_OVER: (N_("Handed over"), ""),
    S.COMPLETED: (N_("Completed"), "ok"),
    S.REFUSED: (N_("Buyer did not take it"), "stop"),
    S.CANCELLED: (N_("Cancelled"), "stop"),
    S.EXPIRED: (N_("Not paid in time"), "stop"),
}
METHODS: Final[Mapping[PaymentMethod, str]] = {
    PaymentMethod.BANK_QR: N_("Bank transfer by QR"),
    PaymentMethod.CASH_ON_DELIVERY: N_("Cash on delivery"),
    PaymentMethod.CHANNEL: N_("On the marketplace"),
    PaymentMethod.CARD: N_("By card"),
}
# Money on its way back to a card: where it stands, and why it goes.
REFUND_STATES: Final[Mapping[str, tuple[str, str]]] = {
    "wanted": (N_("About to be sent"), "wait"),
    "sent": (N_("Sent, not yet answered"), "wait"),
    "pending": (N_("On its way to the card"), "wait"),
    "succeeded": (N_("Given back"), "ok"),
    "failed": (N_("Could not go back"), "stop"),
}
REFUND_WHY: Final[Mapping[str, str]] = {
    "staff": N_("By the programme"),
    "cannot": N_("The seller could not do it"),
    "late": N_("The money came too late"),
}
SENT_BACK: Final = N_("The money goes back to the card.")
CLOSED: Final = N_("Noted.")
# For staff who look at both sides: where the payment stands, what each side said, who did it.
PAYMENT_STATES: Final[Mapping[PaymentState, tuple[str, str]]] = {
    PaymentState.AWAITING: (N_("Not paid yet"), "wait"),
    PaymentState.SETTLED: (N_("Paid"), "ok"),
    PaymentState.EXPIRED: (N_("Not paid in time"), "stop"),
    PaymentState.CANCELLED: (N_("Called off before it was paid"), "stop"),
}
EVIDENCE: Final[Mapping[str, str]] = {
    Evidence.BANK_EVENT: N_("A notice of the bank"),
    Evidence.SELLER: N_("The seller's word"),
    Evidence.CASH: N_("Cash at the door, as the seller says"),
    Evidence.CARD: N_("The card service"),
    Evidence.CHANNEL: N_("The marketplace"),
}
WORDS: Final[Mapping[str, str]] = {
    "received": N_("All the money is here."),
    "not_seen": N_("Not seen yet."),
}
SAYINGS: Final[Mapping[str, str]] = {
    "not_seen": N_("The seller says: not seen yet."),
    "other_amount": N_("The bank reports another amount than the seller has seen."),
}
BANK_OUTCOMES: Final[Mapping[str, str]] = {
    MatchOutcome.EXACT: N_("The right amount"),
    MatchOutcome.SHORT: N_("Too little"),
    MatchOutcome.OVER: N_("Too much"),
    MatchOutcome.LATE: N_("After the time to pay"),
    MatchOutcome.UNKNOWN_REFERENCE: N_("Of no order that we know"),
    MatchOutcome.WRONG_ACCOUNT: N_("On another account"),
    MatchOutcome.OUTGOING: N_("Money that went out"),
    MatchOutcome.DUPLICATE: N_("Paid once more"),
    MatchOutcome.ALREADY_SETTLED_BY_SELLER: N_("Agrees with the seller"),
    MatchOutcome.CONTRADICTS: N_("Does not agree with the seller"),
}
DOERS: Final[dict[str, str]] = {
    "producer": N_("Seller"),
    "buyer": N_("Buyer"),
    "system": N_("By itself"),
}
# What came of money that the seller had to send back; written down where the part stood then.
BACK_SENT: Final = N_("The seller says that the money was sent back.")
BACK_CLOSED: Final = N_("Staff have looked after the money that goes back, and closed it.")
BACK_WORDS: Final = (BACK_SENT, BACK_CLOSED)
# Why a producer cannot do an order; the buyer reads it.
REASONS: Final[tuple[str, ...]] = (
    N_("Out of goods"),
    N_("The weather or the harvest does not allow it"),
    N_("Cannot send to this place"),
    N_("The buyer asked to cancel"),
)

# No goods against the money any more.
ENDED_UNSOLD: Final = frozenset({S.CANCELLED, S.EXPIRED})
# Kinds of follow-up that matter more than a new order: somebody waits with money.
_FIRST = frozenset({S.AWAITING_PAYMENT, S.PLACED})


@dataclass(frozen=True, slots=True)
class Step:
    """One of the producer's steps with an order; `title` is a catalogue key."""

    key: str
    title: str
    done: bool = False
    now: bool = False


_ORDER: Final = (S.AWAITING_PAYMENT, S.PLACED, S.CONFIRMED, S.HANDED_OVER, S.COMPLETED)
_QR_STEPS: Final = (
    (S.AWAITING_PAYMENT, "money", N_("Look whether the money is there")),
    (S.PLACED, "confirm", N_("Confirm the order")),
    (S.CONFIRMED, "hand_over", N_("Pack it and hand it over")),
    (S.HANDED_OVER, "complete", N_("The buyer has it")),
)
_CHANNEL_STEPS: Final = (
    (S.PLACED, "ship_there", N_("Pack it and send it through the marketplace")),
    (S.HANDED_OVER, "arrives", N_("It reaches the buyer")),
)
_COD_STEPS: Final = (
    (S.PLACED, "confirm", N_("Confirm the order")),
    (S.CONFIRMED, "hand_over", N_("Pack it and hand it over")),
    (S.HANDED_OVER, "paid", N_("Take the money at the door")),
)


# Money that does not go straight to the producer is nothing to look for in the bank app.
_CARD_STEPS: Final = tuple(step for step in _QR_STEPS if step[1] != "money")
_STEPS: Final = {
    PaymentMethod.BANK_QR: _QR_STEPS,
    PaymentMethod.CASH_ON_DELIVERY: _COD_STEPS,
    PaymentMethod.CHANNEL: _CHANNEL_STEPS,
    PaymentMethod.CARD: _CARD_STEPS,
}


def steps(state: PartState, method: PaymentMethod) -> list[Step]:
    """What the producer has done, does now and does later; empty for an order that has ended."""
    if state not in _ORDER:
        return []
    at = _ORDER.index(state)
    chosen = _STEPS[method]
    return [
        Step(key, title, done=_ORDER.index(when) < at, now=when is state)
        for when, key, title in chosen
    ]


def comes_first(state: PartState, method: PaymentMethod) -> bool:
    """True when the producer has to answer now; the rest of the list can wait.

    Whether a card has paid is nothing that a producer could look for.
    """
    return state in _FIRST and (state, method) != (S.AWAITING_PAYMENT, PaymentMethod.CARD)


def outlives(kind: str, state: PartState) -> bool:
    """True for what a producer still has to do about money that no step of the order asks for."""
    return kind == REFUND or (kind == LOOK and state is S.EXPIRED)


_ACTIONS: Final[Mapping[PartState, tuple[str, ...]]] = {
    S.PLACED: ("confirm", "cannot"),
    S.CONFIRMED: ("hand_over", "cannot"),
}


def actions(state: PartState, method: PaymentMethod) -> list[str]:
    """What a producer can ask for now, the main one first."""
    if method is PaymentMethod.CHANNEL:
        return []  # the marketplace says what happens; here it is only shown
    by_qr = method is PaymentMethod.BANK_QR
    if state in _ACTIONS:
        return list(_ACTIONS[state])
    if state is S.HANDED_OVER:
        in_cash = method is PaymentMethod.CASH_ON_DELIVERY
        return ["paid", "refused"] if in_cash else ["complete"]
    if state is S.AWAITING_PAYMENT:
        return ["money", "cannot"] if by_qr else ["cannot"]
    # Money may still come late; it takes the same goods again while they are there.
    return ["money"] if state is S.EXPIRED and by_qr else []


def goes_back_vnd(part: Mapping[str, Any]) -> int:
    """What the seller has yet to send back of a transfer: all that came for a part that has ended,
    what is too much for one that goes on. `back_word`: one of `BACK_WORDS` once that was closed.
    """
    if part["method"] != PaymentMethod.BANK_QR:
        return 0
    held_vnd, whole_vnd = int(part["received_vnd"]), int(part["total_vnd"])
    too_much_vnd = max(0, held_vnd - whole_vnd)
    by_word = part["evidence"] == Evidence.SELLER
    if part["state"] not in ENDED_UNSOLD:
        # Bank and seller do not agree yet: staff say first what is too much.
        return 0 if by_word and not part["confirmed"] else too_much_vnd
    if not part["back_word"]:
        return max(held_vnd, whole_vnd if by_word or part["paid_at"] else 0)
    # The bank may tell only now of the money that the seller had seen and has sent back.
    return too_much_vnd if by_word else held_vnd


def marketplace_title(source: str) -> str:
    """How people call the marketplace that an order came from."""
    return source.title()


def goods_words(lines: Sequence[Mapping[str, object]]) -> str:
    """ "6 quả Bưởi Phúc Trạch"; "… +2" when there are two more lines."""
    first = lines[0]
    said = " ".join(str(w) for w in (first["quantity"], first["unit"], first["name"]) if w)
    return said if len(lines) == 1 else f"{said} +{len(lines) - 1}"


def rate_ppm(part_vnd: int, whole_vnd: int) -> int:
    """What a rounded amount is of the whole, in millionths, to a hundredth of a percent."""
    return (part_vnd * 10_000 * 2 + whole_vnd) // (whole_vnd * 2) * 100
