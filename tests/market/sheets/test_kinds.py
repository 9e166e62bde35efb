"""Old workbooks, hidden sheets and formulas: read for what is seen, given back without harm."""

import io
from typing import Any

import xlsxwriter
from openpyxl import load_workbook

from integrations.runtime.sheets import read_book
from market.sheets.schemas import SheetState
from market.sheets.service import files
from tests.kit.people import a_seller
from tests.kit.sheets import HEADS, a_sheet, xls
from tests.kit.stack import Stack

LIST: list[list[Any]] = [
    ["BẢNG GIÁ HỢP TÁC XÃ"],
    [],
    list(HEADS),
    ["Cu đơ", "hộp", "500g", 50_000, "15 hộp", "OCOP 4 sao"],
    ["Mật ong", "chai", "1 lít", "rẻ lắm", 8, "=1+1"],
    ["Cam bù", "kg", "1 kg", "70k", "hết hàng", ""],
]


async def test_an_xls_is_read_and_comes_back_as_an_xlsx_with_marks(stack: Stack) -> None:
    seller = await a_seller()
    cost: list[list[Any]] = [list(HEADS), *(["Giá vốn", "kg", "", "1.000", 1, ""],) * 9]
    sheet_id = await a_sheet(stack, seller, xls(LIST, hidden=cost), name="gia.xls")
    await stack.drain()
    seen, good, _ = await files.preview(seller.viewer, sheet_id, bad=False)
    assert (seen.state, seen.kind, seen.sheet_name) == (SheetState.READY, "xls", "Bảng giá")
    assert (seen.good, seen.bad, seen.head_line) == (2, 1, 2)
    assert [(line.typed["name"], line.typed["price"], line.typed["stock"]) for line in good] == [
        ("Cu đơ", "50000", "15"),
        ("Cam bù", "70000", "0"),
    ]
    async with stack.browser(seller.token) as browser:
        answer = await browser.get(f"/producer/sheets/{sheet_id}/marked.xlsx")
    book = load_workbook(io.BytesIO(answer.content))
    assert book.sheetnames == ["Bảng giá"]
    cell = book["Bảng giá"]["F5"]
    assert (cell.value, cell.data_type) == ("=1+1", "s")
    assert book["Bảng giá"]["G3"].value == "Cần sửa"


async def test_a_formula_is_the_value_that_was_kept_with_it(stack: Stack) -> None:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"strings_to_formulas": False})
    sheet = book.add_worksheet("Bảng giá")
    sheet.write_row(0, 0, HEADS)
    sheet.write_row(1, 0, ["Cu đơ", "hộp"])
    sheet.write_formula(1, 3, "=40000+10000", None, 50_000)
    sheet.write_row(2, 0, ["=1+1", "hộp", "", 50_000])
    book.close()
    [(_, found)] = (await read_book(out.getvalue())).sheets
    assert found[1] == ["Cu đơ", "hộp", None, 50_000]
    seller = await a_seller()
    sheet_id = await a_sheet(stack, seller, out.getvalue())
    await stack.drain()
    _, [bad], _ = await files.preview(seller.viewer, sheet_id, bad=True)
    assert [(one["cell"], one["code"]) for one in bad.bad] == [("A3", "sheet.formula")]
    async with stack.browser(seller.token) as browser:
        answer = await browser.get(f"/producer/sheets/{sheet_id}/marked.xlsx")
    cell = load_workbook(io.BytesIO(answer.content))["Bảng giá"]["A3"]
    assert (cell.value, cell.data_type) == ("=1+1", "s")


async def test_a_hidden_sheet_of_an_xls_is_not_looked_at() -> None:
    book = await read_book(xls(LIST, hidden=[["Giá vốn", 1]]))
    assert [name for name, _ in book.sheets] == ["Bảng giá"]
