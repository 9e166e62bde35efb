"""What a buyer does on the way, screen by screen, with a finger."""

import io
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx
import zxingcpp
from PIL import Image
from playwright.async_api import Page

from tests.kit.screens import Hand, shot, vi
from tests.kit.service import Service


async def puts_in_cart(hand: Hand, service: Service, query: str, name: str, quantity: str) -> None:
    """Finds goods by words without marks and takes some."""
    page = hand.page
    await hand.open("/", service.base_url)
    await page.locator('[name="q"]').fill(query)
    await hand.press("Search")
    await shot(page, f"20-found-{query.split(maxsplit=1)[0]}")
    await hand.go(page.get_by_role("link", name=name).first)
    await shot(page, f"21-product-{query.split(maxsplit=1)[0]}")
    await page.locator('[name="quantity"]').select_option(quantity)
    await hand.press("Add to cart")


async def checks_out(hand: Hand, *, cash_from: str, phone: str, javascript: bool = True) -> None:
    """Cart, one form, order: at most three screens and five typed fields."""
    page = hand.page
    screens, hand.typed = {urlsplit(page.url).path}, 0
    await shot(page, "22-cart")
    await hand.follow("Order now")
    screens.add(urlsplit(page.url).path)
    await shot(page, "23-checkout")
    await hand.type("name", "Lê Thị Hoa")
    await hand.type("phone", phone)
    await hand.type("commune_query", "hoan kiem")
    if not javascript:
        await hand.press("Find")
    choice = page.locator("label", has_text="Phường Hoàn Kiếm").locator('[name="commune_code"]')
    await choice.wait_for()
    await hand.tap(choice)
    await hand.type("street", "12 Hàng Bài")
    await hand.type("note", "Cho quả chín vừa, biếu ông bà.")
    seller = page.locator("fieldset.card", has_text=cash_from)
    await hand.tap(seller.locator('[value="cod"]'))
    await shot(page, "24-checkout-filled")
    await hand.press("Place the order")
    screens.add(urlsplit(page.url).path)
    await shot(page, "25-order-qr")
    assert len(screens) <= 3 and hand.typed <= 5


@dataclass(frozen=True)
class Transfer:
    """What a bank app reads from the QR."""

    bank_bin: str
    account: str
    amount_vnd: int
    reference: str


def fields(text: str) -> dict[str, str]:
    """EMV fields of a payload: two digits of name, two of length, the value."""
    found: dict[str, str] = {}
    while text:
        length = int(text[2:4])
        found[text[:2]], text = text[4 : 4 + length], text[4 + length :]
    return found


def read_qr(png: bytes) -> Transfer:
    """The transfer that a saved picture asks for."""
    (code,) = zxingcpp.read_barcodes(Image.open(io.BytesIO(png)))
    payload = fields(code.text)
    bank = fields(fields(payload["38"])["01"])
    return Transfer(bank["00"], bank["01"], int(payload["54"]), fields(payload["62"])["08"])


async def saves_qr(hand: Hand) -> Transfer:
    """Taps "save picture" and reads what was saved."""
    async with hand.page.expect_download() as saving:
        await hand.tap(hand.page.get_by_role("link", name=vi("Save the QR picture")))
    path = await (await saving.value).path()
    return read_qr(path.read_bytes())


async def pays(service: Service, transfer: Transfer) -> None:
    """The transfer in the stand-in bank, which then tells us."""
    async with httpx.AsyncClient(trust_env=False) as client:
        answer = await client.post(
            f"{service.env['STANDIN_URL']}/bank/transfers",
            json={
                "account": transfer.account,
                "amount_vnd": transfer.amount_vnd,
                "content": transfer.reference,
            },
        )
    assert answer.status_code == 201, answer.text
    assert answer.json()["replies"][0]["accepted"], answer.text


async def copied(page: Page, label: str) -> str | None:
    """What the copy button of a row would copy."""
    row = page.locator("li.split", has_text=vi(label))
    return await row.locator("[data-copy]").get_attribute("data-copy")
