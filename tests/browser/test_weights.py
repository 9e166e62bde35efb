"""What a first visit costs on a weak line: bytes on the wire and requests, nothing kept before."""

import re
from typing import Any

import pytest
from playwright.async_api import Browser

from tests.browser.conftest import phone_context
from tests.browser.world import photographed
from tests.kit.listings import a_listing, a_live_listing
from tests.kit.orders import an_order_part
from tests.kit.people import a_seller
from tests.kit.service import Service
from tests.kit.stack import Stack

pytestmark = pytest.mark.browser

MOST_BYTES, MOST_REQUESTS = 25 * 1024, 4
PICTURE = re.compile(r"/r/[0-9a-f]+\.(avif|webp|jpg)$")


async def weigh(chromium: Browser, url: str, token: str = "") -> tuple[int, list[str]]:
    """Bytes on the wire with their heads, and the addresses, without pictures of goods."""
    context = await phone_context(chromium)
    if token:
        await context.add_cookies([{"name": "ganh", "value": token, "url": url}])
    page = await context.new_page()
    wire = await context.new_cdp_session(page)
    asked: dict[str, str] = {}
    weights: dict[str, int] = {}

    def on_request(event: dict[str, Any]) -> None:
        if not event["request"]["url"].startswith("data:"):
            asked[event["requestId"]] = event["request"]["url"]

    def on_end(event: dict[str, Any]) -> None:
        weights[event["requestId"]] = int(event["encodedDataLength"])

    wire.on("Network.requestWillBeSent", on_request)
    wire.on("Network.loadingFinished", on_end)
    await wire.send("Network.enable")
    await wire.send("Network.setCacheDisabled", {"cacheDisabled": True})
    answer = await page.goto(url, wait_until="networkidle")
    assert answer is not None and answer.ok
    await context.close()
    counted = [number for number, address in asked.items() if not PICTURE.search(address)]
    return sum(weights[number] for number in counted), [asked[number] for number in counted]


@pytest.mark.parametrize(
    "path", ["/producer/goods", "/producer/goods/new", "/producer/orders", "/producer/orders/{}"]
)
async def test_producer_page(stack: Stack, service: Service, chromium: Browser, path: str) -> None:
    seller = await a_seller()
    goods = await a_live_listing(seller, available=100)
    for name in ("Mật ong hoa bưởi", "Cu đơ nhà làm", "Chè xanh", "Lạc rang", "Bánh gai"):
        await a_listing(seller, name=name)
    placed = [await an_order_part(seller, goods) for _ in range(5)]
    url = service.base_url + path.format(placed[0].part_id)
    weight, asked = await weigh(chromium, url, seller.token)
    assert weight <= MOST_BYTES, (weight, asked)
    assert len(asked) <= MOST_REQUESTS, asked


async def test_product_page(stack: Stack, service: Service, chromium: Browser) -> None:
    seller = await a_seller()
    goods = await a_live_listing(seller)
    await photographed(stack, seller, goods, "pomelo")
    for number in range(6):
        await a_live_listing(seller, name=f"Bưởi loại {number}")
    url = f"{service.base_url}/p/{goods.code}-{goods.slug}"
    weight, asked = await weigh(chromium, url)
    assert weight <= MOST_BYTES, (weight, asked)
    assert len(asked) <= MOST_REQUESTS, asked
