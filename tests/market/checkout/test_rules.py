"""The cart, what is typed, and what a buyer is told: without a database."""

from datetime import UTC, datetime
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
from market.checkout.rules.states import can_cancel, deadline, grouped, steps, told
from market.orders.rules import PartState, PaymentMethod
from market.settlement.rules import NOT_SEEN

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


def test_accounts_are_shown_in_groups() -> None:
    assert grouped("3700000000123") == "3700 0000 00123"
    assert grouped("12345678") == "12345678"
    assert grouped("ABC123456789") == "ABC123456789"
