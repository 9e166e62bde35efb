"""Columns of a price list that say how goods are sold, read as the form reads them."""

import io
from typing import Any

from openpyxl import load_workbook

from market.sheets.service import files
from market.sheets.service import run as importing
from tests.kit.people import Seller, a_seller
from tests.kit.sheets import a_sheet, xlsx
from tests.kit.stack import Stack

GTIN = 8934563138165
LIST: list[list[Any]] = [
    ["Tên sản phẩm", "ĐVT", "Giá bán", "Khối lượng tịnh (g)", "Đặt tối thiểu", "Mã vạch",
     "Giao đến đâu", "Mùa vụ", "Đặt trước", "Tên tiếng Anh", "Mô tả tiếng Anh"],
    ["Hàng lạ", "gói", "45.000", 500, 3, GTIN, "trong tỉnh", "tháng 8 - tháng 11", "có",
     "Strange goods", "Nobody knows."],
    ["Hàng thường", "gói", "45.000", "", "", "", "", "", "", "", ""],
    ["Hàng sai", "gói", "45.000", "to", 3, 8934563138164, "mặt trăng", "mùa hè", "có", "", ""],
]  # fmt: skip


async def added(stack: Stack, seller: Seller, data: bytes) -> Any:
    """A list that was sent, read and said yes to."""
    sheet_id = await a_sheet(stack, seller, data)
    await stack.drain()
    await importing.confirm(seller.viewer, sheet_id)
    await stack.drain()
    return await files.look(seller.viewer, sheet_id)


async def goods_by_name(stack: Stack, seller: Seller) -> dict[str, dict[str, Any]]:
    async with stack.client(seller.token) as client:
        items = (await client.get("/api/v1/listings")).json()["items"]
    return {one["name"]: one for one in items}


async def test_a_list_says_how_goods_are_sold(stack: Stack) -> None:
    seller = await a_seller()
    seen = await added(stack, seller, xlsx(LIST))
    assert (seen.new, seen.bad) == (2, 1)
    goods = await goods_by_name(stack, seller)
    strange, plain = goods["Hàng lạ"], goods["Hàng thường"]
    names = ("content", "min_quantity", "gtin", "reach", "season", "preorder", "name_en")
    assert {name: strange[name] for name in names} == {
        "content": [500, "g"], "min_quantity": 3, "gtin": str(GTIN), "reach": "province",
        "season": "--08-01/--11-30", "preorder": True, "name_en": "Strange goods",
    }  # fmt: skip
    assert strange["description_en"] == "Nobody knows." and strange["unit_price_vnd"] == 90_000
    assert {name: plain[name] for name in names} == {
        "content": None, "min_quantity": 1, "gtin": None, "reach": "", "season": "",
        "preorder": False, "name_en": "",
    }  # fmt: skip


async def test_each_cell_that_cannot_be_read_is_named(stack: Stack) -> None:
    seller = await a_seller()
    sheet_id = await a_sheet(stack, seller, xlsx(LIST))
    await stack.drain()
    async with stack.client(seller.token) as client:
        page = await client.get(f"/api/v1/sheets/{sheet_id}/lines", params={"bad": True})
    bad = {one["cell"]: one["code"] for line in page.json()["items"] for one in line["bad"]}
    assert bad == {
        "D4": "content.unreadable", "F4": "gtin.check_digit", "G4": "choice.unknown",
        "H4": "season.unreadable",
    }  # fmt: skip


async def test_an_export_brings_it_back_and_changes_nothing(stack: Stack) -> None:
    seller = await a_seller()
    await added(stack, seller, xlsx(LIST[:3]))
    before = await goods_by_name(stack, seller)
    for language in ("vi", "en"):
        async with stack.browser(seller.token) as browser:
            browser.cookies.set("lang", language)
            exported = (await browser.get("/producer/sheets/goods.xlsx")).content
        heads = [cell.value for cell in load_workbook(io.BytesIO(exported)).active[1]]  # type: ignore[index]
        assert len(heads) == len(set(heads)) == 22
        seen = await added(stack, seller, exported)
        assert (seen.new, seen.changed, seen.same, seen.bad) == (0, 0, 2, 0)
    after = await goods_by_name(stack, seller)
    told = {"updated_at", "revision"}
    for name, one in before.items():
        assert {k: v for k, v in one.items() if k not in told} == {
            k: v for k, v in after[name].items() if k not in told
        }


async def test_one_changed_cell_changes_the_goods(stack: Stack) -> None:
    seller = await a_seller()
    await added(stack, seller, xlsx(LIST[:3]))
    changed = [list(row) for row in LIST[:3]]
    changed[1][4] = 5
    seen = await added(stack, seller, xlsx(changed))
    assert (seen.new, seen.changed, seen.same) == (0, 1, 1)
    assert (await goods_by_name(stack, seller))["Hàng lạ"]["min_quantity"] == 5
