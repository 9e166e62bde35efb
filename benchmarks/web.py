"""A kept page and one product as JSON, over the real web process and over bare ASGI."""

import asyncio
import os
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import orjson

from benchmarks.load import REQUESTS, burst, get
from benchmarks.measure import Row, compared, cpu_s, in_turn
from integrations.runtime.embedded.process import free_port
from market.storefront.queries import PRODUCT
from market.storefront.rules import OTHERS


@asynccontextmanager
async def floor(*words: str, url: str = "") -> AsyncIterator[tuple[Process, str]]:
    """A floor of `floors.py` as a process; its address."""
    port = free_port(set())
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "benchmarks.floors", *words, str(port),
        env={**os.environ, "BENCH_URL": url},
    )  # fmt: skip
    where = f"http://127.0.0.1:{port}"
    try:
        async with asyncio.timeout(20):
            while True:
                try:
                    _, writer = await asyncio.open_connection("127.0.0.1", port)
                except OSError:
                    await asyncio.sleep(0.05)
                    continue
                writer.close()
                break
        yield process, where
    finally:
        process.terminate()
        await process.wait()


async def rows(base: str, api_pid: int, env: dict[str, str], scratch: Path) -> list[Row]:
    """Both comparisons, by time on the wire and by processor time of the server."""
    return [
        *await _page(base, api_pid, scratch),
        *await _product(base, api_pid, env, scratch),
    ]


async def _page(base: str, api_pid: int, scratch: Path) -> list[Row]:
    headers, body = await get(f"{base}/")
    if b"<main" not in body:
        raise AssertionError("the front page is not what was expected")
    kept = scratch / "page"
    kept.write_bytes("\n".join(f"{n}: {v}" for n, v in headers.items()).encode() + b"\n\n" + body)
    async with floor("page", str(kept)) as (bare, where):

        def same(answer: bytes) -> bool:
            return len(answer) == len(body) and answer[:200] == body[:200]

        return await _compare(
            "kept shop page", (f"{base}/", api_pid), (f"{where}/", bare.pid), same, "bare ASGI"
        )


async def _product(base: str, api_pid: int, env: dict[str, str], scratch: Path) -> list[Row]:
    _, listed = await get(f"{base}/api/v1/shop/listings?limit=1")
    code = orjson.loads(listed)["items"][0]["code"]
    path = f"/api/v1/shop/listings/{code}"
    statement = scratch / "product.sql"
    statement.write_text(PRODUCT)
    async with floor("query", str(statement), str(OTHERS), url=env["DATABASE_PUBLIC_URL"]) as (
        bare,
        where,
    ):

        def right(answer: bytes) -> bool:
            seen = orjson.loads(answer)
            return seen["code"] == code and len(seen["pictures"]) > 0

        return await _compare(
            "product as JSON, one SQL", (base + path, api_pid), (where + path, bare.pid), right,
            "bare ASGI, asyncpg",
        )  # fmt: skip


async def _compare(
    what: str, ours: tuple[str, int], bare: tuple[str, int], is_right: object, floor_is: str
) -> list[Row]:
    spent: dict[str, list[float]] = {ours[0]: [], bare[0]: []}

    def run(side: tuple[str, int]):  # type: ignore[no-untyped-def]
        async def once() -> float:
            before = cpu_s(side[1])
            took_s = await burst(side[0], is_right)  # type: ignore[arg-type]
            spent[side[0]].append((cpu_s(side[1]) - before) / REQUESTS * 1000)
            return took_s / REQUESTS * 1000

        return once

    a, b = await in_turn(run(ours), run(bare))
    return [
        compared(what, "ms a request", a, b, floor_is),
        compared(
            f"{what}: processor", "ms CPU a request", spent[ours[0]][1:], spent[bare[0]][1:],
            floor_is,
        ),
    ]  # fmt: skip
