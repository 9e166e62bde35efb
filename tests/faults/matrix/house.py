"""The service as real processes whose every line to a server leads through a proxy of the test."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit, urlunsplit
from uuid import UUID

import httpx

from integrations.contracts.viewer import SYSTEM
from integrations.runtime.database import run, work
from market.worker import sweep
from tests.faults.matrix.elsewhere import Shelf, a_new_shelf
from tests.faults.matrix.outside import TOKEN, Gateway, a_gateway
from tests.kit.cards import KEY, SECRET, Cards, card_standin
from tests.kit.channels import end
from tests.kit.crash import a_lease_passes, all_worked
from tests.kit.crowd import BEHIND_A_PROXY
from tests.kit.service import Service, beside, running_service
from tests.kit.shopee import PARTNER_ID, PARTNER_KEY, PUSH_KEY, shopee_market
from tests.kit.stack import Stack
from tests.kit.toxic import Proxy, Toxic, toxic_proxy

_BEHIND = {
    "PostgreSQL": ("DATABASE_URL", "DATABASE_PUBLIC_URL"),
    "Redis": ("REDIS_URL",),
    "S3": ("S3_ENDPOINT",),
    "Stripe": ("STRIPE_URL",),
    "marketplace": ("SHOPEE_URL",),
    "messages": ("SMS_URL",),
}
_PATIENCE_S = 60
_BROWSER = {"Sec-Fetch-Site": "same-origin", "Accept-Language": "vi", "Accept": "text/html"}


@dataclass
class House:
    """A web process, a worker, and one switch for each part."""

    stack: Stack
    service: Service
    proxies: dict[str, Proxy]
    gateway: Gateway
    cards: Cards
    shelf: Shelf
    people: AsyncExitStack = field(default_factory=AsyncExitStack)
    _ill: str = ""
    _well: asyncio.Event = field(default_factory=asyncio.Event)

    def is_ill(self, part: str) -> bool:
        """Whether this part is the one that is going to be ill."""
        return self._ill == part

    def told(self, phone: str) -> list[str]:
        """The messages that a phone has had."""
        return self.gateway.texts(phone)

    async def bank(self) -> httpx.AsyncClient:
        """The bank's own machine, which reaches us through its proxy."""
        port = self.proxies["bank"].port
        client = httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{port}", timeout=_PATIENCE_S, verify=False
        )
        return await self.people.enter_async_context(client)

    async def all_worked(self, within_s: float = 40) -> None:
        """Wait until no task is due."""
        await all_worked(within_s)

    async def somebody(self, token: str = "") -> httpx.AsyncClient:
        """A browser with an address of its own; `token` signs it in."""
        address = ".".join(str(random.randrange(1, 255)) for _ in range(3))
        client = httpx.AsyncClient(
            base_url=self.service.base_url,
            headers={**_BROWSER, "X-Forwarded-For": f"11.{address}"},
            timeout=_PATIENCE_S,
            verify=False,  # there is no TLS here, and its context costs 30 ms
        )
        if token:
            client.cookies.set("ganh", token)
        return await self.people.enter_async_context(client)

    @asynccontextmanager
    async def visited(self, part: str) -> AsyncIterator[None]:
        """A day with people who come and go, on which one part is going to be ill."""
        self._ill = part
        async with AsyncExitStack() as self.people:
            yield

    @asynccontextmanager
    async def ill(self, part: str, toxic: Toxic) -> AsyncIterator[None]:
        """One part has this fault for as long as the block lasts."""
        proxy = self.proxies[part]
        self._well.clear()
        await proxy.be(toxic)
        try:
            yield
        finally:
            await proxy.be(Toxic.OFF)
            self._well.set()

    async def supervise(self) -> None:
        """Start a worker that has ended again, as the supervisor does; for ever."""
        while True:
            await self.service.processes["worker"].wait()
            await self._well.wait()
            await self.service.start("worker")

    async def hurry(self) -> None:
        """Leases and waits end, and what looks by the clock looks, sooner than it would."""
        await a_lease_passes()
        await self.shelf.hurry()
        await sweep({})


def _through(url: str, port: int) -> str:
    parts = urlsplit(url)
    who = parts.netloc.rpartition("@")
    return urlunsplit(parts._replace(netloc=f"{who[0]}{who[1]}127.0.0.1:{port}"))


@asynccontextmanager
async def house_of(stack: Stack) -> AsyncIterator[House]:
    """Web and worker over the stack's servers, and those outside, each reached by its proxy."""
    await _nothing_left_over()
    async with AsyncExitStack() as opened:
        gateway = await opened.enter_async_context(a_gateway())
        cards = await opened.enter_async_context(card_standin())
        market = await opened.enter_async_context(shopee_market())
        outside = {
            "SMS_URL": f"{gateway.url}/send",
            "STRIPE_URL": cards.url,
            "SHOPEE_URL": market.url,
        }
        proxies: dict[str, Proxy] = {}
        # Two pools in each process, beside the test's own, on a server of 60 connections.
        settings = {
            **BEHIND_A_PROXY,
            "DATABASE_POOL_MAX": "5",
            "MESSAGES": "http",
            "SMS_TOKEN": TOKEN,
            "STRIPE_SECRET_KEY": KEY,
            "STRIPE_WEBHOOK_SECRETS": SECRET,
            "SHOPEE_PARTNER_ID": PARTNER_ID,
            "SHOPEE_PARTNER_KEY": PARTNER_KEY,
            "SHOPEE_PUSH_KEY": PUSH_KEY,
        }
        addresses = stack.env | outside
        for seed, (part, names) in enumerate(_BEHIND.items()):
            where = urlsplit(addresses[names[0]])
            proxy = toxic_proxy(where.hostname or "", where.port or 0, seed=seed)
            proxies[part] = await opened.enter_async_context(proxy)
            settings |= {name: _through(addresses[name], proxies[part].port) for name in names}
        service = await opened.enter_async_context(
            running_service(stack, "worker", "serve", **settings)
        )
        to_web = toxic_proxy("127.0.0.1", urlsplit(service.base_url).port or 0)
        proxies["bank"] = await opened.enter_async_context(to_web)
        shelf = await a_new_shelf(market, service.base_url, _BROWSER)
        house = House(stack, service, proxies, gateway, cards, shelf)
        await opened.enter_async_context(beside(house.supervise()))
        yield house
    await _nobody_is_asked_any_more(shelf)


async def _nothing_left_over() -> None:
    """Thousands of orders of earlier tests would fall due while the house is watched."""
    async with work(SYSTEM):
        await run(
            "UPDATE order_part SET expires_at = expires_at + interval '1 day',"
            " answer_by = answer_by + interval '1 day'"
            " WHERE state IN ('awaiting_payment', 'awaiting_code', 'placed', 'confirmed')"
        )
        await run("UPDATE outbox SET state = 'done', done_at = now() WHERE state = 'pending'")


async def _nobody_is_asked_any_more(shelf: Shelf) -> None:
    """Those outside have ended: what still waits for them is no work that a later test lost."""
    await end(UUID(shelf.connection_id))
    async with work(SYSTEM):
        await run("UPDATE outbox SET state = 'done' WHERE state = 'pending' AND lane = 'outside'")
