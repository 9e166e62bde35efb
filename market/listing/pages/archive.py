"""Goods that were put away: the list of them, and the way back."""

from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from integrations.runtime.web.state import Pages, TheSettings
from market.listing.service import archive as service
from sellers.accounts.guards import AsProducer

router = APIRouter()


@router.get("/producer/goods/away")
async def away(
    *,
    request: Request,
    pages: Pages,
    viewer: AsProducer,
    settings: TheSettings,
    after: UUID | None = None,
) -> Response:
    """What was put away, each with the button that brings it back."""
    goods, rest = await service.put_away_goods(viewer, after=after)
    context = {"goods": goods, "rest": rest, "after": after, "media_url": settings.media_url}
    return pages.render(request, "listing/away.html", context)


@router.post("/producer/goods/{listing_id}/bring-back")
async def bring_back(*, viewer: AsProducer, listing_id: UUID) -> Response:
    """Undoes putting away."""
    await service.bring_back(viewer, listing_id=listing_id)
    return RedirectResponse(f"/producer/goods/{listing_id}?done=back", 303)
