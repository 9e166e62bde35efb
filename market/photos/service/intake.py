"""Take a photo in, and tie it to a listing."""

import asyncio
import hashlib
from dataclasses import dataclass
from typing import BinaryIO
from uuid import UUID

from integrations.contracts.errors import Problem
from integrations.contracts.ids import new_id
from integrations.contracts.ports import Storage
from integrations.contracts.viewer import SYSTEM
from integrations.runtime.database import insert_once, rows, run, value, work
from integrations.runtime.outbox import emit
from market.photos import queries
from market.photos.rules import PHOTOS_MAX, check_upload, original_key, refusal

_HEAD_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class Original:
    """A file that lies in the storage and belongs to no listing yet."""

    photo_id: UUID
    key: str
    sha256: str
    size_bytes: int
    content_type: str


async def take_in(storage: Storage, file: BinaryIO, *, producer_id: UUID | None = None) -> Original:
    """Judge a file by its first bytes and stream it to the storage, never whole in memory.

    What `producer_id` has sent before is not stored again. Raises a `Problem` (`photo.…`, field
    photo) for a file that cannot be used, `Unavailable` when the storage does not answer; then
    nothing is kept.
    """
    head, size_bytes = await asyncio.to_thread(_open_up, file)
    kind = check_upload(head, size_bytes=size_bytes)
    sha256 = await asyncio.to_thread(_digest, file)
    photo_id = new_id()
    key = await _kept_as(producer_id, sha256)
    if key is None:
        key = original_key(photo_id, kind)
        try:
            await storage.put(key, file, content_type=kind.content_type)
        except Problem as problem:
            raise problem.at("photo") from problem
    return Original(photo_id, key, sha256, size_bytes, kind.content_type)


async def _kept_as(producer_id: UUID | None, sha256: str) -> str | None:
    """Where these bytes lie already; rows of photos stay, and with them their files."""
    if producer_id is None:
        return None
    async with work(SYSTEM):
        key: str | None = await value(
            "SELECT original_key FROM photo WHERE producer_id = $1 AND original_sha256 = $2"
            " ORDER BY id LIMIT 1",
            [producer_id, sha256],
        )
        return key


def _open_up(file: BinaryIO) -> tuple[bytes, int]:
    """First bytes and length of a file, which is left at its start."""
    size_bytes = file.seek(0, 2)
    file.seek(0)
    head = file.read(_HEAD_BYTES)
    file.seek(0)
    return head, size_bytes


def _digest(file: BinaryIO) -> str:
    """SHA-256 in hex of a file, which is left at its start."""
    digest = hashlib.sha256()
    while piece := file.read(1024 * 1024):
        digest.update(piece)
    file.seek(0)
    return digest.hexdigest()


async def attach(original: Original, *, listing_id: UUID, producer_id: UUID) -> bool:
    """Add the original behind the listing's photos, in the open transaction that holds the listing.

    One that was refused gives way. False when the listing has this very file already (a form
    sent twice). Raises `photo.too_many`. The fact `photo.received` wakes the worker; a file that
    was prepared for this producer before is ready at once.
    """
    album = await queries.album(listing_id)
    if any(row["original_sha256"] == original.sha256 for row in album if queries.is_shown(row)):
        return False
    kept = [row for row in album if queries.is_shown(row)]
    if len(kept) >= PHOTOS_MAX:
        raise refusal("photo.too_many")
    await run(
        "UPDATE photo SET state = 'removed', removed_at = now()"
        " WHERE listing_id = $1 AND state = 'refused'",
        [listing_id],
    )
    await insert_once(
        "photo",
        {
            "id": original.photo_id,
            "listing_id": listing_id,
            "producer_id": producer_id,
            "position": max((row["position"] + 1 for row in kept), default=0),
            "state": "received",
            "original_key": original.key,
            "original_sha256": original.sha256,
            "original_bytes": original.size_bytes,
            "content_type": original.content_type,
        },
    )
    known = await rows(_SAME_FILE, [original.photo_id, producer_id, original.sha256])
    if known:
        await rows(_SAME_PICTURES, [original.photo_id, known[0]["id"]])
    await emit("photo.ready" if known else "photo.received", original.photo_id)
    return True


# Only what was made by the decoder of today: older photos have neither master nor measures.
_SAME_FILE = """
UPDATE photo p SET state = 'ready', ready_at = now(), width_px = k.width_px,
  height_px = k.height_px, placeholder = k.placeholder, sharpness_pct = k.sharpness_pct,
  brightness = k.brightness, subject_pct = k.subject_pct, fingerprint = k.fingerprint,
  completed_at = k.completed_at,
  twin_id = CASE WHEN k.listing_id <> p.listing_id THEN k.id END
FROM (SELECT * FROM photo WHERE producer_id = $2 AND original_sha256 = $3 AND id <> $1
      AND ready_at IS NOT NULL AND brightness IS NOT NULL ORDER BY id DESC LIMIT 1) k
WHERE p.id = $1 RETURNING k.id
"""
_SAME_PICTURES = """
INSERT INTO rendition (id, photo_id, producer_id, format, width_px, height_px, size_bytes, key)
SELECT gen_random_uuid(), $1, producer_id, format, width_px, height_px, size_bytes, key
FROM rendition WHERE photo_id = $2 RETURNING id
"""
