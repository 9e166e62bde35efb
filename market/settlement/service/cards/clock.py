"""Time passes over card pages; the vendor is asked before any goods are given free."""

from collections.abc import Mapping
from typing import Any, Final

import structlog

from integrations.contracts.cards import CardRefused
from integrations.contracts.errors import Unavailable
from integrations.contracts.ports import Ports
from integrations.contracts.viewer import SYSTEM
from integrations.runtime.database import rows, work
from integrations.runtime.followups import open_follow_up
from market.settlement.rules import CARD_PAGE_WAITS, CARD_REFUND_WAITS, STAFF_DUE_S
from market.settlement.service.cards.close import end_page

log = structlog.get_logger(__name__)

Row = Mapping[str, Any]
_BATCH: Final = 20
REFUND_WAITS_S: Final = 3_600
_DUE: Final = """
SELECT DISTINCT k.id FROM card_checkout k JOIN card_part c ON c.checkout_id = k.id
JOIN order_part p ON p.id = c.part_id
WHERE k.state IN ('opening', 'open') AND p.state = 'awaiting_payment' AND p.method = 'card'
  AND p.expires_at <= now()
ORDER BY k.id LIMIT $1
"""
_WAITING_PARTS: Final = """
SELECT p.id, p.producer_id, p.total_vnd FROM card_part c JOIN order_part p ON p.id = c.part_id
WHERE c.checkout_id = $1 AND p.state = 'awaiting_payment' AND p.method = 'card'
"""
_REFUNDS: Final = """
SELECT r.id, r.producer_id, r.amount_vnd, r.part_id FROM card_refund r
WHERE r.state IN ('wanted', 'sent') AND r.created_at <= now() - make_interval(secs => $1::float8)
  AND NOT EXISTS (SELECT 1 FROM follow_up f WHERE f.subject_id = r.id AND f.kind = $2
                  AND f.closed_at IS NULL)
LIMIT $3
"""


async def look_at_cards(*, ports: Ports) -> int:
    """End pages whose time is over, ask staff about refunds that wait; how many."""
    async with work(SYSTEM):
        due = await rows(_DUE, [_BATCH]) if ports.cards is not None else []
    done, away = 0, False
    for row in due:
        if away:  # it was asked a moment ago and did not answer
            await _keep_waiting(row)
            continue
        try:
            await end_page(checkout_id=row["id"], ports=ports)
            done += 1
        except (Unavailable, CardRefused) as unknown:
            away = isinstance(unknown, Unavailable)
            log.warning("card.end_waits", checkout=str(row["id"]), error=type(unknown).__name__)
            await _keep_waiting(row)
        except Exception:
            log.exception("clock.failed", checkout=str(row["id"]), step="end_page")
    return done + await _ask_about_refunds()


async def _keep_waiting(row: Row) -> None:
    """Money may be under way: the goods are kept until the vendor has answered, staff know."""
    async with work(SYSTEM):
        for part in await rows(_WAITING_PARTS, [row["id"]]):
            await open_follow_up(
                CARD_PAGE_WAITS,
                subject_type="part",
                subject_id=part["id"],
                for_role="finance_staff",
                due_in_s=STAFF_DUE_S,
                producer_id=part["producer_id"],
                amount_vnd=part["total_vnd"],
            )


async def _ask_about_refunds() -> int:
    async with work(SYSTEM):
        found = await rows(_REFUNDS, [float(REFUND_WAITS_S), CARD_REFUND_WAITS, _BATCH])
        for row in found:
            await open_follow_up(
                CARD_REFUND_WAITS,
                subject_type="card_refund",
                subject_id=row["id"],
                for_role="finance_staff",
                due_in_s=STAFF_DUE_S,
                producer_id=row["producer_id"],
                refund_vnd=row["amount_vnd"],
                part_id=row["part_id"],
            )
    return len(found)
