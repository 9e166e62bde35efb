"""Units for a marketplace's order, asked for again and again until it is paid."""

from uuid import UUID

import pytest

from integrations.contracts.ids import new_id
from integrations.contracts.viewer import SYSTEM
from integrations.runtime.database import rows, work
from market.catalog.service import stock
from market.settlement.service.channel import take_units
from tests.kit.invariants import assert_invariants
from tests.kit.listings import Goods, a_live_listing
from tests.kit.people import a_seller
from tests.kit.stack import Stack


async def _take(part_id: UUID, goods: Goods, units: int, *, paid: bool = False) -> int:
    async with work(SYSTEM):
        return await take_units(part_id=part_id, wants={goods.variant_id: units}, make_room=paid)


async def _put(goods: Goods, units: int) -> None:
    async with work(SYSTEM):
        await stock.set_stock(variant_id=goods.variant_id, available=units, reference=str(new_id()))


async def _seen(part_id: UUID, goods: Goods) -> tuple[int, int, list[int]]:
    """What is held, what is left, and every movement for this part."""
    async with work(SYSTEM):
        held = await rows(
            "SELECT quantity FROM reservation WHERE group_id = $1 AND state = 'held'", [part_id]
        )
        left = await rows("SELECT available FROM variant WHERE id = $1", [goods.variant_id])
        moved = await rows(
            "SELECT change FROM stock_movement WHERE reference LIKE $1 ORDER BY at, id",
            [f"{part_id}:%"],
        )
    return (
        sum(row["quantity"] for row in held),
        left[0]["available"],
        [row["change"] for row in moved],
    )


async def test_what_was_missing_is_taken_once_it_is_there(stack: Stack) -> None:
    goods = await a_live_listing(await a_seller(), available=2)
    part_id = new_id()
    assert await _take(part_id, goods, 3) == 1
    assert await _take(part_id, goods, 3) == 1
    assert await _seen(part_id, goods) == (2, 0, [-2])
    await _put(goods, 5)
    assert await _take(part_id, goods, 3, paid=True) == 0
    assert await _seen(part_id, goods) == (3, 4, [-2, -1])
    await assert_invariants(stack)


async def test_fewer_are_wanted_than_are_held(stack: Stack) -> None:
    goods = await a_live_listing(await a_seller(), available=5)
    part_id = new_id()
    assert await _take(part_id, goods, 4) == 0
    assert await _take(part_id, goods, 1) == 0
    assert await _seen(part_id, goods) == (1, 4, [-4, 3])
    await assert_invariants(stack)


async def test_given_back_and_wanted_again(stack: Stack) -> None:
    goods = await a_live_listing(await a_seller(), available=5)
    part_id = new_id()
    assert await _take(part_id, goods, 2) == 0
    async with work(SYSTEM):
        assert await stock.release(part_id)
    assert await _take(part_id, goods, 3, paid=True) == 0
    assert await _seen(part_id, goods) == (3, 2, [-2, 2, -3])
    await assert_invariants(stack)


async def test_bit_by_bit_as_the_shelf_fills(stack: Stack) -> None:
    goods = await a_live_listing(await a_seller(), available=0)
    part_id = new_id()
    for held in range(1, 21):
        await _put(goods, 1)
        assert await _take(part_id, goods, 20) == 20 - held
    assert await _seen(part_id, goods) == (20, 0, [-1] * 20)
    await assert_invariants(stack)


async def test_what_was_sold_is_not_held_again(stack: Stack) -> None:
    goods = await a_live_listing(await a_seller(), available=5)
    part_id = new_id()
    await _take(part_id, goods, 2)
    async with work(SYSTEM):
        assert await stock.sell(part_id)
    with pytest.raises(RuntimeError, match="sold"):
        await _take(part_id, goods, 1)
    assert await _seen(part_id, goods) == (0, 3, [-2])
