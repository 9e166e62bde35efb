"""Our adapter against the stand-in over real HTTP: the whole way of goods and of an order."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from integrations.channels.shopee.adapter import LIVE_HOST, Shopee
from integrations.contracts.channels import (
    Channel,
    ChannelError,
    ChannelShop,
    Handling,
    ItemState,
    OrderState,
)
from tests.kit.shopee import JPEG, MemoryTokens, ShopeeMarket, honey, shopee_market

pytestmark = pytest.mark.asyncio


@dataclass
class World:
    market: ShopeeMarket
    channel: Shopee
    tokens: MemoryTokens
    shop: ChannelShop

    async def listed(self, sku: str = "G-HONEY-1", **changes: object) -> str:
        picture = await self.channel.upload_picture(self.shop, JPEG)
        return await self.channel.create(self.shop, honey(picture, sku=sku, **changes))


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with shopee_market() as market:
        tokens = MemoryTokens()
        channel = market.channel(tokens)
        shop = await market.connected(channel, tokens)
        yield World(market, channel, tokens, shop)
        await channel.close()


async def test_it_is_the_port(world: World) -> None:
    channel: Channel = world.channel
    assert (channel.code, channel.title) == ("shopee", "Shopee")


async def test_a_seller_agrees_and_the_state_comes_back() -> None:
    async with shopee_market() as market:
        channel = market.channel(MemoryTokens())
        url = channel.consent_url(state="abc", return_url="http://127.0.0.1:8000/channels/back?x=1")
        back = await market.agree(url, name="Mật ong Cư Kuin")
        assert (back["state"], back["x"]) == ("abc", "1")
        tokens, name = await channel.connect(code=back["code"], shop_id=back["shop_id"])
        assert name == "Mật ong Cư Kuin"
        left = tokens.access_expires_at - datetime.now(UTC)
        assert timedelta(hours=3, minutes=59) < left <= timedelta(hours=4)
        assert tokens.access_token not in repr(tokens)
        with pytest.raises(ChannelError) as used:
            await channel.connect(code=back["code"], shop_id=back["shop_id"])
        assert (used.value.handling, used.value.code) == (Handling.REAUTH, "shopee.consent_used")
        await channel.close()


async def test_consent_is_asked_for_at_the_live_address_by_default() -> None:
    channel = Shopee(partner_id="1", partner_key="k", push_key="p", callback_url="https://x/h",
                     tokens=MemoryTokens(), host=LIVE_HOST)  # fmt: skip
    url = channel.consent_url(state="s", return_url="https://ganh.example/back")
    assert url.startswith("https://open.shopee.com/auth?partner_id=1&auth_type=seller&")


async def test_categories_and_needs_are_asked_not_known(world: World) -> None:
    names = await world.channel.categories(world.shop)
    assert names["100780"] == "Thực phẩm và đồ uống › Mật ong và siro"
    assert "100629" not in names
    needs = await world.channel.needs(world.shop, "100780")
    assert needs.name == names["100780"]
    assert (needs.title_min, needs.title_max) == (10, 120)
    assert (needs.price_min_vnd, needs.price_max_vnd) == (1_000, 120_000_000)
    assert needs.weight_needed
    assert needs.required_attributes == ()
    supplement = await world.channel.needs(world.shop, "100901")
    assert supplement.required_attributes == ("Số giấy công bố",)


async def test_goods_are_made_found_and_seen(world: World) -> None:
    assert await world.channel.find_by_sku(world.shop, "G-HONEY-1") is None
    item_id = await world.listed()
    assert await world.channel.find_by_sku(world.shop, "G-HONEY-1") == item_id
    [seen] = await world.channel.observe(world.shop, [item_id])
    assert (seen.sku, seen.price_vnd, seen.stock, seen.reserved) == ("G-HONEY-1", 185_000, 12, 0)
    assert seen.state is ItemState.LIVE
    [item] = await world.market.items()
    assert item["weight_kg"] == 0.75  # 745 g, upwards
    assert item["logistic_ids"] == [50021, 50025]
    page = await world.market.http.get(seen.url)
    assert "Mật ong rừng" in page.text and "185.000" in page.text and "Còn 12" in page.text
    picture = await world.market.http.get(f"img/{item['picture_ids'][0]}")
    assert picture.content == JPEG


async def test_the_search_may_lag_but_the_list_is_believed(world: World) -> None:
    item_id = await world.listed()
    await world.market.fault({"kind": "search_lag", "next": 1})
    assert await world.channel.find_by_sku(world.shop, "G-HONEY-1") == item_id


async def test_a_part_of_a_sku_is_not_the_sku(world: World) -> None:
    await world.listed("G-HONEY-10")
    assert await world.channel.find_by_sku(world.shop, "G-HONEY-1") is None


async def test_price_stock_and_showing_are_set(world: World) -> None:
    item_id = await world.listed()
    await world.channel.set_price(world.shop, item_id, 199_000)
    await world.channel.set_stock(world.shop, item_id, 0)
    await world.channel.set_listed(world.shop, item_id, False)
    await world.channel.set_listed(world.shop, item_id, False)
    [seen] = await world.channel.observe(world.shop, [item_id])
    assert (seen.price_vnd, seen.stock, seen.state) == (199_000, 0, ItemState.UNLISTED)
    await world.channel.set_listed(world.shop, item_id, True)
    [seen] = await world.channel.observe(world.shop, [item_id])
    assert seen.state is ItemState.LIVE


async def test_pictures_are_replaced_in_their_order(world: World) -> None:
    item_id = await world.listed()
    other = await world.channel.upload_picture(world.shop, JPEG + b"2")
    [before] = (await world.market.items())[0]["picture_ids"]
    for order in ([other, before], [before, other], [other]):
        await world.channel.set_pictures(world.shop, item_id, order)
        assert (await world.market.items())[0]["picture_ids"] == order
    with pytest.raises(ChannelError) as unknown:
        await world.channel.set_pictures(world.shop, item_id, ["vn-never-uploaded"])
    assert unknown.value.handling is not Handling.ALREADY_DONE
    assert (await world.market.items())[0]["picture_ids"] == [other]


async def test_a_campaign_locks_and_says_so(world: World) -> None:
    item_id = await world.listed()
    await world.market.control(f"items/{item_id}", reserved=5, price_locked=True)
    await world.channel.set_stock(world.shop, item_id, 5)
    for attempt, code in (
        (world.channel.set_stock(world.shop, item_id, 4), "shopee.stock_locked"),
        (world.channel.set_price(world.shop, item_id, 190_000), "shopee.price_locked"),
        (world.channel.set_listed(world.shop, item_id, False), "shopee.listing_locked"),
    ):
        with pytest.raises(ChannelError) as locked:
            await attempt
        assert (locked.value.handling, locked.value.code) == (Handling.LOCKED, code)
    [seen] = await world.channel.observe(world.shop, [item_id])
    assert (seen.stock, seen.reserved, seen.price_vnd) == (5, 5, 185_000)


async def test_goods_that_were_taken_down_say_why(world: World) -> None:
    item_id = await world.listed()
    await world.market.control(f"items/{item_id}", status="BANNED", reason="Thiếu giấy phép")
    [seen] = await world.channel.observe(world.shop, [item_id])
    assert (seen.state, seen.reason) == (ItemState.REFUSED, "Thiếu giấy phép")
    await world.market.control(f"items/{item_id}", status="SELLER_DELETE")
    assert await world.channel.find_by_sku(world.shop, "G-HONEY-1") is None


async def test_gone_goods_are_missing_or_gone(world: World) -> None:
    assert await world.channel.observe(world.shop, ["999"]) == []
    with pytest.raises(ChannelError) as gone:
        await world.channel.set_stock(world.shop, "999", 1)
    assert gone.value.handling is Handling.GONE


async def test_an_order_is_read_from_unpaid_to_its_fee(world: World) -> None:
    item_id = await world.listed()
    made = await world.market.control(
        "orders", lines=[{"item_id": int(item_id), "quantity": 2}], paid=False, shipping_vnd=16_500,
        province="Đắk Lắk", buyer="tranvana",
    )  # fmt: skip
    number = made["order_sn"]
    order = await world.channel.order(world.shop, number)
    assert (order.state, order.total_vnd, order.fee_vnd) == (OrderState.UNPAID, 370_000, None)
    [line] = order.lines
    assert (line.item_id, line.sku, line.quantity) == (item_id, "G-HONEY-1", 2)
    assert line.price_vnd == 185_000
    assert (order.buyer_name, order.region) == ("t****a", "Đắk Lắk")
    [seen] = await world.channel.observe(world.shop, [item_id])
    assert seen.stock == 10
    for verb, state in (
        ("pay", OrderState.TO_SHIP),
        ("arrange", OrderState.TO_SHIP),
        ("ship", OrderState.SHIPPED),
        ("complete", OrderState.COMPLETED),
    ):
        await world.market.control(f"orders/{number}/{verb}")
        order = await world.channel.order(world.shop, number)
        assert order.state is state
    assert (order.total_vnd, order.fee_vnd) == (386_500, 14_800 + 9_250)


async def test_a_cancelled_order_gives_its_units_back(world: World) -> None:
    item_id = await world.listed()
    made = await world.market.control("orders", lines=[{"item_id": int(item_id), "quantity": 12}])
    too_many = await world.market.http.post(
        "_control/orders", json={"lines": [{"item_id": int(item_id)}]}
    )
    assert too_many.status_code == 409
    await world.market.control(f"orders/{made['order_sn']}/ask_cancel")
    assert (await world.channel.order(world.shop, made["order_sn"])).state is OrderState.TO_SHIP
    await world.market.control(f"orders/{made['order_sn']}/cancel")
    order = await world.channel.order(world.shop, made["order_sn"])
    assert (order.state, order.fee_vnd) == (OrderState.CANCELLED, None)
    [seen] = await world.channel.observe(world.shop, [item_id])
    assert seen.stock == 12


async def test_changed_orders_come_from_every_page_and_window(world: World) -> None:
    item_id = await world.listed(stock=500)
    numbers = {
        (await world.market.control("orders", lines=[{"item_id": int(item_id)}]))["order_sn"]
        for _ in range(103)
    }
    now = datetime.now(UTC)
    found = await world.channel.orders_changed(
        world.shop, since=now - timedelta(days=40), until=now + timedelta(minutes=1)
    )
    assert len(found) == len(set(found)) == 103
    assert set(found) == numbers
    before = await world.channel.orders_changed(
        world.shop, since=now - timedelta(days=40), until=now - timedelta(days=1)
    )
    assert before == []
    with pytest.raises(ChannelError) as gone:
        await world.channel.order(world.shop, "261122NOTHERE")
    assert gone.value.handling is Handling.GONE
