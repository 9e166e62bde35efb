"""What a database says of itself: rows and their content, sums of the books, the audit chain."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import asyncpg

# Rows and a sum over every row's text: two tables with the same pair hold the same, in any order.
_CONTENT: Final = (
    "SELECT count(*)::text || ' · ' || to_hex(coalesce(sum(hashtextextended(t::text, 0)::numeric)"
    ' % 9223372036854775807, 0)::bigint) FROM "{table}" t'
)
_TABLES: Final = (
    "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"
    " AND relkind = 'r' ORDER BY relname"
)
_AUDIT: Final = {
    "audit: entries": "SELECT count(*)::text FROM audit",
    "audit: newest hash": "SELECT coalesce((SELECT hash FROM audit ORDER BY seq DESC LIMIT 1), '')",
    "audit: first broken": "SELECT coalesce(audit_first_broken()::text, 'none')",
}


@dataclass(frozen=True, slots=True)
class Plan:
    """What the floors above know: further figures (name -> SQL that answers one text), and the
    columns (table, column) that hold keys of objects; an empty key stands for none."""

    figures: Mapping[str, str]
    references: tuple[tuple[str, str], ...]


async def read_facts(link: asyncpg.Connection, plan: Plan) -> dict[str, str]:
    """Every fact by its name. Run inside of one snapshot when others write."""
    await link.execute("SET LOCAL timezone = 'UTC'; SET LOCAL datestyle = 'ISO'")
    facts = {
        name: str(await link.fetchval(sql)) for name, sql in {**_AUDIT, **plan.figures}.items()
    }
    for row in await link.fetch(_TABLES):
        table = row["relname"]
        facts[f"rows: {table}"] = str(await link.fetchval(_CONTENT.format(table=table)))
    return facts


async def read_references(link: asyncpg.Connection, plan: Plan) -> list[str]:
    """Keys of all objects that rows point at, sorted, each once."""
    found: set[str] = set()
    for table, column in plan.references:
        rows = await link.fetch(
            f"SELECT DISTINCT {column} FROM {table} WHERE {column} <> ''"  # noqa: S608 - ours
        )
        found |= {row[0] for row in rows}
    return sorted(found)


@dataclass(frozen=True, slots=True)
class Difference:
    """One fact in the backup and after the restore."""

    name: str
    before: str
    after: str

    @property
    def equal(self) -> bool:
        """True when both say the same."""
        return self.before == self.after


def compare(before: Mapping[str, str], after: Mapping[str, str]) -> list[Difference]:
    """Every fact of either side, in the order of the backup; a missing one reads "–"."""
    names = [*before, *(name for name in after if name not in before)]
    return [Difference(name, before.get(name, "–"), after.get(name, "–")) for name in names]
