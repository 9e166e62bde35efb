"""What was never delivered: the vendor's list of events, and a second look at what waits."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import structlog

from integrations.contracts.cards import CardEvent, CardPayments, CardRefused
from integrations.contracts.errors import Unavailable
from integrations.contracts.ids import new_id
from integrations.contracts.ports import Ports
from integrations.contracts.viewer import SYSTEM
from integrations.runtime.clock import database_now
from integrations.runtime.database import insert_once, rows, run, work
from market.settlement.service.cards.events import apply_event
from market.settlement.service.cards.paid import look_at_checkout
from market.settlement.service.cards.refunds import send_refund

log = structlog.get_logger(__name__)

# Events are listed by their time at the vendor: what was late in arriving is looked at again.
_OVERLAP: Final = timedelta(hours=1)
_FIRST: Final = timedelta(days=3)
_BATCH: Final = 50
_SEEN: Final = "SELECT seen_until FROM card_catch_up WHERE provider = $1"
_KNOWN: Final = """
SELECT 1 AS known FROM inbox WHERE provider = $1 AND provider_event_id = $2
  AND worked_at IS NOT NULL
"""
_UNTIL: Final = """
UPDATE card_catch_up SET seen_until = greatest(seen_until, $2) WHERE provider = $1
"""
# A page of a minute ago is being paid; one without a fee waits for the vendor's books.
_CHECKOUTS: Final = """
SELECT id FROM card_checkout
WHERE session_id <> '' AND created_at > now() - interval '30 days'
  AND ((state = 'open' AND created_at < now() - interval '2 minutes')
       OR (state = 'paid' AND fee_vnd IS NULL))
ORDER BY created_at LIMIT $1
"""
_REFUNDS: Final = """
SELECT id FROM card_refund WHERE state IN ('wanted', 'sent')
  AND created_at < now() - interval '2 minutes' ORDER BY created_at LIMIT $1
"""


async def catch_up(*, ports: Ports) -> int:
    """Read the vendor's events since the last time and apply those that never came; how many.

    Raises `Unavailable` when the vendor is away: the next time begins where this one did.
    """
    vendor = ports.cards
    if vendor is None:
        return 0
    begun = await _since(vendor)
    missed = 0
    async for event in vendor.events_since(begun - _OVERLAP):
        missed += await _apply_missed(event, vendor)
        async with work(SYSTEM):
            await run(_UNTIL, [vendor.name, event.occurred_at])
    return missed


async def _since(vendor: CardPayments) -> datetime:
    async with work(SYSTEM):
        now = await database_now()
        await insert_once(
            "card_catch_up", {"id": new_id(), "provider": vendor.name, "seen_until": now - _FIRST}
        )
        seen = (await rows(_SEEN, [vendor.name]))[0]["seen_until"]
    assert isinstance(seen, datetime)
    return seen


async def _apply_missed(event: CardEvent, vendor: CardPayments) -> bool:
    """False when it was delivered and worked; a notice that still waits is applied early."""
    async with work(SYSTEM):
        if await rows(_KNOWN, [vendor.name, event.event_id]):
            return False
        now = await database_now()
    await apply_event(event, vendor)
    async with work(SYSTEM):
        # Should it be delivered after all, it is known.
        return await insert_once(
            "inbox",
            {
                "id": new_id(),
                "provider": vendor.name,
                "provider_event_id": event.event_id[:120],
                "raw_body": b"",
                "worked_at": now,
            },
        )


async def look_again(*, ports: Ports) -> int:
    """Ask the vendor about pages that stand open, fees not yet booked, refunds without an answer.

    How many; a vendor that is away ends the round.
    """
    if ports.cards is None:
        return 0
    async with work(SYSTEM):
        pages = await rows(_CHECKOUTS, [_BATCH])
        refunds = await rows(_REFUNDS, [_BATCH])
    try:
        for row in refunds:
            await send_refund(refund_id=row["id"], ports=ports)
        for row in pages:
            await _look(row["id"], ports)
    except Unavailable as away:
        log.warning("card.look_again", error=away.code)
        return 0
    return len(pages) + len(refunds)


async def _look(checkout_id: UUID, ports: Ports) -> None:
    try:
        await look_at_checkout(checkout_id=checkout_id, ports=ports)
    except CardRefused as unknown:
        log.warning("card.page_unknown", checkout=str(checkout_id), code=unknown.code)
