"""What was changed in goods: by whom, from what to what, and the way back."""

from typing import Any

import httpx

from integrations.contracts.ids import new_id
from market.listing.pages.history import FIELDS
from market.listing.schemas import FACTS
from market.listing.service.merging import TEXTS
from tests.kit.kinds import cell, live_kinds, sent
from tests.kit.listings import a_listing, a_live_listing
from tests.kit.orders import an_order_part
from tests.kit.pages import words
from tests.kit.people import a_seller, a_staff
from tests.kit.stack import Stack

API = "/api/v1/listings"


async def told(client: httpx.AsyncClient, listing_id: Any, query: str = "") -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = (await client.get(f"{API}/{listing_id}/history{query}")).json()[
        "items"
    ]
    return items


async def test_price_stock_and_texts_stand_there_newest_first(stack: Stack) -> None:
    seller = await a_seller()
    live = await a_live_listing(seller, available=10)
    async with stack.client(seller.token) as client:
        await client.patch(f"{API}/{live.id}", json={"price": "50k"})
        await client.patch(f"{API}/{live.id}", json={"stock": 12})
        await an_order_part(seller, live)
        await client.patch(f"{API}/{live.id}", json={"name": "Bưởi mới", "weight": "1,2 kg"})
        found = await told(client, live.id)
    lines = [(one["field"], one["was"], one["now"], one["reason"]) for one in found]
    assert sorted(lines[:2]) == [("name", live.name, "Bưởi mới", ""), ("weight", "", "1,2 kg", "")]
    assert lines[2][0] == "stock" and lines[2][3] == "reserve"
    assert lines[3:] == [
        ("stock", "10", "12", "set"),
        ("price", "45.000", "50.000", ""),
        ("stock", "0", "10", "set"),
    ]
    assert {one["person_id"] for one in found if not one["reason"]} == {str(seller.person_id)}


async def test_the_history_is_read_in_pages(stack: Stack) -> None:
    seller = await a_seller()
    goods = await a_listing(seller, name="Quà quê")
    async with stack.client(seller.token) as client:
        for price in range(5):
            await client.patch(f"{API}/{goods.id}", json={"price": 1_000 + price})
        whole = await told(client, goods.id)
        first = (await client.get(f"{API}/{goods.id}/history?limit=3")).json()
        rest = await told(client, goods.id, f"?limit=3&cursor={first['next_cursor']}")
    assert len(whole) == 5 and [*first["items"], *rest] == whole


async def test_a_price_is_put_back_and_that_is_a_change_too(stack: Stack) -> None:
    seller = await a_seller()
    live = await a_live_listing(seller)
    address = f"/producer/goods/{live.id}"
    async with stack.client(seller.token) as client:
        await client.patch(f"{API}/{live.id}", json={"price": "50k"})
        [change] = [one for one in await told(client, live.id) if one["field"] == "price"]
    async with stack.browser(seller.token) as browser:
        page = (await browser.get(f"{address}/history")).text
        assert "45.000 ₫ → 50.000 ₫" in words(page) and "sửa từ tài khoản này" in words(page)
        where = f"{address}/history/{change['id']}/put-back"
        assert f'action="{where}"' in page
        answer = await browser.post(where)
        assert "Đã để lại như trước." in words((await browser.get(answer.headers["location"])).text)
    async with stack.client(seller.token) as client:
        again = await client.post(f"{API}/{live.id}/history/{change['id']}/put-back")
        assert (again.json()["price_vnd"], again.json()["state"]) == (45_000, "live")
        prices = [one for one in await told(client, live.id) if one["field"] == "price"]
    assert [(one["was"], one["now"]) for one in prices] == [
        ("50.000", "45.000"),
        ("45.000", "50.000"),
    ]


async def test_what_is_left_and_an_empty_name_are_not_put_back(stack: Stack) -> None:
    seller = await a_seller()
    body = {"client_id": str(new_id()), "name": "Cam", "stock": 5}
    async with stack.client(seller.token) as client:
        made = (await client.post(API, json=body)).json()
        found = {one["field"]: one["id"] for one in await told(client, made["id"])}
        for field in ("name", "stock"):
            where = f"{API}/{made['id']}/history/{found[field]}/put-back"
            assert (await client.post(where)).json()["code"] == "change.missing"
        where = f"{API}/{made['id']}/history/{found['weight']}/put-back"
        emptied = (await client.post(where)).json()
    assert emptied["weight_g"] is None and (emptied["name"], emptied["available"]) == ("Cam", 5)


async def test_putting_away_and_questions_stand_in_the_history(stack: Stack) -> None:
    seller = await a_seller()
    goods = await a_live_listing(seller)
    async with stack.client(seller.token) as client:
        for verb in ("put-away", "bring-back"):
            await client.post(f"{API}/{goods.id}/{verb}")
    async with stack.browser(seller.token) as browser:
        page = words((await browser.get(f"/producer/goods/{goods.id}/history")).text)
    assert "Đang bán → Đã cất" in page and "Đã cất → Tạm ẩn" in page


def test_every_field_has_its_words() -> None:
    assert set(FIELDS) == {*TEXTS, *FACTS, "state", "kinds"} - {"template"}


async def test_each_kind_has_its_history_with_who_counted(stack: Stack) -> None:
    seller = await a_seller()
    kinds = await live_kinds(seller, {"250 g": (45_000, 6), "500 g": (80_000, 5)})
    axes = {"axis_1": "Khối lượng", "values_1": "250 g, 500 g"}
    cells = [cell("45.000", "6", was="6"), cell("85.000", "7", was="5")]
    assert await sent(seller, kinds.goods.id, axes, cells) == []
    await an_order_part(seller, kinds.one("500 g", price_vnd=85_000))
    async with stack.client(seller.token) as client:
        found = await told(client, kinds.goods.id)
    lines = [(one["field"], one["label"], one["was"], one["now"], one["reason"]) for one in found]
    assert lines[0][:2] == ("stock", "500 g") and lines[0][4] == "reserve"
    assert lines[1:3] == [
        ("stock", "500 g", "5", "7", "set"),
        ("price", "500 g", "80.000", "85.000", ""),
    ]
    assert ("kinds", "", "", "250 g; 500 g", "") in lines
    by = {one["reason"]: one["person_id"] for one in found if one["field"] == "stock"}
    assert by == {"set": str(seller.person_id), "reserve": None}
    async with stack.browser(seller.token) as browser:
        page = (await browser.get(f"/producer/goods/{kinds.goods.id}/history")).text
    assert "Giá: 500 g" in words(page) and "đếm lại · sửa từ tài khoản này" in words(page)
    assert f"/history/{found[2]['id']}/put-back" not in page


async def test_staff_read_the_history_from_the_review(stack: Stack) -> None:
    seller, staff = await a_seller(), await a_staff()
    live = await a_live_listing(seller)
    async with stack.client(seller.token) as client:
        await client.patch(f"{API}/{live.id}", json={"price": "50k"})
    address = f"/staff/review/{live.id}"
    async with stack.browser(staff.token) as browser:
        assert f'href="{address}/history"' in (await browser.get(address)).text
        page = (await browser.get(f"{address}/history")).text
    assert "45.000 ₫ → 50.000 ₫" in words(page) and "put-back" not in page


async def test_goods_without_changes_say_so(stack: Stack) -> None:
    seller = await a_seller()
    goods = await a_listing(seller)
    async with stack.browser(seller.token) as browser:
        page = words((await browser.get(f"/producer/goods/{goods.id}/history")).text)
    assert "Chưa sửa gì" in page


async def test_anothers_history_answers_404(stack: Stack) -> None:
    owner, other = await a_seller(), await a_seller()
    goods, mine = await a_listing(owner, name="Quà quê"), await a_listing(other)
    async with stack.client(owner.token) as client:
        await client.patch(f"{API}/{goods.id}", json={"price": "50k"})
        [change] = await told(client, goods.id)
    async with stack.client(other.token) as client:
        assert (await client.get(f"{API}/{goods.id}/history")).status_code == 404
        for listing_id in (goods.id, mine.id):
            where = f"{API}/{listing_id}/history/{change['id']}/put-back"
            assert (await client.post(where)).status_code == 404
