"""Pages as a person meets them in Chromium: words, taps, pictures, and what must not happen."""

import asyncio
import os
import re
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.async_api import BrowserContext, ConsoleMessage, Locator, Page, Request, WebError

from integrations.runtime.i18n import translate

CHROMIUM = next(
    (found for name in ("chromium", "chromium-browser", "google-chrome")
     if (found := shutil.which(name))),
    None,
)  # fmt: skip

CHROMIUM_ARGS = [
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--disable-background-networking",
    "--no-first-run",
]
PHONE: dict[str, Any] = {
    "viewport": {"width": 360, "height": 640},
    "device_scale_factor": 2,
    "is_mobile": True,
    "has_touch": True,
    "locale": "vi-VN",
    "timezone_id": "Asia/Ho_Chi_Minh",
}
# A folder for a picture of every screen that a test walks through: to be looked at by people.
SHOTS = os.environ.get("GANH_SHOTS")


def vi(msgid: str, **params: Any) -> str:
    """The words as a Vietnamese reader sees them."""
    return translate("vi", msgid, **params)


async def shot(page: Page, name: str, *, whole: bool = True) -> None:
    """Keep a picture of the screen when GANH_SHOTS names a folder; nothing otherwise."""
    if SHOTS:
        folder = Path(SHOTS)
        folder.mkdir(parents=True, exist_ok=True)
        await page.screenshot(path=folder / f"{name}.png", full_page=whole, scale="css")


@dataclass
class Watch:
    """What a context did that nobody may see: foreign requests, refusals, errors of scripts."""

    home: str
    foreign: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def over(self, context: BrowserContext) -> "Watch":
        """Look at everything that this context does from now on."""
        context.on("request", self._asked)
        context.on("console", self._said)
        context.on("weberror", self._broke)
        return self

    def forget(self) -> None:
        """Count from here: what was seen belongs to another page."""
        self.foreign.clear()
        self.errors.clear()

    def _asked(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme in ("http", "https") and parts.netloc != urlsplit(self.home).netloc:
            self.foreign.append(request.url)

    def _said(self, message: ConsoleMessage) -> None:
        page = message.page
        own = page is not None and message.location.get("url") == page.url
        if message.type == "error" and not (own and "Failed to load resource" in message.text):
            self.errors.append(f"{message.text} at {message.location.get('url')}")

    def _broke(self, error: WebError) -> None:
        self.errors.append(str(error.error))

    def assert_quiet(self) -> None:
        """Nothing was asked of others, nothing failed."""
        assert self.foreign == []
        assert self.errors == []


@dataclass
class Hand:
    """A finger on one page; counts what it does."""

    page: Page
    taps: int = 0
    typed: int = 0

    async def open(self, path: str, home: str) -> None:
        """Go to an address."""
        answer = await self.page.goto(home + path)
        assert answer is not None and answer.ok, f"{path}: {answer and answer.status}"

    async def tap(self, target: Locator) -> None:
        """Tap something that stays on this page."""
        self.taps += 1
        await target.tap()

    async def go(self, target: Locator) -> None:
        """Tap something that leads to another page, and wait until that has come."""
        # A document of its own: an address that a script puts in place is no other page.
        async with self.page.expect_event("load"):
            await self.tap(target)

    async def press(self, msgid: str, **params: object) -> None:
        """Tap the button with these words."""
        await self.go(self.page.get_by_role("button", name=vi(msgid, **params), exact=True))

    async def follow(self, msgid: str, **params: object) -> None:
        """Tap the link with these words."""
        await self.go(self.page.get_by_role("link", name=vi(msgid, **params), exact=True))

    async def refreshes(self, msgid: str) -> None:
        """Tap Refresh until it is not offered any more."""
        again = self.page.get_by_role("link", name=vi(msgid), exact=True)
        async with asyncio.timeout(30):
            while await again.count():
                await self.go(again)

    async def type(self, name: str, words: str) -> None:
        """Type into the field of this name, letter by letter."""
        self.typed += 1
        target = self.page.locator(f'[name="{name}"]')
        await target.fill("")
        await target.press_sequentially(words)

    async def sees(self, msgid: str, **params: object) -> None:
        """Wait for these words, somewhere on the page."""
        said = self.page.get_by_text(vi(msgid, **params)).filter(visible=True)
        await said.first.wait_for(timeout=15_000)


def first_int(text: str) -> int:
    """The first number in words such as "185.000 ₫"."""
    found = re.search(r"\d[\d.]*", text)
    assert found, text
    return int(found[0].replace(".", ""))
