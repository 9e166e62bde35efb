"""Give a price list back with its bad cells marked, and the own goods as one."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any, Final
from uuid import UUID

import structlog

from integrations.contracts.errors import N_
from integrations.contracts.measures import said_content
from integrations.contracts.ports import Storage
from integrations.contracts.viewer import Viewer
from integrations.runtime.clock import database_now
from integrations.runtime.database import work
from integrations.runtime.sheets import (
    Column,
    Mark,
    SheetFailed,
    SheetRefused,
    as_marked_xlsx,
    as_xlsx,
    mark_book,
    read_book,
)
from market.catalog.rules import REACH_WORDS, Facts
from market.catalog.rules.seasons import said_season
from market.sheets import queries
from market.sheets.rules import facts
from market.sheets.rules.cells import quoted
from market.sheets.rules.memory import make_mark
from market.sheets.rules.problems import file_gone, no_such_sheet, refusal
from market.sheets.rules.words import BY_THE_FORM, FIELDS, MARK, MARK_HEAD

log = structlog.get_logger(__name__)

# A sentence of ours with its values, in the language of who reads the file.
Say = Callable[..., str]

TO_MEND: Final = N_("To mend")
# The columns of an export are heads that an import knows, in either language.
_EXPORTED: Final = ("sku", "name", "unit", "price", "stock", "description", *BY_THE_FORM)
_WHOLE: Final = ("price", "stock", "minimum")


async def marked(viewer: Viewer, sheet_id: UUID, *, storage: Storage, say: Say) -> bytes:
    """XLSX: of an XLSX the same sheets and rows, of CSV and XLS a new one with the same rows.

    Bad cells are coloured, a last column says what is to be mended. Raises `NotFound`, and
    `Problem` when the file was never read as a price list.
    """
    async with work(viewer):
        found = await queries.one(viewer, sheet_id)
        if found is None:
            raise no_such_sheet()
        lines = await queries.bad_lines(viewer, sheet_id)
    if found.head_line is None:
        raise refusal(found.problem_code or "sheet.no_table")
    if not found.file_key:
        raise file_gone()
    marks = [
        Mark(line.line, int(bad["column"]), say(bad["message"], **bad["params"]))
        for line in lines
        for bad in line.bad
    ]
    data = await storage.get(found.file_key)
    try:
        book = await read_book(data)
        rows = dict(book.sheets)[found.sheet_name]
        column = max(len(row) for row in rows)
        head = say(TO_MEND)
        if book.kind == "xlsx":
            return await mark_book(
                data,
                marks,
                sheet=found.sheet_name,
                head_line=found.head_line,
                head=head,
                column=column,
            )
    except SheetRefused as refused:
        raise refusal(refused.code) from None
    except SheetFailed:
        log.exception("sheet_failed", sheet_id=str(sheet_id))
        raise refusal("sheet.failed") from None
    title = found.sheet_name or found.file_name.rsplit(".", 1)[0]
    return await asyncio.to_thread(
        as_marked_xlsx,
        rows,
        marks,
        title=title,
        head_line=found.head_line,
        head=head,
        column=column,
    )


async def exported(viewer: Viewer, *, say: Say) -> bytes:
    """The viewer's goods as a price list that can be changed and sent in again."""
    if viewer.producer_id is None:
        raise ValueError("only a producer has goods")
    async with work(viewer):
        known = await queries.known_goods(viewer.producer_id)
        at = await database_now()
    columns = [
        Column(name, say(FIELDS[name]), "whole" if name in _WHOLE else "text")
        for name in (*_EXPORTED, *facts.COLUMNS)
    ]
    if any(one.label for one in known):  # read by people only: the code says which kind it is
        columns.insert(2, Column("kind", say(N_("Which kind")), "text"))
    # Hidden, so that nobody stumbles over it; a way back without it is asked about what was sold.
    columns.append(Column(MARK, say(MARK_HEAD), hidden=True))
    rows = [
        {
            "sku": quoted(one.sku),
            "name": quoted(one.name),
            "kind": quoted(one.label),
            "unit": quoted(one.unit),
            "price": one.price_vnd,
            "stock": one.available,
            "description": quoted(one.description),
            **_facts(one.facts, say),
            **{name: facts.said(name, one.facts, say) for name in facts.COLUMNS},
            MARK: make_mark(at=at, stock=one.available, price_vnd=one.price_vnd),
        }
        for one in known
    ]
    return await as_xlsx(columns, _at_once(rows), title=say(N_("My goods")))


def _facts(known: Facts, say: Say) -> dict[str, Any]:
    """What goes back through the form: in words that it reads; nothing where nothing is known."""
    return {
        "content": said_content(known.content) if known.content else "",
        "minimum": known.min_quantity if known.min_quantity > 1 else None,
        "gtin": known.gtin or "",
        "reach": say(REACH_WORDS[known.reach]) if known.reach else "",
        "season": said_season(known.season),
        "preorder": say(N_("yes")) if known.preorder else "",
        "name_en": quoted(known.name_en),
        "description_en": quoted(known.description_en),
    }


async def _at_once(rows: Sequence[dict[str, Any]]) -> AsyncIterator[Sequence[dict[str, Any]]]:
    for start in range(0, len(rows), 500):
        yield rows[start : start + 500]
