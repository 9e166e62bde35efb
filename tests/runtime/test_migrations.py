"""Migrations: in step with the models, safe to run twice at once, and as the models say."""

import asyncio
import secrets
import sys
from pathlib import Path

import asyncpg
import pytest

from integrations.contracts.viewer import SYSTEM
from integrations.runtime.database import rows, work
from market.tables import APPEND_ONLY
from tests.kit.stack import Stack

ROOT = Path(__file__).resolve().parents[2]

_CHECK = """
import asyncio, sys
import integrations.runtime.database.migrate as own
from market.tables import APPS, GRANTS
from integrations.runtime.database.migrate import drift, migrate
async def main():
    if sys.argv[1] == "by the book":
        from tortoise.migrations.executor import MigrationExecutor
        own._Executor = MigrationExecutor
    if sys.argv[1] != "drift":
        print(await migrate(APPS, owner_url=sys.argv[2], grants=GRANTS))
    else:
        print("\\n".join(await drift(APPS, owner_url=sys.argv[2])))
asyncio.run(main())
"""

# Everything that a database is made of, as PostgreSQL tells it.
_SHAPE = """
SELECT format('column %s.%s %s %s %s', table_name, column_name, udt_name, is_nullable,
              column_default) AS it FROM information_schema.columns WHERE table_schema = 'public'
UNION ALL SELECT format('constraint %s %s %s', conrelid::regclass, conname,
              pg_get_constraintdef(oid)) FROM pg_constraint
  WHERE connamespace = 'public'::regnamespace
UNION ALL SELECT 'index ' || indexdef FROM pg_indexes WHERE schemaname = 'public'
UNION ALL SELECT 'trigger ' || pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal
UNION ALL SELECT format('view %s %s', viewname, definition) FROM pg_views
  WHERE schemaname = 'public'
UNION ALL SELECT format('policy %s %s %s', tablename, policyname, qual) FROM pg_policies
UNION ALL SELECT format('comment %s %s %s', objoid::regclass, objsubid, description)
  FROM pg_description WHERE classoid = 'pg_class'::regclass AND objoid >= 16384
ORDER BY it
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


@pytest.mark.nightly
async def test_the_tables_are_those_of_tortoises_own_way(stack: Stack) -> None:
    """Ours leaves out what Tortoise makes again and again; half a minute against three seconds."""
    admin = await asyncpg.connect(stack.env["DATABASE_ADMIN_URL"])
    shapes = []
    try:
        for verb in ("migrate", "by the book"):
            name = f"shape_{secrets.token_hex(4)}"
            await admin.execute(f"CREATE DATABASE {name} OWNER ganh_owner")
            url = stack.env["DATABASE_OWNER_URL"].rsplit("/", 1)[0] + f"/{name}"
            code, said = await _in_a_process(verb, url)
            assert (code, said.isdecimal()) == (0, True), said
            owner = await asyncpg.connect(url)
            shapes.append([row["it"] for row in await owner.fetch(_SHAPE)])
            await owner.close()
            await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
    finally:
        await admin.close()
    assert shapes[0] == shapes[1] and len(shapes[0]) > 500


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
