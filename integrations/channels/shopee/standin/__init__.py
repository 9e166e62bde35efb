"""Stand-in Shopee: a marketplace with a state, for the embedded mode and for tests.

It checks what the vendor's records say is checked (signature, clock, token, fields, limits), keeps
goods and orders in one JSON file with pictures beside it, tells of changes by signed pushes, and
goes wrong on purpose when told to at /_control/faults.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

from pydantic import ValidationError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from integrations.channels.shopee.signing import PushSigns
from integrations.channels.shopee.standin import access, control, goods, pages, pushes, sales
from integrations.channels.shopee.standin.gate import route
from integrations.channels.shopee.standin.state import Market


def build_shopee(
    *,
    partner_id: str,
    partner_key: str,
    push_key: str,
    deliver_to: str,
    registered: str,
    state_file: Path | None,
    push_signs: PushSigns = "url|body",
    retry_unit_s: float = 1.0,
) -> Starlette:
    """The stand-in, to be mounted at `/shopee`.

    Pushes go to `deliver_to` and are signed for `registered`, the address the app told Shopee.
    `retry_unit_s` is the vendor's second between retries. They are sent in this app's lifespan,
    which a mount does not start: the outer one enters `app.router.lifespan_context(app)`.
    One process per state file; None keeps everything in memory.
    """
    app = Starlette(
        routes=[*_calls(), *_pages(), *control.routes()],
        lifespan=_sending,
        exception_handlers={sales.NotSold: control.refused, ValidationError: control.refused},
    )
    market = Market(state_file)
    app.state.market = market
    app.state.partner_id = partner_id
    app.state.partner_key = partner_key
    app.state.pushes = pushes.Pushes(
        market,
        key=push_key,
        deliver_to=deliver_to,
        registered=registered,
        signs=push_signs,
        retry_unit_s=retry_unit_s,
    )
    return app


def _calls() -> list[Route]:
    return [
        route("POST", "/auth/token/get", access.first_tokens, public=True, flat=True),
        route("POST", "/auth/access_token/get", access.next_tokens, public=True, flat=True),
        route("GET", "/shop/get_shop_info", access.shop_info, flat=True),
        route("GET", "/product/get_category", goods.categories),
        route("GET", "/product/get_item_limit", goods.item_limit),
        route("GET", "/product/get_attribute_tree", goods.attribute_tree),
        route("GET", "/logistics/get_channel_list", goods.channels),
        route("POST", "/media_space/upload_image", goods.upload_image, public=True),
        route("POST", "/product/add_item", goods.add_item),
        route("GET", "/product/get_item_list", goods.item_list),
        route("GET", "/product/search_item", goods.search_item),
        route("GET", "/product/get_item_base_info", goods.base_info),
        route("GET", "/product/get_item_violation_info", goods.violations),
        route("POST", "/product/update_item", goods.update_item),
        route("POST", "/product/update_price", goods.update_price),
        route("POST", "/product/update_stock", goods.update_stock),
        route("POST", "/product/unlist_item", goods.unlist_item),
        route("GET", "/order/get_order_list", sales.order_list),
        route("GET", "/order/get_order_detail", sales.order_detail),
        route("GET", "/payment/get_escrow_detail", sales.escrow),
        route("GET", "/push/get_lost_push_message", pushes.lost_messages, public=True),
        route("POST", "/push/confirm_consumed_lost_push_message", pushes.confirm_lost, public=True),
    ]


def _pages() -> list[Route]:
    return [
        Route("/auth", access.consent_page, methods=["GET"]),
        Route("/auth", access.agree, methods=["POST"]),
        Route("/shop/{shop_id:int}", _shop, methods=["GET"]),
        Route("/img/{picture_id}", _picture, methods=["GET"]),
        Route("/style.css", _style, methods=["GET"]),
    ]


@contextlib.asynccontextmanager
async def _sending(app: Starlette) -> AsyncIterator[None]:
    sender = asyncio.create_task(app.state.pushes.run())
    try:
        yield
    finally:
        sender.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await sender
        await app.state.pushes.close()


async def _shop(request: Request) -> Response:
    market: Market = request.app.state.market
    shop = market.state.shops.get(request.path_params["shop_id"])
    if shop is None:
        return HTMLResponse(pages.refusal("Không có gian hàng này."), 404)
    mine = [one for one in market.state.items.values() if one.shop_id == shop.shop_id]
    return HTMLResponse(pages.shop_page(shop, [i for i in mine if i.status != "SELLER_DELETE"]))


async def _picture(request: Request) -> Response:
    market: Market = request.app.state.market
    body = market.picture(request.path_params["picture_id"])
    if body is None:
        return PlainTextResponse("", 404)
    kind = "image/png" if body.startswith(b"\x89PNG") else "image/jpeg"
    return Response(body, media_type=kind)


async def _style(_request: Request) -> Response:
    return PlainTextResponse(pages.STYLE, media_type="text/css")
