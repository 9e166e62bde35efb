"""Money back to a card: once, whatever is pressed twice, lost or late; the books follow."""

import asyncio
from typing import Any
from uuid import UUID

import pytest

from integrations.contracts.errors import Unavailable
from integrations.contracts.ids import new_id
from integrations.contracts.viewer import SYSTEM, Role
from integrations.runtime.database import run, value, work
from market.ledger import service as ledger
from market.ledger.rules import moved, payable_seller_available, payable_seller_pending
from market.orders.rules import PaymentMethod
from market.settlement.service import cannot, cards, confirm
from tests.kit.invariants import assert_invariants
from tests.kit.listings import a_live_listing
from tests.kit.orders import an_order_part
from tests.kit.pages import words
from tests.kit.people import a_seller, a_staff
from tests.market.payments.kit import (
    Bought,
    CardShop,
    books,
    open_kinds,
    payment_of,
    refunds,
    states,
)


async def give_back(
    shop: CardShop, bought: Bought, *, key: str = "", token: str | None = None, **body: Any
) -> Any:
    """Finance staff press the button."""
    token = token or (await a_staff(Role.FINANCE_STAFF)).token
    path = f"/api/v1/order-parts/{bought.part_id}/refunds"
    return await shop.post(path, {"reason": "Vỡ hai hũ"} | body, token=token, key=key)


async def test_a_part_then_the_rest_goes_back_share_by_share(shop: CardShop) -> None:
    bought = await shop.paid()
    fee_vnd = (await books(bought))["expense:processor_fee"]
    assert (await give_back(shop, bought, amount_vnd=33_333)).status_code == 201
    await shop.stack.drain()
    assert await states(bought) == [("placed", "settled")]
    back = await books(bought)
    # floor(1,850 x 33,333 / 185,000) = 333 and floor(925 x …) = 166; the seller gives the rest.
    assert (back["payable:tax:vat"], back["payable:tax:pit"]) == (-1_850 + 333, -925 + 166)
    assert back["payable:seller:A:pending"] == -182_225 + 32_833
    assert back["expense:rounding"] == 33_333 - 333 - 166 - 32_833
    shown = await shop.shown(bought)
    assert shown["parts"][0]["refunded_vnd"] == 33_333
    assert (await give_back(shop, bought, amount_vnd=151_668)).status_code == 400
    assert (await give_back(shop, bought, whole=True)).status_code == 201
    await shop.stack.drain()
    # All of it before anything was sent: the part is off, only the fee is left.
    assert await states(bought) == [("cancelled", "settled")]
    assert await books(bought) == {"cash:stripe": -fee_vnd, "expense:processor_fee": fee_vnd}
    assert -fee_vnd == await shop.cards.balance_vnd()
    assert (await give_back(shop, bought, whole=True)).json()["code"] == "refund.nothing_left"
    told = [m["text"] for m in shop.stack.messages.latest(limit=50) if "vào thẻ" in m["text"]]
    assert any("33.333" in text for text in told)
    await assert_invariants(shop.stack)


def told_to(shop: CardShop, phone: str, bought: Bought) -> list[str]:
    """Messages about the order to this phone, newest first."""
    found = shop.stack.messages.latest(to_phone=phone)
    return [one["text"] for one in found if f"Đơn {bought.seen['number']}" in one["text"]]


@pytest.mark.parametrize("confirmed", [False, True])
async def test_all_given_back_both_sides_are_told(shop: CardShop, confirmed: bool) -> None:
    bought = await shop.paid()
    seller, number = bought.sellers[0], bought.seen["number"]
    if confirmed:
        await confirm(part_id=bought.part_id, actor=seller.viewer)
    await give_back(shop, bought, amount_vnd=33_333)
    await shop.stack.drain()
    off = f"Đơn {number} (2 quả Bưởi Phúc Trạch): chương trình đã trả lại tiền cho khách."
    assert not any(off in text for text in told_to(shop, seller.phone, bought))
    page = await shop.get(f"/producer/orders/{bought.part_id}", token=seller.token)
    assert "Xin đừng gửi hàng" not in words(page.text)
    for _ in range(2):
        await give_back(shop, bought, whole=True)
        await shop.stack.drain()
    link = f"{shop.stack.settings.public_url}/producer/orders/{bought.part_id}"
    assert told_to(shop, seller.phone, bought) == [f"{off} Xin đừng gửi hàng. {link}"]
    to_buyer = [text for text in told_to(shop, await phone_of(bought), bought) if "hủy" in text]
    assert len(to_buyer) == 1
    assert to_buyer[0].startswith(
        f"Đơn {number}: chương trình đã hủy phần hàng của {seller.name} và trả tiền lại vào thẻ."
        " Ngân hàng hiện trong 5 đến 10 ngày. "
    )
    page = await shop.get(f"/producer/orders/{bought.part_id}", token=seller.token)
    seen = words(page.text)
    assert "Chương trình đã trả lại tiền cho khách. Xin đừng gửi hàng." in seen
    assert "sẽ được chuyển cho nhà mình" not in seen
    seen = words((await shop.get(f"/o/{bought.token}")).text)
    assert "Chương trình đã trả lại tiền." in seen and "5 đến 10 ngày" in seen


async def phone_of(bought: Bought) -> str:
    """Of the buyer."""
    async with work(SYSTEM):
        return str(await value("SELECT buyer_phone FROM orders WHERE id = $1", [bought.order_id]))


async def test_twenty_taps_at_once_give_back_once(shop: CardShop) -> None:
    bought = await shop.paid()
    token = (await a_staff(Role.ADMIN)).token
    answers = await asyncio.gather(
        *(
            give_back(shop, bought, amount_vnd=50_000, key="the-same-form", token=token)
            for _ in range(20)
        )
    )
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["id"] for answer in answers}) == 1
    await asyncio.gather(*(shop.stack.drain() for _ in range(3)))
    at_vendor = await shop.cards.objects("refund")
    assert [one["amount"] for one in at_vendor] == [50_000]
    assert [one["state"] for one in await refunds(bought)] == ["succeeded"]
    await assert_invariants(shop.stack)


async def test_more_than_was_paid_never_goes_back(shop: CardShop) -> None:
    bought = await shop.paid()
    token = (await a_staff(Role.ADMIN)).token
    answers = await asyncio.gather(
        *(give_back(shop, bought, amount_vnd=60_000, token=token) for _ in range(8))
    )
    assert sorted(a.status_code for a in answers) == [201] * 3 + [400] * 5
    await shop.stack.drain()
    assert sum(one["amount"] for one in await shop.cards.objects("refund")) == 180_000
    await assert_invariants(shop.stack)


async def test_an_answer_lost_after_success_is_found_again(shop: CardShop) -> None:
    bought = await shop.paid()
    await shop.cards.tell("faults", time_out_after_success=True, only="POST /v1/refunds", next_n=1)
    assert (await give_back(shop, bought, amount_vnd=50_000)).status_code == 201
    await shop.stack.drain()
    (sent,) = await refunds(bought)
    assert sent["state"] == "sent" and len(await shop.cards.objects("refund")) == 1
    await cards.send_refund(refund_id=sent["id"], ports=shop.stack.ports)
    await cards.send_refund(refund_id=sent["id"], ports=shop.stack.ports)
    assert [one["state"] for one in await refunds(bought)] == ["succeeded"]
    assert len(await shop.cards.objects("refund")) == 1
    await assert_invariants(shop.stack)


async def test_a_key_forgotten_after_a_day_is_looked_up_first(shop: CardShop) -> None:
    bought = await shop.paid()
    await shop.cards.tell("faults", time_out_after_success=True, only="POST /v1/refunds", next_n=1)
    await give_back(shop, bought, amount_vnd=50_000)
    await shop.stack.drain()
    (sent,) = await refunds(bought)
    await shop.cards.tell("clock", shift_s=25 * 3_600)
    async with work(SYSTEM):
        await run(
            "UPDATE card_refund SET sent_at = sent_at - interval '25 hours',"
            " created_at = created_at - interval '25 hours' WHERE id = $1",
            [sent["id"]],
        )
    await cards.look_at_cards(ports=shop.stack.ports)
    assert await open_kinds(sent["id"]) == ["card.refund_waits"]
    await cards.look_again(ports=shop.stack.ports)
    assert [one["state"] for one in await refunds(bought)] == ["succeeded"]
    assert len(await shop.cards.objects("refund")) == 1
    assert await open_kinds(sent["id"]) == []


async def test_a_vendor_that_is_away_is_asked_again_with_the_same_key(shop: CardShop) -> None:
    bought = await shop.paid()
    await give_back(shop, bought, amount_vnd=50_000)
    await shop.cards.tell("faults", answer_status=503)
    (wanted,) = await refunds(bought)
    for _ in range(3):
        with pytest.raises(Unavailable):
            await cards.send_refund(refund_id=wanted["id"], ports=shop.stack.ports)
    await shop.cards.tell("faults")
    await cards.send_refund(refund_id=wanted["id"], ports=shop.stack.ports)
    (done,) = await refunds(bought)
    assert (done["state"], done["attempt"]) == ("succeeded", 1)


async def test_a_refund_that_fails_later_puts_the_money_back(shop: CardShop) -> None:
    bought = await shop.paid()
    before = await books(bought)
    await give_back(shop, bought, whole=True)
    await shop.stack.drain()
    (done,) = await refunds(bought)
    await shop.cards.tell("refund", refund=done["vendor_id"], status="failed")
    await shop.deliver("refund.", done["vendor_id"], times=3)
    assert [one["state"] for one in await refunds(bought)] == ["failed"]
    assert await books(bought) == before
    assert await open_kinds(bought.part_id) == ["card.refund_failed"]
    assert (await shop.cards.balance_vnd()) == before["cash:stripe"]
    # Staff press again: a refund of its own.
    assert (await give_back(shop, bought, whole=True)).status_code == 201
    await shop.stack.drain()
    assert [one["state"] for one in await refunds(bought)] == ["failed", "succeeded"]
    await assert_invariants(shop.stack)


async def test_what_the_producer_cannot_do_goes_back_by_itself(shop: CardShop) -> None:
    bought = await shop.paid(sellers=2)
    await cannot(part_id=bought.part_id, actor=bought.sellers[0].viewer, reason="Hết hàng")
    await cannot(part_id=bought.part_id, actor=bought.sellers[0].viewer, reason="Hết hàng")
    await shop.stack.drain()
    assert await states(bought) == [("cancelled", "settled"), ("placed", "settled")]
    (done,) = await refunds(bought)
    assert (done["amount_vnd"], done["reason"], done["state"]) == (185_000, "cannot", "succeeded")
    assert await open_kinds(bought.part_id) == []
    assert "payable:seller:A:pending" not in await books(bought)
    await assert_invariants(shop.stack)


async def test_what_was_paid_out_already_the_seller_owes(shop: CardShop) -> None:
    bought = await shop.paid()
    seller_id = bought.sellers[0].producer_id
    async with work(SYSTEM):
        await ledger.post(
            kind="release",
            reference=f"release:{bought.part_id}",
            postings=moved(
                payable_seller_pending(seller_id), payable_seller_available(seller_id), 150_000
            ),
            producer_id=seller_id,
            occurred_at=(await _now()),
            meta={"part_id": bought.part_id},
        )
    await give_back(shop, bought, whole=True)
    await shop.stack.drain()
    left = await books(bought)
    assert left["receivable:seller:A"] == 150_000
    assert left["payable:seller:A:available"] == -150_000
    await assert_invariants(shop.stack)


async def _now() -> Any:
    from integrations.runtime.clock import database_now

    return await database_now()


async def test_other_ways_to_pay_have_no_card_to_give_back_to(shop: CardShop) -> None:
    seller = await a_seller()
    goods = await a_live_listing(seller)
    token = (await a_staff(Role.FINANCE_STAFF)).token
    for method in (PaymentMethod.BANK_QR, PaymentMethod.CASH_ON_DELIVERY):
        placed = await an_order_part(seller, goods, method=method)
        answer = await shop.post(
            f"/api/v1/order-parts/{placed.part_id}/refunds",
            {"whole": True, "reason": "x"},
            token=token,
        )
        assert (answer.status_code, answer.json()["code"]) == (409, "refund.not_card")


async def test_only_finance_staff_give_back_and_only_what_they_see(shop: CardShop) -> None:
    bought = await shop.paid()
    path = f"/api/v1/order-parts/{bought.part_id}/refunds"
    body = {"whole": True, "reason": "x"}
    seller, other = bought.sellers[0], await a_seller()
    moderator = await a_staff(Role.MODERATOR)
    for token in (seller.token, moderator.token):
        assert (await shop.post(path, body, token=token)).status_code == 403
    assert (await shop.get(path, token=seller.token)).json()["left_vnd"] == 185_000
    assert (await shop.get(path, token=other.token)).status_code == 404
    finance = (await a_staff(Role.FINANCE_STAFF)).token
    unknown: UUID = new_id()
    answer = await shop.post(f"/api/v1/order-parts/{unknown}/refunds", body, token=finance)
    assert answer.status_code == 404
    assert (await give_back(shop, bought)).status_code in (400, 422)
    assert await payment_of(bought) and await refunds(bought) == []
