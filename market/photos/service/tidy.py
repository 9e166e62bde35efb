"""At night: photos that no try could prepare, and files that no row knows."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from integrations.contracts.ids import made_at
from integrations.contracts.ports import Storage
from integrations.contracts.viewer import SYSTEM
from integrations.runtime.database import rows, work
from integrations.runtime.outbox import emit
from market.photos import queries

_GIVE_UP = """
UPDATE photo p SET state = 'refused', problem_code = 'photo.timeout'
WHERE p.state = 'received' AND p.created_at < now() - interval '1 day'
  AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.subject_id = p.id::text AND o.state = 'pending')
RETURNING p.id
"""


async def give_up_old() -> int:
    """Photos that no try could prepare for a day: their producers are asked for another one."""
    async with work(SYSTEM):
        given_up = await rows(_GIVE_UP)
        for row in given_up:
            await emit("photo.refused", row["id"])
    return len(given_up)


async def remove_orphans(storage: Storage, *, older_than_s: int = 86_400) -> int:
    """Remove originals that no row knows (the process died between storage and commit).

    A photo's id holds the time at which it was made. Returns how many.
    """
    limit = datetime.now(UTC) - timedelta(seconds=older_than_s)
    by_id: dict[UUID, list[str]] = {}
    for key in await storage.list_keys("photos/"):
        photo_id = _id_in(key)
        if photo_id is not None and made_at(photo_id) < limit:
            by_id.setdefault(photo_id, []).append(key)
    async with work(SYSTEM):
        kept = await queries.known(list(by_id))
    orphans = [key for photo_id, keys in by_id.items() if photo_id not in kept for key in keys]
    for key in orphans:
        await storage.delete(key)
    return len(orphans)


def _id_in(key: str) -> UUID | None:
    try:
        return UUID(key.split("/")[1])
    except (ValueError, IndexError):
        return None
