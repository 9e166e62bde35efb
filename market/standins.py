"""The one process that stands in for parties outside, each mounted at its own address."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route

from integrations.runtime.settings import Settings
from market.wiring import build_standin_bank


async def _alive(request: Request) -> PlainTextResponse:
    return PlainTextResponse("ok")


def create_standins(settings: Settings) -> Starlette:
    """The stand-ins with a state in GANH_HOME; what they were told to send is sent in here."""
    bank = build_standin_bank(settings)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        # A mounted application's own lifespan is not started by the mount.
        async with bank.router.lifespan_context(bank):
            yield

    return Starlette(
        routes=[Route("/healthz", _alive), Mount("/bank", app=bank)], lifespan=lifespan
    )
