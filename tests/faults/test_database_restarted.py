"""PostgreSQL dies under twenty ordering buyers: nobody sees a fault, nothing is lost or doubled."""

import asyncio
import os
import signal
from collections.abc import Callable

import httpx
import pytest

from tests.kit.crash import a_lease_passes, all_worked, server_pid, until
from tests.kit.crowd import BEHIND_A_PROXY, Crowd, numbers_of, sold_and_left
from tests.kit.invariants import assert_invariants
from tests.kit.listings import a_live_listing
from tests.kit.people import a_seller
from tests.kit.service import running_service
from tests.kit.stack import Stack

BUYERS, ORDERS_EACH, UNITS = 20, 5, 60


@pytest.mark.parametrize(
    "how",
    [
        pytest.param(signal.SIGKILL, id="killed"),
        pytest.param(signal.SIGINT, id="restarted", marks=pytest.mark.nightly),
    ],
)
async def test_under_load(
    stack: Stack, how: signal.Signals, record_property: Callable[[str, object], None]
) -> None:
    goods = await a_live_listing(await a_seller(), available=UNITS)
    loop = asyncio.get_running_loop()
    async with running_service(stack, "worker", "serve", **BEHIND_A_PROXY) as service:
        crowd = Crowd([service.base_url])

        async def buy() -> None:
            async with crowd.buyer() as client:
                for _ in range(ORDERS_EACH):
                    await crowd.order(client, (goods, 1))

        async def ready() -> bool:
            async with httpx.AsyncClient(base_url=service.base_url, timeout=5) as client:
                try:
                    return (await client.get("/readyz")).status_code == 200
                except httpx.TransportError:
                    return False

        buying = [asyncio.ensure_future(buy()) for _ in range(BUYERS)]

        async def some_have_ordered() -> bool:
            return len(crowd.orders) >= 10

        await until(some_have_ordered, what="the first orders")
        server = server_pid(stack, "postgres")
        os.kill(server, how)
        died = loop.time()

        async def another() -> bool:
            return server_pid(stack, "postgres") not in (0, server)

        await until(another, what="the keeper's next server")
        await until(ready, what="the service")
        record_property("back_after_s", round(loop.time() - died, 1))
        await asyncio.gather(*buying)
        if service.processes["worker"].returncode is not None:
            # Here the supervisor would act.
            await service.start("worker")
        # What it had claimed when the database went could not be given back.
        await a_lease_passes()
        await all_worked()

    assert set(crowd.statuses) <= {201, 409, 503}, crowd.statuses
    assert crowd.statuses[503] + crowd.broken > 0, "the fault came too late to be felt"
    assert await sold_and_left(goods) == (UNITS, 0, UNITS)
    assert sorted(crowd.orders.values()) == sorted(await numbers_of(goods))
    await assert_invariants(stack)
