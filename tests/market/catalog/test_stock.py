"""Stock changes in one place: guarded, in id order, written down; sold + left = started."""

import asyncio
from collections.abc import Iterable
from typing import Any
from uuid import UUID

import pytest

from integrations.contracts.errors import Problem
from integrations.contracts.ids import new_id
from integrations.contracts.viewer import SYSTEM
from integrations.runtime.database import retrying, rows, run, value, work
from market.catalog.service import stock
from tests.kit.listings import Goods, a_live_listing
from tests.kit.people import a_seller
from tests.kit.stack import Stack


async def counted(goods: Goods) -> dict[str, int]:
    """What the shelf, the reservations and the movements say of one variant."""
    async with work(SYSTEM):
        found: list[dict[str, Any]] = await rows(
            "SELECT v.available AS left, v.started,"
            " coalesce((SELECT sum(quantity) FROM reservation WHERE variant_id = v.id"
            "   AND state = 'held'), 0)::int AS held,"
            " coalesce((SELECT sum(quantity) FROM reservation WHERE variant_id = v.id"
            "   AND state = 'sold'), 0)::int AS sold,"
            " (SELECT sum(change) FROM stock_movement WHERE variant_id = v.id)::int AS moved"
            " FROM variant v WHERE v.id = $1",
            [goods.variant_id],
        )
    seen = found[0]
    assert seen["left"] + seen["held"] + seen["sold"] == seen["started"]
    assert seen["moved"] == seen["left"]
    return seen


async def reserve(wants: dict[UUID, int], *, expires_in_s: float | None = 1800) -> UUID:
    group_id = new_id()
    async with work(SYSTEM):
        await stock.reserve(group_id=group_id, wants=wants, expires_in_s=expires_in_s)
    return group_id


async def some_goods(available: int, count: int = 1) -> list[Goods]:
    seller = await a_seller()
    return [await a_live_listing(seller, available=available) for _ in range(count)]


def outcome(results: Iterable[UUID | BaseException]) -> tuple[int, int]:
    """(taken, refused); anything but a refusal is an error of ours."""
    taken = refused = 0
    for result in results:
        if isinstance(result, UUID):
            taken += 1
        else:
            assert isinstance(result, stock.OutOfStock), result
            refused += 1
    return taken, refused


async def test_five_hundred_for_a_hundred(stack: Stack) -> None:
    (goods,) = await some_goods(100)
    tasks = (retrying(lambda: reserve({goods.variant_id: 1})) for _ in range(500))
    assert outcome(await asyncio.gather(*tasks, return_exceptions=True)) == (100, 400)
    seen = await counted(goods)
    assert (seen["left"], seen["held"], seen["started"]) == (0, 100, 100)


async def test_two_lines_in_opposite_order_never_deadlock(stack: Stack) -> None:
    one, other = await some_goods(100, 2)

    async def buy(n: int) -> UUID:
        pair = [(one.variant_id, 1), (other.variant_id, 1)]
        # Without `retrying`: a deadlock would be shown.
        return await reserve(dict(pair if n % 2 else pair[::-1]))

    results = await asyncio.gather(*(buy(n) for n in range(80)), return_exceptions=True)
    assert outcome(results) == (80, 0)
    for goods in (one, other):
        assert (await counted(goods))["left"] == 20


async def test_all_or_none(stack: Stack) -> None:
    plenty, few = await some_goods(10, 2)
    async with work(SYSTEM):
        await stock.set_stock(variant_id=few.variant_id, available=1, reference="kit:few")
    with pytest.raises(stock.OutOfStock) as refused:
        await reserve({plenty.variant_id: 2, few.variant_id: 2})
    assert (refused.value.left, refused.value.variant_id) == (1, few.variant_id)
    assert refused.value.status == 409
    assert (await counted(plenty))["left"] == 10


async def test_the_database_refuses_less_than_nothing(stack: Stack) -> None:
    (goods,) = await some_goods(1)
    with pytest.raises(Exception, match="variant_available"):
        async with work(SYSTEM):
            await run("UPDATE variant SET available = -1 WHERE id = $1", [goods.variant_id])


async def test_units_come_back_once(stack: Stack) -> None:
    (goods,) = await some_goods(5)
    group_id = await reserve({goods.variant_id: 3})
    async with work(SYSTEM):
        assert await stock.release(group_id)
        assert not await stock.release(group_id)
        assert not await stock.sell(group_id)
    assert (await counted(goods))["left"] == 5


async def test_a_sale_and_its_return(stack: Stack) -> None:
    (goods,) = await some_goods(5)
    group_id = await reserve({goods.variant_id: 2}, expires_in_s=None)
    async with work(SYSTEM):
        assert await stock.sell(group_id)
        assert not await stock.release(group_id)
    assert (await counted(goods))["sold"] == 2
    async with work(SYSTEM):
        assert await stock.return_units(group_id)
        assert not await stock.return_units(group_id)
    assert (await counted(goods))["left"] == 5


async def test_late_money_takes_the_same_units_if_they_are_there(stack: Stack) -> None:
    (goods,) = await some_goods(3)
    group_id = await reserve({goods.variant_id: 3})
    async with work(SYSTEM):
        await stock.release(group_id)
        assert await stock.sell_again(group_id)
        assert not await stock.sell_again(group_id)
    assert (await counted(goods))["sold"] == 3


async def test_late_money_finds_the_shelf_empty(stack: Stack) -> None:
    (goods,) = await some_goods(3)
    late = await reserve({goods.variant_id: 2})
    async with work(SYSTEM):
        await stock.release(late)
    await reserve({goods.variant_id: 2})
    async with work(SYSTEM):
        assert not await stock.sell_again(late)
    seen = await counted(goods)
    assert (seen["left"], seen["held"], seen["sold"]) == (1, 2, 0)


async def test_a_group_may_leave_and_come_back_more_than_once(stack: Stack) -> None:
    (goods,) = await some_goods(3)
    group_id = await reserve({goods.variant_id: 1})
    async with work(SYSTEM):
        await stock.release(group_id)
        await stock.sell_again(group_id)
        await stock.return_units(group_id)
        assert await stock.sell_again(group_id)
    assert (await counted(goods))["sold"] == 1


async def test_setting_the_shelf_is_written_down_once(stack: Stack) -> None:
    (goods,) = await some_goods(4)
    async with work(SYSTEM):
        changes = [
            await stock.set_stock(variant_id=goods.variant_id, available=n, reference=reference)
            for n, reference in ((9, "a"), (9, "b"), (2, "c"), (7, "c"))
        ]
        facts = await value(
            "SELECT count(*) FROM outbox WHERE name = 'stock.changed' AND subject_id = $1",
            [str(goods.variant_id)],
        )
    assert changes == [5, 0, -7, 0] and facts == 2
    assert (await counted(goods))["left"] == 2
    for wrong in (-1, 1_000_001):
        with pytest.raises(Problem) as refused:
            async with work(SYSTEM):
                await stock.set_stock(variant_id=goods.variant_id, available=wrong, reference="d")
        assert refused.value.code == "stock.unreadable"
