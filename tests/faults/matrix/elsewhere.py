"""A seller's shop at the marketplace: goods that stand there, and goods that are to."""

from dataclasses import dataclass
from html import unescape
from re import search
from typing import Any

import httpx

from integrations.contracts.viewer import SYSTEM
from integrations.runtime.database import run, value, work
from market.channels.service.due import give_out
from tests.kit.channels import CATEGORY, NAME, a_live_honey
from tests.kit.crash import until
from tests.kit.listings import Goods
from tests.kit.people import Seller, a_seller
from tests.kit.shopee import ShopeeMarket


@dataclass
class Shelf:
    """A connected shop with goods that stand there; more are offered as tests go on."""

    market: ShopeeMarket
    seller: Seller
    connection_id: str
    stands: Goods
    price_vnd: int = 185_000

    async def another(self) -> Goods:
        """Goods that could stand there too."""
        return await a_live_honey(self.seller, name=NAME)

    async def offer(self, who: httpx.AsyncClient, goods: Goods) -> httpx.Response:
        """The seller's form."""
        return await who.post(
            f"/producer/channels/offer/{goods.id}",
            data={
                "connection_id": self.connection_id,
                "category_id": CATEGORY,
                "weight_g": "745",
                "title": "",
                "keep_back": "0",
            },
            follow_redirects=True,
        )

    async def prices(self, *many: Goods) -> list[list[int]]:
        """What the marketplace's buyers see of each of these: a price, or nothing."""
        items = [item for item in await self.market.items() if item["status"] != "SELLER_DELETE"]
        return [
            [item["price_vnd"] for item in items if item["sku"] == f"GANH-{goods.code}"]
            for goods in many
        ]

    async def hurry(self) -> None:
        """What waits for a later try, or for an answer that was lost, is looked at now."""
        async with work(SYSTEM):
            await run(
                "UPDATE channel_listing SET due_at = now() WHERE connection_id = $1"
                " AND state = 'due' AND due_at > now() AND NOT EXISTS (SELECT 1 FROM outbox o"
                " WHERE o.state = 'pending' AND o.subject_id = channel_listing.id::text)",
                [self.connection_id],
            )
            await run(
                "UPDATE channel_attempt SET at = at - interval '1 minute'"
                " WHERE state IN ('intended', 'unknown')"
            )
        await give_out()


async def a_shelf(market: ShopeeMarket, who: httpx.AsyncClient, seller: Seller) -> Shelf:
    """The seller agrees at the marketplace, comes back, and the first goods arrive there."""
    async with work(SYSTEM):
        # A marketplace that begins anew counts its shops from the beginning.
        await run("UPDATE channel_connection SET state = 'ended', shop_id = left('x' || id, 30)")
    page = await who.get("/producer/channels/connect/shopee")
    found = search(r'href="(http[^"]+auth[^"]*)"', page.text)
    assert found, page.text
    consent = unescape(found[1])
    back = await market.agree(market.url + consent[consent.index("/", 8) :], name=seller.name)
    connected = await who.get(
        "/producer/channels/connected/shopee", params=back, follow_redirects=True
    )
    assert connected.status_code == 200, connected.text
    async with work(SYSTEM):
        connection_id = await value(
            "SELECT id FROM channel_connection WHERE producer_id = $1", [seller.producer_id]
        )
    goods = await a_live_honey(seller, name=NAME)
    shelf = Shelf(market, seller, str(connection_id), goods)
    offered = await shelf.offer(who, goods)
    assert offered.status_code == 200, offered.text

    async def arrived() -> Any:
        return await shelf.prices(goods) == [[shelf.price_vnd]]

    await until(arrived, within_s=60, what="the first goods at the marketplace")
    return shelf


async def a_new_shelf(market: ShopeeMarket, base_url: str, headers: dict[str, str]) -> Shelf:
    """With a seller of its own."""
    seller = await a_seller()
    async with httpx.AsyncClient(
        base_url=base_url, headers=headers, cookies={"ganh": seller.token}, timeout=60, verify=False
    ) as who:
        return await a_shelf(market, who, seller)
