"""PostgreSQL's own programs for a dump and its way back, of a version that fits the server."""

import asyncio
import os
import re
import shutil
import subprocess
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

from integrations.contracts.errors import N_
from integrations.runtime.backup.manifest import BackupRefused
from integrations.runtime.embedded.programs.postgres import find_postgres
from integrations.runtime.embedded.refusals import StartRefused


def find_program(name: str, *, server_major: int) -> tuple[Path, str]:
    """`pg_dump` or `pg_restore` and its version: one as new as the server, else a newer one.

    Looked for on PATH, then in the wheel. Raises `BackupRefused`.
    """
    found = [(path, said) for path in _candidates(name) if (said := _version(path))]
    fitting = sorted(
        (major(said), index) for index, (_, said) in enumerate(found) if major(said) >= server_major
    )
    if not fitting:
        raise BackupRefused(
            N_(
                "{program} of PostgreSQL {major} or newer is missing. "
                "Debian and Ubuntu: apt install postgresql-client. Fedora: dnf install postgresql"
            ),
            program=name,
            major=server_major,
        )
    return found[fitting[0][1]]


def _candidates(name: str) -> Iterator[Path]:
    on_path = shutil.which(name)
    if on_path:
        yield Path(on_path)
    try:
        yield find_postgres() / name
    except StartRefused:
        return


def _version(program: Path) -> str:
    """Such as "18.4"; empty when it does not run."""
    try:
        said = subprocess.run(
            [str(program), "--version"], check=False, capture_output=True, text=True, timeout=10
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    found = re.search(r"\b(\d+(?:\.\d+)?)", said.stdout)
    return found[1] if found else ""


def major(version: str) -> int:
    """18 of "18.4"."""
    return int(version.partition(".")[0])


def environment(url: str) -> dict[str, str]:
    """How PostgreSQL's programs reach a database; the password is in no argument."""
    parts = urlsplit(url)
    return {
        "PATH": os.defpath,
        "LC_ALL": "C",
        "PGHOST": parts.hostname or "127.0.0.1",
        "PGPORT": str(parts.port or 5432),
        "PGUSER": unquote(parts.username or ""),
        "PGPASSWORD": unquote(parts.password or ""),
        "PGDATABASE": parts.path.lstrip("/"),
        "PGCONNECT_TIMEOUT": "10",
    } | {name: value for name, value in os.environ.items() if name.startswith("PGSSL")}


async def run_program(program: Path, *words: str, url: str) -> None:
    """Run it to its end. Raises `BackupRefused` with its last words."""
    process = await asyncio.create_subprocess_exec(
        str(program), *words, env=environment(url), stdin=DEVNULL, stdout=DEVNULL, stderr=PIPE
    )
    try:
        _, said = await process.communicate()
    except asyncio.CancelledError:
        process.kill()
        await process.wait()
        raise
    if process.returncode:
        raise BackupRefused(
            N_("{program} has ended with a fault. Its last words:"),
            program=program.name,
            details="\n".join(said.decode(errors="replace").splitlines()[-8:]),
        )
