"""What follows from a decision, the reminder for staff, and steps that the market brings."""

from typing import Any
from uuid import UUID

from sellers.onboarding import service


async def tell_producer(
    ctx: dict[str, Any], *, id: UUID, outbox_id: UUID, payload: dict[str, Any]
) -> None:
    """Tell the producer what staff decided. Safe to run twice: the message has a key."""
    await service.tell_producer(
        ctx["ports"].messages,
        producer_id=id,
        state=str(payload["state"]),
        reason=str(payload.get("reason", "")),
        link=f"{ctx['settings'].public_url}/who/case",
        key=str(outbox_id),
    )


async def remind_staff(ctx: dict[str, Any]) -> None:
    """Every hour: what waits too long for an answer stands among the follow-ups."""
    await service.remind_staff()
