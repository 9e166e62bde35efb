"""A span around each request, named by the template of its route."""

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from integrations.runtime.tracing import span
from integrations.runtime.web.metrics import route_of


class Traced:
    """Only put in place while tracing is on. Nothing of the caller's own trace is taken over."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id = str(structlog.contextvars.get_contextvars().get("request_id", ""))
        status = 0

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        with span("request", kind="server", request_id=request_id) as current:
            try:
                await self.app(scope, receive, noting)
            finally:
                route = route_of(scope)
                if current is not None:
                    current.update_name(f"{scope['method']} {route}")
                    current.set_attribute("http.request.method", scope["method"])
                    current.set_attribute("http.route", route)
                    current.set_attribute("http.response.status_code", status or 500)
