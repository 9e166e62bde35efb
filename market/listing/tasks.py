"""What follows from decisions, photos and new names, and the reminder for staff."""

from typing import Any
from uuid import UUID

from market.listing.service import goods, moderation


async def tell_producer(
    ctx: dict[str, Any], *, id: UUID, outbox_id: UUID, payload: dict[str, Any]
) -> None:
    """Tell the producer what staff decided. Safe to run twice: the message has a key."""
    await moderation.tell_producer(
        ctx["ports"].messages,
        listing_id=id,
        link=f"{ctx['settings'].public_url}/producer/goods/{id}",
        case_link=f"{ctx['settings'].public_url}/who/case",
        key=str(outbox_id),
        decision=str(payload["decision"]),
        reason=str(payload.get("reason", "")),
    )


async def photo_refused(
    ctx: dict[str, Any], *, id: UUID, outbox_id: UUID, payload: dict[str, Any]
) -> None:
    """Send goods in review back when their photo cannot be used."""
    await moderation.photo_refused(id)


async def producer_changed(
    ctx: dict[str, Any], *, id: UUID, outbox_id: UUID, payload: dict[str, Any]
) -> None:
    """Goods are found by the name and commune that their producer has now."""
    await goods.rename_maker(id)


async def remind_staff(ctx: dict[str, Any]) -> None:
    """Every hour: what waits too long for review stands among the follow-ups."""
    await moderation.remind_staff()
