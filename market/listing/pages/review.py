"""The desk of those who review goods: the queue, one listing, the decision."""

from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from integrations.contracts.errors import N_, Conflict, Problem
from integrations.runtime.i18n import translate
from integrations.runtime.pages import Renderer, Typed
from integrations.runtime.web.state import Pages, TheLanguage, TheSettings
from market.listing.queries import Goods
from market.listing.rules import REASONS
from market.listing.service import moderation
from sellers.accounts.guards import AsStaff

router = APIRouter()

DONE: Final = {
    "approved": N_("Approved. It is on sale, and the seller is told."),
    "sent_back": N_("Sent back. The seller is told what to mend."),
}


@router.get("/staff/review")
async def queue(
    *,
    request: Request,
    pages: Pages,
    viewer: AsStaff,
    settings: TheSettings,
    language: TheLanguage,
    after: UUID | None = None,
    done: str = "",
) -> Response:
    """What waits, longest first."""
    goods, total, rest = await moderation.queue(viewer, after=after)
    context = {
        "goods": goods,
        "total": total,
        "rest": rest,
        "media_url": settings.media_url,
        "nav_counts": {"review": total},
        "toast": translate(language, DONE[done]) if done in DONE else None,
    }
    return pages.render(request, "listing/review.html", context)


@router.get("/staff/review/{listing_id}")
async def detail(
    *, request: Request, pages: Pages, viewer: AsStaff, settings: TheSettings, listing_id: UUID
) -> Response:
    """One listing with its picture large, and the decision."""
    goods = await moderation.look(viewer, listing_id)
    return _show(request, pages, goods, Typed(), media_url=settings.media_url)


@router.post("/staff/review/{listing_id}")
async def decide(
    *,
    request: Request,
    pages: Pages,
    viewer: AsStaff,
    settings: TheSettings,
    listing_id: UUID,
    revision: Annotated[int, Form(ge=1)],
    decision: Annotated[str, Form()] = "",
    template: Annotated[str, Form()] = "",
    reason: Annotated[str, Form()] = "",
) -> Response:
    """Approves, or sends back with a reason."""
    try:
        if decision == "approve":
            await moderation.approve(viewer, listing_id=listing_id, revision=revision)
        else:
            await moderation.send_back(
                viewer,
                listing_id=listing_id,
                revision=revision,
                reason=_reason(template, reason),
            )
    except Problem as problem:
        if problem.field is None and not isinstance(problem, Conflict):
            raise
        goods = await moderation.look(viewer, listing_id)
        typed = Typed.of({"template": template, "reason": reason}, problem)
        return _show(request, pages, goods, typed, media_url=settings.media_url)
    done = "approved" if decision == "approve" else "sent_back"
    return RedirectResponse(f"/staff/review?done={done}", 303)


def _reason(template: str, own_words: str) -> str:
    """The chosen sentence, in Vietnamese since the seller reads it, and the staff's own words."""
    chosen = REASONS[int(template)] if template in _NUMBERS else None
    said = translate("vi", chosen) if chosen else ""
    return f"{said} {own_words}".strip()


_NUMBERS: Final = frozenset(str(number) for number in range(len(REASONS)))


def _show(
    request: Request, pages: Renderer, goods: Goods, typed: Typed, *, media_url: str
) -> Response:
    context = {
        "it": goods,
        "picture": goods.picture(media_url),
        "f": typed,
        "reasons": [(str(number), text) for number, text in enumerate(REASONS)],
    }
    status = typed.problems[0].status if typed.problems else 200
    return pages.render(request, "listing/review_one.html", context, status)
