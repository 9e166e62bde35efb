"""For minutes, random processes die while people buy and pay: then everything is there, once."""

import asyncio
import os
import random
import signal

import httpx
import pytest

from tests.kit.bank import signed
from tests.kit.crash import a_lease_passes, all_worked, has_left, server_pid, until
from tests.kit.crowd import BEHIND_A_PROXY, Crowd, numbers_of, sold_and_left
from tests.kit.invariants import assert_invariants
from tests.kit.listings import a_live_listing
from tests.kit.paid import PAID_ONCE, Waiting, effects, orders_that_wait
from tests.kit.people import a_seller
from tests.kit.service import Service, running_service
from tests.kit.stack import Stack

SEEDS = range(25)
KILLS = 6
UNITS = 40


async def _deliver(crowd: Crowd, stack: Stack, waiting: Waiting) -> None:
    """Send a notice as the bank does: again until it is accepted, and once more for nothing."""
    accepted = 0
    async with crowd.buyer() as client:
        while accepted < 2:
            raw, headers = signed(stack, waiting.line)
            try:
                answer = await client.post("/hooks/sepay", content=raw, headers=headers)
            except httpx.TransportError:
                await asyncio.sleep(0)
                continue
            accepted += answer.status_code == 200


async def _kill_one(dice: random.Random, stack: Stack, service: Service) -> str:
    """Kill something, and do what the supervisor would."""
    name = dice.choice(["worker", "worker", "serve", "redis", "postgres"])
    if name in ("redis", "postgres"):
        before = server_pid(stack, name)
        if before:
            os.kill(before, signal.SIGKILL)

        async def another() -> bool:
            return server_pid(stack, name) not in (0, before)

        await until(another, within_s=60, what=f"the next {name}")
    else:
        await service.kill(name)
        await service.start(name)
    worker = service.processes["worker"]
    if worker.returncode is not None:
        await service.start("worker")
    return name


@pytest.mark.nightly
@pytest.mark.parametrize("seed", SEEDS)
async def test_random_kills(stack: Stack, seed: int) -> None:
    dice = random.Random(seed)
    goods = await a_live_listing(await a_seller(), available=UNITS)
    waiting = await orders_that_wait(10)
    async with running_service(stack, "worker", "serve", **BEHIND_A_PROXY) as service:
        crowd = Crowd([service.base_url])

        async def buy() -> None:
            async with crowd.buyer() as client:
                for _ in range(5):
                    await crowd.order(client, (goods, 1))

        people = asyncio.gather(
            *(buy() for _ in range(10)), *(_deliver(crowd, stack, each) for each in waiting)
        )
        killed = [await _kill_one(dice, stack, service) for _ in range(KILLS)]
        await people
        await service.kill("worker")
        await has_left(stack)
        await a_lease_passes()
        await service.start("worker")
        await all_worked(within_s=90)
    assert set(crowd.statuses) <= {201, 409, 503}, (killed, crowd.statuses)
    assert await sold_and_left(goods) == (UNITS, 0, UNITS)
    assert sorted(crowd.orders.values()) == sorted(await numbers_of(goods))
    assert [await effects(each.placed) for each in waiting] == [PAID_ONCE] * 10
    await assert_invariants(stack)
