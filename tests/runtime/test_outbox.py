"""Leases, fences, back-off, dead letters and the sweep, on the real database."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import pytest

from integrations.contracts.errors import Unavailable
from integrations.contracts.ids import new_id
from integrations.contracts.viewer import SYSTEM
from integrations.runtime.database import rows, run, work
from integrations.runtime.outbox import doorbell, due_rows, emit, run_row
from integrations.runtime.outbox.runner import MAX_ATTEMPTS, Routes, Task
from tests.kit.stack import Stack

Calls = list[UUID]


@pytest.fixture(autouse=True)
async def _nothing_left_behind(stack: Stack) -> AsyncIterator[None]:
    """Rows that a test left waiting or dead would look like lost work to the tests after it."""
    yield
    async with work(SYSTEM):
        await run("UPDATE outbox SET state = 'done' WHERE name LIKE 'kit.%' AND state <> 'done'")


def _routes(fact: str, calls: Calls, *, error: Exception | None = None) -> Routes:
    async def act(ctx: dict[str, Any], *, id: UUID, **_: object) -> None:
        calls.append(id)
        if error is not None:
            raise error

    return Routes({fact: (Task(f"{fact}.act", act),)})


async def _emitted(fact: str) -> tuple[UUID, UUID]:
    subject = new_id()
    async with work(SYSTEM):
        return await emit(fact, subject), subject


async def _task_row(subject: UUID) -> dict[str, Any]:
    async with work(SYSTEM):
        found = await rows(
            "SELECT * FROM outbox WHERE subject_id = $1 AND kind = 'task'", [str(subject)]
        )
    return found[0]


async def _worked(row_id: UUID, subject: UUID, routes: Routes) -> None:
    """Work this fact and the task that follows from it, and nobody else's rows."""
    assert await run_row({}, row_id, routes=routes)
    assert await run_row({}, (await _task_row(subject))["id"], routes=routes)


async def test_a_row_under_lease_is_left_to_its_worker(stack: Stack) -> None:
    calls: Calls = []
    row_id, _ = await _emitted("kit.leased")
    async with work(SYSTEM):
        await run(
            "UPDATE outbox SET lease_until = now() + interval '1 min' WHERE id = $1", [row_id]
        )
    assert await run_row({}, row_id, routes=_routes("kit.leased", calls)) is False
    assert calls == []


async def test_a_row_whose_worker_was_killed_comes_back_when_its_lease_ends(stack: Stack) -> None:
    calls: Calls = []
    row_id, subject = await _emitted("kit.killed")
    async with work(SYSTEM):
        await run(
            "UPDATE outbox SET lease_until = now() - interval '1 s', fence = 1, attempts = 1"
            " WHERE id = $1",
            [row_id],
        )
    assert row_id in [found for found, _, _ in await due_rows(100_000)]
    await _worked(row_id, subject, _routes("kit.killed", calls))
    assert calls == [subject]


async def test_the_end_of_an_overtaken_worker_changes_nothing(stack: Stack) -> None:
    row_id, subject = await _emitted("kit.overtaken")

    async def act(ctx: dict[str, Any], *, id: UUID, **_: object) -> None:
        async with work(SYSTEM):
            await run(
                "UPDATE outbox SET fence = fence + 1 WHERE subject_id = $1 AND kind = 'task'",
                [str(id)],
            )

    routes = Routes({"kit.overtaken": (Task("kit.overtaken.act", act),)})
    await run_row({}, row_id, routes=routes)
    task = await _task_row(subject)
    await run_row({}, task["id"], routes=routes)
    assert (await _task_row(subject))["state"] == "pending"


async def test_two_workers_at_once_run_a_row_once(stack: Stack) -> None:
    calls: Calls = []
    routes = _routes("kit.raced", calls)
    row_id, subject = await _emitted("kit.raced")
    await run_row({}, row_id, routes=routes)
    task = await _task_row(subject)
    done = await asyncio.gather(*(run_row({}, task["id"], routes=routes) for _ in range(8)))
    assert sorted(done) == [False] * 7 + [True]
    assert calls == [subject]


async def test_a_failing_task_waits_longer_each_time_and_dies_at_the_last(stack: Stack) -> None:
    calls: Calls = []
    down = Unavailable("kit.down", "down", who="us")
    routes = _routes("kit.failing", calls, error=down)
    row_id, subject = await _emitted("kit.failing")
    await run_row({}, row_id, routes=routes)
    task = await _task_row(subject)
    assert await run_row({}, task["id"], routes=routes) is False
    after = await _task_row(subject)
    assert (after["state"], after["attempts"], after["last_error"]) == ("pending", 1, "kit.down")
    assert after["due_at"] > task["due_at"]
    async with work(SYSTEM):
        await run(
            "UPDATE outbox SET attempts = $2, due_at = now() WHERE id = $1",
            [task["id"], MAX_ATTEMPTS - 1],
        )
    await run_row({}, task["id"], routes=routes)
    assert (await _task_row(subject))["state"] == "dead"


async def test_a_bell_that_cannot_ring_loses_nothing(stack: Stack) -> None:
    async def broken(row_id: UUID, lane: str, turn: str) -> None:
        raise ConnectionError("redis is down")

    before, doorbell.ring = doorbell.ring, broken
    try:
        row_id, _ = await _emitted("kit.unheard")
    finally:
        doorbell.ring = before
    assert row_id in [found for found, _, _ in await due_rows(100_000)]


async def test_a_fact_without_a_transaction_is_refused(stack: Stack) -> None:
    with pytest.raises(RuntimeError, match="open transaction"):
        await emit("kit.loose", new_id())
