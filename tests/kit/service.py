"""The service as real processes (web, worker, stand-ins) over a stack's servers."""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from integrations.runtime.embedded.process import free_port
from tests.kit.stack import Stack

ROOT = Path(__file__).resolve().parents[2]


async def eventually(look: Callable[[], bool], *, within_s: float = 60, what: str = "") -> None:
    """Wait until `look()` holds. Raises `AssertionError` after `within_s`."""
    async with asyncio.timeout(within_s):
        while not look():
            await asyncio.sleep(0.05)
    assert look(), what


@asynccontextmanager
async def beside(work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Something that goes on for as long as the block lasts; its fault is raised at the end."""
    task = asyncio.ensure_future(work)
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def every(seconds: float, work: Callable[[], Awaitable[None]]) -> None:
    """Do it now and again, for ever."""
    while True:
        await work()
        await asyncio.sleep(seconds)


@dataclass
class Service:
    """Processes of ours and how to reach, kill and start them again."""

    base_url: str
    env: dict[str, str]
    processes: dict[str, Process] = field(default_factory=dict)

    async def start(self, name: str) -> Process:
        """Start `serve`, `worker` or `standins`; waits until the web one answers."""
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "market.cli", name,
            cwd=ROOT, env=self.env, start_new_session=True,
        )  # fmt: skip
        self.processes[name] = process
        if name == "serve":
            await self._until_ready(process)
        return process

    async def _until_ready(self, process: Process) -> None:
        async with asyncio.timeout(60), httpx.AsyncClient() as client:
            while True:
                assert process.returncode is None, "the web process ended"
                try:
                    if (await client.get(f"{self.base_url}/readyz")).status_code == 200:
                        return
                except httpx.TransportError:
                    pass
                await asyncio.sleep(0.05)

    async def kill(self, name: str, how: int = signal.SIGKILL) -> None:
        """End a process and wait for its end; its children die with their session.

        Raises `AssertionError` when it does not end by itself.
        """
        process = self.processes.pop(name)
        if process.returncode is not None:
            return
        os.kill(process.pid, how)
        try:
            await asyncio.wait_for(process.wait(), 45)
        except TimeoutError:
            os.kill(process.pid, signal.SIGKILL)
            await process.wait()
            raise AssertionError(f"{name} does not end on signal {how}") from None

    async def stop(self) -> None:
        """End everything that still runs."""
        for name in list(self.processes):
            await self.kill(name, signal.SIGTERM)


@asynccontextmanager
async def running_service(stack: Stack, *names: str, **settings: str) -> AsyncIterator[Service]:
    """`names` of `serve`, `worker`, `standins` (all three by default) on free ports.

    `settings` are further variables of the environment.
    """
    taken: set[int] = set()
    port, bank = free_port(taken), free_port(taken)
    base_url = f"http://127.0.0.1:{port}"
    env = {
        **os.environ,
        **stack.env,
        "PORT": str(port),
        "BASE_URL": base_url,
        "STANDIN_URL": f"http://127.0.0.1:{bank}",
        "LOG_LEVEL": "WARNING",
        **settings,
    }
    service = Service(base_url, env)
    try:
        for name in names or ("standins", "worker", "serve"):
            await service.start(name)
        yield service
    finally:
        await service.stop()
