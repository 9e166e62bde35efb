"""Money that goes back: what is asked for is what the producer still holds, never twice."""

from typing import Any
from uuid import UUID

from integrations.contracts.viewer import SYSTEM
from integrations.runtime.database import rows, run, work
from market.catalog.service import stock
from market.settlement.service import cannot, close_one, look_at_clocks, say_money
from tests.kit.bank import money_arrives
from tests.kit.invariants import assert_invariants
from tests.kit.listings import Goods, a_live_listing
from tests.kit.orders import Placed, an_order_part
from tests.kit.people import Seller, a_seller
from tests.kit.stack import Stack

REFUND = "payment.refund"


async def _story(*, available: int = 10) -> tuple[Seller, Goods, Placed]:
    """An order of 185,000 đ that waits for its transfer."""
    seller = await a_seller()
    goods = await a_live_listing(seller, price_vnd=92_500, available=available)
    return seller, goods, await an_order_part(seller, goods, quantity=2)


async def _ends(placed: Placed) -> None:
    async with work(SYSTEM):
        await run(
            "UPDATE order_part SET expires_at = now() - interval '1 minute' WHERE id = $1",
            [placed.part_id],
        )
    await look_at_clocks()


async def _seen(placed: Placed) -> tuple[str, str, int]:
    """State of the part and of its payment, and what the producer holds of it."""
    async with work(SYSTEM):
        found = await rows(
            "SELECT p.state, y.state AS payment, y.received_vnd FROM order_part p"
            " JOIN payment y ON y.part_id = p.id WHERE p.id = $1",
            [placed.part_id],
        )
    return found[0]["state"], found[0]["payment"], found[0]["received_vnd"]


async def _asked(placed: Placed) -> list[tuple[UUID, int]]:
    """What is asked back now: the follow-up's id and the amount."""
    async with work(SYSTEM):
        found = await rows(
            "SELECT id, (details->>'refund_vnd')::bigint AS vnd FROM follow_up"
            " WHERE subject_id = $1 AND kind = $2 AND closed_at IS NULL",
            [placed.part_id, REFUND],
        )
    return [(row["id"], row["vnd"]) for row in found]


async def _sends_back(seller: Seller, placed: Placed) -> None:
    (asked,) = await _asked(placed)
    await close_one(follow_up_id=asked[0], actor=seller.viewer, outcome="sent back")


def _amounts(asked: list[tuple[UUID, int]]) -> list[int]:
    return [vnd for _, vnd in asked]


async def test_the_rest_after_the_end_pays_the_goods_and_nothing_goes_back(stack: Stack) -> None:
    seller, _, placed = await _story()
    await money_arrives(stack, seller.account, 100_000, placed.reference)
    await _ends(placed)
    assert _amounts(await _asked(placed)) == [100_000]
    await money_arrives(stack, seller.account, 85_000, placed.reference)
    assert await _seen(placed) == ("placed", "settled", 185_000)
    assert await _asked(placed) == []
    await assert_invariants(stack)


async def test_what_went_back_does_not_pay_the_goods(stack: Stack) -> None:
    seller, _, placed = await _story()
    await money_arrives(stack, seller.account, 100_000, placed.reference)
    await _ends(placed)
    await _sends_back(seller, placed)
    await money_arrives(stack, seller.account, 85_000, placed.reference)
    assert await _seen(placed) == ("expired", "expired", 85_000)
    assert _amounts(await _asked(placed)) == [85_000]
    await assert_invariants(stack)


async def test_what_went_back_is_not_asked_back_again(stack: Stack) -> None:
    seller, _, placed = await _story()
    await money_arrives(stack, seller.account, 100_000, placed.reference)
    await _ends(placed)
    await _sends_back(seller, placed)
    await money_arrives(stack, seller.account, 185_000, placed.reference)
    assert await _seen(placed) == ("placed", "settled", 185_000)
    assert await _asked(placed) == []
    await assert_invariants(stack)


async def test_too_much_twice_goes_back_once_each(stack: Stack) -> None:
    seller, _, placed = await _story()
    await money_arrives(stack, seller.account, 200_000, placed.reference)
    await _sends_back(seller, placed)
    await money_arrives(stack, seller.account, 5_000, placed.reference)
    assert _amounts(await _asked(placed)) == [5_000]
    await assert_invariants(stack)


async def test_paid_twice_and_cancelled_goes_back_whole(stack: Stack) -> None:
    for cancelled_first in (True, False):
        seller, _, placed = await _story()
        await money_arrives(stack, seller.account, 185_000, placed.reference)
        if not cancelled_first:
            await money_arrives(stack, seller.account, 185_000, placed.reference)
        await cannot(part_id=placed.part_id, actor=seller.viewer, reason="Out of goods")
        if cancelled_first:
            await money_arrives(stack, seller.account, 185_000, placed.reference)
        assert _amounts(await _asked(placed)) == [370_000]
    await assert_invariants(stack)


async def test_cancelled_sent_back_and_paid_again_goes_back_again(stack: Stack) -> None:
    seller, _, placed = await _story()
    await money_arrives(stack, seller.account, 185_000, placed.reference)
    await cannot(part_id=placed.part_id, actor=seller.viewer, reason="Out of goods")
    await _sends_back(seller, placed)
    await money_arrives(stack, seller.account, 185_000, placed.reference)
    assert _amounts(await _asked(placed)) == [185_000]
    await assert_invariants(stack)


async def test_the_notice_of_money_that_was_seen_and_cancelled_asks_nothing_new(
    stack: Stack,
) -> None:
    seller, _, placed = await _story()
    await say_money(part_id=placed.part_id, actor=seller.viewer, received=True)
    await cannot(part_id=placed.part_id, actor=seller.viewer, reason="Out of goods")
    await money_arrives(stack, seller.account, 185_000, placed.reference)
    assert _amounts(await _asked(placed)) == [185_000]
    await assert_invariants(stack)


async def _goods_are_gone(seller: Seller, goods: Goods, placed: Placed) -> None:
    """Late money is seen by the producer when the shelf is empty; then there are goods again."""
    await _ends(placed)
    async with work(SYSTEM):
        await stock.set_stock(variant_id=goods.variant_id, available=0, reference="kit:sold")
    assert await say_money(part_id=placed.part_id, actor=seller.viewer, received=True) == "gone"
    async with work(SYSTEM):
        await stock.set_stock(variant_id=goods.variant_id, available=9, reference="kit:new")


async def test_the_notice_of_money_that_goes_back_already_sells_nothing(stack: Stack) -> None:
    for sent_back_first in (False, True):
        seller, goods, placed = await _story()
        await _goods_are_gone(seller, goods, placed)
        if sent_back_first:
            await _sends_back(seller, placed)
        await money_arrives(stack, seller.account, 185_000, placed.reference)
        assert (await _seen(placed))[:2] == ("expired", "expired")
        assert _amounts(await _asked(placed)) == ([] if sent_back_first else [185_000])
    await assert_invariants(stack)


async def test_a_second_look_with_goods_again_keeps_the_money(stack: Stack) -> None:
    seller, goods, placed = await _story()
    await _goods_are_gone(seller, goods, placed)
    assert await say_money(part_id=placed.part_id, actor=seller.viewer, received=True) == "settled"
    assert await _asked(placed) == []
    await assert_invariants(stack)


async def test_a_larger_sum_is_told_again(stack: Stack) -> None:
    seller, _, placed = await _story()
    await money_arrives(stack, seller.account, 200_000, placed.reference)
    await money_arrives(stack, seller.account, 30_000, placed.reference)
    told: list[Any] = [m["text"] for m in stack.messages.latest(to_phone=seller.phone)]
    assert any("45.000" in text for text in told)
