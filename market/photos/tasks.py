"""Photo work of the worker: prepare one, tidy up at night."""

from typing import Any
from uuid import UUID

from market.photos import service


async def render(
    ctx: dict[str, Any], *, id: UUID, outbox_id: UUID, payload: dict[str, Any]
) -> None:
    """Prepare a received photo. Safe to run twice."""
    await service.prepare(ctx["ports"].storage, id)


async def complete(
    ctx: dict[str, Any], *, id: UUID, outbox_id: UUID, payload: dict[str, Any]
) -> None:
    """Make AVIF and the marketplaces' square of a prepared photo. Safe to run twice."""
    await service.complete(ctx["ports"].storage, id)


async def call_incomplete(ctx: dict[str, Any]) -> None:
    """Every hour: photos from before there was more to make of them."""
    await service.call_incomplete()


async def tidy(ctx: dict[str, Any]) -> None:
    """Once a night: files that no row knows, and photos that no try could prepare."""
    await service.give_up_old()
    await service.remove_orphans(ctx["ports"].storage)
