"""The one form between cart and order: who, where, how to pay each seller."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from integrations.contracts.errors import N_, Problem
from integrations.runtime.pages import Renderer, Typed
from integrations.runtime.settings import Settings
from integrations.runtime.web.state import Pages, TheLanguage, ThePorts, TheSettings
from market.checkout import queries, service
from market.checkout.pages.cart import cart_of, remember
from market.checkout.rules.buyer import Buyer, read_buyer
from market.checkout.rules.cart import Cart, Quote
from market.checkout.rules.terms import age_unsaid
from market.checkout.schemas import LineIn, PlaceRequest
from market.orders.links import order_token
from sellers.accounts.guards import FromAddress
from sellers.producers.queries import CommuneFound, commune_by_code, find_communes

router = APIRouter()

_SHOWN = 8
_KEPT_MAX = 1_000
# As they stand in the form.
_FIELDS: tuple[str | None, ...] = ("name", "phone", "commune_query", "street", "note")


@dataclass(slots=True)
class _Form:
    """What was typed, and what was found for it."""

    values: dict[str, str]
    found: Sequence[CommuneFound] = ()
    commune: CommuneFound | None = None
    searched: bool = False

    @property
    def methods(self) -> dict[str, str]:
        """Chosen ways to pay by the producer's code."""
        prefix = "method-"
        return {
            name.removeprefix(prefix): value
            for name, value in self.values.items()
            if name.startswith(prefix)
        }


@router.get("/checkout")
async def show(request: Request, pages: Pages, settings: TheSettings, ports: ThePorts) -> Response:
    """The empty form; a cart that has to be mended first is shown instead."""
    quote = await service.price(cart_of(request, settings), ports=ports, settings=settings)
    if not quote.can_be_ordered:
        return RedirectResponse("/cart", 303)
    return _page(request, pages, quote, _Form({}))


@router.post("/checkout")
async def send(
    *,
    request: Request,
    pages: Pages,
    settings: TheSettings,
    ports: ThePorts,
    language: TheLanguage,
    address: FromAddress,
) -> Response:
    """Order, or show the form again with what was typed. The same form twice is one order."""
    sent = await request.form()
    values = {name: value for name, value in sent.items() if isinstance(value, str)}
    key = values.get("key", "")
    made = await queries.order_by_form(key) if key else None
    if made is not None:
        return _to_order(made, settings)
    cart = cart_of(request, settings)
    quote = await service.price(cart, ports=ports, settings=settings)
    if not quote.groups:
        return RedirectResponse("/cart", 303)
    form = await _read_places(values)
    if values.get("find"):
        return _page(request, pages, quote, form)
    buyer, problems = read_buyer(values)
    if form.commune is None:
        problems = sorted([*problems, _choose_commune()], key=lambda p: _FIELDS.index(p.field))
    if quote.age_min is not None and not _says_of_age(form):
        problems.append(age_unsaid(quote.age_min))
    if buyer is None or form.commune is None or problems:
        return _page(request, pages, quote, form, *problems)
    try:
        placed = await service.place(
            request=_request(cart, form, buyer, form.commune, language),
            key=key,
            door="form",
            settings=settings,
            ports=ports,
            address=address,
        )
    except Problem as problem:
        made = await queries.order_by_form(key) if key else None
        if made is not None:
            return _to_order(made, settings)
        quote = await service.price(cart, ports=ports, settings=settings)
        if problem.field == "commune_code":
            problem.at("commune_query")
        return _page(request, pages, quote, form, problem)
    return _to_order(placed.order_id, settings)


def _request(
    cart: Cart, form: _Form, buyer: Buyer, commune: CommuneFound, language: str
) -> PlaceRequest:
    seen = form.values.get("seen_total_vnd", "")
    return PlaceRequest(
        lines=[LineIn(variant_id=line.variant_id, quantity=line.quantity) for line in cart],
        name=buyer.name,
        phone=buyer.phone,
        commune_code=commune.code,
        commune_name=commune.label,
        street=buyer.street,
        note=buyer.note,
        methods=form.methods,
        # A form without its total has not shown one: it is shown again with the right one.
        seen_total_vnd=int(seen) if seen.isascii() and seen.isdigit() and len(seen) < 15 else -1,
        language=language,
        of_age=_says_of_age(form),
    )


def _says_of_age(form: _Form) -> bool:
    return form.values.get("of_age") == "yes"


async def _read_places(values: dict[str, str]) -> _Form:
    """The communes to choose from, and the one that is chosen."""
    query, code = values.get("commune_query", "")[:100], values.get("commune_code", "")[:20]
    form = _Form({name: value[:_KEPT_MAX] for name, value in values.items()})
    form.searched = bool(query)
    form.found = await find_communes(query, _SHOWN) if query else []
    try:
        form.commune = await commune_by_code(code) if code else None
    except Problem:
        form.commune = None
    if values.get("find") and form.commune not in form.found:
        form.commune = None
    if form.commune is not None and form.commune not in form.found:
        form.found = [form.commune, *form.found]
    only = form.found[0].code if len(form.found) == 1 else ""
    form.values["commune_code"] = form.commune.code if form.commune else only
    return form


def _choose_commune() -> Problem:
    return Problem(
        "commune.unknown",
        N_("Please choose the commune or ward from the list."),
        field="commune_query",
    )


def _to_order(order_id: Any, settings: Settings) -> Response:
    token = order_token(order_id, settings.secret_key.get_secret_value())
    return remember(RedirectResponse(f"/o/{token}", 303), (), settings)


def _page(
    request: Request, pages: Renderer, quote: Quote, form: _Form, *problems: Problem
) -> Response:
    key = form.values.get("key", "")
    if not (8 <= len(key) <= 100 and key.isascii()):
        form.values["key"] = secrets.token_urlsafe(18)
    chosen = {
        group.producer_code: m
        if (m := form.methods.get(group.producer_code)) in group.methods
        else group.methods[0]
        for group in quote.groups
    }
    context = {
        "quote": quote,
        "chosen": chosen,
        "f": Typed.of(form.values, *problems),
        "found": form.found,
        "searched": form.searched,
    }
    status = max((problem.status for problem in problems), default=200)
    return pages.render(request, "checkout/form.html", context, status)
