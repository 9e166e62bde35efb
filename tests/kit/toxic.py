"""A TCP proxy that can be told to fail: nobody there, 5 s late, cut off, or talking nonsense."""

import asyncio
import random
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from enum import StrEnum

_CHUNK_BYTES = 64 * 1024
_AT_ONCE = struct.pack("ii", 1, 0)  # SO_LINGER: on, 0 s: closing sends a reset


class Toxic(StrEnum):
    """What is wrong with the line."""

    OFF = "off"
    DOWN = "down"  # open lines are cut, new ones are refused
    SLOW = "slow"  # every answer comes late
    RESET = "reset"  # each line is reset after some bytes, whichever way they went
    GARBAGE = "garbage"  # what was asked is done, the answer is random bytes


@dataclass(eq=False)
class _Line:
    """One client's connection and ours to the server behind."""

    client: asyncio.StreamWriter
    server: asyncio.StreamWriter | None = None
    left_bytes: int = 0  # until the reset
    tasks: list[asyncio.Task[None]] = field(default_factory=list)

    def cut(self, *, reset: bool = False) -> None:
        """End both sides at once."""
        for writer in (self.client, self.server):
            if writer is None:
                continue
            if reset:
                with suppress(OSError):
                    raw: socket.socket = writer.get_extra_info("socket")
                    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
            writer.transport.abort()
        for task in self.tasks:
            task.cancel()


class Proxy:
    """Listens on a loopback port of its own and passes on to one server."""

    def __init__(self, host: str, port: int, *, seed: int = 0) -> None:
        self._upstream = (host, port)
        self._dice = random.Random(seed)
        self._toxic = Toxic.OFF
        self._late_s = 5.0
        self._reset_within_bytes = 0
        self._changed = asyncio.Event()
        self._lines: set[_Line] = set()
        self._server: asyncio.Server | None = None
        # Bound and never listening: the port stays ours while nobody is there.
        self._holder = _bound(0)
        self.port: int = self._holder.getsockname()[1]

    @property
    def toxic(self) -> Toxic:
        """What is wrong now."""
        return self._toxic

    async def be(self, toxic: Toxic, *, late_s: float = 5.0, reset_within_bytes: int = 400) -> None:
        """Be like this from now on, for open lines and new ones.

        `late_s`: how late each answer is. `reset_within_bytes`: every line is reset after a
        random number of bytes up to this one; 0 is at once.
        """
        self._toxic, self._late_s = toxic, late_s
        self._reset_within_bytes = reset_within_bytes
        self._changed.set()
        self._changed = asyncio.Event()
        for line in list(self._lines):
            line.left_bytes = self._dice.randint(0, reset_within_bytes)
            if toxic is Toxic.DOWN or (toxic is Toxic.RESET and line.left_bytes == 0):
                line.cut(reset=toxic is Toxic.RESET)
        if toxic is Toxic.DOWN:
            self._stop_listening()
        elif self._server is None:
            self._server = await asyncio.start_server(self._accept, sock=_bound(self.port))

    async def close(self) -> None:
        """Cut everything and give the port back."""
        self._stop_listening()
        self._holder.close()
        tasks = [task for line in self._lines for task in line.tasks]
        for line in list(self._lines):
            line.cut()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _stop_listening(self) -> None:
        server, self._server = self._server, None
        if server is not None:
            server.close()

    async def _accept(self, reader: asyncio.StreamReader, client: asyncio.StreamWriter) -> None:
        line = _Line(client, left_bytes=self._dice.randint(0, self._reset_within_bytes))
        self._lines.add(line)
        try:
            if self._toxic is Toxic.RESET and line.left_bytes == 0:
                line.cut(reset=True)
                return
            try:
                back, line.server = await asyncio.open_connection(*self._upstream)
            except OSError:
                line.cut(reset=True)
                return
            line.tasks = [
                asyncio.ensure_future(self._ask(line, reader, line.server)),
                asyncio.ensure_future(self._answer(line, back, client)),
            ]
            await asyncio.wait(line.tasks)
        finally:
            line.cut()
            self._lines.discard(line)

    async def _ask(
        self, line: _Line, reader: asyncio.StreamReader, server: asyncio.StreamWriter
    ) -> None:
        """What the client says goes through as it is."""
        with suppress(OSError):
            while piece := await reader.read(_CHUNK_BYTES):
                if self._resets(line, piece):
                    return
                server.write(piece)
                await server.drain()
            server.write_eof()

    async def _answer(
        self, line: _Line, reader: asyncio.StreamReader, client: asyncio.StreamWriter
    ) -> None:
        """What the server says: late, as nonsense, or not at all."""
        waiting: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()
        sender = asyncio.ensure_future(self._send_later(waiting, client))
        line.tasks.append(sender)
        loop = asyncio.get_running_loop()
        with suppress(OSError):
            while piece := await reader.read(_CHUNK_BYTES):
                if self._resets(line, piece):
                    return
                if self._toxic is Toxic.GARBAGE:
                    piece = self._dice.randbytes(max(64, len(piece)))
                waiting.put_nowait((loop.time(), piece))
        waiting.put_nowait((loop.time(), b""))
        await sender

    async def _send_later(
        self, waiting: "asyncio.Queue[tuple[float, bytes]]", client: asyncio.StreamWriter
    ) -> None:
        """A delay line: all is late by the same time, and at once when the line is well again."""
        loop = asyncio.get_running_loop()
        with suppress(OSError):
            while True:
                said_at, piece = await waiting.get()
                while self._toxic is Toxic.SLOW and loop.time() < said_at + self._late_s:
                    left_s = said_at + self._late_s - loop.time()
                    with suppress(TimeoutError):
                        await asyncio.wait_for(self._changed.wait(), left_s)
                if not piece:
                    client.close()
                    return
                client.write(piece)
                await client.drain()

    def _resets(self, line: _Line, piece: bytes) -> bool:
        """Count; True when the line has just been reset."""
        if self._toxic is not Toxic.RESET:
            return False
        line.left_bytes -= len(piece)
        if line.left_bytes > 0:
            return False
        line.cut(reset=True)
        return True


def _bound(port: int) -> socket.socket:
    # Named as TCP, or asyncio leaves Nagle on.
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    bound.bind(("127.0.0.1", port))
    return bound


@asynccontextmanager
async def toxic_proxy(host: str, port: int, *, seed: int = 0) -> AsyncIterator[Proxy]:
    """A proxy in front of one server, in good health at first."""
    proxy = Proxy(host, port, seed=seed)
    try:
        await proxy.be(Toxic.OFF)
        yield proxy
    finally:
        await proxy.close()
