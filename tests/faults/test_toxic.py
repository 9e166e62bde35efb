"""The proxy that fails on demand does each of its faults, and is well again when told so."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

import pytest

from tests.kit.toxic import Proxy, Toxic, toxic_proxy

LATE_S = 0.3
heard: list[bytes] = []


@dataclass
class Caller:
    """One line through the proxy."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def says(self, text: bytes, *, times: int = 1) -> bytes:
        """Say something; what comes back."""
        answer = b""
        for _ in range(times):
            self.writer.write(text)
            answer = await self.reader.read(1024)
        return answer


@asynccontextmanager
async def call(proxy: Proxy) -> AsyncIterator[Caller]:
    caller = Caller(*await asyncio.open_connection("127.0.0.1", proxy.port))
    try:
        yield caller
    finally:
        caller.writer.transport.abort()


@pytest.fixture
async def proxy() -> AsyncIterator[Proxy]:
    """In front of a server that answers each line with itself, and counts."""

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while said := await reader.readline():
                heard.append(said)
                writer.write(said)
        writer.transport.abort()

    heard.clear()
    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with toxic_proxy("127.0.0.1", port) as made:
        yield made
    server.close()


async def test_off_passes_on(proxy: Proxy) -> None:
    async with call(proxy) as caller:
        assert await caller.says(b"one\n") == b"one\n"
        assert await caller.says(b"two\n") == b"two\n"


async def test_down_cuts_and_refuses_and_keeps_its_port(proxy: Proxy) -> None:
    async with call(proxy) as caller:
        await proxy.be(Toxic.DOWN)
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", proxy.port)
        with suppress(ConnectionError):
            assert await caller.says(b"one\n") == b""
    await proxy.be(Toxic.OFF)
    async with call(proxy) as caller:
        assert await caller.says(b"two\n") == b"two\n"


async def test_slow_is_late_and_comes_at_once_when_well_again(proxy: Proxy) -> None:
    loop = asyncio.get_running_loop()
    async with call(proxy) as caller:
        await proxy.be(Toxic.SLOW, late_s=LATE_S)
        began = loop.time()
        assert await caller.says(b"one\n") == b"one\n"
        assert loop.time() - began >= LATE_S
        await proxy.be(Toxic.SLOW, late_s=60)
        waits = asyncio.ensure_future(caller.says(b"two\n"))
        while heard[-1] != b"two\n":
            await asyncio.sleep(0)
        await proxy.be(Toxic.OFF)
        assert await asyncio.wait_for(waits, 5) == b"two\n"


@pytest.mark.parametrize("within_bytes", [0, 20])
async def test_reset_ends_each_line(proxy: Proxy, within_bytes: int) -> None:
    async with call(proxy) as old:
        await old.says(b"one\n")
        await proxy.be(Toxic.RESET, reset_within_bytes=within_bytes)
        with pytest.raises(ConnectionError):
            await old.says(b"two\n", times=20)
        async with call(proxy) as new:
            with pytest.raises(ConnectionError):
                await new.says(b"two\n", times=20)
    await proxy.be(Toxic.OFF)
    async with call(proxy) as caller:
        assert await caller.says(b"three\n") == b"three\n"


async def test_garbage_is_heard_and_answered_with_nonsense(proxy: Proxy) -> None:
    async with call(proxy) as caller:
        await proxy.be(Toxic.GARBAGE)
        answer = await caller.says(b"one\n")
    assert len(answer) >= 64 and b"one\n" not in answer
    assert heard == [b"one\n"]


async def test_a_server_that_is_away_is_a_reset() -> None:
    async with toxic_proxy("127.0.0.1", 9) as lonely, call(lonely) as caller:
        with pytest.raises(ConnectionError):
            await caller.says(b"one\n")
