"""Price lists made for one test, and sent as a person sends them."""

import csv
import io
import unicodedata
import zipfile
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from integrations.contracts.ids import new_id
from market.sheets.service import files
from tests.kit.people import Seller
from tests.kit.stack import Stack

HEADS = ("Tên sản phẩm", "ĐVT", "Quy cách", "Giá bán", "Còn", "Ghi chú")
Rows = Sequence[Sequence[Any]]


def xlsx(rows: Rows, *, title: str = "Bảng giá", hidden: Rows = ()) -> bytes:
    """A workbook of one sheet, and perhaps a hidden one."""
    from openpyxl import Workbook

    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = title
    for row in rows:
        sheet.append(list(row))
    if hidden:
        second = book.create_sheet("Giá nhập")
        second.sheet_state = "hidden"
        for row in hidden:
            second.append(list(row))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def xls(rows: Rows, *, hidden: Rows = ()) -> bytes:
    """The same as Excel 97 to 2003 wrote it (BIFF8)."""
    from xlwt import Workbook

    book = Workbook()
    for name, lines, is_hidden in (("Bảng giá", rows, False), ("Giá nhập", hidden, True)):
        if not lines:
            continue
        sheet = book.add_sheet(name)
        sheet.visibility = int(is_hidden)
        for line, row in enumerate(lines):
            for at, cell in enumerate(row):
                sheet.write(line, at, cell)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def zipped(files: Mapping[str, bytes], *, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip of these files."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, body in files.items():
            archive.writestr(name, body)
    return out.getvalue()


def csv_text(rows: Rows, *, delimiter: str = ",") -> str:
    """The rows as CSV."""
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter).writerows(rows)
    return out.getvalue()


async def a_sheet(
    stack: Stack,
    seller: Seller,
    data: bytes | None = None,
    *,
    name: str = "bang-gia.xlsx",
    pictures: bytes | None = None,
) -> UUID:
    """A price list that was sent and not read yet; without `data`, one of two goods.

    `pictures` is a zip beside it.
    """
    rows = [
        HEADS,
        ("Cu đơ", "hộp", "500g", "50.000", "12", ""),
        ("Mật ong", "chai", "", "rẻ", "", ""),
    ]
    return await files.take_in(
        seller.viewer,
        storage=stack.ports.storage,
        file=io.BytesIO(data if data is not None else xlsx(rows)),
        name=name,
        form_id=str(new_id()),
        pictures=None if pictures is None else io.BytesIO(pictures),
    )


def as_cp1258(text: str) -> bytes:
    """As Windows wrote Vietnamese: the five tones are marks of their own, behind their letter."""
    tones = "\u0300\u0301\u0303\u0309\u0323"
    out = []
    for letter in unicodedata.normalize("NFC", text):
        parts = unicodedata.normalize("NFD", letter)
        tone = "".join(part for part in parts if part in tones)
        bare = unicodedata.normalize("NFC", "".join(part for part in parts if part not in tones))
        out.append(f"{bare}{tone}")
    return "".join(out).encode("cp1258")
