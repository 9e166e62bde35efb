"""The web process as it is started in earnest: gates, guard and application together."""

import asyncio
from contextlib import AsyncExitStack
from urllib.parse import urlsplit

import httpx

from tests.kit.service import running_service
from tests.kit.stack import Stack

HALF = b"POST /sign-in HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100\r\n\r\nphone="


async def test_people_are_served_beside_two_hundred_half_sent_requests(stack: Stack) -> None:
    async with running_service(stack, "serve") as service, AsyncExitStack() as held:
        port = urlsplit(service.base_url).port
        for _ in range(200):
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            held.callback(writer.close)
            writer.write(HALF)
        client = await held.enter_async_context(
            httpx.AsyncClient(base_url=service.base_url, timeout=10)
        )
        for _ in range(20):
            assert (await client.get("/sign-in")).status_code == 200
        foreign = await client.post("/sign-in", headers={"Origin": "https://evil.example"})
        other = await client.get("/", headers={"Host": "evil.example"})
        large = await client.post("/sign-in", content=b"x" * 300_000)
    assert foreign.status_code == 403
    assert other.status_code == 400
    assert large.status_code == 413
