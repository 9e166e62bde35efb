"""A card notice is only a hint: what it names is fetched again, then applied."""

from typing import Final
from uuid import UUID

import structlog

from integrations.contracts.cards import CardEvent, CardPayments, CardRefused
from integrations.contracts.errors import Problem
from integrations.contracts.ports import Ports
from integrations.contracts.viewer import SYSTEM
from integrations.runtime import inbox
from integrations.runtime.database import rows, work
from integrations.runtime.followups import open_follow_up
from market.settlement.rules import STAFF_DUE_S, UNREADABLE
from market.settlement.service.cards.disputes import apply_dispute
from market.settlement.service.cards.page import cards_of
from market.settlement.service.cards.paid import look_at_session
from market.settlement.service.cards.refunds import apply_refund

log = structlog.get_logger(__name__)

_OF_PAYMENT: Final = "SELECT session_id FROM card_checkout WHERE payment_id = $1 LIMIT 1"


async def work_card_event(*, inbox_id: UUID, ports: Ports) -> None:
    """Work one stored notice; nothing to do when it was worked before.

    The vendor is asked outside of any transaction; what is applied twice changes nothing, so the
    notice is marked afterwards. Raises `Unavailable` when the vendor is away.
    """
    vendor = cards_of(ports)
    async with work(SYSTEM):
        raw = await inbox.read(inbox_id)
    if raw is None:
        return
    try:
        event = vendor.parse(raw)
    except Problem as unreadable:
        async with work(SYSTEM):
            await open_follow_up(
                UNREADABLE,
                subject_type="inbox",
                subject_id=inbox_id,
                for_role="finance_staff",
                due_in_s=STAFF_DUE_S,
                said=unreadable.code,
            )
            await inbox.mark_worked(inbox_id, keep_body=True)
        return
    await apply_event(event, vendor)
    async with work(SYSTEM):
        await inbox.mark_worked(inbox_id)


async def apply_event(event: CardEvent, vendor: CardPayments) -> None:
    """Fetch what a notice names and apply it; a notice of another kind or mode has no effect."""
    if event.live != vendor.live or not event.object_id:
        return
    try:
        if event.kind.startswith("checkout.session."):
            await look_at_session(event.object_id, vendor)
        elif event.kind.startswith("payment_intent."):
            await _look_at_payment(event.object_id, vendor)
        elif event.kind.startswith("refund."):
            await apply_refund(await vendor.refund_now(event.object_id), vendor.name)
        elif event.kind.startswith("charge.dispute."):
            await apply_dispute(await vendor.dispute(event.object_id), vendor.name)
    except CardRefused as unknown:
        # The vendor knows no such object: the notice was not about us.
        log.warning("card.event_unknown", kind=event.kind, code=unknown.code)


async def _look_at_payment(payment_id: str, vendor: CardPayments) -> None:
    """Before its page is complete we do not know a payment; the page's own notice follows."""
    async with work(SYSTEM):
        found = await rows(_OF_PAYMENT, [payment_id])
    if found and found[0]["session_id"]:
        await look_at_session(found[0]["session_id"], vendor)
