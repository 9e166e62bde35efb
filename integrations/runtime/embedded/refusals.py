"""Why a start was refused or failed: a sentence for a person and an exit code."""

from pathlib import Path
from typing import Any

from integrations.contracts.errors import N_

ALREADY_RUNNING = 3
PORT_BUSY = 4


class StartRefused(RuntimeError):
    """Nothing was started; `message` is a catalogue key with `{params}`, shown in vi and en.

    `details` follow once below both, as they are (the end of a log).
    """

    def __init__(
        self, message: str, *, exit_code: int = 1, details: str = "", **params: Any
    ) -> None:
        super().__init__("\n".join((message.format(**params), details)).strip())
        self.details = details
        self.message = message
        self.params = params
        self.exit_code = exit_code


class AlreadyRunning(StartRefused):
    """Another supervisor holds this data folder."""

    def __init__(self, home: Path, pid: int, address: str) -> None:
        super().__init__(
            N_("Gánh already runs on {home} (process {pid}, {address})."),
            exit_code=ALREADY_RUNNING,
            home=home,
            pid=pid,
            address=address or "-",
        )


class PortBusy(StartRefused):
    """Somebody else listens on the port that the person chose."""

    def __init__(self, port: int) -> None:
        super().__init__(
            N_("Port {port} is in use by another program. Try another: PORT={other} make run"),
            exit_code=PORT_BUSY,
            port=port,
            other=port + 1,
        )


class ProgramMissing(StartRefused):
    """A server's program is on this machine neither as a wheel nor as a system package."""


class ProgramFailed(StartRefused):
    """A server started and did not become ready; the log's last lines are shown."""

    def __init__(self, name: str, log: Path) -> None:
        super().__init__(
            N_("{name} did not start. Its last words, from {log}:"),
            name=name,
            log=log,
            details=last_lines(log),
        )


def last_lines(log: Path, *, lines: int = 8) -> str:
    """The end of a log, for a person to read; empty when there is none."""
    try:
        text = log.read_bytes()[-4096:].decode(errors="replace")
    except OSError:
        return ""
    return "\n".join("  " + line for line in text.splitlines()[-lines:])
