"""What facts of other slices change: the producer is counted anew, and a step is done."""

from typing import Any
from uuid import UUID

from integrations.contracts.viewer import SYSTEM
from integrations.runtime.database import work
from market.programme.queries.facts import producer_behind
from market.programme.service import facts
from sellers.onboarding.service import mark_done


async def _refresh_of(what: str, subject_id: UUID) -> None:
    async with work(SYSTEM):
        producer_id = await producer_behind(what, subject_id)
    if producer_id is not None:
        await facts.refresh(producer_id)


async def part_moved(ctx: dict[str, Any], *, id: UUID, **_: object) -> None:
    """An order part was placed, cancelled, refused …"""
    await _refresh_of("part", id)


async def payment_settled(ctx: dict[str, Any], *, id: UUID, **_: object) -> None:
    """Money has come."""
    await _refresh_of("payment", id)


async def listing_approved(ctx: dict[str, Any], *, id: UUID, **_: object) -> None:
    """Goods are on sale."""
    await _refresh_of("listing", id)
    await _step_done("listing", id, "first_listing")


async def part_placed(ctx: dict[str, Any], *, id: UUID, **_: object) -> None:
    """Somebody has ordered."""
    await _step_done("part", id, "first_order")


async def _step_done(what: str, subject_id: UUID, step: str) -> None:
    async with work(SYSTEM):
        producer_id = await producer_behind(what, subject_id)
    if producer_id is not None:
        await mark_done(SYSTEM, producer_id, step)


async def producer_changed(ctx: dict[str, Any], *, id: UUID, **_: object) -> None:
    """A payout account was set."""
    await facts.refresh(id)


async def recount(ctx: dict[str, Any]) -> int:
    """Every hour: what no fact has told."""
    return await facts.recount()
