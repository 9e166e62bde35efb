"""Cart and orders as JSON: price a cart, place an order, follow and change it by its token."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Header

from integrations.runtime.web.idempotency import require_key
from integrations.runtime.web.problems import declared
from integrations.runtime.web.state import TheLanguage, ThePorts, TheSettings
from market.checkout import service
from market.checkout.guards import Opened
from market.checkout.rules.buyer import read_buyer
from market.checkout.rules.cart import merged
from market.checkout.schemas import (
    CodeIn,
    OrderIn,
    OrderOut,
    PlaceRequest,
    QuoteIn,
    QuoteOut,
)
from sellers.accounts.guards import FromAddress
from sellers.producers.queries import commune_by_code

router = APIRouter(tags=["Orders"])


class _Shown:
    """The order as it is after a step."""

    def __init__(self, settings: TheSettings, ports: ThePorts, language: TheLanguage) -> None:
        self._settings, self._ports, self._language = settings, ports, language

    async def order(self, order_id: UUID) -> OrderOut:
        """The answer of every order endpoint."""
        return await service.order_out(
            order_id=order_id,
            settings=self._settings,
            ports=self._ports,
            language=self._language,
        )


async def _shown(settings: TheSettings, ports: ThePorts, language: TheLanguage) -> _Shown:
    return _Shown(settings, ports, language)


Shown = Annotated[_Shown, Depends(_shown)]


@router.post(
    "/carts/quote",
    operation_id="carts_quote",
    summary="What a cart comes to now, by producer",
    responses=declared(400),
)
async def quote(
    wanted: QuoteIn, language: TheLanguage, settings: TheSettings, ports: ThePorts
) -> QuoteOut:
    """Nothing is reserved: prices and stock as they are at this moment."""
    cart = merged((line.variant_id, line.quantity) for line in wanted.lines)
    return service.quote_out(await service.price(cart, ports=ports, settings=settings), language)


@router.post(
    "/orders",
    status_code=201,
    operation_id="orders_create",
    summary="Place an order",
    responses=declared(400, 409, 429),
)
async def create(  # noqa: PLR0917 - FastAPI hands these over by name
    wanted: OrderIn,
    shown: Shown,
    settings: TheSettings,
    ports: ThePorts,
    language: TheLanguage,
    address: FromAddress,
    idempotency_key: Annotated[str | None, Header()] = None,
) -> OrderOut:
    """One part per producer, each paid by itself; all parts with method `card` are paid together
    at `card.pay_url`. `Idempotency-Key` (8 to 100 characters) is
    required: the same key gives the same order, however often it is sent.
    """
    key = require_key(idempotency_key)
    buyer, problems = read_buyer(wanted.buyer.model_dump())
    if buyer is None:
        raise problems[0]
    commune = await commune_by_code(wanted.buyer.commune_code)
    placed = await service.place(
        request=PlaceRequest(
            lines=wanted.lines,
            name=buyer.name,
            phone=buyer.phone,
            commune_code=commune.code,
            commune_name=commune.label,
            street=buyer.street,
            note=buyer.note,
            methods={code: str(method) for code, method in wanted.methods.items()},
            seen_total_vnd=wanted.seen_total_vnd,
            language=language,
            of_age=wanted.of_age,
        ),
        key=key,
        door="api",
        settings=settings,
        ports=ports,
        address=address,
    )
    return await shown.order(placed.order_id)


@router.get(
    "/orders/{token}",
    operation_id="orders_get",
    summary="An order as its buyer sees it",
    responses=declared(404),
)
async def get(order_id: Opened, shown: Shown) -> OrderOut:
    """State of every part, what comes next, and what a bank app must be told."""
    return await shown.order(order_id)


@router.post(
    "/orders/{token}/parts/{letter}/said-paid",
    operation_id="orders_say_paid",
    summary="Say that the money of a part was sent",
    responses=declared(404),
)
async def said_paid(order_id: Opened, letter: str, shown: Shown) -> OrderOut:
    """The seller is asked to look into the account; it proves nothing by itself."""
    await service.said_paid(order_id=order_id, letter=letter)
    return await shown.order(order_id)


@router.post(
    "/orders/{token}/parts/{letter}/code",
    operation_id="orders_confirm_by_code",
    summary="Confirm cash on delivery by the code from the message",
    responses=declared(400, 404, 409, 429),
)
async def confirm(
    *,
    order_id: Opened,
    letter: str,
    sent: CodeIn,
    shown: Shown,
    settings: TheSettings,
    ports: ThePorts,
) -> OrderOut:
    """Places every part that waits for the code."""
    await service.confirm_by_code(
        order_id=order_id, letter=letter, code=sent.code, settings=settings, ports=ports
    )
    return await shown.order(order_id)


@router.post(
    "/orders/{token}/parts/{letter}/to-cod",
    operation_id="orders_pay_on_delivery",
    summary="Pay a part on delivery instead of by bank",
    responses=declared(400, 404, 409, 429),
)
async def to_cod(
    *,
    order_id: Opened,
    letter: str,
    shown: Shown,
    settings: TheSettings,
    ports: ThePorts,
    address: FromAddress,
) -> OrderOut:
    """Above the bound a code is sent first: confirm with it at `…/code`."""
    await service.pay_on_delivery(
        order_id=order_id, letter=letter, settings=settings, ports=ports, address=address
    )
    return await shown.order(order_id)


@router.post(
    "/orders/{token}/card",
    operation_id="orders_pay_by_card",
    summary="Open the card page of an order, or another one when the last is over",
    responses=declared(404, 409, 503),
)
async def card(order_id: Opened, shown: Shown, settings: TheSettings, ports: ThePorts) -> OrderOut:
    """All card parts are paid there together: see `card.pay_url`. Sent twice, it is one page."""
    await service.pay_by_card(order_id=order_id, settings=settings, ports=ports)
    return await shown.order(order_id)


@router.post(
    "/orders/{token}/parts/{letter}/to-transfer",
    operation_id="orders_pay_by_transfer",
    summary="Pay a part by bank QR instead of by card",
    responses=declared(404, 409, 503),
)
async def to_transfer(order_id: Opened, letter: str, shown: Shown, ports: ThePorts) -> OrderOut:
    """The card page is closed first; other card parts then need another one."""
    await service.pay_by_transfer(order_id=order_id, letter=letter, ports=ports)
    return await shown.order(order_id)


@router.post(
    "/orders/{token}/parts/{letter}/cancel",
    operation_id="orders_cancel_part",
    summary="Call a part off while nobody has paid or begun",
    responses=declared(404, 409, 503),
)
async def cancel(order_id: Opened, letter: str, shown: Shown, ports: ThePorts) -> OrderOut:
    """The goods go back to the shelf. An open card page is closed first."""
    await service.cancel(order_id=order_id, letter=letter, ports=ports)
    return await shown.order(order_id)
