"""How much a request may carry: counted as it arrives, refused with a sentence."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from integrations.runtime.web.faults import too_large
from integrations.runtime.web.problems import answer

# A browser that is cut while it sends shows its own error instead of our sentence: so much beyond
# the limit is read and dropped first.
DROPPED_MAX_BYTES: Final = 48 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Room:
    """Bodies of up to `max_bytes` for the paths that `pattern` matches from their beginning."""

    pattern: re.Pattern[str]
    max_bytes: int


class BodyLimit:
    """Refuses larger bodies with 413, by Content-Length or by the bytes that really arrive.

    `rooms`: the first whose pattern matches counts, else `max_bytes`.
    """

    def __init__(self, app: ASGIApp, *, max_bytes: int, rooms: Sequence[Room] = ()) -> None:
        self.app = app
        self._max_bytes = max_bytes
        self._rooms = tuple(rooms)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request = Request(scope)
        max_bytes = self._limit_of(request.url.path)
        said = request.headers.get("content-length", "0")
        if not said.isdecimal() or int(said) > max_bytes:
            if said.isdecimal() and int(said) <= DROPPED_MAX_BYTES:
                await drop_body(receive, DROPPED_MAX_BYTES)
            await answer(request, too_large())(scope, receive, send)
            return
        arrived = 0

        async def counted() -> Message:
            nonlocal arrived
            message = await receive()
            if message["type"] != "http.request":
                return message
            arrived += len(message.get("body", b""))
            if arrived > max_bytes:
                if message.get("more_body"):
                    await drop_body(receive, DROPPED_MAX_BYTES)
                # Of Starlette's kind: readers of forms and JSON let it through unchanged.
                raise HTTPException(413)
            return message

        await self.app(scope, counted, send)

    def _limit_of(self, path: str) -> int:
        for room in self._rooms:
            if room.pattern.match(path):
                return room.max_bytes
        return self._max_bytes


async def drop_body(receive: Receive, most_bytes: int) -> None:
    """Read the rest of a body, or `most_bytes` of it, and keep nothing."""
    dropped = 0
    while dropped <= most_bytes:
        message = await receive()
        if message["type"] != "http.request" or not message.get("more_body"):
            return
        dropped += len(message.get("body", b""))
