"""Two hundred requests sent by halves to the real web process: a good client does not notice."""

import asyncio
from contextlib import suppress
from urllib.parse import urlsplit

import httpx

from tests.kit.service import running_service
from tests.kit.stack import Stack

HALVES = (
    b"GET / HTTP/1.1\r\nHost: x\r\nX-Half: ",
    b"POST /hooks/sepay HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\n\r\n{",
)


async def test_two_hundred_half_sent_requests(stack: Stack) -> None:
    async with running_service(stack, "serve") as service:
        port = urlsplit(service.base_url).port
        lines = [await asyncio.open_connection("127.0.0.1", port) for _ in range(200)]
        for number, (_, writer) in enumerate(lines):
            writer.write(HALVES[number % 2])

        async def ended(reader: asyncio.StreamReader) -> None:
            with suppress(ConnectionError):
                await reader.read()

        cut = asyncio.gather(*(ended(reader) for reader, _ in lines))
        answered = 0
        async with httpx.AsyncClient(base_url=service.base_url, timeout=5) as good:
            while not cut.done():
                assert (await good.get("/")).status_code == 200
                answered += 1
                await asyncio.wait({cut}, timeout=0.1)
            counted = (await good.get("/metrics")).text
        await cut
        for _, writer in lines:
            writer.close()
    # The lines stayed open for a while, and nobody else waited for them meanwhile.
    assert answered > 20
    assert "} 100.0" in counted, counted
