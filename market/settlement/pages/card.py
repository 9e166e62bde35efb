"""One part as staff see it: what a card has paid, what went back, and the button for finance."""

import secrets
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from integrations.contracts.errors import Problem
from integrations.contracts.money import parse_vnd
from integrations.contracts.viewer import Role, Viewer
from integrations.runtime.i18n import translate
from integrations.runtime.pages import Renderer, Typed
from integrations.runtime.web.state import Pages, TheLanguage
from market.settlement import queries, service
from market.settlement.rules import METHODS, REFUND_STATES, REFUND_WHY, SENT_BACK, STATES
from market.settlement.schemas import RefundIn
from sellers.accounts.guards import AsFinance, AsStaff

router = APIRouter()
Field = Annotated[str, Form(max_length=200)]
_GIVERS: Final = (Role.FINANCE_STAFF, Role.ADMIN)


@router.get("/staff/order-parts/{part_id}")
async def part(
    *,
    request: Request,
    pages: Pages,
    viewer: AsStaff,
    language: TheLanguage,
    part_id: UUID,
    done: str = "",
) -> Response:
    """The part, its card money, and the form for those who may give it back."""
    toast = translate(language, SENT_BACK) if done else None
    return await _page(request, pages, viewer, part_id, Typed(), toast=toast)


@router.post("/staff/order-parts/{part_id}/refunds")
async def give_back(
    *,
    request: Request,
    pages: Pages,
    viewer: AsFinance,
    part_id: UUID,
    key: Field = "",
    amount_vnd: Field = "",
    reason: Field = "",
    whole: Field = "",
) -> Response:
    """Give back a sum or all of it. The form carries its key: sent twice, it happens once."""
    try:
        wanted = RefundIn.model_construct(
            amount_vnd=None if whole else _amount(amount_vnd), whole=bool(whole), reason=reason
        )
        await service.give_back(part_id=part_id, actor=viewer, wanted=wanted, key=key)
    except Problem as problem:
        typed = Typed.of({"amount_vnd": amount_vnd, "reason": reason}, problem)
        return await _page(request, pages, viewer, part_id, typed, status=problem.status)
    return RedirectResponse(f"/staff/order-parts/{part_id}?done=sent", 303)


def _amount(typed: str) -> int:
    try:
        return parse_vnd(typed)
    except Problem as problem:
        raise problem.at("amount_vnd") from None


async def _page(
    request: Request,
    pages: Renderer,
    viewer: Viewer,
    part_id: UUID,
    typed: Typed,
    *,
    toast: str | None = None,
    status: int = 200,
) -> Response:
    context = {
        "part": await queries.one_part(viewer, part_id),
        "money_back": await queries.refunds_of(viewer, part_id),
        "may_give": viewer.role in _GIVERS,
        "key": secrets.token_urlsafe(18),
        "f": typed,
        "states": STATES,
        "methods": METHODS,
        "refund_states": REFUND_STATES,
        "refund_why": REFUND_WHY,
        "toast": toast,
    }
    return pages.render(request, "settlement/card_part.html", context, status)
