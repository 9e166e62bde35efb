"""The files of a cooperative, as they came: only where they lie beside the project."""

from pathlib import Path

from market.sheets.schemas import SheetState
from market.sheets.service import files
from tests.house.source import ROOT
from tests.kit.people import a_seller
from tests.kit.sheets import a_sheet
from tests.kit.stack import Stack

SHARED = ROOT.parent / "shared" / "data" / "sheets"
# Row, what it is sold by, price, what is left (None leaves it), what is said about it.
UNDERSTOOD = {
    6: ("quả 1,2 kg", "65000", "12", "OCOP 3 sao"),
    7: ("quả 900 g", "45000", "15", "chỉ bán tháng 9-11"),
    8: ("kg", "70000", "12", ""),
    9: ("kg", "55000", "15", "liên hệ khi mua nhiều"),
    12: ("hộp 500 g", "50000", "15", "OCOP 4 sao"),
    13: ("hộp 500 g", "52000", "15", "chỉ bán tháng 9-11"),
    14: ("chục", "40000", None, "liên hệ khi mua nhiều"),
    15: ("cái 120 g", "7000", "12", "liên hệ khi mua nhiều"),
    18: ("chai 500 ml", "120000", "0", ""),
    19: ("lít", "90000", "8", "OCOP 4 sao"),
    20: ("kg", "950000", "20", "OCOP 4 sao"),
    21: ("hũ 450 g", "45000", "0", "OCOP 4 sao"),
    22: ("kg", "420000", "15", "chỉ bán tháng 9-11\nQuy cách: 0.5kg"),
    25: ("lạng", "1250000", "0", ""),
    26: ("hộp 50 g", "1900000", "0", "OCOP 3 sao"),
    27: ("chai 650 ml", "350000", None, ""),
    28: ("chai 1 lít", "450000", "8", "chỉ bán tháng 9-11"),
    29: ("chai 500 ml", "150000", "15", "OCOP 3 sao"),
    30: ("hộp 20 túi x 2g", "85000", "8", "OCOP 3 sao"),
    31: ("gói 200 g", "60000", None, ""),
    32: ("yến", "320000", "15", "liên hệ khi mua nhiều"),
    33: ("túi 5 kg", "120000", "12", "OCOP 4 sao"),
    34: ("gói 400 g", "38000", "15", "OCOP 4 sao"),
    35: ("kg", "30000", "15", "OCOP 3 sao"),
    36: ("chai 1 lít", "110000", "15", "OCOP 4 sao"),
    37: ("túi 300 g", "35000", "12", "liên hệ khi mua nhiều"),
    38: ("hũ 250 g", "130000", "20", ""),
    39: ("túi 500 g", "95000", "15", "chỉ bán tháng 9-11"),
    40: ("cái 500 g", "160000", "15", "OCOP 4 sao"),
    41: ("chục", "42000", None, ""),
}


def _file(name: str) -> Path | None:
    path = SHARED / name
    return path if path.is_file() else None


async def test_every_cell_of_the_cooperatives_list_is_understood(stack: Stack) -> None:
    path = _file("bang-gia-htx.xlsx")
    if path is None:
        return
    seller = await a_seller()
    sheet_id = await a_sheet(stack, seller, path.read_bytes(), name=path.name)
    await stack.drain()
    seen, lines, _ = await files.preview(seller.viewer, sheet_id, limit=100)
    assert (seen.state, seen.good, seen.bad) == (SheetState.READY, 30, 0)
    assert (seen.sheet_name, seen.head_line) == ("Bảng giá", 3)
    assert [one["field"] for one in seen.columns] == [
        "", "name", "unit", "size", "price", "stock", "note",
    ]  # fmt: skip
    assert seen.left_out == [
        [5, "group"], [11, "group"], [17, "group"], [24, "group"],
        [43, "total"], [45, "signature"], [46, "signature"],
    ]  # fmt: skip
    assert {
        line.line + 1: (
            line.typed["unit"], line.typed["price"], line.typed.get("stock"), line.note,
        )
        for line in lines
    } == UNDERSTOOD  # fmt: skip


async def test_a_book_of_sales_and_a_list_of_people_are_known_as_that(stack: Stack) -> None:
    seller = await a_seller()
    for name, code in (
        ("so-ban-hang.csv", "sheet.sales_book"),
        ("chu-the-ocop.xlsx", "sheet.people"),
    ):
        path = _file(name)
        if path is None:
            continue
        sheet_id = await a_sheet(stack, seller, path.read_bytes(), name=name)
        await stack.drain()
        seen = await files.look(seller.viewer, sheet_id)
        assert (seen.state, seen.problem_code) == (SheetState.REFUSED, code)
