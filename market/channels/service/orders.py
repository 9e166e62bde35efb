"""Orders of marketplaces: a hint leads to a fetch, a fetch to one import, whoever comes first."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid5

import structlog

from integrations.contracts.channels import ChannelError, ChannelOrder, Handling, OrderState
from integrations.contracts.ids import new_id
from integrations.contracts.ports import Ports
from integrations.contracts.viewer import SYSTEM
from integrations.runtime.database import insert_once, retrying, rows, run, work
from integrations.runtime.followups import close_follow_ups, open_follow_up
from market.channels import queries
from market.channels.rules.lines import OurLine, Ours, fee_share, ours
from market.channels.rules.states import PAID_STATES, ConnectionState, is_news
from market.channels.service.connect import port_of, shop_of
from market.channels.service.tokens import operator_has_mended
from market.orders.rules import PartState
from market.orders.service import NewLine
from market.settlement.rules import CHANNEL_PARKED, CLOSED_GIVES_S, STAFF_DUE_S
from market.settlement.service.channel import (
    ChannelSale,
    book_fee,
    cancel_sale,
    coming_back,
    follow_sale,
    take_sale,
    take_units,
)

log = structlog.get_logger(__name__)

Row = Mapping[str, Any]
# Asked for again every time: what was changed there while we looked, or shows late in its list.
OVERLAP: Final = timedelta(minutes=10)
# Before a number is sent only the newest matter; the rest is found by the next whole look.
NEWEST: Final = timedelta(seconds=15)
# What is not about one order: the next one would be refused likewise.
_OF_THE_SHOP: Final = frozenset(
    {Handling.RETRY, Handling.WAIT, Handling.REFRESH, Handling.REAUTH, Handling.UNKNOWN_OUTCOME}
)
_READ: Final = "read"  # how a follow-up about an order ends by itself
_CLOSED_LATELY: Final = """
SELECT 1 FROM follow_up WHERE kind = $1 AND subject_id = $2 AND outcome <> $4
  AND closed_at > now() - make_interval(secs => $3)
"""
# Closed by a person it still is not read; after two weeks that is left to the person.
_PARKED: Final = """
SELECT number FROM (
  SELECT DISTINCT ON (subject_id) subject_id, outcome, details->>'number' AS number FROM follow_up
  WHERE kind = $1 AND subject_type = 'channel_order' AND details->>'connection_id' = $2
    AND (closed_at IS NULL OR closed_at > now() - interval '15 days')
  ORDER BY subject_id, opened_at DESC, id DESC) last
WHERE outcome <> $3 ORDER BY number LIMIT 50
"""

_FOLLOWS: Final[Mapping[OrderState, PartState]] = {
    OrderState.SHIPPED: PartState.HANDED_OVER,
    OrderState.RETURNING: PartState.HANDED_OVER,
    OrderState.COMPLETED: PartState.COMPLETED,
}
_SHOP = """
SELECT c.id, c.producer_id, c.channel, c.shop_id, c.state, c.orders_until, c.connected_at,
  now() AS now, p.name AS producer_name, p.kind AS producer_kind
FROM channel_connection c JOIN producer p ON p.id = c.producer_id WHERE c.id = $1
"""


async def _shop(connection_id: UUID) -> dict[str, Any] | None:
    async with work(SYSTEM):
        found = await rows(_SHOP, [connection_id])
    return found[0] if found and found[0]["state"] == ConnectionState.ACTIVE else None


async def pull(ports: Ports, connection_id: UUID, *, overlap: timedelta = OVERLAP) -> int:
    """Fetch and import every order that changed since the last look, with overlap; how many.

    A whole look also takes up again what could not be read before. Nothing for a shop that we may
    not act for. Raises `ChannelError` for what concerns the whole shop; then the next look begins
    where this one did.
    """
    shop = await _shop(connection_id)
    if shop is None:
        return 0
    port, until = port_of(ports, shop["channel"]), shop["now"]
    since: datetime = (shop["orders_until"] or shop["connected_at"]) - overlap
    ids = await port.orders_changed(shop_of(shop), since=since, until=until)
    again = await _parked(shop) if overlap >= OVERLAP else []
    for order_id in dict.fromkeys([*ids, *again]):
        await fetch(ports, shop, order_id)
    async with work(SYSTEM):
        await run(
            "UPDATE channel_connection SET orders_until = greatest(orders_until, $2),"
            " orders_due_at = NULL WHERE id = $1",
            [connection_id, until],
        )
        if overlap >= OVERLAP:
            await operator_has_mended(connection_id)
    return len(ids)


async def fetch_one(ports: Ports, connection_id: UUID, order_id: str) -> None:
    """Fetch one order again and import what it says now. Raises `ChannelError`."""
    shop = await _shop(connection_id)
    if shop is not None:
        await fetch(ports, shop, order_id)


async def fetch(ports: Ports, shop: Row, order_id: str) -> None:
    """The same for a shop that was read already. One order that nobody understands is put aside
    for a person: the others go on."""
    try:
        order = await port_of(ports, shop["channel"]).order(shop_of(dict(shop)), order_id)
    except ChannelError as refused:
        if refused.handling in _OF_THE_SHOP:
            raise
        if refused.handling is Handling.GONE:
            log.warning("channel.order_gone", order=order_id)
            return
        async with work(SYSTEM):
            await _park(shop, order_id, refused)
        return
    await retrying(lambda: take_in(shop, order))


def _parked_id(shop: Row, order_id: str) -> UUID:
    """What a follow-up about an order is about, whether or not we keep the order."""
    return uuid5(shop["id"], order_id)


async def _park(shop: Row, order_id: str, refused: ChannelError) -> None:
    """Ask a person to look, once; closed by one, it comes back after a day."""
    subject_id = _parked_id(shop, order_id)
    if await rows(_CLOSED_LATELY, [CHANNEL_PARKED, subject_id, float(CLOSED_GIVES_S), _READ]):
        return
    if await open_follow_up(
        CHANNEL_PARKED,
        subject_type="channel_order",
        subject_id=subject_id,
        for_role="province_staff",
        due_in_s=STAFF_DUE_S,
        producer_id=shop["producer_id"],
        channel=shop["channel"],
        connection_id=shop["id"],
        number=order_id,
        code=refused.vendor_code,
        reference=f"{refused.vendor_code} {refused.vendor_text}".strip()[:200],
    ):
        log.warning("channel.order_parked", order=order_id, said=refused.vendor_code)


async def _parked(shop: Row) -> list[str]:
    async with work(SYSTEM):
        found = await rows(_PARKED, [CHANNEL_PARKED, str(shop["id"]), _READ])
    return [row["number"] for row in found]


async def take_in(shop: Row, order: ChannelOrder) -> bool:
    """Import what was fetched, once, in one transaction; False for old news.

    Whatever overtakes what: the state that is kept only moves forward.
    """
    async with work(SYSTEM):
        if order.unread is not None:
            await _park(shop, order.order_id, order.unread)
        else:
            await close_follow_ups(
                SYSTEM,
                subject_id=_parked_id(shop, order.order_id),
                outcome=_READ,
                kinds=(CHANNEL_PARKED,),
            )
        kept, is_new = await _kept(shop, order)
        state = OrderState(kept["state"])
        if not is_new and order.state is not state and not is_news(state, order.state):
            return False
        found = await _ours(shop["id"], order)
        await _act(shop, order, kept, found)
        await _book_fee(shop, order, kept, found)
        await run(
            "UPDATE channel_order SET state = $2, vendor_updated_at = greatest($3,"
            " vendor_updated_at), looked_at = now() WHERE id = $1",
            [kept["id"], str(order.state), order.updated_at],
        )
    return True


async def _kept(shop: Row, order: ChannelOrder) -> tuple[dict[str, Any], bool]:
    """The order's row, locked until we commit; and whether this is its first sight."""
    is_new = await insert_once(
        "channel_order",
        {
            "id": new_id(),
            "connection_id": shop["id"],
            "producer_id": shop["producer_id"],
            "outside_id": order.order_id,
            "state": str(order.state),
            "vendor_updated_at": order.updated_at,
            "part_id": new_id(),
            "total_vnd": order.total_vnd,
            "buyer_name": order.buyer_name[:120],
            "region": order.region[:160],
        },
    )
    found = await rows(
        "SELECT * FROM channel_order WHERE connection_id = $1 AND outside_id = $2 FOR UPDATE",
        [shop["id"], order.order_id],
    )
    return found[0], is_new


async def _ours(connection_id: UUID, order: ChannelOrder) -> Ours:
    known = await queries.sold_goods(
        connection_id,
        [line.sku for line in order.lines if line.sku],
        [line.item_id for line in order.lines if line.item_id],
    )
    return ours(order.lines, known)


async def _act(shop: Row, order: ChannelOrder, kept: Row, found: Ours) -> None:
    part_id = kept["part_id"]
    if order.state is OrderState.CANCELLED:
        if kept["state"] != OrderState.CANCELLED:
            await cancel_sale(part_id=part_id, fees=kept["fee_posted"])
        return
    if not found.lines:
        return  # nothing of ours in it: the shop sells other things too
    if kept["order_id"] is None:
        short = await take_units(
            part_id=part_id, wants=found.wants, make_room=order.state in PAID_STATES
        )
        if order.state not in PAID_STATES:
            return
        order_id = await take_sale(_sale(shop, order, part_id, found), short_units=short)
        await run(
            "UPDATE channel_order SET order_id = $2, short_units = $3 WHERE id = $1",
            [kept["id"], order_id, short],
        )
    if order.state in _FOLLOWS:
        await follow_sale(part_id=part_id, to=_FOLLOWS[order.state])
    if order.state is OrderState.RETURNING and kept["state"] != OrderState.RETURNING:
        await coming_back(part_id=part_id)


def _sale(shop: Row, order: ChannelOrder, part_id: UUID, found: Ours) -> ChannelSale:
    return ChannelSale(
        order_key=f"{shop['channel']}:{shop['id']}:{order.order_id}"[:64],
        source=shop["channel"],
        connection_id=shop["id"],
        part_id=part_id,
        producer_id=shop["producer_id"],
        producer_name=shop["producer_name"],
        producer_kind=shop["producer_kind"],
        buyer_name=order.buyer_name[:120],
        region=order.region[:160],
        lines=tuple(_line(line) for line in found.lines),
    )


def _line(line: OurLine) -> NewLine:
    """As agreed there. No commission and no tax: marketplaces withhold for themselves."""
    return NewLine(
        variant_id=line.variant_id,
        name=line.goods["name"][:120],
        unit=line.goods["unit"],
        price_vnd=line.price_vnd,
        quantity=line.quantity,
        tax_class=line.goods["tax_class"],
        picture_key=line.goods["picture_key"],
        commission_vnd=0,
        vat_vnd=0,
        pit_vnd=0,
    )


async def _book_fee(shop: Row, order: ChannelOrder, kept: Row, found: Ours) -> None:
    """The fee once it is known, and again what it changed by; never for what was called off."""
    if order.fee_vnd is None or order.state is OrderState.CANCELLED or not found.lines:
        return
    fee_vnd = fee_share(order.fee_vnd, found)
    change_vnd = fee_vnd - (kept["fee_vnd"] or 0)
    if kept["fee_vnd"] is not None and change_vnd == 0:
        return
    n = kept["fee_posted"] + 1
    await book_fee(part_id=kept["part_id"], connection_id=shop["id"], change_vnd=change_vnd, n=n)
    await run(
        "UPDATE channel_order SET fee_vnd = $2, fee_posted = $3 WHERE id = $1",
        [kept["id"], fee_vnd, n],
    )
