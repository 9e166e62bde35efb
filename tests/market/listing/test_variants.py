"""Goods in several kinds: made by page and program, changed without a loss, looked at by staff."""

import asyncio
import re
from typing import Any

import pytest

from integrations.contracts.ids import new_id
from integrations.contracts.viewer import SYSTEM
from integrations.runtime.database import rows, run, value, work
from market.catalog.service.stock import set_stock
from market.orders.rules import PaymentMethod
from tests.kit import pages
from tests.kit.invariants import assert_invariants
from tests.kit.kinds import cell, live_kinds, sent
from tests.kit.listings import a_listing, a_live_listing
from tests.kit.orders import an_order_part
from tests.kit.people import Someone, a_seller, a_staff
from tests.kit.stack import Stack

WEIGHTS = {"axis_1": "Khối lượng", "values_1": "250 g, 500 g"}


async def _kinds(listing_id: object) -> list[dict[str, Any]]:
    async with work(SYSTEM):
        return await rows(
            "SELECT id, label, sku, position, price_vnd, available, weight_g, unit FROM variant"
            " WHERE listing_id = $1 ORDER BY position, id",
            [listing_id],
        )


async def _state(listing_id: object) -> str:
    async with work(SYSTEM):
        return str(await value("SELECT state FROM listing WHERE id = $1", [listing_id]))


def _form(page: str) -> dict[str, str]:
    """The table as it stands on the page, as a browser without JavaScript sends it."""
    post = page[page.index('method="post"') :]
    fields = re.findall(r'<input[^>]* name="([\w-]+)"[^>]*>', post)
    found = {}
    for tag in re.findall(r"<input[^>]*>", post):
        name = re.search(r' name="([\w-]+)"', tag)
        text = re.search(r' value="([^"]*)"', tag)
        if name and ('type="checkbox"' not in tag or " checked" in tag):
            found[name[1]] = text[1] if text else ""
    assert set(found) <= set(fields)
    return found


async def test_one_kind_becomes_two_by_plain_forms(stack: Stack) -> None:
    seller = await a_seller()
    goods = await a_listing(seller, name="Cu đơ", available=7, unit="gói")
    here = f"/producer/goods/{goods.id}/variants"
    async with stack.browser(seller.token) as browser:
        assert here in (await browser.get(f"/producer/goods/{goods.id}")).text
        first = await browser.get(here)
        assert first.status_code == 200 and 'method="post" action="' + here not in first.text
        table = await browser.get(here, params=WEIGHTS)
        typed = _form(table.text)
        # The first is what was there; the other is like it, with none left and the next code.
        assert [typed[f"{key}-0"] for key in ("price", "stock", "sku")] == [
            *("45.000", "7", goods.code),
        ]
        assert [typed[f"{key}-1"] for key in ("price", "stock", "sku")] == [
            *("45.000", "0", f"{goods.code}-1"),
        ]
        typed |= {"price-1": "80k", "stock-1": "5", "weight-1": "550 g", "sku-1": "CD-500"}
        saved = await browser.post(here, data=typed)
        assert saved.status_code == 303
        page = pages.words((await browser.get(saved.headers["location"])).text)
        form = pages.words((await browser.get(f"/producer/goods/{goods.id}")).text)
    assert "Đã lưu" in page
    assert "2 loại" in form and "500 g" in form and "80.000" in form and "Giá của" not in form
    kinds = await _kinds(goods.id)
    assert kinds[0]["id"] == goods.variant_id
    assert [(k["label"], k["price_vnd"], k["available"], k["sku"]) for k in kinds] == [
        ("250 g", 45_000, 7, goods.code),
        ("500 g", 80_000, 5, "CD-500"),
    ]
    assert kinds[1]["weight_g"] == 550 and {k["unit"] for k in kinds} == {"gói"}
    await assert_invariants(stack)


async def test_a_table_that_cannot_be_read_keeps_nothing_and_what_was_typed(stack: Stack) -> None:
    seller = await a_seller()
    goods = await a_listing(seller, available=7)
    here = f"/producer/goods/{goods.id}/variants"
    async with stack.browser(seller.token) as browser:
        typed = _form((await browser.get(here, params=WEIGHTS)).text)
        typed |= {"price-0": "", "price-1": "rẻ", "stock-1": "5", "sku-1": goods.code}
        back = await browser.post(here, data=typed)
    assert back.status_code == 400
    assert 'href="#price-0"' in back.text and 'href="#price-1"' in back.text
    assert re.search(r'id="stock-1"[^>]*value="5"', back.text)
    assert re.search(r'id="price-1"[^>]*value="rẻ"', back.text)
    assert [k["label"] for k in await _kinds(goods.id)] == [""]


async def test_what_somebody_changed_meanwhile_is_said_and_what_was_typed_stays(
    stack: Stack,
) -> None:
    seller = await a_seller()
    goods = await a_listing(seller, available=7)
    here = f"/producer/goods/{goods.id}/variants"
    async with stack.browser(seller.token) as browser:
        typed = _form((await browser.get(here, params=WEIGHTS)).text) | {"price-1": "80k"}
        async with stack.client(seller.token) as client:
            await client.patch(f"/api/v1/listings/{goods.id}", json={"unit": "gói"})
        late = await browser.post(here, data=typed)
        assert late.status_code == 409 and "vừa được sửa" in late.text
        again = _form(late.text)
        assert again["price-1"] == "80k"
        assert (await browser.post(here, data=again)).status_code == 303
    assert [k["price_vnd"] for k in await _kinds(goods.id)] == [45_000, 80_000]


@pytest.mark.parametrize(
    ("axes", "said"),
    [
        ({"axis_1": "Cỡ", "values_1": ";".join(map(str, range(51)))}, "nhiều nhất được 50"),
        ({"axis_1": "Vị", "values_1": ""}, "cách nhau dấu phẩy"),
    ],
)
async def test_axes_that_cannot_be_used_are_said_on_the_page(
    stack: Stack, axes: dict[str, str], said: str
) -> None:
    seller = await a_seller()
    goods = await a_listing(seller)
    async with stack.browser(seller.token) as browser:
        answer = await browser.get(f"/producer/goods/{goods.id}/variants", params=axes)
    assert answer.status_code == 400 and said in answer.text
    assert f'value="{axes["axis_1"]}"' in answer.text


async def test_a_code_is_given_once_by_a_seller(stack: Stack) -> None:
    seller, other = await a_seller(), await a_seller()
    tea = await a_live_listing(seller, name="Chè xanh")
    goods = await a_listing(seller)
    one = cell("45.000", "1", sku=tea.code)
    problems = await sent(seller, goods.id, WEIGHTS, [one, cell("80k", "1", sku="A")])
    assert [(p.code, p.field, p.params) for p in problems] == [
        ("sku.taken", "sku-0", {"name": "Chè xanh"})
    ]
    twice = [cell("45.000", "1", sku="A"), cell("80k", "1", sku="A")]
    problems = await sent(seller, goods.id, WEIGHTS, twice)
    assert [(p.code, p.field) for p in problems] == [("sku.taken", "sku-1")]
    # Two codes change places, and what is another's is free.
    good = [cell("45.000", "1", sku="A"), cell("80k", "1", sku="B")]
    assert await sent(seller, goods.id, WEIGHTS, good) == []
    swapped = [cell("45.000", "1", sku="B"), cell("80k", "1", sku="A")]
    assert await sent(seller, goods.id, WEIGHTS, swapped) == []
    assert [k["sku"] for k in await _kinds(goods.id)] == ["B", "A"]
    theirs = await a_listing(other)
    assert await sent(other, theirs.id, WEIGHTS, good) == []


async def test_what_was_sold_meanwhile_stays_sold(stack: Stack) -> None:
    seller = await a_seller()
    kinds = await live_kinds(seller, {"250 g": (45_000, 9), "500 g": (80_000, 9)})
    big = kinds.one("500 g", price_vnd=80_000)
    await an_order_part(seller, big, quantity=4)
    # The page was opened before the order: 9 stood there, two more were brought.
    cells = [cell("45.000", "9", was="9"), cell("80.000", "11", was="9")]
    assert await sent(seller, kinds.goods.id, WEIGHTS, cells) == []
    assert [k["available"] for k in await _kinds(kinds.goods.id)] == [9, 7]
    await assert_invariants(stack)


async def test_a_kind_that_is_put_away_keeps_its_orders_and_comes_back(stack: Stack) -> None:
    seller = await a_seller()
    kinds = await live_kinds(seller, {"250 g": (45_000, 9), "500 g": (80_000, 9)})
    small = kinds.one("250 g", price_vnd=45_000)
    part = await an_order_part(seller, small, method=PaymentMethod.CASH_ON_DELIVERY, quantity=2)
    away = [{"sold": ""}, cell("80.000", "9", was="9")]
    assert await sent(seller, kinds.goods.id, WEIGHTS, away) == []
    assert await _state(kinds.goods.id) == "live"
    found = await _kinds(kinds.goods.id)
    assert [(k["label"], k["position"]) for k in found] == [("500 g", 0), ("250 g", None)]
    async with stack.client(seller.token) as client:
        for step in ("confirm", "hand-over", "refused"):
            answer = await client.post(f"/api/v1/order-parts/{part.part_id}/{step}")
            assert answer.status_code == 200, answer.text
    assert (await _kinds(kinds.goods.id))[1]["available"] == 9
    back = [cell("45.000", "9", was="9"), cell("80.000", "9", was="9")]
    assert await sent(seller, kinds.goods.id, WEIGHTS, back) == []
    found = await _kinds(kinds.goods.id)
    assert [(k["id"], k["position"]) for k in found] == [
        (kinds.ids["250 g"], 0),
        (kinds.ids["500 g"], 1),
    ]


async def test_goods_come_in_one_kind_again(stack: Stack) -> None:
    seller = await a_seller()
    kinds = await live_kinds(seller, {"250 g": (45_000, 9), "500 g": (80_000, 9)})
    assert await sent(seller, kinds.goods.id, {}, [cell("50.000", "4", was="9")]) == []
    found = await _kinds(kinds.goods.id)
    assert [(k["id"], k["label"], k["position"]) for k in found] == [
        (kinds.goods.variant_id, "", 0),
        (kinds.ids["500 g"], "500 g", None),
    ]
    assert (found[0]["price_vnd"], found[0]["available"]) == (50_000, 4)
    await assert_invariants(stack)


async def test_new_words_are_reviewed_prices_and_numbers_are_not(stack: Stack) -> None:
    seller, staff = await a_seller(), await a_staff()
    kinds = await live_kinds(seller, {"250 g": (45_000, 9), "500 g": (80_000, 9)})
    listing_id = kinds.goods.id
    dearer = [cell("46.000", "9", was="9"), cell("81.000", "3", was="9")]
    assert await sent(seller, listing_id, WEIGHTS, dearer) == []
    assert await _state(listing_id) == "live"
    heavier = [cell("46.000", "9", was="9", weight="300 g"), cell("81.000", "3", was="3")]
    assert await sent(seller, listing_id, WEIGHTS, heavier) == []
    assert await _state(listing_id) == "in_review"
    async with work(SYSTEM):
        await run("UPDATE listing SET state = 'live' WHERE id = $1", [listing_id])
    three = {"axis_1": "Khối lượng", "values_1": "250 g, 500 g, 1 kg"}
    assert await sent(seller, listing_id, three, [*heavier, cell("150k", "2")]) == []
    assert await _state(listing_id) == "in_review"
    async with stack.browser(staff.token) as browser:
        page = pages.words((await browser.get(f"/staff/review/{listing_id}")).text)
    assert "1 kg" in page and "150.000" in page and "46.000" in page


async def test_nothing_changed_leaves_the_revision(stack: Stack) -> None:
    seller = await a_seller()
    kinds = await live_kinds(seller, {"250 g": (45_000, 9), "500 g": (80_000, 9)})
    path = f"/api/v1/listings/{kinds.goods.id}/variants"
    async with stack.client(seller.token) as client:
        before = (await client.get(path)).json()
        body = {
            "revision": before["revision"],
            "axes": before["axes"],
            "variants": [{"values": one["values"]} for one in before["variants"]],
        }
        after = await client.put(path, json=body)
    assert after.status_code == 200 and after.json() == before


async def test_the_program_puts_and_reads_the_whole_table(stack: Stack) -> None:
    seller, other = await a_seller(), await a_seller()
    goods = await a_listing(seller, available=7, unit="gói")
    path = f"/api/v1/listings/{goods.id}/variants"
    body: dict[str, Any] = {
        "revision": 1,
        "axes": [
            {"name": "Khối lượng", "values": ["250 g", "0,5 kg"]},
            {"name": "Vị", "values": ["gừng", "mè"]},
        ],
        "variants": [
            {"values": ["250 g", "gừng"]},
            {"values": ["0,5 kg", "mè"], "price": "80k", "stock": 3, "weight": "550 g"},
        ],
    }
    async with stack.client(seller.token) as client:
        simple = (await client.get(path)).json()
        assert simple["axes"] == [] and simple["variants"][0]["label"] == ""
        made = await client.put(path, json=body)
        assert made.status_code == 200, made.text
        stale = await client.put(path, json=body)
        wrong = {**body, "revision": 2, "variants": [{"values": ["250 g"]}]}
        no_axis = await client.put(path, json=wrong)
        wrong["variants"] = [{"values": ["0,5 kg", "mè"], "price": "rẻ"}]
        unread = await client.put(path, json=wrong)
        patched = await client.patch(f"/api/v1/listings/{goods.id}", json={"price": 50_000})
        seen = (await client.get(f"/api/v1/listings/{goods.id}")).json()
    async with stack.client(other.token) as client:
        assert (await client.get(path)).status_code == 404
        assert (await client.put(path, json=body)).status_code == 404
    found = made.json()
    assert [(v["label"], v["price_vnd"], v["available"]) for v in found["variants"]] == [
        ("250 g, gừng", 45_000, 7),
        ("0,5 kg, mè", 80_000, 3),
    ]
    assert found["variants"][0]["id"] == str(goods.variant_id) and found["revision"] == 2
    assert (stale.status_code, stale.json()["code"]) == (409, "variants.changed")
    assert (no_axis.status_code, no_axis.json()["code"]) == (400, "variants.values")
    assert unread.json()["field"] == "variants.0.price"
    assert (patched.status_code, patched.json()["code"]) == (409, "variants.each")
    assert (seen["price_vnd"], seen["available"], seen["revision"]) == (45_000, 10, 2)


async def test_two_tables_at_once_and_an_order_between(stack: Stack) -> None:
    seller = await a_seller()
    kinds = await live_kinds(seller, {"250 g": (45_000, 20), "500 g": (80_000, 20)})
    both = [kinds.one(label, price_vnd=price) for label, price in (("500 g", 80_000),)]

    async def put(price: str) -> list[Any] | str:
        cells = [cell(price, "20", was="20"), cell("80.000", "20", was="20")]
        try:
            return await sent(seller, kinds.goods.id, WEIGHTS, cells)
        except Exception as refused:
            return type(refused).__name__

    done = await asyncio.gather(
        *(put(f"{n}.000") for n in range(46, 50)), *(an_order_part(seller, g) for g in both * 4)
    )
    assert [] in done[:4] and all(one in ([], "Conflict") for one in done[:4])
    left = {k["label"]: k["available"] for k in await _kinds(kinds.goods.id)}
    assert left == {"250 g": 20, "500 g": 12}
    await assert_invariants(stack)


async def _press(stack: Stack, someone: Someone, path: str, body: dict[str, str]) -> int:
    async with stack.browser(someone.token) as browser:
        return (await browser.post(path, data=body)).status_code


async def test_an_older_form_changes_the_words_and_not_the_first_kind(stack: Stack) -> None:
    seller = await a_seller()
    kinds = await live_kinds(seller, {"250 g": (45_000, 9), "500 g": (80_000, 9)})
    path = f"/producer/goods/{kinds.goods.id}"
    same = {"form_id": str(new_id()), "price": "45.000", "stock": "9", "stock_was": "9"}
    assert await _press(stack, seller, path, {**same, "unit": "túi", "name": "Cu đơ"}) == 303
    other = {**same, "form_id": str(new_id()), "price": "50.000", "stock": "3"}
    assert await _press(stack, seller, path, other) == 409
    press = {"change": "1", "reference": str(new_id())}
    assert await _press(stack, seller, f"{path}/stock", press) == 409
    found = await _kinds(kinds.goods.id)
    assert [(k["price_vnd"], k["available"], k["unit"]) for k in found] == [
        (45_000, 9, "túi"),
        (80_000, 9, "túi"),
    ]


async def test_the_sellers_list_says_what_is_left_of_all(stack: Stack) -> None:
    seller = await a_seller()
    kinds = await live_kinds(seller, {"250 g": (45_000, 9), "500 g": (80_000, 3)})
    async with work(SYSTEM):
        await set_stock(variant_id=kinds.ids["250 g"], available=0, reference="kit:sold")
    async with stack.browser(seller.token) as browser:
        page = (await browser.get(f"/producer/goods?open={kinds.goods.id}")).text
    assert "Còn 3" in pages.words(page) and "Hết hàng" not in pages.words(page)
    assert f"/producer/goods/{kinds.goods.id}/stock" not in page
    assert f"/producer/goods/{kinds.goods.id}/variants" in page


async def test_content_and_barcode_are_those_of_each_kind(stack: Stack) -> None:
    seller = await a_seller()
    other = await a_live_listing(seller)
    kinds = await live_kinds(seller, {"250 g": (45_000, 3), "500 g": (80_000, 2)})
    number = "8935001234562"
    async with work(SYSTEM):
        await run("UPDATE variant SET gtin = $2 WHERE id = $1", [other.variant_id, number])
    axes = {"axis_1": "Khối lượng", "values_1": "250 g, 500 g"}
    small, large = cell("45000", "3", content="250 g"), cell("80000", "2", content="500 g")

    async def put(first: str, second: str) -> list[tuple[str, str]]:
        cells = [small | {"gtin": first}, large | {"gtin": second}]
        found = await sent(seller, kinds.goods.id, axes, cells)
        return [(one.code, one.field) for one in found]

    assert await put(number, "") == [("gtin.taken", "gtin-0")]
    assert await put("96385074", "96385074") == [("gtin.taken", "gtin-1")]
    assert await put("96385074", "8938505970028") == []
    assert await put("8938505970028", "96385074") == []  # they may change places
    async with work(SYSTEM):
        await run("UPDATE listing SET state = 'archived' WHERE id = $1", [other.id])
    assert await put(number, "") == []
    async with work(SYSTEM):
        kept = await rows(
            "SELECT content_amount, gtin FROM variant WHERE listing_id = $1 ORDER BY position",
            [kinds.goods.id],
        )
    assert [(row["content_amount"], row["gtin"]) for row in kept] == [(250, number), (500, None)]
