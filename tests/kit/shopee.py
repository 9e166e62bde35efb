"""The stand-in marketplace on a port of its own, and tokens kept in memory."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import uvicorn

from integrations.channels.shopee.adapter import Shopee
from integrations.channels.shopee.signing import PushSigns
from integrations.channels.shopee.standin import build_shopee
from integrations.channels.shopee.standin.state import Market
from integrations.contracts.channels import (
    ChannelItem,
    ChannelShop,
    ChannelTokens,
    Refresh,
    TokenStore,
)
from integrations.runtime.calls.certificates import trusted

PARTNER_ID = "1000001"
PARTNER_KEY = "shpk4d7a6b"
PUSH_KEY = "shpp00ff00ff"
JPEG = b"\xff\xd8\xff\xe0" + b"a picture of honey" * 20


@dataclass
class MemoryTokens:
    """Port `TokenStore` for one process: one refresher at a time."""

    kept: dict[str, ChannelTokens] = field(default_factory=dict)
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    refreshes: int = 0

    async def current(self, shop: ChannelShop) -> ChannelTokens:
        return self.kept[shop.connection_id]

    async def refreshed(self, shop: ChannelShop, *, stale: str, refresh: Refresh) -> ChannelTokens:
        async with self.lock:
            tokens = self.kept[shop.connection_id]
            if tokens.access_token == stale:
                self.refreshes += 1
                tokens = self.kept[shop.connection_id] = await refresh(tokens)
            return tokens


@dataclass
class ShopeeMarket:
    """A running stand-in: its address, its hand (`control`), and our adapter to it."""

    url: str
    deliver_to: str
    http: httpx.AsyncClient
    memory: Market | None = None

    @property
    def inside(self) -> Market:
        """What it remembers: to look at, never to change. Only of one in this process."""
        assert self.memory is not None
        return self.memory

    async def control(self, path: str, **body: Any) -> dict[str, Any]:
        """POST /_control/<path>; fails unless 2xx."""
        response = await self.http.post(f"_control/{path}", json=body)
        assert response.is_success, response.text
        answer: dict[str, Any] = response.json()
        return answer

    async def fault(self, *rules: dict[str, Any], seed: int = 0) -> None:
        """Replace all faults; none given switches them off."""
        await self.control("faults", seed=seed, rules=list(rules))

    async def state(self) -> dict[str, Any]:
        """GET /_control/state."""
        answer: dict[str, Any] = (await self.http.get("_control/state")).json()
        return answer

    async def items(self, sku: str | None = None) -> list[dict[str, Any]]:
        """Items, of one SKU of ours or all."""
        if self.memory is None:
            rows = (await self.state())["items"].values()
            return [one for one in rows if sku in (None, one["sku"])]
        found = self.memory.state.items.values()
        return [one.model_dump(mode="json") for one in found if sku in (None, one.sku)]

    async def agree(
        self, consent_url: str, *, shop_id: str = "", name: str = "Gian hàng thử"
    ) -> dict[str, str]:
        """Press the button on the consent page; the answer's query, state included."""
        asked = parse_qs(urlsplit(consent_url).query)
        page = await self.http.get(consent_url)
        assert "Đồng ý" in page.text, page.text
        form = {"redirect_uri": asked["redirect_uri"][0], "shop_id": shop_id, "name": name}
        response = await self.http.post("auth", data=form)
        assert response.status_code == 303, response.text
        back = parse_qs(urlsplit(response.headers["location"]).query)
        return {key: values[-1] for key, values in back.items()}

    def channel(
        self,
        tokens: TokenStore,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        push_signs: PushSigns = "url|body",
    ) -> Shopee:
        """Our adapter to this marketplace."""
        return Shopee(
            partner_id=PARTNER_ID,
            partner_key=PARTNER_KEY,
            push_key=PUSH_KEY,
            callback_url="https://ganh.example/hooks/shopee",
            tokens=tokens,
            host=self.url,
            push_signs=push_signs,
            now=now,
        )

    async def connected(self, channel: Shopee, tokens: MemoryTokens) -> ChannelShop:
        """A new shop that lets our app in."""
        back = await self.agree(channel.consent_url(state="s", return_url="http://127.0.0.1/back"))
        pair, _ = await channel.connect(code=back["code"], shop_id=back["shop_id"])
        shop = ChannelShop(connection_id=back["shop_id"], shop_id=back["shop_id"])
        tokens.kept[shop.connection_id] = pair
        return shop


def honey(picture_id: str, **changes: Any) -> ChannelItem:
    """Goods that the marketplace takes."""
    given: dict[str, Any] = {
        "sku": "G-HONEY-1",
        "name": "Mật ong rừng nguyên chất 500 ml",
        "description": "Mật ong lấy từ rừng, lọc thô, đóng chai thủy tinh.",
        "category_id": "100780",
        "price_vnd": 185_000,
        "stock": 12,
        "weight_g": 745,
        "picture_ids": [picture_id],
    }
    return ChannelItem(**given | changes)


@asynccontextmanager
async def shopee_market(
    folder: Path | None = None,
    *,
    deliver_to: str = "",
    registered: str = "https://ganh.example/hooks/shopee",
    push_signs: PushSigns = "url|body",
    retry_unit_s: float = 1.0,
    partner_id: str = PARTNER_ID,
    partner_key: str = PARTNER_KEY,
    push_key: str = PUSH_KEY,
) -> AsyncIterator[ShopeeMarket]:
    """A stand-in by real HTTP on loopback; with a `folder` its state survives there."""
    app = build_shopee(
        partner_id=partner_id,
        partner_key=partner_key,
        push_key=push_key,
        deliver_to=deliver_to,
        registered=registered,
        state_file=folder / "standin-shopee.json" if folder else None,
        push_signs=push_signs,
        retry_unit_s=retry_unit_s,
    )
    server = uvicorn.Server(uvicorn.Config(app, log_level="critical", access_log=False))
    # Named as TCP, or asyncio leaves Nagle on and every answer waits 40 ms.
    with socket.socket(proto=socket.IPPROTO_TCP) as sock:
        sock.bind(("127.0.0.1", 0))
        sock.listen()
        url = f"http://127.0.0.1:{sock.getsockname()[1]}"
        serving = asyncio.create_task(server.serve([sock]))
        try:
            async with httpx.AsyncClient(base_url=url, trust_env=False, verify=trusted()) as http:
                yield ShopeeMarket(url, deliver_to, http, app.state.market)
        finally:
            server.should_exit = True
            await serving
