"""The one process that stands in for parties outside, each mounted at its own address."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route

from integrations.runtime.settings import Settings
from market.wiring import (
    build_standin_bank,
    build_standin_shopee,
    build_standin_stripe,
    register_words,
)


async def _alive(request: Request) -> PlainTextResponse:
    return PlainTextResponse("ok")


def create_standins(settings: Settings) -> Starlette:
    """The stand-ins with a state in GANH_HOME; what they were told to send is sent in here."""
    register_words()
    parties = {
        "/bank": build_standin_bank(settings),
        "/stripe": build_standin_stripe(settings),
        "/shopee": build_standin_shopee(settings),
    }

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with AsyncExitStack() as running:
            for party in parties.values():
                # A mounted application's own lifespan is not started by the mount.
                await running.enter_async_context(party.router.lifespan_context(party))
            yield

    mounts = [Mount(path, app=party) for path, party in parties.items()]
    return Starlette(routes=[Route("/healthz", _alive), *mounts], lifespan=lifespan)
