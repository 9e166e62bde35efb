"""Around every request: an id, the language, safe headers, a log line, counters. Pure ASGI."""

import re
import time
from typing import Final

import structlog
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from integrations.contracts.ids import short_code
from integrations.runtime.i18n import language_of, using_language
from integrations.runtime.web.metrics import REQUEST_SECONDS, route_of
from integrations.runtime.web.problems import answer_to

_SAFE_ID: Final = re.compile(r"^[A-Za-z0-9-]{6,40}$")
_QUIET: Final = ("/static", "/healthz", "/readyz", "/metrics")
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
# For every answer that does not say otherwise: it is data, not a place to run or to be framed in.
_HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "same-origin",
}
_HTTPS: Final = {"Strict-Transport-Security": "max-age=31536000"}

log = structlog.get_logger("request")


class RequestContext:
    """Gives each request its id (or keeps a well-formed X-Request-Id) and writes one log line.

    The line holds the route's template, never the path with its tokens or the query. HEAD is
    answered like GET, without the body. What nobody else caught becomes an answer here.
    """

    def __init__(self, app: ASGIApp, *, https: bool = False) -> None:
        self.app = app
        self._headers = {**_HEADERS, **(_HTTPS if https else {})}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        method: str = scope["method"]
        if method == "HEAD":
            scope = {**scope, "method": "GET"}
        request = Request(scope)
        given = request.headers.get("x-request-id", "")
        request_id = given if _SAFE_ID.match(given) else short_code(10)
        started, status = time.perf_counter(), 0

        async def send_dressed(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                self._dress(MutableHeaders(scope=message), request, request_id)
            elif method == "HEAD" and message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        try:
            with using_language(language_of(request)):
                try:
                    await self.app(scope, receive, send_dressed)
                except Exception as error:
                    if status:  # half an answer is out: only the connection's end says so
                        raise
                    await answer_to(request, error)(scope, receive, send_dressed)
        finally:
            _note(scope, method, status or 500, time.perf_counter() - started)

    def _dress(self, headers: MutableHeaders, request: Request, request_id: str) -> None:
        headers["X-Request-Id"] = request_id
        for name, value in self._headers.items():
            headers.setdefault(name, value)
        if request.url.path.startswith("/api/"):
            headers.setdefault("Cache-Control", "no-store")


def _note(scope: Scope, method: str, status: int, took_s: float) -> None:
    route = route_of(scope)
    counted = method if method in _METHODS else "other"
    REQUEST_SECONDS.labels(counted, route, str(status)).observe(took_s)
    if not route.startswith(_QUIET):
        took_ms = round(took_s * 1000, 1)
        log.info("served", method=counted, route=route, status=status, took_ms=took_ms)
