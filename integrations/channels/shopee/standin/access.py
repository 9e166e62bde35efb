"""Consent and tokens: a page where the seller agrees, a one-use code, a pair that rotates."""

import secrets
from typing import Any, Final
from urllib.parse import parse_qs, urlencode, urlsplit

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from integrations.channels.shopee.standin import pages
from integrations.channels.shopee.standin.gate import Call, Refused, wrong
from integrations.channels.shopee.standin.pushes import Pushes
from integrations.channels.shopee.standin.state import Consent, Market

_CODE_LIVES_S: Final = 600
_CONSENT_LIVES_S: Final = 365 * 86_400


async def consent_page(request: Request) -> Response:
    """GET: the question. The app must be known and say where to come back to."""
    market: Market = request.app.state.market
    asked = request.query_params
    if asked.get("partner_id") != request.app.state.partner_id:
        return HTMLResponse(pages.refusal("Ứng dụng này chưa được đăng ký."), 400)
    if urlsplit(asked.get("redirect_uri", "")).scheme not in ("http", "https"):
        return HTMLResponse(pages.refusal("Thiếu địa chỉ quay về (redirect_uri)."), 400)
    return HTMLResponse(pages.consent(list(market.state.shops.values()), asked["redirect_uri"]))


async def agree(request: Request) -> Response:
    """POST `redirect_uri` and a `shop_id`, or a `name` for a new shop: back with code and shop."""
    market: Market = request.app.state.market
    form = parse_qs((await request.body()).decode())
    shop_id, back = form.get("shop_id", [""])[0], form.get("redirect_uri", [""])[0]
    if shop_id and not (shop_id.isdecimal() and int(shop_id) in market.state.shops):
        return HTMLResponse(pages.refusal("Không có gian hàng này."), 400)
    name = form.get("name", ["Gian hàng"])[0].strip()[:60]
    shop = market.state.shops[int(shop_id)] if shop_id else market.shop(name)
    shop.authorised_until = market.now() + _CONSENT_LIVES_S
    code = secrets.token_hex(16)
    ends_at = market.now() + _CODE_LIVES_S
    market.state.consents[code] = Consent(shop_id=shop.shop_id, ends_at=ends_at)
    pushes: Pushes = request.app.state.pushes
    pushes.tell(1, shop_id=None, data={"shop_id": shop.shop_id, "success": 1,
                                       "authorize_type": "shop authorization by user"})  # fmt: skip
    market.save()
    joint = "&" if urlsplit(back).query else "?"
    answer = urlencode({"code": code, "shop_id": shop.shop_id})
    return RedirectResponse(f"{back}{joint}{answer}", 303)


async def first_tokens(call: Call) -> dict[str, Any]:
    """POST auth/token/get: a code works once, for its own shop, for ten minutes."""
    code, shop_id = call.body.get("code"), call.body.get("shop_id")
    _same_partner(call)
    if not isinstance(code, str) or not isinstance(shop_id, int):
        raise wrong("code and shop_id are required")
    consent = call.market.state.consents.get(code)
    if consent is None or consent.ends_at <= call.market.now():
        raise Refused("invalid_code", "The code is expired or used or invalid.")
    if consent.shop_id != shop_id:
        raise Refused("invalid_shop_id", "The code or shop_id is wrong.")
    del call.market.state.consents[code]
    return {**call.market.tokens(shop_id), "shop_id_list": [shop_id], "merchant_id_list": []}


async def next_tokens(call: Call) -> dict[str, Any]:
    """POST auth/access_token/get: a refresh token works once and is followed by another."""
    fresh, shop_id = call.body.get("refresh_token"), call.body.get("shop_id")
    _same_partner(call)
    if not isinstance(fresh, str) or not isinstance(shop_id, int):
        raise wrong("refresh_token and shop_id are required")
    renewal = call.market.state.renewals.get(fresh)
    if renewal is None or renewal.used or renewal.shop_id != shop_id:
        raise Refused(
            "error_shop_refresh_token",
            "Your refresh token is error ,please check refresh token or shopid.",
        )
    if renewal.ends_at <= call.market.now():
        raise Refused("refresh_token_expired", "Your refresh_token expired.")
    shop = call.market.state.shops[shop_id]
    if shop.authorised_until <= call.market.now():
        raise Refused("shop_access_expired", "Your access to shop has expired.")
    renewal.used = True
    return {
        **call.market.tokens(shop_id),
        "partner_id": int(call.query["partner_id"]),
        "shop_id": shop_id,
    }


async def shop_info(call: Call) -> dict[str, Any]:
    """GET shop/get_shop_info; answers flat."""
    return {
        "shop_name": call.shop.name,
        "region": "VN",
        "status": "NORMAL",
        "is_cb": False,
        "auth_time": call.shop.authorised_until - _CONSENT_LIVES_S,
        "expire_time": call.shop.authorised_until,
    }


def _same_partner(call: Call) -> None:
    if str(call.body.get("partner_id")) != call.query["partner_id"]:
        raise wrong("partner_id differs from the query's")
