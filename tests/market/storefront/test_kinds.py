"""Goods in several kinds as buyers see them: the choice, the lowest price, what is left."""

import json
import re
from collections.abc import AsyncIterator

import httpx
import pytest

from integrations.contracts.viewer import SYSTEM
from integrations.runtime.database import run, work
from tests.kit import pages
from tests.kit.kinds import live_kinds
from tests.kit.listings import a_live_listing
from tests.kit.people import a_seller
from tests.kit.stack import Stack
from tests.kit.statements import statements

KINDS = {"250 g": (45_000, 0), "500 g": (80_000, 5), "1 kg": (150_000, 2)}


@pytest.fixture
async def visitor(stack: Stack) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody without a cookie, who sees nothing kept from earlier tests."""
    if hasattr(stack.app.state, "kept_pages"):
        stack.app.state.kept_pages.clear()
    async with stack.client(**{"Accept-Language": "vi"}) as client:
        yield client


async def test_the_choice_stands_on_the_product_page(visitor: httpx.AsyncClient) -> None:
    kinds = await live_kinds(await a_seller(), KINDS)
    it = kinds.goods
    with statements() as sent:
        page = (await visitor.get(f"/p/{it.code}-{it.slug}")).text
    assert len(sent) == 1
    radios = re.findall(r'<input type="radio" name="variant_id"[^>]*>', page)
    assert [re.search(r'value="([^"]+)"', tag)[1] for tag in radios] == [  # type: ignore[index]
        str(kinds.ids[label]) for label in KINDS
    ]
    assert ["disabled" in tag for tag in radios] == [True, False, False]
    assert ["checked" in tag for tag in radios] == [False, True, False]
    text = pages.words(page)
    assert "Khối lượng" in text and "500 g – 80.000 ₫ Còn 5 gói" in text.replace("\u00a0", " ")
    assert "từ 80.000 ₫" in text.replace("\u00a0", " ") and "Còn 7 gói" in text
    assert "250 g – 45.000 ₫ Hết hàng" in text.replace("\u00a0", " ")
    offers = json.loads(re.findall(r'ld\+json">(.*?)</script>', page)[0])["offers"]
    assert (offers["@type"], offers["lowPrice"], offers["highPrice"]) == (
        *("AggregateOffer", 45_000, 150_000),
    )
    assert [one["name"] for one in offers["offers"]] == list(KINDS)
    assert [one["availability"].rpartition("/")[2] for one in offers["offers"]] == [
        *("OutOfStock", "InStock", "InStock"),
    ]


async def test_lists_name_the_lowest_price_that_can_be_had(visitor: httpx.AsyncClient) -> None:
    seller = await a_seller()
    kinds = await live_kinds(seller, KINDS, name="Kẹo cu đơ tháng chạp")
    same = await live_kinds(seller, {"cay": (9_000, 1), "ngọt": (9_000, 1)}, name="Muối tháng chạp")
    with statements() as sent:
        page = (await visitor.get("/search?q=thang chap")).text
    assert len(sent) == 1
    text = pages.words(page).replace("\u00a0", " ")
    assert "từ 80.000 ₫" in text and "từ 9.000 ₫" not in text and "9.000 ₫" in text
    found = (await visitor.get("/api/v1/shop/listings?q=thang chap")).json()["items"]
    seen = {one["code"]: one for one in found}
    assert (seen[kinds.goods.code]["price_vnd"], seen[kinds.goods.code]["available"]) == (80_000, 7)
    assert seen[kinds.goods.code]["price_is_lowest"]
    assert seen[kinds.goods.code]["variant_id"] == str(kinds.ids["500 g"])
    assert not seen[same.goods.code]["price_is_lowest"]


async def test_only_what_is_sold_is_seen(visitor: httpx.AsyncClient) -> None:
    kinds = await live_kinds(await a_seller(), KINDS)
    async with work(SYSTEM):
        await run("UPDATE variant SET position = NULL WHERE id = $1", [kinds.ids["1 kg"]])
    found = (await visitor.get(f"/api/v1/shop/listings/{kinds.goods.code}")).json()
    assert [one["label"] for one in found["kinds"]] == ["250 g", "500 g"]
    assert found["axes"] == [{"name": "Khối lượng", "values": list(KINDS)}]
    async with work(SYSTEM):
        await run("UPDATE listing SET state = 'paused' WHERE id = $1", [kinds.goods.id])
    gone = await visitor.get(f"/api/v1/shop/listings/{kinds.goods.code}")
    assert gone.status_code == 404


async def test_goods_of_one_kind_show_no_choice(visitor: httpx.AsyncClient) -> None:
    goods = await a_live_listing(await a_seller())
    page = (await visitor.get(f"/p/{goods.code}-{goods.slug}")).text
    assert 'type="radio"' not in page and 'type="hidden" name="variant_id"' in page
    found = (await visitor.get(f"/api/v1/shop/listings/{goods.code}")).json()
    assert (found["axes"], found["kinds"], found["price_is_lowest"]) == ([], [], False)
