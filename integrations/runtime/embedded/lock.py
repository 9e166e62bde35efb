"""One supervisor per data folder (flock), and a free port before anything is started."""

import errno
import fcntl
import json
import os
from pathlib import Path
from types import TracebackType

from integrations.contracts.errors import N_
from integrations.runtime.embedded.process import can_listen
from integrations.runtime.embedded.refusals import AlreadyRunning, PortBusy, StartRefused


def prepare_home(home: Path) -> Path:
    """The data folder as an absolute path, made when missing with its folders `run` and `log`.

    Raises `StartRefused` when it cannot be written.
    """
    home = Path(os.path.abspath(home))
    try:
        # As root the database runs as nobody, who must be able to pass through.
        home.mkdir(mode=0o711 if os.geteuid() == 0 else 0o700, parents=True, exist_ok=True)
        for name in ("run", "log"):
            (home / name).mkdir(mode=0o700, exist_ok=True)
        if not os.access(home, os.W_OK | os.X_OK):
            raise PermissionError(errno.EACCES, "not writable", str(home))
    except OSError as error:
        raise StartRefused(
            N_("The data folder {home} cannot be written ({reason}). Set GANH_HOME to another."),
            home=home,
            reason=error.strerror or str(error),
        ) from error
    return home


class HomeLock:
    """Held while the supervisor lives; the kernel lets go of it however the process ends."""

    def __init__(self, home: Path, *, address: str = "") -> None:
        self._home = home
        self._address = address
        self._handle = -1

    def __enter__(self) -> "HomeLock":
        """Raises `AlreadyRunning` when another process holds the folder."""
        path = self._home / "ganh.lock"
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = _read_holder(handle)
            os.close(handle)
            raise AlreadyRunning(self._home, *holder) from error
        self._handle = handle
        text = json.dumps({"pid": os.getpid(), "address": self._address})
        os.ftruncate(handle, 0)
        os.pwrite(handle, text.encode(), 0)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        os.close(self._handle)


def _read_holder(handle: int) -> tuple[int, str]:
    try:
        known = json.loads(os.pread(handle, 4096, 0))
        return int(known["pid"]), str(known["address"])
    except (OSError, ValueError, KeyError):
        return 0, ""


def require_free_port(host: str, port: int) -> None:
    """Raise `PortBusy`, or `StartRefused` when this user may not listen there at all."""
    error = can_listen(host, port)
    if error is None:
        return
    if error.errno == errno.EADDRINUSE:
        raise PortBusy(port)
    raise StartRefused(
        N_("Nothing can listen on {host}, port {port} ({reason}). Try PORT=8001 make run"),
        host=host,
        port=port,
        reason=error.strerror or str(error),
    )
