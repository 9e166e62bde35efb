"""Cards against the clock: late money, closed pages, another way to pay, a vendor that is away."""

import asyncio
from html import escape
from typing import Any

import pytest

from integrations.contracts.errors import Conflict, Unavailable
from integrations.contracts.viewer import SYSTEM
from integrations.runtime.database import run, work
from market.checkout.service import cancel, pay_by_card, pay_by_transfer, pay_on_delivery
from market.settlement.service import cards, look_at_clocks
from tests.kit.invariants import assert_invariants
from tests.kit.pages import words
from tests.kit.people import a_phone
from tests.market.payments.kit import (
    Bought,
    CardShop,
    books,
    let_time_pass,
    open_kinds,
    refunds,
    session_of,
    states,
)

AWAITED, EXPIRED = ("awaiting_payment", "awaiting"), ("expired", "expired")
PLACED = ("placed", "settled")


async def clocks(shop: CardShop) -> None:
    """What the worker's clock does."""
    await look_at_clocks()
    await cards.look_at_cards(ports=shop.stack.ports)
    await shop.stack.drain()


async def test_paid_at_the_last_moment_is_settled_by_the_clock(shop: CardShop) -> None:
    bought = await shop.buy(sellers=2)
    await shop.pay(bought)
    await let_time_pass(bought)
    await clocks(shop)
    assert await states(bought) == [PLACED] * 2
    await assert_invariants(shop.stack)


async def test_not_paid_in_time_the_page_is_closed_and_the_goods_are_free(shop: CardShop) -> None:
    bought = await shop.buy()
    await let_time_pass(bought)
    await clocks(shop)
    assert await states(bought) == [EXPIRED]
    (page,) = await shop.cards.objects("checkout.session")
    assert page["status"] == "expired"
    told = shop.stack.messages.latest(limit=1)[0]["text"]
    assert "chưa trả thẻ" in told
    await assert_invariants(shop.stack)


async def test_the_clock_waits_for_a_vendor_that_is_away(shop: CardShop) -> None:
    bought = await shop.buy()
    await shop.pay(bought)
    await let_time_pass(bought)
    await shop.cards.tell("faults", answer_status=503)
    await clocks(shop)
    assert await states(bought) == [AWAITED]
    assert await open_kinds(bought.part_id) == ["card.page_waits"]
    await assert_invariants(shop.stack)
    await shop.cards.tell("faults")
    await clocks(shop)
    assert await states(bought) == [PLACED]
    assert await open_kinds(bought.part_id) == []


async def test_the_vendors_own_end_frees_the_goods(shop: CardShop) -> None:
    bought = await shop.buy()
    await shop.cards.tell("clock", shift_s=1_900)
    await shop.deliver("checkout.session.expired", times=3)
    assert await states(bought) == [EXPIRED]
    await assert_invariants(shop.stack)


async def late_money(shop: CardShop, bought: Bought) -> None:
    """Our side believes the page is over although it was paid."""
    session_id = await shop.pay(bought)
    async with work(SYSTEM):
        await run("UPDATE card_checkout SET state = 'expired' WHERE order_id = $1",
                  [bought.order_id])  # fmt: skip
    await let_time_pass(bought)
    await look_at_clocks()
    assert {state for state, _ in await states(bought)} == {"expired"}
    await shop.deliver("checkout.session.completed", session_id, times=2)


async def test_late_money_takes_the_goods_again(shop: CardShop) -> None:
    bought = await shop.buy()
    await late_money(shop, bought)
    assert await states(bought) == [PLACED]
    await assert_invariants(shop.stack)


async def test_late_money_without_goods_goes_back_by_itself(shop: CardShop) -> None:
    bought = await shop.buy(available=2)
    session_id = await shop.pay(bought)
    async with work(SYSTEM):
        await run("UPDATE card_checkout SET state = 'expired' WHERE order_id = $1",
                  [bought.order_id])  # fmt: skip
    await let_time_pass(bought)
    await look_at_clocks()
    # Somebody else takes both, and pays.
    other = await shop.post("/api/v1/orders", {**_again(bought)})
    assert other.status_code == 201
    await shop.deliver("checkout.session.completed", session_id)
    assert await states(bought) == [EXPIRED]
    (back,) = await refunds(bought)
    assert (back["reason"], back["state"], back["amount_vnd"]) == ("late", "succeeded", 185_000)
    left = await books(bought)
    assert left == {
        "cash:stripe": -left["expense:processor_fee"],
        "expense:processor_fee": left["expense:processor_fee"],
    }
    await assert_invariants(shop.stack)


def _again(bought: Bought) -> dict[str, Any]:
    line = {"variant_id": str(bought.goods[0].variant_id), "quantity": 2}
    buyer = {"name": "Trần An", "phone": a_phone(), "commune_code": "18406", "street": "Xóm 3"}
    return {"lines": [line], "buyer": buyer}


async def test_a_vendor_down_at_the_checkout_is_tried_again(shop: CardShop) -> None:
    await shop.cards.tell("faults", answer_status=503)
    bought = await shop.buy()
    assert bought.seen["card"]["state"] == "opening"
    page = (await shop.get(f"/o/{bought.token}")).text
    assert "Dịch vụ thẻ lúc này chưa trả lời" in page and f"/o/{bought.token}/card" in page
    await shop.cards.tell("faults")
    again = await shop.post(f"/api/v1/orders/{bought.token}/card")
    assert again.json()["card"]["state"] == "open"
    assert again.json()["card"]["pay_url"] in (await shop.get(f"/o/{bought.token}")).text
    await shop.pay(bought)
    await shop.get(f"/o/{bought.token}/card/done")
    assert await states(bought) == [PLACED]


async def test_the_worker_opens_a_page_that_the_request_did_not(shop: CardShop) -> None:
    await shop.cards.tell("faults", answer_status=503)
    bought = await shop.buy()
    await shop.cards.tell("faults")
    async with work(SYSTEM):
        await run("UPDATE outbox SET due_at = now() WHERE state = 'pending'")
    await shop.stack.drain()
    assert (await shop.shown(bought))["card"]["state"] == "open"


async def test_an_answer_lost_while_opening_leaves_one_page(shop: CardShop) -> None:
    await shop.cards.tell("faults", time_out_after_success=True, next_n=1)
    bought = await shop.buy()
    await shop.post(f"/api/v1/orders/{bought.token}/card")
    assert (await shop.shown(bought))["card"]["state"] == "open"
    assert len(await shop.cards.objects("checkout.session")) == 1


async def test_another_way_closes_the_page_first(shop: CardShop) -> None:
    bought = await shop.buy(sellers=3)
    ports, settings = shop.stack.ports, shop.stack.settings
    order: dict[str, Any] = {"order_id": bought.order_id, "ports": ports}
    await pay_by_transfer(**order, letter="A")
    await pay_by_transfer(**order, letter="A")
    await cancel(**order, letter="B")
    await shop.deliver("checkout.session.expired", times=2)
    assert await states(bought) == [AWAITED, ("cancelled", "cancelled"), AWAITED]
    shown = await shop.shown(bought)
    assert [p["method"] for p in shown["parts"]] == ["bank_qr", "card", "card"]
    assert shown["parts"][0]["transfer"]["amount_vnd"] == 185_000
    assert (shown["card"]["state"], shown["card"]["amount_vnd"]) == ("over", 185_000)
    # What is left is paid on a page of its own.
    assert await pay_by_card(**order, settings=settings)
    await shop.pay(bought)
    await shop.deliver("checkout.session.completed", await session_of(bought))
    assert await states(bought) == [AWAITED, ("cancelled", "cancelled"), PLACED]
    await assert_invariants(shop.stack)


async def test_cash_instead_of_a_card(shop: CardShop) -> None:
    bought = await shop.buy()
    done = await pay_on_delivery(
        order_id=bought.order_id, letter="A", settings=shop.stack.settings, ports=shop.stack.ports
    )
    assert done is False and await states(bought) == [("placed", "awaiting")]
    (page,) = await shop.cards.objects("checkout.session")
    assert page["status"] == "expired"
    await assert_invariants(shop.stack)


async def test_paid_while_another_way_is_chosen_stays_paid(shop: CardShop) -> None:
    bought = await shop.buy()
    await shop.pay(bought)
    with pytest.raises(Conflict):
        await pay_by_transfer(order_id=bought.order_id, letter="A", ports=shop.stack.ports)
    assert await states(bought) == [PLACED]
    await assert_invariants(shop.stack)


async def test_nothing_changes_while_the_page_cannot_be_closed(shop: CardShop) -> None:
    bought = await shop.buy()
    await shop.cards.tell("faults", answer_status=503)
    with pytest.raises(Unavailable):
        await cancel(order_id=bought.order_id, letter="A", ports=shop.stack.ports)
    assert await states(bought) == [AWAITED]
    await shop.cards.tell("faults")
    await shop.pay(bought)
    await shop.deliver("checkout.session.completed", await session_of(bought))
    assert await states(bought) == [PLACED]


async def test_both_at_once_pay_or_go(shop: CardShop) -> None:
    """The buyer pays in one window and calls it off in the other: one of both, never both."""
    for _ in range(4):
        bought = await shop.buy()
        session_id = await session_of(bought)
        await asyncio.gather(
            shop.cards.http.post(
                f"{shop.cards.url}/_control/pay", json={"session": session_id, "how": "paid"}
            ),
            cancel(order_id=bought.order_id, letter="A", ports=shop.stack.ports),
            return_exceptions=True,
        )
        await shop.deliver("checkout.session")
        assert await states(bought) in ([PLACED], [("cancelled", "cancelled")])
    await assert_invariants(shop.stack)


async def shown_card(shop: CardShop, bought: Bought) -> tuple[str, str | None]:
    """What program and page say of the card: its state, and the address if it is a link."""
    card = (await shop.shown(bought))["card"]
    page = await shop.get(f"/o/{bought.token}")
    assert page.status_code == 200
    assert ("Tới trang trả thẻ" in words(page.text)) is (card["pay_url"] is not None)
    if card["pay_url"]:
        assert f'href="{escape(card["pay_url"])}"' in page.text
    return card["state"], card["pay_url"]


@pytest.mark.parametrize("way", ["cancel", "transfer", "cash"])
async def test_a_page_that_could_not_be_closed_is_still_shown(shop: CardShop, way: str) -> None:
    bought = await shop.buy()
    before = await shown_card(shop, bought)
    assert before[0] == "open"
    await shop.cards.tell("faults", answer_status=503)
    async with shop.stack.client(**{"Sec-Fetch-Site": "same-origin"}) as buyer:
        answer = await buyer.post(f"/o/{bought.token}/A/{way}")
    assert answer.status_code == 503
    assert "Dịch vụ thẻ chưa trả lời. Xin thử lại sau ít phút." in words(answer.text)
    assert f'href="{escape(before[1] or "")}"' in answer.text
    assert await shown_card(shop, bought) == before
    await shop.cards.tell("faults")
    assert await shown_card(shop, bought) == before
    await shop.pay(bought)
    await shop.get(f"/o/{bought.token}/card/done")
    assert await states(bought) == [PLACED]
    await assert_invariants(shop.stack)


async def test_closed_although_the_answer_was_lost_keeps_the_goods(shop: CardShop) -> None:
    """The vendor closed it, we heard nothing: its end must not end what is paid another way."""
    bought = await shop.buy()
    await shop.cards.tell("faults", time_out_after_success=True, only="POST /v1/checkout", next_n=1)
    ports, settings = shop.stack.ports, shop.stack.settings
    with pytest.raises(Unavailable):
        await pay_by_transfer(order_id=bought.order_id, letter="A", ports=ports)
    assert (await shown_card(shop, bought))[0] == "open"
    await shop.deliver("checkout.session.expired", times=2)
    assert await states(bought) == [AWAITED]
    assert await shown_card(shop, bought) == ("over", None)
    assert await pay_by_card(order_id=bought.order_id, settings=settings, ports=ports)
    assert (await shown_card(shop, bought))[0] == "open"
    await pay_by_transfer(order_id=bought.order_id, letter="A", ports=ports)
    assert (await shop.shown(bought))["parts"][0]["transfer"]["amount_vnd"] == 185_000
    await assert_invariants(shop.stack)


async def test_killed_while_leaving_a_page_that_still_opens(shop: CardShop) -> None:
    """Marked as left, then nothing more: the buyer and the worker can still open it."""
    await shop.cards.tell("faults", answer_status=503)
    bought = await shop.buy()
    async with work(SYSTEM):
        await run("UPDATE card_checkout SET closing = true WHERE order_id = $1", [bought.order_id])
    assert await shown_card(shop, bought) == ("opening", None)
    await shop.cards.tell("faults")
    again = await shop.post(f"/api/v1/orders/{bought.token}/card")
    assert await shown_card(shop, bought) == ("open", again.json()["card"]["pay_url"])
    await shop.pay(bought)
    await shop.deliver("checkout.session.completed", await session_of(bought))
    assert await states(bought) == [PLACED]
