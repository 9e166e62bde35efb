"""What this machine lacks, in plain words, and which package brings it."""

import os
import pwd
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from integrations.contracts.errors import N_
from integrations.runtime.embedded.console import both
from integrations.runtime.embedded.process import can_listen
from integrations.runtime.embedded.programs.postgres import find_postgres, passable_by_others
from integrations.runtime.embedded.programs.redis import find_redis
from integrations.runtime.embedded.programs.s3 import find_rclone
from integrations.runtime.embedded.refusals import StartRefused
from integrations.runtime.embedded.stack import UNFINISHED_RESTORE, read_environment
from integrations.runtime.settings import Settings, UnsafeSettings

if TYPE_CHECKING:
    from rich.table import Table

Level = Literal["ok", "advice", "missing"]
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
_NEEDED_BYTES = 1_000_000_000
_WANTED_BYTES = 5_000_000_000
_SIGNS = {"ok": "[green]✓[/]", "advice": "[yellow]![/]", "missing": "[red]✗[/]"}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at: `missing` stops a start, `advice` does not."""

    level: Level
    message: str
    params: dict[str, Any] = field(default_factory=dict)

    @property
    def vi(self) -> str:
        """The sentence in Vietnamese."""
        return both(self.message, **self.params)[0]

    @property
    def en(self) -> str:
        """The sentence in English."""
        return both(self.message, **self.params)[1]


def check(*, home: Path = Path("var"), host: str = "127.0.0.1", port: int = 8000) -> list[Finding]:
    """Look at everything a start and the tests need. Changes nothing on the machine."""
    home = Path(os.path.abspath(home))
    return [
        _python(),
        *_programs(),
        *_user(home),
        _home(home),
        _space(home),
        _port(home, host, port),
        _chromium(),
    ]


def unsafe(settings: Settings) -> list[Finding]:
    """Why production would not start with these settings; nothing in the embedded mode."""
    try:
        settings.require_safe()
    except UnsafeSettings as refusal:
        return [Finding("missing", N_("Not ready for production: {reason}"), {"reason": refusal})]
    return []


def table(findings: list[Finding]) -> "Table":
    """The findings as a table for the screen: a sign, Vietnamese, English."""
    from rich.table import Table

    grid = Table(show_lines=True)
    for title in ("", "Tiếng Việt", "English"):
        grid.add_column(title, overflow="fold")
    for finding in findings:
        grid.add_row(_SIGNS[finding.level], finding.vi, finding.en)
    return grid


def _python() -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info[:2] in ((3, 11), (3, 12)):
        return Finding("ok", N_("Python {version}"), {"version": version})
    return Finding(
        "advice",
        N_(
            "Python {version} is not among those tried (3.11 and 3.12). "
            "Debian: apt install python3 python3-venv. Fedora: dnf install python3.12"
        ),
        {"version": version},
    )


def _programs() -> Iterator[Finding]:
    finders: tuple[tuple[str, Callable[[], Path]], ...] = (
        ("PostgreSQL", find_postgres),
        ("Redis", find_redis),
        ("rclone", find_rclone),
    )
    for name, find in finders:
        try:
            where = find()
        except StartRefused as refusal:
            yield Finding("missing", refusal.message, refusal.params)
        else:
            yield Finding("ok", N_("{name}: {where}"), {"name": name, "where": where})


def _user(home: Path) -> Iterator[Finding]:
    try:
        name = pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        yield Finding(
            "missing",
            N_(
                "User number {uid} has no name on this machine, and PostgreSQL asks for one. "
                "Add a line to /etc/passwd or start as another user."
            ),
            {"uid": os.geteuid()},
        )
        return
    yield Finding("ok", N_("User {name}"), {"name": name})
    closed = os.geteuid() == 0 and not passable_by_others(home / "postgres")
    if closed and not shutil.which("setpriv"):
        yield Finding(
            "missing",
            N_(
                "As root, in a folder closed to others, PostgreSQL needs the program setpriv "
                "(package util-linux). Or set GANH_HOME to a folder such as /srv/ganh."
            ),
        )


def _nearest(home: Path) -> Path:
    return next(folder for folder in (home, *home.parents) if folder.exists())


def _home(home: Path) -> Finding:
    if (home / UNFINISHED_RESTORE).exists():
        return Finding(
            "missing",
            N_("A restore into {home} was not finished. Run ganh restore once more."),
            {"home": home},
        )
    if os.access(_nearest(home), os.W_OK | os.X_OK):
        return Finding("ok", N_("Data folder {home}"), {"home": home})
    return Finding(
        "missing",
        N_("The data folder {home} cannot be written ({reason}). Set GANH_HOME to another."),
        {"home": home, "reason": os.strerror(13)},
    )


def _space(home: Path) -> Finding:
    free = shutil.disk_usage(_nearest(home)).free
    params = {"free_gb": f"{free / 1e9:.1f}"}
    if free < _NEEDED_BYTES:
        return Finding(
            "missing", N_("Only {free_gb} GB are free on the disk; at least 1 is needed."), params
        )
    if free < _WANTED_BYTES:
        return Finding("advice", N_("{free_gb} GB are free on the disk; pictures grow."), params)
    return Finding("ok", N_("{free_gb} GB are free on the disk"), params)


def _port(home: Path, host: str, port: int) -> Finding:
    error = can_listen(host, port)
    if error is None:
        return Finding("ok", N_("Port {port} is free"), {"port": port})
    running = read_environment(home)
    if running and running.get("PORT") == str(port):
        return Finding("ok", N_("Gánh is running on port {port}"), {"port": port})
    return Finding(
        "missing",
        N_("Port {port} is in use by another program. Try another: PORT={other} make run"),
        {"port": port, "other": port + 1},
    )


def _chromium() -> Finding:
    for name in CHROMIUM:
        if found := shutil.which(name):
            return Finding("ok", N_("{name}: {where}"), {"name": "Chromium", "where": found})
    return Finding(
        "advice",
        N_(
            "Chromium is missing; only the tests of the pages need it. "
            "Debian and Ubuntu: apt install chromium. Fedora: dnf install chromium"
        ),
    )
