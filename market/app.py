"""The web application: every router, the order of what a request passes, what pages share."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final
from urllib.parse import urlsplit

from fastapi import APIRouter, Depends, FastAPI
from starlette.middleware.gzip import GZipMiddleware
from tortoise.contrib.fastapi import RegisterTortoise

from integrations.contracts.ports import Ports
from integrations.runtime import tracing
from integrations.runtime.database import orm_config
from integrations.runtime.disk import guard_of
from integrations.runtime.outbox import doorbell
from integrations.runtime.outbox.queue import Bellpull
from integrations.runtime.pages import Assets, Renderer
from integrations.runtime.settings import Settings
from integrations.runtime.uploads.refusals import PIECE_MAX_BYTES
from integrations.runtime.web import docs, health, problems
from integrations.runtime.web.context import RequestContext
from integrations.runtime.web.gates.body import BodyLimit, Room
from integrations.runtime.web.gates.csrf import CrossSiteGuard
from integrations.runtime.web.gates.deadline import Deadline, Patience
from integrations.runtime.web.gates.disk import DiskGate
from integrations.runtime.web.gates.origin import Origin, networks
from integrations.runtime.web.gates.traced import Traced
from market import dev, dev_bank
from market.channels import endpoints as channels_endpoints
from market.channels import pages as channels_pages
from market.channels import webhooks as channels_webhooks
from market.checkout import endpoints as checkout_endpoints
from market.checkout import pages as checkout_pages
from market.listing.endpoints import album as album_endpoints
from market.listing.endpoints import goods as listing_endpoints
from market.listing.endpoints import history as history_endpoints
from market.listing.endpoints import questions as questions_endpoints
from market.listing.endpoints import uploads as uploads_endpoints
from market.listing.endpoints import variants as variants_endpoints
from market.listing.pages import archive as archive_pages
from market.listing.pages import goods as goods_pages
from market.listing.pages import history as history_pages
from market.listing.pages import offline as offline_pages
from market.listing.pages import review as review_pages
from market.listing.pages import variants as variants_pages
from market.navigation import NAV, orders_first, shared_context
from market.navigation import router as staff_home
from market.photos import endpoints as photos_endpoints
from market.photos import pages as photos_pages
from market.programme import endpoints as programme_endpoints
from market.programme.pages import figures as programme_pages
from market.programme.pages import tables as programme_tables
from market.settlement import endpoints as settlement_endpoints
from market.settlement import pages as settlement_pages
from market.settlement import webhooks as settlement_webhooks
from market.share import pages as share_pages
from market.sheets import endpoints as sheets_endpoints
from market.sheets import pages as sheets_pages
from market.storefront import endpoints as storefront_endpoints
from market.storefront import pages as storefront_pages
from market.tables import APPS
from market.wiring import ROOT, build_ports, register_words
from sellers.accounts import endpoints as accounts_endpoints
from sellers.accounts import pages as accounts_pages
from sellers.onboarding import endpoints as onboarding_endpoints
from sellers.onboarding import pages as onboarding_pages
from sellers.producers import endpoints as producers_endpoints
from sellers.producers import pages as producers_pages
from sellers.producers.queries import acting_for
from sellers.support import endpoints as support_endpoints
from sellers.support import pages as support_pages

# Every JSON endpoint and every page of the service, in the order in which addresses are tried.
API: Final[tuple[APIRouter, ...]] = (
    accounts_endpoints.router,
    producers_endpoints.router,
    onboarding_endpoints.router,
    listing_endpoints.router,
    album_endpoints.router,
    questions_endpoints.router,
    history_endpoints.router,
    variants_endpoints.router,
    photos_endpoints.router,
    uploads_endpoints.router,
    sheets_endpoints.router,
    settlement_endpoints.router,
    storefront_endpoints.router,
    checkout_endpoints.router,
    channels_endpoints.router,
    support_endpoints.router,
    programme_endpoints.router,
)
PAGES: Final[tuple[APIRouter, ...]] = (
    health.router,
    docs.router,
    settlement_webhooks.router,
    channels_webhooks.router,
    accounts_pages.router,
    staff_home,
    producers_pages.router,
    onboarding_pages.router,
    archive_pages.router,
    history_pages.router,
    offline_pages.router,
    goods_pages.router,
    variants_pages.router,
    sheets_pages.router,
    share_pages.router,
    photos_pages.router,
    review_pages.router,
    support_pages.router,
    programme_pages.router,
    programme_tables.router,
    settlement_pages.router,
    channels_pages.router,
    storefront_pages.router,
    checkout_pages.router,
)
# Only in the embedded mode: what stands in for a phone and a bank.
DEVELOPMENT: Final[tuple[APIRouter, ...]] = (dev.router, dev_bank.router)

ABOUT: Final = """\
Sell goods of Vietnamese producers: sign in, list, have it approved, order, be paid, send off.

Money is a whole number of đồng. Times are UTC. Ask for words in Vietnamese or English by
Accept-Language. A POST that carries an Idempotency-Key may be sent again: it has one effect."""
# The groups of the API in the order of its documentation.
TAGS: Final[dict[str, str]] = {
    "Sign-in": "A code by phone, then a session: its token goes into the Authorization header.",
    "Producers": "Who sells, from where, and the bank account that buyers pay to.",
    "Who sells": "Who answers for the goods, what is still needed, and the staff's decision.",
    "Listings": "What is sold: from the first draft to the shop.",
    "Photos": "Pictures of a listing: sent as they are, made ready by a worker.",
    "Uploads": "Files in pieces (tus 1.0): a cut costs one piece, and a day offline nothing.",
    "Sheets": "A price list as it is: looked at first, added after a yes, given back marked.",
    "Review": "For staff: look at what was submitted; approve it or send it back.",
    "Shop": "What everybody sees.",
    "Orders": "The cart, the order, and where each part of it stands.",
    "Order parts": "What a producer does with an order: confirm, hand over, take the money.",
    "Marketplaces": "Connected shops elsewhere: what stands there, and why not.",
    "Money": "What was sold, what is owed, and why.",
    "Support": "For staff: what the programme gave to a producer; never changed, only taken back.",
    "Programme": "For staff: where producers stand, what was sold, what was given.",
    "Follow-ups": "For staff: what waits for a person, and since when.",
    "Development": "Only in the embedded mode: the phone and the bank that stand in.",
}

# Longer than a lock is waited for; a photo is passed on to the storage meanwhile.
ANSWER_WITHIN_S: Final = 15
PHOTO_WITHIN_S: Final = 20
BODY_MAX_BYTES: Final = 256 * 1024
# Where photos are sent: a photo of 15 MB and the fields beside it; the server lets them take time.
UPLOADS: Final = re.compile(r"/producer/goods(/|$)|/api/v1/listings/[^/]+/photos$|/who/identity$")
# Where the pieces of a file are sent.
PIECES: Final = re.compile(r"/api/v1/uploads/[^/]+$")
# Where price lists are sent: a file of 10 MB, a zip of 60 MB and the fields beside them.
SHEETS: Final = re.compile(r"/(producer|api/v1)/sheets$")
# What may take as long as it keeps moving.
MOVING: Final = re.compile(f"{UPLOADS.pattern}|{PIECES.pattern}|{SHEETS.pattern}")
ROOMS: Final = (
    Room(re.compile(r"/hooks/"), 64 * 1024),
    Room(UPLOADS, 15 * 1024 * 1024 + 64 * 1024),
    Room(PIECES, PIECE_MAX_BYTES),
    Room(SHEETS, 70 * 1024 * 1024 + 64 * 1024),
)


def create_app(settings: Settings, ports: Ports | None = None) -> FastAPI:
    """The application. Raises `UnsafeSettings` when production would run on a stand-in."""
    settings.require_safe()
    register_words()
    renderer = _renderer(settings)
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
                await app.state.ports.close()
                await asyncio.to_thread(tracing.stop)

    app = FastAPI(
        title="Gánh",
        version="1",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/v1/openapi.json",
        # A text field beside a photo is no photo.
        form_limits={"max_fields": 100, "max_files": 12, "max_part_size": 64 * 1024},
    )
    app.state.settings = settings
    app.state.ports = ports or build_ports(settings)
    app.state.renderer = renderer
    app.state.bell = bell
    app.state.disk = guard_of(settings)
    app.state.nav = NAV
    app.state.acting = acting_for
    docs.describe(app, about=ABOUT, tags=TAGS, server_url=settings.public_url)
    problems.install(app)
    _put_gates(app, settings)
    for router in API:
        app.include_router(router, prefix="/api/v1")
    for router in (*PAGES, *(DEVELOPMENT if settings.embedded else ())):
        app.include_router(
            router,
            include_in_schema=router in DEVELOPMENT,
            dependencies=[Depends(orders_first)] if router is goods_pages.router else None,
        )
    app.mount("/static", renderer.assets.app, name="static")
    return app


def _renderer(settings: Settings) -> Renderer:
    return Renderer(
        [ROOT / "market" / "templates", ROOT / "sellers" / "templates"],
        assets=Assets([ROOT / "integrations" / "static", ROOT / "market" / "static"]),
        media_url=settings.media_url,
        https=settings.public_url.startswith("https"),
        shared=shared_context,
    )


def _put_gates(app: FastAPI, settings: Settings) -> None:
    """What a request passes on its way in. The last one added is the first that it meets."""
    longer = (Patience(MOVING, PHOTO_WITHIN_S), Patience(SHEETS, PHOTO_WITHIN_S))
    app.add_middleware(Deadline, within_s=ANSWER_WITHIN_S, patience=longer)
    app.add_middleware(GZipMiddleware, minimum_size=500)
    app.add_middleware(BodyLimit, max_bytes=BODY_MAX_BYTES, rooms=ROOMS)
    app.add_middleware(DiskGate)
    app.add_middleware(CrossSiteGuard)
    app.add_middleware(
        Origin,
        hosts=[urlsplit(settings.public_url).netloc],
        local=settings.embedded,
        proxies=networks(settings.trusted_proxies),
    )
    if tracing.is_on():
        app.add_middleware(Traced)
    app.add_middleware(RequestContext, https=settings.public_url.startswith("https"))
