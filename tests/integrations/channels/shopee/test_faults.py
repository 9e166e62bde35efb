"""The adapter when Shopee fails: lost answers, limits, dead tokens, failures inside successes."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta

import pytest

from integrations.channels.shopee.adapter import Shopee
from integrations.contracts.channels import ChannelError, ChannelShop, Handling
from tests.kit.shopee import JPEG, PARTNER_KEY, MemoryTokens, ShopeeMarket, honey, shopee_market

pytestmark = pytest.mark.asyncio


class World:
    """A market, our adapter, and one shop with goods in it."""

    def __init__(self, market: ShopeeMarket, channel: Shopee, tokens: MemoryTokens) -> None:
        self.market, self.channel, self.tokens = market, channel, tokens
        self.shop = ChannelShop(connection_id="", shop_id="")
        self.picture = self.item = ""

    async def create(self, sku: str) -> str:
        return await self.channel.create(self.shop, honey(self.picture, sku=sku))


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with shopee_market() as market:
        tokens = MemoryTokens()
        world = World(market, market.channel(tokens), tokens)
        world.shop = await market.connected(world.channel, tokens)
        world.picture = await world.channel.upload_picture(world.shop, JPEG)
        world.item = await world.create("G-1")
        yield world
        await world.channel.close()


async def refusal(call: Awaitable[object]) -> ChannelError:
    with pytest.raises(ChannelError) as refused:
        await call
    return refused.value


async def test_a_create_whose_answer_was_lost_is_found_by_its_sku(world: World) -> None:
    for kind in ("time_out_after_success", "garbage"):
        await world.market.fault({"kind": kind, "path": "add_item", "next": 1})
        error = await refusal(world.create(f"G-{kind}"))
        assert (error.handling, error.code) == (Handling.UNKNOWN_OUTCOME, "shopee.no_answer")
        [made] = await world.market.items(f"G-{kind}")
        found = await world.channel.find_by_sku(world.shop, f"G-{kind}")
        assert found == str(made["item_id"])


async def test_a_create_that_did_not_arrive_is_not_found(world: World) -> None:
    for kind in ("time_out_before", "server_error", "error_busy"):
        await world.market.fault({"kind": kind, "path": "add_item", "next": 1})
        error = await refusal(world.create(f"G-{kind}"))
        assert error.handling is Handling.UNKNOWN_OUTCOME
        assert await world.channel.find_by_sku(world.shop, f"G-{kind}") is None


async def test_shopee_makes_a_second_item_of_a_blind_second_try(world: World) -> None:
    """What the look-up is for: nothing on their side keeps doubles away."""
    await world.create("G-1")
    assert len(await world.market.items("G-1")) == 2
    assert await world.channel.find_by_sku(world.shop, "G-1") == world.item


async def test_a_lost_change_is_unknown_and_a_lost_read_is_tried_again(world: World) -> None:
    change: Callable[[], Awaitable[None]] = lambda: world.channel.set_stock(  # noqa: E731
        world.shop, world.item, 3
    )
    await world.market.fault({"kind": "time_out_after_success", "next": 2})
    assert (await refusal(change())).handling is Handling.UNKNOWN_OUTCOME
    read = await refusal(world.channel.observe(world.shop, [world.item]))
    assert (read.handling, read.code) == (Handling.RETRY, "shopee.unreachable")
    [item] = await world.market.items("G-1")
    assert item["stock"] == 3
    await world.market.fault({"kind": "error_busy", "next": 1})
    assert (await refusal(change())).handling is Handling.RETRY


async def test_nobody_listens_is_no_unknown_outcome() -> None:
    tokens = MemoryTokens()
    now = datetime.now(UTC)
    async with shopee_market() as market:
        channel = market.channel(tokens)
        shop = await market.connected(channel, tokens)
        await channel.close()
    assert tokens.kept[shop.connection_id].access_expires_at > now
    error = await refusal(channel.set_stock(shop, "1", 1))
    assert (error.handling, error.code) == (Handling.RETRY, "shopee.unreachable")
    await channel.close()


async def test_a_limit_says_how_long(world: World) -> None:
    await world.market.fault({"kind": "status_429", "next": 1})
    error = await refusal(world.channel.observe(world.shop, [world.item]))
    assert (error.handling, error.retry_after_s) == (Handling.WAIT, 1)


async def test_a_failure_inside_a_success_is_a_failure(world: World) -> None:
    await world.market.fault({"kind": "partial_failure", "next": 3})
    for attempt in (
        world.channel.set_stock(world.shop, world.item, 1),
        world.channel.set_price(world.shop, world.item, 190_000),
        world.channel.set_listed(world.shop, world.item, False),
    ):
        assert (await refusal(attempt)).handling is Handling.RETRY
    [item] = await world.market.items("G-1")
    assert (item["stock"], item["price_vnd"], item["status"]) == (12, 185_000, "NORMAL")


async def test_many_callers_with_a_dead_token_refresh_once(world: World) -> None:
    before = world.tokens.kept[world.shop.connection_id]
    await world.market.control(f"shops/{world.shop.shop_id}", expire_access=True)
    seen = await asyncio.gather(
        *(world.channel.observe(world.shop, [world.item]) for _ in range(12))
    )
    assert all(len(one) == 1 for one in seen)
    assert world.tokens.refreshes == 1
    after = world.tokens.kept[world.shop.connection_id]
    assert after.refresh_token != before.refresh_token


async def test_a_token_is_renewed_before_it_ends(world: World) -> None:
    ahead = datetime.now(UTC) + timedelta(hours=3, minutes=20)
    await world.market.control("clock", shift_s=int((ahead - datetime.now(UTC)).total_seconds()))
    later = world.market.channel(world.tokens, now=lambda: ahead)
    await later.observe(world.shop, [world.item])
    assert world.tokens.refreshes == 1
    await later.observe(world.shop, [world.item])
    assert world.tokens.refreshes == 1
    await later.close()


async def test_a_token_that_ends_during_a_create_makes_one_item(world: World) -> None:
    await world.market.fault({"kind": "expired_token", "path": "add_item", "next": 1})
    item_id = await world.create("G-2")
    assert [str(one["item_id"]) for one in await world.market.items("G-2")] == [item_id]
    assert world.tokens.refreshes == 1


async def test_a_refresh_token_that_somebody_used_asks_for_consent(world: World) -> None:
    await world.market.fault({"kind": "rotated_token", "next": 1})
    error = await refusal(world.channel.observe(world.shop, [world.item]))
    assert (error.handling, error.code) == (Handling.REAUTH, "shopee.consent_ended")


async def test_consent_taken_back_and_a_closed_shop_ask_for_people(world: World) -> None:
    await world.market.control(f"shops/{world.shop.shop_id}", banned=True)
    error = await refusal(world.channel.observe(world.shop, [world.item]))
    assert (error.code, error.who) == ("shopee.shop_closed", "marketplace")
    await world.market.control(f"shops/{world.shop.shop_id}", banned=False, authorised_for_s=0)
    error = await refusal(world.channel.observe(world.shop, [world.item]))
    assert (error.handling, error.who) == (Handling.REAUTH, "you")


async def test_clocks_that_differ_are_named(world: World) -> None:
    await world.market.control("clock", shift_s=301)
    error = await refusal(world.channel.observe(world.shop, [world.item]))
    assert error.code == "shopee.clock"


async def test_goods_that_shopee_refuses_name_what_to_mend(world: World) -> None:
    for changes, code in (
        ({"name": "Mật ong"}, "name"),
        ({"name": "M" * 121}, "name"),
        ({"description": "Ngon."}, "description"),
        ({"description": "x" * 3001}, "description"),
        ({"price_vnd": 999}, "price"),
        ({"price_vnd": 120_000_001}, "price"),
        ({"picture_ids": []}, "picture"),
        ({"picture_ids": ["vn-of-nobody"]}, "picture"),
        ({"category_id": "100629"}, "category"),
        ({"category_id": "100901"}, "attribute"),
        ({"stock": -1}, "stock"),
        ({"weight_g": 60_000}, "shipping"),
    ):
        goods = honey(world.picture, **{"sku": "G-X", **changes})
        error = await refusal(world.channel.create(world.shop, goods))
        assert (error.handling, error.code) == (Handling.FIX_DATA, f"shopee.{code}"), changes
    assert await world.market.items("G-X") == []
    error = await refusal(world.channel.upload_picture(world.shop, b"GIF89a"))
    assert error.code == "shopee.picture"


async def test_goods_under_review_are_seen_so_and_wait(world: World) -> None:
    await world.market.fault({"kind": "review", "next": 1})
    item_id = await world.create("G-3")
    [seen] = await world.channel.observe(world.shop, [item_id])
    assert seen.state == "reviewing"
    error = await refusal(world.channel.set_listed(world.shop, item_id, False))
    assert (error.handling, error.code) == (Handling.WAIT, "shopee.under_review")


async def test_no_token_and_no_signature_reaches_a_log_or_an_error(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    tokens = world.tokens.kept[world.shop.connection_id]
    await world.channel.observe(world.shop, [world.item])
    await world.market.fault({"kind": "time_out_before", "next": 1})
    error = await refusal(world.channel.observe(world.shop, [world.item]))
    assert error.__cause__ is None
    lines = [line for line in caplog.messages if "get_item_base_info" in line]
    assert lines and all("access_token=•••" in line and "sign=•••" in line for line in lines)
    said = "\n".join([*caplog.messages, str(error), repr(error), error.vendor_text])
    assert tokens.access_token not in said
    assert PARTNER_KEY not in said


async def test_faults_by_chance_repeat_with_their_seed(world: World) -> None:
    async def outcomes() -> list[bool]:
        await world.market.fault({"kind": "error_busy", "probability": 0.4}, seed=7)
        done = []
        for _ in range(20):
            try:
                await world.channel.observe(world.shop, [world.item])
            except ChannelError:
                done.append(False)
            else:
                done.append(True)
        return done

    first = await outcomes()
    assert {True, False} == set(first)
    assert await outcomes() == first


async def test_a_token_renewal_is_spared_unless_it_is_named(world: World) -> None:
    await world.market.fault({"kind": "time_out_after_success", "probability": 1})
    await world.market.control(f"shops/{world.shop.shop_id}", expire_access=True)
    await refusal(world.channel.observe(world.shop, [world.item]))
    assert world.tokens.refreshes == 1
    await world.market.fault(
        {"kind": "time_out_after_success", "path": "access_token/get", "next": 1}
    )
    await world.market.control(f"shops/{world.shop.shop_id}", expire_access=True)
    # Only the renewal is unknown; what was wanted was not sent, also when it is a create.
    error = await refusal(world.create("G-9"))
    assert error.handling is Handling.RETRY
    assert await world.market.items("G-9") == []


async def test_a_renewal_that_fails_early_lets_the_old_token_work(world: World) -> None:
    ahead = datetime.now(UTC) + timedelta(hours=3, minutes=20)
    await world.market.control("clock", shift_s=int((ahead - datetime.now(UTC)).total_seconds()))
    later = world.market.channel(world.tokens, now=lambda: ahead)
    await world.market.fault({"kind": "time_out_before", "path": "access_token/get", "next": 1})
    assert len(await later.observe(world.shop, [world.item])) == 1
    await later.observe(world.shop, [world.item])
    assert world.tokens.refreshes == 2
    assert len(await later.observe(world.shop, [world.item])) == 1
    await later.close()
