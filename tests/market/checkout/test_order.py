"""From the cart to an order, as a buyer without JavaScript and as a program."""

import asyncio
import gzip
import re
from collections.abc import AsyncIterator
from typing import Any

import pytest

from integrations.contracts.ids import new_id
from integrations.contracts.viewer import SYSTEM
from integrations.runtime.database import rows, run, value, work
from integrations.runtime.outbox import doorbell
from market.catalog.service.stock import set_stock
from market.checkout.queries import checkout_key
from tests.kit.buyers import COMMUNE, Buyer, a_buyer, form_of
from tests.kit.listings import Goods, a_live_listing
from tests.kit.people import Seller, a_phone, a_seller
from tests.kit.stack import Stack
from tests.kit.statements import statements

HOSTILE = '"><script>alert(1)</script>'


@pytest.fixture
async def buyer(stack: Stack) -> AsyncIterator[Buyer]:
    """Somebody with an empty cart."""
    async with a_buyer(stack) as someone:
        yield someone


async def goods_of(seller: Seller | None = None, **more: Any) -> Goods:
    return await a_live_listing(seller or await a_seller(), **more)


async def code_of(seller: Seller) -> str:
    async with work(SYSTEM):
        return str(await value("SELECT code FROM producer WHERE id = $1", [seller.producer_id]))


async def shelf_of(goods: Goods) -> tuple[int, int, int]:
    """(left, held or sold, started) of one variant."""
    async with work(SYSTEM):
        found = await rows(
            "SELECT available, started, (SELECT coalesce(sum(quantity), 0)::int FROM reservation r"
            " WHERE r.variant_id = v.id AND r.state <> 'released') AS taken"
            " FROM variant v WHERE id = $1",
            [goods.variant_id],
        )
    return found[0]["available"], found[0]["taken"], found[0]["started"]


def order_in(goods: Goods, quantity: int = 1, **more: Any) -> dict[str, Any]:
    return {
        "lines": [{"variant_id": str(goods.variant_id), "quantity": quantity}],
        "buyer": {
            "name": "Lê Thị Hoa",
            "phone": a_phone(),
            "commune_code": COMMUNE,
            "street": "12 Hàng Bài",
        },
    } | more


def with_key(key: str | None = None) -> dict[str, str]:
    return {"Idempotency-Key": key or str(new_id())}


# --- the buyer's way by plain forms --------------------------------------------------------------


async def test_from_the_product_to_a_paid_way_by_forms_alone(stack: Stack, buyer: Buyer) -> None:
    first, second = await a_seller(name="Nhà vườn Đồi Gió"), await a_seller(name="HTX Cửa Lạch")
    pomelo = await goods_of(first, price_vnd=50_000, available=9)
    sauce = await goods_of(second, price_vnd=80_000, available=9, name="Nước mắm", unit="chai")
    page = await buyer.look(f"/p/{pomelo.code}-{pomelo.slug}")
    assert 'action="/cart/add"' in page
    await buyer.send("/cart/add", **form_of(page), quantity="6")
    await buyer.put_in_cart(sauce, 2)
    assert buyer.address == "/cart"
    assert "300.000" in buyer.text and "160.000" in buyer.text and "460.000" in buyer.text
    form = await buyer.checkout_form()
    typed = re.findall(r'<input[^>]* name="(\w+)"[^>]*type="(?:text|tel|search)"', buyer.text)
    assert set(typed) == {"name", "phone", "commune_query", "street", "note"}
    form[f"method-{await code_of(second)}"] = "cod"
    answer = await buyer.send("/checkout", **form)
    assert answer.status_code == 200 and buyer.address.startswith("/o/")
    assert answer.headers["cache-control"] == "no-store" and "noindex" in answer.text
    assert "Nhà vườn Đồi Gió" in buyer.text and "HTX Cửa Lạch" in buyer.text
    assert "<svg" in answer.text and "GANH" in buyer.text and first.account[:4] in buyer.text
    assert "Trả khi nhận hàng" in buyer.text and "Chờ thanh toán" in buyer.text
    assert "OTP" in buyer.text and "còn " in buyer.text
    assert (await buyer.client.get("/cart")).text.count("/cart/change") == 0
    png = await buyer.client.get(f"{buyer.address}/A/qr.png")
    assert png.content.startswith(b"\x89PNG") and "attachment" in png.headers["content-disposition"]
    assert await shelf_of(pomelo) == (3, 6, 9)
    assert await shelf_of(sauce) == (7, 2, 9)


async def test_saying_paid_and_asking_whether_it_changed(stack: Stack, buyer: Buyer) -> None:
    goods = await goods_of()
    await buyer.put_in_cart(goods)
    await buyer.order()
    here = buyer.address
    poll = re.findall(r'data-poll-url="([^"]+)"', buyer.text)[0]
    with statements() as sent:
        unchanged = await buyer.client.get(poll)
    assert unchanged.json() == {"done": False} and len(unchanged.content) <= 300
    assert len(sent) == 1
    await buyer.send(f"{here}/A/paid")
    assert buyer.address == here and "Đã báo chuyển tiền" in buyer.text
    await buyer.send(f"{here}/A/paid")
    async with work(SYSTEM):
        part_id = await value(
            "SELECT p.id FROM order_part p JOIN orders o ON o.id = p.order_id"
            " WHERE o.buyer_phone = $1",
            [buyer.phone],
        )
        assert await value("SELECT count(*) FROM follow_up WHERE subject_id = $1", [part_id]) == 1


async def test_a_commune_is_found_and_chosen_without_script(buyer: Buyer) -> None:
    await buyer.put_in_cart(await goods_of())
    form = await buyer.checkout_form(commune_code="", commune_query="can loc")
    page = await buyer.send("/checkout", **form, find="1")
    assert page.status_code == 200 and 'value="18406"' in page.text and "Lê Thị Hoa" in buyer.text
    assert "Mời tìm và chọn" not in buyer.text
    without = await buyer.send("/checkout", **form)
    assert without.status_code == 400 and "Mời tìm và chọn" in buyer.text
    await buyer.send("/checkout", **(form | {"commune_code": "18406"}))
    assert buyer.address.startswith("/o/") and "Can Lộc" in buyer.text


@pytest.mark.parametrize("field", ["name", "phone", "commune_query", "street", "note"])
@pytest.mark.parametrize("typed", [HOSTILE, "ă" * 10_000, ""])
async def test_every_field_says_what_to_mend(buyer: Buyer, field: str, typed: str) -> None:
    await buyer.put_in_cart(await goods_of())
    form = await buyer.checkout_form(**{field: typed})
    if field == "commune_query":
        form["commune_code"] = ""
    answer = await buyer.send("/checkout", **form)
    assert "<script>alert" not in answer.text
    fine = (field == "note" and typed != "ă" * 10_000) or (field == "street" and typed == HOSTILE)
    if fine:
        assert buyer.address.startswith("/o/")
    else:
        assert answer.status_code == 400 and f'id="{field}-e"' in answer.text
        assert "12 Hàng Bài" in buyer.text or field == "street"


@pytest.mark.parametrize("typed", ["0", "-1", "9999", "1.5", "", "x", "٣"])
async def test_a_quantity_is_a_number_of_goods(buyer: Buyer, typed: str) -> None:
    goods = await goods_of()
    answer = await buyer.send("/cart/add", variant_id=str(goods.variant_id), quantity=typed)
    assert answer.status_code == 400 and "từ 1 đến 999" in buyer.text
    await buyer.put_in_cart(goods)
    changed = await buyer.send("/cart/change", variant_id=str(goods.variant_id), quantity=typed)
    assert changed.status_code == 400 and "từ 1 đến 999" in buyer.text


async def test_the_cart_says_what_has_changed(buyer: Buyer) -> None:
    seller = await a_seller()
    short, dearer, hidden = [await goods_of(seller, available=5) for _ in range(3)]
    for one in (short, dearer, hidden):
        await buyer.put_in_cart(one, 4)
    async with work(SYSTEM):
        await set_stock(variant_id=short.variant_id, available=2, reference="kit:short")
        await run("UPDATE variant SET price_vnd = 46000 WHERE id = $1", [dearer.variant_id])
        await run("UPDATE listing SET state = 'paused' WHERE id = $1", [hidden.id])
    page = await buyer.look("/cart")
    assert "Chỉ còn 2" in page and "Giá trước là 45.000" in page and "không còn bán" in page
    assert 'href="/checkout"' not in page and "184.000" in page
    assert (await buyer.client.get("/checkout")).headers["location"] == "/cart"
    await buyer.send("/cart/change", variant_id=str(hidden.variant_id), remove="1")
    await buyer.send("/cart/change", variant_id=str(short.variant_id), quantity="2")
    assert 'href="/checkout"' in buyer.text and "Giá trước" not in buyer.text


async def test_an_altered_cart_is_empty(buyer: Buyer) -> None:
    await buyer.put_in_cart(await goods_of())
    cookie = buyer.client.cookies["cart"]
    buyer.client.cookies.clear()
    buyer.client.cookies.set("cart", cookie[:-6] + "xxxxxx")
    assert "Giỏ còn trống" in await buyer.look("/cart")
    assert (await buyer.client.get("/checkout")).headers["location"] == "/cart"


# --- once, and for one only ----------------------------------------------------------------------


async def test_five_posts_of_one_form_are_one_order(stack: Stack, buyer: Buyer) -> None:
    goods = await goods_of(available=10)
    await buyer.put_in_cart(goods, 2)
    form = await buyer.checkout_form()
    answers = await asyncio.gather(*(buyer.client.post("/checkout", data=form) for _ in range(5)))
    assert {answer.status_code for answer in answers} == {303}
    assert len({answer.headers["location"] for answer in answers}) == 1
    again = await buyer.client.post("/checkout", data=form | {"street": "34 Hàng Bài"})
    assert again.headers["location"] == answers[0].headers["location"]
    async with work(SYSTEM):
        key = checkout_key("form", form["key"])
        assert await value("SELECT count(*) FROM orders WHERE checkout_key = $1", [key]) == 1
    assert await shelf_of(goods) == (8, 2, 10)


async def test_five_requests_with_one_key_are_one_order(stack: Stack) -> None:
    goods = await goods_of(available=10)
    wanted, headers = order_in(goods, 2), with_key()
    async with stack.client() as client:
        answers = await asyncio.gather(
            *(client.post("/api/v1/orders", json=wanted, headers=headers) for _ in range(5))
        )
        other = await client.post("/api/v1/orders", json=order_in(goods, 3), headers=headers)
        bare = await client.post("/api/v1/orders", json=wanted)
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["token"] for answer in answers}) == 1
    assert (other.status_code, other.json()["code"]) == (409, "idempotency.other_request")
    assert (bare.status_code, bare.json()["code"]) == (400, "idempotency.key")
    assert await shelf_of(goods) == (8, 2, 10)


async def test_a_guessed_key_opens_no_order(stack: Stack, buyer: Buyer) -> None:
    """A program may choose a weak key; a form that sends it does not get that program's order."""
    goods = await goods_of(available=10)
    async with stack.client() as client:
        made = await client.post(
            "/api/v1/orders", json=order_in(goods), headers=with_key("order-0001")
        )
    await buyer.put_in_cart(goods)
    answer = await buyer.send("/checkout", key="order-0001")
    assert made.status_code == 201 and buyer.address == "/checkout" and answer.status_code == 400


async def test_a_form_without_its_key_gets_a_new_one(buyer: Buyer) -> None:
    await buyer.put_in_cart(await goods_of())
    form = await buyer.checkout_form(key="")
    answer = await buyer.send("/checkout", **form)
    assert answer.status_code == 400
    await buyer.send("/checkout", **(form | form_of(answer.text)))
    assert buyer.address.startswith("/o/")


async def test_two_buyers_for_the_last_one(stack: Stack) -> None:
    goods = await goods_of(available=1)
    async with a_buyer(stack) as one, a_buyer(stack) as other:
        for someone in (one, other):
            await someone.put_in_cart(goods)
        forms = [await someone.checkout_form() for someone in (one, other)]
        await asyncio.gather(one.send("/checkout", **forms[0]), other.send("/checkout", **forms[1]))
        got = [someone.address.startswith("/o/") for someone in (one, other)]
        assert sorted(got) == [False, True]
        loser = other if got[0] else one
        assert loser.page is not None and loser.page.status_code in (303, 409)
        assert "hết" in loser.text
    assert await shelf_of(goods) == (0, 1, 1)


async def test_fifty_buyers_for_the_last_ten(stack: Stack) -> None:
    goods = await goods_of(available=10)
    async with stack.client() as client:
        answers = await asyncio.gather(
            *(
                client.post("/api/v1/orders", json=order_in(goods), headers=with_key())
                for _ in range(50)
            )
        )
    said = sorted(answer.status_code for answer in answers)
    assert said == [201] * 10 + [409] * 40
    assert {a.json()["code"] for a in answers if a.status_code == 409} == {"stock.short"}
    assert await shelf_of(goods) == (0, 10, 10)


async def test_orders_over_the_same_goods_in_opposite_order(stack: Stack) -> None:
    """Two producers, each with a part in every order: nobody waits for another for ever."""
    one, other = await goods_of(available=100), await goods_of(available=100)
    lines = [{"variant_id": str(g.variant_id), "quantity": 1} for g in (one, other)]
    async with stack.client() as client:
        answers = await asyncio.gather(
            *(
                client.post(
                    "/api/v1/orders",
                    json=order_in(one, lines=lines[:: 1 if n % 2 else -1]),
                    headers=with_key(),
                )
                for n in range(30)
            )
        )
    assert {answer.status_code for answer in answers} == {201}
    assert await shelf_of(one) == await shelf_of(other) == (70, 30, 100)


async def test_a_price_that_changed_meanwhile_is_not_ordered(stack: Stack, buyer: Buyer) -> None:
    goods = await goods_of()
    await buyer.put_in_cart(goods, 2)
    form = await buyer.checkout_form()
    async with work(SYSTEM):
        await run("UPDATE variant SET price_vnd = 99000 WHERE id = $1", [goods.variant_id])
    answer = await buyer.send("/checkout", **form)
    assert answer.status_code == 409 and "Giá vừa thay đổi" in buyer.text
    assert "198.000" in buyer.text and await shelf_of(goods) == (10, 0, 10)
    again = form | form_of(answer.text)
    assert again["seen_total_vnd"] == "198000"
    await buyer.send("/checkout", **again)
    assert buyer.address.startswith("/o/") and "198.000" in buyer.text


async def test_goods_hidden_meanwhile_are_not_ordered(stack: Stack) -> None:
    goods = await goods_of()
    async with work(SYSTEM):
        await run("UPDATE listing SET state = 'paused' WHERE id = $1", [goods.id])
    async with stack.client() as client:
        answer = await client.post("/api/v1/orders", json=order_in(goods), headers=with_key())
        unknown = order_in(goods, lines=[{"variant_id": str(new_id()), "quantity": 1}])
        lost = await client.post("/api/v1/orders", json=unknown, headers=with_key())
        none = await client.post(
            "/api/v1/orders", json=order_in(goods, lines=[]), headers=with_key()
        )
    assert [a.json()["code"] for a in (answer, lost, none)] == [
        "cart.gone",
        "cart.gone",
        "cart.empty",
    ]


async def test_what_was_agreed_is_frozen(stack: Stack) -> None:
    goods = await goods_of(price_vnd=92_500)
    async with stack.client() as client:
        made = (
            await client.post("/api/v1/orders", json=order_in(goods, 2), headers=with_key())
        ).json()
        async with work(SYSTEM):
            await run("UPDATE variant SET price_vnd = 1 WHERE id = $1", [goods.variant_id])
            await run("UPDATE listing SET name = 'Khác' WHERE id = $1", [goods.id])
        seen = (await client.get(f"/api/v1/orders/{made['token']}")).json()
    part = seen["parts"][0]
    assert part["lines"][0]["name"] == goods.name and part["total_vnd"] == 185_000
    assert part["transfer"]["amount_vnd"] == 185_000
    assert part["transfer"]["qr_payload"].startswith("000201")
    assert part["transfer"]["reference"] in part["transfer"]["qr_payload"]
    async with work(SYSTEM):
        taken = await rows(
            "SELECT vat_vnd, pit_vnd, commission_vnd FROM order_part WHERE producer_id ="
            " (SELECT producer_id FROM variant WHERE id = $1)",
            [goods.variant_id],
        )
    assert taken == [{"vat_vnd": 1_850, "pit_vnd": 925, "commission_vnd": 0}]


async def test_redis_down_loses_no_order(stack: Stack, buyer: Buyer) -> None:
    goods = await goods_of()
    await buyer.put_in_cart(goods)
    before = doorbell.ring

    async def broken(*_: object) -> None:
        raise ConnectionError("no Redis")

    doorbell.ring = broken
    try:
        answer = await buyer.order()
    finally:
        doorbell.ring = before
    assert answer.status_code == 200 and buyer.address.startswith("/o/")
    await stack.drain()
    assert stack.messages.latest(to_phone=buyer.phone)


# --- who sees what -------------------------------------------------------------------------------


async def test_a_link_opens_its_order_and_nothing_else(stack: Stack, buyer: Buyer) -> None:
    await buyer.put_in_cart(await goods_of())
    await buyer.order()
    token = buyer.address.removeprefix("/o/")
    for wrong in (token[:-1], token[:-6] + "xxxxxx", "x", "x" * 3_000, "%3Cscript%3E"):
        for path in (f"/o/{wrong}", f"/o/{wrong}/state", f"/api/v1/orders/{wrong}"):
            assert (await buyer.client.get(path)).status_code == 404
    for step in ("paid", "cash", "cancel", "send-code", "code"):
        assert (await buyer.client.post(f"/o/{token}/B/{step}")).status_code == 404
        assert (await buyer.client.post(f"/o/x/A/{step}")).status_code == 404
    assert (await buyer.client.get(f"/o/{token}/B/qr.png")).status_code == 404


async def test_statements_do_not_grow_with_the_order(stack: Stack, buyer: Buyer) -> None:
    counted: list[list[int]] = []
    for sellers in (1, 3):
        buyer.client.cookies.clear()
        for _ in range(sellers):
            seller = await a_seller()
            for _ in range(sellers):
                await buyer.put_in_cart(await goods_of(seller))
        found = []
        for path in ("/cart", "/checkout"):
            with statements() as sent:
                await buyer.look(path)
            found.append(len(sent))
        await buyer.order(phone=a_phone())
        with statements() as sent:
            await buyer.look(buyer.address)
        counted.append([*found, len(sent)])
    assert counted[0] == counted[1] == [1, 1, 1]


async def test_the_order_page_is_light(stack: Stack, buyer: Buyer) -> None:
    """Bar B2: the state of an order by its link in one request of at most 10 KB."""
    for _ in range(3):
        await buyer.put_in_cart(await goods_of())
    await buyer.order()
    assert buyer.page is not None
    assert len(gzip.compress(buyer.page.content)) <= 10_000


async def test_a_quote_says_groups_sums_and_problems(stack: Stack) -> None:
    seller = await a_seller()
    one, two = await goods_of(seller, available=3), await goods_of(available=9)
    wanted = [(one, 2), (two, 10)]
    lines = [{"variant_id": str(g.variant_id), "quantity": n} for g, n in wanted]
    gone = {"variant_id": str(new_id()), "quantity": 1}
    async with stack.client() as client:
        with statements() as sent:
            answer = await client.post("/api/v1/carts/quote", json={"lines": [*lines, gone]})
        assert len(sent) == 1
        refused = [
            await client.post("/api/v1/carts/quote", json={"lines": [lines[0] | {"quantity": n}]})
            for n in (0, -1, 9999)
        ]
    found = answer.json()
    assert found["total_vnd"] == 90_000 and not found["can_be_ordered"]
    assert [p["code"] for p in found["problems"]] == ["stock.short", "cart.gone"]
    assert found["problems"][0]["left"] == 9
    assert [a.json()["code"] for a in refused] == ["cart.quantity"] * 3
    assert found["groups"][0]["methods"] == ["bank_qr", "cod"]
