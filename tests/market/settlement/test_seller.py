"""The producer's phone: every button once, by JSON and by page; cash, cancelling, clocks, money."""

import asyncio
from typing import Any
from uuid import UUID

import pytest

from integrations.contracts.errors import Problem
from integrations.contracts.viewer import SYSTEM, Role
from integrations.runtime.database import rows, run, value, work
from market.checkout.service import cancel
from market.orders.rules import PaymentMethod
from market.settlement.queries import home_card, waiting_without_follow_up
from market.settlement.service import confirm, look_at_clocks, say_money
from tests.kit.bank import money_arrives
from tests.kit.invariants import assert_invariants
from tests.kit.listings import a_live_listing
from tests.kit.orders import Placed, an_order_part
from tests.kit.pages import words
from tests.kit.people import Seller, a_seller, a_staff
from tests.kit.stack import Stack
from tests.kit.statements import statements

COD = PaymentMethod.CASH_ON_DELIVERY


async def _left(variant_id: UUID) -> int:
    async with work(SYSTEM):
        return int(await value("SELECT available FROM variant WHERE id = $1", [variant_id]))


async def _late(placed: Placed, hours: int) -> None:
    async with work(SYSTEM):
        await run(
            "UPDATE order_part SET answer_by = now() - make_interval(hours => $2) WHERE id = $1",
            [placed.part_id, hours],
        )


async def _open(placed: Placed) -> set[str]:
    async with work(SYSTEM):
        found = await rows(
            "SELECT kind FROM follow_up WHERE subject_id = $1 AND closed_at IS NULL",
            [placed.part_id],
        )
    return {row["kind"] for row in found}


async def _ask(stack: Stack, seller: Seller, placed: Placed, verb: str, **body: Any) -> Any:
    async with stack.client(seller.token) as client:
        answer = await client.post(f"/api/v1/order-parts/{placed.part_id}/{verb}", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_a_paid_order_from_first_look_to_the_end(stack: Stack) -> None:
    seller = await a_seller()
    goods = await a_live_listing(seller, price_vnd=92_500)
    placed = await an_order_part(seller, goods)
    async with stack.client(seller.token) as client:
        listed = (await client.get("/api/v1/order-parts?limit=1")).json()["items"][0]
        assert listed["id"] == str(placed.part_id) and listed["actions"] == ["money", "cannot"]
        assert listed["buyer"] == {
            "name": "L. T. H.",
            "commune": "Phường Hoàn Kiếm, Hà Nội",
            "phone": None,
            "street": None,
        }
    said = await _ask(stack, seller, placed, "money", said="received")
    assert said["result"] == "settled" and said["part"]["payment"]["evidence"] == "seller"
    part = await _ask(stack, seller, placed, "confirm")
    assert part["buyer"]["phone"] == placed.buyer_phone and part["buyer"]["name"] == "Lê Thị Hoa"
    assert (await _ask(stack, seller, placed, "confirm"))["state"] == "confirmed"
    await _ask(stack, seller, placed, "hand-over")
    assert (await _ask(stack, seller, placed, "complete"))["state"] == "completed"
    await stack.drain()
    told = [m["text"] for m in stack.messages.latest(to_phone=placed.buyer_phone)]
    # Nobody is told of a step that was already behind when the message could go out.
    assert len(told) == 4 and all("/o/" in text for text in told)
    assert "hoàn tất" in told[0] and "giữ hàng" in told[3]
    async with stack.client(seller.token) as client:
        month = (await client.get("/api/v1/money")).json()
    assert (month["gross_vnd"], month["net_vnd"], month["owed_vnd"]) == (185_000, 182_225, 2_775)
    assert month["movements"][0]["taken_vnd"] == 2_775
    await assert_invariants(stack)


async def test_cash_is_sold_at_the_confirmation_and_settled_at_the_door(stack: Stack) -> None:
    seller = await a_seller()
    goods = await a_live_listing(seller, price_vnd=100_000)
    placed = await an_order_part(seller, goods, method=COD)
    await assert_invariants(stack)
    await _ask(stack, seller, placed, "confirm")
    await assert_invariants(stack)
    await _ask(stack, seller, placed, "hand-over")
    part = await _ask(stack, seller, placed, "paid")
    assert part["state"] == "completed" and part["payment"]["evidence"] == "cash"
    assert (await _ask(stack, seller, placed, "paid"))["state"] == "completed"
    async with stack.client(seller.token) as client:
        month = (await client.get("/api/v1/money")).json()
    assert (month["gross_vnd"], month["owed_vnd"]) == (200_000, 3_000)
    await assert_invariants(stack)


async def test_refused_goods_return_to_the_shelf(stack: Stack) -> None:
    seller = await a_seller()
    goods = await a_live_listing(seller)
    placed = await an_order_part(seller, goods, method=COD, quantity=3)
    await _ask(stack, seller, placed, "confirm")
    await _ask(stack, seller, placed, "hand-over")
    assert await _left(goods.variant_id) == 7
    assert (await _ask(stack, seller, placed, "refused"))["state"] == "refused"
    assert await _left(goods.variant_id) == 10
    await assert_invariants(stack)


@pytest.mark.parametrize("confirmed", [False, True])
@pytest.mark.parametrize("method", [PaymentMethod.BANK_QR, COD])
async def test_what_cannot_be_done_goes_back(
    stack: Stack, method: PaymentMethod, confirmed: bool
) -> None:
    seller = await a_seller()
    goods = await a_live_listing(seller, price_vnd=92_500)
    placed = await an_order_part(seller, goods, method=method)
    if method is PaymentMethod.BANK_QR:
        await money_arrives(stack, seller.account, 185_000, placed.reference)
    if confirmed:
        await _ask(stack, seller, placed, "confirm")
    part = await _ask(stack, seller, placed, "cannot", reason="Out of goods")
    assert part["state"] == "cancelled" and await _left(goods.variant_id) == 10
    paid = method is PaymentMethod.BANK_QR
    assert await _open(placed) == ({"payment.refund"} if paid else set())
    await stack.drain()
    told = stack.messages.latest(to_phone=placed.buyer_phone)[0]["text"]
    assert "Hết hàng." in told and ("chuyển lại" in told) is paid
    async with stack.client(seller.token) as client:
        assert (await client.get("/api/v1/money")).json()["owed_vnd"] == 0
        if paid:
            mine = (await client.get("/api/v1/follow-ups")).json()["items"]
            assert mine[0]["details"]["refund_vnd"] == 185_000
            closed = await client.post(
                f"/api/v1/follow-ups/{mine[0]['id']}/close", json={"outcome": "sent back"}
            )
            assert closed.status_code == 204
    assert await _open(placed) == set()
    await assert_invariants(stack)


async def test_money_after_cancelling_goes_back(stack: Stack) -> None:
    seller = await a_seller()
    placed = await an_order_part(seller, await a_live_listing(seller, price_vnd=92_500))
    await _ask(stack, seller, placed, "cannot", reason="Hết rồi")
    await money_arrives(stack, seller.account, 185_000, placed.reference)
    assert await _open(placed) == {"payment.refund"}
    with pytest.raises(Problem) as refused:
        await say_money(part_id=placed.part_id, actor=seller.viewer, received=True)
    assert refused.value.code == "money.not_by_bank"
    await assert_invariants(stack)


async def test_a_buyer_calls_it_off_and_both_are_told(stack: Stack) -> None:
    seller = await a_seller()
    placed = await an_order_part(seller, await a_live_listing(seller), method=COD)
    await stack.drain()
    await cancel(order_id=placed.order_id, letter="A", ports=stack.ports)
    await stack.drain()
    to_buyer = stack.messages.latest(to_phone=placed.buyer_phone)[0]["text"]
    to_seller = stack.messages.latest(to_phone=seller.phone)[0]["text"]
    assert "theo yêu cầu" in to_buyer and "Không cần làm gì" in to_seller
    await assert_invariants(stack)


async def test_steps_out_of_turn_are_refused_with_a_sentence(stack: Stack) -> None:
    seller = await a_seller()
    placed = await an_order_part(seller, await a_live_listing(seller))
    async with stack.client(seller.token) as client:
        for verb in ("confirm", "hand-over", "complete", "paid", "refused"):
            answer = await client.post(f"/api/v1/order-parts/{placed.part_id}/{verb}")
            assert answer.status_code == 409 and answer.json()["detail"], verb
        assert (
            await client.post(f"/api/v1/order-parts/{placed.part_id}/money", json={"said": "x"})
        ).status_code == 400
    await assert_invariants(stack)


async def test_anothers_order_does_not_exist(stack: Stack) -> None:
    seller, other = await a_seller(), await a_seller()
    placed = await an_order_part(seller, await a_live_listing(seller))
    async with stack.client(other.token) as client:
        assert (await client.get(f"/api/v1/order-parts/{placed.part_id}")).status_code == 404
        for verb in ("confirm", "cannot", "money", "hand-over", "complete", "paid", "refused"):
            answer = await client.post(
                f"/api/v1/order-parts/{placed.part_id}/{verb}",
                json={"reason": "x", "said": "received"},
            )
            assert answer.status_code == 404, verb
        assert (await client.get("/api/v1/order-parts")).json()["items"] == []
    async with stack.client() as client:
        assert (await client.get("/api/v1/order-parts")).status_code == 401


async def test_confirming_at_once_is_one_confirmation(stack: Stack) -> None:
    seller = await a_seller()
    placed = await an_order_part(seller, await a_live_listing(seller), method=COD)
    await asyncio.gather(*(confirm(part_id=placed.part_id, actor=seller.viewer) for _ in range(5)))
    async with work(SYSTEM):
        events = await value(
            "SELECT count(*) FROM order_event WHERE part_id = $1 AND state = 'confirmed'",
            [placed.part_id],
        )
    assert events == 1
    await assert_invariants(stack)


async def test_an_order_that_waits_is_asked_about_then_staff_step_in(stack: Stack) -> None:
    seller, staff = await a_seller(), await a_staff(Role.PROVINCE_STAFF)
    placed = await an_order_part(seller, await a_live_listing(seller), method=COD)
    await _late(placed, 1)
    async with work(SYSTEM):
        waiting = {row["id"] for row in await waiting_without_follow_up(grace_s=0)}
    assert placed.part_id in waiting
    await look_at_clocks()
    await look_at_clocks()
    await stack.drain()
    assert await _open(placed) == {"order.unanswered"}
    told = stack.messages.latest(to_phone=seller.phone)
    assert len(told) == 2 and "chờ trả lời" in told[0]["text"]
    await assert_invariants(stack)
    await _late(placed, 25)
    await look_at_clocks()
    assert await _open(placed) == {"order.unanswered", "order.staff_steps_in"}
    async with stack.client(staff.token) as client:
        mine = (await client.get("/api/v1/follow-ups?limit=100")).json()["items"]
        late = [one for one in mine if one["subject_id"] == str(placed.part_id)]
        for one in late:
            answer = await client.post(
                f"/api/v1/follow-ups/{one['id']}/close", json={"outcome": "đã gọi"}
            )
            assert answer.status_code == 204
    await look_at_clocks()
    assert await _open(placed) == set()  # a day is given, then it comes back
    await _late(placed, 1)
    await look_at_clocks()
    assert await _open(placed) == {"order.unanswered"}
    await _ask(stack, seller, placed, "confirm")
    assert await _open(placed) == set()
    await assert_invariants(stack)


async def test_a_seller_closes_by_doing_not_by_saying(stack: Stack) -> None:
    seller, other = await a_seller(), await a_seller()
    placed = await an_order_part(seller, await a_live_listing(seller), method=COD)
    await _late(placed, 1)
    await look_at_clocks()
    async with stack.client(seller.token) as client:
        mine = (await client.get("/api/v1/follow-ups")).json()["items"]
        path = f"/api/v1/follow-ups/{mine[0]['id']}/close"
        assert (await client.post(path, json={"outcome": "x"})).status_code == 409
    async with stack.client(other.token) as client:
        assert (await client.post(path, json={"outcome": "x"})).status_code == 404


async def test_the_producer_is_asked_to_look_before_the_end(stack: Stack) -> None:
    seller = await a_seller()
    placed = await an_order_part(seller, await a_live_listing(seller), expires_in_s=500)
    calm = await an_order_part(seller, await a_live_listing(seller), expires_in_s=1800)
    await asyncio.gather(look_at_clocks(), look_at_clocks())
    await stack.drain()
    assert await _open(placed) == {"payment.look"} and await _open(calm) == set()
    told = stack.messages.latest(to_phone=seller.phone)
    assert len(told) == 1 and placed.number in told[0]["text"]
    await assert_invariants(stack)


async def test_three_taps_by_pages_without_javascript(stack: Stack) -> None:
    seller = await a_seller()
    goods = await a_live_listing(seller)
    placed = await an_order_part(seller, goods, method=COD)
    card = await home_card(seller.viewer)
    assert card is not None and card["new"] == 1
    here = f"/producer/orders/{placed.part_id}"
    async with stack.browser(seller.token) as browser:
        home = await browser.get("/producer/orders")
        assert here in home.text and "Có 1 đơn mới" in words(home.text)
        page = words((await browser.get(here)).text)
        assert "2 quả Bưởi Phúc Trạch" in page and "Nhận về" in page
        assert placed.buyer_phone[3:] not in page.replace(" ", "")
        done = await browser.post(f"{here}/confirm")
        assert done.status_code == 303
        page = words((await browser.get(done.headers["location"])).text)
        assert "Đã xác nhận. Khách đã được báo" in page
        assert placed.buyer_phone[3:] in page.replace(" ", "")
        again = await browser.post(f"{here}/complete")
        assert again.status_code == 409 and "Mời cho biết" in words(again.text)
        why = await browser.get(f"{here}/cannot")
        assert "Hết hàng" in words(why.text)
        empty = await browser.post(f"{here}/cannot", data={"why": "other", "words": " "})
        assert empty.status_code == 400 and "Mời chọn lý do" in words(empty.text)
        typed = "<b>x</b>" + "y" * 100
        gone = await browser.post(f"{here}/cannot", data={"why": "other", "words": typed})
        assert gone.status_code == 303
        page = (await browser.get(here)).text
        assert "<b>x</b>" not in page and "Đã hủy" in words(page)
        for path in ("/producer/money", "/producer/money?month=2026-01", "/producer/help"):
            assert (await browser.get(path)).status_code == 200
    await assert_invariants(stack)


async def test_statements_do_not_grow(stack: Stack) -> None:
    seller, staff = await a_seller(), await a_staff(Role.FINANCE_STAFF)
    goods = await a_live_listing(seller, available=100)
    placed = await an_order_part(seller, goods, method=COD)

    async def count() -> list[int]:
        seen = []
        for token, path in (
            (seller.token, "/producer/orders"),
            (seller.token, f"/producer/orders/{placed.part_id}"),
            (seller.token, "/producer/money"),
            (seller.token, "/api/v1/order-parts"),
            (staff.token, "/staff/follow-ups"),
        ):
            async with stack.browser(token) as browser:
                with statements() as sent:
                    assert (await browser.get(path)).status_code == 200
                seen.append(len(sent))
        return seen

    before = await count()
    for _ in range(5):
        more = await an_order_part(seller, goods, method=COD)
        await _late(more, 1)
    await look_at_clocks()
    assert await count() == before
    assert max(before) <= 6


async def test_a_reason_is_cleaned_before_the_buyer_reads_it(stack: Stack) -> None:
    seller = await a_seller()
    placed = await an_order_part(seller, await a_live_listing(seller), method=COD)
    async with stack.client(seller.token) as client:
        path = f"/api/v1/order-parts/{placed.part_id}/cannot"
        empty = await client.post(path, json={"reason": "\u200b \n"})
        assert (empty.status_code, empty.json()["code"]) == (400, "order.reason")
    await _ask(stack, seller, placed, "cannot", reason="Hết hàng\u200b {link}\nmai")
    await stack.drain()
    told = stack.messages.latest(to_phone=placed.buyer_phone)[0]["text"]
    assert "Hết hàng {link} mai" in told
