"""`python -m tests.faults.killpoints PLAN REPORT`: the process that is preloaded and forks."""

import asyncio
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import httpx

from integrations.runtime.database.migrate import migrate
from integrations.runtime.embedded.process import free_port
from integrations.runtime.logging import configure
from market.reference import load_reference_data
from market.tables import APPS, GRANTS
from tests.faults.killpoints.campaign import Intensity, campaign, table
from tests.faults.killpoints.flows import FLOWS
from tests.faults.killpoints.flows.unsafe import UNSAFE
from tests.faults.killpoints.forks import Story, freeze, say, tell
from tests.faults.killpoints.world import Hands, load, quietly

DATABASE = "ganh_crash"


def main(plan: Path, report: Path) -> int:
    """Crash what the plan says in a database of its own; 0 when nothing was lost."""
    began = time.monotonic()
    wanted = json.loads(plan.read_text())
    env: dict[str, str] = {**wanted["env"], **asyncio.run(_own_database(wanted["env"]))}
    os.environ.update(env)
    with _outside(env) as standin_url:
        env["STANDIN_URL"] = standin_url
        return _crash(wanted, env, report, began)


def _crash(wanted: dict[str, Any], env: dict[str, str], report: Path, began: float) -> int:
    configure("WARNING")
    world = load(env, report.parent)
    by_name = {flow.name: flow for flow in (*FLOWS, *UNSAFE)}
    flows = [by_name[name] for name in wanted["flows"]] or list(FLOWS)

    async def reference(hands: Hands) -> None:
        await hands.ports.storage.check()
        await load_reference_data()

    freeze()

    def ready() -> Story:
        (yield lambda note: quietly(world, reference)).given()

    tell([ready()], jobs=1)
    loaded = time.monotonic()
    intensity = Intensity(**wanted["intensity"])
    verdicts = campaign(world, flows, jobs=wanted["jobs"], intensity=intensity)
    report.write_text(json.dumps([asdict(one) for one in verdicts], ensure_ascii=False))
    say(table(verdicts))
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    say(
        f"seeds {intensity.seeds}, more {intensity.more_seeds}; {loaded - began:.0f} s to begin,"
        f" {time.monotonic() - loaded:.0f} s for the runs"
        f" ({used.ru_utime + used.ru_stime:.0f} s of a processor)"
    )
    for fault in [fault for one in verdicts for fault in one.faults][:10]:
        say(fault)
    return int(any(one.faults for one in verdicts))


@contextmanager
def _outside(env: dict[str, str]) -> Iterator[str]:
    """The stand-ins' process; its address once it answers."""
    port = free_port(set())
    url = f"http://127.0.0.1:{port}"
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.faults.killpoints.outside", str(port)],
        env={**os.environ, **env, "STANDIN_URL": url, "LOG_LEVEL": "WARNING"},
    )
    try:
        with httpx.Client(base_url=url, trust_env=False) as client:
            _until_answered(client, process)
        yield url
    finally:
        process.kill()
        process.wait()


def _until_answered(client: httpx.Client, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < deadline:
        with suppress(httpx.TransportError):
            client.get("/caught/nobody")
            return
        with suppress(subprocess.TimeoutExpired):
            process.wait(0.1)
    raise RuntimeError("the stand-ins do not answer")


async def _own_database(env: dict[str, str]) -> dict[str, str]:
    """Make it anew on the same server: the clock must find nobody else's orders."""
    admin = await asyncpg.connect(_named(env["DATABASE_ADMIN_URL"], "ganh"))
    try:
        await admin.execute(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")
        await admin.execute(f"CREATE DATABASE {DATABASE} OWNER ganh_owner")
        # Processes of ours die here, never the server: nothing waits for the disk.
        await admin.execute(f"ALTER DATABASE {DATABASE} SET synchronous_commit = off")
    finally:
        await admin.close()
    names = ("DATABASE_URL", "DATABASE_PUBLIC_URL", "DATABASE_OWNER_URL")
    own = {name: _named(env[name], DATABASE) for name in names}
    await migrate(APPS, owner_url=own["DATABASE_OWNER_URL"], grants=GRANTS)
    return own


def _named(url: str, database: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{database}"))


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
