"""Cross-site requests: a browser says where a request comes from; what is foreign is refused."""

from typing import Final
from urllib.parse import urlsplit

import structlog
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from integrations.contracts.errors import N_, NotAllowed
from integrations.runtime.web.problems import answer

_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
# Signed by their sender on the raw bytes; no cookie is read there.
_SIGNED: Final = "/hooks/"

log = structlog.get_logger("request")


class CrossSiteGuard:
    """Refuses unsafe requests from other sites by Sec-Fetch-Site, else Origin, else Referer.

    A request with a bearer token carries no ambient authority and passes (the cookie is not read
    beside it); so does one that has none of the three headers and no cookie (a program, not a
    browser).
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] not in _SAFE:
            request = Request(scope)
            if not request.url.path.startswith(_SIGNED) and _is_foreign(request):
                log.warning("request.cross_site", method=request.method)
                problem = NotAllowed(
                    "request.cross_site",
                    N_("This came from another site. Please open our page and try there."),
                )
                await answer(request, problem)(scope, receive, send)
                return
        await self.app(scope, receive, send)


def _is_foreign(request: Request) -> bool:
    headers = request.headers
    if headers.get("authorization", "").lower().startswith("bearer "):
        return False
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site not in ("same-origin", "none")
    for name in ("origin", "referer"):
        if value := headers.get(name):
            return _place(value) != headers.get("host", "").lower()
    return bool(request.cookies)


def _place(address: str) -> str:
    """Host and port of an Origin or Referer; empty for "null" and for what is no address."""
    try:
        return urlsplit(address).netloc.lower()
    except ValueError:
        return ""
