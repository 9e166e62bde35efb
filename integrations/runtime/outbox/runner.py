"""Work one outbox row: claim it by lease and fence, run it, record the end. Safe to run twice."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
import structlog

from integrations.contracts.errors import Declined, Problem, Unavailable
from integrations.contracts.ids import new_id
from integrations.contracts.viewer import SYSTEM
from integrations.runtime.database import insert_once, rows, run, work
from integrations.runtime.outbox.rows import ring_for
from integrations.runtime.tracing import span

log = structlog.get_logger(__name__)

TaskFunction = Callable[..., Awaitable[None]]

MAX_ATTEMPTS = 12
_BACKOFF_S = (1, 2, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 7200)


class Later(Exception):
    """Not now: the row comes back after `wait_s`."""

    def __init__(self, why: str, *, wait_s: float) -> None:
        super().__init__(why)
        self.wait_s = wait_s


@dataclass(frozen=True, slots=True)
class Task:
    """One thing to do about a fact. `lane` slow is for work that nobody waits for, outside for what
    calls a vendor.

    What writes objects (`writes_objects`) waits while the disk is nearly full.
    """

    name: str
    function: TaskFunction
    lane: str = "fast"
    writes_objects: bool = False


@dataclass(frozen=True, slots=True)
class Routes:
    """The visible table: each fact with its tasks. Built by the worker module of the top floor."""

    facts: Mapping[str, tuple[Task, ...]]

    def task(self, name: str) -> Task | None:
        """The task of this name, wherever it stands in the table."""
        for tasks in self.facts.values():
            for task in tasks:
                if task.name == name:
                    return task
        return None


_CLAIM = """
UPDATE outbox SET lease_until = now() + make_interval(secs => $2), fence = fence + 1,
  attempts = attempts + 1
WHERE id = $1 AND state = 'pending' AND due_at <= now()
  AND (lease_until IS NULL OR lease_until < now())
RETURNING id, kind, name, subject_id, payload, lane, attempts, fence, request_id
"""
_DONE = """
UPDATE outbox SET state = 'done', done_at = now(), lease_until = NULL, last_error = ''
WHERE id = $1 AND fence = $2 AND state = 'pending'
"""
_AGAIN = """
UPDATE outbox SET lease_until = NULL, last_error = $3,
  due_at = now() + make_interval(secs => $4),
  state = CASE WHEN attempts >= $5 THEN 'dead' ELSE 'pending' END
WHERE id = $1 AND fence = $2 AND state = 'pending' RETURNING state
"""
_LATER = """
UPDATE outbox SET lease_until = NULL, last_error = $3, attempts = attempts - 1,
  due_at = now() + make_interval(secs => $4)
WHERE id = $1 AND fence = $2 AND state = 'pending'
"""
_DISK_WAIT_S = 60.0
# Longer than the worker's time-out for one job, so that a live worker is never overtaken.
_LEASE_S = 45


async def run_row(ctx: dict[str, Any], row_id: UUID, *, routes: Routes) -> bool:
    """Claim and work one row. True when this call did it; False when it was not to be done now.

    An error puts the row back with back-off, after `MAX_ATTEMPTS` it is dead and waits for the
    operator. Never raises for a failing task.
    """
    async with work(SYSTEM):
        claimed = await rows(_CLAIM, [row_id, float(_LEASE_S)])
    if not claimed:
        return False
    row = claimed[0]
    structlog.contextvars.bind_contextvars(outbox_id=str(row_id), request_id=row["request_id"])
    try:
        with span(
            f"{row['kind']} {row['name']}",
            kind="consumer",
            outbox_id=str(row_id),
            request_id=row["request_id"],
        ):
            await (_fan_out(row, routes) if row["kind"] == "fact" else _run_task(ctx, row, routes))
    except Exception as error:
        await _put_back(row, error)
        return False
    except asyncio.CancelledError as stopped:
        # The worker is asked to end, or the job took too long: nobody waits for the lease.
        await _put_back(row, stopped)
        raise
    finally:
        structlog.contextvars.unbind_contextvars("outbox_id", "request_id")
    return True


async def _fan_out(row: dict[str, Any], routes: Routes) -> None:
    tasks = routes.facts.get(row["name"], ())
    made: list[tuple[UUID, str]] = []
    async with work(SYSTEM):
        for task in tasks:
            task_id = new_id()
            if await insert_once(
                "outbox",
                {
                    "id": task_id,
                    "kind": "task",
                    "name": task.name,
                    "parent_id": row["id"],
                    "subject_id": row["subject_id"],
                    "payload": row["payload"],
                    "lane": task.lane,
                    "state": "pending",
                    "request_id": row["request_id"],
                },
            ):
                made.append((task_id, task.lane))
        await run(_DONE, [row["id"], row["fence"]])
    for task_id, lane in made:
        await ring_for(task_id, lane)


async def _run_task(ctx: dict[str, Any], row: dict[str, Any], routes: Routes) -> None:
    task = routes.task(row["name"])
    if task is None:
        raise LookupError(f"no task named {row['name']}")
    if task.writes_objects and "disk" in ctx and ctx["disk"].read_only:
        raise Later("the disk is nearly full", wait_s=_DISK_WAIT_S)
    await task.function(
        ctx, id=UUID(row["subject_id"]), outbox_id=row["id"], payload=_payload(row["payload"])
    )
    async with work(SYSTEM):
        await run(_DONE, [row["id"], row["fence"]])


def _payload(raw: Any) -> dict[str, Any]:
    if isinstance(raw, dict):
        return raw
    loaded: dict[str, Any] = orjson.loads(raw)
    return loaded


async def _put_back(row: dict[str, Any], error: BaseException) -> None:
    if isinstance(error, Later):
        async with work(SYSTEM):
            await run(_LATER, [row["id"], row["fence"], str(error), error.wait_s])
        return
    wait_s = _BACKOFF_S[min(row["attempts"], len(_BACKOFF_S)) - 1]
    said = error.code if isinstance(error, Problem) else f"{type(error).__name__}: {error}"
    # What was refused for good waits for a person at once.
    attempts_max = 0 if isinstance(error, Declined) else MAX_ATTEMPTS
    async with work(SYSTEM):
        after = await rows(
            _AGAIN, [row["id"], row["fence"], said[:500], float(wait_s), attempts_max]
        )
    expected = isinstance(error, Unavailable | asyncio.CancelledError)
    log.warning(
        "outbox.failed",
        task=row["name"],
        attempts=row["attempts"],
        error=said[:200],
        state=after[0]["state"] if after else "taken over",
        exc_info=None if expected else error,
    )


# The turn of a row changes with each claim, and with each lease's length that it has waited: the
# job of a worker that was killed before its claim must not stand in the way of the next one.
_DUE = """
SELECT id, lane, fence || '.' || (extract(epoch FROM now() - greatest(due_at, lease_until))::int
  / $2::int) AS turn
FROM outbox
WHERE state = 'pending' AND due_at <= now() AND (lease_until IS NULL OR lease_until < now())
ORDER BY due_at, id LIMIT $1
"""


async def due_rows(limit: int = 200) -> list[tuple[UUID, str, str]]:
    """Rows that should be worked now: what a lost bell, a kill or a wiped Redis left behind.

    Id, lane and turn: `ring` for one turn of a row is heard once.
    """
    async with work(SYSTEM):
        return [(r["id"], r["lane"], r["turn"]) for r in await rows(_DUE, [limit, _LEASE_S])]


async def drain(ctx: dict[str, Any], *, routes: Routes, limit: int = 1000) -> int:
    """Work everything that is due, one after the other, without Redis; how many rows.

    Used by tests and by `ganh` commands that must not depend on a running worker.
    """
    done = 0
    while done < limit and (due := await due_rows(50)):
        progressed = [await run_row(ctx, row_id, routes=routes) for row_id, _, _ in due]
        done += sum(progressed)
        if not any(progressed):
            break
    return done


_FORGET = """
DELETE FROM outbox WHERE state = 'done' AND done_at < now() - make_interval(days => $1)
RETURNING 1
"""


async def forget_done(days: int = 30) -> int:
    """Drop rows whose effects are long since had; what is dead stays for the operator."""
    async with work(SYSTEM):
        return len(await rows(_FORGET, [days]))
