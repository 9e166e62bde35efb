"""The hosted page: plain HTML, no script, in the language that the shop asked for."""

from html import escape
from typing import Final

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from integrations.contracts.errors import N_
from integrations.contracts.money import format_vnd
from integrations.payments.stripe.standin.books import Thing
from integrations.payments.stripe.standin.desk import Desk, desk_of
from integrations.payments.stripe.standin.money import How
from integrations.payments.stripe.standin.refusal import Refusal
from integrations.runtime.i18n import Language, translate

_HOW: Final[dict[str, How]] = {"pay": "paid", "decline": "declined", "later": "later"}
_BUTTONS: Final = (
    ("pay", N_("Pay {amount} by card")),
    ("decline", N_("Let the card be declined")),
    ("later", N_("Pay, and let the money come later")),
)
_HEADERS: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
}
_STYLE: Final = (
    "body{font:18px/1.5 system-ui,sans-serif;max-width:34rem;margin:0 auto;padding:1rem}"
    "button,a{display:block;width:100%;box-sizing:border-box;padding:.8rem;margin:.6rem 0;"
    "font:inherit;text-align:center;border:1px solid #1d5c4a;border-radius:.5rem;color:#1d5c4a;"
    "background:#fff}button[value=pay]{background:#1d5c4a;color:#fff}"
    "td{padding:.3rem 1rem .3rem 0}"
)


async def _show(request: Request) -> Response:
    desk = desk_of(request)
    found = _find(desk, request)
    return _nothing() if found is None else _html(desk, found)


async def _act(request: Request) -> Response:
    """A button was pressed: to the shop when it went well, else the page again."""
    desk = desk_of(request)
    found = _find(desk, request)
    form = await request.form(max_files=0, max_fields=5)
    how = _HOW.get(str(form.get("how", "")))
    if found is None or how is None:
        return _nothing()
    try:
        desk.till.pay(found, how)
    except Refusal:
        return _html(desk, found)
    desk.changed()
    if how == "declined":
        return _html(desk, found, declined=True)
    back = found["success_url"].replace("{CHECKOUT_SESSION_ID}", found["id"])
    return RedirectResponse(back, 303)


def _find(desk: Desk, request: Request) -> Thing | None:
    desk.till.close_late_pages()
    try:
        return desk.books.find("checkout.session", request.path_params["id"])
    except Refusal:
        return None


def _nothing() -> Response:
    return HTMLResponse("<!doctype html><title>404</title>", 404, headers=_HEADERS)


def _html(desk: Desk, found: Thing, *, declined: bool = False) -> Response:
    language: Language = "en" if found["locale"] == "en" else "vi"
    lines = desk.books.state.hidden[found["id"]]["lines"]
    rows = "".join(
        f"<tr><td>{escape(line['name'])}</td><td>{line['quantity']} × "
        f"{format_vnd(line['price_vnd'])}</td></tr>"
        for line in lines
    )
    title = translate(language, N_("Practice card payment"))
    body = (
        f"<h1>{title}</h1><p>{translate(language, N_('No real money moves here.'))}</p>"
        f"<table>{rows}</table>{_rest(found, language, declined=declined)}"
    )
    text = (
        f'<!doctype html><html lang="{language}"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{title}</title><style>{_STYLE}</style><body>{body}</body></html>"
    )
    return HTMLResponse(text, headers=_HEADERS)


def _rest(found: Thing, language: Language, *, declined: bool) -> str:
    if found["status"] != "open":
        said = translate(language, N_("This payment page is closed."))
        return f"<p>{said}</p>"
    amount = format_vnd(found["amount_total"])
    buttons = "".join(
        f'<button name="how" value="{how}">{translate(language, label, amount=amount)}</button>'
        for how, label in _BUTTONS
    )
    said = translate(language, N_("The card was declined. Try again or go back to the shop."))
    back = translate(language, N_("Cancel and go back to the shop"))
    note = f"<p><strong>{said}</strong></p>" if declined else ""
    cancel = f'<a href="{escape(found["cancel_url"])}">{back}</a>' if found["cancel_url"] else ""
    return f'{note}<form method="post">{buttons}</form>{cancel}'


ROUTES: Final = (
    Route("/c/pay/{id}", _show, methods=["GET"]),
    Route("/c/pay/{id}", _act, methods=["POST"]),
)
