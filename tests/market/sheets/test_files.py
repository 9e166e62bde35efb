"""Files of price lists: what a person knows better, what failed by us, and when they go."""

import io
from collections.abc import Sequence
from uuid import UUID

import pytest
import structlog

from integrations.contracts.errors import Conflict, NotFound
from integrations.contracts.ids import new_id
from integrations.contracts.viewer import SYSTEM
from integrations.runtime.database import run, work
from integrations.runtime.sheets import Book, SheetFailed
from market.sheets import tasks
from market.sheets.schemas import SheetState
from market.sheets.service import files, reading, tidy
from tests.kit.pages import words
from tests.kit.people import Seller, a_seller
from tests.kit.sheets import a_sheet, csv_text
from tests.kit.stack import Stack

SALES = [
    ("Ngày", "Khách", "Mặt hàng", "Đơn giá", "Thành tiền"),
    ("1/11", "Chị Hoa", "Cu đơ", "50.000", "100.000"),
    ("2/11", "Anh Nam", "Mật ong", "150.000", "150.000"),
]
PEOPLE = [("TT", "Chủ thể", "Địa chỉ", "Điện thoại"), ("1", "Cu đơ Bà Hường", "Hà Tĩnh", "0912")]


async def sent(stack: Stack, seller: Seller, rows: Sequence[tuple[str, ...]]) -> UUID:
    """A CSV that was sent and read."""
    sheet_id = await a_sheet(stack, seller, csv_text(rows, delimiter=";").encode(), name="so.csv")
    await stack.drain()
    return sheet_id


async def aged(sheet_id: UUID, days: int) -> None:
    """As if everything about it were so much older."""
    async with work(SYSTEM):
        await run(
            "UPDATE sheet_import SET created_at = created_at - make_interval(days => $2),"
            " ended_at = ended_at - make_interval(days => $2) WHERE id = $1",
            [sheet_id, days],
        )


@pytest.mark.parametrize(("rows", "good"), [(SALES, 2), (PEOPLE, 0)], ids=["sales", "people"])
async def test_the_person_may_say_that_it_is_a_price_list_and_it_is_remembered(
    stack: Stack, rows: Sequence[tuple[str, ...]], good: int
) -> None:
    seller = await a_seller()
    first = await sent(stack, seller, rows)
    async with stack.browser(seller.token) as browser:
        here = f"/producer/sheets/{first}"
        assert "Đây là bảng giá" in words((await browser.get(here)).text)
        assert (await browser.post(f"{here}/again")).status_code == 303
        await stack.drain()
        page = (await browser.get(here)).text
    assert '<details class="card" open><summary><span class="fill">Các cột là gì' in page
    seen = await files.look(seller.viewer, first)
    assert (seen.state, seen.is_list, seen.good) == (SheetState.READY, True, good)
    later = await files.look(seller.viewer, await sent(stack, seller, [*rows, rows[-1]]))
    assert (later.state, later.is_list) == (SheetState.READY, True)


async def test_what_one_seller_said_of_a_file_holds_for_no_other(stack: Stack) -> None:
    seller, neighbour = await a_seller(), await a_seller()
    sheet_id = await sent(stack, seller, SALES)
    with pytest.raises(NotFound):
        await files.look_again(neighbour.viewer, sheet_id)
    await files.look_again(seller.viewer, sheet_id)
    await stack.drain()
    other = await files.look(neighbour.viewer, await sent(stack, neighbour, SALES))
    assert other.problem_code == "sheet.sales_book"


async def test_a_file_that_cannot_be_opened_is_not_looked_at_again(stack: Stack) -> None:
    seller = await a_seller()
    sheet_id = await a_sheet(stack, seller, b"\x89PNG\r\n\x1a\n\x00")
    await stack.drain()
    with pytest.raises(Conflict):
        await files.look_again(seller.viewer, sheet_id)


async def _broken(data: bytes) -> Book:
    raise SheetFailed("Traceback: in our own line 7")


async def test_what_we_fail_on_is_written_down_and_tried_again(stack: Stack) -> None:
    seller = await a_seller()
    sheet_id = await a_sheet(stack, seller)
    with structlog.testing.capture_logs() as logs:
        await reading.read_file(stack.ports.storage, sheet_id, reader=_broken)
    [said] = [one for one in logs if one["event"] == "sheet_failed"]
    assert (said["log_level"], said["sheet_id"]) == ("error", str(sheet_id)) and said["exc_info"]
    async with stack.browser(seller.token) as browser:
        here = f"/producer/sheets/{sheet_id}"
        page = words((await browser.get(here)).text)
        assert "lỗi ở Gánh, không phải ở tệp" in page and "Thử lại" in page
        await browser.post(f"{here}/again")
    await stack.drain()
    seen = await files.look(seller.viewer, sheet_id)
    assert (seen.state, seen.is_list, seen.good, seen.bad) == (SheetState.READY, False, 1, 1)


async def test_a_file_goes_a_month_after_its_import_ended(stack: Stack) -> None:
    seller, storage = await a_seller(), stack.ports.storage
    sheet_id = await a_sheet(stack, seller)
    await stack.drain()
    async with stack.browser(seller.token) as browser:
        here = f"/producer/sheets/{sheet_id}"
        await browser.post(f"{here}/confirm")
        await stack.drain()
        assert "Tệp được giữ đến" in words((await browser.get(here)).text)
        await aged(sheet_id, 29)
        await tasks.forget(stack.ctx)
        assert (await browser.get(f"{here}/marked.xlsx")).status_code == 200
        await aged(sheet_id, 2)
        for _ in range(2):
            await tidy.forget_files(storage, orphans_after_s=-60)
        page = (await browser.get(here)).text
        assert "Tệp được giữ đến" not in words(page) and "marked.xlsx" not in page
        assert (await browser.get(f"{here}/marked.xlsx")).status_code == 409
    assert await storage.list_keys(f"sheets/{sheet_id}/") == []


async def test_a_list_without_an_answer_is_stopped_after_a_month(stack: Stack) -> None:
    seller = await a_seller()
    sheet_id = await a_sheet(stack, seller)
    await stack.drain()
    await aged(sheet_id, 31)
    await tidy.forget_files(stack.ports.storage)
    seen = await files.look(seller.viewer, sheet_id)
    assert seen.state is SheetState.CANCELLED and seen.kept_until is not None


async def test_objects_that_no_import_knows_go_after_a_day(stack: Stack) -> None:
    seller, storage = await a_seller(), stack.ports.storage
    kept = await a_sheet(stack, seller)
    fresh = f"sheets/{new_id()}/original"
    day_ms = 86_400_000
    old = UUID(int=new_id().int - (2 * day_ms << 80))
    for key in (fresh, f"sheets/{old}/original", f"sheets/{old}/pictures"):
        await storage.put(key, io.BytesIO(b"x"), content_type="application/octet-stream")
    assert await tidy.forget_files(storage) == 2
    left = await storage.list_keys("sheets/")
    assert fresh in left and f"sheets/{kept}/original" in left
    assert not any(str(old) in key for key in left)
