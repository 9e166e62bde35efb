"""Raw statements through Tortoise's connections, and the one helper that says "I was first"."""

from collections.abc import Mapping, Sequence
from typing import Any

from tortoise.connection import get_connection


async def rows(sql: str, params: Sequence[Any] = ()) -> list[dict[str, Any]]:
    """Rows of one statement on the current transaction (or the pool outside of one)."""
    found: list[dict[str, Any]] = await get_connection("default").execute_query_dict(
        sql, list(params)
    )
    return found


async def value(sql: str, params: Sequence[Any] = ()) -> Any:
    """First column of the first row, or None."""
    found = await rows(sql, params)
    return next(iter(found[0].values())) if found else None


async def run(sql: str, params: Sequence[Any] = ()) -> int:
    """A guarded UPDATE or DELETE; how many rows it touched. Not for INSERT (always reports 0)."""
    if sql.lstrip()[:6].upper() == "INSERT":
        raise ValueError("use insert_once: an INSERT through here reports 0 rows")
    touched, _ = await get_connection("default").execute_query(sql, list(params))
    return int(touched)


async def public_rows(sql: str, params: Sequence[Any] = ()) -> list[dict[str, Any]]:
    """Rows of one statement as the role that sees only what is public."""
    found: list[dict[str, Any]] = await get_connection("public").execute_query_dict(
        sql, list(params)
    )
    return found


async def insert_once(table: str, values: Mapping[str, Any]) -> bool:
    """Insert a row unless a unique key already holds it; True when this call was the first.

    `table` and the keys of `values` come from code, never from a request.
    """
    names = list(values)
    columns = ", ".join(f'"{name}"' for name in names)
    marks = ", ".join(f"${i}" for i in range(1, len(names) + 1))
    statement = (
        f'INSERT INTO "{table}" ({columns}) VALUES ({marks})'  # noqa: S608 - names are ours
        " ON CONFLICT DO NOTHING RETURNING 1 AS first"
    )
    return bool(await rows(statement, [values[n] for n in names]))
