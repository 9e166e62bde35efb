"""The cart: what is in it, from whom, what it comes to, what has changed meanwhile."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from integrations.contracts.errors import Problem
from integrations.contracts.ports import Ports
from integrations.runtime.pages import Renderer, Typed
from integrations.runtime.pages.pictures import picture_of
from integrations.runtime.settings import Settings
from integrations.runtime.web.state import Pages, ThePorts, TheSettings
from market.checkout import service
from market.checkout.rules.cart import (
    COOKIE,
    COOKIE_LIFETIME_S,
    Cart,
    added,
    changed,
    no_longer_sold,
    read_cart,
    read_quantity,
    without,
    write_cart,
)

router = APIRouter()

Field = Annotated[str, Form()]


def cart_of(request: Request, settings: Settings) -> Cart:
    """The cart that this browser carries."""
    return read_cart(request.cookies.get(COOKIE), settings.secret_key.get_secret_value())


def remember(answer: Response, cart: Cart, settings: Settings) -> Response:
    """Let the browser carry this cart, or none when it is empty."""
    if not cart:
        answer.delete_cookie(COOKIE, httponly=True, samesite="lax")
        return answer
    answer.set_cookie(
        COOKIE,
        write_cart(cart, settings.secret_key.get_secret_value()),
        max_age=COOKIE_LIFETIME_S,
        httponly=True,
        samesite="lax",
        secure=settings.public_url.startswith("https"),
    )
    return answer


@router.get("/cart")
async def show(request: Request, pages: Pages, settings: TheSettings, ports: ThePorts) -> Response:
    """By producer, with sums."""
    return await _page(
        request=request,
        pages=pages,
        settings=settings,
        ports=ports,
        cart=cart_of(request, settings),
    )


@router.post("/cart/add")
async def add(
    *,
    request: Request,
    pages: Pages,
    settings: TheSettings,
    ports: ThePorts,
    variant_id: Field = "",
    quantity: Field = "",
) -> Response:
    """Put goods in; the cart is shown."""
    cart = cart_of(request, settings)
    try:
        cart = added(cart, _variant(variant_id), read_quantity(quantity))
    except Problem as problem:
        return await _page(
            request=request, pages=pages, settings=settings, ports=ports, cart=cart, problem=problem
        )
    return remember(RedirectResponse("/cart", 303), cart, settings)


@router.post("/cart/change")
async def change(  # noqa: PLR0917 - FastAPI hands these over by name
    request: Request,
    pages: Pages,
    settings: TheSettings,
    ports: ThePorts,
    variant_id: Field = "",
    quantity: Field = "",
    remove: Field = "",
) -> Response:
    """Another quantity of one line, or none of it."""
    cart = cart_of(request, settings)
    try:
        variant = _variant(variant_id)
        cart = without(cart, variant) if remove else changed(cart, variant, read_quantity(quantity))
    except Problem as problem:
        return await _page(
            request=request, pages=pages, settings=settings, ports=ports, cart=cart, problem=problem
        )
    return remember(RedirectResponse("/cart", 303), cart, settings)


def _variant(typed: str) -> UUID:
    try:
        return UUID(typed[:36])
    except ValueError:
        raise no_longer_sold() from None


async def _page(
    *,
    request: Request,
    pages: Renderer,
    settings: Settings,
    ports: Ports,
    cart: Cart,
    problem: Problem | None = None,
) -> Response:
    quote = await service.price(cart, ports=ports, settings=settings)
    media = settings.media_url.rstrip("/")
    pictures = {
        line.row["variant_id"]: picture_of(line.row["picture"], alt="", base=media)
        for group in quote.groups
        for line in group.lines
    }
    context = {
        "quote": quote,
        "pictures": pictures,
        "problem": problem,
        "f": Typed(),
        "cart_count": quote.count,
    }
    status = problem.status if problem else 200
    answer = pages.render(request, "checkout/cart.html", context, status)
    return remember(answer, service.as_seen(cart, quote), settings) if cart else answer
