"""The shape of a flow, and what an order part has come to."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from integrations.contracts.viewer import SYSTEM
from integrations.runtime.database import rows, work
from tests.faults.killpoints.world import Hands


@dataclass(frozen=True)
class Flow:
    """`act` may be begun anew at any time, as its outside parties would; `expected` then holds."""

    name: str
    about: str
    prepare: Callable[[Hands], Awaitable[Any]]  # one subject, made in a process that lives on
    act: Callable[[Hands, Any], Awaitable[Any]]
    effects: Callable[[Hands, Any], Awaitable[Mapping[str, Any]]]
    expected: Mapping[str, Any]
    messages: tuple[str, ...] = ()  # their kinds, in any order
    serial: bool = False  # looks at everybody's rows: one case at a time


_PART = """
SELECT p.state, y.state AS payment, y.evidence,
  (SELECT count(*)::int FROM order_event e WHERE e.part_id = p.id) AS events,
  (SELECT count(*)::int FROM ledger_transaction t WHERE t.reference = 'settle:' || y.id) AS booked,
  (SELECT count(*)::int FROM ledger_transaction t
   WHERE t.reference = 'reverse:settle:' || y.id) AS reversed,
  (SELECT count(*)::int FROM bank_event b WHERE b.payment_id = y.id) AS lines,
  (SELECT count(*)::int FROM seller_word w WHERE w.payment_id = y.id) AS words,
  (SELECT count(*)::int FROM audit a
   WHERE a.subject IN ('payment:' || y.id, 'part:' || p.id)) AS audited,
  (SELECT sum(v.started - v.available)::int FROM variant v JOIN reservation r
   ON r.variant_id = v.id WHERE r.group_id = p.id) AS off_shelf,
  (SELECT count(*)::int FROM stock_movement m JOIN reservation r ON r.variant_id = m.variant_id
   WHERE r.group_id = p.id) AS movements,
  (SELECT count(*)::int FROM follow_up f WHERE f.subject_id = p.id) AS follow_ups,
  (SELECT count(*)::int FROM follow_up f WHERE f.subject_id = p.id AND f.closed_at IS NULL) AS open
FROM order_part p JOIN payment y ON y.part_id = p.id WHERE p.id = $1
"""


async def part_effects(part_id: UUID) -> dict[str, Any]:
    """Where the part and its money stand, and how often each effect was had; zeros left out."""
    async with work(SYSTEM):
        found = await rows(_PART, [part_id])
    return {name: value for name, value in found[0].items() if value} if found else {}
