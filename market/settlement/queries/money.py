"""A producer's month: what came in, what was taken, what is owed, held and to be sent back."""

from datetime import date

from integrations.contracts.viewer import Viewer
from integrations.runtime.clock import local_date, local_day_bounds
from integrations.runtime.database import rows, work
from market.ledger.queries import owed_by
from market.orders import queries as orders
from market.settlement.rules import REFUND
from market.settlement.schemas import MoneyOut

# What has gone back to cards no longer counts, share by share.
_BACK = """
LEFT JOIN LATERAL (
  SELECT coalesce(sum(r.net_vnd), 0) AS net_vnd, coalesce(sum(r.vat_vnd), 0) AS vat_vnd,
    coalesce(sum(r.commission_vnd), 0) AS commission_vnd, coalesce(sum(r.pit_vnd), 0) AS pit_vnd,
    coalesce(sum(r.net_vnd + r.commission_vnd + r.vat_vnd + r.pit_vnd), 0) AS gross_vnd,
    coalesce(sum(r.amount_vnd), 0) AS amount_vnd
  FROM card_refund r WHERE r.part_id = p.id AND r.booked) b ON true
"""
# What marketplaces keep of each payment, as the books say.
_FEES = """
WITH fee AS (
  SELECT split_part(t.reference, ':', 2) AS payment_id, sum(e.amount_vnd) AS fee_vnd
  FROM ledger_transaction t JOIN ledger_entry e ON e.transaction_id = t.id
  JOIN ledger_account a ON a.id = e.account_id
  WHERE t.producer_id = $1 AND t.kind = 'channel_fee' AND a.code = 'clearing:seller:' || $1::text
  GROUP BY 1)
"""
_THEIRS = "LEFT JOIN fee f ON f.payment_id = y.id::text"
_MONTH = f"""
{_FEES}
SELECT count(*)::int AS parts, coalesce(sum(p.total_vnd - b.gross_vnd), 0)::bigint AS gross_vnd,
  coalesce(sum(p.commission_vnd - b.commission_vnd), 0)::bigint AS commission_vnd,
  coalesce(sum(p.vat_vnd - b.vat_vnd), 0)::bigint AS vat_vnd,
  coalesce(sum(p.pit_vnd - b.pit_vnd), 0)::bigint AS pit_vnd,
  coalesce(sum(f.fee_vnd), 0)::bigint AS channel_fee_vnd,
  coalesce(sum(p.net_vnd - b.net_vnd - coalesce(f.fee_vnd, 0)), 0)::bigint AS net_vnd,
  coalesce(sum(p.net_vnd - b.net_vnd) FILTER (WHERE y.evidence = 'card'), 0)::bigint
    AS card_net_vnd,
  coalesce(sum(p.net_vnd - coalesce(f.fee_vnd, 0)) FILTER (WHERE p.method = 'channel'), 0)::bigint
    AS channel_net_vnd
FROM order_part p JOIN payment y ON y.part_id = p.id {_THEIRS} {_BACK}
WHERE p.producer_id = $1 AND y.state = 'settled' AND p.state NOT IN ('cancelled', 'refused')
  AND y.settled_at >= $2 AND y.settled_at < $3
"""  # noqa: S608 - the pieces are ours
_MOVEMENTS = f"""
{_FEES}
SELECT p.id, o.number, p.letter, p.method, p.state, p.total_vnd,
  (p.net_vnd - b.net_vnd - coalesce(f.fee_vnd, 0))::bigint AS net_vnd,
  (p.total_vnd - p.net_vnd - b.gross_vnd + b.net_vnd + coalesce(f.fee_vnd, 0))::bigint AS taken_vnd,
  b.amount_vnd::bigint AS refunded_vnd, y.settled_at, y.evidence
FROM order_part p JOIN payment y ON y.part_id = p.id JOIN orders o ON o.id = p.order_id
{_THEIRS} {_BACK}
WHERE p.producer_id = $1 AND y.state = 'settled' AND y.settled_at >= $2 AND y.settled_at < $3
ORDER BY y.settled_at DESC, p.id LIMIT 200
"""  # noqa: S608 - the pieces are ours
# What is still to be paid, what is with us and will be passed on, what of it is held, and what
# the producer has to send back.
_STILL = """
SELECT count(*)::int AS parts, coalesce(sum(total_vnd), 0)::bigint AS total_vnd,
  (SELECT -coalesce(sum(e.amount_vnd), 0)::bigint
   FROM ledger_entry e JOIN ledger_account a ON a.id = e.account_id
   WHERE a.code IN ('payable:seller:' || $1::text || ':pending',
                    'payable:seller:' || $1::text || ':available')) AS held_vnd,
  (SELECT coalesce(sum(f.net_vnd), 0)::bigint FROM card_part c JOIN order_part f ON f.id = c.part_id
   WHERE c.producer_id = $1::uuid AND c.frozen AND c.paid AND NOT c.late
     AND c.refunded_vnd < c.amount_vnd) AS frozen_vnd,
  (SELECT coalesce(sum((f.details->>'refund_vnd')::bigint), 0)::bigint FROM follow_up f
   WHERE f.producer_id = $1::uuid AND f.kind = $2 AND f.closed_at IS NULL) AS send_back_vnd,
  (SELECT count(*)::int FROM follow_up f
   WHERE f.producer_id = $1::uuid AND f.kind = $2 AND f.closed_at IS NULL) AS send_back_parts
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
        still = (await rows(_STILL, [str(producer_id), REFUND]))[0]
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
        send_back_vnd=still["send_back_vnd"],
        send_back_parts=still["send_back_parts"],
        movements=movements,
    )


def months_around(month: date) -> tuple[date, date]:
    """The first days of the month before and of the month after."""
    before = date(month.year - (month.month == 1), (month.month - 2) % 12 + 1, 1)
    return before, date(month.year + month.month // 12, month.month % 12 + 1, 1)
