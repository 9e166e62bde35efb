"""What the stand-in refuses at its door: signatures, clocks, tokens, other shops, odd questions."""

import time
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from integrations.channels.shopee.signing import sign_call
from integrations.contracts.channels import ChannelShop
from tests.kit.shopee import (
    JPEG,
    PARTNER_ID,
    PARTNER_KEY,
    MemoryTokens,
    ShopeeMarket,
    honey,
    shopee_market,
)

pytestmark = pytest.mark.asyncio
LIST = "/api/v2/product/get_item_list"
LISTED = {"offset": "0", "page_size": "10", "item_status": "NORMAL"}


class Caller:
    """Calls by hand, so that each part of a call can be wrong."""

    def __init__(self, market: ShopeeMarket, tokens: MemoryTokens, shop: ChannelShop) -> None:
        self.market, self.shop = market, shop
        self.access = tokens.kept[shop.connection_id].access_token

    def query(self, path: str, **changed: str) -> dict[str, str]:
        """A signed query for the shop; what is changed after signing is wrong, "" is left out."""
        stamp = changed.get("timestamp", str(int(time.time())))
        sign = sign_call(PARTNER_KEY, partner_id=PARTNER_ID, path=path, timestamp=int(stamp),
                         access_token=self.access, shop_id=self.shop.shop_id)  # fmt: skip
        whole = {"partner_id": PARTNER_ID, "timestamp": stamp, "sign": sign,
                 "access_token": self.access, "shop_id": self.shop.shop_id} | changed  # fmt: skip
        return {name: value for name, value in whole.items() if value}

    async def get(self, path: str, asked: dict[str, str], **changed: str) -> dict[str, Any]:
        answer = await self.market.http.get(path, params=asked | self.query(path, **changed))
        assert answer.status_code == 200
        body: dict[str, Any] = answer.json()
        return body

    async def post(self, path: str, body: object) -> dict[str, Any]:
        answer = await self.market.http.post(path, params=self.query(path), json=body)
        found: dict[str, Any] = answer.json()
        return found


@pytest.fixture
async def caller() -> AsyncIterator[Caller]:
    async with shopee_market() as market:
        tokens = MemoryTokens()
        channel = market.channel(tokens)
        shop = await market.connected(channel, tokens)
        yield Caller(market, tokens, shop)
        await channel.close()


async def test_a_right_call_passes(caller: Caller) -> None:
    answer = await caller.get(LIST, LISTED)
    assert (answer["error"], answer["response"]["total_count"]) == ("", 0)
    assert len(answer["request_id"]) == 32


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"sign": ""}, "error_param"),
        ({"access_token": ""}, "error_param"),
        ({"shop_id": ""}, "error_param"),
        ({"sign": "0" * 64}, "error_sign"),
        ({"partner_id": "7"}, "error_auth"),
        ({"access_token": "x"}, "error_sign"),
    ],
)
async def test_a_wrong_part_is_refused(caller: Caller, changed: dict[str, str], error: str) -> None:
    assert (await caller.get(LIST, LISTED, **changed))["error"] == error


@pytest.mark.parametrize("off_s", [-302, 400])
async def test_a_clock_that_is_off_is_refused(caller: Caller, off_s: int) -> None:
    stamp = str(int(time.time()) + off_s)
    assert (await caller.get(LIST, LISTED, timestamp=stamp))["error"] == "error_param"


async def test_the_token_of_another_shop_opens_nothing(caller: Caller) -> None:
    tokens = MemoryTokens()
    channel = caller.market.channel(tokens)
    other = await caller.market.connected(channel, tokens)
    stranger = Caller(caller.market, tokens, other)
    stranger.shop = caller.shop
    assert (await stranger.get(LIST, LISTED))["error"] == "invalid_acceess_token"
    picture = await channel.upload_picture(other, JPEG)
    item_id = int(await channel.create(other, honey(picture)))
    await channel.close()
    changed = {"item_id": item_id, "stock_list": [{"seller_stock": [{"stock": 1}]}]}
    answer = await caller.post("/api/v2/product/update_stock", changed)
    assert answer["error"] == "error_item_not_belong_shop"
    assert (await caller.get(LIST, LISTED))["response"]["item"] == []


@pytest.mark.parametrize(
    ("path", "asked", "error"),
    [
        (LIST, LISTED | {"page_size": "101"}, "error_param"),
        (LIST, LISTED | {"item_status": "GONE"}, "error_param_item_status"),
        ("/api/v2/product/get_category", {"language": "fr"}, "error_invalid_language"),
        ("/api/v2/product/get_item_base_info", {"item_id_list": "x"}, "error_param"),
        ("/api/v2/product/search_item", {"page_size": "5"}, "error_param"),
        ("/api/v2/payment/get_escrow_detail", {"order_sn": "x"}, "order_not_found"),
        ("/api/v2/order/get_order_list",
         {"time_range_field": "update_time", "time_from": "1", "time_to": "1296002",
          "page_size": "10"}, "order.order_list_invalid_time"),
    ],
)  # fmt: skip
async def test_odd_questions_are_refused(
    caller: Caller, path: str, asked: dict[str, str], error: str
) -> None:
    assert (await caller.get(path, asked))["error"] == error


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/api/v2/product/add_item", []),
        ("/api/v2/product/unlist_item", {"item_list": []}),
        ("/api/v2/product/unlist_item", {"item_list": [{"item_id": 1}]}),
        ("/api/v2/product/update_price", {"item_id": 1}),
    ],
)
async def test_odd_bodies_are_refused(caller: Caller, path: str, body: object) -> None:
    assert (await caller.post(path, body))["error"] in ("error_param", "error_item_not_found")


async def test_goods_with_a_word_nobody_knows_are_refused(caller: Caller) -> None:
    answer = await caller.post(
        "/api/v2/product/add_item", {"category_id": 100780, "original_prices": 1}
    )
    assert (answer["error"], "original_prices" in answer["message"]) == ("error_param", True)


async def test_fields_of_an_order_come_only_when_asked_for(caller: Caller) -> None:
    path = "/api/v2/media_space/upload_image"
    answer = await caller.market.http.post(
        path, params=caller.query(path), files=[("image", ("a.jpg", JPEG)), ("image", ("b", b"x"))]
    )
    listed = answer.json()["response"]["image_info_list"]
    assert [bool(one["error"]) for one in listed] == [False, True]
    goods = {
        "category_id": 100780, "item_name": "Mật ong rừng nguyên chất", "weight": 0.5,
        "description": "Mật ong lấy từ rừng, lọc thô.", "original_price": 185_000,
        "seller_stock": [{"stock": 3}], "logistic_info": [{"logistic_id": 50021, "enabled": True}],
        "image": {"image_id_list": [listed[0]["image_info"]["image_id"]]},
    }  # fmt: skip
    made = await caller.post("/api/v2/product/add_item", goods)
    line = {"item_id": made["response"]["item_id"], "quantity": 3}
    order = await caller.market.control("orders", lines=[line])
    path, number = "/api/v2/order/get_order_detail", order["order_sn"]
    plain = await caller.get(path, {"order_sn_list": number})
    assert not {"item_list", "total_amount"} & set(plain["response"]["order_list"][0])
    wide = await caller.get(
        path, {"order_sn_list": number, "response_optional_fields": "item_list,total_amount"}
    )
    assert {"item_list", "total_amount"} <= set(wide["response"]["order_list"][0])


async def test_the_consent_page_wants_a_known_app_and_a_way_back(caller: Caller) -> None:
    http: httpx.AsyncClient = caller.market.http
    for asked in ({"partner_id": "7", "redirect_uri": "http://x"},
                  {"partner_id": PARTNER_ID, "redirect_uri": "javascript:alert(1)"},
                  {"partner_id": PARTNER_ID}):  # fmt: skip
        assert (await http.get("auth", params=asked)).status_code == 400
    known = {"partner_id": PARTNER_ID, "redirect_uri": 'http://127.0.0.1/b"><script>'}
    page = await http.get("auth", params=known)
    assert "Đồng ý" in page.text and "<script>" not in page.text
    stranger = await http.post("auth", data={"redirect_uri": "http://x", "shop_id": "1"})
    assert stranger.status_code == 400
    assert (await http.get("shop/1")).status_code == 404
    assert (await http.get("img/nothing")).status_code == 404
    assert "text/css" in (await http.get("style.css")).headers["content-type"]


async def test_the_hand_is_understood_or_says_what_was_not(caller: Caller) -> None:
    http = caller.market.http
    for path, body, status in (
        ("orders", {"lines": []}, 400),
        ("orders", {"lines": [{"item_id": 1}], "more": 1}, 400),
        ("orders", {"lines": [{"item_id": 1}]}, 409),
        ("orders/none/pay", {}, 404),
        ("items/1", {}, 404),
        ("shops/1", {}, 404),
        ("faults", {"rules": [{"kind": "moon"}]}, 400),
    ):
        assert (await http.post(f"_control/{path}", json=body)).status_code == status, path
    state = await caller.market.state()
    assert not {"accesses", "renewals", "consents"} & set(state)
