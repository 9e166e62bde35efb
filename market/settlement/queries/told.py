"""Whom to tell about a part, and the invariant of clocks."""

from typing import Any
from uuid import UUID

import orjson

from integrations.runtime.database import rows
from market.settlement.rules import LATE_IN

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
