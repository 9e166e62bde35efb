"""The gateway for messages against a server on loopback: once, again, or never."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from integrations.contracts.errors import Declined, Unavailable
from integrations.contracts.ids import new_id
from integrations.contracts.ports import Message
from integrations.contracts.viewer import SYSTEM
from integrations.messages.http_gateway import HttpGateway
from integrations.runtime import outbox
from integrations.runtime.database import rows, work
from integrations.runtime.embedded.process import free_port
from integrations.runtime.outbox import Routes, Task
from tests.kit.crash import until
from tests.kit.stack import Stack


@dataclass
class Gateway:
    """A vendor that answers as it is told; keeps what it took, each id once."""

    port: int = field(default_factory=lambda: free_port(set()))
    status: int = 202
    silent: bool = False
    asked: int = 0
    taken: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """Where messages are posted."""
        return f"http://127.0.0.1:{self.port}/send"

    async def send(self, request: Request) -> Response:
        """Take one message."""
        self.asked += 1
        if self.silent:
            await asyncio.Event().wait()
        if request.headers.get("authorization") != "Bearer right":
            return Response(status_code=401)
        if self.status < 300:
            self.taken.setdefault(request.headers["idempotency-key"], await request.json())
        return Response(status_code=self.status)


@pytest.fixture
async def gateway() -> AsyncIterator[Gateway]:
    """The vendor, listening."""
    made = Gateway()
    app = Starlette(routes=[Route("/send", made.send, methods=["POST"])])
    server = uvicorn.Server(
        uvicorn.Config(
            app, host="127.0.0.1", port=made.port, log_config=None, timeout_graceful_shutdown=1
        )
    )
    running = asyncio.ensure_future(server.serve())

    async def up() -> bool:
        return server.started

    await until(up)
    yield made
    server.should_exit = True
    await running


@asynccontextmanager
async def messages(gateway: Gateway, token: str = "right") -> AsyncIterator[HttpGateway]:
    """The adapter, its connections given back at the end."""
    made = HttpGateway(gateway.url, token, timeout_s=0.3)
    try:
        yield made
    finally:
        await made.close()


def a_message() -> Message:
    """A code for a phone."""
    return Message("+84912345678", "Mã của bạn: 123456", str(new_id()), "sign_in")


async def test_it_is_taken_once_by_its_id(gateway: Gateway) -> None:
    message = a_message()
    async with messages(gateway) as port:
        await port.send(message)
        await port.send(message)
    assert gateway.taken == {
        message.dedupe_key: {
            "to": message.to_phone, "text": message.text,
            "kind": "sign_in", "id": message.dedupe_key,
        }
    }  # fmt: skip


@pytest.mark.parametrize("status", [500, 503, 429, 408])
async def test_what_may_pass_is_tried_again(gateway: Gateway, status: int) -> None:
    gateway.status = status
    async with messages(gateway) as port:
        with pytest.raises(Unavailable):
            await port.send(a_message())


async def test_a_wrong_token_is_ours_to_mend(gateway: Gateway) -> None:
    async with messages(gateway, token="wrong") as port:
        with pytest.raises(Unavailable):
            await port.send(a_message())
    assert gateway.taken == {}


async def test_silence_and_a_closed_door_are_tried_again(gateway: Gateway) -> None:
    gateway.silent = True
    async with messages(gateway) as port:
        with pytest.raises(Unavailable):
            await port.send(a_message())
    nobody = Gateway()
    async with messages(nobody) as port:
        with pytest.raises(Unavailable):
            await port.send(a_message())


@pytest.mark.parametrize("status", [400, 404, 422, 302])
async def test_a_refusal_is_for_good(gateway: Gateway, status: int) -> None:
    gateway.status = status
    async with messages(gateway) as port:
        with pytest.raises(Declined):
            await port.send(a_message())


async def test_a_refused_one_waits_for_a_person_and_is_not_tried_again(
    stack: Stack, gateway: Gateway
) -> None:
    gateway.status = 422

    async def tell(ctx: dict[str, Any], **_: object) -> None:
        await ctx["messages"].send(a_message())

    routes = Routes({"test.told": (Task("test.tell", tell),)})
    async with messages(gateway) as port:
        ctx = {**stack.ctx, "messages": port}
        async with work(SYSTEM):
            fact = await outbox.emit("test.told", new_id())
        assert await outbox.run_row(ctx, fact, routes=routes)
        async with work(SYSTEM):
            [task] = await rows("SELECT id FROM outbox WHERE parent_id = $1", [fact])
        assert not await outbox.run_row(ctx, task["id"], routes=routes)
        assert not await outbox.run_row(ctx, task["id"], routes=routes)
    async with work(SYSTEM):
        [row] = await rows(
            "DELETE FROM outbox WHERE id = $1 RETURNING state, attempts, last_error", [task["id"]]
        )
    assert row == {"state": "dead", "attempts": 1, "last_error": "message.refused"}
    assert gateway.asked == 1
