"""Approval: who may, what is told to whom, and what happens when two act at once."""

import asyncio
from dataclasses import replace
from html import escape
from typing import Any
from uuid import UUID

import pytest

from integrations.contracts.errors import Conflict, NotAllowed, Problem
from integrations.contracts.viewer import SYSTEM, Role
from integrations.runtime import audit
from integrations.runtime.database import public_rows, rows, run, work
from market.catalog.rules import ListingState
from market.listing.service import moderation
from tests.kit.listings import Goods, a_listing
from tests.kit.pages import hidden, words
from tests.kit.people import COMMUNE, Seller, a_seller, a_staff
from tests.kit.pictures import phone_jpeg
from tests.kit.stack import Stack


async def sent_in(stack: Stack, seller: Seller, photo: bytes | None = None, **more: Any) -> Goods:
    """Goods with a prepared photo, sent for review."""
    goods = await a_listing(seller, **more)
    async with stack.client(seller.token) as client:
        files = {"photo": ("a.jpg", photo or phone_jpeg())}
        await client.post(f"/api/v1/listings/{goods.id}/photos", files=files)
        await stack.drain()
        answer = await client.post(f"/api/v1/listings/{goods.id}/submit")
    assert answer.json()["state"] == "in_review", answer.text
    return goods


async def state_of(listing_id: UUID) -> str:
    async with work(SYSTEM):
        found = await rows("SELECT state FROM listing WHERE id = $1", [listing_id])
    return str(found[0]["state"])


async def test_approved_goods_stand_in_the_shop_and_the_producer_is_told(stack: Stack) -> None:
    seller, staff = await a_seller(), await a_staff()
    goods = await sent_in(stack, seller, name="Mật ong hoa bưởi", available=4)
    async with stack.browser(staff.token) as browser:
        queue = await browser.get("/staff/review")
        assert "Mật ong hoa bưởi" in queue.text and "/r/" in queue.text
        page = await browser.get(f"/staff/review/{goods.id}")
        data = {"revision": hidden(page.text, "revision"), "decision": "approve"}
        answer = await browser.post(f"/staff/review/{goods.id}", data=data)
        assert answer.status_code == 303
        assert "Đã duyệt" in words((await browser.get(answer.headers["location"])).text)
        again = await browser.post(f"/staff/review/{goods.id}", data=data)
        assert again.status_code == 409 and "đang bán rồi" in words(again.text)
    shown = await public_rows("SELECT live_at FROM public_listing WHERE id = $1", [goods.id])
    assert shown[0]["live_at"] is not None
    await stack.drain()
    told = stack.messages.latest(to_phone=seller.phone)
    assert [m["kind"] for m in told] == ["listing"]
    assert "được duyệt" in told[0]["text"] and f"/producer/goods/{goods.id}" in told[0]["text"]
    async with work(SYSTEM):
        facts = await rows("SELECT name FROM outbox WHERE subject_id = $1", [str(goods.variant_id)])
        kept = await rows(
            "SELECT decision, person_id FROM moderation_decision WHERE listing_id = $1", [goods.id]
        )
        noted = await rows(
            "SELECT action FROM audit WHERE subject = $1", [audit.subject_of("listing", goods.id)]
        )
    assert "stock.changed" in {row["name"] for row in facts}
    assert kept == [{"decision": "approved", "person_id": staff.person_id}]
    assert [row["action"] for row in noted] == ["listing.approved"]


async def test_sent_back_with_a_reason_then_mended(stack: Stack) -> None:
    seller, staff = await a_seller(), await a_staff()
    goods = await sent_in(stack, seller)
    address = f"/staff/review/{goods.id}"
    async with stack.browser(staff.token) as browser:
        revision = hidden((await browser.get(address)).text, "revision")
        data = {"revision": revision, "decision": "send_back"}
        empty = await browser.post(address, data=data)
        assert empty.status_code == 400 and 'id="reason-e"' in empty.text
        assert await state_of(goods.id) == "in_review"
        data |= {"template": "0", "reason": "Chụp ngoài trời thì hơn."}
        assert (await browser.post(address, data=data)).status_code == 303
    await stack.drain()
    said = "Ảnh hơi mờ. Mời lau ống kính rồi chụp lại. Chụp ngoài trời thì hơn."
    assert said in stack.messages.latest(to_phone=seller.phone)[0]["text"]
    async with stack.browser(seller.token) as browser:
        assert said in words((await browser.get("/producer/goods")).text)
        page = words((await browser.get(f"/producer/goods/{goods.id}")).text)
        assert said in page and "Cần sửa" in page
    async with stack.client(seller.token) as client:
        again = await client.post(f"/api/v1/listings/{goods.id}/submit")
    assert again.json()["state"] == "in_review"


async def test_a_change_meanwhile_refuses_the_decision(stack: Stack) -> None:
    seller, staff = await a_seller(), await a_staff()
    goods = await sent_in(stack, seller)
    async with stack.client(staff.token) as client:
        seen = (await client.get(f"/api/v1/review/listings/{goods.id}")).json()
    async with stack.client(seller.token) as client:
        await client.patch(f"/api/v1/listings/{goods.id}", json={"name": "Bưởi khác"})
    async with stack.client(staff.token) as client:
        path = f"/api/v1/review/listings/{goods.id}"
        body = {"revision": seen["revision"]}
        refused = await client.post(f"{path}/approve", json=body)
        back = await client.post(f"{path}/send-back", json={**body, "reason": "Tên chưa rõ."})
    assert (refused.status_code, refused.json()["code"]) == (409, "listing.edited")
    assert back.status_code == 409
    assert await state_of(goods.id) == "in_review"


async def test_two_decisions_at_once_are_one(stack: Stack) -> None:
    seller, one, two = await a_seller(), await a_staff(), await a_staff()
    goods = await sent_in(stack, seller)
    async with stack.client(one.token) as client:
        seen = (await client.get(f"/api/v1/review/listings/{goods.id}")).json()
    said = {"listing_id": goods.id, "revision": seen["revision"]}
    results = await asyncio.gather(
        moderation.approve(one.viewer, **said),
        moderation.send_back(two.viewer, **said, reason="Ảnh mờ, mời chụp lại."),
        moderation.approve(two.viewer, **said),
        return_exceptions=True,
    )
    refused = [one for one in results if isinstance(one, Conflict)]
    assert len(refused) == 2
    async with work(SYSTEM):
        kept = await rows(
            "SELECT decision FROM moderation_decision WHERE listing_id = $1", [goods.id]
        )
    assert len(kept) == 1


async def test_a_picture_in_the_making_is_not_approved(stack: Stack) -> None:
    seller, staff = await a_seller(), await a_staff()
    goods = await a_listing(seller)
    async with stack.client(seller.token) as client:
        files = {"photo": ("a.jpg", phone_jpeg())}
        await client.post(f"/api/v1/listings/{goods.id}/photos", files=files)
        sent = (await client.post(f"/api/v1/listings/{goods.id}/submit")).json()
    assert sent["state"] == "in_review"  # the photo may still be on its way
    async with stack.client(staff.token) as client:
        answer = await client.post(
            f"/api/v1/review/listings/{goods.id}/approve", json={"revision": sent["revision"]}
        )
    assert (answer.status_code, answer.json()["code"]) == (409, "review.no_picture")


async def test_a_refused_photo_sends_goods_in_review_back(stack: Stack) -> None:
    seller = await a_seller()
    goods = await a_listing(seller)
    async with stack.client(seller.token) as client:
        files = {"photo": ("a.jpg", phone_jpeg()[:5_000])}
        await client.post(f"/api/v1/listings/{goods.id}/photos", files=files)
        await client.post(f"/api/v1/listings/{goods.id}/submit")
        await stack.drain()
        seen = (await client.get(f"/api/v1/listings/{goods.id}")).json()
        again = await client.post(f"/api/v1/listings/{goods.id}/submit")
    assert seen["state"] == "to_mend" and len(seen["missing"]) == 1
    assert again.status_code == 400 and again.json()["field"] == "photo"
    assert "Ảnh đến chưa đủ" in stack.messages.latest(to_phone=seller.phone)[0]["text"]


async def test_who_may_review(stack: Stack) -> None:
    seller, finance = await a_seller(), await a_staff(Role.FINANCE_STAFF)
    goods = await sent_in(stack, seller)
    with pytest.raises(NotAllowed):
        await moderation.approve(finance.viewer, listing_id=goods.id, revision=1)
    async with stack.client(seller.token) as client:
        answer = await client.post(
            f"/api/v1/review/listings/{goods.id}/approve", json={"revision": 1}
        )
        assert answer.status_code == 403
        assert (await client.get("/staff/review")).status_code == 403
    async with stack.client() as client:
        assert (await client.get("/api/v1/review/listings")).status_code == 401


async def test_commune_staff_see_their_own_communes(stack: Stack) -> None:
    goods, staff = await sent_in(stack, await a_seller()), (await a_staff()).viewer
    next_door = replace(staff, role=Role.COMMUNE_STAFF, commune_codes=("18415",))
    at_home = replace(next_door, commune_codes=("18415", COMMUNE))
    assert (await moderation.look(at_home, goods.id)).id == goods.id
    with pytest.raises(Problem) as refused:
        await moderation.look(next_door, goods.id)
    assert refused.value.status == 404


async def test_staff_see_their_own_province(stack: Stack) -> None:
    seller, staff = await a_seller(), await a_staff()
    goods = await sent_in(stack, seller)
    async with work(SYSTEM):
        await run("UPDATE producer SET commune_id = '00004' WHERE id = $1", [seller.producer_id])
    with pytest.raises(Problem) as refused:
        await moderation.look(staff.viewer, goods.id)
    assert refused.value.status == 404


async def test_hostile_reasons_stay_text(stack: Stack) -> None:
    seller, staff = await a_seller(), await a_staff()
    goods = await sent_in(stack, seller)
    path = f"/staff/review/{goods.id}"
    async with stack.browser(staff.token) as browser:
        revision = hidden((await browser.get(path)).text, "revision")
        data = {"revision": revision, "decision": "send_back", "reason": "dài " * 2500}
        long = await browser.post(path, data=data)
        assert long.status_code == 400 and 'id="reason-e"' in long.text
        await browser.post(path, data={**data, "reason": "<script>alert(1)</script>"})
    async with stack.browser(seller.token) as browser:
        page = await browser.get(f"/producer/goods/{goods.id}")
    assert "<script>alert" not in page.text and "&lt;script&gt;alert" in page.text


@pytest.mark.parametrize("much", ["ă" * 10_000, "<b>" * 1_000, "x" * 501])
async def test_too_long_a_reason_is_said_at_its_field_and_decides_nothing(
    stack: Stack, much: str
) -> None:
    seller, staff = await a_seller(), await a_staff()
    goods = await a_listing(seller, state=ListingState.IN_REVIEW)
    data = {"revision": "1", "decision": "send_back", "template": "1", "reason": much}
    async with stack.browser(staff.token) as browser:
        page = await browser.post(f"/staff/review/{goods.id}", data=data)
    assert page.status_code == 400 and 'id="reason-e"' in page.text
    assert "Dài quá:" in page.text and escape(much) in page.text and "<b>" not in page.text
    async with stack.client(staff.token) as client:
        refused = await client.post(
            f"/api/v1/review/listings/{goods.id}/send-back", json={"revision": 1, "reason": much}
        )
    assert (refused.status_code, refused.json()["field"]) == (400, "reason")
    assert refused.headers["content-type"] == "application/problem+json"
    assert await state_of(goods.id) == "in_review"
    async with work(SYSTEM):
        made = await rows("SELECT 1 FROM moderation_decision WHERE listing_id = $1", [goods.id])
    assert made == []


async def test_what_waits_too_long_stands_among_the_follow_ups(stack: Stack) -> None:
    seller, staff = await a_seller(), await a_staff()
    goods = await sent_in(stack, seller)
    async with work(SYSTEM):
        await run(
            "UPDATE listing SET submitted_at = now() - interval '3 days' WHERE id = $1", [goods.id]
        )
    assert await moderation.remind_staff() >= 1
    await moderation.remind_staff()
    closed = "SELECT closed_at IS NOT NULL AS closed FROM follow_up WHERE subject_id = $1"
    async with work(SYSTEM):
        assert await rows(closed, [goods.id]) == [{"closed": False}]
    seen = await moderation.look(staff.viewer, goods.id)
    await moderation.approve(staff.viewer, listing_id=goods.id, revision=seen.revision)
    async with work(SYSTEM):
        assert await rows(closed, [goods.id]) == [{"closed": True}]


async def test_the_longest_waiting_come_first_in_pages(stack: Stack) -> None:
    seller, staff = await a_seller(), await a_staff()
    made = [await a_listing(seller, state=ListingState.IN_REVIEW) for _ in range(3)]
    async with work(SYSTEM):
        for days, goods in zip((2000, 2002, 2001), made, strict=True):
            await run(
                "UPDATE listing SET submitted_at = now() - make_interval(days => $2) WHERE id = $1",
                [goods.id, days],
            )
    async with stack.client(staff.token) as client:
        path = "/api/v1/review/listings?limit=2"
        first = (await client.get(path)).json()
        second = (await client.get(f"{path}&cursor={first['next_cursor']}")).json()
    wanted = [str(made[1].id), str(made[2].id), str(made[0].id)]
    assert [it["id"] for it in first["items"]] == wanted[:2]
    assert second["items"][0]["id"] == wanted[2]
    assert first["total"] >= 3
