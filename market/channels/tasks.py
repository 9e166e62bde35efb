"""What follows for marketplaces from facts here, from their pushes, and from time."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from integrations.contracts.channels import ChannelError, Handling
from integrations.contracts.ports import Ports
from integrations.contracts.viewer import SYSTEM
from integrations.runtime.database import work
from market.channels import queries
from market.channels.service import due, tell
from market.channels.service.connect import as_problem
from market.channels.service.orders import pull
from market.channels.service.pushes import work_push
from market.channels.service.sync import sync, touch
from market.channels.service.tokens import ask_operator, is_operators, silence

Ctx = Mapping[str, Any]


async def sync_variant(ctx: Ctx, *, id: UUID, outbox_id: UUID, payload: Mapping[str, Any]) -> None:
    """What is left has changed here: tell each marketplace where the goods stand."""
    async with work(SYSTEM):
        found = await queries.of_variant(id)
    await _each(ctx["ports"], await touch(found, unblock=False, told_by=outbox_id))


async def sync_listing(ctx: Ctx, *, id: UUID, outbox_id: UUID, payload: Mapping[str, Any]) -> None:
    """Price, words or state of goods have changed: what a person had to mend may be mended."""
    async with work(SYSTEM):
        found = await queries.of_listing(id)
    await _each(ctx["ports"], await touch(found, unblock=True, told_by=outbox_id))


async def sync_producer(ctx: Ctx, *, id: UUID, outbox_id: UUID, payload: Mapping[str, Any]) -> None:
    """Staff have confirmed or stopped a seller: the goods appear or vanish at marketplaces too."""
    async with work(SYSTEM):
        found = await queries.of_producer(id)
    await _each(ctx["ports"], await touch(found, unblock=True, told_by=outbox_id))


async def _each(ports: Ports, channel_listing_ids: list[UUID]) -> None:
    for channel_listing_id in channel_listing_ids:
        await sync(ports, channel_listing_id)


async def sync_one(ctx: Ctx, *, id: UUID, outbox_id: UUID, payload: Mapping[str, Any]) -> None:
    """Somebody has asked, or its time has come."""
    await sync(ctx["ports"], id)


async def pull_orders(ctx: Ctx, *, id: UUID, outbox_id: UUID, payload: Mapping[str, Any]) -> None:
    """Ask a shop for orders that changed: finds what no push has told. Raises to be put back."""
    try:
        await pull(ctx["ports"], id)
    except ChannelError as refused:
        if is_operators(refused):
            async with work(SYSTEM):
                await ask_operator(id, refused)
        if refused.handling is not Handling.REAUTH:
            raise as_problem(refused) from refused
        await silence(id, code=refused.code)


async def connected(ctx: Ctx, *, id: UUID, outbox_id: UUID, payload: Mapping[str, Any]) -> None:
    """A shop agreed (again): its orders first, then its goods by the sweep."""
    await pull_orders(ctx, id=id, outbox_id=outbox_id, payload=payload)


async def work_shopee_push(
    ctx: Ctx, *, id: UUID, outbox_id: UUID, payload: Mapping[str, Any]
) -> None:
    """One push of Shopee from the inbox."""
    await work_push(ctx["ports"], channel="shopee", inbox_id=id)


async def tell_silenced(ctx: Ctx, *, id: UUID, outbox_id: UUID, payload: Mapping[str, Any]) -> None:
    """The marketplace asks for the seller's agreement again."""
    await tell.tell_silenced(
        ctx["ports"],
        connection_id=id,
        public_url=ctx["settings"].public_url,
        key=str(outbox_id),
    )


async def tell_blocked(ctx: Ctx, *, id: UUID, outbox_id: UUID, payload: Mapping[str, Any]) -> None:
    """Goods cannot be shown there until the producer mends something."""
    await tell.tell_blocked(
        ctx["ports"],
        channel_listing_id=id,
        public_url=ctx["settings"].public_url,
        key=str(outbox_id),
    )


async def give_out(ctx: Ctx) -> int:
    """Every half minute: goods that differ or were not looked at, shops to ask for orders."""
    return await due.give_out()
