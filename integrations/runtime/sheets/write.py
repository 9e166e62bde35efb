"""Tables as files: Excel, CSV and JSON, written while the rows are read."""

import asyncio
import csv
import io
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Final, Literal

import orjson

from integrations.runtime.sheets.child import Mark, words_by_line

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

Kind = Literal["text", "whole", "vnd", "day", "month", "share"]
Row = Mapping[str, Any]
Chunks = AsyncIterator[Sequence[Row]]

MEDIA_TYPES: Final[Mapping[str, str]] = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
}
_FORMATS: Final[Mapping[str, str]] = {
    "text": "@",
    "whole": "#,##0",
    "vnd": '#,##0" ₫"',
    "day": "dd/mm/yyyy",
    "month": "mm/yyyy",
    "share": "0.0%",
}
_WIDTHS: Final[Mapping[str, int]] = {"text": 26, "vnd": 16}
# What a spreadsheet takes for a formula when a cell begins with it.
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "＝", "＋", "－", "＠")


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its key in JSON, its head in words, and what stands in it.

    `whole` and `vnd` are integers, `share` is millionths, `day` and `month` are dates. In a
    workbook a `hidden` one is there and not shown.
    """

    key: str
    head: str
    kind: Kind = "text"
    hidden: bool = False


def safe_text(text: str) -> str:
    """Text that no spreadsheet runs: "=1+1" -> "'=1+1"."""
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULA) else text


def _plain(value: Any, kind: Kind) -> str:
    """A cell of CSV: 45000, 2026-11-21, 2026-11, 0.442."""
    if value is None:
        return ""
    if kind == "text":
        return safe_text(str(value))
    if kind == "month":
        return f"{value:%Y-%m}"
    if kind == "share":
        return f"{value // 1_000_000}.{value % 1_000_000:06d}".rstrip("0").rstrip(".")
    return str(value)


async def as_csv(columns: Sequence[Column], chunks: Chunks) -> AsyncIterator[bytes]:
    """UTF-8 with the mark that Excel needs to see it; formulas cannot stand in any cell."""
    yield b"\xef\xbb\xbf" + _lines([[column.head for column in columns]])
    async for rows in chunks:
        yield _lines([[_plain(row[c.key], c.kind) for c in columns] for row in rows])


def _lines(cells: Sequence[Sequence[str]]) -> bytes:
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerows(cells)
    return out.getvalue().encode()


async def as_json(columns: Sequence[Column], chunks: Chunks) -> AsyncIterator[bytes]:
    """A list of objects by column key; days as 2026-11-21, shares in millionths."""
    before = b"["
    async for rows in chunks:
        for row in rows:
            yield before + orjson.dumps({c.key: row[c.key] for c in columns})
            before = b",\n"
    yield before + b"]" if before == b"[" else b"]"


async def as_xlsx(columns: Sequence[Column], chunks: Chunks, *, title: str) -> bytes:
    """A workbook of one sheet: head frozen, numbers as numbers, text as text, no formula.

    Row after row goes to a temporary file, so that memory does not grow with the table.
    """
    import xlsxwriter

    out = io.BytesIO()
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    book = xlsxwriter.Workbook(out, options)
    sheet = book.add_worksheet(_sheet_name(title))
    formats = {kind: book.add_format({"num_format": form}) for kind, form in _FORMATS.items()}
    for at, column in enumerate(columns):
        width = _WIDTHS.get(column.kind, 12)
        sheet.set_column(at, at, width, None, {"hidden": column.hidden})
    sheet.freeze_panes(1, 0)
    head = book.add_format({"bold": True, "bg_color": "#F7F1E5", "text_wrap": True})
    for at, column in enumerate(columns):
        sheet.write_string(0, at, column.head, head)
    line = 0
    async for rows in chunks:
        await asyncio.to_thread(_write, sheet, formats, columns, rows, line)
        line += len(rows)
    sheet.autofilter(0, 0, line, len(columns) - 1)
    await asyncio.to_thread(book.close)
    return out.getvalue()


def _sheet_name(title: str) -> str:
    return "".join(" " if c in "[]:*?/\\'" else c for c in title)[:31]


def _write(
    sheet: "Worksheet",
    formats: "Mapping[str, Format]",
    columns: Sequence[Column],
    rows: Sequence[Row],
    line: int,
) -> None:
    for down, row in enumerate(rows, line + 1):
        for at, column in enumerate(columns):
            value, style = row[column.key], formats[column.kind]
            if value is None:
                continue
            if isinstance(value, date):
                sheet.write_datetime(down, at, value, style)
            elif column.kind == "share":
                sheet.write_number(down, at, value / 1_000_000, style)
            elif column.kind == "text":
                sheet.write_string(down, at, str(value), style)
            else:
                sheet.write_number(down, at, value, style)


def as_marked_xlsx(
    rows: Sequence[Sequence[Any]],
    marks: Sequence[Mark],
    *,
    title: str,
    head_line: int,
    head: str,
    column: int,
) -> bytes:
    """Rows of a file that was no XLSX as one: bad cells coloured, sentences under `head`.

    Lines and columns from 0. Text stays text, so that no formula can begin anywhere.
    """
    import xlsxwriter

    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"strings_to_formulas": False, "strings_to_urls": False})
    sheet = book.add_worksheet(_sheet_name(title) or "Sheet1")
    plain = book.add_format({"num_format": "@"})
    bad = book.add_format({"num_format": "@", "bg_color": "#FDE2DF"})
    wrap = book.add_format({"text_wrap": True, "valign": "top"})
    coloured = {(one.line, one.column) for one in marks}
    for line, row in enumerate(rows):
        for at, cell in enumerate(row):
            style = bad if (line, at) in coloured else plain
            if isinstance(cell, int | float):
                sheet.write_number(line, at, cell, style)
            elif cell is not None:
                sheet.write_string(line, at, str(cell), style)
    for line, at in coloured:
        if at >= len(rows[line]) or rows[line][at] is None:
            sheet.write_blank(line, at, None, bad)
    sheet.set_column(column, column, 60)
    sheet.write_string(head_line, column, head, book.add_format({"bold": True}))
    for line, words in words_by_line(marks).items():
        sheet.write_string(line, column, words, wrap)
    book.close()
    return out.getvalue()
