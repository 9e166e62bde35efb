"""Photos from the zip of a price list: named at the start, tied to rows, added after the rows."""

import asyncio
import io
from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

import orjson

from integrations.contracts.errors import Problem, Unavailable
from integrations.contracts.ids import new_id
from integrations.contracts.ports import Storage
from integrations.contracts.text import clean_line
from integrations.contracts.viewer import SYSTEM, Viewer
from integrations.runtime.database import rows, run, work
from integrations.runtime.sheets.archive import ArchiveRefused, unpack_one
from market.listing.service import goods
from market.photos import queries as photo_queries
from market.photos.rules import ORIGINAL_MAX_BYTES
from market.photos.rules import refusal as photo_refusal
from market.sheets import queries
from market.sheets.queries import PictureSeen, SheetSeen
from market.sheets.rules.pictures import PictureName, matched
from market.sheets.rules.problems import row_left_out
from market.sheets.schemas import PictureState, SheetState

# Some seconds of work even when each is large.
AT_ONCE: Final = 10

_NAMED: Final = """
INSERT INTO sheet_picture (id, sheet_id, producer_id, at, place, name, folder, state)
SELECT x.id, $1, $2, x.at, x.place, x.name, x.folder, 'unknown'
FROM jsonb_to_recordset($3::jsonb) AS x(id uuid, at int, place int, name text, folder text)
RETURNING id
"""
_TIED: Final = """
UPDATE sheet_picture p SET line = x.line,
  state = CASE WHEN x.line IS NULL THEN 'unknown' ELSE 'waiting' END
FROM (SELECT o.id, t.line FROM sheet_picture o LEFT JOIN jsonb_to_recordset($2::jsonb)
      AS t(place int, line int) ON t.place = o.place WHERE o.sheet_id = $1) x
WHERE p.id = x.id
"""


async def name_all(sheet_id: UUID, producer_id: UUID, pictures: Sequence[PictureName]) -> None:
    """Write down what is in the zip, in the open transaction that makes the import."""
    named = [
        {
            "id": str(new_id()),
            "at": at,
            "place": one.place,
            "name": clean_line(one.name)[:120],
            "folder": clean_line(one.folder)[:120],
        }
        for at, one in enumerate(pictures)
    ]
    await rows(_NAMED, [sheet_id, producer_id, orjson.dumps(named).decode()])


async def tie(sheet_id: UUID, made: Iterable[dict[str, Any]]) -> None:
    """Find the row of each picture, in the open transaction that keeps the rows."""
    pictures = [
        PictureName(one.place, one.name, one.folder) for one in await queries.pictures_in(sheet_id)
    ]
    goods_of = ((row["line"], row["sku"], row["typed"].get("name", "")) for row in made)
    tied = [{"place": place, "line": line} for place, line in matched(pictures, goods_of).items()]
    await run(_TIED, [sheet_id, orjson.dumps(tied).decode()])


async def add_some(seller: Viewer, storage: Storage, found: SheetSeen) -> None:
    """Add the next photos to the goods of their rows. Safe to run twice: the same file is one."""
    async with work(SYSTEM):
        waiting = await queries.next_pictures(found.id, AT_ONCE)
    if not waiting:
        return
    data = io.BytesIO(await storage.get(found.pictures_key))
    for one in waiting:
        async with work(SYSTEM):
            now = await queries.one(SYSTEM, found.id)
        if now is None or now.state is not SheetState.IMPORTING:
            return
        await _end(one, await _add(seller, storage, data, one))


async def _add(
    seller: Viewer, storage: Storage, data: io.BytesIO, one: PictureSeen
) -> Problem | None:
    """Add one photo; why not, when it cannot be used."""
    if one.listing_id is None:
        return row_left_out()
    try:
        body = await asyncio.to_thread(unpack_one, data, one.place, max_bytes=ORIGINAL_MAX_BYTES)
        async with work(seller):
            album = await photo_queries.album(one.listing_id)
        digest = sha256(body).hexdigest()
        if not any(row["original_sha256"] == digest for row in album):
            await goods.add_photo(
                seller, storage=storage, listing_id=one.listing_id, file=io.BytesIO(body)
            )
    except ArchiveRefused:
        return photo_refusal("photo.truncated")
    except Unavailable:
        raise
    except Problem as problem:
        return problem
    return None


async def _end(one: PictureSeen, problem: Problem | None) -> None:
    said = None
    if problem is not None:
        params = {key: str(value) for key, value in problem.params.items()}
        said = {"code": problem.code, "message": problem.message, "params": params}
    state = PictureState.FAILED if problem else PictureState.DONE
    async with work(SYSTEM):
        await run(
            "UPDATE sheet_picture SET state = $2, problem = $3::jsonb,"
            " done_at = clock_timestamp() WHERE id = $1 AND state = 'waiting'",
            [one.id, str(state), None if said is None else orjson.dumps(said).decode()],
        )
