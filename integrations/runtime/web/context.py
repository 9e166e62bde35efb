"""Around every request: an id, the language, a log line, counters. Pure ASGI."""

import re
import time
from collections.abc import Mapping

import structlog
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from integrations.contracts.ids import short_code
from integrations.runtime.i18n import language_of, using_language
from integrations.runtime.web.metrics import REQUEST_SECONDS

_SAFE_ID = re.compile(r"^[A-Za-z0-9-]{6,40}$")

log = structlog.get_logger("request")


class RequestContext:
    """Gives each request its id (or keeps a well-formed X-Request-Id) and writes one log line.

    The line holds the route's template, never the path with its tokens or the query.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request = Request(scope)
        given = request.headers.get("x-request-id", "")
        request_id = given if _SAFE_ID.match(given) else short_code(10)
        started, status = time.perf_counter(), 500

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)["X-Request-Id"] = request_id
            await send(message)

        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        try:
            with using_language(language_of(request)):
                await self.app(scope, receive, send_with_id)
        finally:
            took_s = time.perf_counter() - started
            route = _route_of(scope)
            REQUEST_SECONDS.labels(scope["method"], route, str(status)).observe(took_s)
            if not route.startswith(("/static", "/healthz", "/readyz", "/metrics")):
                log.info(
                    "served",
                    method=scope["method"],
                    route=route,
                    status=status,
                    took_ms=round(took_s * 1000, 1),
                )


def _route_of(scope: Mapping[str, object]) -> str:
    route = scope.get("route")
    path = getattr(route, "path", None)
    return str(path) if path else "unmatched"
