"""Staff look at both sides: one page tells the whole story of a part, whoever paid it and how."""

from collections.abc import AsyncIterator
from uuid import UUID

import pytest

from integrations.contracts.phone import format_phone, mask_phone
from integrations.contracts.viewer import SYSTEM, Role
from integrations.runtime.database import run, value, work
from market.orders.rules import PaymentMethod
from market.settlement.service import cannot, look_at_clocks, say_money
from tests.kit.bank import knock, money_arrives
from tests.kit.listings import a_live_listing
from tests.kit.orders import Placed, an_order_part
from tests.kit.pages import words
from tests.kit.people import Seller, Someone, a_seller, a_staff
from tests.kit.stack import Stack

COD = PaymentMethod.CASH_ON_DELIVERY


async def _contradicted(stack: Stack) -> tuple[Seller, Placed]:
    """The bank has brought 185,000 đ; then the seller says that nothing is there."""
    seller = await a_seller()
    goods = await a_live_listing(seller, price_vnd=92_500)
    placed = await an_order_part(seller, goods, quantity=2)
    await money_arrives(stack, seller.account, 185_000, f"Le Hoa {placed.reference}")
    await say_money(part_id=placed.part_id, actor=seller.viewer, received=False)
    return seller, placed


async def _page(stack: Stack, someone: Someone, address: str) -> str:
    async with stack.browser(someone.token) as browser:
        answer = await browser.get(address)
    assert answer.status_code == 200, answer.text
    return answer.text


async def test_both_sides_stand_on_one_page(stack: Stack) -> None:
    seller, placed = await _contradicted(stack)
    finance = await a_staff(Role.FINANCE_STAFF)
    said = words(await _page(stack, finance, f"/staff/order-parts/{placed.part_id}"))
    assert "Ngân hàng và người bán nói khác nhau" in said
    assert "Người bán nói Chưa thấy tiền." in said
    assert "Ngân hàng báo Đúng số tiền 185.000" in said and "“Le Hoa" in said
    assert "Căn cứ đã trả tiền Tin của ngân hàng" in said
    assert seller.name in said and format_phone(seller.phone) in said
    assert placed.reference in said and "2 × 92.500" in said
    assert "Ngân hàng báo: tiền đã vào." in said and "Tự động" in said
    assert "thẻ" not in said


async def test_the_row_says_what_is_said_and_by_what_it_was_held_for_paid(stack: Stack) -> None:
    _, placed = await _contradicted(stack)
    finance = await a_staff(Role.FINANCE_STAFF)
    async with work(SYSTEM):
        await run(
            "UPDATE follow_up SET due_at = now() - interval '9 years' WHERE subject_id = $1",
            [placed.part_id],
        )
    page = await _page(stack, finance, "/staff/follow-ups")
    row = words(page[page.index(f"/staff/order-parts/{placed.part_id}") :][:3_000])
    assert "Người bán báo: chưa thấy tiền." in row
    assert "Căn cứ đã trả tiền: Tin của ngân hàng" in row


async def test_the_api_tells_the_same_story(stack: Stack) -> None:
    seller, placed = await _contradicted(stack)
    finance, province = await a_staff(Role.FINANCE_STAFF), await a_staff(Role.PROVINCE_STAFF)
    seen = []
    for someone in (finance, province, seller):
        async with stack.client(someone.token) as client:
            seen.append((await client.get(f"/api/v1/order-parts/{placed.part_id}")).json())
    for part in seen:
        assert [word["said"] for word in part["payment"]["words"]] == ["not_seen"]
        assert [line["amount_vnd"] for line in part["payment"]["bank"]] == [185_000]
        assert part["payment"]["bank"][0]["outcome"] == "exact"
        assert [one["kind"] for one in part["open"]] == ["payment.contradiction"]
        assert [event["by"] for event in part["events"]] == ["buyer", "system"]
        assert part["seller"] == {"name": seller.name, "phone": seller.phone}
    # What somebody wrote with the money is for those who look after it.
    told = [part["payment"]["bank"][0]["content"] for part in seen]
    assert told == [f"Le Hoa {placed.reference}", None, None]


async def test_closed_on_the_page_it_comes_back_to_the_page(stack: Stack) -> None:
    _, placed = await _contradicted(stack)
    finance = await a_staff(Role.FINANCE_STAFF)
    here = f"/staff/order-parts/{placed.part_id}"
    async with work(SYSTEM):
        task = await value(
            "SELECT id FROM follow_up WHERE subject_id = $1 AND closed_at IS NULL",
            [placed.part_id],
        )
    close = f"/staff/follow-ups/{task}/close"
    assert f'action="{close}"' in await _page(stack, finance, here)
    async with stack.browser(finance.token) as browser:
        data = {"part_id": str(placed.part_id), "outcome": " "}
        empty = await browser.post(close, data=data)
        assert empty.status_code == 400 and "Mời viết vài chữ" in words(empty.text)
        assert placed.number in empty.text and f'action="{close}"' in empty.text
        done = await browser.post(close, data={**data, "outcome": "Đã gọi hai bên"})
        assert (done.status_code, done.headers["location"]) == (303, f"{here}?done=closed")
        after = await browser.get(done.headers["location"])
    assert close not in after.text and "Đã ghi." in words(after.text)


async def test_a_part_that_was_never_by_card_says_nothing_of_cards(stack: Stack) -> None:
    seller, staff = await a_seller(), await a_staff(Role.PROVINCE_STAFF)
    placed = await an_order_part(seller, await a_live_listing(seller), method=COD)
    said = words(await _page(stack, staff, f"/staff/order-parts/{placed.part_id}"))
    assert "Chưa trả tiền" in said and "Trả tiền khi nhận hàng" in said and "thẻ" not in said


@pytest.mark.parametrize(
    ("role", "calls"),
    [
        (Role.COMMUNE_STAFF, True),
        (Role.PROVINCE_STAFF, True),
        (Role.FINANCE_STAFF, True),
        (Role.ADMIN, True),
        (Role.MODERATOR, False),
        (Role.OPERATOR, False),
    ],
)
async def test_a_buyer_is_masked_unless_staff_have_to_call(
    stack: Stack, role: Role, calls: bool
) -> None:
    seller, staff = await a_seller(), await a_staff(role)
    placed = await an_order_part(seller, await a_live_listing(seller), method=COD)

    async def buyer() -> dict[str, str | None]:
        async with stack.client(staff.token) as client:
            part = (await client.get(f"/api/v1/order-parts/{placed.part_id}")).json()
        found: dict[str, str | None] = part["buyer"]
        return found

    masked = {
        "name": "L. T. H.",
        "commune": "Phường Hoàn Kiếm, Hà Nội",
        "phone": mask_phone(placed.buyer_phone),
        "street": None,
    }
    assert await buyer() == masked
    page = await _page(stack, staff, f"/staff/order-parts/{placed.part_id}")
    assert mask_phone(placed.buyer_phone) in page and placed.buyer_phone not in page
    async with work(SYSTEM):
        await run(
            "UPDATE order_part SET answer_by = now() - interval '1 hour' WHERE id = $1",
            [placed.part_id],
        )
    await look_at_clocks()
    known = {**masked, "name": "Lê Thị Hoa", "phone": placed.buyer_phone}
    assert await buyer() == (known if calls else masked)
    page = await _page(stack, staff, f"/staff/order-parts/{placed.part_id}")
    assert (f'href="tel:{placed.buyer_phone}"' in page) is calls
    await cannot(part_id=placed.part_id, actor=seller.viewer, reason="Hết hàng")
    assert await buyer() == masked


@pytest.fixture
async def unreadable(stack: Stack) -> AsyncIterator[UUID]:
    """The task about a notice of the bank that says nothing we know; the first of all lists."""
    await knock(stack, b'{"strange": "<b>tien</b>", "long": "' + b"x" * 5_000 + b'"}')
    await stack.drain()
    async with work(SYSTEM):
        task = await value(
            "SELECT f.id FROM follow_up f JOIN inbox i ON i.id = f.subject_id WHERE"
            " f.kind = 'bank.unreadable'"
            " AND position('<b>tien' in encode(i.raw_body, 'escape')) > 0"
            " AND f.closed_at IS NULL"
        )
        await run("UPDATE follow_up SET due_at = now() - interval '10 years' WHERE id = $1", [task])
    yield UUID(str(task))
    async with work(SYSTEM):
        await run("UPDATE follow_up SET closed_at = now() WHERE id = $1", [task])


async def test_finance_staff_read_what_nobody_could_read(stack: Stack, unreadable: UUID) -> None:
    finance = await a_staff(Role.FINANCE_STAFF)
    page = await _page(stack, finance, "/staff/follow-ups")
    assert "<b>tien" not in page and "&lt;b&gt;tien&lt;/b&gt;" in page
    assert "Tin ngân hàng gửi" in words(page)
    raw = {}
    for role in (Role.FINANCE_STAFF, Role.ADMIN, Role.OPERATOR):
        async with stack.client((await a_staff(role)).token) as client:
            listed = (await client.get("/api/v1/follow-ups?limit=5")).json()["items"]
        raw[role] = next(one["raw"] for one in listed if one["id"] == str(unreadable))
    assert raw[Role.FINANCE_STAFF] == raw[Role.ADMIN]
    assert raw[Role.ADMIN].startswith('{"strange": "<b>tien</b>"')
    assert len(raw[Role.ADMIN]) == 2_000
    assert raw[Role.OPERATOR] is None
