"""What was changed in goods: price, stock and texts, with the way back."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from integrations.contracts.errors import N_
from integrations.contracts.viewer import Viewer
from integrations.runtime.i18n import Language, translate
from integrations.runtime.web.state import Pages, TheLanguage
from market.listing.pages.questions import said_in
from market.listing.service import history as service
from market.listing.service import moderation
from market.listing.service.history import Change
from market.listing.service.variants import OF_EACH
from sellers.accounts.guards import AsProducer, AsStaff

router = APIRouter()

FIELDS: Final[Mapping[str, str]] = {
    "name": N_("Name"),
    "price": N_("Price"),
    "unit": N_("Sold by"),
    "stock": N_("How many are left"),
    "description": N_("About it"),
    "category": N_("Sort"),
    "weight": N_("What one weighs"),
    "size": N_("Size of one, wrapped"),
    "keeps": N_("How long it keeps"),
    "storage": N_("How to keep it"),
    "allergens": N_("Some people must not eat"),
    "age": N_("Who may buy"),
    "content": N_("How much is in one"),
    "gtin": N_("Number under the barcode"),
    "minimum": N_("Sold from how many on"),
    "reach": N_("How far it is sent"),
    "season": N_("Season"),
    "preorder": N_("May be ordered before the season"),
    "name_en": N_("Name in English"),
    "description_en": N_("About it, in English"),
    "state": N_("Where it stands"),
    "kinds": N_("Kinds"),
}
STATES: Final[Mapping[str, str]] = {
    "draft": N_("Draft"),
    "to_mend": N_("To mend"),
    "live": N_("On sale"),
    "paused": N_("Hidden"),
    "archived": N_("Put away"),
}
REASONS: Final[Mapping[str, str]] = {
    "set": N_("counted"),
    "reserve": N_("ordered"),
    "release": N_("order did not come about"),
    "return": N_("came back"),
}


@router.get("/producer/goods/{listing_id}/history")
async def history(
    *,
    request: Request,
    pages: Pages,
    viewer: AsProducer,
    language: TheLanguage,
    listing_id: UUID,
    after: UUID | None = None,
) -> Response:
    """Newest first, each with when, who, from what and to what."""
    found = await service.look_back(viewer, listing_id, after=after)
    context = {**_context(found, viewer, language), "after": after}
    return pages.render(request, "listing/history.html", context)


@router.get("/staff/review/{listing_id}/history")
async def for_staff(
    *,
    request: Request,
    pages: Pages,
    viewer: AsStaff,
    language: TheLanguage,
    listing_id: UUID,
    after: UUID | None = None,
) -> Response:
    """The same for those who review goods; they change nothing."""
    found = await moderation.look_back(viewer, listing_id, after=after)
    context = {**_context(found, viewer, language), "after": after}
    return pages.render(request, "listing/history_staff.html", context)


@router.post("/producer/goods/{listing_id}/history/{change_id}/put-back")
async def put_back(*, viewer: AsProducer, listing_id: UUID, change_id: UUID) -> Response:
    """Writes a text or price again as it was."""
    await service.put_back(viewer, listing_id=listing_id, change_id=change_id)
    return RedirectResponse(f"/producer/goods/{listing_id}?done=put_back", 303)


def _context(found: service.Past, viewer: Viewer, language: Language) -> dict[str, Any]:
    goods, changes, rest = found
    of_each = OF_EACH if goods.variants else ()
    said = [
        (one, _words(one, viewer, language), one.can_be_put_back and one.field not in of_each)
        for one in changes
    ]
    return {"goods": goods, "changes": said, "rest": rest}


def _words(change: Change, viewer: Viewer, language: Language) -> dict[str, str]:
    """Field, before, after and who, in words of this language."""
    who = translate(language, REASONS.get(change.reason, change.reason)) if change.reason else ""
    if change.person_id or not change.reason:
        who = " · ".join(filter(None, (who, _by(change, viewer, language))))
    field = translate(language, FIELDS.get(change.field, change.field))
    return {
        "field": f"{field}: {change.label}" if change.label else field,
        "was": _said(change.field, change.was, language),
        "now": _said(change.field, change.now, language),
        "who": who,
    }


def _by(change: Change, viewer: Viewer, language: Language) -> str:
    if change.person_id == viewer.person_id:
        return translate(language, N_("changed by this account"))
    return change.who or translate(language, N_("changed by somebody else"))


def _said(field: str, text: str, language: Language) -> str:
    if field == "state":
        return translate(language, STATES.get(text, text))
    return said_in(language, field, text) or translate(language, N_("nothing"))
