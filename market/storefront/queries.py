"""What the public sees, each page by one statement as the role that sees nothing else."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

import orjson

from integrations.runtime.database import public_rows

_COLUMNS: Final = (
    "id, code, slug, name, variant_id, price_vnd, unit, available, live_at, producer_code,"
    " producer_name, producer_kind, commune_name, province_name, content_amount, content_measure,"
    " name_en, season, min_quantity, axes"
)
_KINDS: Final = "CASE WHEN {of}.axes <> '[]'::jsonb THEN listing_variants({of}.id) END AS variants"
# Pictures and kinds are read for the rows that are shown, after the limit. Values stand as
# parameters, never in a sub-select: at 100,000 goods that would cost ten times as much.
_LIST: Final = (
    f"SELECT n.*, listing_pictures(n.id) -> 0 AS picture, {_KINDS.format(of='n')}"  # noqa: S608
    f" FROM (SELECT {_COLUMNS}"
    " FROM public_listing WHERE {where} ORDER BY live_at DESC, id DESC LIMIT {limit}) n"
    " ORDER BY n.live_at DESC, n.id DESC"
)
_FOUND: Final = "to_tsvector('simple', search_text) @@ to_tsquery('simple', $2)"
_AFTER: Final = "(live_at, id) < ({at}, {id})"

NEWEST: Final = _LIST.format(where="true", limit="$1")
NEWEST_AFTER: Final = _LIST.format(where=_AFTER.format(at="$2", id="$3"), limit="$1")
SEARCH: Final = _LIST.format(where=_FOUND, limit="$1")
SEARCH_AFTER: Final = _LIST.format(
    where=f"{_FOUND} AND {_AFTER.format(at='$3', id='$4')}", limit="$1"
)

_OTHERS: Final = (
    "coalesce((SELECT jsonb_agg(to_jsonb(o) || jsonb_build_object('picture',"  # noqa: S608
    " listing_pictures(o.id) -> 0, 'variants', CASE WHEN o.axes <> '[]'::jsonb"
    " THEN listing_variants(o.id) END) ORDER BY o.live_at DESC, o.id DESC) FROM"
    f" (SELECT {_COLUMNS} FROM public_listing b WHERE b.producer_id = {{owner}}{{but}}"
    " ORDER BY b.live_at DESC, b.id DESC LIMIT {limit}) o), '[]'::jsonb)"
)
PRODUCT: Final = (
    f"SELECT {_COLUMNS}, description, updated_at, takes_transfer, weight_g,"  # noqa: S608
    " shelf_life_days, storage, allergens, age_min, reach, preorder, description_en, gtin,"
    f" listing_pictures(id) AS pictures, {_KINDS.format(of='l')}, "
    + _OTHERS.format(owner="l.producer_id", but=" AND b.id <> l.id", limit="$2")
    + " AS others FROM public_listing l WHERE code = $1"
)
PRODUCER: Final = (
    "SELECT p.code, p.name, p.kind, p.about, p.commune_name, p.province_name, p.created_at, "  # noqa: S608
    + _OTHERS.format(owner="p.id", but="{after}", limit="$2")
    + " AS goods FROM public_producer p WHERE p.code = $1"
)
_MAP: Final = (
    "SELECT code, slug, updated_at FROM public_listing ORDER BY live_at DESC, id DESC LIMIT $1"
)

Place = tuple[datetime, UUID]


async def goods(words: str | None, after: Place | None, limit: int) -> list[dict[str, Any]]:
    """Live goods, newest first; all, or those with every word (a tsquery)."""
    if words is None:
        sql, params = (NEWEST, []) if after is None else (NEWEST_AFTER, list(after))
        return _opened(await public_rows(sql, [limit, *params]))
    sql, params = (SEARCH, []) if after is None else (SEARCH_AFTER, list(after))
    return _opened(await public_rows(sql, [limit, words, *params]))


async def product(code: str, others: int) -> dict[str, Any] | None:
    """One live listing with its pictures and a few others of the same producer."""
    found = _opened(await public_rows(PRODUCT, [code, others]))
    return found[0] if found else None


async def producer(code: str, after: Place | None, limit: int) -> dict[str, Any] | None:
    """One producer with a page of their goods."""
    but = "" if after is None else " AND (b.live_at, b.id) < ($3, $4)"
    found = _opened(await public_rows(PRODUCER.format(after=but), [code, limit, *(after or ())]))
    return found[0] if found else None


async def addresses(limit: int) -> list[dict[str, Any]]:
    """Code, slug and last change of every live listing, newest first."""
    return await public_rows(_MAP, [limit])


def _opened(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """JSON columns arrive as text."""
    for row in found:
        for name in ("picture", "pictures", "others", "goods", "axes", "variants"):
            if isinstance(row.get(name), str):
                row[name] = orjson.loads(row[name])
    return found
