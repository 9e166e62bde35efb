"""What was changed in goods, putting them away and bringing them back, over the API."""

from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Query

from integrations.runtime.web.problems import ProblemBody
from integrations.runtime.web.state import TheLanguage, TheSettings
from market.listing.endpoints.goods import listing_out
from market.listing.schemas import ChangeOut, ChangePage, ListingOut
from market.listing.service import archive, history
from sellers.accounts.guards import AsProducer

router = APIRouter(tags=["listings"])

_PROBLEMS: Final[dict[int | str, dict[str, Any]]] = {
    status: {"model": ProblemBody} for status in (400, 401, 403, 404, 409)
}


@router.get(
    "/listings/{listing_id}/history",
    operation_id="listings_history",
    summary="What was changed, newest first: texts, facts, price, and what is left",
    responses=_PROBLEMS,
)
async def changes(
    *,
    listing_id: UUID,
    viewer: AsProducer,
    cursor: UUID | None = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
) -> ChangePage:
    """`next_cursor` opens the next page."""
    _, found, rest = await history.look_back(viewer, listing_id, after=cursor, limit=limit)
    items = [
        ChangeOut(
            id=one.id, at=one.at, field=one.field, was=one.was, now=one.now,
            person_id=one.person_id, role=one.role, reason=one.reason, label=one.label,
        )
        for one in found
    ]  # fmt: skip
    return ChangePage(items=items, next_cursor=rest)


@router.post(
    "/listings/{listing_id}/history/{change_id}/put-back",
    operation_id="listings_put_back",
    summary="Write again what a text or price was before a change",
    responses=_PROBLEMS,
)
async def put_back(
    *,
    listing_id: UUID,
    change_id: UUID,
    viewer: AsProducer,
    language: TheLanguage,
    settings: TheSettings,
) -> ListingOut:
    """A change like any other: new words of approved goods go back to review."""
    goods = await history.put_back(viewer, listing_id=listing_id, change_id=change_id)
    return listing_out(goods, language, settings.media_url)


@router.post(
    "/listings/{listing_id}/put-away",
    operation_id="listings_put_away",
    summary="Put goods away: out of the shop and the list, never deleted",
    responses=_PROBLEMS,
)
async def put_away(
    *, listing_id: UUID, viewer: AsProducer, language: TheLanguage, settings: TheSettings
) -> ListingOut:
    """Put away already is no error; 409 while staff look at them."""
    goods = await archive.put_away(viewer, listing_id=listing_id)
    return listing_out(goods, language, settings.media_url)


@router.post(
    "/listings/{listing_id}/bring-back",
    operation_id="listings_bring_back",
    summary="Bring back what was put away: hidden when it was approved, else a draft",
    responses=_PROBLEMS,
)
async def bring_back(
    *, listing_id: UUID, viewer: AsProducer, language: TheLanguage, settings: TheSettings
) -> ListingOut:
    """Goods that are not put away stay as they are."""
    goods = await archive.bring_back(viewer, listing_id=listing_id)
    return listing_out(goods, language, settings.media_url)
