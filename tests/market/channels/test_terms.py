"""What a marketplace cannot promise stays here; what it has a field for is told."""

import html
from typing import Any

import pytest

from integrations.contracts.viewer import SYSTEM
from integrations.runtime.database import run, work
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
        ({"age_min": 18}, "channel.age", "age"),
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


async def test_goods_that_get_an_age_limit_are_hidden_there(there: Elsewhere) -> None:
    shelf = await there.a_shop()
    assert (await shelf.item())["status"] == "NORMAL"
    async with there.stack.client(shelf.seller.token) as client:
        path = f"/api/v1/listings/{shelf.goods.id}"
        assert (await client.patch(path, json={"age": 18})).status_code == 200
    async with work(SYSTEM):
        # Staff have looked at it.
        await run("UPDATE listing SET state = 'live' WHERE id = $1", [shelf.goods.id])
    await there.settle()
    assert (await shelf.item())["status"] == "UNLIST"
    async with there.stack.browser(shelf.seller.token) as browser:
        page = await browser.get(f"/producer/channels/{shelf.listing_id}")
    assert "Người mua phải từ 18 tuổi." in html.unescape(page.text)


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
