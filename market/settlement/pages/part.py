"""The whole story of one part for staff: goods, money, who said what, what is to be done."""

import secrets
from collections.abc import Mapping
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from integrations.contracts.errors import Problem
from integrations.contracts.money import parse_vnd
from integrations.contracts.viewer import Viewer
from integrations.runtime.i18n import translate
from integrations.runtime.pages import Renderer, Typed
from integrations.runtime.web.state import Pages, TheLanguage
from market.settlement import queries, service
from market.settlement.rules import (
    BANK_OUTCOMES,
    CLOSED,
    DOERS,
    EVIDENCE,
    METHODS,
    MONEY_ROLES,
    PAYMENT_STATES,
    REFUND_STATES,
    REFUND_WHY,
    SAYINGS,
    SENT_BACK,
    STATES,
    TITLES,
    WORDS,
)
from market.settlement.schemas import RefundIn
from sellers.accounts.guards import AsFinance, AsStaff
from sellers.accounts.rules import ROLE_WORDS

router = APIRouter()
Field = Annotated[str, Form(max_length=200)]
DONE: Final[Mapping[str, str]] = {"sent": SENT_BACK, "closed": CLOSED}


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
    """What is known of the part, and the forms for those who may do something about it."""
    toast = translate(language, DONE[done]) if done in DONE else None
    return await show(request, pages, viewer, part_id, Typed(), toast=toast)


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
        return await show(request, pages, viewer, part_id, typed, status=problem.status)
    return RedirectResponse(f"/staff/order-parts/{part_id}?done=sent", 303)


def _amount(typed: str) -> int:
    try:
        return parse_vnd(typed)
    except Problem as problem:
        raise problem.at("amount_vnd") from None


async def show(
    request: Request,
    pages: Renderer,
    viewer: Viewer,
    part_id: UUID,
    typed: Typed,
    *,
    toast: str | None = None,
    status: int = 200,
) -> Response:
    """The page, with what was typed and could not be done."""
    context = {
        "part": await queries.one_part(viewer, part_id),
        "money_back": await queries.refunds_of(viewer, part_id),
        "may_give": viewer.role in MONEY_ROLES,
        "key": secrets.token_urlsafe(18),
        "f": typed,
        "states": STATES,
        "methods": METHODS,
        "refund_states": REFUND_STATES,
        "refund_why": REFUND_WHY,
        "titles": TITLES,
        "words": WORDS,
        "evidence": EVIDENCE,
        "sayings": SAYINGS,
        "payment_states": PAYMENT_STATES,
        "outcomes": BANK_OUTCOMES,
        "doers": DOERS | {str(role): words for role, words in ROLE_WORDS.items()},
        "toast": toast,
    }
    return pages.render(request, "settlement/staff_part.html", context, status)
