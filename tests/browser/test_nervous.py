"""Somebody who is nervous: taps twice, goes back, loads again, types nonsense, has two tabs."""

import random

import pytest
from playwright.async_api import Browser, BrowserContext, Page
from playwright.async_api import TimeoutError as PlaywrightTimeout

from integrations.contracts.viewer import SYSTEM
from integrations.runtime.database import value, work
from tests.browser.buying import puts_in_cart
from tests.browser.conftest import phone_context
from tests.browser.selling import newest_code, pomelo_photo
from tests.kit.listings import a_live_listing
from tests.kit.orders import an_order_part
from tests.kit.people import Someone, a_phone, a_seller
from tests.kit.screens import Hand, Watch, shot, vi
from tests.kit.service import Service
from tests.kit.stack import Stack

pytestmark = pytest.mark.browser


async def as_someone(chromium: Browser, service: Service, someone: Someone) -> BrowserContext:
    """A phone on which somebody is signed in."""
    context = await phone_context(chromium)
    await context.add_cookies([{"name": "ganh", "value": someone.token, "url": service.base_url}])
    return context


async def twice(page: Page, selector: str) -> None:
    """Two taps faster than any answer; waits for the page that comes of them."""
    async with page.expect_event("load"):
        await page.evaluate(
            "them => { const it = document.querySelector(them); it.click(); it.click() }",
            selector,
        )


async def count(table: str, column: str, number: object) -> int:
    """Rows of a table with this value."""
    async with work(SYSTEM):
        return int(await value(f"SELECT count(*) FROM {table} WHERE {column} = $1", [number]))


async def test_goods_sent_twice_are_one(service: Service, chromium: Browser) -> None:
    seller = await a_seller()
    context = await as_someone(chromium, service, seller)
    hand = Hand(page := await context.new_page())
    await hand.open("/producer/goods/new", service.base_url)
    await page.locator('[name="photo"]').set_input_files(
        {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": pomelo_photo()}
    )
    await hand.type("name", "Bưởi Phúc Trạch")
    await hand.type("price", "45.000")
    await twice(page, '[name="action"][value="save"]')
    await page.reload()
    await page.go_back()
    await hand.press("Save")
    assert await count("listing", "producer_id", seller.producer_id) == 1
    assert "/producer/goods/" in page.url
    await context.close()


async def test_nonsense_is_kept_and_explained(service: Service, chromium: Browser) -> None:
    seller = await a_seller()
    context = await as_someone(chromium, service, seller)
    watch, hand = Watch(service.base_url).over(context), Hand(page := await context.new_page())
    await hand.open("/producer/goods/new", service.base_url)
    await page.locator('[name="photo"]').set_input_files(
        {"name": "a.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.4 nothing to see"}
    )
    await page.locator('[name="name"]').fill("<script>alert(1)</script>" * 10)
    await page.locator('[name="price"]').fill("bốn mươi lăm")
    await hand.press("Send for review")
    await shot(page, "40-nonsense")
    assert await page.locator('[name="price"]').input_value() == "bốn mươi lăm"
    for field in ("photo", "price"):
        assert await page.locator(f"#{field}-e").is_visible(), field
    # The browser notes what the API refused; nothing else went wrong.
    assert all("400 (Bad Request)" in one and "/api/v1/" in one for one in watch.errors)
    assert watch.foreign == []
    await context.close()


async def test_code_twice_and_back(stack: Stack, service: Service, chromium: Browser) -> None:
    context = await phone_context(chromium)
    hand, phone = Hand(page := await context.new_page()), a_phone()
    await hand.open("/sign-in", service.base_url)
    await hand.type("phone", "0" + phone[3:])
    await twice(page, "form .btn.go")
    code = await newest_code(stack, phone)
    await page.reload()  # the browser sends the number once more
    await hand.type("code", code)
    await twice(page, "form .btn.go")
    await shot(page, "41-code-twice")
    if not await page.locator('[name="person_name"]').count():
        await hand.type("code", await newest_code(stack, phone, seen=1))
        await hand.press("Sign in")
    await page.goto(f"{service.base_url}/sign-in/code")
    assert page.url.endswith("/who"), "somebody who is signed in is sent on"
    await context.close()


async def test_order_sent_twice_is_one(service: Service, chromium: Browser) -> None:
    number = random.randrange(10_000, 100_000)
    seller = await a_seller()
    goods = await a_live_listing(seller, name=f"Ổi lê mẻ {number}", available=5)
    context = await phone_context(chromium)
    watch, hand = Watch(service.base_url).over(context), Hand(page := await context.new_page())
    await puts_in_cart(hand, service, f"oi le {number}", goods.name, "2")
    other_tab = Hand(await context.new_page())
    await hand.follow("Order now")
    await hand.type("name", "Lê Thị Hoa")
    await hand.type("phone", a_phone())
    await hand.type("commune_query", "hoan kiem")
    # What is typed first finds others too: only the whole name brings this one.
    choice = page.locator("label", has_text="Phường Hoàn Kiếm").locator('[name="commune_code"]')
    await hand.tap(choice)
    assert await choice.is_checked()
    await hand.type("street", "12 Hàng Bài")
    await twice(page, ".bar .btn.go")
    try:
        await page.wait_for_url("**/o/**")  # the second answer may replace the first one's page
    except PlaywrightTimeout:
        said = await page.locator("body").inner_text()
        raise AssertionError(f"{page.url} instead of the order: {said[:600]}") from None
    order_url = page.url
    await page.go_back()
    await shot(page, "42-back-after-order")
    if await page.locator(".bar .btn.go").count():
        await hand.press("Place the order")
        assert page.url == order_url
    await other_tab.open("/cart", service.base_url)
    await other_tab.sees("The cart is still empty")
    assert await count("order_part", "producer_id", seller.producer_id) == 1
    assert await count("variant", "available", 3) >= 1
    watch.assert_quiet()
    await context.close()


async def test_steps_tapped_twice_and_in_two_tabs(service: Service, chromium: Browser) -> None:
    seller = await a_seller()
    goods = await a_live_listing(seller, available=10)
    order = await an_order_part(seller, goods)
    context = await as_someone(chromium, service, seller)
    watch = Watch(service.base_url).over(context)
    first, second = Hand(await context.new_page()), Hand(await context.new_page())
    path = f"/producer/orders/{order.part_id}"
    await first.open(path, service.base_url)
    await second.open(path, service.base_url)
    await twice(first.page, '[name="said"][value="received"]')
    await first.sees("The two buttons at the bottom.")
    await second.press("All the money is here")
    await shot(second.page, "43-second-tab")
    await second.sees("This was noted before. Nothing has changed.")
    await twice(first.page, ".bar .btn.go")
    await shot(first.page, "44-confirmed-twice")
    assert await first.page.get_by_text(vi("Handed to carrier or buyer")).is_visible()
    await second.press("Confirm")
    await shot(second.page, "45-confirmed-elsewhere")
    watch.assert_quiet()
    await context.close()
