"""Verbs on photos: take one in, tie it to a listing, prepare it, clean up behind."""

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, BinaryIO
from uuid import UUID

from integrations.contracts.errors import N_, NotFound, Problem
from integrations.contracts.ids import made_at, new_id
from integrations.contracts.ports import Storage
from integrations.contracts.viewer import SYSTEM, Viewer
from integrations.runtime.database import insert_once, rows, run, work
from integrations.runtime.outbox import emit
from market.photos import queries
from market.photos.render import Rendered, Rendition, render
from market.photos.rules import (
    PHOTOS_MAX,
    PhotoFormat,
    alike,
    check_upload,
    measure,
    original_key,
    refusal,
    rendition_key,
    sniff,
)

_HEAD_BYTES = 64 * 1024
# Each decoder may take 640 MB for a moment.
_decoders = asyncio.Semaphore(2)


@dataclass(frozen=True, slots=True)
class Original:
    """A file that lies in the storage and belongs to no listing yet."""

    photo_id: UUID
    key: str
    sha256: str
    size_bytes: int
    content_type: str


async def take_in(storage: Storage, file: BinaryIO) -> Original:
    """Judge a file by its first bytes and stream it to the storage, never whole in memory.

    Raises a `Problem` (`photo.…`, field photo) for a file that cannot be used, `Unavailable`
    when the storage does not answer; then nothing is kept.
    """
    head, size_bytes = await asyncio.to_thread(_open_up, file)
    kind = check_upload(head, size_bytes=size_bytes)
    sha256 = await asyncio.to_thread(_digest, file)
    photo_id = new_id()
    key = original_key(photo_id, kind)
    try:
        await storage.put(key, file, content_type=kind.content_type)
    except Problem as problem:
        raise problem.at("photo") from problem
    return Original(photo_id, key, sha256, size_bytes, kind.content_type)


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
    if any(row["original_sha256"] == original.sha256 for row in album if _is_shown(row)):
        return False
    kept = [row for row in album if _is_shown(row)]
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


def _is_shown(row: Mapping[str, Any]) -> bool:
    return row["photo_state"] in ("received", "ready")


# Only what was made by the decoder of today: older photos have neither master nor measures.
_SAME_FILE = """
UPDATE photo p SET state = 'ready', ready_at = now(), width_px = k.width_px,
  height_px = k.height_px, placeholder = k.placeholder, sharpness_pct = k.sharpness_pct,
  brightness = k.brightness, subject_pct = k.subject_pct, fingerprint = k.fingerprint,
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
    album = [row for row in await queries.album(listing_id) if _is_shown(row)]
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


async def prepare(storage: Storage, photo_id: UUID) -> str:
    """Turn, clean and scale a received photo; "ready", "refused", or "done" when another did.

    Safe to run twice, also at the same time: renditions are named by their content and the row
    is moved once. Raises `Unavailable` or `RenderFailed` when it should be tried again.
    """
    async with work(SYSTEM):
        row = await queries.waiting(photo_id)
    if row is None:
        return "done"
    try:
        original = await storage.get(row["original_key"])
    except NotFound:
        return await _refuse(photo_id, refusal("photo.truncated"), b"")
    try:
        async with _decoders:
            rendered = await render(original)
    except Problem as problem:
        return await _refuse(photo_id, problem, original)
    await asyncio.gather(
        *(
            storage.put(
                rendition_key(one.sha256, one.format),
                one.body,
                content_type=one.format.content_type,
            )
            for one in _all_of(rendered)
        )
    )
    return await _finish(photo_id, row["producer_id"], rendered)


def _all_of(rendered: Rendered) -> list[Rendition]:
    return [*rendered.renditions, *([rendered.master] if rendered.master else [])]


_READY = """
UPDATE photo SET state = 'ready', width_px = $2, height_px = $3, placeholder = $4,
  sharpness_pct = $5, brightness = $6, subject_pct = $7, fingerprint = $8, twin_id = $9,
  ready_at = now()
WHERE id = $1 AND state = 'received'
"""


async def _finish(photo_id: UUID, producer_id: UUID, rendered: Rendered) -> str:
    look = rendered.look
    async with work(SYSTEM):
        others = await queries.fingerprints(producer_id, but=photo_id)
        twins = (id for id, other in others.items() if alike(other, look.fingerprint))
        first = await run(
            _READY,
            [
                *(photo_id, rendered.width_px, rendered.height_px, rendered.placeholder),
                *(look.sharpness_pct, look.brightness, look.subject_pct, look.fingerprint),
                next(twins, None),
            ],
        )
        if not first:
            return "done"
        for one in _all_of(rendered):
            await insert_once(
                "rendition",
                {
                    "id": new_id(),
                    "photo_id": photo_id,
                    "producer_id": producer_id,
                    "format": "master" if one is rendered.master else one.format.extension,
                    "width_px": one.width_px,
                    "height_px": one.height_px,
                    "size_bytes": len(one.body),
                    "key": rendition_key(one.sha256, one.format),
                },
            )
        await emit("photo.ready", photo_id)
    return "ready"


async def _refuse(photo_id: UUID, problem: Problem, original: bytes) -> str:
    """Another try would end the same way: say so, with the sides that the sentence may name."""
    sides = measure(original, sniff(original)) if problem.code == "photo.too_many_pixels" else None
    width_px, height_px = sides or (None, None)
    async with work(SYSTEM):
        refused = await run(
            "UPDATE photo SET state = 'refused', problem_code = $2, width_px = $3, height_px = $4"
            " WHERE id = $1 AND state = 'received'",
            [photo_id, problem.code, width_px, height_px],
        )
        if not refused:
            return "done"
        await emit("photo.refused", photo_id)
    return "refused"


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


def public_type(name: str) -> str | None:
    """The media type of a public picture by its file name, None for any other name."""
    stem, _, extension = name.partition(".")
    if len(stem) != 32 or not set(stem) <= set("0123456789abcdef"):
        return None
    kinds = {kind.extension: kind.content_type for kind in (PhotoFormat.JPEG, PhotoFormat.WEBP)}
    return kinds.get(extension)


class Shelf:
    """Public pictures in memory, the least looked at dropped first; names never change meaning."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._bytes = 0
        self._kept: OrderedDict[str, bytes] = OrderedDict()

    async def get(self, storage: Storage, name: str) -> bytes:
        """The picture `r/<name>`. Raises `NotFound` (`storage.missing`) or `Unavailable`."""
        if name in self._kept:
            self._kept.move_to_end(name)
            return self._kept[name]
        body = await storage.get(f"r/{name}")
        if name not in self._kept:
            self._kept[name] = body
            self._bytes += len(body)
        while self._bytes > self._max_bytes:
            self._bytes -= len(self._kept.popitem(last=False)[1])
        return body
