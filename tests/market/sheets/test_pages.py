"""The pages and the API of a price list: the same verbs behind both."""

import zipfile
from io import BytesIO
from uuid import UUID

import pytest

from integrations.runtime.sheets import SheetRefused, read_book
from tests.kit.pages import hidden, words
from tests.kit.people import a_seller
from tests.kit.sheets import HEADS, xlsx
from tests.kit.stack import Stack

PATH = "/producer/sheets"
LIST = xlsx(
    [
        HEADS,
        ("Cu đơ", "hộp", "500g", "50.000", "15 hộp", ""),
        ("Mật ong", "chai", "", "rẻ", "", ""),
    ]
)


async def test_from_the_goods_page_to_the_goods_by_hand(stack: Stack) -> None:
    seller = await a_seller()
    async with stack.browser(seller.token) as browser:
        assert f'href="{PATH}"' in (await browser.get("/producer/goods")).text
        form_id = hidden((await browser.get(PATH)).text, "form_id")
        sent = await browser.post(
            PATH, data={"form_id": form_id}, files={"file": ("gia.xlsx", LIST)}
        )
        here = sent.headers["location"]
        assert (sent.status_code, here.rpartition("/")[0]) == (303, PATH)
        assert "Đang đọc bảng giá" in words((await browser.get(here)).text)
        assert (await browser.get(f"{here}/state")).json()["done"] is False
        await stack.drain()
        assert (await browser.get(f"{here}/state")).json()["url"] == here
        preview = words((await browser.get(here)).text)
        assert "D3 : Xin gõ số tiền bằng chữ số, ví dụ 45.000." in preview
        assert "Thêm 1 dòng" in preview
        good = words((await browser.get(f"{here}?show=good")).text)
        assert "D2 · Giá" in good and "50.000 ₫" in good.replace("\u00a0", " ")
        assert (await browser.post(f"{here}/confirm")).status_code == 303
        assert "0 trên 1 dòng" in (await browser.get(f"{here}/state")).json()["text"]
        await stack.drain()
        assert "Đã thêm bảng giá" in words((await browser.get(here)).text)
        assert "Cu đơ" in words((await browser.get("/producer/goods")).text)


async def test_a_program_does_the_same(stack: Stack) -> None:
    seller = await a_seller()
    async with stack.client(seller.token) as client:
        sent = await client.post("/api/v1/sheets", files={"file": ("gia.xlsx", LIST)})
        assert (sent.status_code, sent.json()["state"]) == (202, "received")
        here = f"/api/v1/sheets/{UUID(sent.json()['id'])}"
        await stack.drain()
        [bad] = (await client.get(f"{here}/lines", params={"bad": True})).json()["items"]
        assert (bad["row"], bad["bad"][0]["cell"]) == (3, "D3")
        first = (await client.get(f"{here}/lines", params={"limit": 1})).json()
        assert [one["row"] for one in first["items"]] == [2] and first["next_row"] == 2
        rest = (await client.get(f"{here}/lines", params={"after_row": 2})).json()
        assert [one["row"] for one in rest["items"]] == [3] and rest["next_row"] is None
        assert (await client.post(f"{here}/confirm")).json()["state"] == "importing"
        await stack.drain()
        assert (await client.get(here)).json()["done"] == 1
        late = await client.post(f"{here}/cancel")
        assert (late.status_code, late.json()["code"]) == (409, "sheet.moved_on")


@pytest.mark.parametrize(
    ("data", "status", "code"),
    [(b"", 400, "sheet.empty"), (b"a" * (10 * 1024 * 1024 + 1), 413, "sheet.too_large")],
    ids=["empty", "large"],
)
async def test_a_file_of_no_use_is_refused_before_it_is_kept(
    stack: Stack, data: bytes, status: int, code: str
) -> None:
    seller = await a_seller()
    async with stack.client(seller.token) as client:
        answer = await client.post("/api/v1/sheets", files={"file": ("gia.csv", data)})
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_what_would_unpack_without_end_is_not_unpacked() -> None:
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"<a/>")
        archive.writestr("xl/worksheets/sheet1.xml", b" " * (61 * 1024 * 1024))
    with pytest.raises(SheetRefused) as refused:
        await read_book(out.getvalue())
    assert refused.value.code == "sheet.too_large"


async def test_a_cell_far_away_does_not_fill_the_memory() -> None:
    from openpyxl import Workbook

    book = Workbook()
    assert book.active is not None
    book.active["A1"], book.active["XFD1048576"] = "Tên", "x"
    out = BytesIO()
    book.save(out)
    with pytest.raises(SheetRefused) as refused:
        await read_book(out.getvalue())
    assert refused.value.code in ("sheet.too_many_rows", "sheet.too_large", "sheet.unreadable")
