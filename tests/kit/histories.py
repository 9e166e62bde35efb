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
from integrations.runtime.database import insert_once, rows, work
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
    {"kind": "rotated_token"},
    {"kind": "delay", "delay_s": 0.02},
    {"kind": "review"},
    {"kind": "partial_failure"},
    {"kind": "search_lag"},
    {"kind": "duplicate_push"},
    {"kind": "reorder_push"},
    {"kind": "drop_push"},
    {"kind": "delay_push", "delay_s": 60},
)

# What is left, what unpaid orders here would give way with, and orders there that are a sale here
# already; units that orders there hold before they are one.
_LEFT: Final = """
SELECT v.available::int AS available,
  (SELECT coalesce(sum(r.quantity), 0)::int FROM reservation r
   JOIN payment y ON y.part_id = r.group_id JOIN order_part p ON p.id = r.group_id
   WHERE r.variant_id = v.id AND r.state = 'held' AND y.state = 'awaiting'
   AND p.method = 'bank_qr') AS unpaid,
  (SELECT coalesce(sum(r.quantity), 0)::int FROM reservation r
   JOIN channel_order o ON o.part_id = r.group_id
   WHERE r.variant_id = v.id AND r.state = 'held' AND o.connection_id = $2) AS held_there,
  ARRAY(SELECT outside_id FROM channel_order WHERE connection_id = $2 AND order_id IS NOT NULL)
    AS heard
FROM variant v WHERE v.id = $1
"""


@dataclass
class History:
    """One piece of goods and what happens to it; `said` replays it for people."""

    seed: str
    there: Elsewhere
    seller: Seller
    connection_id: UUID
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
        if self.theirs and await self.left(unpaid_too=True) < 0:
            # Sold twice before the worker came round: somebody gets too little, and is told.
            self.seen["sold twice"] += 1

    async def left(self, *, unpaid_too: bool = False) -> int:
        """What is left here for others than those who have ordered there, heard of or not;
        `unpaid_too`: and with what unpaid orders here would give way with."""
        async with work(SYSTEM):
            row = (await rows(_LEFT, [self.goods.variant_id, self.connection_id]))[0]
        orders = (self.there.market.inside.state.orders[number] for number in self.theirs)
        unheard = sum(
            line.quantity
            for order in orders
            if order.status != "CANCELLED" and order.order_sn not in row["heard"]
            for line in order.lines
        )
        left = int(row["available"]) - (unheard - int(row["held_there"]))
        return left + (int(row["unpaid"]) if unpaid_too else 0)

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
    item, left = await it.item(), await it.left()
    if item is None or item["status"] != "NORMAL":
        return
    most = min(int(item["stock"]), left, 3)
    if most > 0:
        await _buy(it, item, it.chance.randint(1, most))


async def order_too_much_there(it: History) -> None:
    """A campaign keeps the number up, and somebody buys what is not there any more."""
    item, left = await it.item(), await it.left()
    if item and item["status"] == "NORMAL" and int(item["reserved"]) > max(left, 0):
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
        verb = it.chance.choice(("pay", "ship", "complete", "cancel", "cancel", "return", "refund"))
        restock = it.chance.random() < 0.5
        answer = await it.there.market.http.post(
            f"_control/orders/{number}/{verb}", json={"restock": restock}
        )
        assert answer.status_code in (200, 409), answer.text
        it.said[-1] += f" {verb} {answer.status_code}"


async def tell_oddly(it: History) -> None:
    """An order there is told in a way that no app knows, or as agreed again."""
    if it.theirs:
        number, odd = (
            it.chance.choice(it.theirs),
            it.chance.choice(("", "status", "record", "income")),
        )
        it.seen["unreadable"] += odd == "record"
        await it.there.market.control(f"orders/{number}", odd=odd)


async def approve(it: History) -> None:
    """The marketplace has looked at new goods and lets them through."""
    item = await it.item()
    if item is not None and item["status"] == "REVIEWING":
        await it.there.market.control(f"items/{item['item_id']}", status="NORMAL")


async def agree_again(it: History) -> None:
    """The seller of a shop whose tokens were lost comes by."""
    async with work(SYSTEM):
        shop = await rows("SELECT shop_id FROM channel_connection WHERE id = $1"
                          " AND state = 'needs_reauth'", [it.connection_id])  # fmt: skip
    if shop:
        await it.there.connect(it.seller, shop_id=shop[0]["shop_id"])


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
    *(tell_oddly, approve, agree_again),
)


async def a_batch(there: Elsewhere, seed: str, count: int, *, shops: int = 5) -> list[History]:
    """`count` histories in connected shops; each has its own goods and its own chance."""
    picture = new_id().hex
    await there.ports.storage.put(
        f"r/{picture}.jpg", b"\xff\xd8\xff\xe0" + picture.encode() * 20, content_type="image/jpeg"
    )
    made: list[History] = []
    for at in range(shops):
        seller = await a_seller()
        connection_id = await there.connect(seller)
        for n in range(at, count, shops):
            chance = random.Random(f"{seed}:{n}")
            goods = await a_listing(
                seller, name=NAME, price_vnd=185_000, available=chance.randint(2, 12), unit="chai",
                description=ABOUT, state=ListingState.LIVE,
            )  # fmt: skip
            listing_id = await _offered(seller, goods, connection_id, picture)
            made.append(
                History(f"{seed}:{n}", there, seller, connection_id, goods, listing_id, chance)
            )
    return made


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
