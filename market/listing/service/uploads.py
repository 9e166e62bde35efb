"""A file that was sent in pieces becomes a photo of goods, once."""

from typing import Any
from uuid import UUID

from integrations.contracts.ports import Storage
from integrations.contracts.viewer import Viewer
from integrations.runtime import uploads
from market.listing.service import goods
from market.photos import service as photos


async def add_uploaded(
    viewer: Viewer, *, storage: Storage, listing_id: UUID, upload_id: UUID
) -> dict[str, Any]:
    """The row of the photo that an upload becomes, or has become, even if it was removed since.

    Raises as `uploads.open_whole` and `goods.add_photo`, and `AlreadyUsed` when it became
    something else.
    """
    if (before := await _before(viewer, listing_id, upload_id)) is not None:
        return before
    try:
        async with uploads.open_whole(viewer, storage=storage, upload_id=upload_id) as file:
            return await goods.add_photo(
                viewer, storage=storage, listing_id=listing_id, file=file, upload_id=upload_id
            )
    except uploads.AlreadyUsed:
        # Sent twice at the same time, or taken back meanwhile.
        if (first := await _before(viewer, listing_id, upload_id)) is None:
            raise
        return first


async def _before(viewer: Viewer, listing_id: UUID, upload_id: UUID) -> dict[str, Any] | None:
    """The photo that the upload became; None while it is nothing yet."""
    await goods.look(viewer, listing_id)
    seen = await uploads.look(viewer, upload_id)
    if seen.used_id is None:
        return None
    if seen.used_for != goods.PHOTO:
        raise uploads.AlreadyUsed()
    found = await photos.look(viewer, seen.used_id)
    if found["listing_id"] != listing_id:
        raise uploads.AlreadyUsed()
    return found
