"""Random histories of goods that stand here and at a marketplace, with everything going wrong."""

import random
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from integrations.contracts.errors import Problem
from integrations.contracts.ids import new_id
from integrations.contracts.viewer import SYSTEM
from integrations.runtime.database import insert_once, rows, run, work
from market.catalog.rules import ListingState
from market.catalog.service import listings
from market.channels.service import offer
from market.listing.service import goods as goods_service
from market.settlement.service import seller as taps
from tests.kit.channels import ABOUT, CATEGORY, NAME, Elsewhere, time_passes
from tests.kit.listings import Goods, a_listing
from tests.kit.orders import Placed, an_order_part
from tests.kit.people import Seller, a_seller

# Every switch of the stand-in, each for a call or two of those that follow.
FAULTS: Final[tuple[dict[str, Any], ...]] = (
    {"kind": "time_out_before", "path": "product/"},
    {"kind": "time_out_after_success", "path": "product/"},
    {"kind": "time_out_after_success", "path": "add_item"},
    {"kind": "time_out_after_success", "path": "order/"},
    {"kind": "status_429"},
    {"kind": "error_busy"},
    {"kind": "server_error"},
    {"kind": "garbage"},
    {"kind": "expired_token"},
    {"kind": "partial_failure"},
    {"kind": "search_lag"},
    {"kind": "duplicate_push"},
    {"kind": "reorder_push"},
    {"kind": "drop_push"},
    {"kind": "delay_push", "delay_s": 60},
)


@dataclass
class History:
    """One piece of goods and what happens to it; `said` replays it for people."""

    seed: str
    there: Elsewhere
    seller: Seller
    goods: Goods
    listing_id: UUID
    chance: random.Random
    said: list[str] = field(default_factory=list)
    ours: list[Placed] = field(default_factory=list)
    theirs: list[str] = field(default_factory=list)
    seen: Counter[str] = field(default_factory=Counter)

    @property
    def sku(self) -> str:
        """How the marketplace knows it."""
        return f"GANH-{self.goods.code}"

    async def step(self) -> None:
        """One thing happens."""
        verb = self.chance.choice(_STEPS)
        self.said.append(verb.__name__)
        self.seen[verb.__name__] += 1
        try:
            await verb(self)
        except Problem as refused:  # sold out, moved on: as a person would be told
            self.said[-1] += f" ({refused.code})"

    async def available(self) -> int:
        """What is left here."""
        async with work(SYSTEM):
            found = await rows("SELECT available FROM variant WHERE id = $1",
                               [self.goods.variant_id])  # fmt: skip
        return int(found[0]["available"])

    async def item(self) -> dict[str, Any] | None:
        """The living item there, if any."""
        found = await self.there.market.items(self.sku)
        alive = [one for one in found if one["status"] != "SELLER_DELETE"]
        assert len(alive) <= 1, f"{self.seed}: {len(alive)} items there: {self.said}"
        return alive[0] if alive else None


async def price(it: History) -> None:
    """Another price."""
    async with work(it.seller.viewer):
        held = await listings.hold(it.seller.viewer, it.goods.id)
        await listings.change(held, price_vnd=it.chance.randrange(100, 400) * 1_000)


async def count(it: History) -> None:
    """Another number on the shelf."""
    await goods_service.add_stock(
        it.seller.viewer,
        listing_id=it.goods.id,
        change=it.chance.randint(-3, 8),
        reference=str(new_id()),
    )


async def hide_or_show(it: History) -> None:
    """Paused here, or on sale again."""
    async with work(SYSTEM):
        state = (await rows("SELECT state FROM listing WHERE id = $1", [it.goods.id]))[0]["state"]
    verb = goods_service.pause if state == ListingState.LIVE else goods_service.resume
    await verb(it.seller.viewer, listing_id=it.goods.id)


async def withdraw_or_put_back(it: History) -> None:
    """Taken down there only, or put back."""
    verb = it.chance.choice((offer.withdraw, offer.put_back, offer.put_back))
    await verb(it.seller.viewer, channel_listing_id=it.listing_id)


async def order_here(it: History) -> None:
    """Somebody orders here."""
    quantity = it.chance.randint(1, 3)
    it.ours.append(await an_order_part(it.seller, it.goods, quantity=quantity))


async def pay_here(it: History) -> None:
    """The money of an order here has come."""
    if it.ours:
        one = it.chance.choice(it.ours)
        await taps.say_money(part_id=one.part_id, actor=it.seller.viewer, received=True)


async def cancel_here(it: History) -> None:
    """The seller cannot do an order."""
    if it.ours:
        one = it.ours.pop(it.chance.randrange(len(it.ours)))
        await taps.cannot(part_id=one.part_id, actor=it.seller.viewer, reason="Out of goods")


async def order_there(it: History) -> None:
    """Somebody orders at the marketplace, within what it shows and what there is.

    Numbers that are on their way may be stale there: what is shown beyond what is left is what
    the stand-in's campaign or a lost answer keeps, and is bought in `order_too_much_there`.
    """
    item, left = await it.item(), await it.available()
    if item is None or item["status"] != "NORMAL":
        return
    most = min(int(item["stock"]), left, 3)
    if most > 0:
        await _buy(it, item, it.chance.randint(1, most))


async def order_too_much_there(it: History) -> None:
    """A campaign keeps the number up, and somebody buys what is not there any more."""
    item, left = await it.item(), await it.available()
    if item and item["status"] == "NORMAL" and int(item["reserved"]) > left:
        it.seen["beyond the lock"] += 1
        await _buy(it, item, int(item["reserved"]))


async def _buy(it: History, item: dict[str, Any], quantity: int) -> None:
    body = {"lines": [{"item_id": item["item_id"], "quantity": quantity}]}
    paid = it.chance.random() < 0.8
    answer = await it.there.market.http.post("_control/orders", json={**body, "paid": paid})
    assert answer.is_success, answer.text
    it.theirs.append(answer.json()["order_sn"])


async def move_there(it: History) -> None:
    """A step of an order there; one that does not fit is refused by the marketplace."""
    if it.theirs:
        number = it.chance.choice(it.theirs)
        verb = it.chance.choice(("pay", "ship", "complete", "cancel", "cancel", "return"))
        restock = it.chance.random() < 0.5
        answer = await it.there.market.http.post(
            f"_control/orders/{number}/{verb}", json={"restock": restock}
        )
        assert answer.status_code in (200, 409), answer.text
        it.said[-1] += f" {verb} {answer.status_code}"


async def campaign(it: History) -> None:
    """A campaign begins or ends: units or the price are kept."""
    item = await it.item()
    if item is not None:
        kept = it.chance.choice((0, 0, min(3, int(item["stock"]))))
        await it.there.market.control(
            f"items/{item['item_id']}", reserved=kept, price_locked=it.chance.random() < 0.2
        )


async def renew(it: History) -> None:
    """The access token of the shop ends now."""
    for shop_id in (await it.there.market.state())["shops"]:
        await it.there.market.control(f"shops/{shop_id}", expire_access=True)


async def trouble(it: History) -> None:
    """Two faults for the next calls."""
    picked = it.chance.sample(FAULTS, 2)
    await it.there.market.fault(
        *({**one, "next": it.chance.randint(1, 2)} for one in picked),
        seed=it.chance.randrange(10**6),
    )


async def work_off(it: History) -> None:
    """The worker comes round, with whatever trouble there is."""
    await it.there.drain()


_STEPS: Final[tuple[Callable[[History], Awaitable[None]], ...]] = (
    *(price, count, hide_or_show, withdraw_or_put_back),
    *(order_here, order_here, pay_here, cancel_here),
    *(order_there, order_there, order_there, order_too_much_there, move_there, move_there),
    *(campaign, renew, trouble, trouble),
)


async def a_batch(there: Elsewhere, seed: str, count: int) -> tuple[UUID, list[History]]:
    """`count` histories in one connected shop; each has its own goods and its own chance."""
    seller = await a_seller()
    connection_id = await there.connect(seller)
    picture = new_id().hex
    await there.ports.storage.put(
        f"r/{picture}.jpg", b"\xff\xd8\xff\xe0" + picture.encode() * 20, content_type="image/jpeg"
    )
    made = []
    for n in range(count):
        chance = random.Random(f"{seed}:{n}")
        goods = await a_listing(
            seller, name=NAME, price_vnd=185_000, available=chance.randint(2, 12), unit="chai",
            description=ABOUT, state=ListingState.LIVE,
        )  # fmt: skip
        listing_id = await _offered(seller, goods, connection_id, picture)
        made.append(History(f"{seed}:{n}", there, seller, goods, listing_id, chance))
    return connection_id, made


async def _offered(seller: Seller, goods: Goods, connection_id: UUID, picture: str) -> UUID:
    listing_id, photo_id = new_id(), new_id()
    async with work(SYSTEM):
        await insert_once(
            "photo",
            {
                "id": photo_id, "listing_id": goods.id, "producer_id": seller.producer_id,
                "state": "ready", "original_key": f"photos/{photo_id}/original.jpg",
                "original_sha256": "0" * 64, "original_bytes": 1, "content_type": "image/jpeg",
                "width_px": 960, "height_px": 720,
            },
        )  # fmt: skip
        await insert_once(
            "rendition",
            {
                "id": new_id(), "photo_id": photo_id, "producer_id": seller.producer_id,
                "format": "jpg", "width_px": 960, "height_px": 720, "size_bytes": 1,
                "key": f"r/{picture}.jpg",
            },
        )  # fmt: skip
        await insert_once(
            "channel_listing",
            {
                "id": listing_id, "connection_id": connection_id, "variant_id": goods.variant_id,
                "producer_id": seller.producer_id, "sku": f"GANH-{goods.code}",
                "wanted": "listed", "state": "due", "problem_params": "{}",
                "category_id": CATEGORY, "weight_g": 745,
            },
        )  # fmt: skip
    return listing_id


async def play(batch: list[History], *, steps: int, chance: random.Random) -> None:
    """Let the histories happen side by side; the worker comes round now and then."""
    for _ in range(steps):
        chance.shuffle(batch)
        for history in batch:
            await history.step()
        if chance.random() < 0.5:
            await time_passes()
        if chance.random() < 0.6:
            await batch[0].there.drain()


async def calm(there: Elsewhere, batch: list[History], connection_id: UUID) -> None:
    """No faults, no campaigns, every notice sent, everything looked at."""
    await there.market.fault()
    for history in batch:
        if (item := await history.item()) is not None:
            await there.market.control(f"items/{item['item_id']}", reserved=0, price_locked=False)
    await there.market.control("flush")
    async with work(SYSTEM):
        await run(
            "UPDATE channel_connection SET orders_due_at = now() WHERE id = $1", [connection_id]
        )
    await there.settle()
    async with work(SYSTEM):
        # The sweep looks at what was not looked at for a while.
        await run(
            "UPDATE channel_listing SET state = 'due', due_at = now() WHERE connection_id = $1"
            " AND state <> 'blocked'",
            [connection_id],
        )
    await there.settle()


async def differences(there: Elsewhere, batch: list[History], connection_id: UUID) -> list[str]:
    """What is not equal at the end, doubled, lost, or was oversold beyond the lock."""
    state = await there.market.state()
    found: list[str] = []
    async with work(SYSTEM):
        shop = (await rows("SELECT state, shop_id FROM channel_connection WHERE id = $1",
                           [connection_id]))[0]  # fmt: skip
        kept = {
            row["outside_id"]: row
            for row in await rows("SELECT * FROM channel_order WHERE connection_id = $1",
                                  [connection_id])
        }  # fmt: skip
        ours = {
            row["sku"]: row
            for row in await rows(
                "SELECT cl.*, v.available, v.price_vnd, l.state AS listing_state"
                " FROM channel_listing cl JOIN variant v ON v.id = cl.variant_id"
                " JOIN listing l ON l.id = v.listing_id WHERE cl.connection_id = $1",
                [connection_id],
            )
        }
        silent = await rows(
            "SELECT o.outside_id FROM channel_order o WHERE o.connection_id = $1"
            " AND o.short_units > 0 AND NOT EXISTS (SELECT 1 FROM follow_up f"
            " WHERE f.subject_id = o.part_id AND f.kind = 'channel.short')",
            [connection_id],
        )
    if shop["state"] != "active":
        found.append(f"tokens lost: {shop['state']}")
    found += [f"silent shortfall: {row['outside_id']}" for row in silent]
    for order in state["orders"].values():
        if str(order["shop_id"]) == shop["shop_id"]:
            row = kept.get(order["order_sn"])
            if row is None or row["state"] != _OURS[order["status"]]:
                found.append(f"order {order['order_sn']} {order['status']}: {row and row['state']}")
    for history in batch:
        found += [f"{history.seed} {one}: {history.said}"
                  for one in _differs(ours[history.sku], state, history, kept)]  # fmt: skip
    return found


_OURS: Final = {
    "UNPAID": "unpaid", "READY_TO_SHIP": "to_ship", "PROCESSED": "to_ship", "SHIPPED": "shipped",
    "COMPLETED": "completed", "CANCELLED": "cancelled", "TO_RETURN": "returning",
    "IN_CANCEL": "to_ship",
}  # fmt: skip


def _differs(
    row: dict[str, Any], state: dict[str, Any], history: History, kept: dict[str, Any]
) -> list[str]:
    items = [
        one for one in state["items"].values()
        if one["sku"] == history.sku and one["status"] != "SELLER_DELETE"
    ]  # fmt: skip
    short = sum(kept[n]["short_units"] for n in history.theirs if n in kept)
    found = []
    if len(items) > 1:
        found.append("doubled")
    if short and not history.seen["beyond the lock"]:
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
