"""A fact from its emit to its task done, and the same number of bare inserts and updates."""

from typing import Any
from uuid import UUID

import asyncpg

from benchmarks.measure import Row, compared, in_turn
from integrations.contracts.ids import new_id
from integrations.contracts.viewer import SYSTEM
from integrations.runtime.database import rows as select
from integrations.runtime.database import work
from integrations.runtime.outbox import Routes, Task, emit, run_row
from integrations.runtime.settings import Settings
from market.running import database

FACTS = 100
_INSERT = (
    "INSERT INTO outbox (id, kind, name, subject_id, payload, state)"
    " VALUES ($1, $2, 'bench.bare', $3, '{}', 'pending')"
)


async def _nothing(ctx: dict[str, Any], **_: object) -> None:
    return None


ROUTES = Routes({"bench.happened": (Task("bench.nothing", _nothing),)})


async def _emit_and_work() -> float:
    import time

    began = time.perf_counter()
    for _ in range(FACTS):
        async with work(SYSTEM):
            row_id = await emit("bench.happened", new_id())
        await run_row({}, row_id, routes=ROUTES)
        async with work(SYSTEM):
            task = await select("SELECT id FROM outbox WHERE parent_id = $1", [row_id])
        await run_row({}, UUID(str(task[0]["id"])), routes=ROUTES)
    took_s = time.perf_counter() - began
    await _all_done("bench.nothing")
    return took_s / FACTS * 1000


async def _bare(connection: asyncpg.Connection) -> float:
    """Two rows a fact, each one written, claimed and noted in a commit of its own."""
    import time

    began = time.perf_counter()
    for _ in range(FACTS):
        for kind in ("fact", "task"):
            row_id = new_id()
            await connection.execute(_INSERT, row_id, kind, str(row_id))
            await connection.execute("UPDATE outbox SET fence = 1 WHERE id = $1", row_id)
            await connection.execute("UPDATE outbox SET state = 'done' WHERE id = $1", row_id)
    return (time.perf_counter() - began) / FACTS * 1000


async def _all_done(name: str) -> None:
    async with work(SYSTEM):
        found = await select(
            "SELECT count(*) FILTER (WHERE state <> 'done') AS left, count(*) AS n"
            " FROM outbox WHERE name = $1",
            [name],
        )
    if found[0]["left"] or found[0]["n"] % FACTS:
        raise AssertionError(f"not all was done: {found[0]}")


async def rows(env: dict[str, str]) -> list[Row]:
    """Milliseconds a fact with one task, worked one by one."""
    settings = Settings.model_validate(env)
    connection = await asyncpg.connect(env["DATABASE_OWNER_URL"])
    try:
        async with database(settings, name="bench"):
            a, b = await in_turn(_emit_and_work, lambda: _bare(connection))
    finally:
        await connection.execute("DELETE FROM outbox WHERE name LIKE 'bench.%'")
        await connection.close()
    return [compared("fact with a task, emitted and worked", "ms", a, b, "bare asyncpg, 6 commits")]
