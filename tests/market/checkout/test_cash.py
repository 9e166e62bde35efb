"""Cash on delivery: limits of a phone, the code above the bound, changing and calling off."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest

from integrations.contracts.viewer import SYSTEM
from integrations.runtime.database import rows, run, value, work
from market.orders.rules import PartState
from market.settlement.service import look_at_clocks
from tests.kit.buyers import COMMUNE, Buyer, a_buyer
from tests.kit.listings import Goods, a_live_listing
from tests.kit.people import Seller, a_phone, a_seller
from tests.kit.sign_in import code_for, wrong
from tests.kit.stack import Stack
from tests.market.checkout.test_order import code_of, order_in, shelf_of, with_key
from tests.market.payments.kit import card_shop

Post = Callable[..., Any]


@pytest.fixture
async def api(stack: Stack) -> AsyncIterator[httpx.AsyncClient]:
    """A program that buys."""
    async with stack.client(**{"Accept-Language": "vi"}) as client:
        yield client


async def cash_order(
    api: httpx.AsyncClient, seller: Seller, goods: Goods, quantity: int = 1, phone: str = ""
) -> httpx.Response:
    """An order to be paid on delivery."""
    wanted = order_in(goods, quantity, methods={await code_of(seller): "cod"})
    wanted["buyer"]["phone"] = phone or a_phone()
    return await api.post("/api/v1/orders", json=wanted, headers=with_key())


async def facts(token_part: str) -> int:
    async with work(SYSTEM):
        return int(
            await value(
                "SELECT count(*) FROM outbox WHERE name = 'order.part_placed' AND subject_id = $1",
                [token_part],
            )
        )


async def part_id_of(number: str, letter: str = "A") -> str:
    async with work(SYSTEM):
        return str(
            await value(
                "SELECT p.id FROM order_part p JOIN orders o ON o.id = p.order_id"
                " WHERE o.number = $1 AND p.letter = $2",
                [number, letter],
            )
        )


async def test_a_small_order_is_placed_at_once(stack: Stack, api: httpx.AsyncClient) -> None:
    seller = await a_seller()
    goods = await a_live_listing(seller, price_vnd=100_000, available=9)
    made = (await cash_order(api, seller, goods, 5)).json()
    assert made["parts"][0]["state"] == PartState.PLACED and made["parts"][0]["transfer"] is None
    assert not made["code_needed"] and made["parts"][0]["act_by"] is not None
    assert await facts(await part_id_of(made["number"])) == 1
    async with work(SYSTEM):
        held = await rows(
            "SELECT r.expires_at, r.state FROM reservation r WHERE r.variant_id = $1",
            [goods.variant_id],
        )
    assert held == [{"expires_at": None, "state": "held"}]


async def test_a_large_one_waits_for_the_code(stack: Stack, api: httpx.AsyncClient) -> None:
    seller, phone = await a_seller(), a_phone()
    goods = await a_live_listing(seller, price_vnd=100_000, available=9)
    made = (await cash_order(api, seller, goods, 6, phone)).json()
    part_id, path = await part_id_of(made["number"]), f"/api/v1/orders/{made['token']}/parts/A/code"
    assert made["code_needed"] and made["parts"][0]["state"] == PartState.AWAITING_CODE
    assert await facts(part_id) == 0
    code = await code_for(stack, phone)
    assert made["number"] in stack.messages.latest(to_phone=phone, limit=1)[0]["text"]
    for typed, said in (
        (wrong(code), "code.wrong"),
        ("x", "code.unreadable"),
        ("", "code.unreadable"),
    ):
        answer = await api.post(path, json={"code": typed})
        assert (answer.status_code, answer.json()["code"]) == (400, said)
    placed = (await api.post(path, json={"code": f"{code[:3]} {code[3:]}"})).json()
    assert placed["parts"][0]["state"] == PartState.PLACED and not placed["code_needed"]
    again = await api.post(path, json={"code": code})
    assert again.status_code == 200 and await facts(part_id) == 1
    async with work(SYSTEM):
        held = await value("SELECT expires_at FROM reservation WHERE group_id = $1", [part_id])
        await run("UPDATE order_part SET expires_at = now() WHERE id = $1", [part_id])
    assert held is None
    await look_at_clocks()
    assert await shelf_of(goods) == (3, 6, 9)


async def test_a_code_of_another_order_does_not_serve(stack: Stack, api: httpx.AsyncClient) -> None:
    seller, phone = await a_seller(), a_phone()
    goods = await a_live_listing(seller, price_vnd=600_000, available=9)
    first = (await cash_order(api, seller, goods, 1, phone)).json()
    code = await code_for(stack, phone)
    second = (await cash_order(api, seller, goods, 1, phone)).json()
    answer = await api.post(f"/api/v1/orders/{second['token']}/parts/A/code", json={"code": code})
    assert answer.json()["code"] == "code.wrong"
    right = await api.post(f"/api/v1/orders/{first['token']}/parts/A/code", json={"code": code})
    assert right.json()["parts"][0]["state"] == PartState.PLACED


async def test_without_the_code_the_goods_go_back(stack: Stack, api: httpx.AsyncClient) -> None:
    seller, phone = await a_seller(), a_phone()
    goods = await a_live_listing(seller, price_vnd=600_000, available=3)
    made = (await cash_order(api, seller, goods, 1, phone)).json()
    code, part_id = await code_for(stack, phone), await part_id_of(made["number"])
    async with work(SYSTEM):
        await run("UPDATE order_part SET expires_at = now() WHERE id = $1", [part_id])
    await look_at_clocks()
    seen = (await api.get(f"/api/v1/orders/{made['token']}")).json()
    assert seen["parts"][0]["state"] == PartState.EXPIRED and await shelf_of(goods) == (3, 0, 3)
    late = await api.post(f"/api/v1/orders/{made['token']}/parts/A/code", json={"code": code})
    assert (late.status_code, late.json()["code"]) == (409, "order.moved")


async def test_a_phone_has_few_open_cash_orders(stack: Stack, api: httpx.AsyncClient) -> None:
    seller, phone = await a_seller(), a_phone()
    goods = await a_live_listing(seller, available=30)
    answers = await asyncio.gather(*(cash_order(api, seller, goods, 1, phone) for _ in range(5)))
    said = sorted(answer.status_code for answer in answers)
    assert said == [201, 201, 201, 400, 400]
    refused = next(answer for answer in answers if answer.status_code == 400).json()
    assert refused["code"] == "cod.open_orders" and "chuyển khoản QR" in refused["detail"]
    by_bank = order_in(goods)
    by_bank["buyer"]["phone"] = phone
    paid = await api.post("/api/v1/orders", json=by_bank, headers=with_key())
    assert paid.status_code == 201
    assert await shelf_of(goods) == (26, 4, 30)


async def test_a_phone_owes_only_so_much(stack: Stack, api: httpx.AsyncClient) -> None:
    seller = await a_seller()
    goods = await a_live_listing(seller, price_vnd=1_000_000, available=30)
    refused = (await cash_order(api, seller, goods, 6)).json()
    assert refused["code"] == "cod.amount" and "5.000.000" in refused["detail"]
    assert await shelf_of(goods) == (30, 0, 30)


async def test_no_account_means_cash_only(stack: Stack, api: httpx.AsyncClient) -> None:
    seller = await a_seller()
    goods = await a_live_listing(seller)
    async with work(SYSTEM):
        await run(
            "UPDATE payout_account SET ended_at = now() WHERE producer_id = $1",
            [seller.producer_id],
        )
    by_bank = order_in(goods, methods={await code_of(seller): "bank_qr"})
    answer = await api.post("/api/v1/orders", json=by_bank, headers=with_key())
    assert answer.json()["code"] == "payout.missing"
    plain = await api.post("/api/v1/orders", json=order_in(goods), headers=with_key())
    assert plain.json()["parts"][0]["method"] == "cod"


async def _cash_only(price_vnd: int) -> tuple[Seller, Goods]:
    """A seller without an account."""
    seller = await a_seller(name="Nhà vườn Đồi Gió")
    goods = await a_live_listing(seller, price_vnd=price_vnd, available=30)
    async with work(SYSTEM):
        await run(
            "UPDATE payout_account SET ended_at = now() WHERE producer_id = $1",
            [seller.producer_id],
        )
    return seller, goods


async def test_beyond_the_sum_of_a_cash_only_seller_no_transfer_is_offered(
    stack: Stack, api: httpx.AsyncClient
) -> None:
    seller, goods = await _cash_only(1_000_000)
    phone = a_phone()
    whole = (await cash_order(api, seller, goods, 6, phone)).json()
    assert whole["code"] == "cod.amount" and "Mời bớt số lượng." in whole["detail"]
    assert "5.000.000" in whole["detail"] and "Nhà vườn Đồi Gió" in whole["detail"]
    assert whole["field"] == f"method-{await code_of(seller)}"
    assert (await cash_order(api, seller, goods, 3, phone)).status_code == 201
    rest = (await cash_order(api, seller, goods, 3, phone)).json()
    assert rest["code"] == "cod.amount" and "khi đơn đó đã giao xong" in rest["detail"]
    assert "QR" not in whole["detail"] + rest["detail"]
    assert await shelf_of(goods) == (27, 3, 30)


async def test_beyond_the_orders_of_a_phone_a_cash_only_seller_offers_no_transfer(
    stack: Stack, api: httpx.AsyncClient
) -> None:
    seller, goods = await _cash_only(100_000)
    phone = a_phone()
    for _ in range(3):
        assert (await cash_order(api, seller, goods, 1, phone)).status_code == 201
    refused = (await cash_order(api, seller, goods, 1, phone)).json()
    assert refused["code"] == "cod.open_orders" and "QR" not in refused["detail"]
    assert "còn 3 đơn" in refused["detail"] and "khi một đơn đã giao xong" in refused["detail"]


async def test_a_transfer_is_named_where_it_makes_the_rest_possible(
    stack: Stack, api: httpx.AsyncClient
) -> None:
    """Cash only for 2 million, and 4 million more in cash by choice: the latter can go by QR."""
    _, few = await _cash_only(1_000_000)
    other = await a_seller()
    many = await a_live_listing(other, price_vnd=1_000_000, available=9)
    lines = [
        {"variant_id": str(goods.variant_id), "quantity": n} for goods, n in ((few, 2), (many, 4))
    ]
    wanted = order_in(few, lines=lines, methods={await code_of(other): "cod"})
    refused = (await api.post("/api/v1/orders", json=wanted, headers=with_key())).json()
    assert refused["code"] == "cod.amount" and "chuyển khoản QR" in refused["detail"]
    wanted["methods"] = {}
    made = await api.post("/api/v1/orders", json=wanted, headers=with_key())
    assert [part["method"] for part in made.json()["parts"]] == ["cod", "bank_qr"]


async def test_the_form_says_it_at_the_cash_only_seller(stack: Stack) -> None:
    seller, goods = await _cash_only(1_000_000)
    async with a_buyer(stack) as buyer:
        await buyer.put_in_cart(goods, 6)
        answer = await buyer.order()
        assert answer.status_code == 400 and "chỉ nhận tiền mặt" in buyer.text
        assert f'name="method-{await code_of(seller)}"' in buyer.text


async def test_a_part_is_paid_on_delivery_instead(stack: Stack, api: httpx.AsyncClient) -> None:
    goods = await a_live_listing(await a_seller(), available=9)
    made = (await api.post("/api/v1/orders", json=order_in(goods), headers=with_key())).json()
    path, part_id = f"/api/v1/orders/{made['token']}/parts/A", await part_id_of(made["number"])
    for _ in range(2):
        changed = (await api.post(f"{path}/to-cod")).json()["parts"][0]
        assert (changed["method"], changed["state"]) == ("cod", PartState.PLACED)
        assert changed["transfer"] is None
    assert await facts(part_id) == 1
    async with work(SYSTEM):
        payment = await rows(
            "SELECT method, account_sealed, expires_at FROM payment WHERE part_id = $1", [part_id]
        )
    assert payment == [{"method": "cod", "account_sealed": "", "expires_at": None}]
    assert await shelf_of(goods) == (8, 1, 9)


async def test_a_large_part_needs_the_code_to_change(stack: Stack, api: httpx.AsyncClient) -> None:
    goods = await a_live_listing(await a_seller(), price_vnd=700_000)
    wanted = order_in(goods)
    made = (await api.post("/api/v1/orders", json=wanted, headers=with_key())).json()
    path = f"/api/v1/orders/{made['token']}/parts/A"
    waits = (await api.post(f"{path}/to-cod")).json()["parts"][0]
    assert (waits["method"], waits["state"]) == ("bank_qr", PartState.AWAITING_PAYMENT)
    code = await code_for(stack, wanted["buyer"]["phone"])
    placed = (await api.post(f"{path}/code", json={"code": code})).json()["parts"][0]
    assert (placed["method"], placed["state"]) == ("cod", PartState.PLACED)


async def test_who_said_paid_cannot_change_to_cash(stack: Stack, api: httpx.AsyncClient) -> None:
    goods = await a_live_listing(await a_seller())
    made = (await api.post("/api/v1/orders", json=order_in(goods), headers=with_key())).json()
    path = f"/api/v1/orders/{made['token']}/parts/A"
    await api.post(f"{path}/said-paid")
    answer = await api.post(f"{path}/to-cod")
    assert (answer.status_code, answer.json()["code"]) == (409, "order.moved")


async def test_a_part_is_called_off_until_it_is_begun(stack: Stack, api: httpx.AsyncClient) -> None:
    seller = await a_seller()
    goods = await a_live_listing(seller, available=9)
    by_bank = (await api.post("/api/v1/orders", json=order_in(goods), headers=with_key())).json()
    by_cash = (await cash_order(api, seller, goods, 2)).json()
    assert await shelf_of(goods) == (6, 3, 9)
    for made in (by_bank, by_cash, by_bank):
        answer = await api.post(f"/api/v1/orders/{made['token']}/parts/A/cancel")
        assert answer.json()["parts"][0]["state"] == PartState.CANCELLED
    assert await shelf_of(goods) == (9, 0, 9)
    begun = (await cash_order(api, seller, goods)).json()
    async with stack.client(seller.token) as producer:
        part_id = await part_id_of(begun["number"])
        assert (await producer.post(f"/api/v1/order-parts/{part_id}/confirm")).status_code == 200
    refused = await api.post(f"/api/v1/orders/{begun['token']}/parts/A/cancel")
    assert (refused.status_code, refused.json()["code"]) == (409, "order.moved")
    assert await shelf_of(goods) == (8, 1, 9)


async def test_the_code_is_typed_on_the_order_page(stack: Stack) -> None:
    seller = await a_seller()
    goods = await a_live_listing(seller, price_vnd=600_000)
    async with a_buyer(stack) as buyer:
        await buyer.put_in_cart(goods)
        await buyer.order(**{f"method-{await code_of(seller)}": "cod"}, commune_code=COMMUNE)
        here = buyer.address
        assert "Mời nhập mã" in buyer.text and 'name="code"' in buyer.text
        assert buyer.phone[-3:] in buyer.text
        code = await code_for(stack, buyer.phone)
        answer = await buyer.send(f"{here}/A/code", code=wrong(code))
        assert answer.status_code == 400 and "Mã chưa đúng" in buyer.text
        await buyer.send(f"{here}/A/send-code")
        assert buyer.address == here
        await buyer.send(f"{here}/A/code", code=code)
        assert buyer.address == here and "Trả khi nhận hàng" in buyer.text
        assert 'name="code"' not in buyer.text
        await _cancelled(buyer, here)


async def test_a_card_order_above_the_bound_is_changed_to_cash_on_the_page(stack: Stack) -> None:
    async with card_shop(stack) as shop:
        bought = await shop.buy(price_vnd=700_000, quantity=1)
        here = f"/o/{bought.token}"
        async with a_buyer(shop.stack) as buyer:
            assert "Trả bằng thẻ" in await buyer.look(here)
            await buyer.send(f"{here}/A/cash")
            assert 'name="code"' in buyer.text and f'action="{here}/A/code"' in buyer.text
            assert "Vẫn trả bằng thẻ" in buyer.text and "Giữ hàng đến" in buyer.text
            phone = await _phone_of(bought.seen["number"])
            code = await code_for(shop.stack, phone)
            answer = await buyer.send(f"{here}/A/code", code=wrong(code))
            assert answer.status_code == 400 and "Mã chưa đúng" in buyer.text
            assert 'name="code"' in buyer.text
            await buyer.send(f"{here}/A/send-code")
            assert 'name="code"' in buyer.text
            await buyer.send(f"{here}/A/code", code=await code_for(shop.stack, phone))
            assert "Trả khi nhận hàng" in buyer.text and 'name="code"' not in buyer.text


async def test_a_card_part_is_changed_to_cash_beside_one_by_transfer(stack: Stack) -> None:
    async with card_shop(stack) as shop:
        bought = await shop.buy(sellers=2, price_vnd=700_000, quantity=1, methods=("bank_qr",))
        here = f"/o/{bought.token}"
        async with a_buyer(shop.stack) as buyer:
            await buyer.send(f"{here}/B/cash")
            assert buyer.text.count('name="code"') == 1 and f'{here}/B/code"' in buyer.text
            code = await code_for(shop.stack, await _phone_of(bought.seen["number"]))
            await buyer.send(f"{here}/B/code", code=code)
            assert "Trả khi nhận hàng" in buyer.text and "Lưu ảnh mã QR" in buyer.text


async def test_a_transfer_above_the_bound_is_changed_to_cash_on_the_page(stack: Stack) -> None:
    goods = await a_live_listing(await a_seller(), price_vnd=700_000)
    async with a_buyer(stack) as buyer:
        await buyer.put_in_cart(goods)
        await buyer.order()
        here = buyer.address
        await buyer.send(f"{here}/A/cash")
        assert 'name="code"' in buyer.text and "Vẫn trả bằng QR" in buyer.text
        assert "Lưu ảnh mã QR" not in buyer.text
        assert "Lưu ảnh mã QR" in await buyer.look(f"{here}?pay=A")
        await buyer.send(f"{here}/A/code", code=await code_for(stack, buyer.phone))
        assert "Trả khi nhận hàng" in buyer.text and 'name="code"' not in buyer.text


async def test_who_has_asked_for_codes_too_often_can_still_type_the_last(stack: Stack) -> None:
    goods = await a_live_listing(await a_seller(), price_vnd=700_000)
    async with a_buyer(stack) as buyer:
        await buyer.put_in_cart(goods)
        await buyer.order()
        here = buyer.address
        await buyer.send(f"{here}/A/cash")
        code, answer = "", await buyer.send(f"{here}/A/send-code")
        for _ in range(20):
            if answer.status_code == 429:
                break
            code = await code_for(stack, buyer.phone)
            answer = await buyer.send(f"{here}/A/send-code")
        assert answer.status_code == 429 and 'name="code"' in buyer.text
        await buyer.send(f"{here}/A/code", code=code)
        assert "Trả khi nhận hàng" in buyer.text


async def _phone_of(number: str) -> str:
    async with work(SYSTEM):
        return str(await value("SELECT buyer_phone FROM orders WHERE number = $1", [number]))


async def _cancelled(buyer: Buyer, here: str) -> None:
    await buyer.send(f"{here}/A/cancel")
    assert "Đã hủy" in buyer.text and "Không phải trả tiền" in buyer.text


async def test_who_has_said_that_money_was_sent_cannot_call_it_off(
    stack: Stack, api: httpx.AsyncClient
) -> None:
    goods = await a_live_listing(await a_seller(), available=9)
    made = (await api.post("/api/v1/orders", json=order_in(goods), headers=with_key())).json()
    here = f"/api/v1/orders/{made['token']}/parts/A"
    assert (await api.post(f"{here}/said-paid")).status_code == 200
    refused = await api.post(f"{here}/cancel")
    assert (refused.status_code, refused.json()["code"]) == (409, "order.said_paid")
