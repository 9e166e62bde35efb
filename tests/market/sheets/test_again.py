"""A list sent again after sales and changes undoes nothing, and asks what it cannot know."""

import io
from typing import Any
from uuid import UUID

from openpyxl import load_workbook

from integrations.contracts.ids import new_id
from integrations.contracts.viewer import SYSTEM
from integrations.runtime.database import rows, run, work
from integrations.runtime.i18n import translate
from market.catalog.service import stock
from market.listing.service import goods as listing
from market.listing.service.goods import Sheet
from market.sheets.service import back, files
from market.sheets.service import run as importing
from tests.kit.listings import a_live_listing
from tests.kit.pages import words
from tests.kit.people import Seller, a_seller
from tests.kit.sheets import HEADS, a_sheet, xlsx
from tests.kit.stack import Stack


def a_list(price: str, left: int | str) -> bytes:
    """One kind of goods."""
    return xlsx([HEADS, ("Cu đơ", "hộp", "500g", price, left, "")])


async def read(stack: Stack, seller: Seller, data: bytes) -> UUID:
    """A list that waits for a yes."""
    sheet_id = await a_sheet(stack, seller, data)
    await stack.drain()
    return sheet_id


async def say_yes(stack: Stack, seller: Seller, sheet_id: UUID) -> None:
    """And wait until it is imported."""
    await importing.confirm(seller.viewer, sheet_id)
    await stack.drain()


async def added(stack: Stack, seller: Seller, data: bytes) -> UUID:
    """Read and imported without a look."""
    sheet_id = await read(stack, seller, data)
    await say_yes(stack, seller, sheet_id)
    return sheet_id


async def only(seller: Seller) -> dict[str, Any]:
    """The one kind of goods of a seller: price, what is left, what was put on the shelf."""
    async with work(SYSTEM):
        [found] = await rows(
            "SELECT listing_id, id, price_vnd, available, started FROM variant"
            " WHERE producer_id = $1",
            [seller.producer_id],
        )
    return found


async def sell(seller: Seller, quantity: int) -> None:
    """Somebody buys."""
    variant_id = (await only(seller))["id"]
    group_id = new_id()
    async with work(SYSTEM):
        await stock.reserve(group_id=group_id, wants={variant_id: quantity}, expires_in_s=None)
        await stock.sell(group_id)


async def type_price(stack: Stack, seller: Seller, price: str) -> None:
    """In the form."""
    await listing.save(
        seller.viewer,
        storage=stack.ports.storage,
        sheet=Sheet(form_id=str(new_id()), typed={"price": price}),
        listing_id=(await only(seller))["listing_id"],
    )


async def exported(seller: Seller) -> bytes:
    """The goods as a file."""
    return await back.exported(seller.viewer, say=lambda text, **p: translate("vi", text, **p))


async def test_the_same_list_after_sales_puts_nothing_back(stack: Stack) -> None:
    seller = await a_seller()
    await added(stack, seller, a_list("50.000", 20))
    await sell(seller, 8)
    again = await read(stack, seller, a_list("50.000", 20))
    assert (await files.look(seller.viewer, again)).same == 1
    await say_yes(stack, seller, again)
    now = await only(seller)
    assert (now["available"], now["started"]) == (12, 20)
    await added(stack, seller, a_list("50.000", 25))
    now = await only(seller)
    assert (now["available"], now["started"]) == (17, 25)


async def test_two_lists_that_were_looked_at_together_count_their_news_once(stack: Stack) -> None:
    seller = await a_seller()
    await added(stack, seller, a_list("50.000", 20))
    both = [await read(stack, seller, a_list("50.000", 25)) for _ in range(2)]
    for sheet_id in both:
        await say_yes(stack, seller, sheet_id)
    assert (await only(seller))["available"] == 25


async def test_a_list_without_a_memory_asks_and_keeps_what_is_here(stack: Stack) -> None:
    seller = await a_seller()
    await a_live_listing(seller, name="Cu đơ", price_vnd=50_000, available=20, unit="hộp 500 g")
    await sell(seller, 8)
    sheet_id = await read(stack, seller, a_list("50.000", 20))
    seen, lines, _ = await files.preview(seller.viewer, sheet_id, asks=True)
    assert (seen.asked, lines[0].questions) == (
        1,
        [{"what": "stock", "in_list": 20, "here": 12, "sold": 8}],
    )
    async with stack.browser(seller.token) as browser:
        page = words((await browser.get(f"/producer/sheets/{sheet_id}")).text)
    assert "Trong bảng 20, ở đây còn 12, đã bán 8." in page
    await say_yes(stack, seller, sheet_id)
    assert (await only(seller))["available"] == 12
    # What was kept is known from now on: the same list has no question any more.
    again = await read(stack, seller, a_list("50.000", 20))
    assert (await files.look(seller.viewer, again)).asked == 0


async def test_what_the_person_takes_from_the_list_is_taken(stack: Stack) -> None:
    seller = await a_seller()
    await a_live_listing(seller, name="Cu đơ", price_vnd=50_000, available=20, unit="hộp 500 g")
    await sell(seller, 8)
    sheet_id = await read(stack, seller, a_list("50.000", 20))
    async with stack.browser(seller.token) as browser:
        here = f"/producer/sheets/{sheet_id}"
        sent = await browser.post(f"{here}/answer", data={"take": "yes", "row": "2"})
        assert (sent.status_code, sent.headers["location"]) == (303, f"{here}?show=asks#row-2")
    await sell(seller, 2)
    await say_yes(stack, seller, sheet_id)
    now = await only(seller)
    assert (now["available"], now["started"]) == (18, 28)


async def test_a_price_that_was_changed_in_the_form_is_asked(stack: Stack) -> None:
    seller = await a_seller()
    await added(stack, seller, a_list("50.000", 20))
    await type_price(stack, seller, "55.000")
    sheet_id = await read(stack, seller, a_list("50.000", 20))
    async with stack.client(seller.token) as client:
        [line] = (await client.get(f"/api/v1/sheets/{sheet_id}/lines")).json()["items"]
        assert line["asks"] == [{"what": "price", "in_list": 50_000, "here": 55_000, "sold": 0}]
        seen = await client.post(f"/api/v1/sheets/{sheet_id}/answer", json={"take": True})
        assert (seen.status_code, seen.json()["asked"]) == (200, 1)
    await say_yes(stack, seller, sheet_id)
    assert (await only(seller))["price_vnd"] == 50_000


async def test_an_unanswered_price_stays_as_it_is_here(stack: Stack) -> None:
    seller = await a_seller()
    await added(stack, seller, a_list("50.000", 20))
    await type_price(stack, seller, "55.000")
    await added(stack, seller, a_list("50.000", 20))
    assert (await only(seller))["price_vnd"] == 55_000


async def test_an_old_export_brings_back_only_what_was_typed_into_it(stack: Stack) -> None:
    seller = await a_seller()
    await added(stack, seller, a_list("50.000", 20))
    data = await exported(seller)
    await sell(seller, 8)
    await type_price(stack, seller, "55.000")
    unchanged = await read(stack, seller, data)
    seen = await files.look(seller.viewer, unchanged)
    assert (seen.same, seen.asked) == (1, 0)
    book = load_workbook(io.BytesIO(data))
    assert book.active is not None
    head = {str(cell.value): int(cell.column or 0) for cell in book.active[1]}
    book.active.cell(2, head["Còn lại"]).value = 23
    out = io.BytesIO()
    book.save(out)
    for _ in range(2):
        await added(stack, seller, out.getvalue())
        now = await only(seller)
        assert (now["price_vnd"], now["available"], now["started"]) == (55_000, 15, 23)


async def test_an_answer_after_the_yes_comes_too_late(stack: Stack) -> None:
    seller = await a_seller()
    sheet_id = await added(stack, seller, a_list("50.000", 20))
    async with stack.client(seller.token) as client:
        late = await client.post(f"/api/v1/sheets/{sheet_id}/answer", json={"take": True})
    assert (late.status_code, late.json()["code"]) == (409, "sheet.moved_on")


async def test_minutes_left_go_by_the_pace_of_the_last_rows(stack: Stack) -> None:
    seller = await a_seller()
    many = [HEADS, *((f"Hàng {n}", "kg", "", "10.000", n, "") for n in range(120))]
    sheet_id = await read(stack, seller, xlsx(many))
    await importing.confirm(seller.viewer, sheet_id)
    assert (await files.look(seller.viewer, sheet_id)).minutes_left is None
    await importing.import_some(stack.ports.storage, sheet_id)
    async with work(SYSTEM):
        # Confirmed long ago, and then 100 rows with 10 s each: what waited in between is no pace.
        await run(
            "UPDATE sheet_import SET confirmed_at = now() - interval '1 day' WHERE id = $1",
            [sheet_id],
        )
        await run(
            "UPDATE sheet_line SET done_at = now() + line * interval '10 s'"
            " WHERE sheet_id = $1 AND state = 'done'",
            [sheet_id],
        )
    seen = await files.look(seller.viewer, sheet_id)
    assert (seen.done, seen.waiting, seen.minutes_left) == (100, 120, 4)
