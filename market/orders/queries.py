"""Reads of orders: a producer sees its own parts, staff see all, each list is one statement."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

import orjson

from integrations.contracts.errors import N_, NotFound
from integrations.contracts.viewer import Role, Viewer
from integrations.runtime.database import rows, value
from market.orders.rules import PartState

_LINES = """
(SELECT jsonb_agg(jsonb_build_object('name', l.name, 'unit', l.unit, 'quantity', l.quantity,
   'price_vnd', l.price_vnd, 'amount_vnd', l.amount_vnd, 'picture_key', l.picture_key)
   ORDER BY l.amount_vnd DESC, l.id)
 FROM order_line l WHERE l.part_id = p.id) AS lines
"""
# What a person still has to do about a part, the most urgent first.
_OPEN = """
(SELECT coalesce(jsonb_agg(jsonb_build_object('id', f.id, 'kind', f.kind, 'for_role', f.for_role,
   'details', f.details, 'due_at', f.due_at, 'late', f.due_at < now())
   ORDER BY f.due_at, f.id), '[]'::jsonb)
 FROM follow_up f WHERE f.subject_id = p.id AND f.closed_at IS NULL) AS open
"""
_COLUMNS = f"""
p.id, p.order_id, p.producer_id, p.letter, p.state, p.method, p.producer_name, p.total_vnd,
p.commission_vnd, p.vat_vnd, p.pit_vnd, p.net_vnd, p.expires_at, p.answer_by, p.paid_at,
p.created_at, p.deliver_from, o.age_stated, o.number, o.buyer_name, o.commune_name,
o.language, o.source, o.checkout_key,
{_LINES}, {_OPEN}
"""
# Producers of an area (`Viewer.area`): what its staff see.
OF_AREA = (
    "(SELECT r.id FROM producer r JOIN commune u ON u.code = r.commune_id"
    " WHERE u.code = ANY({0}) OR u.province_id = ANY({0}))"
)
_PARTS = f"""
SELECT {_COLUMNS} FROM order_part p JOIN orders o ON o.id = p.order_id
WHERE ($1::uuid IS NULL OR p.producer_id = $1) AND p.state = ANY($2)
  AND ($5::text[] IS NULL OR p.producer_id IN {OF_AREA.format("$5")})
  AND ($3::uuid IS NULL OR p.id < $3)
ORDER BY p.id DESC LIMIT $4
"""  # noqa: S608 - the pieces are ours
# Parts that a producer is asked about, whatever has become of them.
_ASKED = """
ARRAY(SELECT f.subject_id FROM follow_up f WHERE f.producer_id = $1 AND f.kind = ANY($3)
      AND f.for_role = 'producer' AND f.closed_at IS NULL)
"""
_WAITING = f"""
SELECT {_COLUMNS} FROM order_part p JOIN orders o ON o.id = p.order_id
WHERE p.producer_id = $1 AND (p.state = ANY($2) OR p.id = ANY({_ASKED}))
ORDER BY p.id = ANY({_ASKED}) DESC, p.id DESC LIMIT $4
"""  # noqa: S608 - the pieces are ours
_PART = f"""
SELECT {_COLUMNS}, o.buyer_phone, o.street, o.note,
  (SELECT s.phone FROM producer s WHERE s.id = p.producer_id) AS producer_phone,
  (SELECT jsonb_agg(jsonb_build_object('state', e.state, 'note', e.note, 'at', e.at,
     'by', split_part(e.actor, ':', 1)) ORDER BY e.at, e.id)
   FROM order_event e WHERE e.part_id = p.id) AS events
FROM order_part p JOIN orders o ON o.id = p.order_id
WHERE p.id = $2 AND ($1::uuid IS NULL OR p.producer_id = $1)
  AND ($3::text[] IS NULL OR p.producer_id IN {OF_AREA.format("$3")})
"""  # noqa: S608 - the pieces are ours


def visible_to(viewer: Viewer) -> UUID | None:
    """Whose parts this viewer sees: one producer's, or None for all (the system, and staff within
    their area).

    Raises `NotFound` for anybody else.
    """
    if viewer.is_staff or viewer.role is Role.SYSTEM:
        return None
    if viewer.producer_id is None:
        raise unknown_order()
    return viewer.producer_id


def unknown_order() -> NotFound:
    """Also for another producer's order: we do not say that it exists."""
    return NotFound("order.unknown", N_("There is no such order here."))


async def parts(
    viewer: Viewer,
    *,
    states: Collection[PartState],
    limit: int,
    before: UUID | None = None,
) -> list[dict[str, Any]]:
    """Parts, newest first (ids grow with time), each with its lines.

    `before` is the last one of the page before.
    """
    found = await rows(
        _PARTS,
        [visible_to(viewer), [str(state) for state in states], before, limit, viewer.area],
    )
    return [_unpacked(row) for row in found]


async def waiting(
    viewer: Viewer, *, states: Collection[PartState], asked: Collection[str], limit: int
) -> list[dict[str, Any]]:
    """A producer's parts in one of `states`, newest first; before them those of any state about
    which a follow-up of a kind in `asked` is open for the producer.
    """
    found = await rows(
        _WAITING, [visible_to(viewer), [str(state) for state in states], list(asked), limit]
    )
    return [_unpacked(row) for row in found]


async def part(viewer: Viewer, part_id: UUID) -> dict[str, Any]:
    """One part with lines, events and its buyer. Raises `NotFound`."""
    found = await rows(_PART, [visible_to(viewer), part_id, viewer.area])
    if not found:
        raise unknown_order()
    return _unpacked(found[0])


async def has_note(part_id: UUID, note: str) -> bool:
    """True when this was written down for the part before."""
    return bool(
        await value(
            "SELECT EXISTS (SELECT 1 FROM order_event WHERE part_id = $1 AND note = $2)",
            [part_id, note],
        )
    )


def _unpacked(row: dict[str, Any]) -> dict[str, Any]:
    for name in ("lines", "events", "open"):
        if isinstance(row.get(name), str):
            row[name] = orjson.loads(row[name])
    return row
