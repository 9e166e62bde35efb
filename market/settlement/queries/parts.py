"""Order parts as a person may see them: one, or a page of them."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any
from uuid import UUID

import orjson

from integrations.contracts.phone import mask_phone
from integrations.contracts.viewer import Role, Viewer
from integrations.runtime.database import rows, work
from integrations.runtime.pages.pictures import picture_of
from market.orders import queries as orders
from market.orders.rules import KNOWN_STATES, PartState, PaymentMethod, initials
from market.payments.queries import card_money
from market.settlement.queries.tasks import is_for
from market.settlement.rules import (
    CALLERS,
    MONEY_ROLES,
    REFUND,
    actions,
    goods_words,
    marketplace_title,
    outlives,
    steps,
)
from market.settlement.schemas import (
    BuyerOut,
    EventOut,
    PartOut,
    PartPage,
    RefundOut,
    RefundsOut,
    SellerOut,
    StepOut,
)

_PAYMENT = """
SELECT y.state, y.reference, y.amount_vnd, y.received_vnd, y.evidence, y.confirmed_at,
  y.settled_at, y.bank_name,
  (SELECT w.said FROM seller_word w WHERE w.payment_id = y.id ORDER BY w.at DESC, w.id DESC
   LIMIT 1) AS said,
  coalesce((SELECT jsonb_agg(jsonb_build_object('said', w.said, 'at', w.at) ORDER BY w.at, w.id)
   FROM seller_word w WHERE w.payment_id = y.id), '[]'::jsonb) AS words,
  coalesce((SELECT jsonb_agg(jsonb_build_object('amount_vnd', b.amount_vnd,
     'direction', b.direction, 'account_last4', b.account_last4, 'outcome', b.outcome,
     'at', b.occurred_at, 'content', CASE WHEN $3::boolean THEN b.content END)
     ORDER BY b.occurred_at, b.id)
   FROM bank_event b WHERE b.payment_id = y.id), '[]'::jsonb) AS bank,
  coalesce((SELECT jsonb_agg(jsonb_build_object('amount_vnd', c.amount_vnd, 'refunded_vnd',
     c.refunded_vnd, 'late', c.late, 'frozen', c.frozen) ORDER BY c.late, c.id)
   FROM card_part c WHERE c.part_id = y.part_id AND c.paid), '[]'::jsonb) AS card,
  (SELECT sum(e.amount_vnd)::bigint FROM ledger_transaction t
   JOIN ledger_entry e ON e.transaction_id = t.id JOIN ledger_account a ON a.id = e.account_id
   WHERE y.method = 'channel' AND t.kind = 'channel_fee' AND t.reference LIKE
     'channel-fee:' || y.id || ':%' AND a.code = 'clearing:seller:' || y.producer_id
  ) AS channel_fee_vnd,
  (SELECT jsonb_build_object('placeholder', h.placeholder, 'width_px', h.width_px,
     'height_px', h.height_px, 'renditions', (SELECT jsonb_agg(jsonb_build_object(
       'format', r.format, 'width_px', r.width_px, 'key', r.key))
       FROM rendition r WHERE r.photo_id = h.id))
   FROM rendition k JOIN photo h ON h.id = k.photo_id WHERE k.key = $2 LIMIT 1) AS picture
FROM payment y WHERE y.part_id = $1
"""


async def page_of(viewer: Viewer, *, before: UUID | None, limit: int) -> PartPage:
    """All parts of a viewer, newest first. One statement."""
    async with work(viewer):
        found = await orders.parts(viewer, states=list(PartState), limit=limit + 1, before=before)
    return PartPage(
        items=[shown_part(row, viewer) for row in found[:limit]],
        next_cursor=found[limit - 1]["id"] if len(found) > limit else None,
    )


async def one_part(viewer: Viewer, part_id: UUID, *, media_url: str = "") -> PartOut:
    """A part with its payment and what is open about it. Raises `NotFound`. Two statements."""
    async with work(viewer):
        row = await orders.part(viewer, part_id)
        first = row["lines"][0]
        reads_bank = viewer.role in MONEY_ROLES
        found = await rows(_PAYMENT, [part_id, first["picture_key"], reads_bank])
    if not found:
        return shown_part(row, viewer)
    payment = {
        name: orjson.loads(value) if name in _PACKED and isinstance(value, str) else value
        for name, value in found[0].items()
    }
    photo = picture_of(payment.pop("picture"), alt=first["name"], base=media_url)
    more = {name: payment.pop(name) for name in ("card", "channel_fee_vnd")}
    return shown_part({**row, **more, "payment": payment, "picture": photo}, viewer)


async def refunds_of(viewer: Viewer, part_id: UUID) -> RefundsOut:
    """A part's card money. Raises `NotFound`. Two statements."""
    async with work(viewer):
        await orders.part(viewer, part_id)
        found = await card_money(part_id)
    return RefundsOut(
        paid_vnd=sum(row["amount_vnd"] for row in found),
        left_vnd=sum(row["amount_vnd"] - row["refunded_vnd"] for row in found),
        frozen=any(row["frozen"] for row in found),
        items=[RefundOut(**one) for row in found for one in row["refunds"]],
    )


def shown_part(row: Mapping[str, Any], viewer: Viewer) -> PartOut:
    """A part as this viewer may see it."""
    state, method = PartState(row["state"]), PaymentMethod(row["method"])
    opened = [one for one in row["open"] if is_for(viewer, one)]
    return PartOut(
        **{name: row[name] for name in _PLAIN},
        goods=goods_words(row["lines"]),
        seller=SellerOut(name=row["producer_name"], phone=row.get("producer_phone")),
        buyer=_buyer_for_staff(row, viewer) if viewer.is_staff else _buyer_for_seller(row),
        note=row.get("note") or "",
        **_from_elsewhere(row),
        steps=[StepOut(**asdict(step)) for step in steps(state, method)],
        actions=actions(state, method),
        payment=row.get("payment"),
        picture=row.get("picture"),
        open=opened,
        todo=next((one for one in opened if outlives(one["kind"], state)), None),
        card=row.get("card") or [],
        events=[_event(one) for one in row.get("events") or ()],
    )


def _event(row: Mapping[str, Any]) -> EventOut:
    """Whoever orders has no account: the first step is a buyer's."""
    by = "buyer" if row["by"] == Role.ANONYMOUS else row["by"]
    return EventOut(**{**row, "by": by})


def _buyer_for_seller(row: Mapping[str, Any]) -> BuyerOut:
    """In full only once the order is confirmed, or to send money back."""
    refunds = any(one["kind"] == REFUND for one in row["open"])
    known = row["state"] in KNOWN_STATES or refunds
    return BuyerOut(
        name=row["buyer_name"] if known else initials(row["buyer_name"]),
        commune=row["commune_name"],
        phone=row.get("buyer_phone") if known else None,
        street=row.get("street") if known else None,
    )


def _buyer_for_staff(row: Mapping[str, Any], viewer: Viewer) -> BuyerOut:
    """Whom to call, while there is something to call about; else only enough to recognise."""
    phone = row.get("buyer_phone") or None
    calls = bool(row["open"]) and viewer.role in CALLERS
    return BuyerOut(
        name=row["buyer_name"] if calls else initials(row["buyer_name"]),
        commune=row["commune_name"],
        phone=phone if calls or phone is None else mask_phone(phone),
    )


def _from_elsewhere(row: Mapping[str, Any]) -> dict[str, Any]:
    """Of which marketplace a part is, under which number there; its fee once it is known."""
    if PaymentMethod(row["method"]) is not PaymentMethod.CHANNEL:
        return {}
    return {
        "source": row["source"],
        "marketplace": marketplace_title(row["source"]),
        "outside_id": row["checkout_key"].rpartition(":")[2],
        "channel_fee_vnd": row.get("channel_fee_vnd"),
    }


_PACKED = ("words", "bank", "card", "picture")
_PLAIN = (
    *("id", "number", "letter", "state", "method", "lines", "total_vnd", "commission_vnd"),
    *("vat_vnd", "pit_vnd", "net_vnd", "created_at", "expires_at", "answer_by", "paid_at"),
    *("deliver_from", "age_stated"),
)
