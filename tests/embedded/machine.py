"""Helpers of the embedded tests: a supervisor as another process, and looks at /proc."""

import asyncio
import json
import os
import shutil
import signal
import sys
import tempfile
from asyncio.subprocess import PIPE, STDOUT, Process
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import asyncpg

from integrations.runtime.embedded import read_environment
from integrations.runtime.embedded.process import (
    all_pids,
    belongs_to,
    free_port,
    started_ticks,
    wait_until,
    working_in,
)
from integrations.runtime.embedded.programs.postgres import passable_by_others

ROOT = Path(__file__).parents[2]
NOBODY = 65534
PATIENCE_S = 60


class Supervisor:
    """`tests.embedded.play` as a process of its own, with what it has said so far."""

    def __init__(self, process: Process, home: Path) -> None:
        self.process = process
        self.home = home
        self.said = ""

    async def ready(self) -> None:
        """Wait for its banner."""
        await asyncio.wait_for(self._until_ready(), PATIENCE_S)

    async def _until_ready(self) -> None:
        assert self.process.stdout
        while "READY" not in self.said:
            data = await self.process.stdout.read(4096)
            self.said += data.decode()
            assert data, self.said

    async def ended(self) -> int:
        """Wait for its end; its exit code."""
        assert self.process.stdout
        self.said += (await asyncio.wait_for(self.process.stdout.read(), PATIENCE_S)).decode()
        return await self.process.wait()

    def pid_of(self, name: str) -> int:
        """The process number of a server or child, 0 when it has none now."""
        rows = json.loads((self.home / "run" / "children.json").read_text())
        return int(rows.get(name, {}).get("pid", 0))

    async def rows(self, table: str) -> int:
        """How many rows `table` has, read as its owner."""
        env = read_environment(self.home)
        assert env
        return await count(env["DATABASE_OWNER_URL"], table)


async def count(url: str, table: str) -> int:
    """How many rows a table has."""
    link = await asyncpg.connect(url)
    try:
        return int(await link.fetchval(f"SELECT count(*) FROM {table}"))
    finally:
        await link.close()


@asynccontextmanager
async def supervisor(
    home: Path,
    *words: str,
    port: int | None = None,
    as_nobody: bool = False,
    packages: Path | None = None,
) -> AsyncIterator[Supervisor]:
    """Start `play` in a group of its own; whatever is left of it is killed at the end.

    `packages` is a folder of Python packages that goes before the installed ones.
    """
    env = {
        "PATH": os.environ["PATH"],
        "GANH_HOME": str(home),
        "PORT": str(port or free_port(set())),
    }
    if packages:
        env["PYTHONPATH"] = str(packages)
    argv = [sys.executable, "-m", "tests.embedded.play", *words]
    process = await asyncio.create_subprocess_exec(
        *([*_nobody(), *argv] if as_nobody else argv),
        env=env,
        cwd=ROOT,
        stdout=PIPE,
        stderr=STDOUT,
        start_new_session=True,
    )
    try:
        yield Supervisor(process, home)
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGINT)
            await process.communicate()
        await gone(home)


def _nobody() -> list[str]:
    """Words that make an ordinary user of root; nothing for a user who is one already."""
    if os.geteuid() != 0:
        return []
    words = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
    if not (passable_by_others(ROOT / "x") and passable_by_others(Path(sys.executable))):
        # The checkout lies in a folder of root's own: let the program be read, nothing more.
        words += ["--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search"]
        words += ["--securebits=+no_setuid_fixup"]
    return words


@contextmanager
def folder(mode: int, *, of_nobody: bool = False) -> Iterator[Path]:
    """A folder of its own below /tmp; pytest's lie below one that is closed to others."""
    made = Path(tempfile.mkdtemp())
    made.chmod(mode)
    if of_nobody and os.geteuid() == 0:
        os.chown(made, NOBODY, NOBODY)
    try:
        yield made
    finally:
        shutil.rmtree(made)


def family(home: Path) -> list[int]:
    """Every living process that belongs to this data folder."""
    alive = {pid for pid in all_pids() if started_ticks(pid) and belongs_to(pid, home)}
    return sorted(alive | set(working_in(home / "postgres")) - {os.getpid()})


async def gone(home: Path) -> None:
    """Wait until no process of this data folder is left."""
    assert await wait_until(lambda: not family(home), timeout_s=PATIENCE_S), family(home)


async def eventually(look: Callable[[], Awaitable[int]]) -> int:
    """What `look` gives as soon as the server answers it again."""
    deadline = asyncio.get_running_loop().time() + PATIENCE_S
    while True:
        try:
            return await look()
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            assert asyncio.get_running_loop().time() < deadline
            await wait_until(lambda: False, timeout_s=0.05)
