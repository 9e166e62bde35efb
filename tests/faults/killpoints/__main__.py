"""`python -m tests.faults.killpoints PLAN REPORT`: the process that is preloaded and forks."""

import asyncio
import json
import os
import resource
import sys
import time
from dataclasses import asdict
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from integrations.runtime.database.migrate import migrate
from integrations.runtime.logging import configure
from market.reference import load_reference_data
from market.tables import APPS, GRANTS
from tests.faults.killpoints.campaign import campaign, table
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
    os.environ.update({"LOG_LEVEL": "WARNING"})
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
    verdicts = campaign(
        world, flows, seeds=wanted["seeds"], jobs=wanted["jobs"], thorough=wanted["thorough"]
    )
    report.write_text(json.dumps([asdict(one) for one in verdicts], ensure_ascii=False))
    say(table(verdicts))
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    say(
        f"seeds {wanted['seeds']}; {loaded - began:.0f} s to begin,"
        f" {time.monotonic() - loaded:.0f} s for the runs"
        f" ({used.ru_utime + used.ru_stime:.0f} s of a processor)"
    )
    for fault in [fault for one in verdicts for fault in one.faults][:10]:
        say(fault)
    return int(any(one.faults for one in verdicts))


async def _own_database(env: dict[str, str]) -> dict[str, str]:
    """Make it anew on the same server: the clock must find nobody else's orders."""
    admin = await asyncpg.connect(_named(env["DATABASE_ADMIN_URL"], "ganh"))
    try:
        await admin.execute(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")
        await admin.execute(f"CREATE DATABASE {DATABASE} OWNER ganh_owner")
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
