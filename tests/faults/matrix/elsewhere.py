"""A seller's shop at the marketplace: goods that stand there, and goods that are to."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from html import unescape
from re import search
from typing import Any

import httpx

from integrations.contracts.viewer import SYSTEM
from integrations.runtime.database import value, work
from tests.faults.matrix.house import House
from tests.kit.channels import CATEGORY, NAME, a_live_honey
from tests.kit.crash import until
from tests.kit.listings import Goods
from tests.kit.people import a_seller


@dataclass(frozen=True)
class Shelf:
    """Two goods of one seller; `stands` is at the marketplace already."""

    who: httpx.AsyncClient
    stands: Goods
    is_to: Goods
    connection_id: str
    items: Callable[[Goods], Awaitable[list[dict[str, Any]]]]

    async def offer(self, goods: Goods) -> httpx.Response:
        """The seller's form."""
        return await self.who.post(
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

    async def prices(self) -> list[list[int]]:
        """What the marketplace's buyers see, for both."""
        return [
            [one["price_vnd"] for one in await self.items(goods)]
            for goods in (self.stands, self.is_to)
        ]


async def a_shelf(house: House) -> Shelf:
    """The seller agrees at the marketplace, comes back, and the first goods have arrived there."""
    seller = await a_seller()
    who = await house.somebody(seller.token)
    page = await who.get("/producer/channels/connect/shopee")
    found = search(r'href="(http[^"]+auth[^"]*)"', page.text)
    assert found, page.text
    back = await house.market.agree(house.direct(unescape(found[1])), name=seller.name)
    connected = await who.get(
        "/producer/channels/connected/shopee", params=back, follow_redirects=True
    )
    assert connected.status_code == 200, connected.text
    async with work(SYSTEM):
        connection_id = await value(
            "SELECT id FROM channel_connection WHERE producer_id = $1", [seller.producer_id]
        )
    goods = [await a_live_honey(seller, name=f"{NAME} {n}") for n in ("một", "hai")]

    async def items(one: Goods) -> list[dict[str, Any]]:
        found = await house.market.items(f"GANH-{one.code}")
        return [item for item in found if item["status"] != "SELLER_DELETE"]

    shelf = Shelf(who, goods[0], goods[1], str(connection_id), items)
    offered = await shelf.offer(shelf.stands)
    assert offered.status_code == 200, offered.text

    async def arrived() -> bool:
        return await shelf.prices() == [[185_000], []]

    await until(arrived, what="the first goods at the marketplace")
    return shelf
