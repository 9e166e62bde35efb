"""Who am I, as pages: with and without the small script."""

import html
import re

import pytest

from integrations.contracts.viewer import SYSTEM
from integrations.runtime.database import value, work
from tests.kit.people import COMMUNE, Seller, a_person, a_seller
from tests.kit.sign_in import hidden
from tests.kit.stack import Stack

FORM = {"kind": "cooperative", "name": "HTX Nước mắm Cửa Lạch", "commune_code": COMMUNE}
HOSTILE = '"><script>alert(1)</script>'
ACCOUNT = {"bank_bin": "970405", "account": "3700 2051 2345", "holder": "htx cửa lạch"}


async def test_two_screens_from_a_person_to_the_first_product(stack: Stack) -> None:
    person = await a_person()
    async with stack.browser(person.token) as browser:
        page = await browser.get("/who")
        assert "Hộ gia đình" in page.text and 'value="Nguyễn Thị Mai"' in page.text
        # Without a script: the button finds, what was typed stays.
        form = {**FORM, "commune_code": "", "key": hidden(page.text, "key")}
        page = await browser.post("/who", data={**form, "commune_query": "can loc", "find": "1"})
        assert page.status_code == 200
        assert f'value="{COMMUNE}"' in page.text and FORM["name"] in page.text
        assert 'value="cooperative" checked' in page.text
        saved = await browser.post("/who", data={**form, "commune_code": COMMUNE})
        assert (saved.status_code, saved.headers["location"]) == (303, "/producer/goods/new")
        twice = await browser.post("/who", data={**form, "commune_code": COMMUNE})
        assert twice.status_code == 303
        page = await browser.get("/who/account")
        assert "tiền mặt" in page.text and 'href="/producer/goods"' in page.text
        options = re.findall(r'<option value="(\d+)">', page.text)
        assert options[:2] == ["970405", "970436"]
        saved = await browser.post("/who/account", data=ACCOUNT)
        assert saved.headers["location"] == "/producer/goods"
        me = await browser.get("/who")
        assert "HTX CUA LACH" in me.text and "•••• 2345" in me.text
        assert "370020512345" not in me.text
        # A later change says so and comes back here.
        page = await browser.get("/who/account")
        assert "báo ngay" in page.text and 'value="HTX CUA LACH"' in page.text
        saved = await browser.post("/who/account", data={**ACCOUNT, "account": "999988887777"})
        assert saved.headers["location"] == "/who"
    async with work(SYSTEM):
        mine = await value(
            "SELECT count(*) FROM membership WHERE person_id = $1", [person.person_id]
        )
    assert mine == 1


async def test_somebody_new_says_their_name_with_the_rest(stack: Stack) -> None:
    person = await a_person(name="")
    async with stack.browser(person.token) as browser:
        page = await browser.get("/who")
        form = {"kind": "household", "key": hidden(page.text, "key"), "commune_code": COMMUNE}
        again = await browser.post("/who", data=form)
        assert again.status_code == 400 and 'id="person_name-e"' in again.text
        assert 'id="name-e"' not in again.text
        saved = await browser.post("/who", data={**form, "person_name": "Võ Thị Sáu"})
        assert (saved.status_code, saved.headers["location"]) == (303, "/producer/goods/new")
        goods = await browser.get("/producer/goods")
    assert "Võ Thị Sáu" in goods.text
    async with work(SYSTEM):
        name = await value("SELECT name FROM person WHERE id = $1", [person.person_id])
    assert name == "Võ Thị Sáu"


async def test_one_commune_of_the_name_needs_no_second_tap(stack: Stack) -> None:
    person = await a_person()
    async with stack.browser(person.token) as browser:
        key = hidden((await browser.get("/who")).text, "key")
        form = {**FORM, "commune_code": "", "commune_query": "can loc ha tinh", "key": key}
        saved = await browser.post("/who", data=form)
    assert saved.headers.get("location") == "/producer/goods/new"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"kind": ""}, "kind"),
        ({"name": "<script>alert(1)</script>"}, "name"),
        ({"name": "c" * 10_000}, "name"),
        ({"commune_code": "00000"}, "commune_code"),
        ({"commune_code": "", "commune_query": "<b>" * 3_000}, "commune_code"),
        ({"commune_code": "", "commune_query": "loc"}, "commune_code"),
    ],
)
async def test_bad_input_is_said_at_its_field_and_nothing_is_lost(
    stack: Stack, change: dict[str, str], field: str
) -> None:
    person = await a_person()
    async with stack.browser(person.token) as browser:
        key = hidden((await browser.get("/who")).text, "key")
        page = await browser.post("/who", data={**FORM, "key": key, **change})
    assert page.status_code == 400
    assert f'href="#{field}"' in page.text and f'id="{field}"' in page.text
    assert "<script>alert" not in page.text and "<b>" not in page.text
    if field != "name":
        assert FORM["name"] in html.unescape(page.text)
    async with work(SYSTEM):
        assert (
            await value("SELECT count(*) FROM membership WHERE person_id = $1", [person.person_id])
            == 0
        )


async def test_every_empty_field_is_named_at_once(stack: Stack) -> None:
    person = await a_person()
    async with stack.browser(person.token) as browser:
        page = await browser.post("/who", data={})
    assert page.status_code == 400
    for field in ("kind", "name", "commune_code"):
        assert f'href="#{field}"' in page.text


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"bank_bin": ""}, "bank_bin"),
        ({"bank_bin": "000000"}, "bank_bin"),
        ({"account": "chín tám bảy"}, "account"),
        ({"account": "1" * 10_000}, "account"),
        ({"holder": "<script>"}, "holder"),
        ({"holder": "x" * 10_000}, "holder"),
    ],
)
async def test_bad_accounts_are_said_at_their_field(
    stack: Stack, change: dict[str, str], field: str
) -> None:
    seller = await a_seller()
    async with stack.browser(seller.token) as browser:
        page = await browser.post("/who/account", data={**ACCOUNT, **change})
    assert page.status_code == 400
    assert f'id="{field}-e"' in page.text and "<script>" not in page.text


async def test_what_is_known_can_be_changed(stack: Stack) -> None:
    seller = await a_seller(cleared=False)
    async with stack.browser(seller.token) as browser:
        page = await browser.get("/who/edit")
        assert f'value="{COMMUNE}" checked' in page.text
        saved = await browser.post("/who", data={**FORM, "name": "Tên mới"})
        assert saved.headers["location"] == "/who"
        me = await browser.get("/who")
    assert "Tên mới" in me.text and "Hợp tác xã" in me.text


async def test_the_kind_stays_once_staff_have_confirmed_it(stack: Stack) -> None:
    seller = await a_seller()
    async with stack.browser(seller.token) as browser:
        page = await browser.post("/who", data={**FORM, "name": seller.name})
    assert page.status_code == 409
    assert "Cán bộ đã xác nhận loại người bán" in html.unescape(page.text)


async def about_of(seller: Seller) -> str:
    async with work(SYSTEM):
        return str(await value("SELECT about FROM producer WHERE id = $1", [seller.producer_id]))


async def test_words_about_the_seller_stand_in_the_shop(stack: Stack) -> None:
    seller = await a_seller()
    said = "Ba đời trồng bưởi.\nKhông thuốc.\n\n" + HOSTILE
    async with stack.browser(seller.token) as browser:
        form = {
            **FORM,
            "kind": "household",
            "name": seller.name,
            "about": said.replace("\n", "\r\n") + "\r\n",
        }
        assert (await browser.post("/who", data=form)).headers["location"] == "/who"
        edit = await browser.get("/who/edit")
        me = await browser.get("/who")
    assert await about_of(seller) == said
    assert "Giới thiệu người bán" in edit.text and said in html.unescape(edit.text)
    async with work(SYSTEM):
        code = await value("SELECT code FROM producer WHERE id = $1", [seller.producer_id])
    async with stack.client() as anyone:
        shop = await anyone.get(f"/s/{code}")
    for page in (edit, me, shop):
        assert "Ba đời trồng bưởi." in page.text and "<script>alert" not in page.text
    assert "<p>Ba đời trồng bưởi.<br>Không thuốc.</p>" in shop.text


async def test_words_about_the_seller_may_be_taken_away_again(stack: Stack) -> None:
    seller = await a_seller(cleared=False)
    async with stack.browser(seller.token) as browser:
        await browser.post("/who", data={**FORM, "about": "Ba đời trồng bưởi."})
        # A form that was opened before the field was there says nothing about it.
        await browser.post("/who", data=FORM)
        assert await about_of(seller) == "Ba đời trồng bưởi."
        await browser.post("/who", data={**FORM, "about": ""})
    assert await about_of(seller) == ""


@pytest.mark.parametrize("much", ["ă" * 10_000, "<b>" * 1_000, "ă" * 2_001])
async def test_too_many_words_about_the_seller_are_said_at_their_field(
    stack: Stack, much: str
) -> None:
    seller = await a_seller()
    async with stack.browser(seller.token) as browser:
        page = await browser.post("/who", data={**FORM, "about": much})
    assert page.status_code == 400
    assert 'id="about-e"' in page.text and "Xin ghi nhiều nhất 2000 chữ." in page.text
    assert html.escape(much) in page.text and "<b>" not in page.text
    async with work(SYSTEM):
        kept = await value("SELECT name FROM producer WHERE id = $1", [seller.producer_id])
    assert (kept, await about_of(seller)) == (seller.name, "")


async def test_somebody_new_is_not_asked_for_words(stack: Stack) -> None:
    person = await a_person()
    async with stack.browser(person.token) as browser:
        assert 'name="about"' not in (await browser.get("/who")).text


async def test_the_fragment_of_communes_is_small(stack: Stack) -> None:
    async with stack.client() as client:
        page = await client.get("/places/communes", params={"q": "can loc"})
        assert page.text.count('type="radio"') >= 1
        assert f'value="{COMMUNE}"' in page.text and len(page.text) < 2_500
        assert "<html" not in page.text
        none = await client.get("/places/communes", params={"q": "<i>zzz</i>"})
    assert "<i>" not in none.text and "7/2025" in none.text


async def test_the_script_is_small(stack: Stack) -> None:
    async with stack.client() as client:
        script = await client.get("/static/suggest.js")
    assert script.status_code == 200 and len(script.content) < 1_500
