"""Take a price list in, look at it, and have it read again when a person explains it."""

from collections.abc import Mapping
from typing import BinaryIO, Final
from uuid import UUID

from integrations.contracts.ids import new_id
from integrations.contracts.ports import Storage
from integrations.contracts.text import clean_line, fold
from integrations.contracts.viewer import Viewer
from integrations.runtime.database import insert_once, rows, run, work
from integrations.runtime.outbox import emit
from market.sheets import queries
from market.sheets.queries import LineSeen, PictureSeen, SheetSeen
from market.sheets.rules.memory import KEEP, TAKE
from market.sheets.rules.problems import OVERRULED, TRIED_AGAIN, moved_on, no_such_sheet
from market.sheets.rules.words import FIELDS
from market.sheets.schemas import SheetState
from market.sheets.service.parcel import open_up
from market.sheets.service.pictures import name_all

_BYTES: Final = "application/octet-stream"


async def take_in(
    viewer: Viewer,
    *,
    storage: Storage,
    file: BinaryIO,
    name: str,
    form_id: str,
    pictures: BinaryIO | None = None,
) -> UUID:
    """Keep a file and have it read; the import's id, the same one for the same `form_id`.

    `pictures` is a zip beside it; a zip with the list in it may come as `file` alone. Raises
    `Problem` (`sheet.empty`, `zip.…`), `TooLarge`, `Unavailable`.
    """
    if viewer.producer_id is None:
        raise ValueError("only a producer has price lists")
    parcel = await open_up(file, name, pictures)
    async with work(viewer):
        before = await queries.by_form(viewer.producer_id, form_id)
    if before is not None:
        return before
    sheet_id = new_id()
    keys = {"file_key": f"sheets/{sheet_id}/original"}
    await storage.put(keys["file_key"], parcel.book, content_type=_BYTES)
    if parcel.zip is not None:
        keys["pictures_key"] = f"sheets/{sheet_id}/pictures"
        await storage.put(keys["pictures_key"], parcel.zip, content_type=_BYTES)
    async with work(viewer):
        first = await insert_once(
            "sheet_import",
            {
                "id": sheet_id,
                "producer_id": viewer.producer_id,
                "person_id": viewer.person_id,
                "form_id": form_id,
                "state": str(SheetState.RECEIVED),
                "file_name": clean_line(parcel.name)[:120],
                "file_bytes": parcel.size_bytes,
                "columns": "[]",
                "left_out": "[]",
                **keys,
            },
        )
        if first:
            await name_all(sheet_id, viewer.producer_id, parcel.pictures)
            await emit("sheet.received", sheet_id)
            return sheet_id
        known = await queries.by_form(viewer.producer_id, form_id)
    for key in keys.values():
        await storage.delete(key)
    return known or sheet_id


async def look(viewer: Viewer, sheet_id: UUID) -> SheetSeen:
    """One import as this viewer sees it. Raises `NotFound` (`sheet.missing`)."""
    async with work(viewer):
        found = await queries.one(viewer, sheet_id)
    if found is None:
        raise no_such_sheet()
    return found


async def latest(viewer: Viewer) -> list[SheetSeen]:
    """The viewer's last imports."""
    async with work(viewer):
        return await queries.latest(viewer)


async def preview(
    viewer: Viewer,
    sheet_id: UUID,
    *,
    bad: bool | None = None,
    asks: bool = False,
    after: int = -1,
    limit: int = 25,
) -> tuple[SheetSeen, list[LineSeen], int | None]:
    """An import, lines of it, and the line after which the rest begins. Raises `NotFound`."""
    async with work(viewer):
        found = await queries.one(viewer, sheet_id)
        if found is None:
            raise no_such_sheet()
        lines, rest = await queries.lines(
            viewer, sheet_id, bad=bad, asks=asks, after=after, limit=limit
        )
    return found, lines, rest


async def photos(
    viewer: Viewer, sheet_id: UUID, *, unused: bool = False, after: int = -1, limit: int = 50
) -> tuple[list[PictureSeen], int | None]:
    """Photos of the zip, all or those of no use, and the rest's cursor. Raises `NotFound`."""
    async with work(viewer):
        if await queries.one(viewer, sheet_id) is None:
            raise no_such_sheet()
        return await queries.pictures(viewer, sheet_id, unused=unused, after=after, limit=limit)


async def explain(viewer: Viewer, sheet_id: UUID, *, fields: Mapping[int, str]) -> SheetSeen:
    """Say what columns are, for this file and for every later one with these heads.

    Raises `NotFound`, `Conflict` when it was imported or stopped meanwhile.
    """
    async with work(viewer):
        found = await queries.one(viewer, sheet_id)
        if found is None:
            raise no_such_sheet()
        for column in found.columns:
            head, field = fold(str(column["head"]))[:120], fields.get(int(column["column"]))
            if head and field is not None and (field in FIELDS or field == ""):
                await rows(
                    "INSERT INTO sheet_head (id, producer_id, head, field)"
                    " VALUES ($1, $2, $3, $4) ON CONFLICT (producer_id, head)"
                    " DO UPDATE SET field = excluded.field",
                    [new_id(), found.producer_id, head, field],
                )
        again = await run(
            "UPDATE sheet_import SET state = 'received' WHERE id = $1 AND state = 'ready'",
            [sheet_id],
        )
        if not again:
            raise moved_on()
        await emit("sheet.received", sheet_id)
    return await look(viewer, sheet_id)


async def look_again(viewer: Viewer, sheet_id: UUID) -> SheetSeen:
    """Have a refused file read once more.

    One that was taken for something else is a price list from now on, and so is every later file
    with the same heads; one that our reader failed on is tried again. Raises `NotFound`,
    `Conflict` for any other.
    """
    async with work(viewer):
        if await queries.one(viewer, sheet_id) is None:
            raise no_such_sheet()
        again = await run(
            "UPDATE sheet_import SET state = 'received',"
            " is_list = is_list OR problem_code = ANY($2), problem_code = '', ended_at = NULL"
            " WHERE id = $1 AND state = 'refused' AND file_key <> '' AND problem_code = ANY($3)",
            [sheet_id, list(OVERRULED), [*OVERRULED, *TRIED_AGAIN]],
        )
        if not again:
            raise moved_on()
        await emit("sheet.received", sheet_id)
    return await look(viewer, sheet_id)


async def answer(
    viewer: Viewer, sheet_id: UUID, *, take: bool, line: int | None = None
) -> SheetSeen:
    """Say whether what the list says of a line (None: of every line that asks) is taken or not.

    Unanswered, everything stays as it is here. Raises `NotFound`, `Conflict` once it was imported.
    """
    async with work(viewer):
        found = await queries.one(viewer, sheet_id)
        if found is None:
            raise no_such_sheet()
        # The row is held so that a yes, or another reading, comes before or after the answer.
        if not await rows(
            "SELECT 1 AS open FROM sheet_import WHERE id = $1 AND state = 'ready' FOR UPDATE",
            [sheet_id],
        ):
            raise moved_on()
        await run(
            "UPDATE sheet_line SET answer = $2 WHERE sheet_id = $1 AND asks <> ''"
            " AND ($3::int IS NULL OR line = $3)",
            [sheet_id, TAKE if take else KEEP, line],
        )
    return await look(viewer, sheet_id)
