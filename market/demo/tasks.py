"""Draw the demo's pictures one after the other, out of the way of people who wait."""

import asyncio
import io
import sys
from typing import Any, Final
from uuid import UUID

from integrations.contracts.viewer import SYSTEM
from integrations.runtime.database import value, work
from market.photos.service import attach, take_in

# In a child of low priority: drawing is a second of pure computing that nobody waits for.
_DRAW: Final = (
    "import os, sys; os.nice(15); from market.demo.pictures import draw;"
    " sys.stdout.buffer.write(draw(sys.argv[1], int(sys.argv[2])))"
)


async def draw(ctx: dict[str, Any], *, id: UUID, outbox_id: UUID, payload: dict[str, Any]) -> None:
    """Draw a listing's picture and send it the way a real photo goes. Safe to run twice."""
    async with work(SYSTEM):
        if await value("SELECT 1 FROM photo WHERE listing_id = $1 AND state <> 'removed'", [id]):
            return
        producer_id = await value("SELECT producer_id FROM listing WHERE id = $1", [id])
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        _DRAW,
        str(payload["picture"]),
        str(payload["seed"]),
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        picture, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
    if process.returncode:
        raise RuntimeError(f"drawing {payload['picture']} ended with {process.returncode}")
    original = await take_in(ctx["ports"].storage, io.BytesIO(picture))
    async with work(SYSTEM):
        await attach(original, listing_id=id, producer_id=producer_id)
