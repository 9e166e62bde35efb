"""The hand behind the stand-in: buyers, campaigns, faults, and a look at the state."""

from typing import Any

from pydantic import Field, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from integrations.channels.shopee.standin import sales
from integrations.channels.shopee.standin.pushes import Pushes
from integrations.channels.shopee.standin.state import ItemStatus, Market, Odd, Strict
from integrations.channels.shopee.standin.switches import Switches


class Wanted(Strict):
    """One article of an order."""

    item_id: int
    quantity: int = Field(1, ge=1, le=1000)


class OrderIn(Strict):
    """An order as a buyer makes it; `shop_id` 0: the shop of the first article."""

    lines: list[Wanted] = Field(min_length=1, max_length=20)
    shop_id: int = 0
    buyer: str = Field("nguoimua", min_length=2, max_length=40)
    province: str = Field("Hà Nội", max_length=60)
    paid: bool = True
    shipping_vnd: int = Field(0, ge=0)


class StepIn(Strict):
    """One step of an order; `restock` for a cancelled one."""

    restock: bool = True


class OddIn(Strict):
    """How an order is told from now on; empty: as agreed."""

    odd: Odd = ""


class ItemIn(Strict):
    """What the marketplace does to an article; what is None stays."""

    reserved: int | None = Field(None, ge=0)
    price_locked: bool | None = None
    has_model: bool | None = None
    status: ItemStatus | None = None
    reason: str | None = None


class ShopIn(Strict):
    """What the marketplace or the seller does to a shop."""

    name: str | None = None
    banned: bool | None = None
    authorised_for_s: int | None = None  # 0: the seller takes the consent back
    expire_access: bool = False
    expire_renewal: bool = False
    warn: bool = False  # code 12: ends within a week


async def state(request: Request) -> JSONResponse:
    """GET: everything but tokens and codes."""
    secret = {"accesses", "renewals", "consents"}
    return JSONResponse(_market(request).state.model_dump(mode="json", exclude=secret))


async def switches(request: Request) -> JSONResponse:
    """GET or replace (POST) the rules; the chance begins anew from the seed."""
    market = _market(request)
    if request.method == "POST":
        fired = market.state.switches.fired
        market.state.switches = Switches.model_validate_json(await request.body())
        market.state.switches.fired = fired
        market.state.switches.arm()
        market.save()
    return JSONResponse(market.state.switches.model_dump())


async def order(request: Request) -> JSONResponse:
    """POST: a buyer orders. Refused with 409 beyond the stock. Notices are sent before it ends."""
    asked, market = OrderIn.model_validate_json(await request.body()), _market(request)
    first = market.state.items.get(asked.lines[0].item_id)
    wanted: dict[int, int] = {}
    for line in asked.lines:
        wanted[line.item_id] = wanted.get(line.item_id, 0) + line.quantity
    made = sales.buy(
        market,
        _pushes(request),
        shop_id=asked.shop_id or (first.shop_id if first else 0),
        wanted=wanted,
        buyer=asked.buyer,
        province=asked.province,
        paid=asked.paid,
        shipping_vnd=asked.shipping_vnd,
    )
    return await _told(request, made.model_dump(), 201)


async def step(request: Request) -> JSONResponse:
    """POST orders/{number}/{verb}: a verb of `sales.MOVES`."""
    market, verb = _market(request), request.path_params["verb"]
    asked = StepIn.model_validate_json(await request.body() or b"{}")
    made = market.state.orders.get(request.path_params["order_sn"])
    if made is None or verb not in sales.MOVES:
        return JSONResponse({"error": "no such order or verb"}, 404)
    sales.move(market, _pushes(request), made, verb, restock=asked.restock)
    return await _told(request, made.model_dump())


async def odd(request: Request) -> JSONResponse:
    """POST orders/{number}: it is told in a way that no app knows, or as agreed again."""
    market = _market(request)
    asked = OddIn.model_validate_json(await request.body())
    found = market.state.orders.get(request.path_params["order_sn"])
    if found is None:
        return JSONResponse({"error": "no such order"}, 404)
    found.odd = asked.odd
    return await _told(request, found.model_dump())


async def item(request: Request) -> JSONResponse:
    """POST items/{id}: a campaign holds units or the price, or the article is taken down."""
    market, pushes = _market(request), _pushes(request)
    asked = ItemIn.model_validate_json(await request.body())
    found = market.state.items.get(request.path_params["item_id"])
    if found is None:
        return JSONResponse({"error": "no such item"}, 404)
    if asked.reserved is not None and asked.reserved > found.stock:
        return JSONResponse({"error": "more than the stock"}, 409)
    before = found.reserved
    for name, value in asked.model_dump(exclude_none=True).items():
        setattr(found, name, value)
    found.updated_at = market.now()
    if found.reserved != before:
        data = {"item_id": found.item_id, "variation_id": 0, "action": "campaign",
                "old": before, "new": found.reserved}  # fmt: skip
        pushes.tell(8, shop_id=found.shop_id, data=data)
    if asked.status == "BANNED":
        pushes.tell(6, shop_id=found.shop_id, data={"item_id": found.item_id})
    return await _told(request, found.model_dump())


async def shop(request: Request) -> JSONResponse:
    """POST shops/{id}: consent taken back, closed, tokens ended, a warning."""
    market, pushes = _market(request), _pushes(request)
    asked = ShopIn.model_validate_json(await request.body())
    found = market.state.shops.get(request.path_params["shop_id"])
    if found is None:
        return JSONResponse({"error": "no such shop"}, 404)
    for name, value in asked.model_dump(include={"name", "banned"}, exclude_none=True).items():
        setattr(found, name, value)
    if asked.expire_access:
        for access in market.state.accesses.values():
            access.ends_at = 0 if access.shop_id == found.shop_id else access.ends_at
    if asked.expire_renewal:
        for renewal in market.state.renewals.values():
            renewal.used = renewal.used or renewal.shop_id == found.shop_id
    if asked.authorised_for_s is not None:
        found.authorised_until = market.now() + asked.authorised_for_s
        if asked.authorised_for_s == 0:
            data = {"authorize_type": "user cancel shop authorization", "success": 1,
                    "shopid": found.shop_id}  # fmt: skip
            pushes.tell(2, shop_id=None, data=data)
    if asked.warn:
        data = {"merchant_expire_soon": [], "shop_expire_soon": [found.shop_id], "page_no": 1,
                "total_page": 1, "expire_before": found.authorised_until}  # fmt: skip
        pushes.tell(12, shop_id=None, data=data)
    return await _told(request, found.model_dump())


async def flush(request: Request) -> JSONResponse:
    """POST: send every notice that waits, now; how many were tried and how many still wait."""
    tried = await _pushes(request).send_due(everything=True)
    return JSONResponse({"tried": tried, "waiting": len(_market(request).state.notices)})


async def clock(request: Request) -> JSONResponse:
    """POST `{"shift_s": n}`: this marketplace's clock goes that much ahead of the machine's."""
    market = _market(request)
    market.state.clock_shift_s = int((await request.json())["shift_s"])
    market.save()
    return JSONResponse({"now": market.now()})


async def refused(_request: Request, error: Exception) -> JSONResponse:
    """409 for what cannot be done now, 400 for what is not understood."""
    if isinstance(error, sales.NotSold):
        return JSONResponse({"error": str(error)}, 409)
    assert isinstance(error, ValidationError)
    wrong = [".".join(str(part) for part in one["loc"]) or "body" for one in error.errors()]
    return JSONResponse({"error": "not understood: " + ", ".join(wrong)}, 400)


def routes() -> list[Route]:
    """Everything below /_control."""
    return [
        Route("/_control/state", state),
        Route("/_control/faults", switches, methods=["GET", "POST"]),
        Route("/_control/orders", order, methods=["POST"]),
        Route("/_control/orders/{order_sn}", odd, methods=["POST"]),
        Route("/_control/orders/{order_sn}/{verb}", step, methods=["POST"]),
        Route("/_control/items/{item_id:int}", item, methods=["POST"]),
        Route("/_control/shops/{shop_id:int}", shop, methods=["POST"]),
        Route("/_control/flush", flush, methods=["POST"]),
        Route("/_control/clock", clock, methods=["POST"]),
    ]


async def _told(request: Request, body: dict[str, Any], status: int = 200) -> JSONResponse:
    """Keep the state, then send what became due, so that the caller sees its effects."""
    _market(request).save()
    await _pushes(request).send_due()
    return JSONResponse(body, status)


def _market(request: Request) -> Market:
    market: Market = request.app.state.market
    return market


def _pushes(request: Request) -> Pushes:
    pushes: Pushes = request.app.state.pushes
    return pushes
