"""The whole way in Chromium on a small phone, in Vietnamese: from a number to goods on the road."""

import io
import random

import pytest
from PIL import Image
from playwright.async_api import Browser, Page

from integrations.contracts.viewer import Role
from tests.browser.buying import checks_out, copied, pays, puts_in_cart, saves_qr
from tests.browser.conftest import phone_context
from tests.browser.selling import (
    ACCOUNT,
    add_goods,
    answers_the_order,
    give_account,
    gives_identity,
    hands_over,
    pomelo_photo,
    say_who,
    sign_in_new,
    staff_approves,
    staff_confirms,
)
from tests.browser.world import photographed
from tests.kit.identity import a_number
from tests.kit.listings import Goods, a_live_listing
from tests.kit.people import Seller, a_seller, a_staff
from tests.kit.screens import Hand, Watch, first_int, shot
from tests.kit.service import Service
from tests.kit.stack import Stack

pytestmark = pytest.mark.browser


def new_number() -> str:
    """As people write it."""
    digits = f"{random.randrange(10**7):07d}"
    return f"098{digits[0]} {digits[1:4]} {digits[4:]}"


async def upright(page: Page) -> bool:
    """Whether the photo lies as it was seen, without what the camera wrote beside it."""
    picture = page.locator("main img.pic").last
    await picture.wait_for(timeout=30_000)
    body = await (await page.request.get(await picture.evaluate("it => it.currentSrc"))).body()
    with Image.open(io.BytesIO(body)) as shown:
        return shown.width > shown.height and not shown.getexif()


async def fish_sauce(stack: Stack, name: str) -> tuple[Seller, Goods]:
    """Goods of a second producer, on sale."""
    maker = await a_seller(name="Hợp tác xã Cửa Nhượng")
    bottles = await a_live_listing(maker, name=name, price_vnd=160_000, unit="chai")
    await photographed(stack, maker, bottles, "fish_sauce")
    return maker, bottles


async def test_whole_way(stack: Stack, service: Service, chromium: Browser, phone: Page) -> None:
    number = random.randrange(1000, 10_000)
    name, sauce = f"Bưởi Phúc Trạch vườn {number}", f"Nước mắm cốt mẻ {number}"
    watch, producer = Watch(service.base_url).over(phone.context), Hand(phone)
    await sign_in_new(producer, stack, service, new_number())
    await say_who(producer)
    await add_goods(producer, pomelo_photo(), name)
    await shot(phone, "09-photo-waits")
    assert await upright(phone)
    await shot(phone, "10-photo-ready")
    await producer.press("Send for review")
    await producer.sees("Sent. Programme staff will look at it.")
    await shot(phone, "11-sent")
    await give_account(producer, service.base_url)
    await staff_approves(chromium, service, await a_staff(), name)
    await gives_identity(producer, a_number(), service.base_url)
    decider = await a_staff(Role.PROVINCE_STAFF)
    await staff_confirms(chromium, service, decider, "Nhà vườn Đồi Gió")

    maker, _ = await fish_sauce(stack, sauce)
    away = await phone_context(chromium)
    watch_away, buyer = Watch(service.base_url).over(away), Hand(await away.new_page())
    await puts_in_cart(buyer, service, f"nuoc mam {number}", sauce, "1")
    await puts_in_cart(buyer, service, f"buoi phuc trach {number}", name, "3")
    await checks_out(buyer, cash_from=maker.name, phone=new_number())
    page, transfer = buyer.page, await saves_qr(buyer)
    assert (transfer.account, transfer.amount_vnd) == (ACCOUNT, 135_000)
    assert first_int(await page.locator("section.next .money").first.inner_text()) == 135_000
    assert await copied(page, "Amount") == "135000"
    assert await copied(page, "Account number") == ACCOUNT
    assert await copied(page, "Message, please keep as it is") == transfer.reference
    await pays(service, transfer)
    await page.locator("section.next").wait_for(state="detached", timeout=20_000)
    await buyer.sees("Money received")
    await shot(page, "26-order-paid")

    await answers_the_order(producer, service)
    await page.reload()
    await buyer.sees("Confirmed")
    await shot(page, "27-order-confirmed")
    await hands_over(producer)
    await page.reload()
    await buyer.sees("On its way")
    await shot(page, "28-order-on-the-road")
    watch.assert_quiet()
    watch_away.assert_quiet()
    await away.close()


async def test_listing_without_scripts(service: Service, chromium: Browser) -> None:
    context = await phone_context(chromium, javascript=False)
    seller = await a_seller()
    await context.add_cookies([{"name": "ganh", "value": seller.token, "url": service.base_url}])
    producer = Hand(await context.new_page())
    await producer.open("/producer/goods/new", service.base_url)
    await add_goods(producer, pomelo_photo(), "Bưởi Phúc Trạch")
    await shot(producer.page, "09-photo-waits")
    await producer.refreshes("Refresh")
    assert await upright(producer.page)
    await producer.press("Send for review")
    await producer.sees("Sent. Programme staff will look at it.")
    await context.close()


async def test_buying_without_scripts(stack: Stack, service: Service, chromium: Browser) -> None:
    number = random.randrange(1000, 10_000)
    context = await phone_context(chromium, javascript=False)
    page = await context.new_page()
    buyer = Hand(page)
    maker, _ = await fish_sauce(stack, f"Mắm tôm mẻ {number}")
    other = await a_seller(name="Tổ hợp tác Đồng Xanh")
    await a_live_listing(other, name=f"Chè xanh mẻ {number}", price_vnd=30_000, unit="bó")
    await puts_in_cart(buyer, service, f"mam tom {number}", f"Mắm tôm mẻ {number}", "2")
    await puts_in_cart(buyer, service, f"che xanh {number}", f"Chè xanh mẻ {number}", "1")
    await checks_out(buyer, cash_from=other.name, phone=new_number(), javascript=False)
    transfer = await saves_qr(buyer)
    assert (transfer.account, transfer.amount_vnd) == (maker.account, 320_000)
    assert await page.get_by_text(transfer.reference, exact=True).is_visible()
    await buyer.press("Money sent, go on")
    await pays(service, transfer)
    await buyer.refreshes("Refresh")
    await buyer.sees("Money received")
    await context.close()
