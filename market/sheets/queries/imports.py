"""Reads of imports and their lines, each as a viewer."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import orjson

from integrations.contracts.viewer import Role, Viewer
from integrations.runtime.database import rows
from market.listing.schemas import read
from market.sheets.rules.memory import PRICE, STOCK, Asked, Here
from market.sheets.rules.problems import KEPT_DAYS
from market.sheets.schemas import LineState, SheetState

VISIBLE: Final = "($1::boolean OR s.producer_id = $2::uuid)"
PAGE_MAX: Final = 100


def visible_to(viewer: Viewer) -> list[Any]:
    """The first two parameters of every statement with `VISIBLE`."""
    return [viewer.role is Role.SYSTEM, viewer.producer_id]


@dataclass(frozen=True, slots=True)
class SheetSeen:
    """An import with its counts.

    `minutes_left` goes by the pace of the last lines, then of the last photos; None before two
    are done, and while lines are added and photos wait.
    """

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
    is_list: bool
    created_at: datetime
    ended_at: datetime | None
    total: int
    good: int
    bad: int
    done: int
    pictures_key: str
    pictures: int
    pictures_known: int
    pictures_done: int
    pictures_waiting: int
    new: int
    changed: int
    same: int
    asked: int
    minutes_left: int | None

    @property
    def waiting(self) -> int:
        """How many good lines are to be imported, or were."""
        return self.good + self.done

    @property
    def adds_photos(self) -> bool:
        """True when every row is worked and photos are next."""
        return not self.good and self.pictures_known > 0

    @property
    def steps(self) -> tuple[int, int]:
        """How far it is, of how many: rows, or photos when these are next."""
        if self.adds_photos:
            return self.pictures_known - self.pictures_waiting, self.pictures_known
        return self.done, self.waiting

    @property
    def kept_until(self) -> datetime | None:
        """When the file goes; None while it is needed, and when it is gone."""
        if self.ended_at is None or not self.file_key:
            return None
        return self.ended_at + timedelta(days=KEPT_DAYS)


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
    mark: str
    left_here: int | None
    sold_here: int | None
    price_here_vnd: int | None
    counts_from: int | None
    asks: str
    answer: str

    @property
    def asked(self) -> Asked | None:
        """What the preview held this line against; None for goods that were not there."""
        if self.left_here is None:
            return None
        here = Here(self.left_here, self.sold_here or 0, self.price_here_vnd)
        return Asked(here, tuple(self.asks.split()), self.answer)

    @property
    def questions(self) -> list[dict[str, Any]]:
        """What it asks: `what`, `in_list`, `here`, `sold`; amounts in đồng or units."""
        said, _ = read(self.typed)
        found = {
            STOCK: (said.stock, self.left_here),
            PRICE: (said.price_vnd, self.price_here_vnd),
        }
        return [
            {"what": one, "in_list": in_list, "here": here, "sold": self.sold_here or 0}
            for one, (in_list, here) in found.items()
            if one in self.asks.split()
        ]

    @property
    def left_after(self) -> int | None:
        """What will be left, None where the line changes no stock of goods that are there."""
        stock = read({"stock": self.typed.get("stock")})[0].stock
        if stock is None or self.counts_from is None or self.left_here is None:
            return None
        after = max(0, self.left_here + stock - self.counts_from)
        return None if after == self.left_here else after


_SHEETS: Final = (
    "SELECT s.id, s.producer_id, s.person_id, s.state, s.problem_code, s.file_name, s.file_key,"
    " s.kind, s.sheet_name, s.head_line, s.columns, s.left_out, s.is_list, s.created_at,"
    " s.ended_at, s.pictures_key, p.pictures, p.pictures_known, p.pictures_done,"
    " p.pictures_waiting, c.total, c.good, c.bad, c.done, c.new, c.changed, c.same, c.asked,"
    " CASE WHEN s.state = 'importing' AND c.good > 0 AND p.pictures_waiting = 0 THEN"
    " (SELECT ceil(extract(epoch FROM max(r.done_at) - min(r.done_at))"
    " / nullif(count(*) - 1, 0) * c.good / 60)::int FROM (SELECT o.done_at FROM sheet_line o"
    " WHERE o.sheet_id = s.id AND o.done_at IS NOT NULL ORDER BY o.done_at DESC LIMIT 100) r)"
    " WHEN s.state = 'importing' AND c.good = 0 THEN"
    " (SELECT ceil(extract(epoch FROM max(r.done_at) - min(r.done_at))"
    " / nullif(count(*) - 1, 0) * p.pictures_waiting / 60)::int FROM (SELECT o.done_at"
    " FROM sheet_picture o WHERE o.sheet_id = s.id AND o.done_at IS NOT NULL"
    " ORDER BY o.done_at DESC LIMIT 20) r) END AS minutes_left"
    " FROM sheet_import s, LATERAL (SELECT count(*) AS total,"
    " count(*) FILTER (WHERE l.state = 'good') AS good,"
    " count(*) FILTER (WHERE l.state IN ('bad', 'failed')) AS bad,"
    " count(*) FILTER (WHERE l.state = 'done') AS done,"
    " count(*) FILTER (WHERE coalesce(nullif(l.did, ''), l.will) = 'new') AS new,"
    " count(*) FILTER (WHERE coalesce(nullif(l.did, ''), l.will) = 'changed') AS changed,"
    " count(*) FILTER (WHERE coalesce(nullif(l.did, ''), l.will) = 'same') AS same,"
    " count(*) FILTER (WHERE l.asks <> '' AND l.state = 'good') AS asked"
    " FROM sheet_line l WHERE l.sheet_id = s.id) c, LATERAL (SELECT count(*) AS pictures,"
    " count(*) FILTER (WHERE q.line IS NOT NULL) AS pictures_known,"
    " count(*) FILTER (WHERE q.state = 'done') AS pictures_done,"
    " count(*) FILTER (WHERE q.state = 'waiting') AS pictures_waiting"
    " FROM sheet_picture q WHERE q.sheet_id = s.id) p"
)
_LINES: Final = (
    "SELECT l.id, l.line, l.state, l.client_id, l.sku, l.typed, l.note, l.seen, l.bad, l.will,"
    " l.did, l.listing_id, l.mark, l.left_here, l.sold_here, l.price_here_vnd, l.counts_from,"
    " l.asks, l.answer FROM sheet_line l JOIN sheet_import s ON s.id = l.sheet_id"
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
    viewer: Viewer,
    sheet_id: UUID,
    *,
    bad: bool | None = None,
    asks: bool = False,
    after: int = -1,
    limit: int = 25,
) -> tuple[list[LineSeen], int | None]:
    """Lines in order, bad ones, others or all, only those that ask or all; and the last line.

    The line is given where there is a rest behind it.
    """
    limit = max(1, min(limit, PAGE_MAX))
    found = await rows(
        f"{_LINES} WHERE {VISIBLE} AND s.id = $3 AND l.line > $4"
        " AND ($5::boolean IS NULL OR (l.state IN ('bad', 'failed')) = $5)"
        " AND (NOT $6::boolean OR l.asks <> '') ORDER BY l.line LIMIT $7",
        [*visible_to(viewer), sheet_id, after, bad, asks, limit + 1],
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


async def with_file(sheet_ids: list[UUID]) -> set[UUID]:
    """Which of these imports still need their files, as the system."""
    found = await rows(
        "SELECT id FROM sheet_import WHERE id = ANY($1::uuid[]) AND file_key <> ''", [sheet_ids]
    )
    return {row["id"] for row in found}


async def is_overruled(producer_id: UUID, heads_sha256: str) -> bool:
    """True when the producer said of a file with these heads that it is a price list."""
    found = await rows(
        "SELECT 1 AS yes FROM sheet_import WHERE producer_id = $1 AND heads_sha256 = $2 LIMIT 1",
        [producer_id, heads_sha256],
    )
    return bool(found)


async def next_good(sheet_id: UUID, limit: int) -> list[LineSeen]:
    """Lines that wait for their import, in order."""
    found = await rows(
        f"{_LINES} WHERE s.id = $1 AND l.state = 'good' ORDER BY l.line LIMIT $2",
        [sheet_id, limit],
    )
    return [_line(row) for row in found]
