"""What nobody waits for: AVIF, and the square picture for marketplaces."""

import asyncio
from uuid import UUID

import structlog

from integrations.contracts.errors import Problem
from integrations.contracts.ports import Storage
from integrations.contracts.viewer import SYSTEM
from integrations.runtime.database import rows, run, work
from integrations.runtime.outbox import emit
from market.photos import queries
from market.photos.render import Rendition, Rest, render_rest
from market.photos.service.prepare import keep, store

log = structlog.get_logger(__name__)

# Never two: a photo that somebody waits for has the decoders of `prepare` to itself.
_decoder = asyncio.Semaphore(1)
_NOTHING = Rest(avif=(), master=None)


async def complete(storage: Storage, photo_id: UUID) -> str:
    """Make the rest of a prepared photo; "completed", or "done" when there is nothing to do.

    Safe to run twice, also at the same time, and for photos from before there was a rest: what
    is there already stays. Raises `Unavailable` or `RenderFailed` when it should be tried again.
    """
    async with work(SYSTEM):
        row = await queries.incomplete(photo_id)
    if row is None:
        return "done"
    try:
        original = await storage.get(row["original_key"])
        async with _decoder:
            made = await render_rest(original)
    except Problem as problem:
        if problem.status >= 500:
            raise
        # It is shown as it is: there is nothing that its producer could do about it.
        log.warning("photo.without_rest", photo=str(photo_id), code=problem.code)
        made = _NOTHING
    new = [(kind, one) for kind, one in _named(made) if f"{kind} {one.width_px}" not in row["made"]]
    await store(storage, [one for _, one in new])
    async with work(SYSTEM):
        first = await run(
            "UPDATE photo SET completed_at = now() WHERE id = $1 AND completed_at IS NULL",
            [photo_id],
        )
        if not first:
            return "done"
        for kind, one in new:
            await keep(photo_id, row["producer_id"], one, kind)
        if any(kind == "master" for kind, _ in new):
            await emit("photo.squared", row["listing_id"])
    return "completed"


def _named(made: Rest) -> list[tuple[str, Rendition]]:
    square = [("master", made.master)] if made.master else []
    return [*((one.format.extension, one) for one in made.avif), *square]


_LEFT_OVER = """
SELECT p.id FROM photo p
WHERE p.ready_at < now() - interval '10 minutes' AND p.completed_at IS NULL
  AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.subject_id = p.id::text AND o.state <> 'done')
ORDER BY p.id DESC LIMIT $1
"""


async def call_incomplete(*, at_once: int = 500) -> int:
    """Photos from before there was a rest, newest first: each becomes a job; how many."""
    async with work(SYSTEM):
        found = await rows(_LEFT_OVER, [at_once])
        for row in found:
            await emit("photo.incomplete", row["id"])
    return len(found)
