"""Reads of settlement: whom to tell, what waits, the producer's money, the invariant of clocks."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import orjson

from integrations.contracts.viewer import Viewer
from integrations.runtime.clock import local_date, local_day_bounds
from integrations.runtime.database import rows, work
from integrations.runtime.pages.pictures import picture_of
from market.ledger.queries import owed_by
from market.orders import queries as orders
from market.orders.rules import KNOWN_STATES, OPEN_STATES, PartState, PaymentMethod, initials
from market.payments.queries import card_money
from market.settlement.rules import (
    LATE_IN,
    REFUND,
    TITLES,
    actions,
    comes_first,
    goods_words,
    marketplace_title,
    steps,
)
from market.settlement.schemas import (
    BuyerOut,
    FollowUpOut,
    FollowUpPage,
    MoneyOut,
    PartOut,
    PartPage,
    RefundOut,
    RefundsOut,
    StepOut,
)

_TOLD = """
SELECT p.id, p.order_id, p.letter, p.state,
  p.letter = (SELECT min(q.letter) FROM order_part q WHERE q.order_id = p.order_id
              AND q.method IN ('bank_qr', 'card')) AS is_first_to_pay,
  p.method, p.producer_name, p.total_vnd, p.net_vnd,
  p.expires_at, p.answer_by, p.paid_at, o.number, o.language, o.buyer_phone, o.source,
  coalesce((SELECT sum(q.total_vnd) FROM order_part q
            WHERE q.order_id = p.order_id AND q.state = 'awaiting_payment'),
           p.total_vnd)::bigint AS due_vnd,
  s.phone AS producer_phone,
  coalesce((SELECT h.language FROM membership m JOIN person h ON h.id = m.person_id
            WHERE m.producer_id = p.producer_id AND m.ended_at IS NULL
            ORDER BY m.since LIMIT 1), 'vi') AS producer_language,
  (SELECT jsonb_agg(jsonb_build_object('name', l.name, 'unit', l.unit, 'quantity', l.quantity)
     ORDER BY l.amount_vnd DESC, l.id) FROM order_line l WHERE l.part_id = p.id) AS lines,
  (SELECT e.note FROM order_event e WHERE e.part_id = p.id AND e.state = p.state
   ORDER BY e.at DESC, e.id DESC LIMIT 1) AS note,
  (SELECT e.actor FROM order_event e WHERE e.part_id = p.id AND e.state = p.state
   ORDER BY e.at DESC, e.id DESC LIMIT 1) AS actor,
  EXISTS (SELECT 1 FROM order_event e WHERE e.part_id = p.id AND e.state = 'placed') AS was_placed
FROM order_part p JOIN orders o ON o.id = p.order_id JOIN producer s ON s.id = p.producer_id
WHERE p.id = $1
"""


async def told(part_id: UUID) -> dict[str, Any] | None:
    """What messages about a part need: both phones, both languages, goods, amounts, times."""
    found = await rows(_TOLD, [part_id])
    if not found:
        return None
    lines = found[0]["lines"]
    return {**found[0], "lines": orjson.loads(lines) if isinstance(lines, str) else lines}


_WAITING = """
SELECT p.id, p.state, coalesce(p.expires_at, p.answer_by) AS deadline FROM order_part p
WHERE (p.state = ANY($1) OR p.state IN ('awaiting_payment', 'awaiting_code'))
  AND coalesce(CASE WHEN p.state = ANY($1) THEN p.answer_by ELSE p.expires_at END,
               p.created_at) <= now() - make_interval(secs => $2::float8)
  AND NOT EXISTS (SELECT 1 FROM follow_up f
                  WHERE f.subject_id = p.id AND f.closed_at IS NULL)
ORDER BY p.id
"""


async def waiting_without_follow_up(*, grace_s: float = 60) -> list[dict[str, Any]]:
    """Parts that wait past their time and nobody has been asked: always empty.

    `grace_s` is what the clocks may take to come round. A part that waits without any deadline
    counts from its creation, so that a forgotten deadline is found too.
    """
    return await rows(_WAITING, [[str(state) for state in LATE_IN], grace_s])


_PAYMENT = """
SELECT y.state, y.reference, y.amount_vnd, y.received_vnd, y.evidence, y.confirmed_at,
  y.settled_at, y.bank_name,
  (SELECT w.said FROM seller_word w WHERE w.payment_id = y.id ORDER BY w.at DESC, w.id DESC
   LIMIT 1) AS said,
  coalesce((SELECT jsonb_agg(jsonb_build_object('kind', f.kind, 'id', f.id,
     'details', f.details)) FROM follow_up f
   WHERE f.subject_id = y.part_id AND f.closed_at IS NULL), '[]'::jsonb) AS open,
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
_SELLER = """
SELECT s.name, c.full_name AS place FROM producer s JOIN commune c ON c.code = s.commune_id
WHERE s.id = $1
"""


@dataclass(frozen=True, slots=True)
class Desk:
    """What a producer's list of orders shows: who it is, what to answer now, what is under way."""

    who: str
    place: str
    first: list[PartOut]
    later: list[PartOut]
    ended: list[PartOut]


async def desk(viewer: Viewer) -> Desk:
    """Orders to answer now (the earliest deadline first), under way, and the last that ended."""
    async with work(viewer):
        found = await orders.parts(viewer, states=OPEN_STATES, limit=100)
        ended = await orders.parts(viewer, states=set(PartState) - OPEN_STATES, limit=10)
        seller = await rows(_SELLER, [viewer.producer_id])
    shown = [shown_part(row) for row in found if row["state"] != PartState.AWAITING_CODE]
    first = [part for part in shown if comes_first(PartState(part.state))]
    return Desk(
        who=seller[0]["name"] if seller else "",
        place=seller[0]["place"] if seller else "",
        first=sorted(first, key=_urgency),
        later=[part for part in shown if part not in first],
        ended=[shown_part(row) for row in ended],
    )


def _urgency(part: PartOut) -> tuple[bool, datetime]:
    """A new order before money that is still awaited; then by the deadline."""
    waits = part.state == PartState.AWAITING_PAYMENT
    return waits, part.answer_by or part.expires_at or part.created_at


async def page_of(viewer: Viewer, *, before: UUID | None, limit: int) -> PartPage:
    """All parts of a viewer, newest first. One statement."""
    async with work(viewer):
        found = await orders.parts(viewer, states=list(PartState), limit=limit + 1, before=before)
    return PartPage(
        items=[shown_part(row) for row in found[:limit]],
        next_cursor=found[limit - 1]["id"] if len(found) > limit else None,
    )


async def one_part(viewer: Viewer, part_id: UUID, *, media_url: str = "") -> PartOut:
    """A part with its payment and what is open about it. Raises `NotFound`. Two statements."""
    async with work(viewer):
        row = await orders.part(viewer, part_id)
        first = row["lines"][0]
        found = await rows(_PAYMENT, [part_id, first["picture_key"]])
    if not found:
        return shown_part(row)
    payment = {
        name: orjson.loads(value) if name in _PACKED and isinstance(value, str) else value
        for name, value in found[0].items()
    }
    photo = picture_of(payment.pop("picture"), alt=first["name"], base=media_url)
    more = {name: payment.pop(name) for name in ("open", "card", "channel_fee_vnd")}
    return shown_part({**row, **more, "payment": payment, "picture": photo})


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


def shown_part(row: Mapping[str, Any]) -> PartOut:
    """A part as a person may see it: the buyer in full only once the order is confirmed."""
    state, method = PartState(row["state"]), PaymentMethod(row["method"])
    # Whoever sends money back has to reach the buyer.
    refunds = any(one["kind"] == REFUND for one in row.get("open") or ())
    known = state in KNOWN_STATES or refunds
    return PartOut(
        **{name: row[name] for name in _PLAIN},
        goods=goods_words(row["lines"]),
        buyer=BuyerOut(
            name=row["buyer_name"] if known else initials(row["buyer_name"]),
            commune=row["commune_name"],
            phone=row.get("buyer_phone") if known else None,
            street=row.get("street") if known else None,
        ),
        note=row.get("note") or "",
        **_from_elsewhere(row),
        steps=[StepOut(**asdict(step)) for step in steps(state, method)],
        actions=actions(state, method),
        payment=row.get("payment"),
        picture=row.get("picture"),
        open=row.get("open") or [],
        card=row.get("card") or [],
        events=row.get("events") or [],
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


_PACKED = ("open", "card", "picture")
_PLAIN = (
    *("id", "number", "letter", "state", "method", "lines", "total_vnd", "commission_vnd"),
    *("vat_vnd", "pit_vnd", "net_vnd", "created_at", "expires_at", "answer_by", "paid_at"),
)


async def home_card(viewer: Viewer) -> dict[str, Any] | None:
    """What `settlement/_home_card.html` needs: the order to answer first and how many there are.

    None when nothing has to be answered now. One statement.
    """
    async with work(viewer):
        found = await orders.parts(viewer, states=OPEN_STATES, limit=100)
    first = [shown_part(row) for row in found if comes_first(PartState(row["state"]))]
    if not first:
        return None
    new = sum(part.state == PartState.PLACED for part in first)
    return {"part": min(first, key=_urgency), "new": new, "open": len(found)}


# What has gone back to cards no longer counts, share by share.
_BACK = """
LEFT JOIN LATERAL (
  SELECT coalesce(sum(r.net_vnd), 0) AS net_vnd, coalesce(sum(r.vat_vnd), 0) AS vat_vnd,
    coalesce(sum(r.commission_vnd), 0) AS commission_vnd, coalesce(sum(r.pit_vnd), 0) AS pit_vnd,
    coalesce(sum(r.net_vnd + r.commission_vnd + r.vat_vnd + r.pit_vnd), 0) AS gross_vnd,
    coalesce(sum(r.amount_vnd), 0) AS amount_vnd
  FROM card_refund r WHERE r.part_id = p.id AND r.booked) b ON true
"""
_MONTH = f"""
SELECT count(*)::int AS parts, coalesce(sum(p.total_vnd - b.gross_vnd), 0)::bigint AS gross_vnd,
  coalesce(sum(p.commission_vnd - b.commission_vnd), 0)::bigint AS commission_vnd,
  coalesce(sum(p.vat_vnd - b.vat_vnd), 0)::bigint AS vat_vnd,
  coalesce(sum(p.pit_vnd - b.pit_vnd), 0)::bigint AS pit_vnd,
  coalesce(sum(p.net_vnd - b.net_vnd), 0)::bigint AS net_vnd,
  coalesce(sum(p.net_vnd - b.net_vnd) FILTER (WHERE y.evidence = 'card'), 0)::bigint
    AS card_net_vnd
FROM order_part p JOIN payment y ON y.part_id = p.id {_BACK}
WHERE p.producer_id = $1 AND y.state = 'settled' AND p.state NOT IN ('cancelled', 'refused')
  AND y.settled_at >= $2 AND y.settled_at < $3
"""  # noqa: S608 - the pieces are ours
_MOVEMENTS = f"""
SELECT p.id, o.number, p.letter, p.method, p.state, p.total_vnd,
  (p.net_vnd - b.net_vnd)::bigint AS net_vnd,
  (p.total_vnd - p.net_vnd - b.gross_vnd + b.net_vnd)::bigint AS taken_vnd,
  b.amount_vnd::bigint AS refunded_vnd, y.settled_at, y.evidence
FROM order_part p JOIN payment y ON y.part_id = p.id JOIN orders o ON o.id = p.order_id {_BACK}
WHERE p.producer_id = $1 AND y.state = 'settled' AND y.settled_at >= $2 AND y.settled_at < $3
ORDER BY y.settled_at DESC, p.id LIMIT 200
"""  # noqa: S608 - the pieces are ours
# What is still to be paid, what is with us and will be passed on, what of it is held.
_STILL = """
SELECT count(*)::int AS parts, coalesce(sum(total_vnd), 0)::bigint AS total_vnd,
  (SELECT -coalesce(sum(e.amount_vnd), 0)::bigint
   FROM ledger_entry e JOIN ledger_account a ON a.id = e.account_id
   WHERE a.code IN ('payable:seller:' || $1::text || ':pending',
                    'payable:seller:' || $1::text || ':available')) AS held_vnd,
  (SELECT coalesce(sum(f.net_vnd), 0)::bigint FROM card_part c JOIN order_part f ON f.id = c.part_id
   WHERE c.producer_id = $1::uuid AND c.frozen AND c.paid AND NOT c.late
     AND c.refunded_vnd < c.amount_vnd) AS frozen_vnd
FROM order_part
WHERE producer_id = $1::uuid AND ((method IN ('bank_qr', 'card') AND state = 'awaiting_payment')
  OR (method = 'cod' AND state IN ('placed', 'confirmed', 'handed_over')))
"""


async def money_of(viewer: Viewer, *, month: date | None = None) -> MoneyOut:
    """A producer's month (in Viet Nam): what came in, what was taken and why, what is owed.

    `owed_vnd` is the whole balance with us, `owed_month_vnd` what this month added to it.
    """
    producer_id = orders.visible_to(viewer)
    if producer_id is None:
        raise orders.unknown_order()
    async with work(viewer):
        if month is None:
            month = local_date((await rows("SELECT now() AS at"))[0]["at"])
        first = month.replace(day=1)
        after = months_around(first)[1]
        start, end = local_day_bounds(first)[0], local_day_bounds(after)[0]
        sums = (await rows(_MONTH, [producer_id, start, end]))[0]
        still = (await rows(_STILL, [str(producer_id)]))[0]
        owed_vnd, owed_month_vnd = await owed_by(producer_id, since=start, before=end)
        movements = await rows(_MOVEMENTS, [producer_id, start, end])
    return MoneyOut(
        month=first,
        **sums,
        still_parts=still["parts"],
        still_vnd=still["total_vnd"],
        owed_vnd=owed_vnd,
        owed_month_vnd=owed_month_vnd,
        held_vnd=still["held_vnd"],
        frozen_vnd=still["frozen_vnd"],
        movements=movements,
    )


def months_around(month: date) -> tuple[date, date]:
    """The first days of the month before and of the month after."""
    before = date(month.year - (month.month == 1), (month.month - 2) % 12 + 1, 1)
    return before, date(month.year + month.month // 12, month.month % 12 + 1, 1)


async def place_of(viewer: Viewer) -> str:
    """The commune in which a producer lives, as people call it."""
    async with work(viewer):
        seller = await rows(_SELLER, [viewer.producer_id])
    return str(seller[0]["place"]) if seller else ""


_FOLLOW_UPS = f"""
SELECT f.id, f.kind, f.subject_type, f.subject_id, f.for_role, f.producer_id, f.details,
  f.opened_at, f.due_at, f.due_at < now() AS late, p.letter, p.state, o.number,
  s.name AS producer_name, s.phone AS producer_phone
FROM follow_up f LEFT JOIN order_part p ON p.id = f.subject_id
LEFT JOIN orders o ON o.id = p.order_id LEFT JOIN producer s ON s.id = f.producer_id
WHERE f.closed_at IS NULL
  AND ($1::uuid IS NULL OR (f.producer_id = $1 AND f.for_role = 'producer'))
  AND ($4::text[] IS NULL OR f.producer_id IS NULL
       OR f.producer_id IN {orders.OF_AREA.format("$4")})
  AND ($2::uuid IS NULL
       OR (f.due_at, f.id) > (SELECT b.due_at, b.id FROM follow_up b WHERE b.id = $2))
ORDER BY f.due_at, f.id LIMIT $3
"""  # noqa: S608 - the pieces are ours


async def follow_ups(
    viewer: Viewer, *, after: UUID | None = None, limit: int = 100
) -> FollowUpPage:
    """Open follow-ups that this viewer may see, the most urgent first. One statement."""
    async with work(viewer):
        params = [orders.visible_to(viewer), after, limit + 1, viewer.area]
        found = await rows(_FOLLOW_UPS, params)
    for row in found:
        if isinstance(row["details"], str):
            row["details"] = orjson.loads(row["details"])
    return FollowUpPage(
        items=[FollowUpOut(**row, title=TITLES.get(row["kind"], row["kind"])) for row in found][
            :limit
        ],
        next_cursor=found[limit - 1]["id"] if len(found) > limit else None,
    )
