"""What must hold after every story, whatever went wrong in it."""

from integrations.contracts.viewer import SYSTEM
from integrations.runtime import audit
from integrations.runtime.database import rows, work
from market.ledger.queries import out_of_balance
from market.settlement.queries import waiting_without_follow_up
from market.settlement.service import look_at_clocks
from tests.kit.stack import Stack

_STOCK = """
SELECT v.id, v.started, v.available, coalesce(r.out, 0) AS out_units, coalesce(m.sum, 0) AS moved
FROM variant v
LEFT JOIN (SELECT variant_id, sum(quantity) AS out FROM reservation
           WHERE state IN ('held', 'sold') GROUP BY variant_id) r ON r.variant_id = v.id
LEFT JOIN (SELECT variant_id, sum(change) AS sum FROM stock_movement GROUP BY variant_id) m
  ON m.variant_id = v.id
WHERE v.available <> v.started - coalesce(r.out, 0) OR v.available <> coalesce(m.sum, 0)
"""
# Pages, searches and forms know goods by the first of their variants.
_FIRST = """
SELECT l.id FROM listing l WHERE (SELECT count(*) FROM variant v WHERE v.listing_id = l.id
  AND v.position = 0) <> 1 OR (l.axes = '[]') <> ((SELECT count(*) FROM variant v
  WHERE v.listing_id = l.id AND v.position IS NOT NULL AND v.label = '') = 1)
"""
_PAID = """
SELECT p.id, p.state, y.state AS payment FROM order_part p JOIN payment y ON y.part_id = p.id
WHERE (p.state = 'awaiting_payment') <> (y.state = 'awaiting' AND p.method IN ('bank_qr', 'card'))
   OR (p.state = 'completed' AND y.state <> 'settled')
   OR (p.state = 'expired' AND y.state <> 'expired')
   OR (y.state = 'settled' AND p.state IN ('awaiting_payment', 'awaiting_code', 'expired'))
"""
_BOOKS = """
SELECT p.id, t.reference FROM order_part p JOIN payment y ON y.part_id = p.id
LEFT JOIN ledger_transaction t ON t.reference = 'settle:' || y.id
LEFT JOIN ledger_transaction b ON b.reverses_id = t.id
WHERE p.net_vnd < p.total_vnd AND (y.state = 'settled') <> (t.id IS NOT NULL)
   OR (p.state = 'cancelled' AND t.id IS NOT NULL AND b.id IS NULL AND y.evidence <> 'card')
"""
# Card money: what was paid is booked for the sale or owed to the buyer; what goes back is within,
# is booked as soon as the vendor has it, and nobody forgets it.
_CARD_PARTS = """
SELECT c.id, c.paid, c.late FROM card_part c JOIN card_checkout k ON k.id = c.checkout_id
JOIN order_part p ON p.id = c.part_id JOIN payment y ON y.part_id = p.id
WHERE c.paid <> (k.state = 'paid')
   OR (c.late <> EXISTS (SELECT 1 FROM ledger_transaction t WHERE t.reference = 'late:' || c.id))
   OR (c.paid AND NOT c.late AND NOT EXISTS (
       SELECT 1 FROM ledger_transaction t WHERE t.reference = 'settle:' || y.id))
   OR c.refunded_vnd <> (SELECT coalesce(sum(r.amount_vnd), 0) FROM card_refund r
                         WHERE r.card_part_id = c.id AND r.state <> 'failed')
   OR c.refunded_vnd > c.amount_vnd
   OR (c.paid AND (c.late OR p.state = 'cancelled') AND c.refunded_vnd < c.amount_vnd
       AND NOT EXISTS (SELECT 1 FROM follow_up f WHERE f.subject_id = p.id
                       AND f.kind = 'card.refund_failed' AND f.closed_at IS NULL))
"""
_CARD_REFUNDS = """
SELECT r.id, r.state FROM card_refund r
LEFT JOIN ledger_transaction t ON t.reference = 'refund:' || r.id
LEFT JOIN ledger_transaction b ON b.reverses_id = t.id
WHERE r.booked <> (r.state IN ('pending', 'succeeded'))
   OR r.booked <> (t.id IS NOT NULL AND b.id IS NULL)
   OR (r.state IN ('wanted', 'sent') AND r.created_at < now() - interval '65 minutes'
       AND NOT EXISTS (SELECT 1 FROM follow_up f WHERE f.subject_id = r.id
                       AND f.kind = 'card.refund_waits' AND f.closed_at IS NULL))
"""
_CARD_FEES = """
SELECT k.id FROM card_checkout k
WHERE k.fee_vnd > 0 AND NOT EXISTS (
  SELECT 1 FROM ledger_transaction t WHERE t.reference = 'fee:' || k.balance_id)
"""
# What a bank has taken is booked until it comes back; what is lost is a claim of just that amount.
_CARD_DISPUTES = """
SELECT d.id, d.state, d.funds, b.taken_vnd, b.claimed_vnd FROM card_dispute d
CROSS JOIN LATERAL (
  SELECT coalesce(-sum(e.amount_vnd) FILTER (WHERE a.code LIKE 'cash:%'), 0) AS taken_vnd,
    coalesce(sum(e.amount_vnd) FILTER (WHERE a.code = 'receivable:dispute:' || d.id), 0)
      AS claimed_vnd
  FROM ledger_transaction t JOIN ledger_entry e ON e.transaction_id = t.id
  JOIN ledger_account a ON a.id = e.account_id
  WHERE t.reference IN ('dispute:' || d.vendor_id, 'reverse:dispute:' || d.vendor_id,
    'dispute_lost:' || d.vendor_id, 'reverse:dispute_lost:' || d.vendor_id)) b
WHERE (d.funds = 'withdrawn') <> (b.taken_vnd > 0)
   OR b.claimed_vnd <> CASE WHEN d.state = 'lost' THEN b.taken_vnd ELSE 0 END
"""
_CHANNELS = """
SELECT 'two open creates' AS what, channel_listing_id::text AS of FROM channel_attempt
  WHERE verb = 'create' AND state IN ('intended', 'unknown')
  GROUP BY channel_listing_id HAVING count(*) > 1
UNION ALL SELECT 'taken in without its part', o.id::text FROM channel_order o
  WHERE o.order_id IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM order_part p JOIN payment y ON y.part_id = p.id WHERE p.id = o.part_id
    AND p.order_id = o.order_id AND p.method = 'channel' AND y.state = 'settled'
    AND y.evidence = 'channel')
UNION ALL SELECT 'a part that no marketplace knows', p.id::text FROM order_part p
  JOIN orders s ON s.id = p.order_id
  WHERE p.method = 'channel' AND (s.source = 'shop' OR NOT EXISTS (
    SELECT 1 FROM channel_order o WHERE o.part_id = p.id AND o.order_id = p.order_id))
UNION ALL SELECT 'not booked', p.id::text FROM order_part p JOIN payment y ON y.part_id = p.id
  WHERE p.method = 'channel' AND NOT EXISTS (
    SELECT 1 FROM ledger_transaction t WHERE t.reference = 'settle:' || y.id)
UNION ALL SELECT 'called off but booked', o.id::text FROM channel_order o
  JOIN payment y ON y.part_id = o.part_id
  JOIN ledger_transaction t ON t.reference = 'settle:' || y.id
    OR t.reference LIKE 'channel-fee:' || y.id || ':%'
  WHERE o.state = 'cancelled' AND NOT EXISTS (
    SELECT 1 FROM ledger_transaction b WHERE b.reverses_id = t.id)
UNION ALL SELECT 'short and nobody was told', o.id::text FROM channel_order o
  WHERE o.short_units > 0 AND NOT EXISTS (SELECT 1 FROM follow_up f
    WHERE f.subject_id = o.part_id AND f.kind = 'channel.short')
UNION ALL SELECT 'holds units for nothing', o.id::text FROM channel_order o
  JOIN reservation r ON r.group_id = o.part_id
  WHERE o.state = 'cancelled' AND r.state = 'held'
"""
_SOLD = """
SELECT p.id, p.state, r.state AS units FROM order_part p JOIN reservation r ON r.group_id = p.id
WHERE r.state <> CASE
    WHEN p.state IN ('awaiting_payment', 'awaiting_code') THEN 'held'
    WHEN p.state = 'placed' AND p.method = 'cod' THEN 'held'
    WHEN p.state IN ('placed', 'confirmed', 'handed_over', 'completed') THEN 'sold'
    ELSE 'released' END
"""


async def assert_invariants(stack: Stack, *, grace_s: float = 0) -> None:
    """Books sum to 0, sold + left = start, money and order agree, nobody waits unseen."""
    async with work(SYSTEM):
        assert await out_of_balance() == []
        assert await rows(_STOCK) == []
        assert await rows(_FIRST) == []
        assert await rows(_PAID) == []
        assert await rows(_BOOKS) == []
        assert await rows(_SOLD) == []
        assert await rows(_CHANNELS) == []
        assert await rows(_CARD_PARTS) == []
        assert await rows(_CARD_REFUNDS) == []
        assert await rows(_CARD_FEES) == []
        assert await rows(_CARD_DISPUTES) == []
        assert await rows("SELECT name, last_error FROM outbox WHERE state = 'dead'") == []
        waiting = await waiting_without_follow_up(grace_s=grace_s)
    # Orders fell due in a process without a worker: the clock's work is done now, which takes them
    # in batches as its ticks do.
    while waiting and await look_at_clocks():
        async with work(SYSTEM):
            waiting = await waiting_without_follow_up(grace_s=grace_s)
    async with work(SYSTEM):
        assert await waiting_without_follow_up(grace_s=grace_s) == []
        assert await audit.first_broken() is None
