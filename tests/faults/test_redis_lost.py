"""Redis wiped, killed or hanging: it holds nothing that may not be lost, nobody waits for it."""

import asyncio
import os
import signal

import httpx
import pytest
from redis.exceptions import NoPermissionError

from tests.kit.bank import knock, signed
from tests.kit.crash import (
    all_worked,
    as_admin,
    has_left,
    in_redis,
    server_pid,
    until,
    wipe_redis,
)
from tests.kit.invariants import assert_invariants
from tests.kit.paid import PAID_ONCE, UNPAID, effects, orders_that_wait
from tests.kit.service import Service, running_service
from tests.kit.stack import Stack


async def _works(stack: Stack) -> None:
    """Wait until the worker is connected and looks for work."""

    async def look() -> bool:
        async with in_redis(stack) as redis:
            return bool(await redis.exists("ganh:fast:health-check"))

    await until(look, what="the worker")


async def test_wiped_while_jobs_wait(stack: Stack) -> None:
    """The worker stands still with a full queue, the queue vanishes, the sweep brings all back."""
    waiting = await orders_that_wait(8)
    await wipe_redis(stack)
    async with running_service(stack, "worker") as service:
        await _works(stack)
        worker = service.processes["worker"].pid
        os.kill(worker, signal.SIGSTOP)
        for one in waiting:
            assert (await knock(stack, one.line)).status_code == 200
        assert await wipe_redis(stack) >= 2 * len(waiting), "a queue entry and a job each"
        os.kill(worker, signal.SIGCONT)
        await all_worked()
    assert [await effects(one.placed) for one in waiting] == [PAID_ONCE] * 8
    await assert_invariants(stack)


async def test_our_own_user_cannot_wipe_it_at_once(stack: Stack) -> None:
    async with in_redis(stack) as redis:
        for words in (("FLUSHALL",), ("CONFIG", "GET", "*"), ("EVAL", "return 1", "0")):
            with pytest.raises(NoPermissionError):
                await redis.execute_command(*words)  # type: ignore[no-untyped-call]


async def _post(service: Service, stack: Stack, line: dict[str, object]) -> None:
    """Send a notice to the web process, which must answer 200 before the client loses patience."""
    raw, headers = signed(stack, line)
    async with httpx.AsyncClient(base_url=service.base_url, timeout=10) as client:
        answer = await client.post("/hooks/sepay", content=raw, headers=headers)
    assert answer.status_code == 200, answer.text


async def test_killed_while_people_buy(stack: Stack) -> None:
    """The worker ends with Redis and is started anew; the web process does not notice."""
    waiting = await orders_that_wait(6)
    async with running_service(stack, "worker", "serve") as service:
        await _works(stack)
        worker = service.processes["worker"]
        os.kill(server_pid(stack, "redis"), signal.SIGKILL)
        for one in waiting:
            await _post(service, stack, one.line)
        async with asyncio.timeout(30):
            await worker.wait()
        await has_left(stack)
        service.processes.pop("worker")
        # Here the supervisor would act.
        await service.start("worker")
        await all_worked()
        async with httpx.AsyncClient(base_url=service.base_url) as client:
            report = (await client.get("/readyz")).json()
    assert report["redis"] == "ok"
    assert [await effects(one.placed) for one in waiting] == [PAID_ONCE] * 6
    await assert_invariants(stack)


async def test_hangs_while_people_buy(stack: Stack) -> None:
    """A Redis that takes connections and answers none holds up one request by a second."""
    waiting = await orders_that_wait(5)
    redis = server_pid(stack, "redis")
    async with running_service(stack, "serve") as service:
        os.kill(redis, signal.SIGSTOP)
        try:
            for one in waiting:
                await _post(service, stack, one.line)
            async with httpx.AsyncClient(base_url=service.base_url, timeout=10) as client:
                ready = await client.get("/readyz")
        finally:
            os.kill(redis, signal.SIGCONT)
    assert ready.status_code == 200 and ready.json()["redis"] != "ok"
    assert [await effects(one.placed) for one in waiting] == [UNPAID] * 5
    await stack.drain()
    assert [await effects(one.placed) for one in waiting] == [PAID_ONCE] * 5
    await assert_invariants(stack)


async def test_a_worker_whose_redis_hangs_ends_to_be_started_anew(stack: Stack) -> None:
    redis = server_pid(stack, "redis")
    async with running_service(stack, "worker") as service:
        await _works(stack)
        os.kill(redis, signal.SIGSTOP)
        try:
            async with asyncio.timeout(30):
                assert await service.processes["worker"].wait() != 0
        finally:
            os.kill(redis, signal.SIGCONT)


async def test_a_worker_asked_to_end_while_redis_hangs_ends(stack: Stack) -> None:
    redis = server_pid(stack, "redis")
    async with running_service(stack, "worker") as service:
        await _works(stack)
        os.kill(redis, signal.SIGSTOP)
        try:
            # The supervisor waits 15 s before it kills.
            async with asyncio.timeout(15):
                await service.kill("worker", signal.SIGTERM)
        finally:
            os.kill(redis, signal.SIGCONT)


async def test_an_idle_worker_comes_back_after_its_database_was_cut(stack: Stack) -> None:
    """Every connection of the worker is ended by the server: it takes new ones by itself."""
    (waiting,) = await orders_that_wait(1)
    async with running_service(stack, "worker") as service:
        await _works(stack)
        await all_worked()
        async with as_admin(stack) as admin:
            await admin.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE application_name = 'ganh-worker'"
            )
        await knock(stack, waiting.line)
        await all_worked()
        assert service.processes["worker"].returncode is None
    assert await effects(waiting.placed) == PAID_ONCE
