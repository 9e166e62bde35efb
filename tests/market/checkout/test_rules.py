"""The cart, what is typed, and what a buyer is told: without a database."""

from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.contracts.errors import Problem
from market.checkout.rules.buyer import read_buyer
from market.checkout.rules.cart import (
    LINES_MAX,
    Cart,
    CartLine,
    added,
    merged,
    quote,
    read_cart,
    write_cart,
)
from market.checkout.rules.states import (
    can_cancel,
    can_say_paid,
    deadline,
    grouped,
    steps,
    told,
)
from market.orders.rules import PartState, PaymentMethod
from market.settlement.rules import BACK_SENT, ENDED_UNSOLD, NOT_SEEN, goes_back_vnd

SECRET = "s" * 32
NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)

lines = st.builds(CartLine, st.uuids(), st.integers(1, 999), st.integers(0, 10**9))


@given(st.lists(lines, max_size=LINES_MAX, unique_by=lambda line: line.variant_id))
def test_a_cart_comes_back_from_its_cookie(cart: list[CartLine]) -> None:
    cookie = write_cart(tuple(cart), SECRET)
    assert read_cart(cookie, SECRET) == tuple(cart) and len(cookie) < 4_000
    assert read_cart(cookie, "t" * 32) == ()


@given(st.text(max_size=200))
def test_no_cookie_of_a_stranger_is_read(cookie: str) -> None:
    assert read_cart(cookie, SECRET) == ()
    assert read_cart(None, SECRET) == ()


def test_a_cart_has_bounds() -> None:
    full: Cart = tuple(CartLine(uuid4(), 1) for _ in range(LINES_MAX))
    with pytest.raises(Problem) as refused:
        added(full, uuid4(), 1)
    assert refused.value.code == "cart.full"
    with pytest.raises(Problem) as refused:
        added(added((), full[0].variant_id, 999), full[0].variant_id, 1)
    assert refused.value.code == "cart.quantity"
    assert merged([(full[0].variant_id, 2), (full[0].variant_id, 3)])[0].quantity == 5


def row(producer: str, **more: Any) -> dict[str, Any]:
    return {
        "variant_id": uuid4(),
        "producer_code": producer,
        "price_vnd": 1_000,
        "available": 5,
        "takes_transfer": True,
    } | more


def test_a_quote_groups_in_the_order_of_the_cart() -> None:
    shelf = [row("A"), row("B", takes_transfer=False), row("A", available=1), row("B")]
    cart = tuple(
        CartLine(one["variant_id"], 2, 900 if n == 0 else 0) for n, one in enumerate(shelf)
    )
    seen = quote((*cart, CartLine(UUID(int=1), 1)), shelf)
    assert [group.producer_code for group in seen.groups] == ["A", "B"]
    assert [group.total_vnd for group in seen.groups] == [2_000, 4_000]
    assert seen.groups[0].lines[0].was_vnd == 900 and seen.groups[0].lines[1].problem is not None
    assert seen.groups[1].methods == ("cod",)
    assert seen.total_vnd == 6_000 and not seen.can_be_ordered and seen.count == 5


def test_a_buyer_is_read_or_every_problem_is_said() -> None:
    good = {"name": " Lê  Thị Hoa ", "phone": "0912.345.678", "street": "Thôn 2", "note": ""}
    buyer, problems = read_buyer(good)
    assert buyer is not None and problems == []
    assert (buyer.name, buyer.phone) == ("Lê Thị Hoa", "+84912345678")
    buyer, problems = read_buyer({"note": "x" * 501})
    assert buyer is None
    assert [problem.field for problem in problems] == ["name", "phone", "street", "note"]


def part(state: PartState, method: PaymentMethod, **more: Any) -> dict[str, Any]:
    return {
        "state": state,
        "method": method,
        "said_paid": False,
        "paid_at": None,
        "received_vnd": 0,
        "total_vnd": 185_000,
        "evidence": "",
        "confirmed": False,
        "reason": "",
        "back_word": "",
        "late_s": None,
        "expires_at": NOW,
        "answer_by": None,
    } | more


# Cash is never awaited by transfer.
NEVER = (PartState.AWAITING_PAYMENT, PaymentMethod.CASH_ON_DELIVERY)
PAIRS = [pair for pair in product(PartState, PaymentMethod) if pair != NEVER]


@pytest.mark.parametrize(("state", "method"), PAIRS)
def test_every_state_says_what_comes_next(state: PartState, method: PaymentMethod) -> None:
    one = part(state, method)
    words = told(one)
    assert words.chip and words.next_words
    way = steps(one)
    assert (way == []) == (state in (PartState.CANCELLED, PartState.REFUSED, PartState.EXPIRED))
    current = [step for step in way if not step["done"] and not step["later"]]
    assert len(current) == (0 if state is PartState.COMPLETED or not way else 1)


def test_paid_and_unpaid_ends_are_told_apart() -> None:
    qr = PaymentMethod.BANK_QR
    paid = told(part(PartState.CANCELLED, qr, paid_at=NOW))
    assert "{amount}" in paid.next_words
    assert told(part(PartState.CANCELLED, qr)).next_words != paid.next_words
    said = told(part(PartState.AWAITING_PAYMENT, qr, said_paid=True))
    waits = told(part(PartState.AWAITING_PAYMENT, qr))
    assert said != waits
    looked = told(part(PartState.AWAITING_PAYMENT, qr, said_paid=True, reason=NOT_SEEN))
    assert looked not in (said, waits) and "does not see" in looked.next_words
    assert deadline(part(PartState.AWAITING_PAYMENT, qr)) == NOW
    assert deadline(part(PartState.PLACED, qr)) is None
    assert can_cancel(part(PartState.PLACED, PaymentMethod.CASH_ON_DELIVERY))
    assert not can_cancel(part(PartState.PLACED, qr))


QR, COD, CARD = PaymentMethod.BANK_QR, PaymentMethod.CASH_ON_DELIVERY, PaymentMethod.CARD
HOUR = timedelta(hours=1)
# (what the part is, what goes back)
MONEY_BACK = [
    (part(PartState.EXPIRED, QR), 0),
    (part(PartState.EXPIRED, QR, received_vnd=100_000), 100_000),
    (part(PartState.CANCELLED, QR, received_vnd=100_000), 100_000),
    (part(PartState.CANCELLED, QR, paid_at=NOW, received_vnd=200_000), 200_000),
    # Seen by the seller, not told by the bank: the whole, once.
    (part(PartState.CANCELLED, QR, paid_at=NOW, evidence="seller"), 185_000),
    (part(PartState.EXPIRED, QR, evidence="seller"), 185_000),
    (part(PartState.EXPIRED, QR, evidence="seller", back_word=BACK_SENT), 0),
    (part(PartState.EXPIRED, QR, evidence="seller", received_vnd=185_000, back_word=BACK_SENT), 0),
    (part(PartState.CANCELLED, QR, paid_at=NOW, evidence="bank_event", back_word=BACK_SENT), 0),
    # Paid anew after that.
    (part(PartState.CANCELLED, QR, paid_at=NOW, received_vnd=5_000, back_word=BACK_SENT), 5_000),
    (part(PartState.PLACED, QR, paid_at=NOW, received_vnd=200_000), 15_000),
    (part(PartState.COMPLETED, QR, paid_at=NOW, received_vnd=185_000), 0),
    # Staff say first who is right.
    (part(PartState.PLACED, QR, evidence="seller", received_vnd=200_000), 0),
    (part(PartState.PLACED, QR, evidence="seller", received_vnd=200_000, confirmed=True), 15_000),
    (part(PartState.AWAITING_PAYMENT, QR, received_vnd=100_000), 0),
    (part(PartState.CANCELLED, COD), 0),
    (part(PartState.CANCELLED, CARD, paid_at=NOW, received_vnd=185_000), 0),
]


@pytest.mark.parametrize(("one", "back_vnd"), MONEY_BACK)
def test_what_the_seller_has_yet_to_send_back(one: dict[str, Any], back_vnd: int) -> None:
    assert goes_back_vnd(one) == back_vnd
    if one["method"] == QR and one["state"] in ENDED_UNSOLD:
        assert ("sends your {amount} back" in told(one).next_words) == (back_vnd > 0)
        assert (told(one).next_words == BACK_SENT) == (one["back_word"] != "" and not back_vnd)


def test_who_may_say_after_the_end_that_the_money_was_sent() -> None:
    assert can_say_paid(part(PartState.EXPIRED, QR))
    for other in (
        part(PartState.EXPIRED, QR, said_paid=True),
        part(PartState.EXPIRED, QR, evidence="seller"),
        part(PartState.EXPIRED, COD),
        part(PartState.EXPIRED, CARD),
        part(PartState.AWAITING_PAYMENT, QR),
        part(PartState.CANCELLED, QR),
    ):
        assert not can_say_paid(other)


def test_what_comes_next_after_saying_so() -> None:
    said = told(part(PartState.EXPIRED, QR, said_paid=True))
    assert "looks into the account" in said.next_words and said.tint == "wait"
    looked = told(part(PartState.EXPIRED, QR, said_paid=True, reason=NOT_SEEN))
    assert "does not see the money" in looked.next_words


@pytest.mark.parametrize("method", [QR, COD, CARD])
@pytest.mark.parametrize("state", [PartState.PLACED, PartState.CONFIRMED, PartState.HANDED_OVER])
def test_a_late_part_says_when_staff_step_in(state: PartState, method: PaymentMethod) -> None:
    in_time = part(state, method, answer_by=NOW, late_s=-60.0)
    assert "{time}" in told(in_time).next_words and "taff" not in told(in_time).next_words
    assert deadline(in_time) == NOW
    late = part(state, method, answer_by=NOW, late_s=60.0)
    assert "After {time} staff step in" in told(late).next_words and told(late).tint == "wait"
    assert told(late).chip == told(in_time).chip and deadline(late) == NOW + 24 * HOUR
    very_late = part(state, method, answer_by=NOW, late_s=86_400.0)
    assert "Staff of the programme now" in told(very_late).next_words
    assert "{time}" not in told(very_late).next_words and deadline(very_late) is None


def test_accounts_are_shown_in_groups() -> None:
    assert grouped("3700000000123") == "3700 0000 00123"
    assert grouped("12345678") == "12345678"
    assert grouped("ABC123456789") == "ABC123456789"
