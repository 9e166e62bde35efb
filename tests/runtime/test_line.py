"""A connection whose statement is given up is closed at once and leaves its place in the pool."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest

from integrations.runtime.database.line import Line
from tests.kit.crash import as_admin, until
from tests.kit.stack import Stack
from tests.kit.toxic import Proxy, Toxic, toxic_proxy

PATIENCE_S = 8
ROOT = Path(__file__).resolve().parents[2]


@asynccontextmanager
async def one_place(stack: Stack) -> AsyncIterator[tuple[Any, Proxy]]:
    """A pool of one connection behind a proxy."""
    parts = urlsplit(stack.env["DATABASE_URL"])
    async with toxic_proxy("127.0.0.1", parts.port or 0) as proxy:
        who = parts.netloc.rpartition("@")[0]
        url = urlunsplit(parts._replace(netloc=f"{who}@127.0.0.1:{proxy.port}"))
        pool = await asyncpg.create_pool(
            url, min_size=1, max_size=1, connection_class=Line,
            server_settings={"application_name": "one-place"},
        )  # fmt: skip
        try:
            yield pool, proxy
        finally:
            pool.terminate()


async def ask(pool: Any, sql: str = "SELECT 1") -> Any:
    async with asyncio.timeout(PATIENCE_S):
        return await pool.fetchval(sql)


async def begin(pool: Any, sql: str) -> Any:
    """A transaction that does not come to its end."""
    async with pool.acquire() as connection, connection.transaction():
        return await connection.fetchval(sql)


async def test_a_statement_that_is_given_up_is_rolled_back_and_its_place_is_free(
    stack: Stack,
) -> None:
    async with one_place(stack) as (pool, _), as_admin(stack) as admin:
        waits = asyncio.ensure_future(begin(pool, "SELECT pg_sleep(60)"))

        async def under_way() -> Any:
            return await admin.fetchval(
                "SELECT count(*) FROM pg_stat_activity"
                " WHERE application_name = 'one-place' AND state = 'active'"
            )

        await until(under_way, what="the statement")
        waits.cancel()
        with pytest.raises((asyncio.CancelledError, asyncpg.InterfaceError)):
            await waits
        assert await ask(pool) == 1


@pytest.mark.parametrize("toxic", [Toxic.GARBAGE, Toxic.SLOW])
async def test_a_server_that_makes_no_sense_takes_no_place_for_ever(
    stack: Stack, toxic: Toxic
) -> None:
    async with one_place(stack) as (pool, proxy):
        assert await ask(pool) == 1
        await proxy.be(toxic, late_s=60)
        for _ in range(3):
            with pytest.raises(Exception):  # noqa: B017 - whatever it makes of it
                await asyncio.wait_for(pool.fetchval("SELECT 1"), 0.3)
        # What was said already stays unread: the line itself must go.
        await proxy.be(Toxic.OFF)
        assert await ask(pool) == 1


async def test_what_a_transaction_set_is_gone_with_it(stack: Stack) -> None:
    async with one_place(stack) as (pool, _):
        async with pool.acquire() as connection, connection.transaction():
            await connection.execute("SELECT set_config('app.role', 'system', true)")
            await connection.execute("SELECT pg_advisory_xact_lock(7301)")
        assert await ask(pool, "SELECT current_setting('app.role', true)") in (None, "")
        assert await ask(pool, "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'") == 0


def test_nothing_is_set_locked_or_listened_to_for_longer_than_a_transaction() -> None:
    """Connections go back to the pool as they are; the migration's is its own."""
    longer = re.compile(
        r"pg_(try_)?advisory_lock\(|\bLISTEN\b|SET SESSION|WITH HOLD|add_listener|PREPARE "
        r"|set_config\([^)]*false|CREATE TEMP|\"SET (?!LOCAL)"
    )
    found = [
        path.name
        for floor in ("market", "sellers", "integrations")
        for path in (ROOT / floor).rglob("*.py")
        if "migrations" not in path.parts and longer.search(path.read_text("utf-8"))
    ]
    assert found == ["migrate.py"]
