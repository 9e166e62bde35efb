"""Goods in several kinds made for one test, through the verb that the page uses."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from integrations.contracts.ids import new_id
from integrations.contracts.viewer import SYSTEM
from integrations.runtime.database import rows, run, work
from market.listing.service import variants
from market.listing.service.variants import Sent
from tests.kit.listings import Goods, a_live_listing
from tests.kit.people import Seller


@dataclass(frozen=True)
class Kinds:
    """Goods with their variants, by label; `goods` names the first."""

    goods: Goods
    ids: dict[str, UUID]

    def one(self, label: str, *, price_vnd: int) -> Goods:
        """One kind as other builders take goods."""
        it = self.goods
        return Goods(it.id, self.ids[label], it.code, it.slug, it.name, price_vnd)


def cell(price: str, stock: str, **more: str) -> dict[str, Any]:
    """One combination as a form sends it."""
    return {"price": price, "stock": stock, "sold": "yes", **more}


async def sent(
    seller: Seller, listing_id: UUID, axes: dict[str, str], cells: list[dict[str, Any]]
) -> list[Any]:
    """Keep a table over the revision that is there; what was wrong with it."""
    async with work(SYSTEM):
        found = await rows("SELECT revision FROM listing WHERE id = $1", [listing_id])
    table = Sent(str(new_id()), int(found[0]["revision"]), axes, cells)
    _, problems = await variants.put(seller.viewer, listing_id=listing_id, sent=table)
    return problems


async def live_kinds(
    seller: Seller,
    kinds: dict[str, tuple[int, int]],
    *,
    name: str = "Cu đơ gừng",
    axis: str = "Khối lượng",
) -> Kinds:
    """Goods on sale in several kinds: label to price and what is left."""
    goods = await a_live_listing(seller, name=name, unit="gói", available=0)
    axes = {"axis_1": axis, "values_1": ", ".join(kinds)}
    cells = [cell(str(price), str(stock)) for price, stock in kinds.values()]
    assert await sent(seller, goods.id, axes, cells) == []
    async with work(SYSTEM):
        # Staff have looked at the new words.
        await run("UPDATE listing SET state = 'live' WHERE id = $1", [goods.id])
        found = await rows("SELECT id, label FROM variant WHERE listing_id = $1", [goods.id])
    return Kinds(goods, {row["label"]: row["id"] for row in found})
