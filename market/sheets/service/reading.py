"""Read a price list into lines that wait for a yes, each held against the goods it means."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from functools import cache, partial
from hashlib import sha256
from typing import Any, Final, ParamSpec, TypeVar
from uuid import UUID

import orjson
import structlog

from integrations.contracts.ids import new_id
from integrations.contracts.ports import Storage
from integrations.contracts.text import clean_line, fold
from integrations.contracts.viewer import SYSTEM
from integrations.runtime.database import rows, run, work
from integrations.runtime.i18n import LANGUAGES, translate
from integrations.runtime.sheets import Book, SheetFailed, SheetRefused, read_book
from market.listing.service.variants import OF_EACH
from market.sheets import queries
from market.sheets.queries import Known, SheetSeen, Shelf
from market.sheets.rules.cells import text_of
from market.sheets.rules.facts import Vocabulary, vocabulary
from market.sheets.rules.foresee import foreseen
from market.sheets.rules.memory import weigh
from market.sheets.rules.problems import which_kind
from market.sheets.rules.table import Cells, Table, find_table, sort_lines
from market.sheets.rules.understand import (
    BadCell,
    GoodsLine,
    cell_name,
    column_of,
    understand,
)
from market.sheets.schemas import SheetState
from market.sheets.service.files import look
from market.sheets.service.pictures import tie

log = structlog.get_logger(__name__)

# What stands in the bytes of a file; raises `SheetRefused`, `SheetFailed`.
Reader = Callable[[bytes], Awaitable[Book]]

_P = ParamSpec("_P")
_T = TypeVar("_T")
_AT_ONCE: Final = 500
_INSERT: Final = """
INSERT INTO sheet_line (id, sheet_id, producer_id, line, state, client_id, sku, typed, note, seen,
  bad, will, mark, left_here, sold_here, price_here_vnd, counts_from, asks)
SELECT x.id, $1, $2, x.line, x.state, x.client_id, x.sku, x.typed, x.note, x.seen,
  x.bad, x.will, coalesce(x.mark, ''), x.left_here, x.sold_here, x.price_here_vnd, x.counts_from,
  coalesce(x.asks, '')
FROM jsonb_to_recordset($3::jsonb) AS x(id uuid, line int, state text, client_id text, sku text,
  typed jsonb, note text, seen jsonb, bad jsonb, will text, mark text, left_here int,
  sold_here int, price_here_vnd bigint, counts_from int, asks text)
"""


async def read_file(storage: Storage, sheet_id: UUID, *, reader: Reader = read_book) -> None:
    """Read a received file into lines that wait for a yes. Safe to run twice.

    What we fail on ourselves is written down, and the person may have it tried again.
    """
    found = await look(SYSTEM, sheet_id)
    if found.state is not SheetState.RECEIVED:
        return
    data = await storage.get(found.file_key)
    try:
        book = await reader(data)
        table = await _ours(find_table, book.sheets)
        if table is None:
            raise SheetRefused("sheet.no_table")
        async with work(SYSTEM):
            heads_sha256 = _heads_sha256(table)
            is_list = found.is_list or await queries.is_overruled(found.producer_id, heads_sha256)
            said = await queries.heads_of(found.producer_id)
            shelf = Shelf(await queries.known_goods(found.producer_id))
        if table.other and not is_list:
            raise SheetRefused(table.other)
        table = _as_said(table, said)
        cells = dict(book.sheets)[table.sheet]
        kept = await _ours(_understood, cells, table, shelf)
    except SheetRefused as refused:
        await _refuse(sheet_id, refused.code)
    except SheetFailed:
        log.exception("sheet_failed", sheet_id=str(sheet_id))
        await _refuse(sheet_id, "sheet.failed")
    else:
        await _keep(found, book.kind, table, kept, heads_sha256=heads_sha256 if table.other else "")


async def _ours(work_out: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
    """In a thread; what goes wrong in it is no fault of the file. Raises `SheetFailed`."""
    try:
        return await asyncio.to_thread(work_out, *args, **kwargs)
    except Exception as error:
        raise SheetFailed(f"{type(error).__name__} in {work_out.__name__}") from error


def _heads_sha256(table: Table) -> str:
    """The same for every file with these heads."""
    return sha256("|".join(fold(head) for head in table.heads).encode()).hexdigest()


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
    return replace(table, fields=fields)


@cache
def _vocabulary() -> Vocabulary:
    """The words for choices in every language: a list may have been exported in another one."""
    return vocabulary({language: partial(translate, language) for language in LANGUAGES})


def _understood(
    cells: Sequence[Cells], table: Table, shelf: Shelf
) -> tuple[list[dict[str, Any]], list[list[Any]], list[dict[str, Any]]]:
    """Rows for `sheet_line`, lines that are no goods with the reason, and the columns."""
    lines = sort_lines(cells, table)
    found = understand(cells, table, lines.goods, _vocabulary())
    made = [_row(goods, shelf, column_of(table, "name")) for goods in found]
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
        if head and table.fields.get(at) != "mark"
    ]
    return made, [[line + 1, why] for line, why in lines.left_out.items()], columns


def _row(goods: GoodsLine, shelf: Shelf, name_at: int) -> dict[str, Any]:
    known = shelf.find(client_id=goods.client_id, sku=goods.sku, name=goods.typed.get("name", ""))
    bad = [*goods.bad]
    if not bad and known is not None and _says_no_kind(goods, known):
        bad.append(BadCell(goods.line, name_at, which_kind()))
    return {
        "id": str(new_id()),
        "line": goods.line,
        "state": "bad" if bad else "good",
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
            for one in bad
        ],
        **({"will": ""} if bad else _against(goods, known)),
    }


def _says_no_kind(goods: GoodsLine, known: Known) -> bool:
    """Whether a line has a price or the like for goods in several kinds, and not of which."""
    return known.variant_id is None and not set(goods.typed).isdisjoint(OF_EACH)


def _against(goods: GoodsLine, known: Known | None) -> dict[str, Any]:
    """What a line will do to the goods that are there, and what it has to ask."""
    if known is None:
        return {"will": "new"}
    out = weigh(goods.typed, mark=goods.mark, here=known.here, said=known.said)
    return {
        "will": foreseen(out.typed, goods.note, known, out.counts_from),
        "mark": goods.mark,
        "left_here": known.available,
        "sold_here": known.sold,
        "price_here_vnd": known.price_vnd,
        "counts_from": out.counts_from,
        "asks": " ".join(out.asks),
    }


async def _refuse(sheet_id: UUID, code: str) -> None:
    async with work(SYSTEM):
        await run(
            "UPDATE sheet_import SET state = 'refused', problem_code = $2, ended_at = now()"
            " WHERE id = $1 AND state = 'received'",
            [sheet_id, code],
        )


async def _keep(
    found: SheetSeen,
    kind: str,
    table: Table,
    kept: tuple[list[dict[str, Any]], list[list[Any]], list[dict[str, Any]]],
    *,
    heads_sha256: str,
) -> None:
    sheet_id, (made, left_out, columns) = found.id, kept
    async with work(SYSTEM):
        first = await run(
            "UPDATE sheet_import SET state = 'ready', kind = $2, sheet_name = $3, head_line = $4,"
            " columns = $5::jsonb, left_out = $6::jsonb, is_list = $7 <> '', heads_sha256 = $7"
            " WHERE id = $1 AND state = 'received'",
            [
                sheet_id,
                kind,
                table.sheet[:120],
                table.head_line,
                orjson.dumps(columns).decode(),
                orjson.dumps(left_out).decode(),
                heads_sha256,
            ],
        )
        if not first:
            return
        await run("DELETE FROM sheet_line WHERE sheet_id = $1", [sheet_id])
        for start in range(0, len(made), _AT_ONCE):
            await rows(
                _INSERT,
                [
                    sheet_id,
                    found.producer_id,
                    orjson.dumps(made[start : start + _AT_ONCE]).decode(),
                ],
            )
        if found.pictures:
            await tie(sheet_id, made)
