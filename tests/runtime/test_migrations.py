"""Migrations: in step with the models, safe to run twice at once, and as the models say."""

import asyncio
import secrets
import sys
from pathlib import Path

import asyncpg

from integrations.contracts.viewer import SYSTEM
from integrations.runtime.database import rows, work
from market.tables import APPEND_ONLY
from tests.kit.stack import Stack

ROOT = Path(__file__).resolve().parents[2]

_CHECK = """
import asyncio, sys
from market.tables import APPS, GRANTS
from integrations.runtime.database.migrate import drift, migrate
async def main():
    if sys.argv[1] == "migrate":
        print(await migrate(APPS, owner_url=sys.argv[2], grants=GRANTS))
    else:
        print("\\n".join(await drift(APPS, owner_url=sys.argv[2])))
asyncio.run(main())
"""


async def _in_a_process(verb: str, url: str) -> tuple[int, str]:
    # Tortoise keeps its context per process: a second one beside the stack's needs its own.
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _CHECK, verb, url,
        cwd=ROOT, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    output, _ = await process.communicate()
    return process.returncode or 0, output.decode().strip()


async def test_the_models_ask_for_nothing_that_the_migrations_lack(stack: Stack) -> None:
    assert await _in_a_process("drift", stack.env["DATABASE_OWNER_URL"]) == (0, "")


async def test_two_at_once_apply_each_migration_once(stack: Stack) -> None:
    name = f"twice_{secrets.token_hex(4)}"
    admin = await asyncpg.connect(stack.env["DATABASE_ADMIN_URL"])
    try:
        await admin.execute(f"CREATE DATABASE {name} OWNER ganh_owner")
        url = stack.env["DATABASE_OWNER_URL"].rsplit("/", 1)[0] + f"/{name}"
        ends = await asyncio.gather(*(_in_a_process("migrate", url) for _ in range(2)))
        assert [code for code, _ in ends] == [0, 0], ends
        counts = sorted(int(said) for _, said in ends)
        assert counts[0] == 0 and counts[1] > 0
    finally:
        await admin.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        await admin.close()


async def test_no_foreign_key_cascades(stack: Stack) -> None:
    async with work(SYSTEM):
        found = await rows(
            "SELECT conrelid::regclass::text AS at, conname FROM pg_constraint"
            " WHERE contype = 'f' AND confdeltype NOT IN ('r', 'a')"
        )
    assert found == []


async def test_append_only_tables_refuse_their_owner_too(stack: Stack) -> None:
    owner = await asyncpg.connect(stack.env["DATABASE_OWNER_URL"])
    try:
        for table in APPEND_ONLY:
            triggers = await owner.fetchval(
                "SELECT count(*) FROM pg_trigger WHERE tgrelid = $1::regclass"
                " AND tgname LIKE '%_fixed' OR tgname LIKE '%_kept' AND tgrelid = $1::regclass",
                table,
            )
            assert triggers == 2, table
    finally:
        await owner.close()


async def test_the_working_role_owns_nothing_and_bypasses_nothing(stack: Stack) -> None:
    async with work(SYSTEM):
        role = await rows(
            "SELECT rolsuper, rolbypassrls, rolcreatedb, rolcreaterole FROM pg_roles"
            " WHERE rolname = current_user"
        )
        owned = await rows("SELECT 1 FROM pg_tables WHERE tableowner = current_user")
    assert role == [
        {"rolsuper": False, "rolbypassrls": False, "rolcreatedb": False, "rolcreaterole": False}
    ]
    assert owned == []
