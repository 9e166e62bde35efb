"""The card stand-in on a port of its own, and our adapter through the real SDK in front of it."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.types import ASGIApp

from integrations.contracts.cards import CardLine, CardSession, CardSessionRequest
from integrations.payments.stripe.adapter import StripeCards
from integrations.payments.stripe.standin.app import build_stripe

KEY = "sk_test_for_tests"
SECRET = "whsec_for_tests"


@contextmanager
def listening() -> Iterator[socket.socket]:
    """A socket on a free port of this machine."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        sock.listen()
        yield sock


@asynccontextmanager
async def served(app: ASGIApp) -> AsyncIterator[str]:
    """The app behind a real HTTP server in this loop; yields its address."""
    config = uvicorn.Config(app, log_level="critical", lifespan="off", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    with listening() as sock:
        serving = asyncio.create_task(server.serve([sock]))
        try:
            yield f"http://127.0.0.1:{sock.getsockname()[1]}"
        finally:
            server.should_exit = True
            await serving


@dataclass
class Cards:
    """The adapter, and the hand that turns the stand-in."""

    adapter: StripeCards
    url: str
    http: httpx.AsyncClient

    async def tell(self, verb: str, **told: Any) -> dict[str, Any]:
        """One word to the stand-in: pay, settle, refund, dispute, decide, faults, clock, resend.

        Shapes: integrations/payments/stripe/standin/control.py.
        """
        answer = await self.http.post(f"{self.url}/_control/{verb}", json=told)
        assert answer.status_code == 200, answer.text
        said: dict[str, Any] = answer.json()
        return said

    async def objects(self, kind: str) -> list[dict[str, Any]]:
        """What the stand-in holds of this kind ("refund"), oldest first."""
        answer = await self.http.get(f"{self.url}/_control/objects", params={"kind": kind})
        found: list[dict[str, Any]] = answer.json()["objects"]
        return found

    async def balance_vnd(self) -> int:
        """What our balance there comes to, after fees."""
        answer = await self.http.get(f"{self.url}/_control/objects")
        return int(answer.json()["balance_vnd"])

    async def events(self) -> list[dict[str, Any]]:
        """Every event, oldest first, sent or not."""
        answer = await self.http.get(f"{self.url}/_control/events")
        found: list[dict[str, Any]] = answer.json()["events"]
        return found

    async def notice(self, event_id: str) -> tuple[bytes, dict[str, str]]:
        """Body and headers of an event's notice, signed now: for delivery by hand."""
        answer = await self.http.get(f"{self.url}/_control/notices/{event_id}")
        said = answer.json()
        return said["raw"].encode(), said["headers"]

    async def notice_of(self, kind: str, object_id: str) -> tuple[bytes, dict[str, str]]:
        """The same for the event of this kind about one object."""
        (event,) = [
            one
            for one in await self.events()
            if one["type"] == kind and one["data"]["object"]["id"] == object_id
        ]
        return await self.notice(event["id"])

    async def a_page(
        self, *, amount_vnd: int = 185_000, reference: str = "order-1", key: str = "page-1"
    ) -> CardSession:
        """An open payment page over this sum."""
        return await self.adapter.open_session(
            a_request(amount_vnd=amount_vnd, reference=reference), key=key
        )


def a_request(
    *,
    amount_vnd: int = 185_000,
    reference: str = "order-1",
    language: str = "vi",
    expires_at: datetime | None = None,
) -> CardSessionRequest:
    """One line over this sum; ends in an hour, on a whole hour's quarter so that keys repeat it."""
    return CardSessionRequest(
        reference=reference,
        lines=[CardLine(name="Bưởi Phúc Trạch", quantity=1, price_vnd=amount_vnd)],
        language=language,
        expires_at=expires_at or _SOON,
        success_url="http://shop.test/o/1?paid={CHECKOUT_SESSION_ID}",
        cancel_url="http://shop.test/o/1",
    )


_SOON = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=2)


@asynccontextmanager
async def card_standin(
    *,
    notify_url: str = "",
    state_file: Path | None = None,
    retry_unit_s: float = 60.0,
    retries: int = 0,
    timeout_s: float = 5.0,
) -> AsyncIterator[Cards]:
    """The stand-in mounted at /stripe as in its process, and an adapter that tries `retries` times.

    `notify_url` empty: notices wait; take them by `notice`.
    """
    inner = build_stripe(KEY, SECRET, notify_url, state_file, retry_unit_s=retry_unit_s)
    outer = Starlette(routes=[Mount("/stripe", inner)])
    async with contextlib.AsyncExitStack() as running:
        await running.enter_async_context(inner.router.lifespan_context(inner))
        url = await running.enter_async_context(served(outer)) + "/stripe"
        http = await running.enter_async_context(httpx.AsyncClient(trust_env=False))
        adapter = StripeCards(KEY, [SECRET], url=url, retries=retries, timeout_s=timeout_s)
        running.push_async_callback(adapter.close)
        yield Cards(adapter, url, http)
