"""How long a request may take of our time: whoever waits gets a sentence, and nothing piles up."""

import asyncio
import re
from collections.abc import Sequence
from typing import Final, NamedTuple

from starlette.types import ASGIApp, Message, Receive, Scope, Send


class Patience(NamedTuple):
    """Addresses that may take longer, and how long."""

    path: re.Pattern[str]
    within_s: float


class Deadline:
    """Gives a request up when its answer has not begun in time; the reader may try again (503).

    The time in which the client sends, and all after the answer has begun, does not count. What
    the request was waiting for is let go: it must be safe to do again.
    """

    def __init__(self, app: ASGIApp, *, within_s: float, patience: Sequence[Patience] = ()) -> None:
        self.app = app
        self._within_s: Final = within_s
        self._patience: Final = tuple(patience)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(self._limit(scope["path"])) as timer:

            async def receive_unhurried() -> Message:
                until = timer.when()
                if until is None or timer.expired():
                    return await receive()
                asked_at = loop.time()
                timer.reschedule(None)
                message = await receive()
                timer.reschedule(until + loop.time() - asked_at)
                return message

            async def send_in_time(message: Message) -> None:
                if not timer.expired():
                    timer.reschedule(None)
                await send(message)

            await self.app(scope, receive_unhurried, send_in_time)

    def _limit(self, path: str) -> float:
        for one in self._patience:
            if one.path.match(path):
                return one.within_s
        return self._within_s
