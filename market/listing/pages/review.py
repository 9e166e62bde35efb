"""The desk of those who review goods: the queue, one listing, the decision."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from integrations.contracts.errors import N_, Conflict, Problem
from integrations.contracts.viewer import Viewer
from integrations.runtime.i18n import translate
from integrations.runtime.pages import Renderer, Typed
from integrations.runtime.web.state import Pages, TheLanguage, TheSettings
from market.catalog.rules import ALLERGEN_WORDS, STORAGE_WORDS
from market.listing.rules import REASONS, TAX_WORDS
from market.listing.service import album, moderation
from market.photos.queries import drawn
from sellers.accounts.guards import AsStaff

router = APIRouter()

DONE: Final = {
    "approved": N_("Approved. It is on sale, and the seller is told."),
    "sent_back": N_("Sent back. The seller is told what to mend."),
    "tax_class": N_("Noted. It holds for orders from now on."),
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
    *,
    request: Request,
    pages: Pages,
    viewer: AsStaff,
    settings: TheSettings,
    language: TheLanguage,
    listing_id: UUID,
    done: str = "",
) -> Response:
    """One listing with its picture large, and the decision."""
    toast = translate(language, DONE[done]) if done in DONE else None
    return await Desk(request, pages, viewer, settings.media_url).show(listing_id, toast=toast)


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
    tax_class: Annotated[str, Form()] = "",
) -> Response:
    """Approves, or sends back with a reason."""
    try:
        if decision == "approve":
            await moderation.approve(
                viewer, listing_id=listing_id, revision=revision, tax_class=tax_class or None
            )
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
        typed = {"template": template, "reason": reason}
        if tax_class:
            typed["tax_class"] = tax_class
        desk = Desk(request, pages, viewer, settings.media_url)
        return await desk.show(listing_id, typed, problem=problem)
    done = "approved" if decision == "approve" else "sent_back"
    return RedirectResponse(f"/staff/review?done={done}", 303)


@router.post("/staff/review/{listing_id}/tax-class")
async def set_tax_class(
    *,
    request: Request,
    pages: Pages,
    viewer: AsStaff,
    settings: TheSettings,
    listing_id: UUID,
    tax_class: Annotated[str, Form()] = "",
    was: Annotated[str, Form()] = "",
) -> Response:
    """What goods are to the tax law from now on."""
    try:
        await moderation.set_tax_class(viewer, listing_id=listing_id, tax_class=tax_class, was=was)
    except Problem as problem:
        if problem.field is None and not isinstance(problem, Conflict):
            raise
        desk = Desk(request, pages, viewer, settings.media_url)
        return await desk.show(listing_id, problem=problem)
    return RedirectResponse(f"/staff/review/{listing_id}?done=tax_class", 303)


def _reason(template: str, own_words: str) -> str:
    """The chosen sentence, in Vietnamese since the seller reads it, and the staff's own words."""
    chosen = REASONS[int(template)] if template in _NUMBERS else None
    said = translate("vi", chosen) if chosen else ""
    return f"{said} {own_words}".strip()


_NUMBERS: Final = frozenset(str(number) for number in range(len(REASONS)))


@dataclass(frozen=True, slots=True)
class Desk:
    """Where one listing is shown: for which request and viewer, and where pictures lie."""

    request: Request
    pages: Renderer
    viewer: Viewer
    media_url: str

    async def show(
        self,
        listing_id: UUID,
        said: Mapping[str, str] | None = None,
        *,
        problem: Problem | None = None,
        toast: str | None = None,
    ) -> Response:
        """The listing, what was typed about it, and why it could not be done."""
        goods = await moderation.look(self.viewer, listing_id)
        photos = await album.photos_of(self.viewer, goods)
        rates = await moderation.tax_rates(self.viewer, goods)
        problems = (problem,) if problem else ()
        context = {
            "storage_words": STORAGE_WORDS,
            "allergen_words": ALLERGEN_WORDS,
            "it": goods,
            "picture": goods.picture(self.media_url),
            "album": drawn(photos, self.media_url),
            "f": Typed.of({"tax_class": goods.tax_class, **(said or {})}, *problems),
            "reasons": [(str(number), text) for number, text in enumerate(REASONS)],
            "kinds": [(name, TAX_WORDS.get(name, name), rate) for name, rate in rates.items()],
            "toast": toast,
        }
        status = 200 if problem is None else problem.status
        return self.pages.render(self.request, "listing/review_one.html", context, status)
