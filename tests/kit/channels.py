"""A marketplace on a port of its own that tells our application by real HTTP; a seller's shop."""

import asyncio
import socket
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import UUID

import uvicorn

from integrations.channels.shopee.adapter import Shopee
from integrations.contracts.errors import Problem
from integrations.contracts.ids import new_id
from integrations.contracts.ports import Ports
from integrations.contracts.viewer import SYSTEM
from integrations.runtime import outbox
from integrations.runtime.database import rows, run, work
from integrations.runtime.outbox import Routes
from market.channels.service import connect, offer
from market.channels.service.due import give_out
from market.channels.service.offer import Offer
from market.channels.service.tokens import ConnectionTokens
from market.worker import ROUTES
from tests.kit.listings import Goods, a_live_listing
from tests.kit.people import Seller, a_seller
from tests.kit.shop import a_picture
from tests.kit.shopee import ShopeeMarket, shopee_market
from tests.kit.stack import Stack

CATEGORY = "100780"
NAME = "Mật ong rừng nguyên chất Hà Tĩnh 500 ml"
ABOUT = "Mật ong lấy từ rừng, lọc thô, đóng chai thủy tinh, dùng trong một năm."
_TURNS = 40
_WORKERS = 3
# What the worker would find out one by one.
_NOTHING_FOLLOWS = """
UPDATE outbox SET state = 'done', done_at = now()
WHERE state = 'pending' AND kind = 'fact' AND name <> ALL($1)
"""


@dataclass(frozen=True)
class Elsewhere:
    """Our application with a marketplace behind it."""

    stack: Stack
    market: ShopeeMarket
    channel: Shopee
    ports: Ports
    routes: Routes = ROUTES

    @property
    def ctx(self) -> dict[str, Any]:
        """What the worker hands to its tasks."""
        return {"settings": self.stack.settings, "ports": self.ports}

    async def drain(self) -> int:
        """Work every outbox row that is due, as three workers would: side by side, each row by
        whoever takes it first."""
        done = 0
        while due := await self._due_rows():
            counts = await asyncio.gather(*(self._worker(due) for _ in range(_WORKERS)))
            done += sum(counts)
            if not any(counts):
                break
        return done

    async def _due_rows(self) -> deque[UUID]:
        if self.routes is not ROUTES:
            async with work(SYSTEM):
                await run(_NOTHING_FOLLOWS, [list(self.routes.facts)])
        return deque(row_id for row_id, _, _ in await outbox.due_rows())

    async def _worker(self, due: deque[UUID]) -> int:
        done = 0
        while due:
            done += await outbox.run_row(self.ctx, due.popleft(), routes=self.routes)
        return done

    async def connect(self, seller: Seller, *, shop_id: str = "") -> UUID:
        """The seller agrees at the marketplace, for a new shop or one it has, and comes back; the
        connection's id."""
        session_id = new_id()
        settings = self.stack.settings
        url = connect.consent_url(
            ports=self.ports, settings=settings, session_id=session_id, channel="shopee"
        )
        back = await self.market.agree(url, name=seller.name, shop_id=shop_id)
        made = await connect.connect(
            seller.viewer,
            ports=self.ports,
            settings=settings,
            session_id=session_id,
            channel="shopee",
            **back,
        )
        await self.drain()
        return made

    async def offer(self, seller: Seller, goods: Goods, connection_id: UUID, **more: Any) -> UUID:
        """Ask for goods to be shown there; nothing is worked yet."""
        made, lacking = await offer.offer(
            seller.viewer,
            ports=self.ports,
            wanted=Offer(goods.id, connection_id, CATEGORY, 745, **more),
        )
        assert made is not None, [problem.code for problem in lacking]
        return made

    async def a_shop(self, *, available: int = 10, price_vnd: int = 185_000) -> "Shelf":
        """A seller, a connected shop, and goods that stand in both places."""
        seller = await a_seller()
        connection_id = await self.connect(seller)
        return await self.another(seller, connection_id, available=available, price_vnd=price_vnd)

    async def another(
        self, seller: Seller, connection_id: UUID, *, available: int = 10, price_vnd: int = 185_000
    ) -> "Shelf":
        """More goods in a connected shop."""
        goods = await a_live_honey(seller, available=available, price_vnd=price_vnd)
        listing_id = await self.offer(seller, goods, connection_id)
        await self.settle()
        return Shelf(self, seller, connection_id, goods, listing_id)

    async def settle(self) -> None:
        """Let time pass until nothing is left to do, as far as faults allow."""
        for _ in range(_TURNS):
            await time_passes()
            await give_out()
            if not await self.drain() and not await self._due():
                return

    async def _due(self) -> int:
        async with work(SYSTEM):
            found = await rows(
                "SELECT count(*)::int AS n FROM channel_listing cl JOIN channel_connection c"
                " ON c.id = cl.connection_id WHERE c.state = 'active' AND cl.state = 'due'"
                " AND cl.problem_code NOT IN ('channel.locked')"
            )
        return int(found[0]["n"])


@dataclass(frozen=True)
class Shelf:
    """Goods of a seller here and at the marketplace."""

    elsewhere: Elsewhere
    seller: Seller
    connection_id: UUID
    goods: Goods
    listing_id: UUID

    @property
    def sku(self) -> str:
        """How the marketplace knows the goods as ours."""
        return f"GANH-{self.goods.code}"

    async def item(self) -> dict[str, Any]:
        """The one item there."""
        found = await self.elsewhere.market.items(self.sku)
        alive = [one for one in found if one["status"] != "SELLER_DELETE"]
        assert len(alive) == 1, alive
        return alive[0]

    async def row(self) -> dict[str, Any]:
        """Our row of it."""
        async with work(SYSTEM):
            found = await rows(
                "SELECT cl.*, v.available, v.price_vnd FROM channel_listing cl"
                " JOIN variant v ON v.id = cl.variant_id WHERE cl.id = $1",
                [self.listing_id],
            )
        return found[0]

    async def buy_there(self, quantity: int = 1, *, paid: bool = True) -> str:
        """Somebody buys at the marketplace; the order's number there."""
        item = await self.item()
        made = await self.elsewhere.market.control(
            "orders", lines=[{"item_id": item["item_id"], "quantity": quantity}], paid=paid
        )
        return str(made["order_sn"])

    async def order(self, order_sn: str) -> dict[str, Any]:
        """What we have kept of an order there, with its part."""
        async with work(SYSTEM):
            found = await rows(
                "SELECT o.*, p.state AS part_state, p.total_vnd AS part_vnd, x.source"
                " FROM channel_order o LEFT JOIN order_part p ON p.id = o.part_id"
                " LEFT JOIN orders x ON x.id = p.order_id"
                " WHERE o.connection_id = $1 AND o.outside_id = $2",
                [self.connection_id, order_sn],
            )
        assert len(found) == 1
        return found[0]


async def a_live_honey(
    seller: Seller, *, available: int = 10, price_vnd: int = 185_000, name: str = NAME
) -> Goods:
    """Goods that the marketplace takes, with a picture."""
    goods = await a_live_listing(
        seller, name=name, price_vnd=price_vnd, available=available, unit="chai"
    )
    await a_picture(seller, goods)
    async with work(SYSTEM):
        await run("UPDATE listing SET description = $2 WHERE id = $1", [goods.id, ABOUT])
    return goods


async def end(connection_id: UUID) -> None:
    """A shop is taken away: nothing is scheduled for it, and its number may be another's."""
    async with work(SYSTEM):
        await run(
            "UPDATE channel_connection SET state = 'ended', shop_id = left(id::text, 40)"
            " WHERE id = $1",
            [connection_id],
        )


async def time_passes() -> None:
    """What waits for a later time is due now."""
    async with work(SYSTEM):
        await run(
            "UPDATE channel_listing SET due_at = now() WHERE due_at > now() AND state = 'due'"
        )
        await run(
            "UPDATE channel_attempt SET at = at - interval '1 minute'"
            " WHERE state IN ('intended', 'unknown')"
        )
        await run("UPDATE outbox SET due_at = now() WHERE state = 'pending' AND due_at > now()")


async def lacking(elsewhere: Elsewhere, seller: Seller, wanted: Offer) -> list[Problem]:
    """What the pre-flight says of an offer."""
    _, found = await offer.offer(seller.viewer, ports=elsewhere.ports, wanted=wanted)
    return found


@asynccontextmanager
async def elsewhere_of(
    stack: Stack, folder: Path | None, *, routes: Routes = ROUTES
) -> AsyncIterator[Elsewhere]:
    """The marketplace tells `stack`'s application, which speaks to it through the real adapter."""
    server = uvicorn.Server(
        uvicorn.Config(stack.app, log_level="critical", access_log=False, lifespan="off")
    )
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        sock.listen()
        serving = asyncio.create_task(server.serve([sock]))
        hook = f"http://127.0.0.1:{sock.getsockname()[1]}/hooks/shopee"
        before = stack.app.state.ports
        try:
            async with shopee_market(folder, deliver_to=hook) as market:
                channel = market.channel(ConnectionTokens())
                ports = replace(stack.ports, channels={"shopee": channel})
                stack.app.state.ports = ports
                try:
                    yield Elsewhere(stack, market, channel, ports, routes)
                finally:
                    await channel.close()
        finally:
            stack.app.state.ports = before
            server.should_exit = True
            await serving
