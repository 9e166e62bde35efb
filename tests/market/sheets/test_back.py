"""What a person gets back: the same workbook with what to mend, whatever the file was."""

import io
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.styles import Font

from tests.kit.people import Seller, a_seller
from tests.kit.sheets import HEADS, a_sheet, csv_text, xlsx
from tests.kit.stack import Stack

LIST: list[list[Any]] = [
    ["BẢNG GIÁ HỢP TÁC XÃ"],
    list(HEADS),
    ["Cu đơ", "hộp", "500g", "50.000", "15 hộp", "OCOP 4 sao"],
    ["Mật ong", "chai", "1 lít", "rẻ lắm", "nhiều", "=1+1"],
]
BAD = "FFFDE2DF"


async def given_back(stack: Stack, seller: Seller, data: bytes, name: str) -> Any:
    """The workbook that a browser gets."""
    sheet_id = await a_sheet(stack, seller, data, name=name)
    await stack.drain()
    async with stack.browser(seller.token) as browser:
        answer = await browser.get(f"/producer/sheets/{sheet_id}/marked.xlsx")
    assert answer.status_code == 200
    return load_workbook(io.BytesIO(answer.content))


def coloured(sheet: Any) -> set[str]:
    """Names of the cells on the tint."""
    return {
        cell.coordinate
        for row in sheet.iter_rows()
        for cell in row
        if cell.fill.fill_type == "solid" and cell.fill.fgColor.rgb == BAD
    }


async def test_an_xlsx_comes_back_as_it_was_with_its_bad_cells_marked(stack: Stack) -> None:
    seller = await a_seller()
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Bảng giá"
    for row in LIST[:-1]:
        sheet.append(row)
    sheet.append([*LIST[-1][:-1], "ghi chú"])
    sheet["A1"].font = Font(bold=True)
    sheet.merge_cells("A1:F1")
    hidden = book.create_sheet("Giá nhập")
    hidden.sheet_state, hidden["A1"] = "hidden", 7
    out = io.BytesIO()
    book.save(out)
    back = await given_back(stack, seller, out.getvalue(), "gia.xlsx")
    assert back.sheetnames == ["Bảng giá", "Giá nhập"]
    assert back["Giá nhập"].sheet_state == "hidden" and back["Giá nhập"]["A1"].value == 7
    again = back["Bảng giá"]
    assert [str(one) for one in again.merged_cells.ranges] == ["A1:F1"]
    assert again["A1"].font.bold and again["D4"].value == "rẻ lắm"
    assert coloured(again) == {"D4", "E4"}
    assert again["G2"].value == "Cần sửa" and again["G3"].value is None
    assert len(again["G4"].value.split("\n")) == 2


@pytest.mark.parametrize("delimiter", [";", ","])
async def test_a_csv_comes_back_as_an_xlsx_without_a_formula(stack: Stack, delimiter: str) -> None:
    seller = await a_seller()
    data = csv_text(LIST, delimiter=delimiter).encode()
    back = await given_back(stack, seller, data, "gia.csv")
    sheet = back.active
    assert coloured(sheet) == {"D4", "E4", "F4"}
    assert [cell.value for cell in sheet[3]][:4] == ["Cu đơ", "hộp", "500g", "50.000"]
    assert (sheet["F4"].value, sheet["F4"].data_type) == ("=1+1", "s")
    assert sheet["G2"].value == "Cần sửa"


async def test_a_mended_file_that_still_has_the_column_is_read_like_any_other(
    stack: Stack,
) -> None:
    seller = await a_seller()
    back = await given_back(stack, seller, xlsx(LIST), "gia.xlsx")
    sheet = back["Bảng giá"]
    sheet["D4"], sheet["E4"], sheet["F4"] = "150.000", 8, "rừng"
    out = io.BytesIO()
    back.save(out)
    sheet_id = await a_sheet(stack, seller, out.getvalue())
    await stack.drain()
    async with stack.client(seller.token) as client:
        seen = (await client.get(f"/api/v1/sheets/{sheet_id}")).json()
    assert (seen["good"], seen["bad"]) == (2, 0)
