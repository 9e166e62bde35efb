"""Reads of imports and their lines, each as a viewer."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import orjson

from integrations.contracts.text import fold
from integrations.contracts.viewer import Role, Viewer
from integrations.runtime.database import rows
from market.catalog.queries import FACT_COLUMNS, facts_of
from market.catalog.rules import Facts
from market.sheets.schemas import LineState, SheetState

VISIBLE: Final = "($1::boolean OR s.producer_id = $2::uuid)"
PAGE_MAX: Final = 100


def visible_to(viewer: Viewer) -> list[Any]:
    """The first two parameters of every statement with `VISIBLE`."""
    return [viewer.role is Role.SYSTEM, viewer.producer_id]


@dataclass(frozen=True, slots=True)
class SheetSeen:
    """An import with its counts. `minutes_left` is None before the first line is done."""

    id: UUID
    producer_id: UUID
    person_id: UUID | None
    state: SheetState
    problem_code: str
    file_name: str
    file_key: str
    kind: str
    sheet_name: str
    head_line: int | None
    columns: list[dict[str, Any]]
    left_out: list[list[Any]]
    created_at: datetime
    total: int
    good: int
    bad: int
    done: int
    new: int
    changed: int
    same: int
    minutes_left: int | None

    @property
    def waiting(self) -> int:
        """How many good lines are to be imported, or were."""
        return self.good + self.done


@dataclass(frozen=True, slots=True)
class LineSeen:
    """One line of goods as it was understood; `line` from 0."""

    id: UUID
    line: int
    state: LineState
    client_id: str
    sku: str
    typed: dict[str, str]
    note: str
    seen: list[dict[str, Any]]
    bad: list[dict[str, Any]]
    will: str
    did: str
    listing_id: UUID | None


@dataclass(frozen=True, slots=True)
class Known:
    """Goods that a producer has already, as far as a price list can change them."""

    id: UUID
    client_id: str
    sku: str
    name: str
    description: str
    unit: str
    price_vnd: int | None
    available: int
    facts: Facts


_SHEETS: Final = (
    "SELECT s.id, s.producer_id, s.person_id, s.state, s.problem_code, s.file_name, s.file_key,"
    " s.kind, s.sheet_name, s.head_line, s.columns, s.left_out, s.created_at, c.total, c.good,"
    " c.bad, c.done, c.new, c.changed, c.same, CASE WHEN s.state = 'importing' AND c.done > 0"
    " THEN ceil(extract(epoch FROM now() - s.confirmed_at) / c.done * c.good / 60)::int END"
    " AS minutes_left FROM sheet_import s, LATERAL (SELECT count(*) AS total,"
    " count(*) FILTER (WHERE l.state = 'good') AS good,"
    " count(*) FILTER (WHERE l.state IN ('bad', 'failed')) AS bad,"
    " count(*) FILTER (WHERE l.state = 'done') AS done,"
    " count(*) FILTER (WHERE coalesce(nullif(l.did, ''), l.will) = 'new') AS new,"
    " count(*) FILTER (WHERE coalesce(nullif(l.did, ''), l.will) = 'changed') AS changed,"
    " count(*) FILTER (WHERE coalesce(nullif(l.did, ''), l.will) = 'same') AS same"
    " FROM sheet_line l WHERE l.sheet_id = s.id) c"
)
_LINES: Final = (
    "SELECT l.id, l.line, l.state, l.client_id, l.sku, l.typed, l.note, l.seen, l.bad, l.will,"
    " l.did, l.listing_id FROM sheet_line l JOIN sheet_import s ON s.id = l.sheet_id"
)


def loaded(raw: Any) -> Any:
    """JSON of PostgreSQL as Python, whichever way the driver gives it."""
    return orjson.loads(raw) if isinstance(raw, str | bytes) else raw


def _sheet(row: Mapping[str, Any]) -> SheetSeen:
    shaped = {"state": SheetState(row["state"])}
    shaped |= {name: loaded(row[name]) for name in ("columns", "left_out")}
    return SheetSeen(**{**row, **shaped})


def _line(row: Mapping[str, Any]) -> LineSeen:
    shaped = {name: loaded(row[name]) for name in ("typed", "seen", "bad")}
    return LineSeen(**{**row, **shaped, "state": LineState(row["state"])})


async def one(viewer: Viewer, sheet_id: UUID) -> SheetSeen | None:
    """One import, None when this viewer has no such import."""
    found = await rows(f"{_SHEETS} WHERE {VISIBLE} AND s.id = $3", [*visible_to(viewer), sheet_id])
    return _sheet(found[0]) if found else None


async def latest(viewer: Viewer, limit: int = 10) -> list[SheetSeen]:
    """The viewer's imports, newest first."""
    found = await rows(
        f"{_SHEETS} WHERE {VISIBLE} ORDER BY s.id DESC LIMIT $3", [*visible_to(viewer), limit]
    )
    return [_sheet(row) for row in found]


async def by_form(producer_id: UUID, form_id: str) -> UUID | None:
    """The import that this form already made."""
    found = await rows(
        "SELECT id FROM sheet_import WHERE producer_id = $1 AND form_id = $2",
        [producer_id, form_id],
    )
    return found[0]["id"] if found else None


async def lines(
    viewer: Viewer, sheet_id: UUID, *, bad: bool | None = None, after: int = -1, limit: int = 25
) -> tuple[list[LineSeen], int | None]:
    """Lines in order, bad ones, others or all; and the line after which the rest begins."""
    limit = max(1, min(limit, PAGE_MAX))
    found = await rows(
        f"{_LINES} WHERE {VISIBLE} AND s.id = $3 AND l.line > $4"
        " AND ($5::boolean IS NULL OR (l.state IN ('bad', 'failed')) = $5)"
        " ORDER BY l.line LIMIT $6",
        [*visible_to(viewer), sheet_id, after, bad, limit + 1],
    )
    seen = [_line(row) for row in found[:limit]]
    return seen, seen[-1].line if len(found) > limit else None


async def bad_lines(viewer: Viewer, sheet_id: UUID) -> list[LineSeen]:
    """Every line with something to mend, in order."""
    found = await rows(
        f"{_LINES} WHERE {VISIBLE} AND s.id = $3 AND l.state IN ('bad', 'failed') ORDER BY l.line",
        [*visible_to(viewer), sheet_id],
    )
    return [_line(row) for row in found]


async def heads_of(producer_id: UUID) -> dict[str, str]:
    """What the producer said of heads earlier: folded head to field."""
    found = await rows("SELECT head, field FROM sheet_head WHERE producer_id = $1", [producer_id])
    return {row["head"]: row["field"] for row in found}


async def next_good(sheet_id: UUID, limit: int) -> list[LineSeen]:
    """Lines that wait for their import, in order."""
    found = await rows(
        f"{_LINES} WHERE s.id = $1 AND l.state = 'good' ORDER BY l.line LIMIT $2",
        [sheet_id, limit],
    )
    return [_line(row) for row in found]


_KNOWN: Final = (
    *("id", "client_id", "sku", "name", "description", "unit", "price_vnd", "available"),
)


async def known_goods(producer_id: UUID) -> list[Known]:
    """All goods of a producer that were not put away, oldest first."""
    found = await rows(
        "SELECT l.id, l.client_id, l.name, l.description, v.sku, v.unit, v.price_vnd, v.available,"  # noqa: S608
        f" {FACT_COLUMNS} FROM listing l JOIN variant v ON v.listing_id = l.id"
        " WHERE l.producer_id = $1 AND l.state <> 'archived' ORDER BY l.id",
        [producer_id],
    )
    return [Known(**{name: row[name] for name in _KNOWN}, facts=facts_of(row)) for row in found]


class Shelf:
    """A producer's goods, found by code, by the key of an earlier list, by name."""

    def __init__(self, known: list[Known]) -> None:
        self._by_key: dict[str, Known] = {}
        for one in reversed(known):
            self._by_key[f"name:{fold(one.name)}"] = one
        for one in known:
            self._by_key[f"sku:{fold(one.sku)}"] = one
            self._by_key[one.client_id] = one

    def find(self, *, client_id: str, sku: str, name: str) -> Known | None:
        """The goods that a line means, None for new ones."""
        if sku and (found := self._by_key.get(f"sku:{fold(sku)}")):
            return found
        if found := self._by_key.get(client_id):
            return found
        return None if sku else self._by_key.get(f"name:{fold(name)}")
