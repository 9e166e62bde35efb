"""`ganh up` as a process of its own, for the length of a block."""

import asyncio
import signal
import sys
from asyncio.subprocess import PIPE, STDOUT
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx

from tests.kit.crash import until
from tests.operate.commands import ROOT


@dataclass
class Up:
    """A running Gánh: where it listens and what it has said so far."""

    base_url: str
    said: str = ""


@asynccontextmanager
async def up(env: Mapping[str, str]) -> AsyncIterator[Up]:
    """Start it with this environment (PORT and BASE_URL in it), wait until `/readyz` answers."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "market.cli", "up",
        cwd=ROOT, env=dict(env), stdout=PIPE, stderr=STDOUT, start_new_session=True,
    )  # fmt: skip
    running = Up(env["BASE_URL"])

    async def listen() -> None:
        assert process.stdout
        while data := await process.stdout.read(65536):
            running.said += data.decode(errors="replace")

    listening = asyncio.ensure_future(listen())
    try:
        async with httpx.AsyncClient(base_url=running.base_url) as client:

            async def ready() -> bool:
                assert process.returncode is None, running.said
                try:
                    return (await client.get("/readyz")).status_code == 200
                except httpx.TransportError:
                    return False

            await until(ready, within_s=90, what="the service")
        yield running
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGINT)
        await process.wait()
        await listening
