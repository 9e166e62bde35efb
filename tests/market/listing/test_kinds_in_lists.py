"""Goods in several kinds in price lists: a row for each, told apart by its code."""

import io

from openpyxl import load_workbook

from integrations.contracts.viewer import SYSTEM
from integrations.runtime.database import rows, value, work
from market.sheets.service import run
from tests.kit.kinds import Kinds, live_kinds
from tests.kit.orders import an_order_part
from tests.kit.people import Seller, a_seller
from tests.kit.sheets import a_sheet, xlsx
from tests.kit.stack import Stack

KINDS = {"250 g": (45_000, 6), "500 g": (80_000, 5)}


async def _import(stack: Stack, seller: Seller, data: bytes) -> list[tuple[str, str]]:
    """State of each line and what was done."""
    sheet_id = await a_sheet(stack, seller, data)
    await stack.drain()
    async with work(SYSTEM):
        good = await value(
            "SELECT count(*) FROM sheet_line WHERE state = 'good' AND sheet_id = $1", [sheet_id]
        )
    if good:
        await run.confirm(seller.viewer, sheet_id)
        await stack.drain()
    async with work(SYSTEM):
        found = await rows(
            "SELECT state, did FROM sheet_line WHERE sheet_id = $1 ORDER BY line", [sheet_id]
        )
    return [(row["state"], row["did"]) for row in found]


async def _kinds(kinds: Kinds) -> list[tuple[str, int, int]]:
    async with work(SYSTEM):
        found = await rows(
            "SELECT label, price_vnd, available FROM variant WHERE listing_id = $1"
            " ORDER BY position",
            [kinds.goods.id],
        )
    return [(row["label"], row["price_vnd"], row["available"]) for row in found]


async def test_each_kind_is_a_row_that_can_be_changed_and_sent_in_again(stack: Stack) -> None:
    seller = await a_seller()
    kinds = await live_kinds(seller, KINDS)
    async with stack.browser(seller.token) as browser:
        book = load_workbook(io.BytesIO((await browser.get("/producer/sheets/goods.xlsx")).content))
    sheet = book.active
    assert sheet is not None
    table = [[one.value for one in row] for row in sheet.iter_rows()]
    at = {str(head): n for n, head in enumerate(table[0])}
    assert [(row[at["Loại"]], row[at["Giá"]]) for row in table[1:]] == [
        *(("250 g", 45_000), ("500 g", 80_000)),
    ]
    out = io.BytesIO()
    book.save(out)
    assert await _import(stack, seller, out.getvalue()) == [("done", "same"), ("done", "same")]
    sheet.cell(3, at["Giá"] + 1).value, sheet.cell(3, at["Còn lại"] + 1).value = 85_000, 2
    out = io.BytesIO()
    book.save(out)
    assert await _import(stack, seller, out.getvalue()) == [("done", "same"), ("done", "changed")]
    assert await _kinds(kinds) == [("250 g", 45_000, 6), ("500 g", 85_000, 2)]


async def test_a_row_that_does_not_say_which_kind_changes_none(stack: Stack) -> None:
    seller = await a_seller()
    kinds = await live_kinds(seller, KINDS)
    heads = ["Tên sản phẩm", "ĐVT", "Giá bán", "Còn"]
    data = xlsx([heads, ["Cu đơ gừng", "gói", "70.000", "3"]])
    assert await _import(stack, seller, data) == [("bad", "")]
    assert await _kinds(kinds) == [("250 g", 45_000, 6), ("500 g", 80_000, 5)]


async def test_an_old_row_does_not_bring_back_what_was_sold_of_a_kind(stack: Stack) -> None:
    seller = await a_seller()
    kinds = await live_kinds(seller, KINDS)
    async with work(SYSTEM):
        codes = [
            row["sku"]
            for row in await rows(
                "SELECT sku FROM variant WHERE listing_id = $1 ORDER BY position",
                [kinds.goods.id],
            )
        ]
    heads = ["Mã hàng", "Tên sản phẩm", "ĐVT", "Giá bán", "Còn"]
    data = xlsx(
        [
            heads,
            [codes[0], "Cu đơ gừng", "gói", "45.000", "6"],
            [codes[1], "Cu đơ gừng", "gói", "80.000", "5"],
        ]
    )
    assert await _import(stack, seller, data) == [("done", "same"), ("done", "same")]
    await an_order_part(seller, kinds.one("500 g", price_vnd=80_000))
    left = (await _kinds(kinds))[1][2]
    assert left < 5
    assert await _import(stack, seller, data) == [("done", "same"), ("done", "same")]
    assert await _kinds(kinds) == [("250 g", 45_000, 6), ("500 g", 80_000, left)]
