"""A price list of 5,000 rows with planted errors: understood, beside reading the file alone."""

import asyncio
import io
import random
import re
import resource
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import xlsxwriter

from benchmarks.measure import Row, compared, in_turn
from integrations.runtime.sheets import Book, read_book
from market.running import settle_heap
from market.sheets.rules.table import find_table, sort_lines
from market.sheets.rules.understand import GoodsLine, understand

ROWS = 5_000
BAD_SHARE = 0.03
HEADS = ("STT", "Tên sản phẩm", "ĐVT", "Quy cách", "Giá bán lẻ\n(đồng)", "Số lượng còn", "Ghi chú")
_GOODS = ("Bưởi Phúc Trạch", "Kẹo cu đơ", "Nước mắm cốt", "Mật ong rừng", "Gạo nếp", "Dầu lạc")
_UNITS = (
    ("quả", "1,2 kg"),
    ("hộp", "500gr"),
    ("chai", "0,5 lít"),
    ("kg", "1 kg"),
    ("yến", "1 yến"),
)
_PRICES = ("45.000đ", "70k", "1,9 triệu", "450 000", 40_000, "52.000 VNĐ")
_LEFT: tuple[Any, ...] = ("hết hàng", 12, "20", None, "15")
# What goes wrong in lists of people, by the letter of its column.
_ERRORS: tuple[tuple[str, Any], ...] = (
    ("B", None), ("B", "=1+1"), ("E", None), ("E", "liên hệ"), ("E", "45.000-50.000"), ("E", 45),
    ("E", -5), ("D", "0 kg"), ("D", 500), ("F", "nhiều"), ("F", "1,5 tạ"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Planted:
    """A workbook, the cells that are wrong in it ("E17"), and how many rows are right."""

    data: bytes
    bad: frozenset[str]
    good: int


def planted(rows: int = ROWS, *, seed: int = 7) -> Planted:
    """The same list for the same seed; a group line before every 500 rows, a total at the end."""
    draw = random.Random(seed)
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"constant_memory": True, "strings_to_formulas": False})
    sheet = book.add_worksheet("Bảng giá")
    sheet.write_row(0, 0, ["BẢNG GIÁ SẢN PHẨM HỢP TÁC XÃ"])
    sheet.write_row(3, 0, HEADS)
    line, bad = 4, set()
    for number in range(rows):
        if number % 500 == 0:
            sheet.write_string(line, 0, f"{number // 500 + 1}. NHÓM HÀNG")
            line += 1
        unit, size = draw.choice(_UNITS)
        name = f"{draw.choice(_GOODS)} {number}"
        cells = [
            number + 1,
            name,
            unit,
            size,
            draw.choice(_PRICES),
            draw.choice(_LEFT),
            "OCOP 3 sao",
        ]
        if draw.random() < BAD_SHARE:
            letter, wrong = draw.choice(_ERRORS)
            cells["ABCDEFG".index(letter)] = wrong
            bad.add(f"{letter}{line + 1}")
        sheet.write_row(line, 0, cells)
        line += 1
    sheet.write_string(line + 1, 1, "Tổng cộng")
    book.close()
    return Planted(out.getvalue(), frozenset(bad), rows - len(bad))


def understood(book: Book) -> list[GoodsLine]:
    """What the worker makes of a file that was read."""
    table = find_table(book.sheets)
    assert table is not None
    rows = dict(book.sheets)[table.sheet]
    return understand(rows, table, sort_lines(rows, table).goods)


def _alone(data: bytes) -> float:
    from python_calamine import CalamineWorkbook

    began = time.perf_counter()
    book = CalamineWorkbook.from_filelike(io.BytesIO(data))
    book.get_sheet_by_index(0).to_python()
    return time.perf_counter() - began


def _whole(data: bytes) -> float:
    began = time.perf_counter()
    understood(asyncio.run(read_book(data)))
    return time.perf_counter() - began


def _memory_mb(data: bytes) -> float:
    """What a new process and its reader need at most, together."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.sheets"], input=data, capture_output=True, check=True
    )
    return float(done.stdout)


async def rows() -> list[Row]:
    """Time beside reading the file alone, and memory (bar: 200 MB; 20 times the reading)."""
    made = planted()
    settle_heap()  # as the worker does at its start

    async def ours() -> float:
        return await asyncio.to_thread(_whole, made.data)

    async def alone() -> float:
        return await asyncio.to_thread(_alone, made.data)

    ours_s, alone_s = await in_turn(ours, alone)
    what = f"price list of {ROWS} rows understood, bar 20 ×"
    memory_mb = await asyncio.to_thread(_memory_mb, made.data)
    return [
        compared(what, "s", ours_s, alone_s, "reading the file alone"),
        Row("its memory at most, bar 200", "MB", memory_mb, None, None, 1, ""),
    ]


if __name__ == "__main__":
    _whole(sys.stdin.buffer.read())
    # Of this program alone: `ru_maxrss` begins with what the parent had when it forked.
    own_kb = int(re.findall(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())[0])
    reader_kb = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    print((own_kb + reader_kb) / 1024)
