"""Those outside, as servers of the test: the gateway for messages."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tests.kit.cards import served

TOKEN: Final = "a token of the gateway"


@dataclass
class Gateway:
    """Takes messages; one that comes again under its id is dropped, as gateways do."""

    url: str = ""
    taken: dict[str, dict[str, Any]] = field(default_factory=dict)

    async def take(self, request: Request) -> Response:
        """One message."""
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            return Response(status_code=401)
        self.taken.setdefault(request.headers["idempotency-key"], await request.json())
        return Response(status_code=202)

    def texts(self, phone: str) -> list[str]:
        """What a phone has had."""
        return [one["text"] for one in self.taken.values() if one["to"] == phone]


@asynccontextmanager
async def a_gateway() -> AsyncIterator[Gateway]:
    """A gateway that listens."""
    made = Gateway()
    app = Starlette(routes=[Route("/send", made.take, methods=["POST"])])
    async with served(app) as made.url:
        yield made
