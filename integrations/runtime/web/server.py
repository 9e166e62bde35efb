"""The HTTP server with deadlines: what is sent by halves, or not at all, does not stay open.

uvicorn waits for ever for the rest of a request. Here every connection has a deadline from its
beginning and from each request's beginning; it starts anew after the headers and ends with the
body. Uploads have no deadline in total, they must keep moving.
"""

import asyncio
import logging
import re
import resource
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from integrations.runtime.web.gates.origin import Network, within
from integrations.runtime.web.metrics import CONNECTIONS_CUT

if TYPE_CHECKING:
    from starlette.types import ASGIApp

# Files and database connections of our own, beside the sockets of clients.
_OWN_DESCRIPTORS: Final = 128
_NOTHING: Final = re.compile(r"(?!)")


@dataclass(frozen=True, slots=True)
class Limits:
    """How long and how much one connection may take; seconds and bytes."""

    request_s: float = 10
    # A moving upload brings at least so much in each while; a phone at the edge of a cell does.
    upload_idle_s: float = 30
    upload_least_bytes: int = 32 * 1024
    # A reader who takes nothing off for so long has gone.
    read_idle_s: float = 60
    head_max_bytes: int = 32 * 1024
    head_max_fields: int = 100
    connections_per_address: int = 64
    connections: int = 2_000


@dataclass(slots=True)
class Guard:
    """What all connections of one server share. `exempt`: addresses without a cap of their own."""

    limits: Limits = field(default_factory=Limits)
    uploads: re.Pattern[str] = _NOTHING
    exempt: tuple[Network, ...] = ()
    open: Counter[str] = field(default_factory=Counter)
    cut: Counter[str] = field(default_factory=Counter)

    def admits(self, address: str) -> bool:
        """Whether one more connection of this address may stay; it is counted when it may."""
        if self.open.total() >= self.limits.connections:
            return False
        capped = not within(address, self.exempt)
        if capped and self.open[address] >= self.limits.connections_per_address:
            return False
        self.open[address] += 1
        return True

    def leaves(self, address: str) -> None:
        """Forget a connection that was admitted."""
        self.open[address] -= 1
        if self.open[address] <= 0:
            del self.open[address]

    def count_cut(self, reason: str) -> None:
        """Only counted: thousands of slow clients must not fill the log."""
        self.cut[reason] += 1
        CONNECTIONS_CUT.labels(reason).inc()


class TimedProtocol(HttpToolsProtocol):
    """uvicorn's protocol with deadlines; `guarded` makes the class that a server uses."""

    guard: Guard
    _timers: dict[str, asyncio.TimerHandle]
    _admitted: str | None = None
    _in_head = True
    _head_bytes = 0
    _ended = 0
    _moved_bytes = 0
    _is_upload = False
    _is_incomplete = True

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self._timers = {}
        super().connection_made(transport)
        address = self.client[0] if self.client else ""
        if not self.guard.admits(address):
            self._cut("too_many")
            return
        self._admitted = address
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop("request")
        self._stop("reader")
        if self._admitted is not None:
            self.guard.leaves(self._admitted)
            self._admitted = None
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self.transport.is_closing():
            return
        if self._in_head and self._head_bytes > self.guard.limits.head_max_bytes:
            self._cut("head")
            return
        ended = self._ended
        super().data_received(data)
        if self._in_head:
            # Bytes that ended a request were its body, not the next one's head.
            self._head_bytes += len(data) if self._ended == ended else 0
            # Empty lines between requests begin none, and have ended the keep-alive time.
            cycle: RequestResponseCycle | None = self.cycle
            idle = cycle is None or cycle.response_complete
            if idle and "request" not in self._timers:
                self._wait()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._is_incomplete = True
        self._wait()

    def on_headers_complete(self) -> None:
        if len(self.headers) > self.guard.limits.head_max_fields:
            raise ValueError("too many header fields")
        self._in_head, self._head_bytes = False, 0
        super().on_headers_complete()
        path = self.scope.get("path", "")
        self._is_upload = self.guard.uploads.match(path) is not None
        self._wait()

    def on_body(self, body: bytes) -> None:
        super().on_body(body)
        self._moved_bytes += len(body)
        if self._is_upload and self._moved_bytes >= self.guard.limits.upload_least_bytes:
            self._wait()

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._in_head, self._is_upload, self._is_incomplete = True, False, False
        self._ended += 1
        self._stop("request")

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self._is_incomplete and not self.transport.is_closing():
            # Answered before it was all here: nobody reads the rest, however well it moves.
            self._is_upload = False
            self._wait()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._watch_reader(self.transport.get_write_buffer_size())

    def resume_writing(self) -> None:
        super().resume_writing()
        self._stop("reader")

    def _wait(self) -> None:
        """Start the deadline of the part that comes next."""
        self._moved_bytes = 0
        limits = self.guard.limits
        wait_s = limits.upload_idle_s if self._is_upload else limits.request_s
        self._start("request", wait_s, self._late)

    def _late(self) -> None:
        cycle: RequestResponseCycle | None = self.cycle
        waits_for_us = self.flow.read_paused or (
            cycle is not None and not cycle.response_complete and cycle.waiting_for_100_continue
        )
        if waits_for_us:
            self._wait()
        else:
            self._cut("upload" if self._is_upload else "head" if self._in_head else "body")

    def _watch_reader(self, left_bytes: int) -> None:
        """Cut a reader who has taken nothing off the answer in one while."""

        def look() -> None:
            now_bytes = self.transport.get_write_buffer_size()
            if now_bytes < left_bytes:
                self._watch_reader(now_bytes)
            else:
                self._cut("reader")

        self._start("reader", self.guard.limits.read_idle_s, look)

    def _start(self, name: str, wait_s: float, then: Callable[[], None]) -> None:
        self._stop(name)
        self._timers[name] = self.loop.call_later(wait_s, then)

    def _stop(self, name: str) -> None:
        timer = self._timers.pop(name, None)
        if timer is not None:
            timer.cancel()

    def _cut(self, reason: str) -> None:
        self._stop("request")
        self._stop("reader")
        self.guard.count_cut(reason)
        self.transport.abort()


def server_config(
    app: "ASGIApp", *, host: str, port: int, guard: Guard, keep_alive_s: int = 15
) -> uvicorn.Config:
    """uvicorn's configuration with the guarded protocol; port 0 takes a free one."""
    return uvicorn.Config(
        app,
        host=host,
        port=port,
        loop="uvloop",
        http=type("GuardedProtocol", (TimedProtocol,), {"guard": guard}),
        ws="none",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=keep_alive_s,
        timeout_graceful_shutdown=8,
    )


def serve(app: "ASGIApp", *, host: str, port: int, guard: Guard) -> None:
    """Run one web process until SIGINT or SIGTERM; requests under way have 8 s to end.

    Raises `SystemExit` when the port is taken.
    """
    most = min(guard.limits.connections, _descriptors() - _OWN_DESCRIPTORS)
    guard.limits = replace(guard.limits, connections=most)
    # Each unreadable request would be a line: anybody could fill the disk.
    logging.getLogger("uvicorn.error").setLevel(logging.ERROR)
    server = uvicorn.Server(server_config(app, host=host, port=port, guard=guard))
    server.run()
    if not server.started:
        raise SystemExit(3)


def _descriptors() -> int:
    """How many files this process may open, after asking for as many as it is allowed."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard == resource.RLIM_INFINITY:
        hard = max(soft, 65_536)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard
