"""Orders as they were agreed, and their moves by the table."""

import pytest

from integrations.contracts.errors import Conflict, Problem
from integrations.contracts.ids import new_id
from integrations.contracts.viewer import SYSTEM
from integrations.runtime.database import rows, run, value, work
from market.catalog.service.stock import sell
from market.orders.links import order_token, read_token
from market.orders.rules import MOVES, PartState, PaymentMethod, before, initials
from market.orders.service import move_part
from market.payments.service import await_payment
from market.settlement.service import seller as taps
from tests.kit.listings import a_live_listing
from tests.kit.orders import an_order_part
from tests.kit.people import a_seller
from tests.kit.stack import Stack


async def test_an_order_holds_what_was_agreed(stack: Stack) -> None:
    seller = await a_seller()
    goods = await a_live_listing(seller, price_vnd=92_500)
    placed = await an_order_part(seller, goods)
    async with work(SYSTEM):
        part = (await rows("SELECT * FROM order_part WHERE id = $1", [placed.part_id]))[0]
        payment = (await rows("SELECT * FROM payment WHERE part_id = $1", [placed.part_id]))[0]
    # payments.md 5.2: goods of 185,000 by a household: VAT 1 %, PIT 0.5 %, commission 0 %.
    assert (part["vat_vnd"], part["pit_vnd"], part["commission_vnd"]) == (1_850, 925, 0)
    assert part["net_vnd"] == 182_225 and part["state"] == "awaiting_payment"
    assert payment["reference"] == placed.reference and payment["amount_vnd"] == 185_000
    assert payment["bank_name"] and payment["account_hash"]


async def test_a_number_that_is_taken_is_not_given_twice(stack: Stack) -> None:
    seller = await a_seller()
    goods = await a_live_listing(seller)
    first = await an_order_part(seller, goods)
    second = await an_order_part(seller, goods, number=first.number)
    assert second.number != first.number
    async with work(SYSTEM):
        found = await rows("SELECT number FROM orders WHERE id = $1", [second.order_id])
    assert found == [{"number": second.number}]


async def test_a_seller_without_account_cannot_be_paid_by_qr(stack: Stack) -> None:
    seller = await a_seller()
    async with work(SYSTEM):
        await run(
            "UPDATE payout_account SET ended_at = now() WHERE producer_id = $1",
            [seller.producer_id],
        )
        with pytest.raises(Problem) as refused:
            await await_payment(
                part_id=new_id(),
                order_id=new_id(),
                producer_id=seller.producer_id,
                method="bank_qr",
                amount_vnd=1,
                expires_at=None,
            )
    assert refused.value.code == "payout.missing"


async def test_a_part_moves_by_the_table_only(stack: Stack) -> None:
    seller = await a_seller()
    placed = await an_order_part(
        seller, await a_live_listing(seller), method=PaymentMethod.CASH_ON_DELIVERY
    )
    async with work(SYSTEM):
        await move_part(part_id=placed.part_id, to=PartState.CONFIRMED, actor=seller.viewer)
        await sell(placed.part_id)
    with pytest.raises(Conflict) as refused:
        async with work(SYSTEM):
            await move_part(part_id=placed.part_id, to=PartState.COMPLETED, actor=seller.viewer)
    assert refused.value.code == "order.moved"
    async with work(SYSTEM):
        events = await rows(
            "SELECT state, actor FROM order_event WHERE part_id = $1 ORDER BY at, id",
            [placed.part_id],
        )
        facts = await value(
            "SELECT count(*) FROM outbox WHERE subject_id = $1 AND name = 'order.part_placed'",
            [str(placed.part_id)],
        )
    assert [event["state"] for event in events] == ["placed", "confirmed"]
    assert events[1]["actor"] == seller.viewer.label and facts == 1


def test_every_state_can_be_reached_and_ends_are_ends() -> None:
    starts = {PartState.AWAITING_PAYMENT, PartState.AWAITING_CODE}
    assert set(MOVES) == set(PartState)
    assert all(before(state) or state in starts for state in PartState)
    assert before(PartState.COMPLETED) == {PartState.HANDED_OVER}
    assert before(PartState.REFUSED) == {PartState.HANDED_OVER}
    assert before(PartState.REFUSED, on_channel=True) == {PartState.COMPLETED}


async def test_only_a_marketplace_takes_a_completed_order_back(stack: Stack) -> None:
    seller = await a_seller()
    goods = await a_live_listing(seller)
    placed = await an_order_part(seller, goods, method=PaymentMethod.CASH_ON_DELIVERY)
    for verb in (taps.confirm, taps.hand_over, taps.paid_at_the_door):
        await verb(part_id=placed.part_id, actor=seller.viewer)
    with pytest.raises(Conflict) as refused:
        await taps.refused(part_id=placed.part_id, actor=seller.viewer)
    assert refused.value.code == "order.moved"


def test_initials_hide_the_name() -> None:
    assert initials("Lê Thị Hoa") == "L. T. H."
    assert initials("đặng  x") == "Đ. X."
    assert initials("(Hoa)") == ""


def test_a_link_opens_one_order() -> None:
    order_id, secret = new_id(), "s" * 32
    token = order_token(order_id, secret)
    assert read_token(token, secret) == order_id
    assert read_token(token, "t" * 32) is None
    assert read_token(token[:-1], secret) is None
    assert read_token("", secret) is None
