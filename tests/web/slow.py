"""A real server with short deadlines, and clients that speak HTTP by hand."""

import asyncio
import socket
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import uvicorn
from starlette.types import Receive, Scope, Send

from integrations.runtime.web.server import Guard, server_config

# Nothing in these tests may take longer; the deadlines are far shorter.
PATIENCE_S = 10.0


@dataclass
class Served:
    """A server in a thread of its own. `go` lets the answer of /slow out."""

    port: int
    guard: Guard
    go: asyncio.Event
    loop: asyncio.AbstractEventLoop
    began: list[str] = field(default_factory=list)

    def let_go(self) -> None:
        """Let slow answers out."""
        self.loop.call_soon_threadsafe(self.go.set)


@asynccontextmanager
async def serving(guard: Guard, *, keep_alive_s: int = 5) -> AsyncIterator[Served]:
    """`/` answers at once, `/slow` when it is let go, `/upload` and others the body's length."""
    ready: asyncio.Queue[Served] = asyncio.Queue()
    here = asyncio.get_running_loop()
    served: Served

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        served.began.append(scope["path"])
        body = b"hello"
        if scope["path"] == "/slow":
            await served.go.wait()
        if scope["path"] == "/large":
            body = bytes(8_000_000)
        if scope["method"] == "POST" and scope["path"] != "/early":
            arrived = 0
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    return
                arrived += len(message["body"])
                if not message["more_body"]:
                    break
            body = str(arrived).encode()
        headers = [(b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    config = server_config(app, host="127.0.0.1", port=0, guard=guard, keep_alive_s=keep_alive_s)
    config.lifespan = "off"

    class Told(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            nonlocal served
            await super().startup()
            port = self.servers[0].sockets[0].getsockname()[1]
            served = Served(port, guard, asyncio.Event(), asyncio.get_running_loop())
            here.call_soon_threadsafe(ready.put_nowait, served)

    server = Told(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    served = await asyncio.wait_for(ready.get(), PATIENCE_S)
    try:
        yield served
    finally:
        served.let_go()
        server.should_exit = True
        await asyncio.to_thread(thread.join, PATIENCE_S)


@dataclass
class Line:
    """One connection."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def send(self, data: bytes) -> None:
        """Send bytes as they are."""
        self.writer.write(data)
        await self.writer.drain()

    async def answer(self) -> tuple[int, bytes]:
        """Status and body of the next answer, which carries its length."""
        head = await asyncio.wait_for(self.reader.readuntil(b"\r\n\r\n"), PATIENCE_S)
        status, length = int(head.split()[1]), 0
        for line in head.split(b"\r\n")[1:]:
            name, _, text = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(text)
        return status, await asyncio.wait_for(self.reader.readexactly(length), PATIENCE_S)

    async def ended(self) -> float:
        """Seconds until the server ends the connection. Raises `TimeoutError` when it does not."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        async with asyncio.timeout(PATIENCE_S):
            try:
                while await self.reader.read(65_536):
                    pass
            except ConnectionError:
                pass
        return loop.time() - began

    async def drip(self, piece: bytes, every_s: float) -> float:
        """Send a piece again and again until the server ends it; seconds that it took."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        ended = asyncio.ensure_future(self.ended())
        while not ended.done():
            try:
                await self.send(piece)
            except ConnectionError:
                break
            await asyncio.wait({ended}, timeout=every_s)
        await ended
        return loop.time() - began


@asynccontextmanager
async def line(served: Served, first: bytes = b"") -> AsyncIterator[Line]:
    """A connection that has sent `first`."""
    reader, writer = await asyncio.open_connection("127.0.0.1", served.port)
    opened = Line(reader, writer)
    try:
        if first:
            await opened.send(first)
        yield opened
    finally:
        writer.close()
