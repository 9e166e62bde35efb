"""What every call passes first: faults, signature, clock, token; and the form of every answer."""

import asyncio
import hmac
import json
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Final

from starlette.datastructures import FormData, QueryParams
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from integrations.channels.shopee.signing import sign_call
from integrations.channels.shopee.standin.state import Market, Shop
from integrations.channels.shopee.standin.switches import Kind, Rule

_SKEW_S: Final = 300
_ALWAYS: Final = ("partner_id", "timestamp", "sign")


class Refused(Exception):
    """An answer with an `error`; the names and words are the vendor's."""

    def __init__(self, error: str, message: str, response: dict[str, Any] | None = None) -> None:
        super().__init__(error)
        self.error = error
        self.message = message
        self.response = response


def wrong(detail: str) -> Refused:
    """A parameter that is missing or of another form."""
    return Refused("error_param", f"Wrong parameters, detail: {detail}.")


@dataclass(slots=True)
class Call:
    """One call that passed the gate."""

    market: Market
    request: Request
    query: QueryParams
    shop_id: int
    body: dict[str, Any] = field(default_factory=dict)
    form: FormData | None = None
    path: str = ""

    @property
    def shop(self) -> Shop:
        """The shop of a call of a shop."""
        return self.market.state.shops[self.shop_id]

    def number(self, name: str, low: int, high: int) -> int:
        """A whole number of the query."""
        text = self.query.get(name, "")
        if not (text.isdecimal() and len(text) < 12 and low <= int(text) <= high):
            raise wrong(f"{name} should be between {low} and {high}")
        return int(text)

    def words(self, name: str) -> list[str]:
        """A list of the query, repeated or joined by commas."""
        return [one for text in self.query.getlist(name) for one in text.split(",") if one]


Handler = Callable[[Call], Awaitable[dict[str, Any]]]


class Broken(Response):
    """Begins an answer and never ends it: the server closes the connection."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = [(b"content-type", b"application/json"), (b"content-length", b"400")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b'{"error', "more_body": True})


def route(
    method: str, path: str, handler: Handler, *, public: bool = False, flat: bool = False
) -> Route:
    """A call at /api/v2/…

    A public one needs no shop; it may be signed for one all the same, as some clients do. A flat
    one answers without `response`.
    """

    async def endpoint(request: Request) -> Response:
        return await _answer(request, f"/api/v2{path}", handler, public=public, flat=flat)

    return Route(f"/api/v2{path}", endpoint, methods=[method])


async def _answer(
    request: Request, path: str, handler: Handler, *, public: bool, flat: bool
) -> Response:
    market: Market = request.app.state.market
    take = market.state.switches.take
    if broken := await _before(take, path):
        return broken
    try:
        call = await _admit(market, request, path, public=public)
        if take("error_busy", path):
            raise Refused(
                "error_system_busy", "Our system is taking some time to respond, please try later."
            )
        answer = await (_closing(handler) if call.form else handler)(call)
    except Refused as refusal:
        market.save()
        return JSONResponse(_envelope(refusal.error, refusal.message, refusal.response))
    market.save()
    if take("time_out_after_success", path):
        return Broken()
    if take("garbage", path):
        return HTMLResponse("<html>\x00 not what was agreed</html>")
    if flat:
        return JSONResponse({**answer, **_envelope("", "")})
    return JSONResponse(_envelope("", "", answer))


async def _before(take: Callable[[Kind, str], Rule | None], path: str) -> Response | None:
    """Faults that keep a call from arriving."""
    if rule := take("delay", path):
        await asyncio.sleep(rule.delay_s)
    if take("status_429", path):
        answer = _envelope("error_rate_limit", "Too many requests.")
        return JSONResponse(answer, 429, {"Retry-After": "1"})
    if take("server_error", path):
        return HTMLResponse("<h1>502 Bad Gateway</h1>", 502)
    return Broken() if take("time_out_before", path) else None


def _closing(handler: Handler) -> Handler:
    """Uploaded files live in temporary ones until they are closed."""

    async def handled(call: Call) -> dict[str, Any]:
        try:
            return await handler(call)
        finally:
            if call.form:
                await call.form.close()

    return handled


def _envelope(error: str, message: str, response: dict[str, Any] | None = None) -> dict[str, Any]:
    body = {"error": error, "message": message, "request_id": secrets.token_hex(16)}
    return body if response is None else {**body, "warning": "", "response": response}


async def _admit(market: Market, request: Request, path: str, *, public: bool) -> Call:
    query = request.query_params
    for_shop = not public or "access_token" in query
    for name in (*_ALWAYS, *(("access_token", "shop_id") if for_shop else ())):
        if not query.get(name):
            raise Refused("error_param", f"There is no {name} in query.")
    if query["partner_id"] != request.app.state.partner_id:
        raise Refused("error_auth", "partner_id is invalid")
    stamp = query["timestamp"]
    if not (stamp.isdecimal() and len(stamp) < 11):
        raise Refused("error_param", "Invalid timestamp")
    if abs(market.now() - int(stamp)) > _SKEW_S:
        raise Refused("error_param", "Timestamp is expired.")
    right = sign_call(
        request.app.state.partner_key,
        partner_id=query["partner_id"],
        path=path,
        timestamp=int(stamp),
        access_token=query["access_token"] if for_shop else "",
        shop_id=query["shop_id"] if for_shop else "",
    )
    if not hmac.compare_digest(right.encode(), query["sign"].encode()):
        raise Refused("error_sign", "Wrong sign.")
    shop_id = _shop(market, query, path) if for_shop else 0
    call = Call(market, request, query, shop_id, path=path)
    await _read_body(call)
    return call


def _shop(market: Market, query: QueryParams, path: str) -> int:
    """The shop that the token opens."""
    state, text = market.state, query["shop_id"]
    shop = state.shops.get(int(text)) if text.isdecimal() else None
    if shop is None:
        raise Refused("partner_shop_no_link", "Invalid partner_id or shop_id, please have a check.")
    if shop.banned:
        raise Refused("shop_banned", "The shop account has been banned.")
    if shop.authorised_until <= market.now():
        raise Refused("shop_no_linked", "Partner and shop has no linked.")
    access = state.accesses.get(query["access_token"])
    if access and state.switches.take("expired_token", path):
        access.ends_at = 0
    if access and state.switches.take("rotated_token", path):
        access.ends_at = 0
        for renewal in state.renewals.values():
            renewal.used = renewal.used or renewal.shop_id == shop.shop_id
    if access is None or access.shop_id != shop.shop_id:
        raise Refused("invalid_acceess_token", "Invalid access_token, please have a check.")
    if access.ends_at <= market.now():
        raise Refused("error_auth", "Invalid access_token.")
    return shop.shop_id


async def _read_body(call: Call) -> None:
    if call.request.method != "POST":
        return
    if call.request.headers.get("content-type", "").startswith("multipart/form-data"):
        call.form = await call.request.form()
        return
    try:
        body = json.loads(await call.request.body())
    except (ValueError, RecursionError):
        raise wrong("the body is not JSON") from None
    if not isinstance(body, dict):
        raise wrong("the body is not an object")
    call.body = body
