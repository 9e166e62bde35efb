"""The reader: a program of its own, because a workbook from outside may be built to do harm.

It imports the readers of workbooks and the standard library only, limits itself before it reads
a byte, takes its orders as JSON in argv[1] and the file on stdin (for marking: one line of JSON
with the marks before it), and answers on stdout: one line of JSON, and for marking the workbook
behind it. `child.py` starts it and is its only reader.
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
import unicodedata
import zipfile
from typing import Any

_PR_SET_PDEATHSIG, _PR_SET_NO_NEW_PRIVS = 1, 38
_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_CELL_MAX = 5_000
_DELIMITERS = (";", "\t", ",")
# What no text file holds; a picture or a program does.
_BINARY = {chr(code) for code in range(32)} - {"\t", "\n", "\r", "\x0b", "\x0c"}
_BAD_FILL, _HEAD_FILL = "FFFDE2DF", "FFF7F1E5"


class Refused(Exception):
    """The file cannot be used; the text is one of the `sheet.…` codes."""


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
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
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


def trimmed(rows: list[list[Any]]) -> list[list[Any]]:
    """Without empty cells at the ends of rows, and without empty rows at the end."""
    for row in rows:
        while row and row[-1] is None:
            row.pop()
    while rows and not rows[-1]:
        rows.pop()
    return rows


def read_workbook(data: bytes, orders: dict[str, Any]) -> list[dict[str, Any]]:
    """The visible sheets of XLSX or XLS. A formula is the value that was kept with it."""
    from python_calamine import CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

    book = CalamineWorkbook.from_filelike(io.BytesIO(data))
    sheets = []
    for meta in book.sheets_metadata:
        if meta.visible != SheetVisibleEnum.Visible or meta.typ != SheetTypeEnum.WorkSheet:
            continue
        sheet = book.get_sheet_by_name(meta.name)
        if sheet.total_height > orders["rows_max"] or sheet.total_width > orders["columns_max"]:
            raise Refused("sheet.too_many_rows")
        found = [[plain(cell) for cell in row] for row in sheet.to_python(skip_empty_area=False)]
        sheets.append({"name": meta.name, "rows": trimmed(found)})
    return sheets


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


def read_text(data: bytes, orders: dict[str, Any]) -> list[dict[str, Any]]:
    """The one sheet of a CSV file."""
    text = decoded(data)
    if _BINARY & set(text[:20_000]):
        raise Refused("sheet.unreadable")
    first, _, rest = text.partition("\n")
    named = first.strip().lower()
    mark = named[4:] if named.startswith("sep=") and len(named) == 5 else ""
    body = rest if mark else text
    csv.field_size_limit(200_000)
    reader = csv.reader(io.StringIO(body, newline=""), delimiter=mark or delimiter_of(body))
    rows: list[list[Any]] = [[]] if mark else []
    for row in reader:
        rows.append([plain(cell.strip()) for cell in row])
        if len(rows) > orders["rows_max"] or len(row) > orders["columns_max"]:
            raise Refused("sheet.too_many_rows")
    return [{"name": "", "rows": trimmed(rows)}]


def read(data: bytes, orders: dict[str, Any]) -> dict[str, Any]:
    """`{"kind": "xlsx", "sheets": [{"name", "rows"}]}`; row and column 0 are A1."""
    if data.startswith(_ZIP):
        check_zip(data, orders["unpacked_max"])
        return {"kind": "xlsx", "sheets": read_workbook(data, orders)}
    if data.startswith(_OLE):
        return {"kind": "xls", "sheets": read_workbook(data, orders)}
    return {"kind": "csv", "sheets": read_text(data, orders)}


def mark(data: bytes, orders: dict[str, Any], marks: dict[str, Any]) -> bytes:
    """The same workbook with bad cells coloured and the reasons in a column of their own.

    `marks`: sheet, head_line, head, cells ([[line, column]]), words ({line: text}); from 1.
    """
    from openpyxl import load_workbook
    from openpyxl.styles import Alignment, Font, PatternFill
    from openpyxl.utils import get_column_letter

    check_zip(data, orders["unpacked_max"])
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


def answer(orders: dict[str, Any], stdin: bytes) -> tuple[dict[str, Any], bytes]:
    """What was asked for, with every way to fail turned into a code."""
    try:
        if orders["do"] == "read":
            return read(stdin, orders), b""
        line, _, data = stdin.partition(b"\n")
        return {}, mark(data, orders, json.loads(line))
    except Refused as refused:
        return {"problem": str(refused)}, b""
    except MemoryError:
        return {"problem": "sheet.too_large"}, b""
    except BaseException:  # broken files raise anything, the Rust reader even panics
        return {"problem": "sheet.unreadable"}, b""


def main() -> None:
    """Limit, read, work, answer."""
    orders = json.loads(sys.argv[1])
    limit(orders)
    header, body = answer(orders, sys.stdin.buffer.read())
    sys.stdout.buffer.write(json.dumps(header, ensure_ascii=False).encode("utf-8", "replace"))
    sys.stdout.buffer.write(b"\n" + body)
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
