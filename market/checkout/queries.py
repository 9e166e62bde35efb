"""Reads of cart and order: the shelf as anyone sees it, the order as its buyer does."""

import hashlib
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

import orjson

from integrations.contracts.errors import N_, NotFound
from integrations.contracts.viewer import SYSTEM, Role, Viewer
from integrations.runtime.database import public_rows, rows, work
from market.settlement.rules import BACK_WORDS, BUYER_SAID_PAID

_TODAY: Final = "(now() AT TIME ZONE 'Asia/Ho_Chi_Minh')::date AS today"
_SHELF: Final = f"""
SELECT variant_id, code, slug, name || CASE WHEN label <> '' THEN ' (' || label || ')' ELSE '' END
         AS name, price_vnd, unit, available, producer_code, producer_name,
       commune_name, province_name, takes_transfer, listing_pictures(id) -> 0 AS picture,
       age_min, min_quantity, reach, season, preorder, {_TODAY}
FROM public_variant WHERE variant_id = ANY($1::uuid[])
"""  # noqa: S608 - the pieces are ours
# What tells a variant from others belongs to its name, here and on the order.
# Rows are locked in id order, all of an order at once: two orders cannot wait for each other.
_TAKEN: Final = f"""
SELECT v.id AS variant_id, v.price_vnd, v.unit, v.available, l.state, l.tax_class,
       l.name || CASE WHEN v.label <> '' THEN ' (' || v.label || ')' ELSE '' END AS name,
       l.age_min, l.min_quantity, l.reach, l.season, l.preorder, {_TODAY},
       p.commune_id AS producer_commune_id, c.full_name AS commune_name,
       c.province_id AS producer_province_id, r.full_name AS province_name,
       p.id AS producer_id, p.code AS producer_code, p.name AS producer_name,
       p.kind AS producer_kind,
       EXISTS (SELECT 1 FROM payout_account a
               WHERE a.producer_id = p.id AND a.ended_at IS NULL) AS takes_transfer,
       coalesce((SELECT n.key FROM photo h JOIN rendition n ON n.photo_id = h.id
         WHERE h.listing_id = l.id AND h.state = 'ready' AND n.format = 'jpg'
         ORDER BY h.position, h.id, n.width_px LIMIT 1), '') AS picture_key
FROM variant v JOIN listing l ON l.id = v.listing_id JOIN producer p ON p.id = l.producer_id
JOIN commune c ON c.code = p.commune_id JOIN province r ON r.code = c.province_id
WHERE v.id = ANY($1::uuid[]) AND l.state = 'live' AND p.closed_at IS NULL
  AND p.cleared_at IS NOT NULL
  AND v.position IS NOT NULL
ORDER BY v.id FOR UPDATE OF v
"""  # noqa: S608 - the pieces are ours
_ORDER: Final = """
SELECT o.id, o.number, o.buyer_name, o.buyer_phone, o.commune_name, o.street, o.note, o.language,
  o.total_vnd, o.placed_at,
  (SELECT jsonb_agg(jsonb_build_object('id', p.id, 'letter', p.letter, 'state', p.state,
     'method', p.method, 'producer_name', p.producer_name, 'total_vnd', p.total_vnd,
     'expires_at', p.expires_at, 'answer_by', p.answer_by, 'paid_at', p.paid_at,
     'deliver_from', p.deliver_from, 'no_cash', p.no_cash,
     'late_s', extract(epoch FROM now() - p.answer_by)::float8,
     'evidence', y.evidence, 'confirmed', y.confirmed_at IS NOT NULL,
     'reference', y.reference, 'amount_vnd', y.amount_vnd, 'received_vnd', y.received_vnd,
     'bank_bin', y.bank_bin, 'bank_name', y.bank_name, 'account_sealed', y.account_sealed,
     'holder_sealed', y.holder_sealed, 'payment_state', y.state,
     'refunded_vnd', (SELECT coalesce(sum(r.amount_vnd), 0)::bigint FROM card_refund r
       WHERE r.part_id = p.id AND r.state <> 'failed'),
     'lines', (SELECT jsonb_agg(jsonb_build_object('name', l.name, 'unit', l.unit,
         'price_vnd', l.price_vnd, 'quantity', l.quantity, 'amount_vnd', l.amount_vnd,
         'picture_key', l.picture_key) ORDER BY l.amount_vnd DESC, l.id)
       FROM order_line l WHERE l.part_id = p.id),
     'notes', (SELECT jsonb_agg(jsonb_build_object('state', e.state, 'note', e.note)
         ORDER BY e.at, e.id)
       FROM order_event e WHERE e.part_id = p.id AND e.note <> '')) ORDER BY p.letter)
   FROM order_part p LEFT JOIN payment y ON y.part_id = p.id WHERE p.order_id = o.id) AS parts,
  (SELECT jsonb_build_object('id', k.id, 'state', k.state, 'url_sealed', k.url_sealed,
     'amount_vnd', k.amount_vnd, 'expires_at', k.expires_at,
     'ended', k.expires_at <= now())
   FROM card_checkout k WHERE k.order_id = o.id ORDER BY k.id DESC LIMIT 1) AS card
FROM orders o WHERE o.id = $1
"""
_PLACED: Final = """
SELECT o.id, o.number, o.buyer_name, o.buyer_phone, o.commune_code, o.street, o.note,
  (SELECT jsonb_object_agg(l.variant_id, l.quantity)
   FROM order_line l JOIN order_part p ON p.id = l.part_id WHERE p.order_id = o.id) AS lines
FROM orders o WHERE o.checkout_key = $1
"""
_CASH_OF: Final = """
SELECT coalesce(sum(total_vnd), 0)::bigint AS vnd FROM order_part
WHERE order_id = $1 AND method = 'cod'
  AND state IN ('awaiting_code', 'placed', 'confirmed', 'handed_over')
"""
_OPEN_CASH: Final = """
SELECT count(DISTINCT p.order_id)::int AS orders, coalesce(sum(p.total_vnd), 0)::bigint AS sum_vnd
FROM orders o JOIN order_part p ON p.order_id = o.id
WHERE o.buyer_phone = $1 AND p.method = 'cod'
  AND p.state IN ('awaiting_code', 'placed', 'confirmed', 'handed_over')
"""


def unknown_order() -> NotFound:
    """For a link that is not whole, and for a part that the order does not have."""
    return NotFound(
        "order.link", N_("This link does not open an order. Please use the one from the message.")
    )


def checkout_key(door: str, key: str) -> str:
    """How an order keeps the key it was sent with: 64 characters whatever the key was.

    A form's key is ours and random, so it may lead back to its order; a program's key may be
    "1". The door (form, api) keeps the two apart.
    """
    return hashlib.sha256(f"{door}:{key}".encode()).hexdigest()


def as_buyer(order_id: UUID) -> Viewer:
    """Who holds the link of one order."""
    return Viewer(Role.BUYER, order_id=order_id)


async def shelf(variant_ids: Sequence[UUID]) -> list[dict[str, Any]]:
    """Price and stock of live goods, as the public role. One statement."""
    found = await public_rows(_SHELF, [list(variant_ids)])
    for row in found:
        if isinstance(row["picture"], str):
            row["picture"] = orjson.loads(row["picture"])
    return found


async def taken_shelf(variant_ids: Sequence[UUID]) -> list[dict[str, Any]]:
    """Live variants, locked until the transaction ends, with all that an order freezes."""
    return await rows(_TAKEN, [list(variant_ids)])


async def open_cash(phone: str) -> tuple[int, int]:
    """Open cash-on-delivery orders of a phone and their sum in đồng, as the system."""
    found = (await rows(_OPEN_CASH, [phone]))[0]
    return int(found["orders"]), int(found["sum_vnd"])


async def cash_of(order_id: UUID) -> int:
    """What is open of one order to be paid on delivery, in đồng, as the system."""
    return int((await rows(_CASH_OF, [order_id]))[0]["vnd"])


async def order_by_form(key: str) -> UUID | None:
    """The order that a form of ours has already made."""
    found = await placed_already(checkout_key("form", key))
    return found["id"] if found else None


async def placed_already(kept_key: str) -> dict[str, Any] | None:
    """The order that is kept under a `checkout_key`: who ordered what."""
    async with work(SYSTEM):
        found = await rows(_PLACED, [kept_key])
    if not found:
        return None
    lines = found[0]["lines"]
    return {**found[0], "lines": orjson.loads(lines) if isinstance(lines, str) else lines}


async def order(order_id: UUID) -> dict[str, Any]:
    """The whole order as its buyer may see it, by one statement. Raises `NotFound`.

    Row-level security shows this order and no other, whatever the statement says.
    """
    async with work(as_buyer(order_id)):
        found = await rows(_ORDER, [order_id])
    if not found:
        raise unknown_order()
    seen = found[0]
    parts = orjson.loads(seen["parts"]) if isinstance(seen["parts"], str) else seen["parts"]
    card = orjson.loads(seen["card"]) if isinstance(seen["card"], str) else seen["card"]
    if card and card["expires_at"]:
        card["expires_at"] = datetime.fromisoformat(card["expires_at"])
    return {**seen, "parts": [_part(part) for part in parts], "card": card}


def _part(part: dict[str, Any]) -> dict[str, Any]:
    for name in ("expires_at", "answer_by", "paid_at"):
        if part[name] is not None:
            part[name] = datetime.fromisoformat(part[name])
    if part["deliver_from"] is not None:
        part["deliver_from"] = date.fromisoformat(part["deliver_from"])
    notes = part["notes"] or []
    part["said_paid"] = any(one["note"] == BUYER_SAID_PAID for one in notes)
    here = [one["note"] for one in reversed(notes) if one["state"] == part["state"]]
    part["reason"] = next((note for note in here if note not in BACK_WORDS), "")
    part["back_word"] = next((note for note in here if note in BACK_WORDS), "")
    part["id"] = UUID(part["id"])
    return part


def part_of(seen: dict[str, Any], letter: str) -> dict[str, Any]:
    """One part by its letter. Raises `NotFound`."""
    found: dict[str, Any] | None = next(
        (part for part in seen["parts"] if part["letter"] == letter), None
    )
    if found is None:
        raise unknown_order()
    return found
