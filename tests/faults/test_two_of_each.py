"""Two web and two worker processes on one database: what is done is done once."""

import asyncio

from integrations.contracts.viewer import SYSTEM
from integrations.runtime.database import rows, value, work
from tests.kit.bank import knock
from tests.kit.crash import all_worked
from tests.kit.crowd import BEHIND_A_PROXY, Crowd, numbers_of, sold_and_left
from tests.kit.invariants import assert_invariants
from tests.kit.listings import a_live_listing
from tests.kit.paid import PAID_ONCE, effects, orders_that_wait
from tests.kit.people import a_seller
from tests.kit.service import running_service
from tests.kit.stack import Stack

# Four processes with two pools each, beside the test's own, on a server of 60 connections.
SETTINGS = {**BEHIND_A_PROXY, "DATABASE_POOL_MAX": "4"}


async def test_fifty_buyers_and_twelve_transfers(stack: Stack) -> None:
    async with work(SYSTEM):
        began = await value("SELECT now()")
    goods = await a_live_listing(await a_seller(), available=10)
    waiting = await orders_that_wait(12)
    async with (
        running_service(stack, "worker", "serve", **SETTINGS) as one,
        running_service(stack, "worker", "serve", **SETTINGS) as other,
    ):
        crowd = Crowd([one.base_url, other.base_url])

        async def buy() -> bool:
            async with crowd.buyer() as client:
                return await crowd.order(client, (goods, 1))

        notices = asyncio.gather(*(knock(stack, each.line) for each in waiting))
        bought = await asyncio.gather(*(buy() for _ in range(50)))
        assert {answer.status_code for answer in await notices} == {200}
        await all_worked()
    assert sum(bought) == 10 and set(crowd.statuses) == {201, 409}
    assert await sold_and_left(goods) == (10, 0, 10)
    assert sorted(crowd.orders.values()) == sorted(await numbers_of(goods))
    assert [await effects(one.placed) for one in waiting] == [PAID_ONCE] * 12
    async with work(SYSTEM):
        twice = await rows(
            "SELECT name, attempts FROM outbox WHERE attempts > 1 AND created_at > $1", [began]
        )
    assert twice == []
    keys = [message["dedupe_key"] for message in stack.messages.latest(limit=10_000)]
    assert len(keys) == len(set(keys)), "no message twice"
    await assert_invariants(stack)
