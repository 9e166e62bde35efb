"""A producer passes goods on: pictures drawn once, anew when something on them has changed."""

import io
from typing import Any

from PIL import Image

from integrations.contracts.viewer import SYSTEM
from integrations.runtime.database import run, work
from market.catalog.rules import ListingState
from tests.kit.kinds import live_kinds
from tests.kit.listings import Goods, a_listing, a_live_listing
from tests.kit.pages import words
from tests.kit.people import Seller, a_seller
from tests.kit.shop import a_picture
from tests.kit.stack import Stack
from tests.kit.storage import shaky_storage


async def on_sale() -> tuple[Seller, Goods]:
    seller = await a_seller()
    goods = await a_live_listing(seller)
    await a_picture(seller, goods)
    return seller, goods


async def page_of(stack: Stack, seller: Seller, goods: Goods) -> str:
    async with stack.browser(seller.token) as browser:
        answer = await browser.get(f"/producer/goods/{goods.id}/share")
    assert answer.status_code == 200
    return answer.text


async def picture_of(stack: Stack, seller: Seller, goods: Goods, shape: str, v: str = "") -> Any:
    async with stack.browser(seller.token) as browser:
        return await browser.get(f"/producer/goods/{goods.id}/share/{shape}.jpg?v={v}")


def mark_in(page: str) -> str:
    return page.partition("square.jpg?v=")[2].partition('"')[0]


async def kept(stack: Stack, goods: Goods) -> list[str]:
    return await stack.ports.storage.list_keys(f"share/{goods.id}/")


async def test_both_pictures_are_drawn_once_and_kept(stack: Stack) -> None:
    seller, goods = await on_sale()
    page = await page_of(stack, seller, goods)
    assert f"/p/{goods.code}" in page and page.count(".jpg?v=") == 6
    mark = mark_in(page)
    bodies = {}
    for shape, sides in (("square", (1080, 1080)), ("story", (1080, 1920))):
        answer = await picture_of(stack, seller, goods, shape, mark)
        assert answer.headers["content-type"] == "image/jpeg"
        assert "immutable" in answer.headers["cache-control"]
        assert "private" in answer.headers["cache-control"]
        with Image.open(io.BytesIO(answer.content)) as image:
            assert (image.format, image.size) == ("JPEG", sides)
        bodies[shape] = answer.content
    with shaky_storage(stack) as shaky:
        shaky.down = False
        again = await picture_of(stack, seller, goods, "square", mark)
    assert again.content == bodies["square"] and shaky.put_keys == []
    assert len(await kept(stack, goods)) == 2


async def test_another_price_name_or_photo_makes_another_picture_and_the_old_one_goes(
    stack: Stack,
) -> None:
    seller, goods = await on_sale()
    marks = [mark_in(await page_of(stack, seller, goods))]
    await picture_of(stack, seller, goods, "square")
    for sql, value in (
        ("UPDATE variant SET price_vnd = $2 WHERE listing_id = $1", 66_000),
        ("UPDATE listing SET name = $2 WHERE id = $1", "Bưởi Phúc Trạch loại một"),
    ):
        async with work(SYSTEM):
            await run(sql, [goods.id, value])
        marks.append(mark_in(await page_of(stack, seller, goods)))
    await a_picture(seller, goods, position=-1)
    marks.append(mark_in(await page_of(stack, seller, goods)))
    assert len(set(marks)) == 4
    await picture_of(stack, seller, goods, "square")
    assert await kept(stack, goods) == [f"share/{goods.id}/square-{marks[-1]}.jpg"]


async def test_an_old_address_answers_with_the_picture_of_today_and_is_not_kept(
    stack: Stack,
) -> None:
    seller, goods = await on_sale()
    answer = await picture_of(stack, seller, goods, "square", "0" * 24)
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "private, no-cache"


async def test_goods_that_buyers_do_not_see_are_not_shared(stack: Stack) -> None:
    seller = await a_seller()
    goods = await a_listing(seller, state=ListingState.PAUSED, available=5)
    await a_picture(seller, goods)
    page = await page_of(stack, seller, goods)
    assert "Chỉ chia sẻ được hàng đang bán" in words(page)
    assert ".jpg?v=" not in page
    answer = await picture_of(stack, seller, goods, "square")
    assert answer.status_code == 409
    assert await kept(stack, goods) == []


async def test_live_goods_lead_to_their_pictures(stack: Stack) -> None:
    seller, goods = await on_sale()
    paused = await a_listing(seller, state=ListingState.PAUSED, available=5)
    async with stack.browser(seller.token) as browser:
        page = (await browser.get("/producer/goods")).text
    assert f'href="/producer/goods/{goods.id}/share"' in page
    assert f'href="/producer/goods/{paused.id}/share"' not in page


async def test_several_prices_say_from_the_lowest(stack: Stack) -> None:
    seller = await a_seller()
    dear = await live_kinds(seller, {"250 g": (45_000, 3), "500 g": (80_000, 2)})
    alike = await live_kinds(seller, {"cay": (9_000, 1), "ngọt": (9_000, 1)}, name="Muối")
    for kinds, price in ((dear, "từ 45.000 ₫"), (alike, "9.000 ₫")):
        await a_picture(seller, kinds.goods)
        page = (await page_of(stack, seller, kinds.goods)).replace("\u00a0", " ")
        assert f', {price} một gói"' in page
