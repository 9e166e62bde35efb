"""Start programs that die with us, and find and end those that an earlier run left behind."""

import asyncio
import ctypes
import json
import os
import secrets
import signal
import socket
from asyncio.subprocess import DEVNULL, PIPE, STDOUT, Process
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from integrations.contracts.errors import N_
from integrations.runtime.embedded.refusals import StartRefused

POLL_S = 0.02
_PR_SET_PDEATHSIG = 1
_prctl = ctypes.CDLL(None, use_errno=True).prctl


@dataclass(frozen=True, slots=True)
class Identity:
    """Whom a program runs as: numbers of user and group."""

    uid: int
    gid: int


async def spawn(
    argv: Sequence[str],
    *,
    env: Mapping[str, str],
    death_signal: signal.Signals,
    log: Path | None = None,
    cwd: Path | str = "/",
    run_as: Identity | None = None,
    stdin: int = DEVNULL,
) -> Process:
    """Start a program in a session of its own that gets `death_signal` when this thread dies.

    Output goes to the end of `log`, or, without one, into a pipe at `.stdout`.
    Raises `OSError` when the program cannot be started.
    """
    out = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600) if log else PIPE
    try:
        return await asyncio.create_subprocess_exec(
            *argv,
            env=dict(env),
            cwd=str(cwd),
            stdin=stdin,
            stdout=out,
            stderr=STDOUT,
            start_new_session=True,
            preexec_fn=_before_exec(death_signal, run_as, os.getpid()),
        )
    finally:
        if log:
            os.close(out)


def _before_exec(
    death_signal: signal.Signals, run_as: Identity | None, parent: int
) -> Callable[[], None]:
    def hook() -> None:
        if run_as:
            os.setgroups([])
            os.setgid(run_as.gid)
            os.setuid(run_as.uid)
        # After the change of user, which would clear it.
        _prctl(_PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)

    return hook


async def finish(process: Process, *, stdin: bytes | None = None) -> int:
    """Wait for a short program's end, its exit code; when we are stopped it is ended too."""
    try:
        await process.communicate(stdin)
    except asyncio.CancelledError:
        send_group(process.pid, signal.SIGKILL)
        await process.wait()
        raise
    return process.returncode or 0


async def wait_until(
    is_true: Callable[[], bool], *, timeout_s: float, process: Process | None = None
) -> bool:
    """Poll until `is_true()`; False at the deadline, or as soon as `process` has ended."""
    deadline = asyncio.get_running_loop().time() + timeout_s
    while not is_true():
        if process is not None and process.returncode is not None:
            return False
        if asyncio.get_running_loop().time() > deadline:
            return False
        await asyncio.sleep(POLL_S)
    return True


def send(pid: int, number: signal.Signals) -> None:
    """Signal a process; nothing happens when it is already gone."""
    with suppress(ProcessLookupError):
        os.kill(pid, number)


def send_group(pid: int, number: signal.Signals) -> None:
    """Signal everything that still lives in the process group that `pid` leads."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, number)


# ── ports ──────────────────────────────────────────────────────────────────────────────────


def free_port(taken: set[int]) -> int:
    """A loopback port nobody listens on, added to `taken`.

    Below the kernel's range for outgoing connections: a client that retries against a port
    inside that range can be connected to itself while our server is away.
    """
    try:
        low = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    except (OSError, ValueError):
        low = 32768
    candidates = (
        max(1024, low - 16384) + secrets.randbelow(min(16384, low - 1024)) for _ in range(200)
    )
    for port in candidates if low > 2048 else ():
        if port not in taken and can_listen("127.0.0.1", port) is None:
            taken.add(port)
            return port
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    taken.add(port)
    return port


def can_listen(host: str, port: int) -> OSError | None:
    """None when a server could listen there, else why not."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        for family, kind, protocol, _, address in found:
            with socket.socket(family, kind, protocol) as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind(address)
                probe.listen(1)
    except OSError as error:
        return error
    return None


async def connects(port: int) -> bool:
    """True when something accepts connections on this loopback port."""
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True


# ── what /proc knows ───────────────────────────────────────────────────────────────────────


def started_ticks(pid: int) -> int | None:
    """When the process began (clock ticks since boot); None when it is gone or a zombie."""
    fields = _stat(pid)
    return None if fields is None or fields[0] in "ZX" else int(fields[19])


def session_of(pid: int) -> int | None:
    """Number of the session the process belongs to."""
    fields = _stat(pid)
    return None if fields is None else int(fields[3])


def _stat(pid: int) -> list[str] | None:
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    return text.rpartition(")")[2].split()


def command_line(pid: int) -> list[str]:
    """The words the process was started with; empty when gone or not ours to see."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_text(errors="replace").split("\0")
    except OSError:
        return []


def belongs_to(pid: int, home: Path) -> bool:
    """True when the process was started for this data folder (environment or command line)."""
    try:
        environ = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        environ = []
    if f"GANH_HOME={home}".encode() in environ:
        return True
    return any(word == str(home) or word.startswith(f"{home}/") for word in command_line(pid))


def working_in(folder: Path) -> Iterator[int]:
    """Living processes whose current folder is `folder`."""
    folder = folder.resolve()
    for pid in all_pids():
        try:
            here = os.readlink(f"/proc/{pid}/cwd")
        except OSError:
            continue
        if here == str(folder) and started_ticks(pid) is not None:
            yield pid


def all_pids() -> list[int]:
    """Every process number on this machine at this moment."""
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]


def _boot_id() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return ""


# ── the book of our children ───────────────────────────────────────────────────────────────


class Book:
    """`run/children.json`: which processes we started, so that the next start can end them."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._path = home / "run" / "children.json"
        self._rows: dict[str, dict[str, int | str]] = {}

    def enter(self, name: str, pid: int) -> None:
        """Note a process just started; an earlier one of the same name is forgotten."""
        self._rows[name] = {"pid": pid, "ticks": started_ticks(pid) or 0, "boot": _boot_id()}
        self._write()

    def strike(self, name: str) -> None:
        """Forget a process that has ended."""
        if self._rows.pop(name, None):
            self._write()

    def _write(self) -> None:
        write_whole(self._path, json.dumps(self._rows, indent=1))

    async def end_leftovers(self) -> list[str]:
        """End what an earlier run of this folder left alive; names of what was ended.

        A number alone is never trusted: boot, start time and environment must agree, since the
        kernel gives the same number to somebody else's process later.
        """
        alive = self._leftovers()
        for name, pid in alive:
            send(pid, signal.SIGINT if name == "postgres" else signal.SIGTERM)
        if not await wait_until(lambda: not self._leftovers(), timeout_s=10):
            for name, pid in self._leftovers():
                send(pid, signal.SIGQUIT if name == "postgres" else signal.SIGKILL)
            if not await wait_until(lambda: not self._leftovers(), timeout_s=5):
                raise StartRefused(
                    N_("Process {pid} of an earlier start does not end. End it and try again."),
                    pid=self._leftovers()[0][1],
                )
        return [name for name, _ in alive]

    def _leftovers(self) -> list[tuple[str, int]]:
        try:
            rows = json.loads(self._path.read_text())
        except (OSError, ValueError):
            return []
        leaders = {
            int(row["pid"]): name
            for name, row in rows.items()
            # A leader that has ended may have left members; another start is another program.
            if row["boot"] == _boot_id() and started_ticks(row["pid"]) in (None, row["ticks"])
        }
        if not leaders:
            return []
        return [
            (leaders[session], pid)
            for pid in all_pids()
            if (session := session_of(pid) or 0) in leaders
            and (started_ticks(pid) or -1) >= rows[leaders[session]]["ticks"]
            and belongs_to(pid, self._home)
        ]


def write_whole(path: Path, text: str, *, durable: bool = False) -> None:
    """Write a file of mode 0600 that is seen either as it was or complete, never half."""
    fresh = path.with_name(path.name + ".new")
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        os.write(handle, text.encode())
        if durable:
            os.fsync(handle)
    finally:
        os.close(handle)
    os.replace(fresh, path)
    if durable:
        folder = os.open(path.parent, os.O_RDONLY)
        os.fsync(folder)
        os.close(folder)
