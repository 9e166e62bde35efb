"""The web application: every router, the order of what a request passes, what pages share."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from fastapi import APIRouter, FastAPI
from starlette.middleware.gzip import GZipMiddleware
from tortoise.contrib.fastapi import RegisterTortoise

from integrations.contracts.ports import Ports
from integrations.runtime.database import orm_config
from integrations.runtime.outbox import doorbell
from integrations.runtime.outbox.queue import Bellpull
from integrations.runtime.pages import Assets, Renderer
from integrations.runtime.settings import Settings
from integrations.runtime.web import health, problems
from integrations.runtime.web.context import RequestContext
from integrations.runtime.web.csrf import CrossSiteGuard
from market.navigation import NAV, shared_context
from market.tables import APPS
from market.wiring import ROOT, build_ports, register_words

# Every JSON endpoint and every page of the service, in the order in which addresses are tried.
API: Final[tuple[APIRouter, ...]] = ()
PAGES: Final[tuple[APIRouter, ...]] = (health.router,)
# Only in the embedded mode: what stands in for a phone and a bank.
DEVELOPMENT: Final[tuple[APIRouter, ...]] = ()

BODY_MAX_BYTES: Final = 256 * 1024


def create_app(settings: Settings, ports: Ports | None = None) -> FastAPI:
    """The application. Raises `UnsafeSettings` when production would run on a stand-in."""
    settings.require_safe()
    register_words()
    renderer = Renderer(
        [ROOT / "market" / "templates", ROOT / "sellers" / "templates"],
        assets=Assets([ROOT / "integrations" / "static", ROOT / "market" / "static"]),
        media_url=settings.media_url,
        https=settings.public_url.startswith("https"),
        shared=shared_context,
    )
    bell = Bellpull(settings.redis_url.get_secret_value())

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        config = orm_config(
            APPS,
            url=settings.database_url.get_secret_value(),
            public_url=settings.database_public_url.get_secret_value(),
            pool_max=settings.database_pool_max,
            name="api",
        )
        async with RegisterTortoise(app, config=config):
            doorbell.ring = bell.ring
            try:
                yield
            finally:
                doorbell.ring = None
                await bell.close()

    app = FastAPI(
        title="Gánh",
        version="1",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/v1/openapi.json",
    )
    app.state.settings = settings
    app.state.ports = ports or build_ports(settings)
    app.state.renderer = renderer
    app.state.bell = bell
    app.state.nav = NAV
    problems.install(app, renderer)
    # The last one added is the first that a request meets.
    app.add_middleware(GZipMiddleware, minimum_size=500)
    app.add_middleware(CrossSiteGuard)
    app.add_middleware(RequestContext)
    for router in API:
        app.include_router(router, prefix="/api/v1")
    for router in (*PAGES, *(DEVELOPMENT if settings.embedded else ())):
        app.include_router(router, include_in_schema=router in DEVELOPMENT)
    app.mount("/static", renderer.assets.app, name="static")
    return app
