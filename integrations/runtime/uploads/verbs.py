"""Verbs on files that arrive in pieces: begin, append, look, drop, and say what one became."""

from contextlib import suppress
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from integrations.contracts.errors import Unavailable
from integrations.contracts.ids import new_id
from integrations.contracts.ports import Storage
from integrations.contracts.viewer import Role, Viewer
from integrations.runtime.database import insert_once, rows, run, value, work
from integrations.runtime.uploads.refusals import (
    LIFE_S,
    OPEN_MAX,
    PIECES_MAX,
    AlreadyUsed,
    WrongOffset,
    beyond,
    check_length,
    no_such_upload,
    other_length,
    over,
    too_many,
    too_many_pieces,
)


@dataclass(frozen=True, slots=True)
class UploadSeen:
    """A file on its way. `used_id` is what it became, None while it is nothing yet."""

    id: UUID
    metadata: str
    length_bytes: int
    received_bytes: int
    chunk_count: int
    used_for: str
    used_id: UUID | None
    expires_at: datetime
    is_over: bool

    @property
    def is_whole(self) -> bool:
        """True when every byte is here."""
        return self.received_bytes == self.length_bytes


_LIFE: Final = f"make_interval(secs => {LIFE_S})"
VISIBLE: Final = "($1::boolean OR u.producer_id = $2::uuid)"
_COLUMNS: Final = ", ".join(f"u.{f.name}" for f in fields(UploadSeen) if f.name != "is_over")
_SEEN: Final = f"{_COLUMNS}, u.expires_at <= now() AS is_over"
_ONE_AT_A_TIME: Final = "SELECT pg_advisory_xact_lock(hashtextextended($1, 7401))::text AS held"
_OPEN: Final = (
    "SELECT count(*) FROM upload WHERE producer_id = $1 AND used_id IS NULL AND expires_at > now()"
)
_BEGIN: Final = f"""
INSERT INTO upload AS u (id, producer_id, person_id, client_id, metadata, length_bytes, expires_at)
VALUES ($1, $2, $3, $4, $5, $6, now() + {_LIFE}) RETURNING {_SEEN}
"""  # noqa: S608 - names and intervals are ours
_APPEND: Final = f"""
UPDATE upload u SET received_bytes = received_bytes + $3, chunk_count = chunk_count + 1,
  expires_at = now() + {_LIFE}
WHERE u.id = $1 AND u.received_bytes = $2 AND u.expires_at > now() RETURNING {_SEEN}
"""  # noqa: S608


def visible_to(viewer: Viewer) -> list[Any]:
    """The first two parameters of every statement with `VISIBLE`."""
    return [viewer.role is Role.SYSTEM, viewer.producer_id]


async def begin(
    viewer: Viewer, *, client_id: str, length_bytes: int, metadata: str = ""
) -> UploadSeen:
    """Announce a file; the same one again for the same `client_id` of this producer.

    `client_id`: 8 to 64 ASCII signs made by the sender; `metadata` is only kept and told.
    Raises `Problem` (`upload.empty`), `TooLarge` (`upload.too_large`), `Conflict`
    (`upload.other_length`) and `TooMany` (`upload.too_many`).
    """
    if viewer.producer_id is None:
        raise ValueError("only a producer sends files")
    check_length(length_bytes)
    async with work(viewer):
        await value(_ONE_AT_A_TIME, [str(viewer.producer_id)])
        if (known := await _begun(viewer, client_id)) is not None:
            if known.length_bytes != length_bytes:
                raise other_length()
            return known
        if await value(_OPEN, [viewer.producer_id]) >= OPEN_MAX:
            raise too_many()
        who = [new_id(), viewer.producer_id, viewer.person_id]
        made = await rows(_BEGIN, [*who, client_id, metadata, length_bytes])
    return UploadSeen(**made[0])


async def _begun(viewer: Viewer, client_id: str) -> UploadSeen | None:
    """What was begun under this number; one that is over makes place for the new one."""
    where = f"WHERE {VISIBLE} AND u.producer_id = $2 AND u.client_id = $3"
    found = await rows(
        f"SELECT {_SEEN} FROM upload u {where}",  # noqa: S608
        [*visible_to(viewer), client_id],
    )
    if found and found[0]["is_over"] and await forget_over([found[0]["id"]]):
        return None
    return UploadSeen(**found[0]) if found else None


async def forget_over(upload_ids: list[UUID]) -> int:
    """Forget those of these files that are over, in the open transaction; how many.

    Each row is locked and looked at again first: a piece may have come a moment before the end.
    Their objects have no row any more then: `clean` finds them.
    """
    locked = await rows(
        "SELECT id FROM upload WHERE id = ANY($1::uuid[]) AND expires_at <= now()"
        " ORDER BY id FOR UPDATE",
        [upload_ids],
    )
    return await _forget([row["id"] for row in locked])


async def _forget(upload_ids: list[UUID]) -> int:
    await run("DELETE FROM upload_chunk WHERE upload_id = ANY($1::uuid[])", [upload_ids])
    return await run("DELETE FROM upload WHERE id = ANY($1::uuid[])", [upload_ids])


async def look(viewer: Viewer, upload_id: UUID) -> UploadSeen:
    """One file on its way. Raises `NotFound` (`upload.missing`) and `Gone` (`upload.over`)."""
    async with work(viewer):
        found = await rows(
            f"SELECT {_SEEN} FROM upload u WHERE {VISIBLE} AND u.id = $3",  # noqa: S608
            [*visible_to(viewer), upload_id],
        )
    if not found:
        raise no_such_upload()
    if found[0]["is_over"]:
        raise over()
    return UploadSeen(**found[0])


async def append(
    viewer: Viewer, *, storage: Storage, upload_id: UUID, offset_bytes: int, piece: bytes
) -> UploadSeen:
    """Add the next piece; the file as it stands then.

    The piece is stored first; the row that knows it and the new length are one transaction, so
    that of two at one place one counts. Raises as `look`, `WrongOffset`, `TooLarge`
    (`upload.beyond`), `Problem` (`upload.pieces`), and `Unavailable` when nothing was stored.
    """
    seen = await look(viewer, upload_id)
    if offset_bytes != seen.received_bytes:
        raise WrongOffset(seen.received_bytes)
    if offset_bytes + len(piece) > seen.length_bytes:
        raise beyond()
    if not piece:
        return seen
    if seen.chunk_count >= PIECES_MAX:
        raise too_many_pieces()
    # The number in the name tells its age to `clean`.
    key = f"uploads/{upload_id}/{offset_bytes}-{new_id()}"
    await storage.put(key, piece, content_type="application/octet-stream")
    grown = await _count(viewer, upload_id, offset_bytes, len(piece), key)
    if grown is None:
        with suppress(Unavailable):
            await storage.delete(key)
        raise WrongOffset((await look(viewer, upload_id)).received_bytes)
    return grown


async def _count(
    viewer: Viewer, upload_id: UUID, offset_bytes: int, size_bytes: int, key: str
) -> UploadSeen | None:
    async with work(viewer):
        grown = await rows(_APPEND, [upload_id, offset_bytes, size_bytes])
        if grown:
            await insert_once(
                "upload_chunk",
                {
                    "id": new_id(),
                    "upload_id": upload_id,
                    "producer_id": viewer.producer_id,
                    "offset_bytes": offset_bytes,
                    "size_bytes": size_bytes,
                    "key": key,
                },
            )
    return UploadSeen(**grown[0]) if grown else None


async def drop(viewer: Viewer, upload_id: UUID) -> None:
    """Take a file back, whole or not. Raises `NotFound` (`upload.missing`)."""
    async with work(viewer):
        held = await rows(
            f"SELECT u.id FROM upload u WHERE {VISIBLE} AND u.id = $3 FOR UPDATE",  # noqa: S608
            [*visible_to(viewer), upload_id],
        )
        if not held:
            raise no_such_upload()
        await _forget([upload_id])


async def mark_used(upload_id: UUID, *, used_for: str, used_id: UUID) -> None:
    """Say what a whole file became, in the transaction that makes it so.

    Raises `AlreadyUsed` when somebody was faster.
    """
    first = await run(
        "UPDATE upload SET used_for = $2, used_id = $3, used_at = now()"
        " WHERE id = $1 AND used_id IS NULL AND received_bytes = length_bytes",
        [upload_id, used_for, used_id],
    )
    if not first:
        raise AlreadyUsed()
