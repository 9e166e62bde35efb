"""Take a price list in, read it into lines, and read it again when a column is explained."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, BinaryIO, Final
from uuid import UUID

import orjson

from integrations.contracts.ids import new_id
from integrations.contracts.ports import Storage
from integrations.contracts.text import clean_line, fold
from integrations.contracts.viewer import SYSTEM, Viewer
from integrations.runtime.database import insert_once, rows, run, work
from integrations.runtime.outbox import emit
from integrations.runtime.sheets import SheetRefused, read_book
from market.sheets import queries
from market.sheets.queries import LineSeen, SheetSeen, Shelf
from market.sheets.rules.cells import text_of
from market.sheets.rules.foresee import foreseen
from market.sheets.rules.problems import FILE_MAX_MB, moved_on, no_such_sheet, refusal
from market.sheets.rules.table import Cells, Table, find_table, sort_lines
from market.sheets.rules.understand import GoodsLine, cell_name, understand
from market.sheets.rules.words import FIELDS
from market.sheets.schemas import SheetState

_AT_ONCE: Final = 500


async def take_in(
    viewer: Viewer, *, storage: Storage, file: BinaryIO, name: str, form_id: str
) -> UUID:
    """Keep a file and have it read; the import's id, the same one for the same `form_id`.

    Raises `Problem` (`sheet.empty`), `TooLarge` (`sheet.too_large`), `Unavailable`.
    """
    if viewer.producer_id is None:
        raise ValueError("only a producer has price lists")
    size_bytes = await asyncio.to_thread(_measured, file)
    if size_bytes == 0:
        raise refusal("sheet.empty")
    if size_bytes > FILE_MAX_MB * 1024 * 1024:
        raise refusal("sheet.too_large")
    async with work(viewer):
        before = await queries.by_form(viewer.producer_id, form_id)
    if before is not None:
        return before
    sheet_id = new_id()
    key = f"sheets/{sheet_id}/original"
    await storage.put(key, file, content_type="application/octet-stream")
    async with work(viewer):
        first = await insert_once(
            "sheet_import",
            {
                "id": sheet_id,
                "producer_id": viewer.producer_id,
                "person_id": viewer.person_id,
                "form_id": form_id,
                "state": str(SheetState.RECEIVED),
                "file_name": clean_line(name)[:120],
                "file_key": key,
                "file_bytes": size_bytes,
                "columns": "[]",
                "left_out": "[]",
            },
        )
        if first:
            await emit("sheet.received", sheet_id)
            return sheet_id
        known = await queries.by_form(viewer.producer_id, form_id)
    await storage.delete(key)
    return known or sheet_id


def _measured(file: BinaryIO) -> int:
    size_bytes = file.seek(0, 2)
    file.seek(0)
    return size_bytes


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
    viewer: Viewer, sheet_id: UUID, *, bad: bool | None = None, after: int = -1, limit: int = 25
) -> tuple[SheetSeen, list[LineSeen], int | None]:
    """An import, lines of it, and the line after which the rest begins. Raises `NotFound`."""
    async with work(viewer):
        found = await queries.one(viewer, sheet_id)
        if found is None:
            raise no_such_sheet()
        lines, rest = await queries.lines(viewer, sheet_id, bad=bad, after=after, limit=limit)
    return found, lines, rest


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


async def read_file(storage: Storage, sheet_id: UUID) -> None:
    """Read a received file into lines that wait for a yes. Safe to run twice."""
    found = await look(SYSTEM, sheet_id)
    if found.state is not SheetState.RECEIVED:
        return
    data = await storage.get(found.file_key)
    try:
        book = await read_book(data)
    except SheetRefused as refused:
        await _refuse(sheet_id, refused.code)
        return
    table = await asyncio.to_thread(find_table, book.sheets)
    if table is None or table.other:
        await _refuse(sheet_id, table.other if table and table.other else "sheet.no_table")
        return
    async with work(SYSTEM):
        said = await queries.heads_of(found.producer_id)
        shelf = Shelf(await queries.known_goods(found.producer_id))
    table = _as_said(table, said)
    cells = dict(book.sheets)[table.sheet]
    kept = await asyncio.to_thread(_understood, cells, table, shelf)
    await _keep(sheet_id, found.producer_id, book.kind, table, kept)


def _as_said(table: Table, said: Mapping[str, str]) -> Table:
    """The table with the columns as their producer explained them, each field once."""
    own = {at: said[fold(head)] for at, head in enumerate(table.heads) if fold(head) in said}
    taken = {field for field in own.values() if field}
    fields = {
        at: field for at, field in table.fields.items() if at not in own and field not in taken
    }
    for at, field in own.items():
        if field and field not in fields.values():
            fields[at] = field
    return Table(table.sheet, table.head_line, table.heads, fields)


def _understood(
    cells: Sequence[Cells], table: Table, shelf: Shelf
) -> tuple[list[dict[str, Any]], list[list[Any]], list[dict[str, Any]]]:
    """Rows for `sheet_line`, lines that are no goods with the reason, and the columns."""
    lines = sort_lines(cells, table)
    made = [_row(goods, shelf) for goods in understand(cells, table, lines.goods)]
    below = [*lines.goods, *range(table.head_line + 1, len(cells))]
    first = cells[below[0]] if below else ()
    columns = [
        {
            "column": at,
            "letter": cell_name(0, at)[:-1],
            "head": clean_line(head)[:120],
            "sample": text_of(first[at])[:60] if at < len(first) else "",
            "field": table.fields.get(at, ""),
        }
        for at, head in enumerate(table.heads)
        if head
    ]
    return made, [[line + 1, why] for line, why in lines.left_out.items()], columns


def _row(goods: GoodsLine, shelf: Shelf) -> dict[str, Any]:
    known = shelf.find(client_id=goods.client_id, sku=goods.sku, name=goods.typed.get("name", ""))
    return {
        "id": str(new_id()),
        "line": goods.line,
        "state": "bad" if goods.bad else "good",
        "client_id": goods.client_id,
        "sku": goods.sku[:40],
        "typed": goods.typed,
        "note": goods.note,
        "seen": [
            {"cell": s.cell, "field": s.field, "written": s.written, "understood": s.understood}
            for s in goods.seen
        ],
        "bad": [
            {
                "cell": one.cell,
                "column": one.column,
                "code": one.problem.code,
                "message": one.problem.message,
                "params": {k: str(v) for k, v in one.problem.params.items()},
            }
            for one in goods.bad
        ],
        "will": "" if goods.bad else foreseen(goods.typed, goods.note, known),
    }


async def _refuse(sheet_id: UUID, code: str) -> None:
    async with work(SYSTEM):
        await run(
            "UPDATE sheet_import SET state = 'refused', problem_code = $2, ended_at = now()"
            " WHERE id = $1 AND state = 'received'",
            [sheet_id, code],
        )


async def _keep(
    sheet_id: UUID,
    producer_id: UUID,
    kind: str,
    table: Table,
    kept: tuple[list[dict[str, Any]], list[list[Any]], list[dict[str, Any]]],
) -> None:
    made, left_out, columns = kept
    async with work(SYSTEM):
        first = await run(
            "UPDATE sheet_import SET state = 'ready', kind = $2, sheet_name = $3, head_line = $4,"
            " columns = $5::jsonb, left_out = $6::jsonb WHERE id = $1 AND state = 'received'",
            [
                sheet_id,
                kind,
                table.sheet[:120],
                table.head_line,
                orjson.dumps(columns).decode(),
                orjson.dumps(left_out).decode(),
            ],
        )
        if not first:
            return
        await run("DELETE FROM sheet_line WHERE sheet_id = $1", [sheet_id])
        for start in range(0, len(made), _AT_ONCE):
            await rows(
                "INSERT INTO sheet_line (id, sheet_id, producer_id, line, state, client_id, sku,"
                " typed, note, seen, bad, will)"
                " SELECT x.id, $1, $2, x.line, x.state, x.client_id, x.sku,"
                " x.typed, x.note, x.seen, x.bad, x.will FROM jsonb_to_recordset($3::jsonb) AS"
                " x(id uuid, line int, state text, client_id text, sku text, typed jsonb,"
                " note text, seen jsonb, bad jsonb, will text)",
                [sheet_id, producer_id, orjson.dumps(made[start : start + _AT_ONCE]).decode()],
            )
