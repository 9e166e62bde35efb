"""PostgreSQL, Redis and S3 together, each kept alive, and the addresses that lead to them."""

import asyncio
import errno
import json
import os
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from signal import Signals
from typing import Protocol

from integrations.contracts.errors import N_
from integrations.runtime.embedded.console import explain, say, turn_over
from integrations.runtime.embedded.lock import HomeLock, prepare_home
from integrations.runtime.embedded.process import (
    Book,
    can_listen,
    free_port,
    send,
    send_group,
    write_whole,
)
from integrations.runtime.embedded.programs.postgres import ADMIN, Postgres
from integrations.runtime.embedded.programs.redis import Redis
from integrations.runtime.embedded.programs.s3 import S3
from integrations.runtime.embedded.refusals import StartRefused
from integrations.runtime.embedded.secrets import load_secrets

_LOG_LOOK_EVERY_S = 60
# Stands in a data folder from the first step of a restore until all was found equal.
UNFINISHED_RESTORE = "restore.unfinished"


class Program(Protocol):
    """Something to keep alive: how to start it, when it is ready, how to stop it."""

    name: str

    @property
    def stop_steps(self) -> tuple[tuple[Signals, float], ...]:
        """Signals in order, each with the seconds to wait before the next."""
        ...

    async def launch(self) -> Process:
        """Start it and come back at once."""
        ...

    async def ready(self, process: Process) -> Process:
        """Come back when it serves, with the process that does. Raises `StartRefused`."""
        ...


class Backoff:
    """Seconds to wait before the next start: 0.5, 1, 2 … 8; from the beginning after 30 good ones.

    Short, since a shop without its database is shut: a start every few seconds costs less.
    """

    def __init__(
        self, *, first_s: float = 0.5, longest_s: float = 8, healthy_after_s: float = 30
    ) -> None:
        self._first_s = first_s
        self._longest_s = longest_s
        self._healthy_after_s = healthy_after_s
        self._next_s = first_s

    def after(self, lived_s: float) -> float:
        """The wait after a process that lived `lived_s`."""
        if lived_s >= self._healthy_after_s:
            self._next_s = self._first_s
        wait_s = self._next_s
        self._next_s = min(self._next_s * 2, self._longest_s)
        return wait_s


class Keeper:
    """Starts one program again whenever it ends, until told to stop."""

    def __init__(self, program: Program, book: Book) -> None:
        self._program = program
        self._book = book
        self._backoff = Backoff()
        self._process: Process | None = None
        self._stopping = asyncio.Event()
        self._hurry = asyncio.Event()
        self._watch: asyncio.Task[None] | None = None
        self._started_at_s = 0.0

    @property
    def name(self) -> str:
        """The program's name."""
        return self._program.name

    async def start(self) -> None:
        """Start it and wait until it serves; from then on it is watched.

        Raises `StartRefused` when it does not come up this first time.
        """
        await self.launch()
        await self.settle()

    async def launch(self) -> None:
        """Start it without waiting; `settle` must follow."""
        self._started_at_s = asyncio.get_running_loop().time()
        self._process = await self._program.launch()

    async def settle(self) -> None:
        """Wait until the launched program serves, then watch it."""
        if self._process is None:
            raise RuntimeError("settle() before launch()")
        self._process = await self._program.ready(self._process)
        self.watch()

    def watch(self) -> None:
        """Start it again from now on whenever it ends."""
        if self._watch is None:
            self._watch = asyncio.create_task(self._keep(), name=f"keep-{self.name}")

    async def _keep(self) -> None:
        loop = asyncio.get_running_loop()
        while not self._stopping.is_set():
            if self._process is not None:
                code = await self._process.wait()
                send_group(self._process.pid, Signals.SIGKILL)
                self._book.strike(self.name)
                self._process = None
                if self._stopping.is_set():
                    return
                wait_s = self._backoff.after(loop.time() - self._started_at_s)
                say(
                    N_("{name} has ended (code {code}). It starts again in {wait_s} s."),
                    name=self.name,
                    code=code,
                    wait_s=f"{wait_s:g}",
                )
            else:
                wait_s = self._backoff.after(0)
            await _set_within(self._stopping, wait_s)
            if not self._stopping.is_set():
                await self._start_again()

    async def _start_again(self) -> None:
        try:
            await self.launch()
            if self._process is not None:
                self._process = await self._program.ready(self._process)
        except (StartRefused, OSError) as error:
            if isinstance(error, StartRefused):
                explain(error)
            else:
                say(N_("{name} cannot be started: {reason}"), name=self.name, reason=error)

    def hurry(self) -> None:
        """Shorten every wait of `stop`: the person has asked twice."""
        self._hurry.set()

    async def stop(self) -> None:
        """End it and everything it started; escalates from a request to SIGKILL."""
        self._stopping.set()
        process = self._process
        if process is not None:
            for number, patience_s in self._program.stop_steps:
                if process.returncode is not None:
                    break
                send(process.pid, number)
                await self._gone_within(process, patience_s)
            send_group(process.pid, Signals.SIGKILL)
        if self._watch is not None:
            self._watch.cancel()
            await asyncio.gather(self._watch, return_exceptions=True)
        # A restart that was under way may have made one more.
        if self._process is not None and self._process is not process:
            send_group(self._process.pid, Signals.SIGKILL)
            await self._process.wait()
        self._process = None
        self._book.strike(self.name)

    async def _gone_within(self, process: Process, patience_s: float) -> None:
        gone = asyncio.create_task(process.wait())
        hurry = asyncio.create_task(self._hurry.wait())
        await asyncio.wait({gone, hurry}, timeout=patience_s, return_when="FIRST_COMPLETED")
        hurry.cancel()
        if not gone.done():
            # Even in a hurry the signal gets a moment to work.
            await asyncio.wait({gone}, timeout=min(patience_s, 1.0))
        gone.cancel()


async def _set_within(event: asyncio.Event, seconds: float) -> bool:
    try:
        await asyncio.wait_for(event.wait(), seconds)
    except TimeoutError:
        return False
    return True


class Stack:
    """The three servers of one data folder. The caller holds the folder's lock."""

    def __init__(self, home: Path, *, durable: bool = True, taken_ports: set[int]) -> None:
        self.home = home
        self.secrets = load_secrets(home)
        self.book = Book(home)
        self.taken_ports = taken_ports
        self._durable = durable
        self._makers: dict[str, Callable[[int], Program]] = {
            "postgres": lambda port: Postgres(home, port, self.secrets, self.book, durable=durable),
            "redis": lambda port: Redis(home, port, self.secrets, self.book),
            "s3": lambda port: S3(home, port, self.secrets, self.book),
        }
        self.ports = {name: free_port(taken_ports) for name in self._makers}
        self.keepers: list[Keeper] = []
        self._logs: asyncio.Task[None] | None = None

    def environment(self) -> dict[str, str]:
        """Variables by which any command reaches the servers, with their secrets."""
        postgres = Postgres(self.home, self.ports["postgres"], self.secrets, self.book)
        s3 = S3(self.home, self.ports["s3"], self.secrets, self.book)
        return {
            "GANH_ENV": "embedded",
            "GANH_HOME": str(self.home),
            "DATABASE_URL": postgres.url("ganh_app"),
            "DATABASE_PUBLIC_URL": postgres.url("ganh_public"),
            "DATABASE_OWNER_URL": postgres.url("ganh_owner"),
            "DATABASE_STATS_URL": postgres.url("ganh_stats"),
            "DATABASE_ADMIN_URL": postgres.url(ADMIN, "postgres"),
            "REDIS_URL": Redis(self.home, self.ports["redis"], self.secrets, self.book).url,
            "S3_ENDPOINT": s3.url,
            "S3_BUCKET": "ganh",
            "S3_REGION": "us-east-1",
            **{
                name: self.secrets[name]
                for name in (
                    *("S3_ACCESS_KEY", "S3_SECRET_KEY", "SECRET_KEY"),
                    *("HASH_KEY", "DATA_KEYS", "SEPAY_SECRET"),
                    *("STRIPE_SECRET_KEY", "STRIPE_WEBHOOK_SECRETS"),
                    *("SHOPEE_PARTNER_ID", "SHOPEE_PARTNER_KEY", "SHOPEE_PUSH_KEY"),
                )
            },
        }

    async def start(self) -> None:
        """Start all three at once and wait for all. Raises `StartRefused`; then none is left."""
        for log in (self.home / "log").glob("*.log"):
            turn_over(log)
        tasks = [asyncio.create_task(self._start(name)) for name in self._makers]
        try:
            await asyncio.gather(*tasks)
        except BaseException:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self.stop()
            raise
        self._logs = asyncio.create_task(self._look_after_logs())

    async def _start(self, name: str) -> None:
        for attempt in range(3):
            keeper = Keeper(self._makers[name](self.ports[name]), self.book)
            self.keepers.append(keeper)
            try:
                return await keeper.start()
            except StartRefused:
                await keeper.stop()
                self.keepers.remove(keeper)
                lost = can_listen("127.0.0.1", self.ports[name])
                if attempt == 2 or lost is None or lost.errno != errno.EADDRINUSE:
                    raise
                # Somebody took the port between our look and the start.
                self.ports[name] = free_port(self.taken_ports)

    async def stop(self) -> None:
        """Stop them: Redis and S3 first, then PostgreSQL."""
        if self._logs:
            self._logs.cancel()
        first = [keeper for keeper in self.keepers if keeper.name != "postgres"]
        last = [keeper for keeper in self.keepers if keeper.name == "postgres"]
        for together in (first, last):
            await asyncio.gather(*(keeper.stop() for keeper in together))

    async def _look_after_logs(self) -> None:
        while True:
            await asyncio.sleep(_LOG_LOOK_EVERY_S)
            for log in (self.home / "log").glob("*.log"):
                turn_over(log)


def publish_environment(home: Path, env: Mapping[str, str]) -> None:
    """Leave the addresses where other commands on this machine find them (mode 0600)."""
    write_whole(home / "run" / "servers.json", json.dumps(dict(env) | {"pid": os.getpid()}))


def read_environment(home: Path) -> dict[str, str] | None:
    """Variables of the supervisor that runs on `home` now; None when none does."""
    home = Path(os.path.abspath(home))
    try:
        known = json.loads((home / "run" / "servers.json").read_text())
        os.kill(int(known.pop("pid")), 0)
    except (OSError, ValueError, KeyError):
        return None
    return {str(name): str(value) for name, value in known.items()}


@asynccontextmanager
async def servers(home: Path, *, durable: bool = True) -> AsyncIterator[dict[str, str]]:
    """PostgreSQL, Redis and S3 on `home`, for as long as the block lasts.

    Yields the environment variables of `Settings`, and `DATABASE_ADMIN_URL` (a superuser on the
    database `postgres`). `durable=False` trades safety at a power cut for speed: tests only.
    Raises `StartRefused`, of which `AlreadyRunning` when the folder is in use.
    """
    home = prepare_home(home)
    with HomeLock(home):
        stack = Stack(home, durable=durable, taken_ports=set())
        await stack.book.end_leftovers()
        await stack.start()
        env = stack.environment()
        publish_environment(home, env)
        try:
            yield env
        finally:
            await stack.stop()
            (home / "run" / "servers.json").unlink(missing_ok=True)
