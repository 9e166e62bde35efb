"""The producer passes goods on: both pictures, to keep or to hand to another app."""

from typing import Final
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from integrations.runtime.web.state import Pages, ThePorts, TheSettings
from market.share import service
from market.share.rules import Shape
from sellers.accounts.guards import AsProducer

router = APIRouter()

_KEPT: Final = "private, max-age=31536000, immutable"


@router.get("/producer/goods/{listing_id}/share")
async def share(
    *,
    request: Request,
    pages: Pages,
    viewer: AsProducer,
    settings: TheSettings,
    listing_id: UUID,
) -> Response:
    """Both pictures with their buttons, and the link; what to do first for goods not on sale."""
    goods, card = await service.look(viewer, listing_id, public_url=settings.public_url)
    context = {
        "goods": goods,
        "card": card,
        "shapes": [(shape, shape.sides_px) for shape in Shape],
        "link": f"{settings.public_url.rstrip('/')}/p/{goods.code}",
    }
    return pages.render(request, "share/share.html", context)


@router.get("/producer/goods/{listing_id}/share/{shape}.jpg")
async def picture(
    *,
    viewer: AsProducer,
    ports: ThePorts,
    settings: TheSettings,
    listing_id: UUID,
    shape: Shape,
    v: str = "",
) -> Response:
    """One picture. The address on the page carries `v`, which changes with what is on it."""
    card, body = await service.picture(
        viewer,
        storage=ports.storage,
        listing_id=listing_id,
        shape=shape,
        public_url=settings.public_url,
    )
    kept = _KEPT if v == card.mark else "private, no-cache"
    return Response(body, media_type="image/jpeg", headers={"Cache-Control": kept})
