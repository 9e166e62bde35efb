"""`ganh up` in small, for the supervisor's tests: real servers, children of a few lines."""

import asyncio
import os
import sys

from integrations.runtime.embedded import ChildSpec, run_all, run_once
from integrations.runtime.settings import Settings

CHILD = [sys.executable, "-m", "tests.embedded.child"]


async def migrate(env: dict[str, str]) -> None:
    """Count the starts in the database."""
    sql = "CREATE TABLE IF NOT EXISTS starts (n int); INSERT INTO starts VALUES (1);"
    await _as_owner(env, sql)


async def first_start(env: dict[str, str]) -> None:
    """Leave a row that exactly one start may make."""
    await _as_owner(env, "CREATE TABLE demo (n int); INSERT INTO demo VALUES (1);")


async def _as_owner(env: dict[str, str], sql: str) -> None:
    code = (
        "import asyncio, asyncpg, os, sys\n"
        "async def main():\n"
        "    link = await asyncpg.connect(os.environ['DATABASE_OWNER_URL'])\n"
        "    await link.execute(sys.argv[1])\n"
        "    await link.close()\n"
        "asyncio.run(main())\n"
    )
    await run_once([sys.executable, "-c", code, sql], env, name="migrate")


def banner(env: dict[str, str]) -> None:
    """Tell the test that everything is up."""
    sys.stdout.write(f"READY {os.getpid()}\n")
    sys.stdout.flush()


def main() -> int:
    """Run until stopped; `crash`: the API dies at once, every time; `slow`: it ends slowly."""
    settings = Settings(_env_file=None)
    url = f"http://127.0.0.1:{settings.port}/"
    api = [*CHILD, "slow"] if "slow" in sys.argv else CHILD
    if "crash" in sys.argv:
        api = [sys.executable, "-c", "print('no such table'); raise SystemExit(7)"]
    children = [
        ChildSpec("api", api, 5, url, early=True),
        ChildSpec("standins", [*CHILD, "standins"], 5),
    ]
    return asyncio.run(
        run_all(
            settings, children=children, migrate=migrate, first_start=first_start, banner=banner
        )
    )


if __name__ == "__main__":
    raise SystemExit(main())
