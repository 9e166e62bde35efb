"""The bytes of files that arrived in pieces: read together, and removed when nobody needs them."""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, BinaryIO, Final, cast
from uuid import UUID

from integrations.contracts.errors import NotFound
from integrations.contracts.ids import made_at
from integrations.contracts.ports import Storage
from integrations.contracts.viewer import SYSTEM, Viewer
from integrations.runtime.database import rows, run, work
from integrations.runtime.uploads.refusals import PIECE_MAX_BYTES, not_whole, over
from integrations.runtime.uploads.verbs import forget_over, look

# So many pieces are asked for at a time: 240 small ones would otherwise be waited for one by one.
_AT_ONCE: Final = 4
_FORGET_AT_ONCE: Final = 500


@asynccontextmanager
async def open_whole(
    viewer: Viewer, *, storage: Storage, upload_id: UUID
) -> AsyncIterator[BinaryIO]:
    """A file that is all here, at its start; more than one piece of it lies on the disk.

    Raises as `look`, `Conflict` (`upload.not_whole`) and `Unavailable`; `Gone` when pieces were
    removed from the file store.
    """
    seen = await look(viewer, upload_id)
    if not seen.is_whole:
        raise not_whole()
    async with work(viewer):
        pieces = await rows(
            "SELECT key, size_bytes FROM upload_chunk WHERE upload_id = $1 ORDER BY offset_bytes",
            [upload_id],
        )
    with tempfile.SpooledTemporaryFile(max_size=PIECE_MAX_BYTES) as spooled:
        file = cast(BinaryIO, spooled)
        for start in range(0, len(pieces), _AT_ONCE):
            some = pieces[start : start + _AT_ONCE]
            bodies = await asyncio.gather(*(_piece(storage, one) for one in some))
            await asyncio.to_thread(file.writelines, bodies)
        if file.tell() != seen.length_bytes:
            raise over()
        file.seek(0)
        yield file


async def _piece(storage: Storage, row: dict[str, Any]) -> bytes:
    try:
        body = await storage.get(row["key"])
    except NotFound as error:
        raise over() from error
    if len(body) != row["size_bytes"]:
        raise over()
    return body


async def clean(storage: Storage, *, older_than_s: int = 3_600) -> int:
    """Forget files that are over, let go the pieces of those that were used an hour ago, and
    remove every piece of that age which no row knows; how many pieces were removed.

    What a file became is remembered until it would be over, for a sender who asks again late.
    """
    async with work(SYSTEM):
        found = await rows(
            "SELECT id FROM upload WHERE expires_at <= now() ORDER BY expires_at LIMIT $1",
            [_FORGET_AT_ONCE],
        )
        await forget_over([row["id"] for row in found])
        await run(
            "DELETE FROM upload_chunk c USING upload u"
            " WHERE u.id = c.upload_id AND u.used_at < now() - make_interval(secs => $1)",
            [float(older_than_s)],
        )
    limit = datetime.now(UTC) - timedelta(seconds=older_than_s)
    old = [key for key in await storage.list_keys("uploads/") if _put_at(key) < limit]
    async with work(SYSTEM):
        known = await rows("SELECT key FROM upload_chunk WHERE key = ANY($1::text[])", [old])
    orphans = set(old) - {row["key"] for row in known}
    for key in orphans:
        await storage.delete(key)
    return len(orphans)


def _put_at(key: str) -> datetime:
    """When a piece was stored, by the number in its name; other names are nobody's, and old."""
    try:
        return made_at(UUID(key.rpartition("/")[2].partition("-")[2]))
    except ValueError:
        return datetime.min.replace(tzinfo=UTC)


async def tend(ctx: dict[str, Any]) -> None:
    """Every hour: see `clean`."""
    await clean(ctx["ports"].storage)
