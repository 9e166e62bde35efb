"""The type of goods fills the rest of a listing, and leaves what people typed."""

import re

import httpx
import pytest

from integrations.contracts.ids import new_id
from integrations.contracts.viewer import SYSTEM
from integrations.runtime.database import rows, work
from market.listing.rules.templates import templates
from tests.kit.listings import a_listing, a_live_listing
from tests.kit.pages import hidden, words
from tests.kit.people import Seller, a_seller, a_staff
from tests.kit.pictures import phone_jpeg
from tests.kit.stack import Stack

NEW, API = "/producer/goods/new", "/api/v1/listings"
CU_DO, BUOI = templates()["cu-do"], templates()["buoi"]


async def facts_of(seller: Seller) -> dict[str, object]:
    async with work(SYSTEM):
        found = await rows(
            "SELECT l.template_code, l.template_chosen, l.category_code, l.shelf_life_days,"
            " l.storage, l.allergens, l.age_min, l.description, l.state, v.unit, v.weight_g,"
            " v.length_mm, v.width_mm, v.height_mm FROM listing l"
            " JOIN variant v ON v.listing_id = l.id WHERE l.producer_id = $1",
            [seller.producer_id],
        )
    return found[0]


def shown(page: str) -> dict[str, str]:
    """Every field of the form as a browser would send it untouched."""
    fields = dict(
        re.findall(r'<input id="(\w+)" name="\w+" type="\w+"[^>]*? value="([^"]*)"', page)
    )
    for name, inside in re.findall(r'<select id="(\w+)".*?>(.*?)</select>', page, re.S):
        chosen = re.search(r'<option value="([^"]*)" selected', inside)
        fields[name] = chosen[1] if chosen else ""
    text = re.search(r'<textarea id="description".*?>\n(.*?)</textarea>', page, re.S)
    return {**fields, "description": text[1] if text else ""}


def ticked(page: str) -> list[str]:
    return re.findall(r'name="allergens" value="(\w+)" checked', page)


async def send(browser: httpx.AsyncClient, address: str, **typed: object) -> httpx.Response:
    """The form as it is shown, with what is typed over it."""
    page = (await browser.get(address)).text
    data: dict[str, object] = {**shown(page), "form_id": hidden(page, "form_id"), "action": "save"}
    data["allergens"] = ["", *ticked(page)]
    if "stock_was" in page:
        data["stock_was"] = hidden(page, "stock_was")
    return await browser.post(address, data={**data, **typed})


async def edit_of(browser: httpx.AsyncClient, **typed: object) -> str:
    """A new draft; the address of its form."""
    answer = await send(browser, NEW, **typed)
    assert answer.status_code == 303, words(answer.text)
    return answer.headers["location"].partition("?")[0]


async def test_the_name_fills_the_rest_and_the_form_says_so(stack: Stack) -> None:
    seller = await a_seller()
    async with stack.browser(seller.token) as browser:
        address = await edit_of(browser, name="cu do gung", price="50.000")
        page = (await browser.get(address)).text
    assert await facts_of(seller) == {
        "template_code": "cu-do",
        "template_chosen": False,
        "category_code": "sweets",
        "shelf_life_days": 60,
        "storage": "dry",
        "allergens": "peanuts sesame",
        "age_min": None,
        "description": CU_DO.about(),
        "state": "draft",
        "unit": "gói",
        "weight_g": 300,
        "length_mm": 180,
        "width_mm": 180,
        "height_mm": 50,
    }
    assert "Đã điền theo mẫu Cu đơ: đơn vị, mô tả, nhóm hàng, cân nặng, kích thước" in words(page)
    fields = shown(page)
    assert (fields["weight"], fields["size"], fields["keeps"]) == ("300 g", "18 x 18 x 5 cm", "60")
    assert (fields["template"], fields["storage"]) == ("", "dry")
    assert ticked(page) == ["peanuts", "sesame"]
    assert "Giấy tờ thường cần" in words(page) and CU_DO.papers[0].vi in words(page)


async def test_the_form_of_a_type_in_english(stack: Stack) -> None:
    seller = await a_seller()
    async with stack.browser(seller.token) as browser:
        browser.cookies.set("lang", "en")
        address = await edit_of(browser, name="Cu đơ")
        page = words((await browser.get(address)).text)
    assert f"Filled in as usual for {CU_DO.name.en}: unit, description, sort, weight" in page
    for said in (CU_DO.papers[0].en, CU_DO.photo_hints[0].en, "Cool and dry, out of the sun"):
        assert said in page


async def test_what_is_typed_stays_when_the_name_changes(stack: Stack) -> None:
    seller = await a_seller()
    async with stack.browser(seller.token) as browser:
        address = await edit_of(
            browser, name="Cu đơ", weight="0,5 kg", description="Nấu theo lối cũ."
        )
        await send(browser, address, name="Bưởi Phúc Trạch", allergens=[""])
        facts = await facts_of(seller)
        assert (facts["template_code"], facts["weight_g"]) == ("buoi", 500)
        assert (facts["description"], facts["allergens"]) == ("Nấu theo lối cũ.", "")
        assert (facts["unit"], facts["storage"], facts["shelf_life_days"]) == ("quả", "airy", 30)
        await send(browser, address, name="Cu đơ")
    facts = await facts_of(seller)
    assert (facts["allergens"], facts["weight_g"], facts["unit"]) == ("", 500, "gói")


async def test_an_emptied_field_is_not_filled_again(stack: Stack) -> None:
    seller = await a_seller()
    async with stack.browser(seller.token) as browser:
        address = await edit_of(browser, name="Bưởi")
        await send(browser, address, weight="", keeps="")
        await send(browser, address, price="45k")
        page = words((await browser.get(address)).text)
    facts = await facts_of(seller)
    assert (facts["weight_g"], facts["shelf_life_days"], facts["unit"]) == (None, None, "quả")
    assert "cân nặng" not in page.partition("Đã điền theo mẫu")[2].partition(".")[0]


async def test_the_seller_chooses_another_type_or_none(stack: Stack) -> None:
    seller = await a_seller()
    async with stack.browser(seller.token) as browser:
        address = await edit_of(browser, name="Quà quê", template="mat-ong")
        assert (await facts_of(seller))["weight_g"] == templates()["mat-ong"].weight_g
        await send(browser, address, name="Cu đơ")
        assert (await facts_of(seller))["template_code"] == "mat-ong"
        await send(browser, address, template="none")
        facts = await facts_of(seller)
        assert (facts["template_code"], facts["template_chosen"]) == ("", True)
        assert (facts["weight_g"], facts["unit"], facts["description"]) == (None, "", "")
        await send(browser, address, template="")
        assert (await facts_of(seller))["template_code"] == "cu-do"
        answer = await send(browser, address, template="dragon")
    assert answer.status_code == 400 and 'id="template-e"' in answer.text
    assert (await facts_of(seller))["template_code"] == "cu-do"


async def test_the_same_new_form_sent_twice_empties_nothing(stack: Stack) -> None:
    seller = await a_seller()
    async with stack.browser(seller.token) as browser:
        page = (await browser.get(NEW)).text
        data = {**shown(page), "form_id": hidden(page, "form_id"), "name": "Bưởi", "allergens": ""}
        for _ in range(2):
            assert (await browser.post(NEW, data=data)).status_code == 303
    facts = await facts_of(seller)
    assert (facts["weight_g"], facts["unit"], facts["description"]) == (1200, "quả", BUOI.about())


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("weight", "nặng lắm"), ("weight", "0"), ("size", "to"), ("keeps", "lâu"),
        ("storage", "x"), ("category", "x"), ("age", "3"), ("allergens", "x"),
    ],
)  # fmt: skip
async def test_what_is_unclear_comes_back_and_the_rest_is_kept(
    stack: Stack, field: str, typed: str
) -> None:
    seller = await a_seller()
    async with stack.browser(seller.token) as browser:
        answer = await send(browser, NEW, name="Hàng lạ", price="9k", **{field: typed})
    assert answer.status_code == 400
    assert f'id="{field}-e"' in answer.text or f'href="#{field}"' in answer.text
    assert '<details class="card" open>' in answer.text
    assert (await facts_of(seller))["state"] == "draft"


async def test_a_new_price_of_goods_on_sale_fills_nothing(stack: Stack) -> None:
    seller = await a_seller()
    live = await a_live_listing(seller)
    async with stack.browser(seller.token) as browser:
        await send(browser, f"/producer/goods/{live.id}", price="50k")
        facts = await facts_of(seller)
        assert (facts["state"], facts["template_code"], facts["weight_g"]) == ("live", "", None)
        await send(browser, f"/producer/goods/{live.id}", weight="1,3 kg")
    facts = await facts_of(seller)
    assert (facts["state"], facts["weight_g"], facts["description"]) == ("in_review", 1300, "")


async def test_the_text_is_the_sellers_once_it_is_sent(stack: Stack) -> None:
    seller = await a_seller()
    async with stack.client(seller.token) as client:
        body = {"client_id": str(new_id()), "name": "Bưởi", "price": "45k", "stock": 3}
        made = (await client.post(API, json=body)).json()
        await client.post(f"{API}/{made['id']}/photos", files={"photo": ("a.jpg", phone_jpeg())})
        await stack.drain()
        sent = (await client.post(f"{API}/{made['id']}/submit")).json()
        assert (sent["state"], sent["description"]) == ("in_review", BUOI.about())
        changed = (await client.patch(f"{API}/{made['id']}", json={"name": "Cu đơ"})).json()
    assert "description" in made["filled"] and "description" not in sent["filled"]
    assert (changed["description"], changed["weight_g"]) == (BUOI.about(), CU_DO.weight_g)


async def test_a_program_sends_and_reads_the_facts(stack: Stack) -> None:
    seller = await a_seller()
    body = {
        "client_id": str(new_id()),
        "name": "Rượu nếp",
        "weight": "1,1 kg",
        "size": "9 x 9 x 30 cm",
        "keeps": 720,
        "allergens": ["gluten"],
    }
    async with stack.client(seller.token) as client:
        made = (await client.post(API, json=body)).json()
        wrong = await client.patch(f"{API}/{made['id']}", json={"weight": "?"})
        unknown = await client.patch(f"{API}/{made['id']}", json={"template": "dragon"})
        same = (await client.patch(f"{API}/{made['id']}", json={"weight": 1100})).json()
    told = {name: made[name] for name in ("weight_g", "size_mm", "shelf_life_days", "age_min")}
    assert told == {
        "weight_g": 1100, "size_mm": [90, 90, 300], "shelf_life_days": 720, "age_min": 18,
    }  # fmt: skip
    assert made["allergens"] == ["gluten"] and made["template_code"] == "ruou"
    assert made["filled"] == [
        *("unit", "description", "category_code", "storage", "age_min", "description_en"),
    ]
    assert (wrong.status_code, wrong.json()["field"]) == (400, "weight")
    assert (unknown.status_code, unknown.json()["field"]) == (400, "template")
    assert same["weight_g"] == 1100


async def test_staff_see_the_facts(stack: Stack) -> None:
    seller, staff = await a_seller(), await a_staff()
    goods = await a_listing(seller, name="Rượu")
    async with stack.browser(seller.token) as browser:
        await send(browser, f"/producer/goods/{goods.id}", weight="900 g", age="18")
    async with stack.browser(staff.token) as browser:
        page = words((await browser.get(f"/staff/review/{goods.id}")).text)
    for said in ("900 g", "Chỉ từ 18 tuổi", "Nơi khô mát, tránh nắng"):
        assert said in page


async def test_buyers_read_weight_storage_time_allergens_and_age(stack: Stack) -> None:
    seller = await a_seller()
    live = await a_live_listing(seller, name="Cu đơ")
    async with work(SYSTEM):
        await rows(
            "UPDATE listing SET storage = 'dry', shelf_life_days = 365, age_min = 18,"
            " allergens = 'peanuts sesame' WHERE id = $1",
            [live.id],
        )
        await rows("UPDATE variant SET weight_g = 1300 WHERE listing_id = $1", [live.id])
    async with stack.client(**{"Accept-Language": "vi"}) as client:
        page = words((await client.get(f"/p/{live.code}-{live.slug}")).text)
        told = (await client.get(f"/api/v1/shop/listings/{live.code}")).json()
    for said in ("1,3 kg", "Nơi khô mát, tránh nắng", "12 tháng", "lạc, vừng", "Chỉ từ 18 tuổi"):
        assert said in page
    assert (told["weight_g"], told["shelf_life_days"], told["storage"]) == (1300, 365, "dry")
    assert (told["allergens"], told["age_min"]) == (["peanuts", "sesame"], 18)


async def test_nothing_is_shown_of_what_is_not_known(stack: Stack) -> None:
    live = await a_live_listing(await a_seller(), name="Hàng lạ")
    async with stack.client(**{"Accept-Language": "vi"}) as client:
        page = words((await client.get(f"/p/{live.code}-{live.slug}")).text)
    assert not any(said in page for said in ("Nặng cả bao bì", "Có chứa", "Để được", "Ai được mua"))
