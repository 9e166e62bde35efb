"""Two web and two worker processes on one database: what is done is done once."""

import asyncio

from integrations.contracts.viewer import SYSTEM
from integrations.runtime.database import orm_config, rows, value, work
from integrations.runtime.embedded.programs.postgres import MAX_CONNECTIONS
from integrations.runtime.settings import Settings
from tests.kit.bank import knock
from tests.kit.crash import a_lease_passes, all_worked, has_left, until
from tests.kit.crowd import BEHIND_A_PROXY, Crowd, numbers_of, sold_and_left
from tests.kit.invariants import assert_invariants
from tests.kit.listings import a_live_listing
from tests.kit.paid import PAID_ONCE, effects, orders_that_wait
from tests.kit.people import a_seller
from tests.kit.service import running_service
from tests.kit.stack import Stack

SETTINGS = BEHIND_A_PROXY
# What PostgreSQL keeps for superusers, and what commands beside the service may take: migrate,
# backup, keys, and a person who looks.
RESERVED, COMMANDS = 3, 15


def _pools(pool_max: int, public_pool_max: int | None = None) -> int:
    config = orm_config(
        {},
        url="postgres://a@b/c",
        public_url="postgres://a@b/c",
        pool_max=pool_max,
        public_pool_max=public_pool_max,
    )
    return sum(int(one["credentials"]["maxsize"]) for one in config["connections"].values())


def test_two_of_each_fit_the_server() -> None:
    pool_max = Settings.model_fields["database_pool_max"].default
    api, worker = _pools(pool_max), _pools(pool_max, public_pool_max=1)
    assert (api, worker) == (20, 11)
    assert 2 * api + 2 * worker + RESERVED + COMMANDS <= MAX_CONNECTIONS


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


async def test_one_of_each_dies_under_load(stack: Stack) -> None:
    """Kill -9 for a web and a worker process while people buy and pay; both are started again."""
    goods = await a_live_listing(await a_seller(), available=60)
    waiting = await orders_that_wait(12)
    async with (
        running_service(stack, "worker", "serve", **SETTINGS) as one,
        running_service(stack, "worker", "serve", **SETTINGS) as other,
    ):
        crowd = Crowd([one.base_url, other.base_url])

        async def buy() -> None:
            async with crowd.buyer() as client:
                for _ in range(7):
                    await crowd.order(client, (goods, 1))

        people = asyncio.gather(*(buy() for _ in range(10)))
        notices = asyncio.gather(*(knock(stack, each.line) for each in waiting))

        async def some() -> bool:
            return len(crowd.orders) > 10

        await until(some, what="the first orders")
        await asyncio.gather(one.kill("serve"), one.kill("worker"))
        at_the_kill = len(crowd.orders)

        async def more() -> bool:
            return len(crowd.orders) > at_the_kill + 5

        await until(more, what="orders at the one that lives")
        await asyncio.gather(one.start("serve"), one.start("worker"))
        await people
        assert {answer.status_code for answer in await notices} == {200}
        await asyncio.gather(one.kill("worker"), other.kill("worker"))
        await has_left(stack)
        await a_lease_passes()
        await one.start("worker")
        await all_worked(within_s=90)
    assert set(crowd.statuses) <= {201, 409, 503}, crowd.statuses
    assert await sold_and_left(goods) == (60, 0, 60)
    assert sorted(crowd.orders.values()) == sorted(await numbers_of(goods))
    assert [await effects(each.placed) for each in waiting] == [PAID_ONCE] * 12
    await assert_invariants(stack)
