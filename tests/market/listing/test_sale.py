"""How goods are sold, from the form and a program to the shop: content, barcode, reach, English."""

import json
import re
from typing import Any

import httpx
import pytest

from integrations.contracts.ids import new_id
from integrations.contracts.viewer import SYSTEM
from integrations.runtime.database import rows, run, work
from market.listing.rules.templates import templates
from tests.kit.listings import Goods, a_listing, a_live_listing, sold_as
from tests.kit.pages import words
from tests.kit.people import Seller, a_seller, a_staff
from tests.kit.stack import Stack

API, NEW = "/api/v1/listings", "/producer/goods/new"
GTIN = "8934563138165"
TYPED = {
    "content": "0,5 lít",
    "gtin": "893 4563 138165",
    "minimum": "3",
    "reach": "province",
    "season": "tháng 8 - tháng 11",
    "preorder": "yes",
    "name_en": "Fish sauce, first press",
    "description_en": "Aged for a year.\nNothing added.",
}
KEPT = {
    "content": [500, "ml"],
    "gtin": GTIN,
    "min_quantity": 3,
    "reach": "province",
    "season": "--08-01/--11-30",
    "preorder": True,
    "name_en": "Fish sauce, first press",
    "description_en": "Aged for a year.\nNothing added.",
}


async def send(browser: httpx.AsyncClient, address: str, **typed: str) -> httpx.Response:
    """A form as a browser sends it."""
    body = {"form_id": str(new_id()), "action": "save", **typed}
    return await browser.post(address, data=body, files={"photo": ("", b"")})


async def read_by(seller: Seller, stack: Stack, listing_id: object) -> dict[str, Any]:
    async with stack.client(seller.token) as client:
        found: dict[str, Any] = (await client.get(f"{API}/{listing_id}")).json()
    return found


async def product(stack: Stack, goods: Goods, language: str = "vi") -> str:
    """The page as a buyer reads it."""
    async with stack.client(**{"Accept-Language": language}) as client:
        return (await client.get(f"/p/{goods.code}-{goods.slug}")).text


def data_in(page: str) -> dict[str, Any]:
    """What search engines read."""
    found = re.search(r'<script type="application/ld\+json"[^>]*>(.*?)</script>', page, re.S)
    assert found
    data: dict[str, Any] = json.loads(found[1])
    return data


# --- form and program ----------------------------------------------------------------------------


async def test_the_form_keeps_how_it_is_sold_and_shows_it_again(stack: Stack) -> None:
    seller = await a_seller()
    draft = await a_listing(seller, name="Nước mắm", unit="chai", price_vnd=45_000)
    address = f"/producer/goods/{draft.id}"
    async with stack.browser(seller.token) as browser:
        answer = await send(browser, address, **TYPED)
        assert answer.status_code == 303, words(answer.text)
        page = (await browser.get(address)).text
    told = await read_by(seller, stack, draft.id)
    assert {name: told[name] for name in KEPT} == KEPT
    assert (told["unit_price_vnd"], told["unit_price_of"]) == (90_000, "l")
    for shown in ('value="500 ml"', f'value="{GTIN}"', 'value="1/8 - 30/11"', 'value="3"'):
        assert shown in page
    assert re.search(r'<option value="yes" selected>', page)
    assert re.search(r'<option value="province" selected>', page)


async def test_what_is_emptied_in_the_form_is_gone(stack: Stack) -> None:
    seller = await a_seller()
    draft = await a_listing(seller, name="Hàng lạ")
    address = f"/producer/goods/{draft.id}"
    async with stack.browser(seller.token) as browser:
        await send(browser, address, **TYPED)
        await send(browser, address, **dict.fromkeys(TYPED, ""))
    told = await read_by(seller, stack, draft.id)
    empty: dict[str, Any] = {"content": None, "gtin": None, "min_quantity": 1, "preorder": False}
    empty |= dict.fromkeys(("reach", "season", "name_en", "description_en"), "")
    assert {name: told[name] for name in KEPT} == empty


async def test_an_empty_form_makes_no_draft(stack: Stack) -> None:
    seller = await a_seller()
    async with stack.browser(seller.token) as browser:
        answer = await send(browser, NEW, **dict.fromkeys(TYPED, ""), name="", price="")
    async with stack.client(seller.token) as client:
        assert (await client.get(API)).json()["items"] == []
    assert answer.status_code == 400


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("content", "to lắm", "Chưa rõ lượng bên trong"),
        ("gtin", "8934563138164", "Số mã vạch có chữ số chưa đúng"),
        ("gtin", "12345", "Số mã vạch có 8, 12, 13 hoặc 14 chữ số"),
        ("minimum", "nhiều", "Mời nhập số bán ít nhất"),
        ("season", "mùa hè", "Chưa rõ mùa vụ"),
        ("reach", "moon", "Mời chọn"),
        ("name_en", "long " * 50, "nhiều nhất 120"),
    ],
)
async def test_what_cannot_be_read_is_said_at_its_field(
    stack: Stack, field: str, typed: str, said: str
) -> None:
    seller = await a_seller()
    draft = await a_listing(seller)
    async with stack.browser(seller.token) as browser:
        answer = await send(
            browser, f"/producer/goods/{draft.id}", **{field: typed, "unit": "chai"}
        )
    assert answer.status_code == 400 and f'id="{field}-e"' in answer.text
    assert said in words(answer.text)
    assert "<details" in answer.text and " open>" in answer.text
    told = await read_by(seller, stack, draft.id)
    assert told["unit"] == "chai"  # what is right is kept


async def test_a_program_sends_the_same(stack: Stack) -> None:
    seller = await a_seller()
    body = {"client_id": str(new_id()), "name": "Hàng lạ", "price": 45_000, "unit": "gói"}
    body |= {"content": "500 g", "gtin": int(GTIN), "minimum": 2, "preorder": True}
    async with stack.client(seller.token) as client:
        made = (await client.post(API, json=body)).json()
        wrong = await client.patch(f"{API}/{made['id']}", json={"gtin": "123", "unit": "kg"})
    assert (made["gtin"], made["min_quantity"], made["preorder"]) == (GTIN, 2, True)
    assert (made["unit_price_vnd"], made["unit_price_of"]) == (90_000, "kg")
    assert (wrong.status_code, wrong.json()["field"]) == (400, "gtin")
    assert (await read_by(seller, stack, made["id"]))["unit"] == "gói"


async def test_the_form_is_grouped_and_says_what_the_price_is_for(stack: Stack) -> None:
    seller = await a_seller()
    draft = await a_listing(seller, name="Nước mắm", unit="chai")
    async with stack.browser(seller.token) as browser:
        await send(browser, f"/producer/goods/{draft.id}", name="Nước mắm cốt")
        page = (await browser.get(f"/producer/goods/{draft.id}")).text
    heads = re.findall(r"<h2>([^<]+)</h2>", page)
    assert heads == [
        "Cách bán",
        "Về hàng này",
        "Gửi hàng",
        "Mùa vụ",
        "Tiếng Anh, cho khách nước ngoài",
    ]
    assert "Thường là giá của một chai." in words(page)


# --- barcode numbers -----------------------------------------------------------------------------


async def test_one_producer_has_a_barcode_number_once(stack: Stack) -> None:
    seller, other = await a_seller(), await a_seller()
    first = await a_listing(seller, name="Nước mắm cốt")
    second, theirs = await a_listing(seller, name="Mắm tôm"), await a_listing(other)
    async with stack.client(seller.token) as client:
        await client.patch(f"{API}/{first.id}", json={"gtin": GTIN})
        again = await client.patch(f"{API}/{first.id}", json={"gtin": GTIN})
        taken = await client.patch(f"{API}/{second.id}", json={"gtin": GTIN, "unit": "hũ"})
    async with stack.browser(seller.token) as browser:
        form = await send(browser, f"/producer/goods/{second.id}", gtin=GTIN, unit="lọ")
    async with stack.client(other.token) as client:
        elsewhere = await client.patch(f"{API}/{theirs.id}", json={"gtin": GTIN})
    assert (again.status_code, elsewhere.status_code) == (200, 200)
    assert (taken.status_code, taken.json()["code"], taken.json()["field"]) == (
        400, "gtin.taken", "gtin",
    )  # fmt: skip
    assert "Nước mắm cốt đã mang số mã vạch này" in words(form.text)
    told = await read_by(seller, stack, second.id)
    assert (told["gtin"], told["unit"]) == (None, "lọ")


async def test_goods_that_were_put_away_give_their_number_up(stack: Stack) -> None:
    seller = await a_seller()
    old, new = await a_listing(seller), await a_listing(seller)
    await sold_as(old, variant_gtin=GTIN)
    async with work(SYSTEM):
        await run("UPDATE listing SET state = 'archived' WHERE id = $1", [old.id])
    async with stack.client(seller.token) as client:
        answer = await client.patch(f"{API}/{new.id}", json={"gtin": GTIN})
    assert (answer.status_code, answer.json()["gtin"]) == (200, GTIN)
    async with work(SYSTEM):
        kept = await rows("SELECT gtin FROM variant WHERE listing_id = $1", [old.id])
    assert kept == [{"gtin": None}]


async def test_893_is_never_shown_as_where_goods_are_from(stack: Stack) -> None:
    goods = await a_live_listing(await a_seller(), name="Nước mắm")
    before = {lang: await product(stack, goods, lang) for lang in ("vi", "en")}
    await sold_as(goods, variant_gtin=GTIN)
    async with work(SYSTEM):  # a page is kept for some seconds: this one is another
        await run("UPDATE listing SET slug = 'khac' WHERE id = $1", [goods.id])
    for lang, plain in before.items():
        async with stack.client(**{"Accept-Language": lang}) as client:
            page = (await client.get(f"/p/{goods.code}-khac")).text
        data = data_in(page)
        assert data["gtin"] == GTIN and "gtin" not in data_in(plain)
        assert words(page) == words(plain)  # nothing that a person reads follows from the number
        assert "893" not in words(page)
        origin = {"countryOfOrigin", "countryOfAssembly", "countryOfLastProcessing"}
        assert origin.isdisjoint(data)


# --- what buyers read ----------------------------------------------------------------------------


async def test_buyers_read_what_a_kilogram_costs(stack: Stack) -> None:
    seller = await a_seller()
    goods = await a_live_listing(seller, name="Lạc rang muối Cửa Sót", unit="gói", price_vnd=45_000)
    plain = await a_live_listing(seller, name="Cam bù Cửa Sót", unit="kg", price_vnd=70_000)
    await sold_as(goods, variant_content_amount=500, variant_content_measure="g")
    page = words(await product(stack, goods))
    assert "90.000 ₫/kg" in page.replace("\u00a0", " ") and "Bên trong có 500 g" in page.replace(
        "\u00a0", " "
    )
    assert "Lạc rang" in page
    async with stack.client(**{"Accept-Language": "vi"}) as client:
        found = await client.get("/search", params={"q": "cua sot"})
        items = (await client.get("/api/v1/shop/listings", params={"q": "cua sot"})).json()["items"]
    assert words(found.text).replace("\u00a0", " ").count("90.000 ₫/kg") == 1
    by_code = {one["code"]: (one["unit_price_vnd"], one["unit_price_of"]) for one in items}
    assert by_code == {goods.code: (90_000, "kg"), plain.code: (None, None)}


async def test_english_readers_read_english_with_the_vietnamese_below(stack: Stack) -> None:
    seller = await a_seller()
    live = await a_live_listing(seller, name="Nước mắm Kỳ Ninh")
    staff = await a_staff()
    async with stack.client(seller.token) as client:
        await client.patch(
            f"{API}/{live.id}",
            json={
                "name_en": "Fish sauce of Ky Ninh",
                "description": "Ủ một năm.",
                "description_en": "Aged zestfully for a year.",
            },
        )
    told = await read_by(seller, stack, live.id)
    assert told["state"] == "in_review"  # words that buyers read are looked at by staff
    async with stack.browser(staff.token) as browser:
        review = words((await browser.get(f"/staff/review/{live.id}")).text)
        assert "Fish sauce of Ky Ninh" in review and "Aged zestfully" in review
    async with work(SYSTEM):
        await run("UPDATE listing SET state = 'live' WHERE id = $1", [live.id])
    english, vietnamese = await product(stack, live, "en"), await product(stack, live, "vi")
    assert re.search(r"<h1>Fish sauce of Ky Ninh</h1>\s*<p[^>]*>Nước mắm Kỳ Ninh</p>", english)
    body = words(english)
    assert body.index("Aged zestfully") < body.index("Ủ một năm.")
    assert "<h1>Nước mắm Kỳ Ninh</h1>" in vietnamese and "Fish sauce" not in words(vietnamese)
    for query in ("zestfully", "fish sauce ky ninh", "nuoc mam ky ninh"):
        async with stack.client(**{"Accept-Language": "en"}) as client:
            found = (await client.get("/search", params={"q": query})).text
        assert live.code in found and "Fish sauce of Ky Ninh" in found


async def test_a_type_fills_the_english_description_and_how_far_fresh_goods_go(
    stack: Stack,
) -> None:
    seller = await a_seller()
    async with stack.client(seller.token) as client:
        body = {"client_id": str(new_id()), "name": "Giò lụa"}
        made = (await client.post(API, json=body)).json()
        own = (await client.patch(f"{API}/{made['id']}", json={"reach": ""})).json()
        again = (await client.patch(f"{API}/{made['id']}", json={"name": "Giò lụa ngon"})).json()
    assert made["description_en"] == templates()["gio-lua"].about("en")
    assert made["reach"] == "province"
    assert {"description_en", "reach"} <= set(made["filled"])
    assert (own["reach"], again["reach"]) == ("", "")  # the seller's word stays


async def test_how_it_is_sold_changes_at_once(stack: Stack) -> None:
    seller = await a_seller()
    live = await a_live_listing(seller)
    body = {"minimum": 2, "reach": "commune", "season": "tháng 1 - tháng 12", "preorder": True}
    async with stack.client(seller.token) as client:
        changed = (await client.patch(f"{API}/{live.id}", json=body)).json()
        seen = (await client.patch(f"{API}/{live.id}", json={"content": "1 kg"})).json()
    assert changed["state"] == "live" and changed["revision"] == 2
    assert seen["state"] == "in_review"


async def test_what_was_changed_is_said_in_words_and_put_back(stack: Stack) -> None:
    seller = await a_seller()
    goods, other = await a_listing(seller), await a_listing(seller)
    async with stack.client(seller.token) as client:
        first = {"content": "500 g", "season": "tháng 8 - tháng 11", "preorder": True, "gtin": GTIN}
        await client.patch(f"{API}/{goods.id}", json=first)
        await client.patch(f"{API}/{goods.id}", json={"content": "1 kg", "gtin": ""})
        await client.patch(f"{API}/{other.id}", json={"gtin": GTIN})
        items = (await client.get(f"{API}/{goods.id}/history")).json()["items"]
    lines = {(one["field"], one["was"], one["now"]): one["id"] for one in items}
    assert {
        ("content", "", "500 g"), ("content", "500 g", "1 kg"), ("gtin", GTIN, ""),
        ("season", "", "1/8 - 30/11"), ("preorder", "", "yes"),
    } <= set(lines)  # fmt: skip
    address = f"/producer/goods/{goods.id}/history"
    async with stack.browser(seller.token) as browser:
        page = words((await browser.get(address)).text)
        await browser.post(f"{address}/{lines['content', '500 g', '1 kg']}/put-back")
        taken = await browser.post(f"{address}/{lines['gtin', GTIN, '']}/put-back")
    assert "Có, đến mùa thì giao" in page and "Số mã vạch" in page
    told = await read_by(seller, stack, goods.id)
    assert (taken.status_code, told["content"], told["gtin"]) == (400, [500, "g"], None)
