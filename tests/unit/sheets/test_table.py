"""Where the table stands, what its columns are, and which lines are goods."""

from typing import Any

import pytest

from market.sheets.rules.table import find_table, sort_lines
from market.sheets.rules.understand import GoodsLine, cell_name, understand
from market.sheets.rules.words import field_of

HEADS = ["STT", "Tên sản phẩm", "ĐVT", "Quy cách", "Giá bán lẻ\n(đồng)", "Số lượng còn", "Ghi chú"]


def goods_of(*rows: list[Any], heads: list[str] | None = None) -> list[GoodsLine]:
    """The goods of a sheet whose head is its first row."""
    sheet = [heads or HEADS, *rows]
    table = find_table([("Bảng giá", sheet)])
    assert table is not None
    return understand(sheet, table, sort_lines(sheet, table).goods)


@pytest.mark.parametrize(
    ("head", "field"),
    [
        ("Tên sản phẩm", "name"),
        ("TÊN HÀNG", "name"),
        ("Mặt hàng", "name"),
        ("Đơn vị tính", "unit"),
        ("Giá bán (VNĐ)", "price"),
        ("Đơn giá (nghìn đồng)", "price"),
        ("Giá bán lẻ đã có thuế", "price"),
        ("Khối lượng (g)", "size"),
        ("Tồn kho", "stock"),
        ("Mã hàng", "sku"),
        ("Giá nhập", ""),
        ("Giá sỉ", ""),
        ("Tên khách", ""),
        ("Số lượng bán", ""),
        ("Ngày", ""),
    ],
)
def test_a_head_is_understood_without_its_accents(head: str, field: str) -> None:
    assert field_of(head)[0] == field


def test_of_two_prices_the_one_for_buyers_is_taken() -> None:
    heads = ["Tên hàng", "Giá", "Giá bán lẻ", "Giá sỉ"]
    table = find_table([("", [heads, ["Cu đơ", 1, 2, 3]])])
    assert table is not None and table.fields == {0: "name", 2: "price"}


def test_titles_groups_totals_and_signatures_are_no_goods() -> None:
    rows: list[list[Any]] = [
        ["BẢNG GIÁ"],
        ["(Áp dụng từ 01/10/2026)"],
        [],
        HEADS,
        ["I. TRÁI CÂY"],
        [1, "Bưởi", "quả", "1,2 kg", "65.000", 12],
        HEADS,
        [None, "BÁNH KẸO"],
        [2, "Cu đơ", "hộp", "500g", "50.000", "hết hàng"],
        [None, "Tổng cộng", "2 sản phẩm"],
        [None, None, None, None, None, "Người lập biểu"],
        [None, "Nguyễn Văn A"],
    ]
    table = find_table([("Bảng giá", rows)])
    assert table is not None and table.head_line == 3
    lines = sort_lines(rows, table)
    assert lines.goods == [5, 8]
    assert lines.left_out == {
        4: "group", 6: "head", 7: "group", 9: "total", 10: "signature", 11: "signature",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("heads", "other"),
    [
        (["Ngày", "Khách", "Mặt hàng", "SL", "Đơn giá", "Thành tiền"], "sheet.sales_book"),
        (["TT", "Chủ thể", "Loại hình", "Địa chỉ", "Điện thoại"], "sheet.people"),
        (["Họ và tên", "Ngày sinh", "Số điện thoại"], "sheet.people"),
        (HEADS, None),
        (["Tên hàng", "Giá", "Thành tiền"], None),
    ],
)
def test_a_file_that_is_something_else_is_known(heads: list[str], other: str | None) -> None:
    table = find_table([("", [heads, ["a", "b", "c"]])])
    assert table is not None and table.other == other


def test_a_line_becomes_what_the_form_sends() -> None:
    [goods] = goods_of([1, "Mật ong", "chai", "500ml", "150.000", "15 chai", "OCOP 3 sao"])
    assert goods.typed == {
        "name": "Mật ong", "unit": "chai 500 ml", "price": "150000", "stock": "15",
    }  # fmt: skip
    assert (goods.note, goods.bad) == ("OCOP 3 sao", [])
    assert [(one.cell, one.written, one.understood) for one in goods.seen] == [
        ("B2", "Mật ong", "Mật ong"),
        ("E2", "150.000", "150.000\u00a0₫"),
        ("C2", "chai", "chai"),
        ("D2", "500ml", "500 ml"),
        ("F2", "15 chai", "15"),
        ("G2", "OCOP 3 sao", "OCOP 3 sao"),
    ]


@pytest.mark.parametrize(
    ("unit", "size", "sold_by", "note"),
    [
        ("kg", "1 kg", "kg", ""),
        ("yến", "1 yến", "yến", ""),
        ("chục", "10 cái", "chục", ""),
        ("lạng", "100g", "lạng", ""),
        ("hộp", "20 túi x 2g", "hộp 20 túi x 2g", ""),
        ("kg", "0.5kg", "kg", "Quy cách: 0.5kg"),
        ("túi", "loại to", "túi", "Quy cách: loại to"),
    ],
)
def test_unit_and_pack_become_one_and_nothing_is_lost(
    unit: str, size: str, sold_by: str, note: str
) -> None:
    [goods] = goods_of([1, "Tôm nõn", unit, size, "420.000"])
    assert (goods.typed["unit"], goods.note, goods.bad) == (sold_by, note, [])


@pytest.mark.parametrize(
    ("row", "cell", "code"),
    [
        ([1, None, "hộp", "", "50.000"], "B2", "name.missing"),
        ([1, "Cu đơ", "hộp", "", None], "E2", "price.missing"),
        ([1, "Cu đơ", "hộp", "", "liên hệ"], "E2", "money.unreadable"),
        ([1, "Cu đơ", "hộp", "", "45.000-50.000"], "E2", "money.unreadable"),
        ([1, "Cu đơ", "hộp", "", -5], "E2", "money.negative"),
        ([1, "Cu đơ", "hộp", "", 0], "E2", "price.zero"),
        ([1, "Cu đơ", "hộp", "", 45], "E2", "price.too_small"),
        ([1, "Cu đơ", "hộp", "0 g", "50.000"], "D2", "size.nothing"),
        ([1, "Cu đơ", "hộp", "", "50.000", "nhiều"], "F2", "stock.unreadable"),
        ([1, "Cu đơ", "hộp", "", "50.000", "9999999"], "F2", "stock.unreadable"),
        ([1, "=1+1", "hộp", "", "50.000"], "B2", "sheet.formula"),
        ([1, "Cu đơ " * 30, "hộp", "", "50.000"], "B2", "name.too_long"),
        ([1, "Cu đơ", "hộp " * 20, "", "50.000"], "C2", "unit.too_long"),
    ],
)
def test_a_bad_cell_is_named(row: list[Any], cell: str, code: str) -> None:
    [goods] = goods_of(row)
    assert [(one.cell, one.problem.code) for one in goods.bad] == [(cell, code)]


def test_the_same_name_twice_is_asked_about_in_the_later_line() -> None:
    first, second = goods_of([1, "Cu đơ", "hộp", "", 50000], [2, "CU ĐƠ", "gói", "", 20000])
    assert first.bad == []
    assert [(one.cell, one.problem.params) for one in second.bad] == [("B3", {"row": "2"})]


def test_goods_with_codes_may_share_a_name() -> None:
    heads = ["Mã hàng", "Tên hàng", "Giá"]
    first, second = goods_of(["A1", "Cu đơ", 50000], ["A2", "Cu đơ", 20000], heads=heads)
    assert first.bad == second.bad == [] and first.client_id != second.client_id


@pytest.mark.parametrize(
    ("line", "column", "name"), [(0, 0, "A1"), (6, 1, "B7"), (9, 25, "Z10"), (0, 26, "AA1")]
)
def test_cells_are_named_as_the_spreadsheet_does(line: int, column: int, name: str) -> None:
    assert cell_name(line, column) == name
