"""Paid orders as a list and by month, and support that was given, each with its totals."""

from typing import Any, Final
from uuid import UUID

from integrations.contracts.viewer import Viewer
from integrations.runtime.database import rows
from integrations.runtime.i18n import Language
from market.programme.queries.producers import PAGE
from market.programme.schemas import FigureQuery, SaleQuery, SupportQuery
from sellers.producers.queries import IN_SCOPE, scope_of

_ASKED: Final = "($3::text IS NULL OR p.commune_id = $3) AND ($4::text IS NULL OR p.kind = $4)"
_FROM: Final = (
    " FROM producer_sale s JOIN producer p ON p.id = s.producer_id"
    " JOIN commune c ON c.code = p.commune_id"
)
_WHERE: Final = f""" WHERE {IN_SCOPE} AND {_ASKED}
  AND ($5::date IS NULL OR s.paid_on >= $5) AND ($6::date IS NULL OR s.paid_on <= $6)
  AND ($7::boolean IS NULL OR s.is_cashless = $7) AND ($8::boolean IS NULL OR s.by_stranger = $8)
  AND ($9::uuid IS NULL OR s.producer_id = $9)"""


def params(viewer: Viewer, asked: FigureQuery) -> list[Any]:
    more = asked if isinstance(asked, SaleQuery) else SaleQuery()
    return [
        *scope_of(viewer),
        asked.commune,
        asked.kind,
        asked.since,
        asked.until,
        None if more.cashless is None else more.cashless == "yes",
        None if more.stranger is None else more.stranger == "yes",
        more.producer,
    ]


MONTHS: Final = f"""
SELECT date_trunc('month', s.paid_on)::date AS month, count(*) AS orders,
  coalesce(sum(s.amount_vnd), 0)::bigint AS revenue_vnd,
  count(*) FILTER (WHERE s.is_cashless) AS cashless,
  count(*) FILTER (WHERE s.by_stranger) AS strangers{_FROM}{_WHERE}
GROUP BY GROUPING SETS ((), (date_trunc('month', s.paid_on)::date))
ORDER BY month DESC NULLS FIRST
"""


async def months(viewer: Viewer, asked: FigureQuery) -> list[dict[str, Any]]:
    """Paid orders of the whole time first (month None), then month by month, the latest first."""
    return await rows(MONTHS, params(viewer, asked))


SALES: Final = f"""
WITH t AS MATERIALIZED (
  SELECT count(*) AS n, coalesce(sum(s.amount_vnd), 0)::bigint AS vnd{_FROM}{_WHERE})
SELECT q.*, op.letter, t.n AS total, t.vnd AS total_vnd,
  (SELECT o.number FROM orders o WHERE o.id = op.order_id) AS number
FROM (SELECT s.id, s.producer_id, p.name AS producer_name, c.full_name AS commune_name,
        s.amount_vnd, s.method, s.source, s.is_cashless, s.by_stranger, s.paid_at{_FROM}{_WHERE}
      AND ($10::uuid IS NULL OR (s.paid_at, s.id) <
           (SELECT b.paid_at, b.id FROM producer_sale b WHERE b.id = $10))
      ORDER BY s.paid_at DESC, s.id DESC LIMIT $11) q
JOIN order_part op ON op.id = q.id
CROSS JOIN t
ORDER BY q.paid_at DESC, q.id DESC
"""  # noqa: S608 - the same


async def sales(
    viewer: Viewer, asked: SaleQuery, *, limit: int = PAGE
) -> tuple[list[dict[str, Any]], int, int, UUID | None]:
    """A page of paid orders, the latest money first; their number and sum; the next cursor."""
    found = await rows(SALES, [*params(viewer, asked), asked.after, limit + 1])
    return _cut(found, limit)


def _cut(
    found: list[dict[str, Any]], limit: int
) -> tuple[list[dict[str, Any]], int, int, UUID | None]:
    totals = [(row.pop("total"), row.pop("total_vnd")) for row in found]
    total, total_vnd = totals[0] if totals else (0, 0)
    shown = found[:limit]
    return shown, int(total), int(total_vnd), shown[-1]["id"] if len(found) > limit else None


_GIVEN_FROM: Final = (
    " FROM support_event e JOIN producer p ON p.id = e.producer_id"
    " JOIN commune c ON c.code = p.commune_id"
)
_GIVEN_WHERE: Final = f""" WHERE {IN_SCOPE} AND {_ASKED} AND e.cancels_id IS NULL
  AND NOT EXISTS (SELECT 1 FROM support_event x WHERE x.cancels_id = e.id)
  AND ($5::date IS NULL OR e.given_on >= $5) AND ($6::date IS NULL OR e.given_on <= $6)
  AND ($7::text IS NULL OR e.kind_id = $7) AND ($8::uuid IS NULL OR e.producer_id = $8)"""  # noqa: S608 - no value of a request stands in it
_GIVEN: Final = f"""
WITH t AS MATERIALIZED (
  SELECT count(*) AS n, coalesce(sum(e.cost_vnd), 0)::bigint AS vnd{_GIVEN_FROM}{_GIVEN_WHERE})
SELECT q.*, g.listed_at, g.sold_at, t.n AS total, t.vnd AS total_vnd,
  CASE WHEN $11::text = 'vi' THEN k.name_vi ELSE k.name_en END AS kind_name
FROM (SELECT e.id, e.given_on, e.kind_id AS kind, e.producer_id, p.name AS producer_name,
        c.full_name AS commune_name, e.programme, e.giver, e.cost_vnd, e.note
      {_GIVEN_FROM}{_GIVEN_WHERE}
      AND ($9::uuid IS NULL OR (e.given_on, e.id) <
           (SELECT b.given_on, b.id FROM support_event b WHERE b.id = $9))
      ORDER BY e.given_on DESC, e.id DESC LIMIT $10) q
JOIN support_kind k ON k.code = q.kind
LEFT JOIN producer_progress g ON g.producer_id = q.producer_id
CROSS JOIN t
ORDER BY q.given_on DESC, q.id DESC
"""  # noqa: S608 - the same


async def support(
    viewer: Viewer, asked: SupportQuery, language: Language, *, limit: int = PAGE
) -> tuple[list[dict[str, Any]], int, int, UUID | None]:
    """A page of support that stands, the latest day first; number and cost; the next cursor."""
    values = [
        *scope_of(viewer), asked.commune, asked.kind, asked.since, asked.until, asked.support,
        asked.producer, asked.after, limit + 1, str(language),
    ]  # fmt: skip
    return _cut(await rows(_GIVEN, values), limit)
