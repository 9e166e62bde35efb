"""What a marketplace cannot promise stays here; what it has a field for is told."""

from typing import Any

import pytest

from market.channels.service import offer
from market.channels.service.offer import Offer
from tests.kit.channels import CATEGORY, Elsewhere, a_live_honey
from tests.kit.listings import sold_as
from tests.kit.people import a_seller


@pytest.mark.parametrize(
    ("columns", "code", "field"),
    [
        ({"reach": "province"}, "channel.reach", "reach"),
        ({"season": "--08-15/--11-30"}, "channel.season", "season"),
        ({"min_quantity": 5}, "channel.minimum", "minimum"),
    ],
)
async def test_terms_that_a_marketplace_does_not_know_keep_goods_here(
    there: Elsewhere, columns: dict[str, Any], code: str, field: str
) -> None:
    seller = await a_seller()
    shop = await there.connect(seller)
    goods = await a_live_honey(seller)
    await sold_as(goods, **columns)
    wanted = Offer(goods.id, shop, CATEGORY, 745)
    made, problems = await offer.offer(seller.viewer, ports=there.ports, wanted=wanted)
    assert (made, [(one.code, one.field) for one in problems]) == (None, [(code, field)])


async def test_the_barcode_number_is_told(there: Elsewhere) -> None:
    seller = await a_seller()
    shop = await there.connect(seller)
    with_one, without = await a_live_honey(seller), await a_live_honey(seller)
    await sold_as(with_one, variant_gtin="8934563138165")
    for goods in (with_one, without):
        await there.offer(seller, goods, shop)
    await there.settle()
    told = [
        [one["gtin"] for one in await there.market.items(f"GANH-{goods.code}")]
        for goods in (with_one, without)
    ]
    assert told == [["8934563138165"], [""]]
