"""The reader: a program of its own, because a workbook from outside may be built to do harm.

It imports the readers of workbooks and the standard library only, limits itself before it reads
a byte, takes its orders as JSON in argv[1] and the file on stdin (for marking: one line of JSON
with the marks before it), and answers on stdout in lines of JSON: the kind, each sheet with its
rows, the end; for marking the end and the workbook behind it. `child.py` starts it and is its only
reader.
"""

import csv
import ctypes
import datetime as dt
import io
import json
import os
import resource
import signal
import sys
import traceback
import unicodedata
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO

_PR_SET_PDEATHSIG, _PR_SET_NO_NEW_PRIVS = 1, 38
_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_CELL_MAX = 5_000
_DELIMITERS = (";", "\t", ",")
# What no text file holds; a picture or a program does.
_BINARY = {chr(code) for code in range(32)} - {"\t", "\n", "\r", "\x0b", "\x0c"}
_BAD_FILL, _HEAD_FILL = "FFFDE2DF", "FFF7F1E5"


class Refused(Exception):
    """The file cannot be used; the text is one of the `sheet.…` codes."""


@contextmanager
def files_fault() -> Iterator[None]:
    """Around the readers of files: broken files raise anything in them, one even panics."""
    try:
        yield
    except (Refused, MemoryError):
        raise
    except BaseException as error:
        raise Refused("sheet.unreadable") from error


def limit(orders: dict[str, Any]) -> None:
    """Bind this process: dies with its parent, little memory, processor time and no files."""
    if sys.platform == "linux":
        libc = ctypes.CDLL(None, use_errno=True)
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        if os.getppid() != orders["parent_pid"]:  # it died before the line above
            raise SystemExit(3)
    cpu_s = int(orders["cpu_s"])
    for what, most in (
        (resource.RLIMIT_AS, int(orders["memory_bytes"])),
        (resource.RLIMIT_CPU, cpu_s),
        (resource.RLIMIT_NOFILE, 64),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, most))
    os.nice(5)  # pages before sheets


def check_zip(data: bytes, unpacked_max: int) -> None:
    """Refuse what would unpack without end, before anything is unpacked."""
    with files_fault(), zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = archive.infolist()
    if len(parts) > 2_000 or sum(part.file_size for part in parts) > unpacked_max:
        raise Refused("sheet.too_large")
    names = {part.filename for part in parts}
    if "xl/workbook.xml" not in names:
        raise Refused("sheet.unreadable")


def plain(value: Any) -> str | int | float | None:
    """A cell as JSON: text, number, or None for an empty one; days as 21/11/2026."""
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return "x" if value else None
    if isinstance(value, int):
        return value
    if isinstance(value, float):
        return int(value) if value.is_integer() and abs(value) < 1e15 else value
    if isinstance(value, dt.datetime | dt.date):
        return f"{value:%d/%m/%Y}"
    return unicodedata.normalize("NFC", str(value))[:_CELL_MAX]


def row_of(cells: Iterable[Any]) -> list[Any]:
    """A row without the empty cells at its end."""
    row = [plain(cell) for cell in cells]
    while row and row[-1] is None:
        row.pop()
    return row


def read_workbook(data: bytes, orders: dict[str, Any]) -> Iterator[Any]:
    """The visible sheets of XLSX or XLS. A formula is the value that was kept with it."""
    from python_calamine import CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

    with files_fault():
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        sheets = list(book.sheets_metadata)
    for meta in sheets:
        if meta.visible != SheetVisibleEnum.Visible or meta.typ != SheetTypeEnum.WorkSheet:
            continue
        with files_fault():
            sheet = book.get_sheet_by_name(meta.name)
        if sheet.total_height > orders["rows_max"] or sheet.total_width > orders["columns_max"]:
            raise Refused("sheet.too_many_rows")
        yield {"sheet": meta.name}
        rows = sheet.iter_rows()
        while True:
            with files_fault():
                cells = next(rows, None)
            if cells is None:
                break
            yield row_of(cells)


def decoded(data: bytes) -> str:
    """The text of UTF-8, UTF-16 (with or without its mark) or Windows-1258, accents composed."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return unicodedata.normalize("NFC", data.decode("utf-16"))
    head = data[:4_000]
    for encoding, zeros in (("utf-16-le", head[1::2]), ("utf-16-be", head[::2])):
        # Most second bytes are 0 in what is typed with Latin letters.
        if len(zeros) > 4 and zeros.count(0) > len(zeros) * 0.4:
            return unicodedata.normalize("NFC", data.decode(encoding))
    for encoding in ("utf-8-sig", "cp1258"):
        try:
            return unicodedata.normalize("NFC", data.decode(encoding))
        except UnicodeDecodeError:
            continue
    raise Refused("sheet.unreadable")


def delimiter_of(text: str) -> str:
    """Semicolon, tab or comma: the one that gives most rows the same number of cells."""
    best, best_score = _DELIMITERS[0], 0
    sample = text.splitlines()[:40]
    for mark in _DELIMITERS:
        widths = [len(row) for row in csv.reader(sample, delimiter=mark) if len(row) > 1]
        common = max(set(widths), key=widths.count, default=0)
        score = widths.count(common) * (10 + min(common, 10)) if common else 0
        if score > best_score:
            best, best_score = mark, score
    return best


def read_text(data: bytes, orders: dict[str, Any]) -> Iterator[Any]:
    """The one sheet of a CSV file."""
    with files_fault():
        text = decoded(data)
    if _BINARY & set(text[:20_000]):
        raise Refused("sheet.unreadable")
    first, _, rest = text.partition("\n")
    named = first.strip().lower()
    mark = named[4:] if named.startswith("sep=") and len(named) == 5 else ""
    body = rest if mark else text
    csv.field_size_limit(200_000)
    with files_fault():
        delimiter = mark or delimiter_of(body)
    reader = csv.reader(io.StringIO(body, newline=""), delimiter=delimiter)
    yield {"sheet": ""}
    count = 0
    if mark:
        count += 1
        yield []
    while True:
        with files_fault():
            cells = next(reader, None)
        if cells is None:
            return
        count += 1
        if count > orders["rows_max"] or len(cells) > orders["columns_max"]:
            raise Refused("sheet.too_many_rows")
        yield row_of(cell.strip() for cell in cells)


def read(data: bytes, orders: dict[str, Any]) -> Iterator[Any]:
    """`{"kind"}`, and per sheet `{"sheet": name}` and its rows; row and column 0 are A1."""
    if data.startswith(_ZIP):
        check_zip(data, orders["unpacked_max"])
        yield {"kind": "xlsx"}
        yield from read_workbook(data, orders)
    elif data.startswith(_OLE):
        yield {"kind": "xls"}
        yield from read_workbook(data, orders)
    else:
        yield {"kind": "csv"}
        yield from read_text(data, orders)


def mark(data: bytes, orders: dict[str, Any], marks: dict[str, Any]) -> bytes:
    """The same workbook with bad cells coloured and the reasons in a column of their own.

    `marks`: sheet, head_line, head, cells ([[line, column]]), words ({line: text}); from 1.
    """
    from openpyxl import load_workbook
    from openpyxl.styles import Alignment, Font, PatternFill
    from openpyxl.utils import get_column_letter

    check_zip(data, orders["unpacked_max"])
    with files_fault():
        book = load_workbook(io.BytesIO(data))
    sheet = book[marks["sheet"]]
    column = marks["column"]
    bad = PatternFill("solid", fgColor=_BAD_FILL)
    head = sheet.cell(marks["head_line"], column)
    head.value, head.font = marks["head"], Font(bold=True)
    head.fill = PatternFill("solid", fgColor=_HEAD_FILL)
    sheet.column_dimensions[get_column_letter(column)].width = 60
    for line, at in marks["cells"]:
        sheet.cell(line, at).fill = bad
    for line, words in marks["words"].items():
        cell = sheet.cell(int(line), column)
        cell.value, cell.data_type = words, "s"
        cell.alignment = Alignment(wrap_text=True, vertical="top")
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def answer(orders: dict[str, Any], stdin: bytes, out: BinaryIO) -> dict[str, Any]:
    """Write what was asked for; how it ended, with what is no fault of the file as a traceback."""
    try:
        if orders["do"] == "mark":
            line, _, data = stdin.partition(b"\n")
            body = mark(data, orders, json.loads(line))
            say({"end": True}, out)
            out.write(body)
            return {}
        if orders["do"] != "read":
            raise ValueError(f"nobody knows how to {orders['do']}")
        for piece in read(stdin, orders):
            say(piece, out)
    except Refused as refused:
        return {"problem": str(refused)}
    except MemoryError:
        return {"problem": "sheet.too_large"}
    except BaseException:
        return {"failed": traceback.format_exc()}
    return {"end": True}


_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def say(piece: Any, out: BinaryIO) -> None:
    """One line of the answer."""
    out.write(_encode(piece).encode("utf-8", "replace") + b"\n")


def main() -> None:
    """Limit, read, work, answer."""
    orders = json.loads(sys.argv[1])
    limit(orders)
    out = sys.stdout.buffer
    if end := answer(orders, sys.stdin.buffer.read(), out):
        say(end, out)
    out.flush()


if __name__ == "__main__":
    main()
