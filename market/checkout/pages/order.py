"""The buyer's order by its signed link: what to pay, what comes next, what can still be changed."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from integrations.contracts.errors import Problem, TooMany
from integrations.runtime.i18n import language_of
from integrations.runtime.pages import Renderer, Typed
from integrations.runtime.settings import Settings
from integrations.runtime.web.state import Pages, ThePorts, TheSettings
from market.checkout import service
from market.checkout.guards import Opened
from market.checkout.rules.states import grouped
from sellers.accounts.guards import FromAddress

router = APIRouter(prefix="/o/{token}")

Field = Annotated[str, Form()]
# A link is a key: it is in no index, and it is told to no other site.
_PRIVATE = {"X-Robots-Tag": "noindex, nofollow", "Referrer-Policy": "no-referrer"}


class _Desk:
    """What every page of an order needs."""

    def __init__(
        self,
        request: Request,
        pages: Pages,
        ports: ThePorts,
        settings: TheSettings,
        token: str,
    ) -> None:
        self.request = request
        self.pages: Renderer = pages
        self.ports = ports
        self.settings: Settings = settings
        self.path = f"/o/{token}"

    async def page(
        self,
        order_id: UUID,
        *,
        asked: str = "",
        asks_code: bool = False,
        typed: Typed | None = None,
        status: int = 200,
    ) -> Response:
        """The whole page."""
        language = language_of(self.request)
        context = await service.order_page(
            order_id=order_id,
            ports=self.ports,
            language=language,
            media=self.settings.media_url.rstrip("/"),
            asked=asked,
        )
        wanted = [p for p in context["parts"] if p["letter"] == asked and p["can_cash"]]
        context |= {
            "here": self.path,
            "f": typed or Typed(),
            # A part that waits for its money is confirmed by code only when it was asked for.
            "by_code": wanted[0] if wanted and asks_code else None,
            "grouped": grouped,
        }
        return self.pages.render(
            self.request, "checkout/order.html", context, status, headers=_PRIVATE
        )

    async def refused(self, order_id: UUID, problem: Problem, letter: str, code: str) -> Response:
        """The page again, with what was refused at its place."""
        typed = Typed.of({"code": code[:20]}, problem)
        # Whoever has asked for codes too often still holds the last one.
        by_code = problem.field == "code" or isinstance(problem, TooMany)
        return await self.page(
            order_id, asked=letter, asks_code=by_code, typed=typed, status=problem.status
        )

    def back(self, query: str = "") -> Response:
        """To the page."""
        return RedirectResponse(self.path + query, 303)


async def _desk(
    request: Request, pages: Pages, ports: ThePorts, settings: TheSettings, token: str
) -> _Desk:
    return _Desk(request, pages, ports, settings, token)


Desk = Annotated[_Desk, Depends(_desk)]


@router.get("")
async def show(order_id: Opened, desk: Desk, pay: str = "", code: str = "") -> Response:
    """The checklist of parts, and the one to pay now."""
    return await desk.page(order_id, asked=(pay or code)[:1], asks_code=bool(code))


@router.get("/state")
async def state(order_id: Opened, seen: str = "") -> Response:
    """Whether anything has changed since the page was made."""
    now = await service.version(order_id)
    return JSONResponse({"done": now != seen}, headers={"Cache-Control": "no-store"})


@router.get("/{letter}/qr.png")
async def picture(order_id: Opened, letter: str, ports: ThePorts) -> Response:
    """The QR to be saved and opened in a bank app on the same phone."""
    png, reference = await service.qr_picture(order_id=order_id, letter=letter, ports=ports)
    headers = {
        "Content-Disposition": f'attachment; filename="{reference}.png"',
        "Cache-Control": "no-store",
    } | _PRIVATE
    return Response(png, media_type="image/png", headers=headers)


@router.post("/{letter}/paid")
async def paid(order_id: Opened, letter: str, desk: Desk) -> Response:
    """ "Money sent": the seller is asked to look; the next part is shown."""
    await service.said_paid(order_id=order_id, letter=letter)
    return desk.back()


@router.get("/card/done")
async def card_done(order_id: Opened, desk: Desk) -> Response:
    """Back from the card page: the card service is asked, then the order is shown.

    When it does not answer, its notice comes later and the page shows it by itself.
    """
    await service.back_from_card(order_id=order_id, ports=desk.ports)
    return desk.back()


@router.post("/card")
async def card(order_id: Opened, desk: Desk) -> Response:
    """Open the card page, or another one; the order's page holds the link to it."""
    try:
        await service.pay_by_card(order_id=order_id, settings=desk.settings, ports=desk.ports)
    except Problem as problem:
        return await desk.refused(order_id, problem, "", "")
    return desk.back()


@router.post("/{letter}/transfer")
async def transfer(order_id: Opened, letter: str, desk: Desk) -> Response:
    """Pay this part by bank QR instead of by card."""
    try:
        await service.pay_by_transfer(order_id=order_id, letter=letter, ports=desk.ports)
    except Problem as problem:
        return await desk.refused(order_id, problem, letter, "")
    return desk.back(f"?pay={letter}")


@router.post("/{letter}/cash")
async def cash(order_id: Opened, letter: str, desk: Desk, address: FromAddress) -> Response:
    """Pay this part on delivery instead; a large one is confirmed by code first."""
    try:
        needs_code = await service.pay_on_delivery(
            order_id=order_id,
            letter=letter,
            settings=desk.settings,
            ports=desk.ports,
            address=address,
        )
    except Problem as problem:
        return await desk.refused(order_id, problem, letter, "")
    return desk.back(f"?code={letter}" if needs_code else "")


@router.post("/{letter}/code")
async def confirm(order_id: Opened, letter: str, desk: Desk, code: Field = "") -> Response:
    """The code from the message."""
    try:
        await service.confirm_by_code(
            order_id=order_id,
            letter=letter,
            code=code,
            settings=desk.settings,
            ports=desk.ports,
        )
    except Problem as problem:
        return await desk.refused(order_id, problem, letter, code)
    return desk.back()


@router.post("/{letter}/send-code")
async def send_code(order_id: Opened, letter: str, desk: Desk, address: FromAddress) -> Response:
    """Another message with a code."""
    try:
        await service.send_again(order_id=order_id, letter=letter, address=address)
    except Problem as problem:
        return await desk.refused(order_id, problem, letter, "")
    return desk.back(f"?code={letter}")


@router.post("/{letter}/cancel")
async def cancel(order_id: Opened, letter: str, desk: Desk) -> Response:
    """Call this part off."""
    try:
        await service.cancel(order_id=order_id, letter=letter, ports=desk.ports)
    except Problem as problem:
        return await desk.refused(order_id, problem, letter, "")
    return desk.back()
