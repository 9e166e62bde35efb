"""Prepare a received photo: what a person waits for."""

import asyncio
from collections.abc import Iterable
from uuid import UUID

from integrations.contracts.errors import NotFound, Problem
from integrations.contracts.ids import new_id
from integrations.contracts.ports import Storage
from integrations.contracts.viewer import SYSTEM
from integrations.runtime.database import insert_once, run, work
from integrations.runtime.outbox import emit
from market.photos import queries
from market.photos.render import Rendered, Rendition, render
from market.photos.rules import alike, measure, refusal, rendition_key, sniff

# Each decoder may take 640 MB for a moment.
_decoders = asyncio.Semaphore(2)


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
    await store(storage, rendered.renditions)
    return await _finish(photo_id, row["producer_id"], rendered)


async def store(storage: Storage, pictures: Iterable[Rendition]) -> None:
    """Put pictures under the names of their content; `Unavailable` when the storage is away."""
    await asyncio.gather(
        *(
            storage.put(
                rendition_key(one.sha256, one.format),
                one.body,
                content_type=one.format.content_type,
            )
            for one in pictures
        )
    )


async def keep(photo_id: UUID, producer_id: UUID, picture: Rendition, kind: str) -> None:
    """One row for a stored picture, in the open transaction; a second one changes nothing."""
    await insert_once(
        "rendition",
        {
            "id": new_id(),
            "photo_id": photo_id,
            "producer_id": producer_id,
            "format": kind,
            "width_px": picture.width_px,
            "height_px": picture.height_px,
            "size_bytes": len(picture.body),
            "key": rendition_key(picture.sha256, picture.format),
        },
    )


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
        for one in rendered.renditions:
            await keep(photo_id, producer_id, one, one.format.extension)
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
