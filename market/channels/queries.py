"""Reads of connected shops and of goods there: a producer sees its own, staff their area."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

import orjson

from integrations.contracts.errors import N_, NotFound
from integrations.contracts.viewer import Role, Viewer
from integrations.runtime.database import rows
from market.photos.queries import MASTER_KEY

_MASTERS: Final = (
    f"FROM (SELECT {MASTER_KEY} AS key, h.position, h.id FROM photo h"  # noqa: S608
    " WHERE h.listing_id = l.id AND h.state = 'ready') m WHERE m.key IS NOT NULL"
)
# What a marketplace is sent, in order, and the first of it ("" for nothing yet); whether there is
# any photo, be it too small.
_PICTURE: Final = (
    f"coalesce((SELECT m.key {_MASTERS} ORDER BY m.position, m.id DESC LIMIT 1), '')"  # noqa: S608
    f" AS picture_key, ARRAY(SELECT m.key {_MASTERS} ORDER BY m.position, m.id DESC)"
    " AS picture_keys,"
    " EXISTS (SELECT 1 FROM photo h WHERE h.listing_id = l.id AND h.state = 'ready')"
    " AS picture_taken"
)
_THUMB: Final = (
    "coalesce((SELECT r.key FROM photo h JOIN rendition r ON r.photo_id = h.id"
    " WHERE h.listing_id = l.id AND h.state = 'ready' AND r.format = 'jpg'"
    " ORDER BY h.position, h.id DESC, r.width_px LIMIT 1), '')"
)
# Whether staff have confirmed who sells.
_CLEARED: Final = "(SELECT q.cleared_at IS NOT NULL FROM producer q WHERE q.id = {of}.producer_id)"
_LISTING: Final = f"""
cl.id, cl.connection_id, cl.variant_id, cl.producer_id, cl.sku, cl.wanted, cl.category_id,
cl.category_name, cl.weight_g, cl.title, cl.keep_back, cl.item_id, cl.url, cl.sent_name,
cl.sent_picture, cl.told_stock, cl.observed_state, cl.observed_price_vnd, cl.observed_stock,
cl.observed_reserved, cl.observed_reason, cl.observed_at, cl.state, cl.tries, cl.due_at,
cl.problem_code, cl.problem_message, cl.problem_params, cl.problem_who, cl.problem_vendor,
cl.problem_since, cl.version, cl.fence,
c.channel, c.shop_id, c.shop_name, c.state AS connection_state,
l.id AS listing_id, l.code, l.name, l.description, l.state AS listing_state, l.reach, l.season,
l.min_quantity, l.age_min, v.gtin, l.axes <> '[]'::jsonb AS several,
{_CLEARED.format(of="cl")} AS cleared,
v.price_vnd, v.unit, v.available, {_PICTURE}, {_THUMB} AS thumb_key,
a.id AS attempt_id, a.state AS attempt_state, a.at AS attempted_at
"""
_FROM: Final = """
FROM channel_listing cl JOIN channel_connection c ON c.id = cl.connection_id
JOIN variant v ON v.id = cl.variant_id JOIN listing l ON l.id = v.listing_id
LEFT JOIN channel_attempt a ON a.channel_listing_id = cl.id AND a.state IN ('intended', 'unknown')
"""
_CONNECTION: Final = (
    "c.id, c.producer_id, c.channel, c.shop_id, c.shop_name, c.state, c.consent_expires_at,"
    " c.refresh_expires_at, c.orders_until, c.last_ok_at, c.problem_code, c.problem_at,"
    " c.connected_at"
)
_OF_AREA: Final = (
    "(SELECT r.id FROM producer r JOIN commune u ON u.code = r.commune_id"
    " WHERE u.code = ANY($2) OR u.province_id = ANY($2))"
)
_MINE: Final = (
    "($1::uuid IS NULL OR {t}.producer_id = $1)"
    f" AND ($2::text[] IS NULL OR {{t}}.producer_id IN {_OF_AREA})"
)


def visible_to(viewer: Viewer) -> list[Any]:
    """The first two parameters of each statement: one producer, or staff's area, or neither."""
    if viewer.role is Role.SYSTEM:
        return [None, None]
    if viewer.is_staff:
        return [None, viewer.area]
    if viewer.producer_id is None:
        raise unknown()
    return [viewer.producer_id, None]


def unknown() -> NotFound:
    """Also for another's: we do not say that it exists."""
    return NotFound("channel.unknown", N_("There is nothing like this here. Please go back."))


def _unpacked(row: Mapping[str, Any]) -> dict[str, Any]:
    params = row["problem_params"]
    return {**row, "problem_params": orjson.loads(params) if isinstance(params, str) else params}


async def connections(viewer: Viewer) -> list[dict[str, Any]]:
    """Connected shops that are not taken away, the oldest first."""
    return await rows(
        f"SELECT {_CONNECTION} FROM channel_connection c"  # noqa: S608 - the pieces are ours
        f" WHERE {_MINE.format(t='c')} AND c.state <> 'ended' ORDER BY c.connected_at, c.id",
        visible_to(viewer),
    )


async def connection(viewer: Viewer, connection_id: UUID) -> dict[str, Any]:
    """One connected shop. Raises `NotFound`."""
    found = await rows(
        f"SELECT {_CONNECTION} FROM channel_connection c"  # noqa: S608 - the pieces are ours
        f" WHERE {_MINE.format(t='c')} AND c.id = $3",
        [*visible_to(viewer), connection_id],
    )
    if not found:
        raise unknown()
    return found[0]


async def listings(
    viewer: Viewer, *, before: UUID | None = None, limit: int = 100
) -> list[dict[str, Any]]:
    """Goods offered at marketplaces, newest first. One statement."""
    found = await rows(
        f"SELECT {_LISTING}{_FROM} WHERE {_MINE.format(t='cl')} AND c.state <> 'ended'"
        " AND ($3::uuid IS NULL OR cl.id < $3) ORDER BY cl.id DESC LIMIT $4",
        [*visible_to(viewer), before, limit],
    )
    return [_unpacked(row) for row in found]


async def listing(viewer: Viewer, channel_listing_id: UUID) -> dict[str, Any]:
    """One of them, with both sides and the open intent. Raises `NotFound`."""
    found = await rows(
        f"SELECT {_LISTING}{_FROM} WHERE {_MINE.format(t='cl')} AND cl.id = $3",
        [*visible_to(viewer), channel_listing_id],
    )
    if not found:
        raise unknown()
    return _unpacked(found[0])


async def of_variant(variant_id: UUID) -> list[UUID]:
    """Where goods are offered, as the system; nothing for shops that we may not act for."""
    found = await rows(
        "SELECT cl.id FROM channel_listing cl JOIN channel_connection c ON c.id = cl.connection_id"
        " WHERE cl.variant_id = $1 AND c.state = 'active' ORDER BY cl.id",
        [variant_id],
    )
    return [row["id"] for row in found]


async def of_listing(listing_id: UUID) -> list[UUID]:
    """The same for all variants of a listing."""
    found = await rows(
        "SELECT cl.id FROM channel_listing cl JOIN channel_connection c ON c.id = cl.connection_id"
        " JOIN variant v ON v.id = cl.variant_id"
        " WHERE v.listing_id = $1 AND c.state = 'active' ORDER BY cl.id",
        [listing_id],
    )
    return [row["id"] for row in found]


async def of_producer(producer_id: UUID) -> list[UUID]:
    """The same for everything that a producer offers."""
    found = await rows(
        "SELECT cl.id FROM channel_listing cl JOIN channel_connection c ON c.id = cl.connection_id"
        " WHERE cl.producer_id = $1 AND c.state = 'active' ORDER BY cl.id",
        [producer_id],
    )
    return [row["id"] for row in found]


_GOODS: Final = f"""
l.id, l.code, l.name, l.description, l.state, l.axes <> '[]'::jsonb AS several,
  {_CLEARED.format(of="l")} AS cleared,
  v.id AS variant_id, v.price_vnd, v.unit,
  v.available, v.weight_g, l.category_code, l.reach, l.season, l.min_quantity, l.age_min,
  {_PICTURE}, {_THUMB} AS thumb_key
"""


async def goods(viewer: Viewer, listing_id: UUID) -> dict[str, Any]:
    """One of the producer's goods as it could be offered. Raises `NotFound`."""
    found = await rows(
        f"SELECT {_GOODS} FROM listing l"  # noqa: S608
        " JOIN variant v ON v.listing_id = l.id AND v.position = 0"
        f" WHERE {_MINE.format(t='l')} AND l.id = $3",
        [*visible_to(viewer), listing_id],
    )
    if not found:
        raise unknown()
    return found[0]


async def offers_of(viewer: Viewer, variant_id: UUID) -> list[dict[str, Any]]:
    """How goods are offered in the viewer's active shops, the newest first."""
    found = await rows(
        f"SELECT {_LISTING}{_FROM} WHERE {_MINE.format(t='cl')} AND c.state = 'active'"
        " AND cl.variant_id = $3 ORDER BY cl.id DESC",
        [*visible_to(viewer), variant_id],
    )
    return [_unpacked(row) for row in found]


async def not_offered(viewer: Viewer, *, limit: int = 50) -> list[dict[str, Any]]:
    """Live goods of the viewer for each active shop where they are not offered, newest first."""
    return await rows(
        f"SELECT {_GOODS}, c.id AS connection_id, c.channel, c.shop_name"  # noqa: S608
        " FROM listing l JOIN variant v ON v.listing_id = l.id AND v.position = 0"
        " JOIN channel_connection c ON c.producer_id = l.producer_id AND c.state = 'active'"
        f" WHERE {_MINE.format(t='l')} AND l.state = 'live' AND l.axes = '[]'::jsonb"
        f" AND l.age_min IS NULL AND {_CLEARED.format(of='l')}"
        " AND NOT EXISTS ("
        "SELECT 1 FROM channel_listing x WHERE x.variant_id = v.id AND x.connection_id = c.id)"
        " ORDER BY l.id DESC, c.connected_at, c.id LIMIT $3",
        [*visible_to(viewer), limit],
    )


_PROBLEMS: Final = f"""
SELECT cl.id, cl.problem_code, cl.problem_message, cl.problem_params, cl.problem_who,
  cl.problem_vendor, cl.problem_since, cl.state, cl.due_at, c.channel, c.shop_name, l.name,
  p.name AS producer_name, p.phone AS producer_phone, u.full_name AS commune_name
{_FROM} JOIN producer p ON p.id = cl.producer_id JOIN commune u ON u.code = p.commune_id
WHERE {_MINE.format(t="cl")} AND cl.problem_code <> '' AND c.state = 'active'
  AND ($3::uuid IS NULL OR (cl.problem_since, cl.id)
       > (SELECT b.problem_since, b.id FROM channel_listing b WHERE b.id = $3))
ORDER BY cl.problem_since, cl.id LIMIT $4
"""  # noqa: S608 - the pieces are ours
_SHOPS: Final = f"""
SELECT {_CONNECTION}, p.name AS producer_name, p.phone AS producer_phone,
  u.full_name AS commune_name
FROM channel_connection c JOIN producer p ON p.id = c.producer_id
JOIN commune u ON u.code = p.commune_id
WHERE {_MINE.format(t="c")} AND c.state IN ('needs_reauth', 'suspended')
ORDER BY c.problem_at NULLS LAST, c.id LIMIT $3
"""  # noqa: S608 - the pieces are ours


async def problems(
    viewer: Viewer, *, after: UUID | None = None, limit: int = 50
) -> list[dict[str, Any]]:
    """Goods that stand still at a marketplace, the longest first. One statement."""
    found = await rows(_PROBLEMS, [*visible_to(viewer), after, limit])
    return [_unpacked(row) for row in found]


async def silent_shops(viewer: Viewer, *, limit: int = 50) -> list[dict[str, Any]]:
    """Shops that we may not act for any more. One statement."""
    return await rows(_SHOPS, [*visible_to(viewer), limit])


async def to_tell(producer_id: UUID) -> dict[str, Any] | None:
    """Phone and language of who is told, as the system."""
    found = await rows(
        "SELECT p.phone, coalesce((SELECT h.language FROM membership m JOIN person h"
        " ON h.id = m.person_id WHERE m.producer_id = p.id AND m.ended_at IS NULL"
        " ORDER BY m.since LIMIT 1), 'vi') AS language FROM producer p WHERE p.id = $1",
        [producer_id],
    )
    return found[0] if found else None


_SOLD: Final = f"""
SELECT cl.sku, cl.item_id, v.id AS variant_id, v.unit, v.sku AS own_sku, l.name, l.tax_class,
  {_THUMB} AS picture_key
FROM channel_listing cl JOIN variant v ON v.id = cl.variant_id JOIN listing l ON l.id = v.listing_id
WHERE cl.connection_id = $1 AND (cl.sku = ANY($2) OR cl.item_id = ANY($3))
"""  # noqa: S608 - the pieces are ours


async def sold_goods(
    connection_id: UUID, skus: list[str], item_ids: list[str]
) -> list[dict[str, Any]]:
    """Our goods behind the lines of a marketplace's order, as the system."""
    return await rows(_SOLD, [connection_id, skus, item_ids])
