"""Money that the producer has to send back, or to look for, is found without the message."""

from uuid import UUID

from integrations.contracts.viewer import SYSTEM
from integrations.runtime.database import run, work
from market.orders.rules import PaymentMethod
from market.settlement.queries import desk, home_card
from market.settlement.service import buyer_says_paid, cannot, close_one, look_at_clocks
from tests.kit.bank import money_arrives
from tests.kit.listings import Goods, a_live_listing
from tests.kit.orders import Placed, an_order_part
from tests.kit.pages import words
from tests.kit.people import Seller, a_seller
from tests.kit.stack import Stack
from tests.kit.statements import statements

_TIME_IS_UP = "UPDATE {} SET expires_at = least(expires_at, now()) - interval '1 s'"
COD = PaymentMethod.CASH_ON_DELIVERY


async def _to_send_back(stack: Stack, seller: Seller, goods: Goods) -> Placed:
    """An order of 185,000 đ that was paid and called off."""
    placed = await an_order_part(seller, goods, quantity=2)
    await money_arrives(stack, seller.account, placed.total_vnd, placed.reference)
    await cannot(part_id=placed.part_id, actor=seller.viewer, reason="Hết hàng")
    return placed


async def _to_look_for(seller: Seller, goods: Goods) -> Placed:
    """An order whose time is over although its buyer says that the money was sent."""
    placed = await an_order_part(seller, goods, quantity=2)
    await buyer_says_paid(order_id=placed.order_id, part_id=placed.part_id)
    for _ in range(2):  # the first end is put off once
        async with work(SYSTEM):
            for table, column in (("payment", "part_id"), ("order_part", "id")):
                await run(f"{_TIME_IS_UP.format(table)} WHERE {column} = $1", [placed.part_id])
        await look_at_clocks()
    return placed


async def _asked(seller: Seller) -> list[UUID]:
    return [part.id for part in (await desk(seller.viewer)).owed]


async def test_money_to_send_back_comes_first_however_many_orders_follow(stack: Stack) -> None:
    seller = await a_seller()
    goods = await a_live_listing(seller, price_vnd=92_500, available=100)
    back = await _to_send_back(stack, seller, goods)
    for _ in range(11):
        later = await an_order_part(seller, goods, method=COD)
        await cannot(part_id=later.part_id, actor=seller.viewer, reason="Hết hàng")
    fresh = await an_order_part(seller, goods, method=COD)
    seen = await desk(seller.viewer)
    assert [part.id for part in seen.owed] == [back.part_id]
    assert [part.id for part in seen.first] == [fresh.part_id] and seen.asked == 2
    card = await home_card(seller.viewer)
    assert card is not None
    assert (card["part"].id, card["new"], card["asked"]) == (back.part_id, 1, 2)
    async with stack.browser(seller.token) as browser:
        for address in ("/producer/orders", "/producer/goods"):
            page = (await browser.get(address)).text
            said = words(page)
            assert "Cần chuyển lại 185.000" in said and "Xem cách chuyển lại" in said
            assert f"/producer/orders/{back.part_id}" in page
        money = words((await browser.get("/producer/money")).text)
        assert "Còn phải chuyển lại cho 1 người mua: 185.000" in money
        order = (await browser.get(f"/producer/orders/{back.part_id}")).text
        assert f"/producer/orders/{back.part_id}/sent-back/" in order


async def test_the_api_says_what_is_to_be_sent_back_and_by_when(stack: Stack) -> None:
    seller = await a_seller()
    goods = await a_live_listing(seller, price_vnd=92_500, available=100)
    back = await _to_send_back(stack, seller, goods)
    await an_order_part(seller, goods, method=COD)
    async with stack.client(seller.token) as client:
        listed = (await client.get("/api/v1/order-parts")).json()["items"]
        one = (await client.get(f"/api/v1/order-parts/{back.part_id}")).json()
        month = (await client.get("/api/v1/money")).json()
        tasks = (await client.get("/api/v1/follow-ups")).json()["items"]
    assert [part["todo"] is None for part in listed] == [True, False]
    todo = listed[1]["todo"]
    assert todo == one["todo"] == one["open"][0]
    assert (todo["kind"], todo["id"], todo["due_at"]) == (
        "payment.refund",
        tasks[0]["id"],
        tasks[0]["due_at"],
    )
    assert todo["details"]["refund_vnd"] == 185_000 and todo["late"] is False
    assert (month["send_back_vnd"], month["send_back_parts"]) == (185_000, 1)


async def test_what_was_sent_back_is_no_longer_asked_for(stack: Stack) -> None:
    seller = await a_seller()
    goods = await a_live_listing(seller, price_vnd=92_500, available=100)
    back = await _to_send_back(stack, seller, goods)
    (owed,) = (await desk(seller.viewer)).owed
    assert owed.todo is not None
    await close_one(follow_up_id=owed.todo.id, actor=seller.viewer, outcome="sent back")
    seen = await desk(seller.viewer)
    assert seen.owed == [] and [part.id for part in seen.ended] == [back.part_id]
    assert await home_card(seller.viewer) is None
    async with stack.client(seller.token) as client:
        month = (await client.get("/api/v1/money")).json()
    assert (month["send_back_vnd"], month["send_back_parts"]) == (0, 0)


async def test_money_that_a_buyer_says_was_sent_is_looked_for_after_the_end(stack: Stack) -> None:
    seller = await a_seller()
    placed = await _to_look_for(seller, await a_live_listing(seller, price_vnd=92_500))
    assert await _asked(seller) == [placed.part_id]
    async with stack.browser(seller.token) as browser:
        said = words((await browser.get("/producer/orders")).text)
    assert "Số tiền cần thấy 185.000" in said and "Người mua báo đã chuyển tiền" in said


async def test_an_order_that_only_waits_for_money_is_not_owed(stack: Stack) -> None:
    seller = await a_seller()
    goods = await a_live_listing(seller)
    placed = await an_order_part(seller, goods, expires_in_s=500)
    await look_at_clocks()
    seen = await desk(seller.viewer)
    assert seen.owed == [] and [part.id for part in seen.first] == [placed.part_id]
    assert seen.first[0].open[0].kind == "payment.look" and seen.first[0].todo is None


async def test_a_card_that_has_not_paid_asks_nothing_of_the_producer(stack: Stack) -> None:
    seller = await a_seller()
    placed = await an_order_part(
        seller, await a_live_listing(seller), method=PaymentMethod.CARD, expires_in_s=500
    )
    seen = await desk(seller.viewer)
    assert seen.first == [] and [part.id for part in seen.later] == [placed.part_id]
    assert await home_card(seller.viewer) is None


async def test_anothers_money_is_not_on_my_desk(stack: Stack) -> None:
    seller, other = await a_seller(), await a_seller()
    await _to_send_back(stack, seller, await a_live_listing(seller, price_vnd=92_500))
    assert await _asked(other) == [] and await home_card(other.viewer) is None
    async with stack.client(other.token) as client:
        assert (await client.get("/api/v1/money")).json()["send_back_vnd"] == 0


async def test_statements_do_not_grow_with_money_to_send_back(stack: Stack) -> None:
    seller = await a_seller()
    goods = await a_live_listing(seller, price_vnd=92_500, available=100)
    pages = ("/producer/orders", "/producer/goods", "/producer/money", "/api/v1/order-parts")

    async def count() -> list[int]:
        seen = []
        async with stack.browser(seller.token) as browser:
            for page in pages:
                with statements() as sent:
                    assert (await browser.get(page)).status_code == 200
                seen.append(len(sent))
        return seen

    none = await count()
    for _ in range(4):
        await _to_send_back(stack, seller, goods)
    assert await count() == none and max(none) <= 6
