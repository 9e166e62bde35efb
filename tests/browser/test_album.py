"""Photos are drawn to their place with a finger or a mouse; the buttons stay for everybody."""

from uuid import UUID

import pytest
from playwright.async_api import Browser, Locator, Page

from tests.browser.conftest import phone_context
from tests.kit.listings import Goods, a_listing
from tests.kit.people import Seller, a_seller
from tests.kit.service import Service
from tests.kit.shop import a_picture
from tests.kit.stack import Stack

pytestmark = pytest.mark.browser


async def with_photos(number: int) -> tuple[Seller, Goods]:
    seller = await a_seller()
    goods = await a_listing(seller, name="Cam vườn nhà")
    for position in range(number):
        await a_picture(seller, goods, position=position)
    return seller, goods


async def opened(
    chromium: Browser, service: Service, seller: Seller, goods: Goods, *, javascript: bool = True
) -> Page:
    context = await phone_context(chromium, javascript=javascript)
    await context.add_cookies([{"name": "ganh", "value": seller.token, "url": service.base_url}])
    page = await context.new_page()
    await page.goto(f"{service.base_url}/producer/goods/{goods.id}")
    return page


async def order(stack: Stack, seller: Seller, goods: Goods) -> list[UUID]:
    async with stack.client(seller.token) as client:
        found = (await client.get(f"/api/v1/listings/{goods.id}/photos")).json()
    return [UUID(one["id"]) for one in found]


async def middle(place: Locator) -> tuple[float, float]:
    box = await place.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


async def test_the_last_photo_is_drawn_to_the_front_and_words_are_kept(
    stack: Stack, service: Service, chromium: Browser
) -> None:
    seller, goods = await with_photos(3)
    before = await order(stack, seller, goods)
    page = await opened(chromium, service, seller, goods)
    await page.locator('[name="name"]').fill("Cam vừa hái")
    items = page.locator("[data-drag] > li")
    await items.last.scroll_into_view_if_needed()
    await page.mouse.move(*await middle(items.last.locator("[aria-hidden=true]").last))
    await page.mouse.down()
    for item in (items.nth(1), items.nth(0)):
        x, y = await middle(item)
        await page.mouse.move(x, y - 30, steps=8)
    async with page.expect_navigation():
        await page.mouse.up()
    assert await order(stack, seller, goods) == [before[2], before[0], before[1]]
    assert await page.locator('[name="name"]').input_value() == "Cam vừa hái"
    await page.context.close()


async def test_let_go_where_it_was_nothing_is_sent(
    stack: Stack, service: Service, chromium: Browser
) -> None:
    seller, goods = await with_photos(2)
    page = await opened(chromium, service, seller, goods)
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.method))
    grip = page.locator("[data-drag] > li").first.locator("[aria-hidden=true]").last
    await grip.scroll_into_view_if_needed()
    x, y = await middle(grip)
    await page.mouse.move(x, y)
    await page.mouse.down()
    await page.mouse.move(x + 4, y + 4)
    await page.mouse.up()
    await page.evaluate("() => new Promise(requestAnimationFrame)")
    assert "POST" not in sent
    await page.context.close()


async def test_without_javascript_and_with_one_photo_there_is_nothing_to_draw(
    stack: Stack, service: Service, chromium: Browser
) -> None:
    seller, goods = await with_photos(2)
    page = await opened(chromium, service, seller, goods, javascript=False)
    assert await page.get_by_text("Kéo", exact=True).count() == 0
    assert await page.locator('[value^="later:"]').count() == 1
    await page.context.close()
    seller, goods = await with_photos(1)
    page = await opened(chromium, service, seller, goods)
    assert await page.locator('script[src*="album"]').count() == 0
    await page.context.close()
