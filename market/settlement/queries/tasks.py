"""What is to do, for whom, the most urgent first."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

import orjson

from integrations.contracts.text import clean_text
from integrations.contracts.viewer import SYSTEM, Role, Viewer
from integrations.runtime.database import rows, work
from market.orders import queries as orders
from market.settlement.rules import MONEY_ROLES, TITLES, UNREADABLE
from market.settlement.schemas import FollowUpOut, FollowUpPage

# Money by card passes the programme: such a task, and one that is about no producer, is only for
# the role that it names, and for those who look after everything.
CARD_KINDS: Final = "card."
OVER_ALL: Final = (Role.ADMIN, Role.OPERATOR)
# What a person needs to see of a notice that no program could read.
RAW_BYTES: Final = 2_000

_FOLLOW_UPS = f"""
SELECT f.id, f.kind, f.subject_type, f.subject_id, f.for_role, f.producer_id, f.details,
  f.opened_at, f.due_at, f.due_at < now() AS late, p.letter, p.state, o.number,
  s.name AS producer_name, s.phone AS producer_phone,
  substring(i.raw_body FROM 1 FOR {RAW_BYTES}) AS raw
FROM follow_up f LEFT JOIN order_part p ON p.id = f.subject_id
LEFT JOIN orders o ON o.id = p.order_id LEFT JOIN producer s ON s.id = f.producer_id
LEFT JOIN inbox i ON $6::boolean AND f.kind = '{UNREADABLE}' AND i.id = f.subject_id
WHERE f.closed_at IS NULL
  AND ($1::uuid IS NULL OR (f.producer_id = $1 AND f.for_role = 'producer'))
  AND ($4::text[] IS NULL OR f.producer_id IS NULL
       OR f.producer_id IN {orders.OF_AREA.format("$4")})
  AND ($5::text IS NULL OR f.for_role = $5
       OR (f.producer_id IS NOT NULL AND NOT starts_with(f.kind, '{CARD_KINDS}')))
  AND ($2::uuid IS NULL
       OR (f.due_at, f.id) > (SELECT b.due_at, b.id FROM follow_up b WHERE b.id = $2))
ORDER BY f.due_at, f.id LIMIT $3
"""  # noqa: S608 - the pieces are ours


def is_for(viewer: Viewer, task: Mapping[str, Any]) -> bool:
    """Whether this viewer sees a task about an order that it may see."""
    for_all = not viewer.is_staff or not str(task["kind"]).startswith(CARD_KINDS)
    return for_all or viewer.role in OVER_ALL or task["for_role"] == viewer.role


async def follow_ups(
    viewer: Viewer, *, after: UUID | None = None, limit: int = 100
) -> FollowUpPage:
    """Open follow-ups that this viewer may see, the most urgent first. One statement."""
    async with work(viewer):
        asks = None if viewer == SYSTEM or viewer.role in OVER_ALL else str(viewer.role)
        reads_bank = viewer.role in MONEY_ROLES
        params = [orders.visible_to(viewer), after, limit + 1, viewer.area, asks, reads_bank]
        found = await rows(_FOLLOW_UPS, params)
    for row in found:
        if isinstance(row["details"], str):
            row["details"] = orjson.loads(row["details"])
        row["raw"] = clean_text(bytes(row["raw"]).decode(errors="replace")) if row["raw"] else None
    return FollowUpPage(
        items=[FollowUpOut(**row, title=TITLES.get(row["kind"], row["kind"])) for row in found][
            :limit
        ],
        next_cursor=found[limit - 1]["id"] if len(found) > limit else None,
    )
