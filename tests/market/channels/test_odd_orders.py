"""An order that nobody understands is a person's work; the others and the shelf go on."""

from typing import Any

import pytest

from integrations.contracts.viewer import SYSTEM
from integrations.runtime.database import rows, run, work
from market.channels.service.orders import pull
from market.settlement.rules import CHANNEL_PARKED
from tests.kit.channels import Elsewhere, Shelf
from tests.kit.invariants import assert_invariants
from tests.kit.orders import an_order_part


async def _parked(shelf: Shelf) -> list[dict[str, Any]]:
    async with work(SYSTEM):
        return await rows(
            "SELECT id, details->>'number' AS number, for_role, outcome FROM follow_up"
            " WHERE kind = $1 AND subject_type = 'channel_order' AND producer_id = $2"
            " ORDER BY opened_at",
            [CHANNEL_PARKED, shelf.seller.producer_id],
        )


async def _order(shelf: Shelf, number: str) -> tuple[str, str, int | None]:
    order = await shelf.order(number)
    return order["state"], order["part_state"], order["fee_vnd"]


@pytest.mark.parametrize("odd", ["status", "record"])
async def test_an_order_nobody_understands_stops_no_other(there: Elsewhere, odd: str) -> None:
    shelf = await there.a_shop(available=10)
    await there.market.fault({"kind": "drop_push", "next": 20})
    bad = await shelf.buy_there(2)
    await there.market.control(f"orders/{bad}", odd=odd)
    good = await shelf.buy_there(1)
    assert await pull(there.ports, shelf.connection_id) == 2
    await there.settle()
    assert (await _order(shelf, good))[:2] == ("to_ship", "placed")
    await an_order_part(shelf.seller, shelf.goods, quantity=3)
    await there.settle()
    row = await shelf.row()
    assert (row["state"], row["problem_code"]) == ("in_step", "")
    assert row["available"] == (await shelf.item())["stock"]
    async with work(SYSTEM):
        looked = await rows(
            "SELECT orders_until > connected_at AS on_it, orders_due_at FROM channel_connection"
            " WHERE id = $1",
            [shelf.connection_id],
        )
    assert looked == [{"on_it": True, "orders_due_at": None}]
    # Looked at again and again, it is said once.
    await pull(there.ports, shelf.connection_id)
    assert [(one["number"], one["for_role"], one["outcome"]) for one in await _parked(shelf)] == [
        (bad, "province_staff", "")
    ]
    await there.market.control(f"orders/{bad}", odd="")
    async with work(SYSTEM):
        # So long ago that no look at what has changed would find it.
        await run(
            "UPDATE channel_connection SET orders_until = now() + interval '1 hour' WHERE id = $1",
            [shelf.connection_id],
        )
    assert await pull(there.ports, shelf.connection_id) == 0
    assert (await _order(shelf, bad))[:2] == ("to_ship", "placed")
    assert [one["outcome"] for one in await _parked(shelf)] == ["read"]
    await there.settle()
    assert ((await shelf.row())["available"], (await shelf.item())["stock"]) == (4, 4)
    await assert_invariants(there.stack)


async def test_units_of_an_unknown_status_are_kept_for_it(there: Elsewhere) -> None:
    shelf = await there.a_shop(available=10)
    await there.market.fault({"kind": "drop_push", "next": 20})
    bad = await shelf.buy_there(2)
    await there.market.control(f"orders/{bad}", odd="status")
    await pull(there.ports, shelf.connection_id)
    await there.settle()
    assert ((await shelf.row())["available"], (await shelf.item())["stock"]) == (8, 8)
    await there.market.control(f"orders/{bad}", odd="")
    await there.market.control(f"orders/{bad}/cancel")
    await pull(there.ports, shelf.connection_id)
    await there.settle()
    assert ((await shelf.row())["available"], (await shelf.item())["stock"]) == (10, 10)
    await assert_invariants(there.stack)


async def test_a_fee_that_is_not_told_does_not_hold_up_the_sale(there: Elsewhere) -> None:
    shelf = await there.a_shop(available=10)
    number = await shelf.buy_there(2)
    await there.market.control(f"orders/{number}", odd="income")
    for verb in ("ship", "complete"):
        await there.market.control(f"orders/{number}/{verb}")
    await there.settle()
    assert await _order(shelf, number) == ("completed", "completed", None)
    assert [one["number"] for one in await _parked(shelf)] == [number]
    await there.market.control(f"orders/{number}", odd="")
    await pull(there.ports, shelf.connection_id)
    state, part, fee_vnd = await _order(shelf, number)
    assert (state, part) == ("completed", "completed") and fee_vnd
    assert [one["outcome"] for one in await _parked(shelf)] == ["read"]
    await assert_invariants(there.stack)


async def test_what_a_person_closed_comes_back_after_a_day(there: Elsewhere) -> None:
    shelf = await there.a_shop(available=10)
    number = await shelf.buy_there(1)
    await there.market.control(f"orders/{number}", odd="record")
    await pull(there.ports, shelf.connection_id)
    await there.drain()

    async def closed(ago: str) -> None:
        async with work(SYSTEM):
            await run(
                "UPDATE follow_up SET closed_at = now() - $2::text::interval, outcome = 'called'"
                " WHERE subject_type = 'channel_order' AND producer_id = $1",
                [shelf.seller.producer_id, ago],
            )

    await closed("1 hour")
    await pull(there.ports, shelf.connection_id)
    assert [one["outcome"] for one in await _parked(shelf)] == ["called"]
    await closed("2 days")
    await pull(there.ports, shelf.connection_id)
    assert [one["outcome"] for one in await _parked(shelf)] == ["called", ""]
    await there.market.control(f"orders/{number}", odd="")
    await pull(there.ports, shelf.connection_id)
    assert [one["outcome"] for one in await _parked(shelf)] == ["called", "read"]
