"""Producers with where they stand, and the funnel over the same rows."""

import re
from datetime import date
from typing import Any, Final
from uuid import UUID

from integrations.contracts.text import fold
from integrations.contracts.viewer import Viewer
from integrations.runtime.clock import local_day_bounds
from integrations.runtime.database import rows
from integrations.runtime.i18n import Language
from market.programme.schemas import FigureQuery, ProducerQuery
from sellers.producers.queries import IN_SCOPE, scope_of

PAGE: Final = 50
_TZ: Final = "AT TIME ZONE 'Asia/Ho_Chi_Minh'"
_QUERY_WORDS_MAX: Final = 8

# An entry that stands, given not later than the first sale: what came after cannot have led there.
_SUPPORTED: Final = f"""EXISTS (SELECT 1 FROM support_event e WHERE e.producer_id = p.id
  AND e.cancels_id IS NULL
  AND NOT EXISTS (SELECT 1 FROM support_event x WHERE x.cancels_id = e.id)
  AND (g.sold_at IS NULL OR e.given_on <= (g.sold_at {_TZ})::date))"""  # noqa: S608 - no value of a request stands in it
_STAGE: Final = """CASE WHEN g.sold_again_at IS NOT NULL THEN 'sold_again'
  WHEN g.sold_at IS NOT NULL THEN 'sold' WHEN g.listed_at IS NOT NULL THEN 'listed'
  WHEN g.identified_at IS NOT NULL THEN 'identified' ELSE 'signed_up' END"""
_SILENT: Final = f"((now() {_TZ})::date - (g.last_sold_at {_TZ})::date)"
_FROM: Final = (
    " FROM producer p JOIN commune c ON c.code = p.commune_id"
    " LEFT JOIN producer_progress g ON g.producer_id = p.id"
)
# $1, $2 the scope; the rest in the order of `params`. A number counts these rows, the list that
# it opens shows them.
WHERE: Final = f""" WHERE {IN_SCOPE}
  AND ($3::text IS NULL OR p.commune_id = $3) AND ($4::text IS NULL OR p.kind = $4)
  AND ($5::timestamptz IS NULL OR p.created_at >= $5)
  AND ($6::timestamptz IS NULL OR p.created_at < $6)
  AND (' ' || p.search_text || ' ' || lower(p.code) LIKE ALL ($7::text[]) OR p.phone LIKE $8)
  AND CASE $9::text WHEN 'identified' THEN g.identified_at IS NOT NULL
    WHEN 'listed' THEN g.listed_at IS NOT NULL WHEN 'sold' THEN g.sold_at IS NOT NULL
    WHEN 'sold_again' THEN g.sold_again_at IS NOT NULL ELSE true END
  AND ($10::text IS NULL OR {_STAGE} = $10)
  AND ($11::int IS NULL OR {_SILENT} >= $11)
  AND ($12::boolean IS NULL OR {_SUPPORTED} = $12)"""


def params(viewer: Viewer, asked: FigureQuery) -> list[Any]:
    """The parameters of `WHERE` for a question; what it does not ask is open."""
    more = asked if isinstance(asked, ProducerQuery) else ProducerQuery()
    words = fold(more.q or "").split()[:_QUERY_WORDS_MAX]
    digits = re.sub(r"\D", "", more.q or "").removeprefix("84").lstrip("0")
    return [
        *scope_of(viewer),
        asked.commune,
        asked.kind,
        local_day_bounds(asked.since)[0] if asked.since else None,
        local_day_bounds(asked.until)[1] if asked.until and asked.until < date.max else None,
        [f"% {word}%" for word in words],
        # At least a whole number without its first digit, so that "12" finds no phone.
        f"+84%{digits}" if len(digits) >= 6 else "",
        more.step,
        more.stage,
        more.silent_days,
        None if more.supported is None else more.supported == "yes",
    ]


_COLUMNS: Final = f"""p.id, p.code, p.name, p.kind, p.commune_id AS commune_code,
  c.full_name AS commune_name, p.phone, p.created_at AS signed_up_at, g.identified_at, g.listed_at,
  g.sold_at, g.second_at, g.sold_again_at, g.last_sold_at, coalesce(g.sales, 0) AS sales,
  g.days_to_sale, {_STAGE} AS stage, {_SILENT} AS silent_days,
  CASE WHEN g.sold_again_at IS NOT NULL THEN g.sold_again_at ELSE
    coalesce(g.sold_at, g.listed_at, g.identified_at, p.created_at) END AS stage_since"""
_SUPPORT: Final = """ LEFT JOIN LATERAL (
    SELECT count(*) AS n, max(e.given_on) AS given_on,
      (array_agg(CASE WHEN {language} = 'vi' THEN k.name_vi ELSE k.name_en END
                 ORDER BY e.given_on DESC, e.id DESC))[1] AS kind
    FROM support_event e JOIN support_kind k ON k.code = e.kind_id
    WHERE e.producer_id = q.id AND e.cancels_id IS NULL
      AND NOT EXISTS (SELECT 1 FROM support_event x WHERE x.cancels_id = e.id)) s ON true"""
# The page is cut first, support is looked up for its rows only.
LIST: Final = f"""
SELECT q.*, s.n AS support_count, s.given_on AS support_on, s.kind AS support_kind,
  (SELECT count(*){_FROM}{WHERE}) AS total
FROM (SELECT {_COLUMNS}{_FROM}{WHERE}
  AND ($13::uuid IS NULL OR (p.created_at, p.id) <
       (SELECT b.created_at, b.id FROM producer b WHERE b.id = $13))
  ORDER BY p.created_at DESC, p.id DESC LIMIT $14) q{_SUPPORT.format(language="$15::text")}
ORDER BY q.signed_up_at DESC, q.id DESC
"""  # noqa: S608 - no value of a request stands in it
_ONE: Final = f"""
SELECT q.*, s.n AS support_count, s.given_on AS support_on, s.kind AS support_kind
FROM (SELECT {_COLUMNS}{_FROM} WHERE {IN_SCOPE} AND p.id = $3) q
{_SUPPORT.format(language="$4::text")}
"""  # noqa: S608 - the same


def _row(found: dict[str, Any]) -> dict[str, Any]:
    on, kind = found.pop("support_on"), found.pop("support_kind")
    found.pop("total", None)
    found["support_last"] = {"kind": kind, "given_on": on} if on else None
    return found


async def producers(
    viewer: Viewer, asked: ProducerQuery, language: Language, *, limit: int = PAGE
) -> tuple[list[dict[str, Any]], int, UUID | None]:
    """A page of producers, the newest sign-up first; how many in all; the cursor of the rest."""
    found = await rows(LIST, [*params(viewer, asked), asked.after, limit + 1, str(language)])
    if not found and asked.after is None:
        return [], 0, None
    total = int(found[0]["total"]) if found else 0
    shown = [_row(row) for row in found[:limit]]
    return shown, total, shown[-1]["id"] if len(found) > limit else None


async def producer(viewer: Viewer, producer_id: UUID, language: Language) -> dict[str, Any] | None:
    """One producer, None outside of the viewer's scope."""
    found = await rows(_ONE, [*scope_of(viewer), producer_id, str(language)])
    return _row(found[0]) if found else None


_COUNTS: Final = """count(*) AS signed_up, count(q.identified_at) AS identified,
  count(q.listed_at) AS listed, count(q.sold_at) AS sold, count(q.sold_again_at) AS sold_again,
  percentile_disc(0.5) WITHIN GROUP (ORDER BY q.days_to_sale) AS median_days"""
# One pass: everybody, each commune, with and without support.
FUNNEL: Final = f"""
SELECT grouping(q.commune_id) = 0 AS is_commune, grouping(q.supported) = 0 AS is_support,
  q.commune_id AS commune_code, q.full_name AS commune_name, q.supported, {_COUNTS}
FROM (SELECT p.commune_id, c.full_name, {_SUPPORTED} AS supported, g.identified_at, g.listed_at,
        g.sold_at, g.sold_again_at, g.days_to_sale{_FROM}{WHERE}) q
GROUP BY GROUPING SETS ((), (q.commune_id, q.full_name), (q.supported))
ORDER BY count(q.sold_at) DESC, count(*) DESC, q.full_name
"""  # noqa: S608 - the same


async def funnel(viewer: Viewer, asked: FigureQuery) -> list[dict[str, Any]]:
    """Counts and median days: of all, of each commune, of those with and without support."""
    return await rows(FUNNEL, params(viewer, asked))
