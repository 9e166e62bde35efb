"""An application that takes cards at the stand-in, and what the tables say of one order."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import httpx

from integrations.contracts.cards import CardPayments
from integrations.contracts.ids import new_id
from integrations.contracts.viewer import SYSTEM
from integrations.runtime.database import rows, run, value, work
from market.orders.links import read_token
from tests.kit.buyers import COMMUNE
from tests.kit.cards import Cards, card_standin
from tests.kit.listings import Goods, a_live_listing
from tests.kit.people import Seller, a_phone, a_seller
from tests.kit.stack import Stack


@dataclass
class Bought:
    """One order by card: what opens it, and its parts by letter."""

    token: str
    order_id: UUID
    seen: dict[str, Any]
    sellers: list[Seller]
    goods: list[Goods]
    part_ids: list[UUID]

    @property
    def part_id(self) -> UUID:
        """The first part."""
        return self.part_ids[0]


@dataclass
class CardShop:
    """The application with cards, and the stand-in in front of it."""

    stack: Stack
    cards: Cards

    async def buy(
        self,
        *,
        sellers: int = 1,
        price_vnd: int = 92_500,
        quantity: int = 2,
        available: int = 9,
        methods: tuple[str, ...] = (),
    ) -> Bought:
        """An order over the API, by card unless `methods` says otherwise for a seller."""
        who = [await a_seller() for _ in range(sellers)]
        goods = [
            await a_live_listing(seller, price_vnd=price_vnd, available=available) for seller in who
        ]
        chosen = [*methods, *("card" for _ in range(sellers))][:sellers]
        codes = [await code_of(seller) for seller in who]
        answer = await self.post(
            "/api/v1/orders",
            {
                "lines": [{"variant_id": str(g.variant_id), "quantity": quantity} for g in goods],
                "buyer": {
                    "name": "Lê Thị Hoa",
                    "phone": a_phone(),
                    "commune_code": COMMUNE,
                    "street": "12 Hàng Bài",
                },
                "methods": dict(zip(codes, chosen, strict=True)),
            },
        )
        assert answer.status_code == 201, answer.text
        seen = answer.json()
        order_id = read_token(seen["token"], self.stack.settings.secret_key.get_secret_value())
        assert order_id is not None
        async with work(SYSTEM):
            parts = await rows(
                "SELECT id FROM order_part WHERE order_id = $1 ORDER BY letter", [order_id]
            )
        return Bought(seen["token"], order_id, seen, who, goods, [part["id"] for part in parts])

    async def post(
        self, path: str, body: Any = None, *, token: str | None = None, key: str = ""
    ) -> httpx.Response:
        """A request of a program."""
        headers = {"Idempotency-Key": key or str(new_id())}
        async with self.stack.client(token, **headers) as client:
            return await client.post(path, json=body)

    async def get(self, path: str, *, token: str | None = None) -> httpx.Response:
        """A look."""
        async with self.stack.client(token) as client:
            return await client.get(path)

    async def shown(self, bought: Bought) -> dict[str, Any]:
        """The order as its buyer sees it now."""
        seen: dict[str, Any] = (await self.get(f"/api/v1/orders/{bought.token}")).json()
        return seen

    async def pay(self, bought: Bought, how: str = "paid") -> str:
        """The buyer pays on the hosted page; the page's id."""
        session_id = await session_of(bought)
        await self.cards.tell("pay", session=session_id, how=how)
        return session_id

    async def deliver(self, kind: str, object_id: str = "", *, times: int = 1) -> int:
        """Bring notices by hand and work them; how many were accepted."""
        found = [
            event
            for event in await self.cards.events()
            if event["type"].startswith(kind) and object_id in ("", event["data"]["object"]["id"])
        ]
        accepted = 0
        for event in found * times:
            raw, headers = await self.cards.notice(event["id"])
            async with self.stack.client(**headers) as client:
                answer = await client.post("/hooks/stripe", content=raw)
            accepted += answer.status_code == 200
        await self.stack.drain()
        return accepted

    async def paid(self, **more: Any) -> Bought:
        """An order that is paid and settled."""
        bought = await self.buy(**more)
        session_id = await self.pay(bought)
        await self.deliver("checkout.session.completed", session_id)
        return bought


async def code_of(seller: Seller) -> str:
    """The code that names a producer."""
    async with work(SYSTEM):
        return str(await value("SELECT code FROM producer WHERE id = $1", [seller.producer_id]))


async def session_of(bought: Bought) -> str:
    """The newest page of an order at the stand-in."""
    async with work(SYSTEM):
        return str(
            await value(
                "SELECT session_id FROM card_checkout WHERE order_id = $1 ORDER BY id DESC LIMIT 1",
                [bought.order_id],
            )
        )


async def payment_of(bought: Bought) -> str:
    """The vendor's payment of an order."""
    async with work(SYSTEM):
        return str(
            await value(
                "SELECT payment_id FROM card_checkout WHERE order_id = $1 AND state = 'paid'",
                [bought.order_id],
            )
        )


async def states(bought: Bought) -> list[tuple[str, str]]:
    """(state of the part, state of its payment) by letter."""
    async with work(SYSTEM):
        found = await rows(
            "SELECT p.state, y.state AS payment FROM order_part p JOIN payment y"
            " ON y.part_id = p.id WHERE p.order_id = $1 ORDER BY p.letter",
            [bought.order_id],
        )
    return [(row["state"], row["payment"]) for row in found]


async def books(bought: Bought) -> dict[str, int]:
    """What the transactions about an order come to, by account, sellers by letter; no zeros."""
    async with work(SYSTEM):
        found = await rows(
            "SELECT a.code, sum(e.amount_vnd)::bigint AS vnd FROM ledger_transaction t"
            " JOIN ledger_entry e ON e.transaction_id = t.id"
            " JOIN ledger_account a ON a.id = e.account_id"
            " LEFT JOIN ledger_transaction o ON o.id = t.reverses_id"
            " WHERE coalesce(o.meta, t.meta)->>'part_id' = ANY($1)"
            " OR coalesce(o.meta, t.meta)->>'checkout_id' IN"
            "   (SELECT id::text FROM card_checkout WHERE order_id = $2)"
            " GROUP BY 1 HAVING sum(e.amount_vnd) <> 0 ORDER BY 1",
            [[str(part_id) for part_id in bought.part_ids], bought.order_id],
        )
    names = {str(s.producer_id): chr(ord("A") + i) for i, s in enumerate(bought.sellers)}
    names[str(bought.order_id)] = "buyer"

    def named(code: str) -> str:
        for known, name in names.items():
            code = code.replace(known, name)
        return code

    return {named(row["code"]): row["vnd"] for row in found}


async def refunds(bought: Bought) -> list[dict[str, Any]]:
    """Refund rows of an order, oldest first."""
    async with work(SYSTEM):
        return await rows(
            "SELECT id, amount_vnd, state, reason, booked, vendor_id, attempt FROM card_refund"
            " WHERE order_id = $1 ORDER BY id",
            [bought.order_id],
        )


async def open_kinds(*subjects: UUID) -> list[str]:
    """Kinds of follow-up that are open about these."""
    async with work(SYSTEM):
        found = await rows(
            "SELECT kind FROM follow_up WHERE subject_id = ANY($1) AND closed_at IS NULL"
            " ORDER BY kind",
            [list(subjects)],
        )
    return [row["kind"] for row in found]


async def let_time_pass(bought: Bought, seconds: int = 3_600) -> None:
    """The parts of an order, and what is held for them, become older."""
    async with work(SYSTEM):
        for sql in (
            "UPDATE order_part SET expires_at = expires_at - make_interval(secs => $2::float8)"
            " WHERE order_id = $1",
            "UPDATE card_checkout SET sent_at = sent_at - make_interval(secs => $2::float8),"
            " created_at = created_at - make_interval(secs => $2::float8) WHERE order_id = $1",
        ):
            await run(sql, [bought.order_id, float(seconds)])


@asynccontextmanager
async def with_vendor(stack: Stack, vendor: CardPayments) -> AsyncIterator[Stack]:
    """The same application with this card vendor."""
    before = stack.app.state.ports
    ports = replace(stack.ports, cards=vendor)
    stack.app.state.ports = ports
    try:
        yield replace(stack, ports=ports)
    finally:
        stack.app.state.ports = before


@asynccontextmanager
async def card_shop(stack: Stack, **more: Any) -> AsyncIterator[CardShop]:
    """The application and a stand-in of its own, over HTTP on this machine."""
    async with card_standin(**more) as cards, with_vendor(stack, cards.adapter) as with_cards:
        yield CardShop(with_cards, cards)
    # What still waits for this vendor would be worked by a later test that takes no cards.
    async with work(SYSTEM):
        await run(
            "UPDATE outbox SET state = 'done', done_at = now() WHERE state = 'pending'"
            " AND (name LIKE 'card.%' OR name LIKE 'settlement.%card%')"
        )
