"""A buyer with a browser that runs no script: forms are read from the page and sent as they are."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from html import unescape

import httpx

from tests.kit.listings import Goods
from tests.kit.people import a_phone
from tests.kit.stack import Stack

COMMUNE = "18406"
_INPUT = re.compile(r"<input\b[^>]*>")


@dataclass
class Buyer:
    """Someone who buys without an account."""

    client: httpx.AsyncClient
    phone: str
    page: httpx.Response | None = None

    @property
    def text(self) -> str:
        """The page that is open."""
        assert self.page is not None
        return unescape(self.page.text)

    @property
    def address(self) -> str:
        """Where the browser stands."""
        assert self.page is not None
        return self.page.url.path

    async def look(self, path: str) -> str:
        """Open a page."""
        self.page = await self.client.get(path)
        return self.text

    async def send(self, path: str, **typed: str) -> httpx.Response:
        """Send a form and follow where it leads."""
        self.page = await self.client.post(path, data=typed, follow_redirects=True)
        return self.page

    async def put_in_cart(self, goods: Goods, quantity: int = 1) -> httpx.Response:
        """From the product page."""
        return await self.send(
            "/cart/add", variant_id=str(goods.variant_id), quantity=str(quantity)
        )

    async def checkout_form(self, **typed: str) -> dict[str, str]:
        """The form filled in: hidden fields and chosen ways to pay as the page has them."""
        page = await self.look("/checkout")
        filled = {
            "name": "Lê Thị Hoa",
            "phone": self.phone,
            "commune_code": COMMUNE,
            "street": "12 Hàng Bài",
            "note": "",
        }
        return form_of(page) | filled | typed

    async def order(self, **typed: str) -> httpx.Response:
        """Order what is in the cart; the buyer's page is open then."""
        return await self.send("/checkout", **await self.checkout_form(**typed))


def form_of(page: str) -> dict[str, str]:
    """Hidden fields and chosen radio buttons of a page."""
    found: dict[str, str] = {}
    for tag in _INPUT.findall(page):
        kind, name = _attribute(tag, "type"), _attribute(tag, "name")
        if name and (kind == "hidden" or (kind == "radio" and " checked" in tag)):
            found[name] = _attribute(tag, "value")
    return found


def _attribute(tag: str, name: str) -> str:
    match = re.search(rf'\b{name}="([^"]*)"', tag)
    return unescape(match[1]) if match else ""


def method_of(producer_code: str) -> str:
    """The field that says how a producer is paid."""
    return f"method-{producer_code}"


@asynccontextmanager
async def a_buyer(stack: Stack, *, language: str = "vi") -> AsyncIterator[Buyer]:
    """A browser of somebody nobody knows."""
    headers = {"Sec-Fetch-Site": "same-origin", "Accept-Language": language}
    async with stack.client(**headers) as client:
        yield Buyer(client, a_phone())
