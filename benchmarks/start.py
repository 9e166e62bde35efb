"""How long `ganh up` takes to be ready, the first time and later, and the memory it idles at."""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg

from benchmarks.load import get
from benchmarks.measure import Row, pss_mb
from integrations.runtime.embedded.process import free_port
from integrations.runtime.embedded.stack import read_environment

FIRST_S, LATER_S, IDLE_MB = 20, 8, 550
_WAITING = "SELECT count(*) FROM outbox WHERE state = 'pending'"


@asynccontextmanager
async def up(home: Path) -> AsyncIterator[tuple[Process, str, float]]:
    """`ganh up` on a data folder: the supervisor, its address, seconds until it was ready."""
    port = free_port(set())
    url = f"http://127.0.0.1:{port}"
    env = {**os.environ, "GANH_HOME": str(home), "PORT": str(port), "LOG_LEVEL": "WARNING"}
    loop = asyncio.get_running_loop()
    began = loop.time()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "market.cli", "up", env=env, stdout=DEVNULL
    )
    try:
        while not await _is_ready(url):
            if process.returncode is not None or loop.time() > began + 120:
                raise RuntimeError(f"ganh up did not get ready; see {home}/log")
            await asyncio.sleep(0.02)
        yield process, url, loop.time() - began
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGINT)
        await process.wait()


async def _is_ready(url: str) -> bool:
    try:
        return b"database" in (await get(f"{url}/readyz"))[1]
    except (OSError, AssertionError, asyncio.IncompleteReadError):
        return False


async def until_drawn(home: Path) -> None:
    """Wait until the worker has drawn the demo's pictures."""
    env = read_environment(home) or {}
    connection = await asyncpg.connect(env["DATABASE_OWNER_URL"])
    try:
        async with asyncio.timeout(120):
            while await connection.fetchval(_WAITING):  # noqa: ASYNC110 - another process works
                await asyncio.sleep(0.5)
    finally:
        await connection.close()


async def first_start(home: Path) -> list[Row]:
    """Start on an empty folder, and leave it filled."""
    async with up(home) as (_, _, took_s):
        await until_drawn(home)
    return [Row("first start to ready", "s", took_s, FIRST_S, None, 1, f"bar {FIRST_S}")]


async def idle_memory(process: Process, took_s: list[float]) -> list[Row]:
    """Rows for later starts and for the memory of a running one after some idle seconds."""
    await asyncio.sleep(5)
    later = sorted(took_s)[len(took_s) // 2]
    return [
        Row("later start to ready", "s", later, LATER_S, None, len(took_s), f"bar {LATER_S}"),
        Row("all processes idle, PSS", "MB", pss_mb(process.pid), IDLE_MB, None, 1,
            f"bar {IDLE_MB}"),
    ]  # fmt: skip
