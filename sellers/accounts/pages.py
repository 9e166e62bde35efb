"""Sign-in as pages: phone, code, who. Nothing of it stands in an address."""

from typing import Annotated, Any, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Query, Request
from starlette.responses import RedirectResponse, Response

from integrations.contracts.errors import Problem
from integrations.contracts.phone import mask_phone
from integrations.runtime.pages import Typed
from integrations.runtime.web.state import Pages, TheLanguage
from sellers.accounts.guards import Acting, FromAddress, OfDevice, cookie_name
from sellers.accounts.models import SessionKind
from sellers.accounts.rules import Purpose, home_of, own_path, read_phone
from sellers.accounts.service import (
    Choice,
    Entered,
    PhoneTicket,
    choose,
    doors_for,
    enter,
    make_code,
    read_phone_ticket,
    sign_out,
    write_phone_ticket,
)

router = APIRouter(include_in_schema=False)

Field = Annotated[str, Form()]
_NEW = "new"
_CODE_PAGE_KEPT_S: Final = 600


@router.get("/sign-in")
async def phone_form(
    *,
    request: Request,
    pages: Pages,
    device: OfDevice,
    next: Annotated[str, Query()] = "",  # noqa: A002 - the word in the address
    other: Annotated[str, Query()] = "",
) -> Response:
    """Asks for the phone number; whoever is signed in is sent on."""
    if device.viewer.person_id is not None:
        return RedirectResponse(own_path(next) or home_of(device.viewer), 303)
    return _phone_page(request, pages, own_path(next) or "", other=bool(other))


def _phone_page(
    request: Request,
    pages: Pages,
    onward: str,
    *problems: Problem,
    other: bool = False,
    phone: str = "",
) -> Response:
    context = {"f": Typed.of({"phone": phone}, *problems), "next": onward, "other": other}
    status = problems[0].status if problems else 200
    return pages.render(request, "accounts/phone.html", context, status)


@router.post("/sign-in")
async def send_code(
    *,
    request: Request,
    pages: Pages,
    address: FromAddress,
    language: TheLanguage,
    phone: Field = "",
    next: Field = "",  # noqa: A002 - the word in the form
    other: Field = "",
) -> Response:
    """Sends the code and asks for it."""
    onward = own_path(next) or ""
    try:
        number = read_phone(phone)
        await make_code(phone=number, purpose=Purpose.SIGN_IN, language=language, address=address)
    except Problem as problem:
        return _phone_page(request, pages, onward, problem, other=bool(other), phone=phone[:40])
    return _to_code_page(request, PhoneTicket(number, bool(other)), onward)


def _to_code_page(request: Request, ticket: PhoneTicket, onward: str, **more: str) -> Response:
    """By an address of its own: a phone that drops the page while its owner reads the message,
    and somebody who goes back, come to it again without another code being sent."""
    asked = urlencode({k: v for k, v in {"next": onward, **more}.items() if v})
    response = RedirectResponse("/sign-in/code" + (f"?{asked}" if asked else ""), 303)
    response.set_cookie(
        _ticket_cookie(request),
        write_phone_ticket(ticket),
        max_age=_CODE_PAGE_KEPT_S,
        path="/",
        secure=cookie_name(request).startswith("__Host-"),
        httponly=True,
        samesite="lax",
    )
    return response


def _ticket_cookie(request: Request) -> str:
    return cookie_name(request) + "-code"


@router.get("/sign-in/code")
async def code_form(
    *,
    request: Request,
    pages: Pages,
    device: OfDevice,
    next: Annotated[str, Query()] = "",  # noqa: A002 - the word in the address
    again: Annotated[str, Query()] = "",
) -> Response:
    """Asks for the code that was sent; without one on its way, begins at the front."""
    try:
        ticket = read_phone_ticket(request.cookies.get(_ticket_cookie(request), ""))
    except Problem:
        ticket = None
    if ticket is None or device.viewer.person_id is not None:
        return RedirectResponse("/sign-in", 303)
    return _code_page(request, pages, ticket, own_path(next) or "", sent_again=bool(again))


def _code_page(
    request: Request,
    pages: Pages,
    ticket: PhoneTicket,
    onward: str,
    *problems: Problem,
    sent_again: bool = False,
) -> Response:
    context: dict[str, Any] = {
        "f": Typed.of({}, *problems),
        "ticket": write_phone_ticket(ticket),
        "masked": mask_phone(ticket.phone),
        "next": onward,
        "other": ticket.other,
        "sent_again": sent_again,
    }
    status = problems[0].status if problems else 200
    return pages.render(request, "accounts/code.html", context, status)


@router.post("/sign-in/again")
async def send_again(
    *,
    request: Request,
    pages: Pages,
    address: FromAddress,
    language: TheLanguage,
    ticket: Field = "",
    next: Field = "",  # noqa: A002 - the word in the form
) -> Response:
    """Another code to the same number; the earlier ones stay good until they run out."""
    onward = own_path(next) or ""
    try:
        told = read_phone_ticket(ticket)
    except Problem as problem:
        return _phone_page(request, pages, onward, problem)
    try:
        await make_code(
            phone=told.phone, purpose=Purpose.SIGN_IN, language=language, address=address
        )
    except Problem as problem:
        return _code_page(request, pages, told, onward, problem)
    return _to_code_page(request, told, onward, again="1")


@router.post("/sign-in/code")
async def try_code(
    *,
    request: Request,
    pages: Pages,
    device: OfDevice,
    acting: Acting,
    language: TheLanguage,
    ticket: Field = "",
    code: Field = "",
    next: Field = "",  # noqa: A002 - the word in the form
) -> Response:
    """A right code signs in, or asks who is there."""
    onward = own_path(next) or ""
    try:
        told = read_phone_ticket(ticket)
    except Problem as problem:
        return _phone_page(request, pages, onward, problem)
    try:
        answer = await enter(
            phone=told.phone,
            code=code,
            kind=SessionKind.WEB,
            acting=acting,
            always_choose=told.other,
            newcomer_speaks=language,
        )
    except Problem as problem:
        return _code_page(request, pages, told, onward, problem)
    if isinstance(answer, Choice):
        return _who_page(request, pages, answer, onward)
    return await _signed_in(request, device, answer, onward)


def _who_page(
    request: Request, pages: Pages, choice: Choice, onward: str, *problems: Problem, **typed: str
) -> Response:
    f = Typed.of(typed, *problems)
    context = {"f": f, "ticket": choice.ticket, "doors": choice.doors, "next": onward}
    status = problems[0].status if problems else 200
    return pages.render(request, "accounts/who.html", context, status)


@router.post("/sign-in/who")
async def say_who(
    *,
    request: Request,
    pages: Pages,
    device: OfDevice,
    acting: Acting,
    language: TheLanguage,
    ticket: Field = "",
    door: Field = "",
    name: Field = "",
    next: Field = "",  # noqa: A002 - the word in the form
) -> Response:
    """Signs in through the chosen door, or as somebody new."""
    onward = own_path(next) or ""
    try:
        entered = await choose(
            ticket=ticket,
            kind=SessionKind.WEB,
            acting=acting,
            language=language,
            door=door,
            name=name if door == _NEW else None,
        )
    except Problem as problem:
        if problem.field is None:
            return _phone_page(request, pages, onward, problem)
        doors = await doors_for(ticket, acting=acting)
        return _who_page(request, pages, Choice(ticket, doors), onward, problem, name=name[:200])
    return await _signed_in(request, device, entered, onward)


async def _signed_in(request: Request, device: OfDevice, entered: Entered, onward: str) -> Response:
    """Every sign-in gets a token of its own; the one this browser held before ends."""
    if device.session_id is not None:
        await sign_out(token=device.token, viewer=device.viewer, session_id=device.session_id)
    response = RedirectResponse(onward or home_of(entered.viewer), 303)
    response.set_cookie(
        cookie_name(request),
        entered.opened.token,
        max_age=entered.opened.expires_in_s,
        path="/",
        secure=cookie_name(request).startswith("__Host-"),
        httponly=True,
        samesite="lax",
    )
    response.delete_cookie(
        _ticket_cookie(request),
        path="/",
        secure=cookie_name(request).startswith("__Host-"),
        httponly=True,
        samesite="lax",
    )
    return response


@router.get("/sign-in/again")
@router.get("/sign-in/who")
async def begin_again() -> Response:
    """These pages only follow a form: whoever comes by an address begins at the front."""
    return RedirectResponse("/sign-in", 303)


@router.post("/sign-out")
async def leave(request: Request, device: OfDevice, next: Field = "") -> Response:  # noqa: A002
    """Ends this device's session."""
    if device.session_id is not None:
        await sign_out(token=device.token, viewer=device.viewer, session_id=device.session_id)
    response = RedirectResponse(own_path(next) or "/sign-in", 303)
    # Drafts that this browser keeps are gone with the person, also where no script runs.
    response.headers["Clear-Site-Data"] = '"storage"'
    response.delete_cookie(
        cookie_name(request),
        path="/",
        secure=cookie_name(request).startswith("__Host-"),
        httponly=True,
        samesite="lax",
    )
    return response
