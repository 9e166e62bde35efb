"""Who waits for whom: payment, part, goods, and the audit chain last; nothing in a circle."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from integrations.contracts.viewer import SYSTEM, Role
from integrations.runtime import audit
from integrations.runtime.database import rows, run, value, work
from integrations.runtime.followups import close_follow_ups, open_follow_up
from market.orders.rules import PaymentMethod
from market.payments import service as payments
from market.settlement.rules import UNANSWERED
from market.settlement.service import close_one, look_at_clocks, say_money
from market.settlement.service.settle import lock_part
from tests.kit.bank import becomes
from tests.kit.invariants import assert_invariants
from tests.kit.listings import a_live_listing
from tests.kit.orders import Placed, an_order_part
from tests.kit.people import a_seller, a_staff
from tests.kit.stack import Stack

_TAKE = "SELECT id FROM variant WHERE id = $1 FOR UPDATE"


class Other:
    """A verb of somebody else, begun beside the transaction that the test holds open."""

    def __init__(self, verb: Callable[[], Awaitable[Any]]) -> None:
        self._verb = verb
        self._go = asyncio.Event()
        # Made outside of the test's transaction: a task made inside would be part of it.
        self.task = asyncio.ensure_future(self._run())

    async def _run(self) -> Any:
        await self._go.wait()
        return await self._verb()

    async def begins_and_waits(self) -> None:
        """Until it waits for a lock that we hold."""
        self._go.set()
        await becomes(_waiting, 1)


async def _waiting() -> int:
    """How many wait for a lock."""
    return int(await value("SELECT count(*) FROM pg_locks WHERE NOT granted"))


async def _ended(*placed: Placed) -> None:
    async with work(SYSTEM):
        await run(
            "UPDATE order_part SET expires_at = now() - interval '1 minute' WHERE id = ANY($1)",
            [[one.part_id for one in placed]],
        )


async def _follow_up_of(part_id: UUID, seller_id: UUID) -> UUID:
    async with work(SYSTEM):
        await open_follow_up(
            UNANSWERED,
            subject_type="part",
            subject_id=part_id,
            for_role="producer",
            due_in_s=60,
            producer_id=seller_id,
        )
        found = await value("SELECT id FROM follow_up WHERE subject_id = $1", [part_id])
    assert isinstance(found, UUID)
    return found


async def test_closing_by_hand_waits_for_the_order_first(stack: Stack) -> None:
    seller, staff = await a_seller(), await a_staff(Role.PROVINCE_STAFF)
    goods = await a_live_listing(seller)
    placed = await an_order_part(seller, goods, method=PaymentMethod.CASH_ON_DELIVERY)
    asked = await _follow_up_of(placed.part_id, seller.producer_id)
    closing = Other(lambda: close_one(follow_up_id=asked, actor=staff.viewer, outcome="called"))
    async with work(SYSTEM):
        await payments.lock(part_id=placed.part_id)
        await lock_part(placed.part_id)
        await closing.begins_and_waits()
        free = await rows("SELECT id FROM follow_up WHERE id = $1 FOR UPDATE SKIP LOCKED", [asked])
        await close_follow_ups(SYSTEM, subject_id=placed.part_id, outcome="confirmed")
    await closing.task
    assert free, "the task was locked before the order that it is about"


async def test_nobody_waits_for_goods_while_holding_the_audit_chain(stack: Stack) -> None:
    seller = await a_seller()
    goods = await a_live_listing(seller)
    placed = await an_order_part(seller, goods)
    await _ended(placed)
    await look_at_clocks()
    tapping = Other(lambda: say_money(part_id=placed.part_id, actor=seller.viewer, received=True))
    async with work(SYSTEM):
        await rows(_TAKE, [goods.variant_id])
        await tapping.begins_and_waits()
        await run("SET LOCAL lock_timeout = '300ms'")
        await audit.record(SYSTEM, "kit.looked", "kit:1")
    assert await tapping.task == "settled"
    await assert_invariants(stack)


async def test_orders_that_end_together_take_goods_one_order_at_a_time(stack: Stack) -> None:
    seller = await a_seller()
    first, second = await a_live_listing(seller), await a_live_listing(seller)
    # The older payment holds the later goods: in one transaction that would be against the order.
    older, newer = await an_order_part(seller, second), await an_order_part(seller, first)
    await _ended(older, newer)
    ending = Other(look_at_clocks)
    async with work(SYSTEM):
        await rows(_TAKE, [first.variant_id])
        await ending.begins_and_waits()
        free = await rows(f"{_TAKE} SKIP LOCKED", [second.variant_id])
    assert await ending.task >= 2
    assert free, "goods of one order were held while waiting for those of another"
    await assert_invariants(stack)


async def test_an_order_that_cannot_end_holds_up_no_other(stack: Stack) -> None:
    seller = await a_seller()
    stuck, fine = await a_live_listing(seller), await a_live_listing(seller)
    older, newer = await an_order_part(seller, stuck), await an_order_part(seller, fine)
    await _ended(older, newer)
    shelf = "UPDATE variant SET available = available + $2 WHERE id = $1"
    full = 2**31 - 1 - 8
    async with work(SYSTEM):
        await run(shelf, [stuck.variant_id, full])  # nothing can be put back on a full shelf
    await look_at_clocks()
    states = [await _state(older), await _state(newer)]
    async with work(SYSTEM):
        await run(shelf, [stuck.variant_id, -full])
    await look_at_clocks()
    assert states == ["awaiting_payment", "expired"] and await _state(older) == "expired"
    await assert_invariants(stack)


async def _state(placed: Placed) -> str:
    async with work(SYSTEM):
        return str(await value("SELECT state FROM order_part WHERE id = $1", [placed.part_id]))
