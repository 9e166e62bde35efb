"""What a fault test needs: to hold a process at one statement, to kill, to wait for a condition."""

import asyncio
import json
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import asyncpg
from redis.asyncio import Redis

from integrations.contracts.viewer import SYSTEM
from integrations.runtime.database import rows, run, work
from tests.kit.stack import Stack

Look = Callable[[], Awaitable[Any]]


async def until(
    look: Look, *, within_s: float = 60, every_s: float = 0.05, what: str = "it"
) -> Any:
    """Ask until the answer is true, and give it. Raises `AssertionError` after `within_s`."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + within_s
    while not (seen := await look()):
        assert loop.time() < deadline, f"{what} did not come within {within_s:g} s"
        await asyncio.sleep(every_s)
    return seen


@asynccontextmanager
async def as_admin(stack: Stack) -> AsyncIterator[asyncpg.Connection]:
    """A connection of the superuser to our database, beside every pool; waits while it restarts."""
    url = urlunsplit(urlsplit(stack.env["DATABASE_ADMIN_URL"])._replace(path="/ganh"))

    async def connected() -> asyncpg.Connection | None:
        with suppress(OSError, asyncpg.CannotConnectNowError):
            return await asyncpg.connect(url)
        return None

    connection = await until(connected, within_s=60, what="PostgreSQL")
    try:
        yield connection
    finally:
        await connection.close()


@asynccontextmanager
async def held(
    stack: Stack, sql: str, *params: Any
) -> AsyncIterator[Callable[[], Awaitable[None]]]:
    """Keep the rows of a `SELECT … FOR UPDATE`: whoever needs them stands still until the end.

    Yields a function that lets go earlier.
    """
    async with as_admin(stack) as admin:
        transaction = admin.transaction()
        await transaction.start()
        assert await admin.fetch(sql, *params), "there is nothing to hold"
        kept = True

        async def let_go() -> None:
            nonlocal kept
            if kept:
                kept = False
                await transaction.rollback()

        try:
            yield let_go
        finally:
            await let_go()


async def stands_still(stack: Stack, *, who: str = "worker") -> None:
    """Wait until a process of ours waits for a lock that the test holds."""
    async with as_admin(stack) as admin:

        async def look() -> Any:
            return await admin.fetchval(
                "SELECT count(*) FROM pg_stat_activity"
                " WHERE application_name = $1 AND wait_event_type = 'Lock'",
                f"ganh-{who}",
            )

        await until(look, what=f"the {who} at the held row")


async def has_left(stack: Stack, *, who: str = "worker") -> None:
    """Wait until PostgreSQL has noticed that a killed process is gone, and rolled back."""
    async with as_admin(stack) as admin:

        async def look() -> bool:
            return not await admin.fetchval(
                "SELECT count(*) FROM pg_stat_activity WHERE application_name = $1", f"ganh-{who}"
            )

        await until(look, what=f"the end of the {who}'s connections")


async def a_lease_passes() -> int:
    """Let the 45 s pass for which a killed worker keeps its rows; how many it had claimed."""
    async with work(SYSTEM):
        await run("UPDATE outbox SET due_at = due_at - interval '1 min' WHERE state = 'pending'")
        return await run(
            "UPDATE outbox SET lease_until = now() - interval '1 s'"
            " WHERE state = 'pending' AND lease_until > now()"
        )


_WAITING = """
SELECT id, name, kind, attempts, fence, lease_until > now() AS leased, due_at > now() AS later,
  last_error
FROM outbox WHERE state = 'pending' AND due_at < now() + interval '1 min'
"""


async def all_worked(within_s: float = 90) -> None:
    """Wait until no outbox row waits that is due (or leased, or due within a minute)."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + within_s
    while True:
        async with work(SYSTEM):
            waiting = await rows(_WAITING)
        if not waiting:
            return
        assert loop.time() < deadline, f"not worked within {within_s:g} s: {waiting}"
        await asyncio.sleep(0.05)


async def outbox_of(subject_id: object, name: str) -> dict[str, Any]:
    """The outbox row of one task or fact about one subject."""
    async with work(SYSTEM):
        found = await rows(
            "SELECT * FROM outbox WHERE subject_id = $1 AND name = $2", [str(subject_id), name]
        )
    assert len(found) == 1, f"{len(found)} rows of {name}"
    return found[0]


def server_pid(stack: Stack, name: str) -> int:
    """Process number of `postgres`, `redis` or `s3` as its keeper wrote it down; 0 while away."""
    book = json.loads((Path(stack.env["GANH_HOME"]) / "run" / "children.json").read_text())
    return int(book.get(name, {}).get("pid", 0))


def children_of(pid: int) -> list[int]:
    """Living children of a process; a zombie is none."""
    found = []
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        try:
            state, parent = Path(f"/proc/{entry}/stat").read_text().rpartition(")")[2].split()[:2]
        except OSError:
            continue
        if int(parent) == pid and state not in "ZX":
            found.append(int(entry))
    return found


def is_alive(pid: int) -> bool:
    """True while the process exists and is no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


@asynccontextmanager
async def in_redis(stack: Stack) -> AsyncIterator["Redis"]:
    """Redis as our own processes reach it."""
    client = Redis.from_url(stack.env["REDIS_URL"])
    try:
        yield client
    finally:
        await client.aclose()


async def wipe_redis(stack: Stack) -> int:
    """Delete every key; how many there were."""
    async with in_redis(stack) as redis:
        keys = await redis.keys("*")
        return int(await redis.delete(*keys)) if keys else 0
