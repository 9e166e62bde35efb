"""On what terms goods are sold: age, least number, how far, season. By form and as a program."""

from collections.abc import AsyncIterator
from datetime import date, datetime, time, timedelta
from typing import Any

import httpx
import pytest

from integrations.contracts.viewer import SYSTEM
from integrations.runtime.clock import VIETNAM, database_now, local_date
from integrations.runtime.database import rows, run, work
from market.settlement import service as settlement
from tests.kit.buyers import Buyer, a_buyer
from tests.kit.listings import Goods, a_live_listing, sold_as
from tests.kit.pages import words
from tests.kit.people import a_seller
from tests.kit.stack import Stack
from tests.market.checkout.test_order import code_of, order_in, with_key

OUTSIDE, SAME_PROVINCE = "00070", "18073"  # in Hà Nội; in Hà Tĩnh, where the kit's sellers are
HOURS_12, HOURS_48 = timedelta(hours=12), timedelta(hours=48)


@pytest.fixture
async def buyer(stack: Stack) -> AsyncIterator[Buyer]:
    """Somebody with an empty cart."""
    async with a_buyer(stack) as someone:
        yield someone


async def order_of(goods: Goods) -> list[dict[str, Any]]:
    """What was kept of every order of these goods."""
    async with work(SYSTEM):
        return await rows(
            "SELECT o.id, o.age_stated, o.age_stated_at = o.placed_at AS at_once, o.age_legal_ref,"
            " o.commune_code, p.id AS part_id, p.state, p.answer_by, p.deliver_from, p.created_at,"
            " n.quantity FROM order_line n JOIN order_part p ON p.id = n.part_id"
            " JOIN orders o ON o.id = p.order_id WHERE n.variant_id = $1 ORDER BY o.id",
            [goods.variant_id],
        )


async def ordered(client: httpx.AsyncClient, body: dict[str, Any]) -> httpx.Response:
    """As a program."""
    return await client.post("/api/v1/orders", json=body, headers=with_key())


# --- age ---------------------------------------------------------------------------------------


async def test_alcohol_is_not_sold_without_a_word_about_the_age(stack: Stack, buyer: Buyer) -> None:
    goods = await a_live_listing(await a_seller(), name="Rượu nếp")
    await sold_as(goods, age_min=18)
    await buyer.put_in_cart(goods)
    form = await buyer.checkout_form()
    assert "Tôi đã đủ 18 tuổi." in buyer.text
    answer = await buyer.send("/checkout", **form)
    assert answer.status_code == 400 and 'id="of_age-e"' in answer.text
    assert "Có hàng chỉ bán cho người từ 18 tuổi" in buyer.text
    assert 'value="Lê Thị Hoa"' in answer.text
    assert await order_of(goods) == []
    await buyer.send("/checkout", **form, of_age="yes")
    assert buyer.address.startswith("/o/")
    [kept] = await order_of(goods)
    assert (kept["age_stated"], kept["age_legal_ref"]) == (18, "Law 44/2019/QH14, Article 5")
    assert kept["at_once"] is True


async def test_alcohol_is_paid_ahead_as_the_law_wants(stack: Stack, buyer: Buyer) -> None:
    goods = await a_live_listing(await a_seller(), name="Rượu nếp")
    await sold_as(goods, age_min=18)
    await buyer.put_in_cart(goods)
    form = await buyer.checkout_form(of_age="yes")
    assert "theo luật phải trả trước" in words(buyer.text) and 'value="cod"' not in buyer.text
    [method] = [name for name in form if name.startswith("method-")]
    answer = await buyer.send("/checkout", **{**form, method: "cod"})
    assert answer.status_code == 400
    assert "Luật không cho trả tiền mặt khi đặt qua mạng." in words(buyer.text)
    assert await order_of(goods) == []
    await buyer.send("/checkout", **form)
    here = buyer.address
    assert f"{here}/A/cash" not in buyer.text
    refused = await buyer.send(f"{here}/A/cash")
    assert refused.status_code == 400 and "Luật không cho trả tiền mặt" in words(buyer.text)
    assert [one["state"] for one in await order_of(goods)] == ["awaiting_payment"]


async def test_a_program_cannot_pay_alcohol_in_cash_either(stack: Stack) -> None:
    goods = await a_live_listing(await a_seller(), name="Rượu nếp")
    await sold_as(goods, age_min=18)
    body = order_in(goods) | {"of_age": True}
    async with stack.client() as client:
        quote = (await client.post("/api/v1/carts/quote", json={"lines": body["lines"]})).json()
        code = quote["groups"][0]["producer_code"]
        refused = await ordered(client, body | {"methods": {code: "cod"}})
        placed = await ordered(client, body)
    assert quote["groups"][0]["methods"] == ["bank_qr"]
    assert (refused.status_code, refused.json()["code"]) == (400, "age.no_cash")
    assert refused.json()["field"] == f"method-{code}"
    assert placed.status_code == 201


async def test_alcohol_of_a_seller_without_an_account_cannot_be_ordered(
    stack: Stack, buyer: Buyer
) -> None:
    seller = await a_seller()
    goods = await a_live_listing(seller, name="Rượu nếp")
    await sold_as(goods, age_min=18)
    async with work(SYSTEM):
        await run(
            "UPDATE payout_account SET ended_at = now() WHERE producer_id = $1",
            [seller.viewer.producer_id],
        )
    await buyer.put_in_cart(goods)
    assert f"{seller.name} chưa nhận chuyển khoản ở đây." in words(buyer.text)
    assert 'href="/checkout"' not in buyer.text
    async with stack.client() as client:
        refused = await ordered(client, order_in(goods) | {"of_age": True})
    assert (refused.status_code, refused.json()["code"]) == (400, "age.no_transfer")
    assert await order_of(goods) == []


async def test_other_goods_ask_nobody_about_age(stack: Stack, buyer: Buyer) -> None:
    goods = await a_live_listing(await a_seller())
    await buyer.put_in_cart(goods)
    await buyer.order()
    assert "of_age" not in await buyer.look("/checkout")
    [kept] = await order_of(goods)
    assert (kept["age_stated"], kept["age_legal_ref"]) == (None, "")


async def test_a_program_says_the_age_too(stack: Stack) -> None:
    plain = await a_live_listing(await a_seller())
    goods = await a_live_listing(await a_seller(), name="Rượu nếp")
    await sold_as(goods, age_min=18)
    body = order_in(goods)
    body["lines"].append({"variant_id": str(plain.variant_id), "quantity": 1})
    async with stack.client() as client:
        quote = (await client.post("/api/v1/carts/quote", json={"lines": body["lines"]})).json()
        refused = await ordered(client, body)
        placed = await ordered(client, body | {"of_age": True})
    assert quote["age_min"] == 18 and quote["can_be_ordered"] is True
    assert (refused.status_code, refused.json()["code"]) == (400, "age.unsaid")
    assert refused.json()["field"] == "of_age"
    assert placed.status_code == 201
    assert [one["age_stated"] for one in await order_of(goods)] == [18]


async def test_the_seller_is_told_to_look_at_a_paper(stack: Stack, buyer: Buyer) -> None:
    seller = await a_seller()
    goods = await a_live_listing(seller, name="Rượu nếp")
    await sold_as(goods, age_min=18)
    await buyer.put_in_cart(goods)
    await buyer.order(of_age="yes")
    [kept] = await order_of(goods)
    async with stack.browser(seller.token) as browser:
        page = await browser.get(f"/producer/orders/{kept['part_id']}")
        told = await browser.get(f"/api/v1/order-parts/{kept['part_id']}")
    assert "Khách nói đã đủ 18. Mời xem giấy tờ khi giao." in words(page.text)
    assert told.json()["age_stated"] == 18


# --- the least number --------------------------------------------------------------------------


async def test_fewer_than_the_seller_sells_are_not_ordered(stack: Stack, buyer: Buyer) -> None:
    goods = await a_live_listing(await a_seller(), available=9)
    await sold_as(goods, min_quantity=5)
    page = await buyer.look(f"/p/{goods.code}-{goods.slug}")
    assert '<option value="5">' in page and '<option value="4">' not in page
    assert "5 quả" in words(page)
    await buyer.put_in_cart(goods, 2)
    assert "Hàng này bán từ 5 trở lên. Mời lấy từ 5." in buyer.text
    assert 'name="quantity" value="5"' in buyer.text and 'href="/checkout"' not in buyer.text
    await buyer.send("/cart/change", variant_id=str(goods.variant_id), quantity="5")
    assert 'href="/checkout"' in buyer.text
    await buyer.order()
    assert [one["quantity"] for one in await order_of(goods)] == [5]


async def test_a_program_cannot_order_fewer_either(stack: Stack) -> None:
    goods = await a_live_listing(await a_seller(), available=9)
    await sold_as(goods, min_quantity=5)
    async with stack.client() as client:
        quote = await client.post(
            "/api/v1/carts/quote", json={"lines": order_in(goods, 4)["lines"]}
        )
        refused = await ordered(client, order_in(goods, 4))
        placed = await ordered(client, order_in(goods, 5))
    [line] = quote.json()["groups"][0]["lines"]
    assert line["min_quantity"] == 5
    assert [one["code"] for one in quote.json()["problems"]] == ["cart.minimum"]
    assert (refused.status_code, refused.json()["code"]) == (400, "cart.minimum")
    assert placed.status_code == 201


async def test_less_than_one_order_is_sold_out(stack: Stack, buyer: Buyer) -> None:
    goods = await a_live_listing(await a_seller(), available=4)
    await sold_as(goods, min_quantity=5)
    page = await buyer.look(f"/p/{goods.code}-{goods.slug}")
    assert "Hết hàng" in words(page) and 'action="/cart/add"' not in page
    async with stack.client() as client:
        refused = await ordered(client, order_in(goods, 5))
    assert (refused.status_code, refused.json()["code"]) == (409, "stock.short")
    assert await order_of(goods) == []


# --- how far -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reach", "commune", "sent"),
    [
        ("", OUTSIDE, True),
        ("province", OUTSIDE, False),
        ("province", SAME_PROVINCE, True),
        ("commune", SAME_PROVINCE, False),
        ("commune", "18406", True),
    ],
)
async def test_goods_are_sent_as_far_as_the_seller_says(
    stack: Stack, reach: str, commune: str, sent: bool
) -> None:
    goods = await a_live_listing(await a_seller())
    await sold_as(goods, reach=reach)
    body = order_in(goods)
    body["buyer"]["commune_code"] = commune
    async with stack.client() as client:
        answer = await ordered(client, body)
    if sent:
        assert answer.status_code == 201
    else:
        assert (answer.status_code, answer.json()["code"]) == (400, "delivery.too_far")
        assert answer.json()["field"] == "commune_code"
    assert [one["commune_code"] for one in await order_of(goods)] == ([commune] if sent else [])


async def test_the_form_says_where_it_goes_and_who_can_change_it(
    stack: Stack, buyer: Buyer
) -> None:
    seller = await a_seller(name="Giò chả Bà Tám")
    goods = await a_live_listing(seller, name="Giò lụa")
    await sold_as(goods, reach="province")
    page = await buyer.look(f"/p/{goods.code}-{goods.slug}")
    assert "Chỉ giao trong tỉnh Hà Tĩnh" in words(page)
    await buyer.put_in_cart(goods)
    assert "Chỉ giao trong tỉnh Hà Tĩnh" in words(buyer.text)
    answer = await buyer.order(commune_code=OUTSIDE)
    assert answer.status_code == 400 and 'id="commune_query-e"' in answer.text
    said = "Giò lụa chỉ giao trong tỉnh Hà Tĩnh. Mời chọn địa chỉ ở đó hoặc bỏ hàng này ra."
    assert f"{said} Muốn giao xa hơn thì hỏi Giò chả Bà Tám." in buyer.text
    await buyer.send("/checkout", **await buyer.checkout_form(commune_code=SAME_PROVINCE))
    assert buyer.address.startswith("/o/")


# --- season and orders before it -----------------------------------------------------------------


async def season_in(days: int, length: int = 30) -> tuple[str, date]:
    """A season of each year that begins in some days, and the day."""
    async with work(SYSTEM):
        today = local_date(await database_now())
    first = today + timedelta(days=days)
    return f"--{first:%m-%d}/--{first + timedelta(days=length):%m-%d}", first


async def test_out_of_season_it_is_shown_with_its_day_and_not_sold(
    stack: Stack, buyer: Buyer
) -> None:
    goods = await a_live_listing(await a_seller(), name="Hồng vuông")
    season, first = await season_in(40)
    await sold_as(goods, season=season)
    page = await buyer.look(f"/p/{goods.code}-{goods.slug}")
    assert "Hàng sẽ có từ" in words(page) and f"{first:%d/%m}" in page
    assert "Chưa đến mùa" in words(page) and 'action="/cart/add"' not in page
    assert '"availability":"https://schema.org/OutOfStock"' in page.replace(" ", "")
    await buyer.put_in_cart(goods)
    day = f"{first.day}/{first.month}/{first.year}"
    assert f"Chưa đến mùa: hàng sẽ có từ {day}." in buyer.text
    async with stack.client() as client:
        refused = await ordered(client, order_in(goods))
    assert (refused.status_code, refused.json()["code"]) == (400, "cart.season")
    assert await order_of(goods) == []
    listed = await buyer.look("/search?q=hong+vuong")
    assert goods.code in listed and "Chưa đến mùa" in words(listed)


async def test_in_its_season_it_is_sold_as_ever(stack: Stack, buyer: Buyer) -> None:
    goods = await a_live_listing(await a_seller())
    season, _ = await season_in(-3)
    await sold_as(goods, season=season, preorder=True)
    page = await buyer.look(f"/p/{goods.code}-{goods.slug}")
    assert "Mùa vụ" in words(page) and "Hàng sẽ có từ" not in words(page)
    await buyer.put_in_cart(goods)
    await buyer.order()
    [kept] = await order_of(goods)
    assert kept["deliver_from"] is None


async def test_a_season_that_is_over_for_good_is_said(stack: Stack, buyer: Buyer) -> None:
    goods = await a_live_listing(await a_seller())
    await sold_as(goods, season="2020-08-01/2020-09-30", preorder=True)
    page = await buyer.look(f"/p/{goods.code}-{goods.slug}")
    assert "Đã hết mùa." in words(page) and 'action="/cart/add"' not in page
    await buyer.put_in_cart(goods)
    assert "Hàng này đã hết mùa. Mời bỏ ra khỏi giỏ." in buyer.text


async def test_ordered_before_the_season_its_deadlines_begin_with_it(
    stack: Stack, buyer: Buyer
) -> None:
    seller = await a_seller()
    goods = await a_live_listing(seller, name="Hồng vuông")
    season, first = await season_in(40)
    await sold_as(goods, season=season, preorder=True)
    page = await buyer.look(f"/p/{goods.code}-{goods.slug}")
    assert "Đặt bây giờ thì giao từ ngày đó." in words(page) and "Đặt trước" in words(page)
    assert '"availability":"https://schema.org/PreOrder"' in page.replace(" ", "")
    await buyer.put_in_cart(goods)
    assert "Đặt trước: giao từ" in words(buyer.text)
    form = {f"method-{await code_of(seller)}": "cod"}
    await buyer.order(**form)
    assert "Đặt trước: giao từ" in words(buyer.text)
    starts = datetime.combine(first, time(), VIETNAM)
    [placed] = await order_of(goods)
    assert (placed["state"], placed["deliver_from"]) == ("placed", first)
    assert placed["answer_by"] == starts + HOURS_12
    async with stack.browser(seller.token) as browser:
        part = await browser.get(f"/producer/orders/{placed['part_id']}")
        assert "Giao từ" in words(part.text)
    await settlement.confirm(part_id=placed["part_id"], actor=seller.viewer)
    [confirmed] = await order_of(goods)
    assert (confirmed["state"], confirmed["answer_by"]) == ("confirmed", starts + HOURS_48)


async def test_paid_by_transfer_before_the_season_it_waits_for_it_too(stack: Stack) -> None:
    seller = await a_seller()
    goods = await a_live_listing(seller)
    season, first = await season_in(40)
    await sold_as(goods, season=season, preorder=True)
    async with stack.client() as client:
        answer = await ordered(client, order_in(goods))
    [part] = answer.json()["parts"]
    [kept] = await order_of(goods)
    assert (part["state"], part["deliver_from"]) == ("awaiting_payment", first.isoformat())
    assert kept["answer_by"] is None and datetime.fromisoformat(part["act_by"]) < (
        kept["created_at"] + timedelta(hours=1)
    )
    await settlement.say_money(part_id=kept["part_id"], actor=seller.viewer, received=True)
    [placed] = await order_of(goods)
    assert placed["state"] == "placed"
    assert placed["answer_by"] == datetime.combine(first, time(), VIETNAM) + HOURS_12
