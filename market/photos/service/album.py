"""The photos of one listing: order, remove, undo, look."""

from typing import Any
from uuid import UUID

from integrations.contracts.errors import N_, NotFound
from integrations.contracts.viewer import Viewer
from integrations.runtime.database import rows, run, work
from integrations.runtime.outbox import emit
from market.photos import queries
from market.photos.rules import PHOTOS_MAX, refusal


async def place(listing_id: UUID, photo_id: UUID, *, position: int) -> bool:
    """Put a photo at a place among its listing's, 0 for the main one; False when it is there.

    In the open transaction that holds the listing. Raises `NotFound` (`photo.missing`).
    """
    before = [row["photo_id"] for row in await queries.album(listing_id)]
    if photo_id not in before:
        raise _no_such_photo()
    after = [one for one in before if one != photo_id]
    after.insert(max(0, position), photo_id)
    await run(
        "UPDATE photo p SET position = n.at - 1"
        " FROM unnest($2::uuid[]) WITH ORDINALITY AS n(id, at)"
        " WHERE p.id = n.id AND p.listing_id = $1",
        [listing_id, after],
    )
    return after != before


async def remove(listing_id: UUID, photo_id: UUID) -> bool:
    """Take a photo out of its listing; False when it is out already. It can be restored for a day.

    In the open transaction that holds the listing. Raises `NotFound` (`photo.missing`).
    """
    done = await run(
        "UPDATE photo SET state = 'removed', removed_at = now()"
        " WHERE id = $1 AND listing_id = $2 AND state <> 'removed'",
        [photo_id, listing_id],
    )
    if not done and not await rows(
        "SELECT 1 FROM photo WHERE id = $1 AND listing_id = $2", [photo_id, listing_id]
    ):
        raise _no_such_photo()
    return bool(done)


_RESTORE = """
UPDATE photo p SET state = CASE WHEN p.ready_at IS NULL THEN 'received' ELSE 'ready' END,
  removed_at = NULL
FROM (SELECT id, removed_at FROM photo WHERE id = $1 FOR UPDATE) was
JOIN listing l ON l.id = $2
WHERE p.id = was.id AND p.listing_id = $2 AND p.state = 'removed' AND p.problem_code = ''
  AND p.removed_at > now() - interval '1 day'
RETURNING p.state, p.created_at < l.live_at AND l.live_at < was.removed_at AS seen
"""


async def restore(listing_id: UUID, photo_id: UUID) -> bool:
    """Undo `remove`: the photo is where it was. True when staff have not approved it yet.

    In the open transaction that holds the listing. Raises `NotFound` (`photo.missing`) for one
    that is not there or was removed too long ago, and `photo.too_many`.
    """
    album = [row for row in await queries.album(listing_id) if queries.is_shown(row)]
    if any(row["photo_id"] == photo_id for row in album):
        return False
    if len(album) >= PHOTOS_MAX:
        raise refusal("photo.too_many")
    back = await rows(_RESTORE, [photo_id, listing_id])
    if not back:
        raise _no_such_photo()
    if back[0]["state"] == "received":
        await emit("photo.received", photo_id)
    return not back[0]["seen"]


def _no_such_photo() -> NotFound:
    return NotFound("photo.missing", N_("There is no such photo here. Please go back."))


async def look(viewer: Viewer, photo_id: UUID, *, listing_id: UUID | None = None) -> dict[str, Any]:
    """One photo's row with its renditions. Raises `NotFound` (`photo.missing`)."""
    async with work(viewer):
        found = await queries.photo(viewer, photo_id, listing_id=listing_id)
    if found is None:
        raise _no_such_photo()
    return found
