"""While the disk is nearly full, one can look and not write: refused with a sentence."""

from typing import Final

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from integrations.contracts.errors import N_, Unavailable
from integrations.runtime.disk import DiskGuard
from integrations.runtime.web.gates.body import DROPPED_MAX_BYTES, drop_body
from integrations.runtime.web.problems import answer

_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
_AGAIN_S: Final = 300


class DiskGate:
    """Answers 503 to whatever would write; who sends events sends them again later."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] not in _SAFE:
            guard: DiskGuard = scope["app"].state.disk
            if guard.read_only:
                # A browser that is cut while it sends shows its own error instead of our sentence.
                await drop_body(receive, DROPPED_MAX_BYTES)
                await answer(Request(scope), _full())(scope, receive, send)
                return
        await self.app(scope, receive, send)


def _full() -> Unavailable:
    return Unavailable(
        "disk.full",
        N_(
            "The disk of our machine is nearly full, so for a while one can only look. "
            "Nothing was lost; what was just sent was not kept. Please send it again later."
        ),
        who="us",
        retry_after_s=_AGAIN_S,
    )
