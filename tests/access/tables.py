"""What the catalogue of PostgreSQL says about our tables, and rows made by it."""

import json
import re
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg

from integrations.contracts.ids import new_id, short_code
from tests.kit.stack import Stack


@dataclass(frozen=True)
class Table:
    """One table: whether rows are guarded, and by how many policies."""

    name: str
    guarded: bool
    policies: int
    has_producer: bool


_TABLES = """
SELECT c.relname AS name, c.relrowsecurity AS guarded,
       (SELECT count(*) FROM pg_policy p WHERE p.polrelid = c.oid) AS policies,
       EXISTS (SELECT 1 FROM pg_attribute a WHERE a.attrelid = c.oid AND NOT a.attisdropped
               AND a.attname = 'producer_id') AS has_producer
FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
ORDER BY 1
"""
_COLUMNS = """
SELECT a.attname AS name, format_type(a.atttypid, a.atttypmod) AS kind,
       (SELECT f.confrelid::regclass::text FROM pg_constraint f
        WHERE f.conrelid = a.attrelid AND f.contype = 'f' AND f.conkey = ARRAY[a.attnum]) AS of,
       (SELECT pg_get_constraintdef(f.oid) FROM pg_constraint f
        WHERE f.conrelid = a.attrelid AND f.contype = 'f' AND f.conkey = ARRAY[a.attnum]) AS def
FROM pg_attribute a
WHERE a.attrelid = $1::regclass AND a.attnum > 0 AND NOT a.attisdropped
  AND a.attnotnull AND NOT a.atthasdef AND a.attidentity = ''
"""


@dataclass
class Owner:
    """The tables seen by who owns them: no policy applies."""

    connection: asyncpg.Connection

    @classmethod
    async def of(cls, stack: Stack) -> "Owner":
        """Connected with DATABASE_OWNER_URL."""
        return cls(await asyncpg.connect(stack.env["DATABASE_OWNER_URL"]))

    async def tables(self) -> list[Table]:
        """Every table of ours."""
        return [Table(**dict(row)) for row in await self.connection.fetch(_TABLES)]

    async def rows_of(self, table: str, producer_id: UUID) -> list[str]:
        """Rows of one producer, as JSON texts."""
        found = await self.connection.fetch(
            f"SELECT to_jsonb(t)::text AS row FROM {table} t WHERE producer_id = $1 ORDER BY 1",
            producer_id,
        )
        return [row["row"] for row in found]

    async def fill(self, table: str, producer_id: UUID) -> None:
        """A row of this producer, from what the columns ask for; references lead to its own rows
        where there are some. Raises what the table's constraints say when that is not enough."""
        columns = await self.connection.fetch(_COLUMNS, table)
        values: dict[str, Any] = {c["name"]: await self._value(c, producer_id) for c in columns}
        values["producer_id"] = str(producer_id)
        await self.connection.execute(
            f"INSERT INTO {table} ({', '.join(values)}) SELECT {', '.join(values)}"
            f" FROM jsonb_populate_record(NULL::{table}, $1::jsonb)",
            json.dumps(values),
        )

    async def _value(self, column: asyncpg.Record, producer_id: UUID) -> Any:
        if column["of"]:
            return await self._referenced(column, producer_id)
        kind = column["kind"]
        if kind == "uuid":
            return str(new_id())
        if kind.startswith(("character", "text")):
            longest = re.search(r"\((\d+)\)", kind)
            return short_code(min(8, int(longest[1]) if longest else 8))
        if kind.startswith("timestamp"):
            return "2026-11-21T00:00:00Z"
        return {"date": "2026-11-21", "boolean": False, "jsonb": {}, "bytea": "\\x00"}.get(kind, 1)

    async def _referenced(self, column: asyncpg.Record, producer_id: UUID) -> Any:
        key = column["def"].rpartition("(")[2].partition(")")[0]
        of = column["of"]
        found = await self.connection.fetch(f"SELECT to_jsonb(t) AS row FROM {of} t LIMIT 500")
        rows = [json.loads(row["row"]) for row in found]
        mine = [r for r in rows if str(producer_id) in (r.get("producer_id"), r.get("id"))]
        return (mine or rows)[0][key]
