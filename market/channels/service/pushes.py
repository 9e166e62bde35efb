"""What marketplaces tell us by themselves: only a hint, worked from the inbox."""

from typing import Any
from uuid import UUID

import structlog

from integrations.contracts.channels import Channel, ChannelError, ChannelPush, Handling
from integrations.contracts.errors import Problem, Unavailable
from integrations.contracts.ports import Ports
from integrations.contracts.viewer import SYSTEM
from integrations.runtime import inbox
from integrations.runtime.database import rows, work
from integrations.runtime.followups import open_follow_up
from market.channels.rules.states import ConnectionState
from market.channels.service.connect import as_problem
from market.channels.service.orders import fetch_one
from market.channels.service.sync import sync, touch
from market.channels.service.tokens import silence
from market.settlement.rules import CHANNEL_REAUTH, STAFF_DUE_S

log = structlog.get_logger(__name__)


async def work_push(ports: Ports, *, channel: str, inbox_id: UUID) -> None:
    """Work one stored hint; nothing to do when it was worked before.

    Raises `Unavailable` when the marketplace has to be asked later.
    """
    port = ports.channels.get(channel)
    if port is None:
        return
    async with work(SYSTEM):
        raw = await inbox.read(inbox_id)
    if raw is None:
        return
    try:
        push = port.parse_push(raw)
        await _follow(ports, port, push)
    except ChannelError as refused:
        if refused.handling is not Handling.REAUTH:
            raise as_problem(refused) from refused
        # Nothing can be fetched now; once the shop agrees again its orders are asked for.
    except Unavailable:
        raise
    except Problem as unreadable:
        log.warning("channel.push_unreadable", inbox_id=str(inbox_id), code=unreadable.code)
    async with work(SYSTEM):
        await inbox.mark_worked(inbox_id)


async def _follow(ports: Ports, port: Channel, push: ChannelPush) -> None:
    if push.kind == "authorisation_ends":
        # Of many shops at once: their numbers are the subject.
        for shop_id in push.subject.split(","):
            await _ends_soon(port.code, shop_id)
        return
    connection = await _connection(port.code, push.shop_id)
    if connection is None:
        return
    match push.kind:
        case "order" if push.subject:
            await fetch_one(ports, connection["id"], push.subject)
        case "item" | "stock":
            async with work(SYSTEM):
                found = await rows(
                    "SELECT id FROM channel_listing WHERE connection_id = $1"
                    " AND ($2 = '' OR item_id = $2) AND item_id <> '' LIMIT 50",
                    [connection["id"], push.subject],
                )
            for listing_id in await touch([row["id"] for row in found], unblock=False):
                await sync(ports, listing_id)
        case "deauthorised":
            # Also a repeat that comes after the seller has agreed again.
            if push.occurred_at >= connection["connected_at"]:
                await silence(connection["id"], code="channel.deauthorised")
        case _:
            log.info("channel.push_other", kind=push.kind)


async def _ends_soon(channel: str, shop_id: str) -> None:
    """The agreement ends within days: asked for now, while everything still works."""
    connection = await _connection(channel, shop_id) if shop_id else None
    if connection is None or connection["state"] != ConnectionState.ACTIVE:
        return
    async with work(SYSTEM):
        await open_follow_up(
            CHANNEL_REAUTH,
            subject_type="channel_connection",
            subject_id=connection["id"],
            for_role="province_staff",
            due_in_s=STAFF_DUE_S,
            producer_id=connection["producer_id"],
            channel=channel,
            shop_name=connection["shop_name"],
            code="channel.authorisation_ends",
        )


async def _connection(channel: str, shop_id: str) -> dict[str, Any] | None:
    async with work(SYSTEM):
        found = await rows(
            "SELECT id, producer_id, shop_name, connected_at, state FROM channel_connection"
            " WHERE channel = $1 AND shop_id = $2 AND state <> 'ended'",
            [channel, shop_id],
        )
    return found[0] if found else None
