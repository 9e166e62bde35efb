"""A price list from the file to the goods: looked at, said yes to, added once, stopped, resumed."""

import io
from typing import Any
from uuid import UUID

import pytest

from integrations.contracts.errors import Conflict, NotFound, Problem
from integrations.contracts.ids import new_id
from integrations.contracts.viewer import SYSTEM
from integrations.runtime.database import rows, run, work
from integrations.runtime.i18n import LANGUAGES, translate
from market.catalog.service import stock
from market.listing.rules.templates import templates
from market.sheets.schemas import SheetState
from market.sheets.service import back, files
from market.sheets.service import run as importing
from tests.kit.listings import a_listing
from tests.kit.people import Seller, a_seller
from tests.kit.sheets import HEADS, a_sheet, as_cp1258, csv_text, xlsx
from tests.kit.stack import Stack

LIST: list[list[Any]] = [
    ["BẢNG GIÁ HỢP TÁC XÃ"],
    [],
    list(HEADS),
    ["I. BÁNH KẸO"],
    ["Cu đơ", "hộp", "500g", "50.000", "15 hộp", "OCOP 4 sao"],
    ["Mật ong", "chai", "1 lít", "rẻ lắm", 8, ""],
    ["Cam bù", "kg", "1 kg", "70k", "hết hàng", ""],
    ["Tổng cộng", "3 sản phẩm"],
]


async def goods_of(seller: Seller) -> list[tuple[Any, ...]]:
    """Name, unit, price, what is left, description and state, by name."""
    async with work(SYSTEM):
        found = await rows(
            "SELECT l.name, v.unit, v.price_vnd, v.available, l.description, l.state"
            " FROM listing l JOIN variant v ON v.listing_id = l.id WHERE l.producer_id = $1"
            " ORDER BY l.name",
            [seller.producer_id],
        )
    return [tuple(row.values()) for row in found]


async def sent(stack: Stack, seller: Seller, data: bytes, name: str = "bang-gia.xlsx") -> UUID:
    """A file that was sent and read."""
    sheet_id = await a_sheet(stack, seller, data, name=name)
    await stack.drain()
    return sheet_id


async def added(stack: Stack, seller: Seller, data: bytes) -> tuple[int, int, int]:
    """Send, say yes, wait; how many goods were new, changed and the same."""
    sheet_id = await sent(stack, seller, data)
    await importing.confirm(seller.viewer, sheet_id)
    await stack.drain()
    seen = await files.look(seller.viewer, sheet_id)
    assert seen.state is SheetState.DONE
    return seen.new, seen.changed, seen.same


async def test_nothing_is_added_before_a_yes_and_then_the_good_rows_are(stack: Stack) -> None:
    seller = await a_seller()
    sheet_id = await sent(stack, seller, xlsx(LIST))
    seen, bad, _ = await files.preview(seller.viewer, sheet_id, bad=True)
    assert (seen.state, seen.total, seen.good, seen.bad) == (SheetState.READY, 3, 2, 1)
    assert [(one["cell"], one["code"]) for line in bad for one in line.bad] == [
        ("D6", "money.unreadable")
    ]
    assert seen.left_out == [[4, "group"], [8, "total"]]
    assert await goods_of(seller) == []
    await importing.confirm(seller.viewer, sheet_id)
    await stack.drain()
    assert await goods_of(seller) == [
        ("Cam bù", "kg", 70_000, 0, templates()["cam-bu"].about(), "draft"),
        ("Cu đơ", "hộp 500 g", 50_000, 15, "OCOP 4 sao", "draft"),
    ]
    done = await files.look(seller.viewer, sheet_id)
    assert (done.state, done.done, done.bad, done.new) == (SheetState.DONE, 2, 1, 2)


async def test_the_same_list_again_doubles_nothing_and_a_new_price_changes_one(
    stack: Stack,
) -> None:
    seller = await a_seller()
    assert await added(stack, seller, xlsx(LIST)) == (2, 0, 0)
    assert await added(stack, seller, xlsx(LIST)) == (0, 0, 2)
    dearer = [*LIST[:4], ["CU ĐƠ", "hộp", "500g", "55.000", "12", "OCOP 4 sao"], *LIST[5:]]
    assert await added(stack, seller, xlsx(dearer)) == (0, 1, 1)
    assert [one[:4] for one in await goods_of(seller)] == [
        ("CU ĐƠ", "hộp 500 g", 55_000, 12),
        ("Cam bù", "kg", 70_000, 0),
    ]


async def test_goods_that_were_typed_are_found_by_their_name(stack: Stack) -> None:
    seller = await a_seller()
    await a_listing(seller, name="Cu Đơ", price_vnd=40_000, description="Nấu từ sáng sớm.")
    assert await added(stack, seller, xlsx(LIST)) == (1, 1, 0)
    cu_do = (await goods_of(seller))[1]
    assert cu_do == ("Cu đơ", "hộp 500 g", 50_000, 15, "Nấu từ sáng sớm.", "draft")


async def test_a_code_finds_goods_whose_name_was_changed(stack: Stack) -> None:
    seller = await a_seller()
    heads = ["Mã hàng", "Tên hàng", "Giá"]
    assert await added(stack, seller, xlsx([heads, ["CD1", "Cu đơ", "50.000"]])) == (1, 0, 0)
    assert await added(stack, seller, xlsx([heads, ["cd1", "Kẹo cu đơ", "50.000"]])) == (0, 1, 0)
    assert [one[0] for one in await goods_of(seller)] == ["Kẹo cu đơ"]


async def test_another_sellers_goods_are_not_touched(stack: Stack) -> None:
    seller, neighbour = await a_seller(), await a_seller()
    await added(stack, seller, xlsx(LIST))
    before = await goods_of(seller)
    assert await added(stack, neighbour, xlsx(LIST)) == (2, 0, 0)
    sheet_id = await sent(stack, seller, xlsx(LIST))
    for verb in (files.look, importing.confirm, importing.cancel):
        with pytest.raises(NotFound):
            await verb(neighbour.viewer, sheet_id)
    assert await goods_of(seller) == before


async def test_a_form_sent_twice_is_one_import(stack: Stack) -> None:
    seller, form_id = await a_seller(), str(new_id())
    made = [
        await files.take_in(
            seller.viewer,
            storage=stack.ports.storage,
            file=io.BytesIO(xlsx(LIST)),
            name="a.xlsx",
            form_id=form_id,
        )
        for _ in range(2)
    ]
    assert made[0] == made[1]
    assert len(await files.latest(seller.viewer)) == 1


async def test_columns_are_explained_once_for_every_later_file(stack: Stack) -> None:
    seller = await a_seller()
    strange: list[list[Any]] = [
        ["Thứ hàng", "Một cái bao nhiêu"],
        ["Cu đơ", "50.000"],
        ["Cam", "70k"],
    ]
    sheet_id = await sent(stack, seller, xlsx(strange))
    seen = await files.look(seller.viewer, sheet_id)
    assert (seen.good, [one["field"] for one in seen.columns]) == (0, ["", ""])
    with pytest.raises(Problem) as refused:
        await importing.confirm(seller.viewer, sheet_id)
    assert refused.value.code == "sheet.nothing_good"
    await files.explain(seller.viewer, sheet_id, fields={0: "name", 1: "price"})
    await stack.drain()
    again = await files.look(seller.viewer, sheet_id)
    assert (again.good, again.bad) == (2, 0)
    turned = [["Một cái bao nhiêu", "Thứ hàng"], ["20.000", "Ổi"]]
    assert await added(stack, seller, xlsx(turned)) == (1, 0, 0)
    assert [one[:3] for one in await goods_of(seller)] == [("Ổi", "", 20_000)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1258"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
async def test_text_files_of_every_kind_are_read(
    stack: Stack, encoding: str, delimiter: str
) -> None:
    seller = await a_seller()
    text = csv_text(LIST, delimiter=delimiter)
    data = as_cp1258(text) if encoding == "cp1258" else text.encode(encoding)
    sheet_id = await sent(stack, seller, data, "gia.csv")
    seen, good, _ = await files.preview(seller.viewer, sheet_id, bad=False)
    assert (seen.kind, seen.good, seen.bad) == ("csv", 2, 1)
    assert [line.typed["name"] for line in good] == ["Cu đơ", "Cam bù"]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"\x89PNG\r\n\x1a\n\x00\x01\x02", "sheet.unreadable"),
        (b"PK\x03\x04 no archive", "sheet.unreadable"),
        (b"\n\n", "sheet.no_table"),
        ("Ngày;Khách;Mặt hàng;Thành tiền\n1/1;A;Cu đơ;5".encode(), "sheet.sales_book"),
        ("TT;Chủ thể;Địa chỉ;Điện thoại\n1;A;B;C".encode(), "sheet.people"),
        (b"a;b\n" * 10_001, "sheet.too_many_rows"),
    ],
)
async def test_a_file_that_is_no_price_list_is_refused_with_its_reason(
    stack: Stack, data: bytes, code: str
) -> None:
    seller = await a_seller()
    seen = await files.look(seller.viewer, await sent(stack, seller, data))
    assert (seen.state, seen.problem_code) == (SheetState.REFUSED, code)


async def test_hidden_sheets_are_not_looked_at(stack: Stack) -> None:
    seller = await a_seller()
    secret: list[list[Any]] = [
        list(HEADS),
        *(["Giá vốn", "kg", "", "1.000", 1, ""] for _ in range(9)),
    ]
    sheet_id = await sent(stack, seller, xlsx(LIST, hidden=secret))
    seen = await files.look(seller.viewer, sheet_id)
    assert (seen.sheet_name, seen.total) == ("Bảng giá", 3)


async def test_a_killed_import_goes_on_where_it_stood(stack: Stack) -> None:
    seller = await a_seller()
    many: list[list[Any]] = [
        list(HEADS),
        *([f"Hàng {n}", "kg", "", "10.000", n, ""] for n in range(250)),
    ]
    sheet_id = await sent(stack, seller, xlsx(many))
    await importing.confirm(seller.viewer, sheet_id)
    storage = stack.ports.storage
    await importing.import_some(storage, sheet_id)
    half = await files.look(seller.viewer, sheet_id)
    assert (half.state, half.done, half.good) == (SheetState.IMPORTING, 100, 150)
    assert half.minutes_left is not None
    # The job that died with its worker is run again, beside the one that it had asked for.
    await importing.import_some(storage, sheet_id)
    await stack.drain()
    seen = await files.look(seller.viewer, sheet_id)
    assert (seen.state, seen.done, seen.new) == (SheetState.DONE, 250, 250)
    assert len(await goods_of(seller)) == 250


async def test_what_was_sold_meanwhile_is_not_put_back_by_a_second_run(stack: Stack) -> None:
    seller = await a_seller()
    sheet_id = await sent(stack, seller, xlsx(LIST))
    await importing.confirm(seller.viewer, sheet_id)
    await stack.drain()
    async with work(SYSTEM):
        [shelf] = await rows(
            "SELECT id, available FROM variant WHERE producer_id = $1 AND available > 0",
            [seller.producer_id],
        )
        sold = {shelf["id"]: shelf["available"] - 3}
        await stock.reserve(group_id=new_id(), wants=sold, expires_in_s=None)
    await importing.import_some(stack.ports.storage, sheet_id)
    assert [one[3] for one in await goods_of(seller)] == [0, 3]


async def test_a_stopped_import_keeps_what_was_added_and_adds_no_more(stack: Stack) -> None:
    seller = await a_seller()
    many: list[list[Any]] = [
        list(HEADS),
        *([f"Hàng {n}", "kg", "", "10.000", n, ""] for n in range(150)),
    ]
    sheet_id = await sent(stack, seller, xlsx(many))
    await importing.confirm(seller.viewer, sheet_id)
    await importing.import_some(stack.ports.storage, sheet_id)
    await importing.cancel(seller.viewer, sheet_id)
    await stack.drain()
    seen = await files.look(seller.viewer, sheet_id)
    assert (seen.state, seen.done, len(await goods_of(seller))) == (SheetState.CANCELLED, 100, 100)
    with pytest.raises(Conflict):
        await importing.confirm(seller.viewer, sheet_id)


async def test_goods_that_were_put_away_are_said_and_the_rest_is_added(stack: Stack) -> None:
    seller = await a_seller()
    await added(stack, seller, xlsx(LIST))
    async with work(SYSTEM):
        await run(
            "UPDATE listing SET state = 'archived' WHERE producer_id = $1 AND name = 'Cu đơ'",
            [seller.producer_id],
        )
    sheet_id = await sent(stack, seller, xlsx(LIST))
    await importing.confirm(seller.viewer, sheet_id)
    await stack.drain()
    _, bad, _ = await files.preview(seller.viewer, sheet_id, bad=True)
    assert [(line.bad[0]["cell"], line.bad[0]["code"]) for line in bad] == [
        ("A5", "listing.archived"),
        ("D6", "money.unreadable"),
    ]


async def test_the_own_goods_go_out_and_come_back_without_a_change(stack: Stack) -> None:
    seller = await a_seller()
    await added(stack, seller, xlsx(LIST))
    for name in ("=1+1", "- Bưởi", "'=x", "@ngon", "Cam “xịn”, loại; 1"):
        await a_listing(seller, name=name, price_vnd=12_000, unit="+kg", description="a\n\n- b")
    await a_listing(seller, name="Chưa có giá", price_vnd=None)
    before = await goods_of(seller)
    for language in LANGUAGES:
        data = await back.exported(
            seller.viewer, say=lambda text, language=language, **p: translate(language, text, **p)
        )
        assert await added(stack, seller, data) == (0, 0, 7)
        assert await goods_of(seller) == before
