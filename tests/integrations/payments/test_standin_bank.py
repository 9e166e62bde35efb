"""The stand-in bank over real HTTP: signed notices, faults, retries that outlive a restart."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Mount, Route

from integrations.contracts.errors import NotAllowed
from integrations.contracts.ports import BankTransfer
from integrations.payments.sepay import SePay
from integrations.payments.standin_bank import build_bank

pytestmark = pytest.mark.asyncio
SECRET = "sepay_secret_for_tests"
TRANSFER = {"account": "0123499999", "amount_vnd": 185_000, "content": "GANH2B7KQ9X"}


class Receiver:
    """A shop that verifies as ours does; `refuse` answers 503 that many times first."""

    def __init__(self) -> None:
        self.refuse = 0
        self.seen: list[BankTransfer] = []
        self.unsigned = 0
        self.refused = 0
        self.changed = asyncio.Condition()
        self.url = ""

    async def hook(self, request: Request) -> JSONResponse:
        raw, sepay = await request.body(), SePay(SECRET)
        async with self.changed:
            self.changed.notify_all()
            if self.refuse:
                self.refuse -= 1
                self.refused += 1
                return JSONResponse({"success": False}, 503)
            try:
                sepay.verify(raw, request.headers, now=datetime.now(UTC))
            except NotAllowed as problem:
                self.unsigned += 1
                return JSONResponse({"code": problem.code}, 403)
            self.seen.append(sepay.parse(raw))
            return JSONResponse({"success": True})

    async def until_seen(self, count: int) -> None:
        async with self.changed, asyncio.timeout(20):
            await self.changed.wait_for(lambda: len(self.seen) >= count)


@contextmanager
def listening() -> Iterator[socket.socket]:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        sock.listen()
        yield sock


@asynccontextmanager
async def shop() -> AsyncIterator[Receiver]:
    receiver = Receiver()
    app = Starlette(routes=[Route("/hook", receiver.hook, methods=["POST"])])
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off"))
    with listening() as sock:
        receiver.url = f"http://127.0.0.1:{sock.getsockname()[1]}/hook"
        serving = asyncio.create_task(server.serve([sock]))
        try:
            yield receiver
        finally:
            server.should_exit = True
            await serving


@asynccontextmanager
async def bank(url: str, file: Path, unit_s: float = 60.0) -> AsyncIterator[httpx.AsyncClient]:
    """Mounted as in the stand-in process: the outer lifespan enters the inner one."""
    inner = build_bank(SECRET, url, file, retry_unit_s=unit_s, first_line_id=1)
    outer = Starlette(routes=[Mount("/bank", inner)])
    async with (
        inner.router.lifespan_context(inner),
        httpx.AsyncClient(
            transport=httpx.ASGITransport(outer), base_url="http://standin/bank/"
        ) as client,
    ):
        yield client


async def send(client: httpx.AsyncClient, **more: Any) -> dict[str, Any]:
    response = await client.post("transfers", json={**TRANSFER, **more})
    assert response.status_code == 201, response.text
    answer: dict[str, Any] = response.json()
    return answer


async def fault(client: httpx.AsyncClient, **faults: Any) -> None:
    assert (await client.post("faults", json=faults)).status_code == 200


async def test_a_transfer_arrives_signed_and_is_answered(tmp_path: Path) -> None:
    async with shop() as receiver, bank(receiver.url, tmp_path / "b" / "bank.json") as client:
        answer = await send(client)
        assert answer["replies"] == [{"status": 200, "body": {"success": True}, "accepted": True}]
        assert answer["waiting"] is False
        [transfer] = receiver.seen
        assert (transfer.account, transfer.amount_vnd) == ("0123499999", 185_000)
        assert (transfer.content, transfer.direction) == ("GANH2B7KQ9X", "in")
        assert abs((datetime.now(UTC) - transfer.occurred_at).total_seconds()) < 60
        second = await send(client, direction="out", amount_vnd=5_000)
        assert second["transaction"]["id"] == 2
        assert second["transaction"]["accumulated"] == 180_000


async def test_probes_are_refused_and_not_retried(tmp_path: Path) -> None:
    async with shop() as receiver, bank(receiver.url, tmp_path / "bank.json", 0) as client:
        for probe in ({"sign": "wrong"}, {"shift_s": -301}, {"shift_s": 120}):
            answer = await send(client, **probe)
            assert answer["replies"][0]["status"] == 403
            assert answer["waiting"] is False
        assert (receiver.unsigned, receiver.seen) == (3, [])
        late = await send(client, shift_s=-200, times=2)
        assert [reply["accepted"] for reply in late["replies"]] == [True, True]


async def test_times_and_the_duplicate_fault_repeat_one_id(tmp_path: Path) -> None:
    async with shop() as receiver, bank(receiver.url, tmp_path / "bank.json") as client:
        await send(client, times=3)
        await fault(client, duplicate=2)
        await send(client)
        assert [t.provider_event_id for t in receiver.seen] == ["1"] * 3 + ["2"] * 3


async def test_refused_notices_are_tried_again(tmp_path: Path) -> None:
    async with shop() as receiver, bank(receiver.url, tmp_path / "bank.json", 0.001) as client:
        receiver.refuse = 7
        answer = await send(client)
        assert answer["replies"][0] == {
            "status": 503,
            "body": {"success": False},
            "accepted": False,
        }
        assert answer["waiting"] is True
        await receiver.until_seen(1)
        assert receiver.refused == 7


async def test_after_seven_retries_only_the_list_knows(tmp_path: Path) -> None:
    async with shop() as receiver, bank(receiver.url, tmp_path / "bank.json", 0) as client:
        receiver.refuse = 8
        await send(client)
        async with receiver.changed, asyncio.timeout(20):
            await receiver.changed.wait_for(lambda: receiver.refused == 8)
        # A second transfer passes: what would still be waiting for the first had come before it.
        await send(client)
        assert [t.provider_event_id for t in receiver.seen] == ["2"]
        listed = (await client.get("transactions")).json()["transactions"]
        assert [row["id"] for row in listed] == ["1", "2"]
        resent = (await client.post("resend/1")).json()
        assert resent["replies"][0]["accepted"] is True
        assert receiver.seen[-1].provider_event_id == "1"


async def test_a_restart_goes_on_with_what_waits(tmp_path: Path) -> None:
    file = tmp_path / "bank.json"
    with listening() as closed:
        nowhere = f"http://127.0.0.1:{closed.getsockname()[1]}/hook"
    async with bank(nowhere, file, 0.01) as client:
        answer = await send(client)
        assert answer["replies"][0]["status"] is None
        assert answer["waiting"] is True
    async with shop() as receiver, bank(receiver.url, file, 0.01) as client:
        await receiver.until_seen(1)
        assert receiver.seen[0].provider_event_id == "1"
        assert (await send(client))["transaction"]["id"] == 2


async def test_a_kill_while_sending_sends_again(tmp_path: Path) -> None:
    file = tmp_path / "bank.json"
    async with shop() as receiver:
        async with bank(receiver.url, file) as client:
            receiver.refuse = 1
            await send(client)
        # As a kill between "being sent" and the answer leaves the file.
        text = file.read_text("utf-8")
        at = text.index('"due_at":') + len('"due_at":')
        file.write_text(text[:at] + "null" + text[text.index("}", at) :], "utf-8")
        async with bank(receiver.url, file):
            await receiver.until_seen(1)


async def test_delay_drop_and_wrong_signature(tmp_path: Path) -> None:
    async with shop() as receiver, bank(receiver.url, tmp_path / "bank.json", 0.05) as client:
        await fault(client, delay_s=0.01)
        answer = await send(client)
        assert (answer["replies"], answer["waiting"]) == ([], True)
        await receiver.until_seen(1)
        await fault(client, drop=True)
        answer = await send(client)
        assert (answer["replies"], answer["waiting"]) == ([], False)
        await fault(client, wrong_signature=True)
        answer = await send(client)
        assert answer["replies"][0]["status"] == 403
        await fault(client)
        await receiver.until_seen(2)
        assert [t.provider_event_id for t in receiver.seen] == ["1", "3"]


async def test_a_bank_made_anew_repeats_no_line_of_an_older_one(tmp_path: Path) -> None:
    numbers = set()
    for name in ("old", "new"):
        made = build_bank(SECRET, "http://127.0.0.1:1/", tmp_path / name)
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(made), base_url="http://standin/"
        ) as client:
            await fault(client, drop=True)
            number = (await send(client))["transaction"]["id"]
            [listed] = (await client.get("transactions")).json()["transactions"]
            assert listed["id"] == str(number)
            numbers.add(number)
    assert len(numbers) == 2


async def test_the_list_is_filtered(tmp_path: Path) -> None:
    async with shop() as receiver, bank(receiver.url, tmp_path / "bank.json") as client:
        await fault(client, drop=True)
        for account in ("1", "2", "1"):
            await send(client, account=account)
        ask = {"account_number": "1", "since_id": "1", "limit": "5"}
        [row] = (await client.get("transactions", params=ask)).json()["transactions"]
        assert (row["id"], row["amount_in"], row["amount_out"]) == ("3", "185000.00", "0.00")
        assert (await client.get("transactions", params={"limit": "x"})).status_code == 400
        assert (await client.post("resend/9")).status_code == 404
        assert (await client.get("faults")).json()["drop"] is True


@pytest.mark.parametrize(
    "body",
    [{}, {**TRANSFER, "amount_vnd": 0}, {**TRANSFER, "sign": "x"}, {**TRANSFER, "more": 1}, []],
)
async def test_what_is_no_transfer_is_named(body: Any, tmp_path: Path) -> None:
    async with bank("http://127.0.0.1:1/", tmp_path / "bank.json") as client:
        response = await client.post("transfers", json=body)
        assert response.status_code == 400
        assert response.json()["error"].startswith("not understood: ")
        assert (await client.post("faults", json={"duplicate": -1})).status_code == 400
