"""The public's role gets no picture of goods that are not in the shop, whoever names them."""

import json

from integrations.contracts.viewer import SYSTEM
from integrations.runtime.database import public_rows, run, value, work
from market.catalog.rules import ListingState
from market.checkout.queries import taken_shelf
from tests.kit.buyers import a_buyer
from tests.kit.listings import a_listing, a_live_listing
from tests.kit.people import a_seller
from tests.kit.shop import a_picture
from tests.kit.stack import Stack


async def test_pictures_of_drafts_are_not_public(stack: Stack) -> None:
    seller = await a_seller()
    shown = await a_live_listing(seller)
    hidden = await a_listing(seller, state=ListingState.IN_REVIEW)
    found = []
    for goods in (shown, hidden):
        await a_picture(seller, goods)
        row = (await public_rows("SELECT listing_pictures($1) AS pictures", [goods.id]))[0]
        found.append(len(json.loads(row["pictures"])))
    assert found == [1, 0]


async def test_goods_of_a_seller_nobody_has_confirmed_are_not_shown(stack: Stack) -> None:
    seller = await a_seller(name="Nhà vườn Chưa Rõ", cleared=False)
    goods = await a_live_listing(seller, name="Bưởi chưa rõ ai bán")
    await a_picture(seller, goods)
    async with work(SYSTEM):
        code = await value("SELECT code FROM producer WHERE id = $1", [seller.producer_id])
    async with stack.client() as anyone:
        assert (await anyone.get(f"/p/{goods.code}-x")).status_code == 404
        assert (await anyone.get(f"/s/{code}")).status_code == 404
        found = await anyone.get("/api/v1/shop/listings", params={"q": "chua ro ai ban"})
    assert found.json()["items"] == []
    row = (await public_rows("SELECT listing_pictures($1) AS pictures", [goods.id]))[0]
    assert json.loads(row["pictures"]) == []


async def test_the_seller_is_told_why_buyers_do_not_see_it(stack: Stack) -> None:
    seller = await a_seller(cleared=False)
    goods = await a_live_listing(seller, name="Bưởi đang chờ")
    async with stack.browser(seller.token) as browser:
        page = (await browser.get("/producer/goods")).text
        share = await browser.get(f"/producer/goods/{goods.id}/share")
    assert "Còn một việc trước khi bán." in page and 'href="/who/case"' in page
    assert "Đã duyệt, đang chờ" in page and "Đang bán" not in page
    assert "square.jpg" not in share.text


async def test_a_stopped_seller_sells_nothing_more(stack: Stack) -> None:
    seller = await a_seller()
    goods = await a_live_listing(seller)
    async with a_buyer(stack) as buyer:
        await buyer.put_in_cart(goods)
        form = await buyer.checkout_form()
        async with work(SYSTEM):
            stop = "UPDATE producer SET cleared_at = NULL WHERE id = $1"
            await run(stop, [seller.producer_id])
        await buyer.send("/checkout", **form)
    assert not buyer.address.startswith("/o/")
    async with work(SYSTEM):
        assert await taken_shelf([goods.variant_id]) == []
