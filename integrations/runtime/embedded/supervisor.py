"""Runs everything on one machine: the servers, then Gánh's own processes, until told to stop."""

import asyncio
import os
import signal
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from integrations.contracts.errors import N_
from integrations.runtime.embedded import ballast
from integrations.runtime.embedded.console import Voice, explain, say
from integrations.runtime.embedded.lock import HomeLock, prepare_home, require_free_port
from integrations.runtime.embedded.process import (
    Book,
    can_listen,
    free_port,
    send,
    send_group,
    spawn,
    wait_until,
)
from integrations.runtime.embedded.refusals import ProgramFailed, StartRefused
from integrations.runtime.embedded.stack import (
    UNFINISHED_RESTORE,
    Keeper,
    Stack,
    publish_environment,
)

if TYPE_CHECKING:
    from integrations.runtime.settings import Settings

_GATE = "GANH_GATE"
_READY_S = 120
_DEATHS_AT_START_MAX = 3
_SECOND_THOUGHTS_S = 2.0  # `make` and the terminal send one Ctrl-C several times
_OWN = ("SECRET_KEY", "HASH_KEY", "DATA_KEYS", "SEPAY_SECRET")  # a person may bring these

Work = Callable[[dict[str, str]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class ChildSpec:
    """One of our own processes. `early` ones promise to call `wait_for_release()`."""

    name: str
    argv: Sequence[str]
    stop_timeout_s: float = 10
    ready_url: str | None = None
    early: bool = False


def wait_for_release() -> None:
    """Called by an `early` child after its imports: blocks until the database is migrated.

    Returns at once when no supervisor asked for it; ends the process when the supervisor died.
    """
    if os.environ.pop(_GATE, None) == "stdin" and not os.read(0, 1):
        raise SystemExit(1)


_PORT_BACK_S: Final = 5
# glibc keeps an arena per thread (8 a core): two are as quick here and hold a tenth less memory.
_THRIFTY: Final = {"MALLOC_ARENA_MAX": "2"}


class Child:
    """A `ChildSpec` with its environment, as something a `Keeper` can keep."""

    def __init__(self, spec: ChildSpec, env: Mapping[str, str], home: Path, book: Book) -> None:
        self.name = spec.name
        self.log = home / "log" / f"{spec.name}.log"
        self.deaths = 0
        self.released = asyncio.Event()
        self.stop_steps = (
            (signal.SIGTERM, spec.stop_timeout_s),
            (signal.SIGKILL, 5.0),
        )
        self._spec = spec
        self._env = _THRIFTY | dict(env) | ({_GATE: "stdin"} if spec.early else {})
        self._book = book
        self._tasks: set[asyncio.Task[None]] = set()

    async def launch(self) -> Process:
        """Start it; its words go to its log and, where a person should see them, the screen."""
        process = await spawn(
            self._spec.argv,
            env=self._env,
            death_signal=signal.SIGTERM,
            cwd=Path.cwd(),
            stdin=PIPE if self._spec.early else DEVNULL,
        )
        self._book.enter(self.name, process.pid)
        self._follow(self._listen(process))
        if self._spec.early:
            self._follow(self._release(process))
        return process

    async def ready(self, process: Process) -> Process:
        """Nothing to wait for: its address is asked by `run_all`, across its restarts."""
        return process

    def _follow(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _listen(self, process: Process) -> None:
        await _listen(process, Voice(self.name, self.log))
        await process.wait()
        self.deaths += 1

    async def _release(self, process: Process) -> None:
        waiting = asyncio.ensure_future(self.released.wait())
        ended = asyncio.ensure_future(process.wait())
        await asyncio.wait({waiting, ended}, return_when="FIRST_COMPLETED")
        if waiting.done() and process.stdin is not None:
            process.stdin.write(b"\n")
        if process.stdin is not None:
            process.stdin.close()
        waiting.cancel()
        ended.cancel()

    async def serves(self) -> None:
        """Wait until `ready_url` answers 2xx. Raises `ProgramFailed` when it dies three times."""
        if self._spec.ready_url is None:
            return
        deadline = asyncio.get_running_loop().time() + _READY_S
        while not await _answers(self._spec.ready_url):
            late = asyncio.get_running_loop().time() > deadline
            if late or self.deaths >= _DEATHS_AT_START_MAX:
                raise ProgramFailed(self.name, self.log)
            await wait_until(lambda: False, timeout_s=0.05)


async def _listen(process: Process, voice: Voice) -> None:
    while process.stdout is not None and (data := await process.stdout.read(65536)):
        voice.hear(data)
    voice.finish()


async def _answers(url: str) -> bool:
    """True when a GET of this plain http address answers 2xx. No HTTP library is loaded for it."""
    where, _, path = url.removeprefix("http://").partition("/")
    host, _, port = where.partition(":")
    try:
        reader, writer = await asyncio.open_connection(host, int(port or 80))
    except OSError:
        return False
    try:
        writer.write(f"GET /{path} HTTP/1.1\r\nHost: {where}\r\nConnection: close\r\n\r\n".encode())
        line = await asyncio.wait_for(reader.readline(), 10)
    except (OSError, TimeoutError):
        return False
    finally:
        writer.close()
    return line.split()[1:2] in ([b"200"], [b"204"])


async def run_once(argv: Sequence[str], env: Mapping[str, str], *, name: str) -> None:
    """Run a command to its end (migrations, demo data); a stop of the supervisor ends it too.

    For work whose libraries shall not stay in the supervisor's memory. Raises `ProgramFailed`.
    """
    log = Path(env["GANH_HOME"]) / "log" / f"{name}.log"
    full = {**os.environ, **env}
    process = await spawn(argv, env=full, death_signal=signal.SIGTERM, cwd=Path.cwd())
    try:
        await _listen(process, Voice(name, log))
        code = await process.wait()
    except asyncio.CancelledError:
        send(process.pid, signal.SIGTERM)
        if not await wait_until(lambda: process.returncode is not None, timeout_s=5):
            send_group(process.pid, signal.SIGKILL)
        raise
    if code:
        raise ProgramFailed(name, log)


async def run_all(
    settings: "Settings",
    *,
    children: Sequence[ChildSpec],
    migrate: Work,
    first_start: Work,
    banner: Callable[[dict[str, str]], None],
) -> int:
    """Bring everything up, keep it up, and take it down at Ctrl-C or SIGTERM.

    `migrate` runs at every start, `first_start` until it has succeeded once on this data folder,
    `banner` when every child with a `ready_url` answers. All three get the environment that the
    children get. Returns the exit code: 0 stopped as asked, 1 failed, 3 already running, 4 port
    in use; every refusal has been said on the screen in both languages.
    """
    asked = _Asked()
    try:
        if not settings.embedded:
            raise StartRefused(
                N_(
                    "GANH_ENV=production does not run the embedded servers. "
                    "Start ganh serve and ganh worker instead."
                )
            )
        home = prepare_home(settings.home)
        with HomeLock(home, address=settings.public_url):
            run = _Run(settings, home, asked)
            await run.until_asked(
                children=children, migrate=migrate, first_start=first_start, banner=banner
            )
    except StartRefused as refusal:
        explain(refusal)
        return refusal.exit_code
    finally:
        asked.forget()
    return 0


class _Asked:
    """Whether a person asked to stop, by Ctrl-C, SIGTERM or closing the terminal."""

    def __init__(self) -> None:
        self.stop = asyncio.Event()
        self.on_hurry: Callable[[], None] = lambda: None
        self._loop = asyncio.get_running_loop()
        self._first_at_s = 0.0
        self._signals = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        for number in self._signals:
            self._loop.add_signal_handler(number, self._hear)

    def _hear(self) -> None:
        now_s = self._loop.time()
        if not self.stop.is_set():
            self._first_at_s = now_s
            self.stop.set()
        elif now_s - self._first_at_s > _SECOND_THOUGHTS_S:
            self.on_hurry()

    def forget(self) -> None:
        for number in self._signals:
            self._loop.remove_signal_handler(number)


class _Run:
    """One run on one data folder, whose lock is held."""

    def __init__(self, settings: "Settings", home: Path, asked: _Asked) -> None:
        self._settings = settings
        self._home = home
        self._asked = asked
        self._keepers: list[Keeper] = []
        self._stack: Stack | None = None
        self._ballast = ballast.Ballast(
            home, min_free_bytes=settings.disk_min_free_mb * 1024 * 1024
        )
        asked.on_hurry = self._hurry

    async def until_asked(
        self,
        *,
        children: Sequence[ChildSpec],
        migrate: Work,
        first_start: Work,
        banner: Callable[[dict[str, str]], None],
    ) -> None:
        say(N_("Gánh is starting on {home}"), home=self._home)
        self._ballast.look()
        start = asyncio.create_task(self._start(children, migrate, first_start))
        watch = asyncio.create_task(self._look_after_the_disk())
        stop = asyncio.create_task(self._asked.stop.wait())
        try:
            await asyncio.wait({start, stop}, return_when="FIRST_COMPLETED")
            if not start.done():
                start.cancel()
                await asyncio.gather(start, return_exceptions=True)
            else:
                banner(start.result())
                await stop
            say(N_("Stopping"))
        finally:
            stop.cancel()
            watch.cancel()
            await self._stop()
        say(N_("Stopped. Everything is kept in {home}"), home=self._home)

    async def _start(
        self, specs: Sequence[ChildSpec], migrate: Work, first_start: Work
    ) -> dict[str, str]:
        stack, env = await self._prepare()
        children = [Child(spec, {**os.environ, **env}, self._home, stack.book) for spec in specs]
        self._keepers = [Keeper(child, stack.book) for child in children]
        early = [k for k, spec in zip(self._keepers, specs, strict=True) if spec.early]
        # Their imports take longest: they load while the servers start.
        for keeper in early:
            await self._launch(keeper)
        await stack.start()
        publish_environment(self._home, stack.environment() | env)
        await migrate(env)
        await self._first(first_start, env)
        for child in children:
            child.released.set()
        for keeper in self._keepers:
            if keeper not in early:
                await self._launch(keeper)
        await asyncio.gather(*(child.serves() for child in children))
        return env

    async def _prepare(self) -> tuple[Stack, dict[str, str]]:
        settings = self._settings
        if (self._home / UNFINISHED_RESTORE).exists():
            raise StartRefused(
                N_("A restore into {home} was not finished. Run ganh restore once more."),
                home=self._home,
            )
        taken = {settings.port}
        self._stack = Stack(self._home, taken_ports=taken)
        ended = await self._stack.book.end_leftovers()
        if ended:
            say(N_("Ended what an earlier start had left: {names}"), names=", ".join(ended))
            # The kernel may take a moment longer to give the port back.
            await wait_until(
                lambda: can_listen(settings.host, settings.port) is None, timeout_s=_PORT_BACK_S
            )
        # Only now: a leftover of ours may have been the one that held it.
        require_free_port(settings.host, settings.port)
        said = _said(settings)
        env = said | self._stack.environment() | {k: said[k] for k in _OWN if k in said}
        env.pop("DATABASE_ADMIN_URL")
        env["STANDIN_URL"] = f"http://127.0.0.1:{free_port(taken)}"
        return self._stack, env

    async def _launch(self, keeper: Keeper) -> None:
        try:
            await keeper.launch()
        except OSError as error:
            raise StartRefused(
                N_("{name} cannot be started: {reason}"), name=keeper.name, reason=error
            ) from error
        keeper.watch()

    async def _first(self, first_start: Work, env: dict[str, str]) -> None:
        done = self._home / "first-start.done"
        if done.exists():
            return
        say(N_("First start: example data is being loaded"))
        await first_start(env)
        done.touch(mode=0o600)

    async def _look_after_the_disk(self) -> None:
        while True:
            await asyncio.sleep(ballast.LOOK_EVERY_S)
            self._ballast.look()

    def _hurry(self) -> None:
        for keeper in [*self._keepers, *(self._stack.keepers if self._stack else ())]:
            keeper.hurry()

    async def _stop(self) -> None:
        for keeper in self._keepers:
            await keeper.stop()
        if self._stack:
            await self._stack.stop()
        (self._home / "run" / "servers.json").unlink(missing_ok=True)


def _said(settings: "Settings") -> dict[str, str]:
    """The person's settings as environment variables, without the empty ones."""
    found = {}
    for name, field in type(settings).model_fields.items():
        value = getattr(settings, name)
        text = value.get_secret_value() if hasattr(value, "get_secret_value") else str(value)
        if text and field.alias:
            found[field.alias] = text
    return found
