"""The end of histories: everything becomes calm, and both sides must be the same."""

from collections.abc import Collection
from typing import Any, Final
from uuid import UUID

from integrations.contracts.viewer import SYSTEM
from integrations.runtime.database import rows, run, work
from market.settlement.rules import CHANNEL_REAUTH
from tests.kit.channels import Elsewhere
from tests.kit.histories import History, agree_again


async def calm(there: Elsewhere, batch: list[History]) -> None:
    """No faults, no campaigns, all agreed and approved, every notice sent, everything looked at."""
    await there.market.fault()
    for item in await there.market.items():
        if item["reserved"] or item["price_locked"] or item["status"] == "REVIEWING":
            status = "NORMAL" if item["status"] == "REVIEWING" else None
            await there.market.control(
                f"items/{item['item_id']}", reserved=0, price_locked=False, status=status
            )
    for order in list(there.market.inside.state.orders.values()):
        if order.odd:
            await there.market.control(f"orders/{order.order_sn}", odd="")
    for one in {one.connection_id: one for one in batch}.values():
        await agree_again(one)
    await there.market.control("flush")
    shops = list({one.connection_id for one in batch})
    async with work(SYSTEM):
        await run(
            "UPDATE channel_connection SET orders_due_at = now() WHERE id = ANY($1::uuid[])",
            [shops],
        )
        # The sweep looks at what was not looked at for a while.
        await run(
            "UPDATE channel_listing SET state = 'due', due_at = now()"
            " WHERE connection_id = ANY($1::uuid[]) AND state <> 'blocked'",
            [shops],
        )
    await there.settle()


async def differences(there: Elsewhere, batch: list[History]) -> list[str]:
    """What is not equal at the end, doubled, lost, or was oversold beyond the lock."""
    state = await there.market.state()
    connections = list({one.connection_id for one in batch})
    found: list[str] = []
    async with work(SYSTEM):
        shops = await rows(
            "SELECT c.shop_id, c.state, (SELECT count(*)::int FROM follow_up f"
            " WHERE f.subject_id = c.id AND f.kind = $2) AS silenced, c.id"
            " FROM channel_connection c WHERE c.id = ANY($1::uuid[])",
            [connections, CHANNEL_REAUTH],
        )
        kept = {
            row["outside_id"]: row
            for row in await rows(
                "SELECT * FROM channel_order WHERE connection_id = ANY($1::uuid[])", [connections]
            )
        }
        ours = {
            row["sku"]: row
            for row in await rows(
                "SELECT cl.*, v.available, v.price_vnd, l.state AS listing_state"
                " FROM channel_listing cl JOIN variant v ON v.id = cl.variant_id"
                " JOIN listing l ON l.id = v.listing_id"
                " WHERE cl.connection_id = ANY($1::uuid[])",
                [connections],
            )
        }
        untold = await rows(
            "SELECT o.outside_id FROM channel_order o WHERE o.connection_id = ANY($1::uuid[])"
            " AND o.short_units > 0 AND NOT EXISTS (SELECT 1 FROM follow_up f"
            " WHERE f.subject_id = o.part_id AND f.kind = 'channel.short')",
            [connections],
        )
    found += [f"{one['shop_id']} is {one['state']}" for one in shops if one["state"] != "active"]
    # A shop is lost by nothing but the marketplace's own doing.
    spent = state["switches"]["fired"].get("rotated_token", 0)
    if sum(one["silenced"] for one in shops) > spent:
        found.append(f"tokens lost: {spent} spent elsewhere, {shops}")
    found += [f"silent shortfall: {row['outside_id']}" for row in untold]
    numbers = {one["shop_id"] for one in shops}
    for order in state["orders"].values():
        if str(order["shop_id"]) in numbers:
            row = kept.get(order["order_sn"])
            if row is None or row["state"] != _OURS[order["status"]]:
                found.append(f"order {order['order_sn']} {order['status']}: {row and row['state']}")
    silent = {one["id"] for one in shops if one["silenced"]}
    for history in batch:
        found += [f"{history.seed} {one}: {history.said}"
                  for one in _differs(ours[history.sku], state, history, kept, silent)]  # fmt: skip
    return found


_OURS: Final = {
    "UNPAID": "unpaid", "READY_TO_SHIP": "to_ship", "PROCESSED": "to_ship", "SHIPPED": "shipped",
    "COMPLETED": "completed", "CANCELLED": "cancelled", "TO_RETURN": "returning",
    "IN_CANCEL": "to_ship",
}  # fmt: skip


def _differs(
    row: dict[str, Any],
    state: dict[str, Any],
    history: History,
    kept: dict[str, Any],
    silent: Collection[UUID],
) -> list[str]:
    items = [
        one for one in state["items"].values()
        if one["sku"] == history.sku and one["status"] != "SELLER_DELETE"
    ]  # fmt: skip
    short = sum(kept[n]["short_units"] for n in history.theirs if n in kept)
    found = []
    if len(items) > 1:
        found.append("doubled")
    # What was sold there and could not be heard of may be sold here too; somebody is told of it.
    unheard = history.seen["unreadable"] or history.connection_id in silent
    if short and not (history.seen["beyond the lock"] or history.seen["sold twice"] or unheard):
        found.append(f"oversold by {short}")
    should = row["wanted"] == "listed" and row["listing_state"] == "live"
    if not items:
        return [*found, "is not there"] if should else found
    seen = items[0]
    if str(seen["item_id"]) != row["item_id"]:
        found.append(f"another item: {seen['item_id']} {row['item_id']}")
    if (seen["status"] == "NORMAL") != should:
        found.append(f"{seen['status']}, should be shown: {should}")
    there = (seen["price_vnd"], seen["stock"])
    if should and there != (row["price_vnd"], row["available"]):
        found.append(f"{there} there, {row['price_vnd']}, {row['available']} here")
    return found
