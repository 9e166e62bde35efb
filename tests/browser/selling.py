"""What a producer and staff do on the way, screen by screen, with a finger."""

import io
import re

from PIL import Image
from playwright.async_api import Browser, FilePayload, Page

from market.demo.pictures import draw
from tests.kit.identity import a_card
from tests.kit.people import Someone
from tests.kit.pictures import phone_jpeg
from tests.kit.screens import Hand, Watch, shot, vi
from tests.kit.service import Service, eventually
from tests.kit.stack import Stack

ACCOUNT = "3700205123456"


def pomelo_photo() -> bytes:
    """A drawn pomelo as a phone held upright stores it: turned on its side, with the place."""
    return phone_jpeg(Image.open(io.BytesIO(draw("pomelo", 2))), orientation=6)


def codes_sent(stack: Stack, phone: str) -> list[str]:
    """The codes in the messages to a phone (E.164), newest first."""
    told = (message["text"] for message in stack.messages.latest(to_phone=phone))
    found = (re.search(r"^@\S+ #(\d{6})$", text, re.M) for text in told)
    return [code[1] for code in found if code]


async def newest_code(stack: Stack, phone: str, *, seen: int = 0) -> str:
    """The newest code, once more than `seen` have come."""
    await eventually(lambda: len(codes_sent(stack, phone)) > seen, what="a message with a code")
    return codes_sent(stack, phone)[0]


async def sign_in_new(hand: Hand, stack: Stack, service: Service, phone: str) -> None:
    """Number, code: somebody who was never here."""
    await hand.open("/sign-in", service.base_url)
    await shot(hand.page, "01-sign-in")
    await hand.type("phone", phone)
    await hand.press("Send me the code")
    await shot(hand.page, "02-code")
    await hand.type("code", await newest_code(stack, "+84" + phone[1:].replace(" ", "")))
    await hand.press("Sign in")


async def say_who(hand: Hand, *, javascript: bool = True) -> None:
    """Name, kind, commune without marks."""
    page = hand.page
    await shot(page, "04-who")
    await hand.tap(page.locator('[name="kind"]').first)
    await hand.type("person_name", "Trần Văn Hòa")
    await hand.type("name", "Nhà vườn Đồi Gió")
    await hand.type("commune_query", "phuc trach")
    if not javascript:
        await hand.press("Find")
    choice = page.locator("label", has_text="Xã Phúc Trạch").locator('[name="commune_code"]')
    await choice.wait_for()
    await hand.tap(choice)
    await shot(page, "05-who-filled")
    await hand.press("Save and go on")


async def give_account(hand: Hand, home: str) -> None:
    """From the first page, which asks for it."""
    page = hand.page
    await hand.open("/producer/goods", home)
    await shot(page, "06-account-missing")
    await hand.follow("Give an account")
    await shot(page, "06-account")
    await page.locator('[name="bank_bin"]').select_option("970405")
    await hand.type("account", ACCOUNT)
    await hand.type("holder", "Trần Văn Hòa")
    await hand.press("Save the account")


async def gives_identity(hand: Hand, number: str, home: str) -> None:
    """From the first page, which says what is needed: a photo of the card fills the form."""
    page = hand.page
    await hand.open("/producer/goods", home)
    await hand.follow("See what is needed")
    await shot(page, "06-case")
    await hand.follow("Go there")
    card = FilePayload(name="card.jpg", mimeType="image/jpeg", buffer=a_card(number))
    await page.locator('[name="card"]').set_input_files(card)
    await hand.press("Read the card")
    await shot(page, "06-identity-read")
    assert await page.locator('[name="number"]').input_value() == number
    await hand.press("Send to the staff")
    await hand.sees("Waiting for staff")
    await shot(page, "06-case-sent")


async def staff_confirms(chromium: Browser, service: Service, staff: Someone, maker: str) -> Watch:
    """From the queue of sellers to the decision: three clicks."""
    context = await chromium.new_context(
        viewport={"width": 1280, "height": 800}, locale="vi-VN", timezone_id="Asia/Ho_Chi_Minh"
    )
    watch = Watch(service.base_url).over(context)
    await context.add_cookies([{"name": "ganh", "value": staff.token, "url": service.base_url}])
    page = await context.new_page()
    await page.goto(f"{service.base_url}/staff/cases?commune=18547")
    await page.get_by_role("link", name=maker).last.click()
    await page.locator('[name="evidence"][value="seen"]').check()
    await shot(page, "14-case-one")
    async with page.expect_navigation():
        await page.locator('[name="decision"][value="approve"]').click()
    await shot(page, "15-case-confirmed")
    await context.close()
    return watch


async def count_inputs(page: Page) -> int:
    """Inputs that a person has to fill: what is in sight, not folded, not filled in already."""
    found: int = await page.locator("main").evaluate(
        """main => [...main.querySelectorAll('input:not([type=hidden]), select, textarea')]
            .filter(it => !it.closest('details') && !it.value).length"""
    )
    return found


async def add_goods(hand: Hand, photo: bytes, name: str) -> None:
    """Photo, name, price, and how many; saved as a draft."""
    page = hand.page
    await shot(page, "07-new-goods")
    assert await count_inputs(page) <= 3
    file = FilePayload(name="IMG_2011.jpg", mimeType="image/jpeg", buffer=photo)
    await page.locator('[name="photo"]').set_input_files(file)
    await hand.type("name", name)
    await hand.type("price", "45k")
    await hand.tap(page.locator("summary", has_text="Thêm"))
    await hand.type("unit", "quả")
    await hand.type("stock", "12")
    await shot(page, "08-new-goods-filled")
    await hand.press("Save")


async def staff_approves(chromium: Browser, service: Service, staff: Someone, name: str) -> Watch:
    """From the queue to the decision, on a desk in Vietnamese."""
    context = await chromium.new_context(
        viewport={"width": 1280, "height": 800}, locale="vi-VN", timezone_id="Asia/Ho_Chi_Minh"
    )
    watch = Watch(service.base_url).over(context)
    await context.add_cookies([{"name": "ganh", "value": staff.token, "url": service.base_url}])
    page = await context.new_page()
    await page.goto(f"{service.base_url}/staff/review")
    await shot(page, "11-staff-queue")
    await page.get_by_role("link", name=name).first.click()
    await page.locator('[name="decision"][value="approve"]').wait_for()
    await shot(page, "12-staff-one")
    async with page.expect_navigation():
        await page.locator('[name="decision"][value="approve"]').click()
    await shot(page, "13-staff-approved")
    await context.close()
    return watch


async def answers_the_order(hand: Hand, service: Service) -> None:
    """From the home page: the new order, confirmed in at most three taps; then handed over."""
    page = hand.page
    await hand.open("/producer/goods", service.base_url)
    await shot(page, "30-producer-home")
    hand.taps = 0
    await hand.go(page.locator("nav.nav").get_by_role("link", name=vi("Orders")))
    await shot(page, "31-producer-orders")
    await hand.follow("See and confirm the order")
    await shot(page, "32-producer-order")
    await hand.press("Confirm")
    assert hand.taps <= 3
    await hand.sees("Confirmed. The buyer has been told. Please pack it now.")
    await shot(page, "33-producer-confirmed")


async def hands_over(hand: Hand) -> None:
    """The goods leave the house."""
    await hand.press("Handed to carrier or buyer")
    await hand.sees("Handed over. The buyer has been told.")
    await shot(hand.page, "34-producer-handed-over")
