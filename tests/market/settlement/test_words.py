"""What people write about an order: HTML stays text, too much is said at its field."""

from html import escape
from uuid import UUID

import pytest

from integrations.contracts.viewer import SYSTEM, Role
from integrations.runtime.database import rows, work
from integrations.runtime.followups import open_follow_up
from market.orders.rules import PaymentMethod
from tests.kit.listings import a_live_listing
from tests.kit.orders import Placed, an_order_part
from tests.kit.people import Seller, a_seller, a_staff
from tests.kit.stack import Stack

COD = PaymentMethod.CASH_ON_DELIVERY
HOSTILE = "<script>alert(1)</script>"
# The last one grows to three times its length when it is spelled in one way (NFC).
MUCH = {"10,000 letters": "ă" * 10_000, "much HTML": "<b>" * 3_000, "growing": "\U0001d160" * 60}


async def _placed() -> tuple[Seller, Placed]:
    seller = await a_seller()
    return seller, await an_order_part(seller, await a_live_listing(seller), method=COD)


async def _state(placed: Placed) -> str:
    async with work(SYSTEM):
        found = await rows("SELECT state FROM order_part WHERE id = $1", [placed.part_id])
    return str(found[0]["state"])


@pytest.mark.parametrize("much", [*list(MUCH.values())[:2], "\U0001d160" * 200], ids=MUCH)
async def test_too_many_words_of_why_cancel_nothing(stack: Stack, much: str) -> None:
    seller, placed = await _placed()
    async with stack.browser(seller.token) as browser:
        page = await browser.post(
            f"/producer/orders/{placed.part_id}/cannot", data={"why": "other", "words": much}
        )
    assert page.status_code == 400 and 'id="words-e"' in page.text
    assert "nhiều nhất 200. Mời rút ngắn." in page.text
    assert f'value="{escape(much)}"' in page.text and "<b>" not in page.text
    async with stack.client(seller.token) as client:
        refused = await client.post(
            f"/api/v1/order-parts/{placed.part_id}/cannot", json={"reason": much}
        )
    assert (refused.status_code, refused.json()["field"]) == (400, "reason")
    assert refused.headers["content-type"] == "application/problem+json"
    assert await _state(placed) == "placed"


async def test_a_why_that_is_no_choice_is_said_at_its_field(stack: Stack) -> None:
    seller, placed = await _placed()
    async with stack.browser(seller.token) as browser:
        page = await browser.post(
            f"/producer/orders/{placed.part_id}/cannot", data={"why": HOSTILE * 400}
        )
    assert page.status_code == 400 and 'id="words-e"' in page.text
    assert "<script>alert" not in page.text and await _state(placed) == "placed"


async def test_html_in_words_of_why_stays_text(stack: Stack) -> None:
    seller, placed = await _placed()
    async with stack.client(seller.token) as client:
        done = await client.post(
            f"/api/v1/order-parts/{placed.part_id}/cannot", json={"reason": HOSTILE}
        )
    assert done.status_code == 200 and await _state(placed) == "cancelled"
    await stack.drain()
    assert HOSTILE in stack.messages.latest(to_phone=placed.buyer_phone)[0]["text"]
    async with stack.browser(seller.token) as browser:
        page = await browser.get(f"/producer/orders/{placed.part_id}")
    assert "<script>alert" not in page.text


async def _to_do(placed: Placed, seller: Seller) -> UUID:
    async with work(SYSTEM):
        await open_follow_up(
            "order.staff_steps_in",
            subject_type="order_part",
            subject_id=placed.part_id,
            for_role=str(Role.MODERATOR),
            due_in_s=0,
            producer_id=seller.producer_id,
        )
        found = await rows("SELECT id FROM follow_up WHERE subject_id = $1", [placed.part_id])
    return UUID(str(found[0]["id"]))


async def _closed(follow_up_id: UUID) -> str | None:
    async with work(SYSTEM):
        found = await rows("SELECT closed_at, outcome FROM follow_up WHERE id = $1", [follow_up_id])
    return str(found[0]["outcome"]) if found[0]["closed_at"] else None


@pytest.mark.parametrize("much", MUCH.values(), ids=MUCH)
async def test_too_many_words_of_what_came_of_it_close_nothing(stack: Stack, much: str) -> None:
    seller, placed = await _placed()
    staff, task = await a_staff(), await _to_do(placed, seller)
    async with stack.browser(staff.token) as browser:
        for more in ({}, {"part_id": str(placed.part_id)}):
            data = {"outcome": much, **more}
            page = await browser.post(f"/staff/follow-ups/{task}/close", data=data)
            assert page.status_code == 400 and f'id="o-{task}-e"' in page.text
            assert "nhiều nhất 60. Mời rút ngắn." in page.text
            assert f'value="{escape(much)}"' in page.text and "<b>" not in page.text
    async with stack.client(staff.token) as client:
        refused = await client.post(f"/api/v1/follow-ups/{task}/close", json={"outcome": much})
    assert (refused.status_code, refused.json()["field"]) == (400, "outcome")
    assert refused.headers["content-type"] == "application/problem+json"
    assert await _closed(task) is None


async def test_html_in_what_came_of_it_stays_text(stack: Stack) -> None:
    seller, placed = await _placed()
    staff, task = await a_staff(), await _to_do(placed, seller)
    async with stack.browser(staff.token) as browser:
        done = await browser.post(f"/staff/follow-ups/{task}/close", data={"outcome": HOSTILE})
        assert done.status_code == 303
        pages = [
            await browser.get(path)
            for path in ("/staff/follow-ups", f"/staff/order-parts/{placed.part_id}")
        ]
    assert await _closed(task) == HOSTILE
    for page in pages:
        assert page.status_code == 200 and "<script>alert" not in page.text
