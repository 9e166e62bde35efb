"""Cross-site requests: a browser says where a request comes from; what is foreign is refused."""

from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from integrations.contracts.errors import N_, NotAllowed
from integrations.runtime.web.problems import problem_response

_SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
# Signed by their sender on the raw bytes; no cookie is read there.
_SIGNED = "/hooks/"


class CrossSiteGuard:
    """Refuses unsafe requests from other sites by Sec-Fetch-Site, else Origin, else Referer.

    A request with a bearer token carries no ambient authority and passes; so does one that has
    none of the three headers and no cookie (a program, not a browser).
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] not in _SAFE:
            request = Request(scope)
            if not request.url.path.startswith(_SIGNED) and _is_foreign(request):
                problem = NotAllowed(
                    "request.cross_site",
                    N_("This came from another site. Please open our page and try there."),
                )
                await problem_response(request, problem)(scope, receive, send)
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
            return urlsplit(value).netloc != headers.get("host", "")
    return bool(request.cookies)
