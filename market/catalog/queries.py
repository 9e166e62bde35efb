"""Reads of goods, each as a viewer."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, cast
from uuid import UUID

import orjson

from integrations.contracts.measures import Content
from integrations.contracts.viewer import Role, Viewer
from integrations.runtime.database import rows
from market.catalog.rules import Axis, Facts

# The one door: `$1` sees all, `$2` the own producer, `$3` the area of staff. A statement names its
# tables l (listing) and c (commune of its producer).
VISIBLE: Final = (
    "($1::boolean OR l.producer_id = $2::uuid)"
    " AND ($3::text[] IS NULL OR c.code = ANY($3) OR c.province_id = ANY($3))"
)
SELLER_JOIN: Final = (
    " JOIN producer pr ON pr.id = l.producer_id JOIN commune c ON c.code = pr.commune_id"
)


def visible_to(viewer: Viewer) -> list[Any]:
    """The first three parameters of every statement with `VISIBLE`: what this viewer may see."""
    sees_all = viewer.is_staff or viewer.role is Role.SYSTEM
    return [sees_all, viewer.producer_id, viewer.area]


FACT_COLUMNS: Final = (
    "l.template_code, l.template_chosen, l.own_fields, l.category_code, l.shelf_life_days,"
    " l.storage, l.allergens, l.age_min, v.weight_g, v.length_mm, v.width_mm, v.height_mm,"
    " v.content_amount, v.content_measure, v.gtin, l.min_quantity, l.reach, l.season, l.preorder,"
    " l.name_en, l.description_en"
)

_PLAIN: Final = (
    *("gtin", "min_quantity", "reach", "season", "preorder", "name_en", "description_en"),
)


def facts_of(row: Mapping[str, Any]) -> Facts:
    """From a row with `FACT_COLUMNS`."""
    size = (row["length_mm"], row["width_mm"], row["height_mm"])
    return Facts(
        template_code=row["template_code"],
        template_chosen=row["template_chosen"],
        own_fields=frozenset(row["own_fields"].split()),
        category_code=row["category_code"],
        weight_g=row["weight_g"],
        size_mm=None if size[0] is None else size,
        shelf_life_days=row["shelf_life_days"],
        storage=row["storage"],
        allergens=tuple(row["allergens"].split()),
        age_min=row["age_min"],
        content=content_of(row),
        **{name: row[name] for name in _PLAIN},
    )


def content_of(row: Mapping[str, Any]) -> Content | None:
    """How much is in one, from a row with `content_amount` and `content_measure`."""
    amount = row["content_amount"]
    return None if amount is None else (amount, row["content_measure"])


async def locked(
    viewer: Viewer, listing_id: UUID, variant_id: UUID | None = None
) -> dict[str, Any] | None:
    """The listing with the first of its variants, or the one that is named, both rows locked until
    the transaction ends; None when unseen.
    """
    found = await rows(
        "SELECT l.id, l.producer_id, l.code, l.slug, l.name, l.description, l.state, l.revision,"  # noqa: S608
        " l.live_at IS NOT NULL AS shown,"
        f" l.axes, v.id AS variant_id, v.price_vnd, v.unit, v.available, v.label, {FACT_COLUMNS},"
        " pr.name AS producer_name, c.full_name AS commune_name"
        f" FROM listing l{SELLER_JOIN} JOIN variant v ON v.listing_id = l.id"
        " AND CASE WHEN $5::uuid IS NULL THEN v.position = 0"
        " ELSE v.id = $5 AND v.position IS NOT NULL END"
        f" WHERE {VISIBLE} AND l.id = $4 FOR UPDATE OF l, v",
        [*visible_to(viewer), listing_id, variant_id],
    )
    return found[0] if found else None


_VARIANTS: Final = """
SELECT v.id, v.value_1, v.value_2, v.label, v.sku, v.position, v.price_vnd, v.available,
  v.weight_g, v.length_mm, v.width_mm, v.height_mm, v.content_amount, v.content_measure, v.gtin
FROM variant v WHERE v.listing_id = $1 ORDER BY
"""


async def variants_of(listing_id: UUID) -> list[dict[str, Any]]:
    """All variants, those that are sold first and in their order, of a listing that was seen."""
    return await rows(f"{_VARIANTS} v.position, v.id", [listing_id])


async def variants_locked(listing_id: UUID) -> list[dict[str, Any]]:
    """The same in the order of their ids, locked until the transaction ends."""
    return await rows(f"{_VARIANTS} v.id FOR UPDATE", [listing_id])


async def sku_taken(producer_id: UUID, skus: Sequence[str], but: Sequence[UUID]) -> dict[str, str]:
    """Codes that other variants of the producer carry already, and what those are called."""
    found = await rows(
        "SELECT v.sku, concat_ws(', ', nullif(l.name, ''), nullif(v.label, '')) AS name"
        " FROM variant v JOIN listing l ON l.id = v.listing_id"
        " WHERE v.producer_id = $1 AND v.sku = ANY($2::text[]) AND v.id <> ALL($3::uuid[])",
        [producer_id, list(skus), list(but)],
    )
    return {row["sku"]: row["name"] for row in found}


def axes_in(raw: object) -> tuple[Axis, ...]:
    """What variants differ in, from the column `axes`."""
    kept = orjson.loads(raw) if isinstance(raw, str | bytes) else raw
    return tuple(Axis(one["name"], tuple(one["values"])) for one in cast(list[Any], kept))


async def id_by_client(producer_id: UUID, client_id: str) -> UUID | None:
    """The listing that this create already made."""
    found = await rows(
        "SELECT id FROM listing WHERE producer_id = $1 AND client_id = $2",
        [producer_id, client_id],
    )
    return found[0]["id"] if found else None


_CHANGES: Final = """
SELECT c.* FROM (
  SELECT h.id, h.at, h.field,
         jsonb_build_array(jsonb_build_object('was', h.was, 'now', h.now)) AS values,
         h.person_id, h.role, pe.name AS who, '' AS reason, h.label
  FROM listing_change h LEFT JOIN person pe ON pe.id = h.person_id
  WHERE h.listing_id = $1 AND h.field NOT IN ('available', 'template_code', 'template_chosen')
  UNION ALL
  SELECT m.id, m.at, 'available', jsonb_build_array(jsonb_build_object(
           'was', m.remains - m.change, 'now', m.remains)),
         m.person_id, '', pe.name, m.reason, m.label
  FROM (SELECT s.*, v.label,
               sum(s.change) OVER (PARTITION BY s.variant_id ORDER BY s.id) AS remains
        FROM stock_movement s JOIN variant v ON v.id = s.variant_id WHERE v.listing_id = $1) m
  LEFT JOIN person pe ON pe.id = m.person_id
) c WHERE ($2::uuid IS NULL OR c.id < $2) AND ($3::uuid IS NULL OR c.id = $3)
ORDER BY c.id DESC LIMIT $4
"""


async def changes(
    listing_id: UUID,
    *,
    after: UUID | None = None,
    only: UUID | None = None,
    limit: int = 50,
) -> list[dict[str, Any]]:
    """Every field of goods that changed, and what was left, newest first; or `only` one of them.

    `values`: `was` and `now` of the one field, as JSON. `who` is None for somebody whom this
    viewer does not see. `label`: of the kind, empty for all of the goods.
    """
    return await rows(_CHANGES, [listing_id, after, only, limit])


async def with_gtin(producer_id: UUID, gtin: str, *, but: Sequence[UUID]) -> dict[str, Any] | None:
    """Goods of a producer that carry this number: variant_id, name, state; None for none.

    `but`: variants that are not asked about. A kind that was put away counts as archived.

    Whoever asks waits for others of this producer who are about to write a number.
    """
    await rows(
        "SELECT pg_advisory_xact_lock(hashtextextended($1::text, 7301))::text AS held",
        [str(producer_id)],
    )
    found = await rows(
        "SELECT v.id AS variant_id, l.name,"
        " CASE WHEN v.position IS NULL THEN 'archived' ELSE l.state END AS state FROM variant v"
        " JOIN listing l ON l.id = v.listing_id"
        " WHERE v.producer_id = $1 AND v.gtin = $2 AND v.id <> ALL($3::uuid[])",
        [producer_id, gtin, list(but)],
    )
    return found[0] if found else None
