"""Pushes from the stand-in to a receiver that verifies as ours does, and bodies of wrong shapes."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from hypothesis import given
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from integrations.channels.shopee import push
from integrations.channels.shopee.signing import PushSigns
from integrations.contracts.channels import ChannelPush
from integrations.contracts.errors import NotAllowed, Problem
from tests.kit.shopee import JPEG, MemoryTokens, ShopeeMarket, honey, shopee_market

REGISTERED = "https://ganh.example/hooks/shopee"


class Receiver:
    """Verifies on the raw bytes, answers 204; `refuse` answers 503 that many times first."""

    def __init__(self) -> None:
        self.refuse = self.unsigned = 0
        self.seen: list[ChannelPush] = []
        self.changed = asyncio.Condition()
        self.channel = ShopeeMarket("http://127.0.0.1:1", "", None).channel(  # type: ignore[arg-type]
            MemoryTokens()
        )

    async def hook(self, request: Request) -> Response:
        raw = await request.body()
        async with self.changed:
            self.changed.notify_all()
            if self.refuse:
                self.refuse -= 1
                return Response(status_code=503)
            try:
                self.channel.verify_push(raw, request.headers)
            except NotAllowed as problem:
                assert problem.code == "channel.signature"
                self.unsigned += 1
                return Response(status_code=403)
            self.seen.append(self.channel.parse_push(raw))
            return Response(status_code=204)

    async def until_seen(self, count: int) -> None:
        async with self.changed, asyncio.timeout(20):
            await self.changed.wait_for(lambda: len(self.seen) >= count)

    def kinds(self) -> list[tuple[str, str]]:
        return [(one.kind, one.subject) for one in self.seen]


@contextmanager
def listening() -> Iterator[socket.socket]:
    with socket.socket(proto=socket.IPPROTO_TCP) as sock:
        sock.bind(("127.0.0.1", 0))
        sock.listen()
        yield sock


@asynccontextmanager
async def receiving() -> AsyncIterator[tuple[Receiver, str]]:
    receiver = Receiver()
    app = Starlette(routes=[Route("/hooks/shopee", receiver.hook, methods=["POST"])])
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off"))
    with listening() as sock:
        serving = asyncio.create_task(server.serve([sock]))
        try:
            yield receiver, f"http://127.0.0.1:{sock.getsockname()[1]}/hooks/shopee"
        finally:
            server.should_exit = True
            await serving


@asynccontextmanager
async def selling(
    url: str, *, folder: Path | None = None, unit_s: float = 1.0, signs: PushSigns = "url|body"
) -> AsyncIterator[tuple[ShopeeMarket, int]]:
    """A market that tells `url`, with one article; its number."""
    async with shopee_market(
        folder, deliver_to=url, registered=REGISTERED, retry_unit_s=unit_s, push_signs=signs
    ) as market:
        tokens = MemoryTokens()
        channel = market.channel(tokens)
        shop = await market.connected(channel, tokens)
        picture = await channel.upload_picture(shop, JPEG)
        item_id = await channel.create(shop, honey(picture, stock=100))
        await channel.close()
        yield market, int(item_id)


async def ordered(market: ShopeeMarket, item_id: int, **more: Any) -> str:
    made = await market.control("orders", lines=[{"item_id": item_id}], **more)
    return str(made["order_sn"])


async def test_each_state_of_an_order_is_told_signed_and_differs() -> None:
    async with receiving() as (receiver, url), selling(url) as (market, item_id):
        await receiver.until_seen(1)  # the consent, code 1
        number = await ordered(market, item_id)
        await market.control(f"orders/{number}/ship")
        await market.control(f"orders/{number}/complete")
        assert receiver.kinds()[0] == ("other", "")
        orders = receiver.seen[1:]
        assert [(one.kind, one.subject) for one in orders] == [("order", number)] * 5
        assert len({one.event_id for one in orders}) == 5
        assert receiver.unsigned == 0
        assert all(len(one.shop_id) == 9 for one in orders)


async def test_campaigns_bans_and_consents_are_told() -> None:
    async with receiving() as (receiver, url), selling(url) as (market, item_id):
        await receiver.until_seen(1)
        [shop_id] = (await market.state())["shops"]
        await market.control(f"items/{item_id}", reserved=5)
        await market.control(f"items/{item_id}", status="BANNED", reason="x")
        await market.control(f"shops/{shop_id}", warn=True)
        await market.control(f"shops/{shop_id}", authorised_for_s=0)
        told = [(one.kind, one.shop_id, one.subject) for one in receiver.seen[1:]]
        assert told == [
            ("stock", shop_id, str(item_id)),
            ("item", shop_id, str(item_id)),
            ("authorisation_ends", "", shop_id),
            ("deauthorised", shop_id, ""),
        ]


async def test_a_receiver_of_the_other_form_takes_nothing() -> None:
    async with receiving() as (receiver, url), selling(url, signs="body") as (market, item_id):
        await ordered(market, item_id)
        assert receiver.seen == []
        assert receiver.unsigned >= 2


async def test_doubled_reordered_dropped_and_delayed() -> None:
    async with receiving() as (receiver, url), selling(url) as (market, item_id):
        await receiver.until_seen(1)
        await market.fault({"kind": "duplicate_push", "next": 1})
        first = await ordered(market, item_id, paid=False)
        assert [one.subject for one in receiver.seen[1:]] == [first, first]
        assert receiver.seen[1].event_id == receiver.seen[2].event_id
        await market.fault({"kind": "reorder_push", "next": 1})
        await market.control(f"orders/{first}/pay")
        assert len(receiver.seen) == 3
        await market.control(f"orders/{first}/arrange")
        states = [one.event_id.split(":")[3] for one in receiver.seen[3:]]
        assert states == ["PROCESSED", "READY_TO_SHIP"]
        await market.fault({"kind": "drop_push", "next": 1})
        await market.control(f"orders/{first}/cancel")
        assert len(receiver.seen) == 5
        assert [one["body"]["data"]["status"] for one in (await market.state())["lost"]] == [
            "CANCELLED"
        ]
        await market.fault({"kind": "delay_push", "next": 1, "delay_s": 100})
        await ordered(market, item_id, paid=False)
        assert len(receiver.seen) == 5
        assert await market.control("flush") == {"tried": 1, "waiting": 0}
        assert len(receiver.seen) == 6


async def test_refused_notices_come_again_and_then_are_lost() -> None:
    async with receiving() as (receiver, url), selling(url, unit_s=0) as (market, item_id):
        await receiver.until_seen(1)
        receiver.refuse = 2
        number = await ordered(market, item_id, paid=False)
        await receiver.until_seen(2)
        assert receiver.seen[-1].subject == number
        receiver.refuse = 4  # the first and its three retries
        await market.control(f"orders/{number}/cancel")
        async with receiver.changed, asyncio.timeout(20):
            await receiver.changed.wait_for(lambda: receiver.refuse == 0)
        while (await market.state())["notices"]:
            await asyncio.sleep(0)
        state = await market.state()
        assert [one["tries"] for one in state["lost"]] == [3]


async def test_what_was_not_sent_outlives_a_restart(tmp_path: Path) -> None:
    async with receiving() as (receiver, url):
        async with selling(url, folder=tmp_path) as (market, item_id):
            await receiver.until_seen(1)
            receiver.refuse = 1
            number = await ordered(market, item_id, paid=False)
        async with shopee_market(tmp_path, deliver_to=url, registered=REGISTERED) as again:
            assert (await again.state())["items"][str(item_id)]["stock"] == 99
            await again.control("flush")
            assert receiver.seen[-1].subject == number
            page = await again.http.get(f"shop/{receiver.seen[-1].shop_id}")
            [picture] = (await again.state())["pictures"]
            assert picture in page.text
            assert (await again.http.get(f"img/{picture}")).content == JPEG


ORDER = {"data": {"ordersn": "220810QSK8S7BX", "status": "PROCESSED", "update_time": 1660123127},
         "shop_id": 727720655, "code": 3, "timestamp": 1660123130}  # fmt: skip


def parsed(body: object) -> ChannelPush:
    return push.parse(json.dumps(body).encode())


def test_an_order_is_named_by_shop_number_state_and_time() -> None:
    found = parsed(ORDER)
    assert found.event_id == "727720655:3:220810QSK8S7BX:PROCESSED:1660123127"
    assert found.occurred_at == datetime(2022, 8, 10, 9, 18, 47, tzinfo=UTC)
    # A retry with a newer send time is the same event.
    assert parsed(ORDER | {"timestamp": 1660129999}).event_id == found.event_id


def test_other_codes_are_read_or_named_other() -> None:
    check = {"code": 0, "data": {"verify_info": "x"}, "timestamp": 1}
    assert parsed(check).kind == "other"
    assert parsed({"code": 28, "shop_id": 5, "data": [], "timestamp": 1}).kind == "other"
    ends = {"code": 12, "timestamp": 1, "data": {"shop_expire_soon": [11, 12, "x"]}}
    assert (parsed(ends).kind, parsed(ends).subject) == ("authorisation_ends", "11,12")
    gone = {"code": 2, "timestamp": 1, "data": {"shopid": 11}}
    assert (parsed(gone).kind, parsed(gone).shop_id) == ("deauthorised", "11")


@pytest.mark.parametrize(
    "body",
    [[], "x", None, {}, {"code": "3"}, {"code": True, "timestamp": 1}, {"code": 3},
     ORDER | {"data": {}}, ORDER | {"data": {"ordersn": "a b"}}, ORDER | {"shop_id": 0},
     ORDER | {"shop_id": -1}, {"code": 5, "timestamp": 2**40}],
)  # fmt: skip
def test_another_shape_is_unreadable(body: object) -> None:
    with pytest.raises(Problem) as refused:
        parsed(body)
    assert refused.value.code == "channel.unreadable"


@given(st.binary(max_size=300))
def test_no_bytes_break_the_reader(raw: bytes) -> None:
    try:
        found = push.parse(raw)
    except Problem as problem:
        assert problem.code == "channel.unreadable"
    else:
        assert len(found.event_id) <= 200
