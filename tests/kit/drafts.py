"""What the tests of drafts share: a profile that outlives its browser, a line that can be cut."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, BrowserContext, CDPSession, Error, FilePayload, Page

from integrations.contracts.viewer import SYSTEM
from integrations.runtime.database import rows, work
from tests.kit.crash import until
from tests.kit.people import Someone
from tests.kit.screens import CHROMIUM, CHROMIUM_ARGS, PHONE
from tests.kit.service import Service

# 400 kbps both ways and 400 ms: a weak line in the hills.
WEAK: Mapping[str, float] = {
    "latency": 400,
    "downloadThroughput": 50_000,
    "uploadThroughput": 50_000,
}
STRONG: Mapping[str, float] = {"latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
_DRAFTS = """() => new Promise(yes => {
  const asked = indexedDB.open('ganh', 1)
  asked.onupgradeneeded = () => asked.transaction.abort()
  asked.onerror = () => yes({ drafts: [], photos: 0 })
  asked.onsuccess = () => {
    const both = asked.result.transaction(['drafts', 'photos'])
    const drafts = both.objectStore('drafts').getAll()
    const photos = both.objectStore('photos').count()
    both.oncomplete = () => {
      asked.result.close()
      const typed = drafts.result.map(one => ({ ...one.fields, intent: one.intent }))
      yes({ drafts: typed, photos: photos.result })
    }
  }
})"""


@asynccontextmanager
async def a_phone_of(
    chromium: Browser, folder: Path, someone: Someone, service: Service
) -> AsyncIterator[BrowserContext]:
    """A browser on a small phone whose profile lies in `folder`; closing it is a restart."""
    context = await chromium.browser_type.launch_persistent_context(
        folder, executable_path=CHROMIUM, args=CHROMIUM_ARGS, **PHONE
    )
    await context.add_cookies([{"name": "ganh", "value": someone.token, "url": service.base_url}])
    try:
        yield context
    finally:
        await context.close()


async def kept(page: Page) -> dict[str, Any]:
    """What this browser keeps: the fields of its drafts, and how many photos."""
    found: dict[str, Any] = await page.evaluate(_DRAFTS)
    return found


def typed(it: Mapping[str, Any], name: str, words: str) -> bool:
    """Whether one of the drafts holds these words in this field."""
    return any(draft[name] == words for draft in it["drafts"])


async def until_kept(page: Page, fits: Callable[[dict[str, Any]], bool]) -> None:
    """Wait until what is kept fits."""

    async def look() -> bool:
        return fits(await kept(page))

    await until(look, what="what the phone keeps")


async def some_moment(chance: random.Random) -> None:
    """When in the first second a fault comes."""
    await asyncio.sleep(chance.random())


async def kill_tab(page: Page) -> Page:
    """What a phone without memory does when the camera opens; another window of that browser."""
    context = page.context
    with suppress(Error):  # the renderer is gone: that is what is wanted
        await page.goto("chrome://crash", wait_until="commit")
    fresh = await context.new_page()
    await page.close()
    return fresh


class Line:
    """The network of one page: slow, cut, back."""

    def __init__(self, wire: CDPSession) -> None:
        self._wire = wire
        self._now = STRONG

    @classmethod
    async def of(cls, page: Page) -> "Line":
        wire = await page.context.new_cdp_session(page)
        await wire.send("Network.enable")
        return cls(wire)

    async def become(self, kind: Mapping[str, float]) -> None:
        """`WEAK` or `STRONG`."""
        self._now = kind
        await self._send(offline=False)

    async def cut(self) -> None:
        """Nothing goes through, and the browser knows it."""
        await self._send(offline=True)

    async def back(self) -> None:
        """As before the cut."""
        await self._send(offline=False)

    async def cut_for(self, seconds: float) -> None:
        """Cut it for so long."""
        await self.cut()
        await asyncio.sleep(seconds)
        await self.back()

    async def cut_at_some_moment(self, chance: random.Random) -> None:
        """Some part of a second from now, for some part of a second."""
        await some_moment(chance)
        await self.cut_for(chance.random())

    async def _send(self, *, offline: bool) -> None:
        await self._wire.send("Network.emulateNetworkConditions", {"offline": offline, **self._now})


def picture(body: bytes) -> FilePayload:
    """A file as the camera gives it."""
    return FilePayload(name="IMG_2011.jpg", mimeType="image/jpeg", buffer=body)


async def bytes_of_photos(someone: Someone) -> list[int]:
    """How large each photo of a seller was when it arrived."""
    async with work(SYSTEM):
        found = await rows(
            "SELECT original_bytes FROM photo WHERE producer_id = $1", [someone.producer_id]
        )
    return [int(row["original_bytes"]) for row in found]


async def goods_of(someone: Someone) -> list[dict[str, Any]]:
    """All listings of a seller as the tables have them, with how many photos each has."""
    async with work(SYSTEM):
        return await rows(
            "SELECT l.*, v.price_vnd, v.weight_g, (SELECT count(*) FROM photo p"
            " WHERE p.listing_id = l.id AND p.state IN ('received', 'ready')) AS photos"
            " FROM listing l JOIN variant v ON v.listing_id = l.id"
            " WHERE l.producer_id = $1 ORDER BY l.id",
            [someone.producer_id],
        )
