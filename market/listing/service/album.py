"""What a producer does with the photos of goods: order, choose the main one, remove, undo."""

from typing import Any, Literal
from uuid import UUID

from integrations.contracts.viewer import Viewer
from integrations.runtime.database import work
from integrations.runtime.outbox import emit
from market.catalog.rules import ListingState
from market.catalog.service import listings
from market.listing import queries
from market.listing.queries import Goods
from market.photos import queries as photo_queries
from market.photos import service as photos
from market.photos.rules import refusal

Move = Literal["earlier", "later", "main"]
_NEEDS_NONE = (ListingState.DRAFT, ListingState.TO_MEND)


async def look(viewer: Viewer, listing_id: UUID) -> tuple[Goods, list[dict[str, Any]]]:
    """Goods and all their photos at one moment. Raises `NotFound` for another's goods."""
    async with work(viewer):
        goods = await queries.one(viewer, listing_id)
        if goods is None:
            raise listings.no_such_listing()
        return goods, await photo_queries.album(listing_id)


async def photos_of(viewer: Viewer, goods: Goods) -> list[dict[str, Any]]:
    """All photos of goods that the viewer has looked at."""
    async with work(viewer):
        return await photo_queries.album(goods.id)


async def move(viewer: Viewer, *, listing_id: UUID, photo_id: UUID, way: Move) -> None:
    """One place earlier or later, or to the front."""
    async with work(viewer):
        await listings.hold(viewer, listing_id)
        ids = [row["photo_id"] for row in await photo_queries.album(listing_id)]
        at = ids.index(photo_id) if photo_id in ids else 0
        position = {"earlier": at - 1, "later": at + 1, "main": 0}[way]
        await _place(listing_id, photo_id, position)


async def place(viewer: Viewer, *, listing_id: UUID, photo_id: UUID, position: int) -> None:
    """To this place, 0 for the main photo; behind the last one counts as the last."""
    async with work(viewer):
        await listings.hold(viewer, listing_id)
        await _place(listing_id, photo_id, position)


async def _place(listing_id: UUID, photo_id: UUID, position: int) -> None:
    if await photos.place(listing_id, photo_id, position=position):
        await emit("listing.changed", listing_id)


async def remove(viewer: Viewer, *, listing_id: UUID, photo_id: UUID) -> None:
    """Take a photo out; removed already is no error.

    Raises `photo.last` for the only photo of goods that were sent for review or are on sale.
    """
    async with work(viewer):
        held = await listings.hold(viewer, listing_id)
        ids = {row["photo_id"] for row in await photo_queries.album(listing_id)}
        if ids == {photo_id} and held.state not in _NEEDS_NONE:
            raise refusal("photo.last")
        if await photos.remove(listing_id, photo_id):
            await emit("listing.changed", listing_id)


async def restore(viewer: Viewer, *, listing_id: UUID, photo_id: UUID) -> None:
    """Undo `remove`. A photo that staff had not approved goes to them like a new one."""
    async with work(viewer):
        held = await listings.hold(viewer, listing_id)
        if not await photos.restore(listing_id, photo_id):
            await emit("listing.changed", listing_id)
            return
        state = await listings.change(held, new_picture=True)
        if state is not held.state:
            await emit("listing.submitted", listing_id)
