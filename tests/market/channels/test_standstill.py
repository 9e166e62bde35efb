"""What stands still says why in true words, and goes on by itself once somebody has mended it."""

import html
from typing import Any

import pytest

from integrations.contracts.errors import Conflict
from integrations.contracts.viewer import SYSTEM
from integrations.runtime.database import rows, work
from integrations.runtime.outbox import emit
from market.channels.service import offer
from market.settlement.rules import CHANNEL_CLOSED, CHANNEL_PARKED
from tests.kit.channels import Elsewhere, Shelf, time_passes
from tests.kit.orders import an_order_part


async def _connection(shelf: Shelf) -> dict[str, Any]:
    async with work(SYSTEM):
        found = await rows(
            "SELECT state, shop_id, problem_code FROM channel_connection WHERE id = $1",
            [shelf.connection_id],
        )
    return found[0]


async def _asked(shelf: Shelf) -> list[tuple[str, str]]:
    async with work(SYSTEM):
        found = await rows(
            "SELECT kind, outcome FROM follow_up WHERE subject_id = ANY($1::uuid[])",
            [[shelf.connection_id, shelf.listing_id]],
        )
    return [(row["kind"], row["outcome"]) for row in found]


async def _page(shelf: Shelf, path: str) -> str:
    async with shelf.elsewhere.stack.browser(shelf.seller.token) as browser:
        answer = await browser.get(path)
    assert answer.status_code == 200
    return html.unescape(answer.text)


async def test_a_wrong_clock_of_ours_blocks_nothing_for_good(there: Elsewhere) -> None:
    shelf = await there.a_shop(available=10)
    other = await there.another(shelf.seller, shelf.connection_id)
    await there.market.control("clock", shift_s=1_000)
    try:
        for one in (shelf, other):
            await an_order_part(one.seller, one.goods, quantity=2)
        await there.drain()
        row = await shelf.row()
        assert (row["state"], row["problem_code"], row["problem_who"]) == (
            "due", "shopee.clock", "staff",
        )  # fmt: skip
        async with work(SYSTEM):
            waits = await rows(
                "SELECT extract(epoch FROM due_at - now())::int AS s FROM channel_listing"
                " WHERE id = $1",
                [shelf.listing_id],
            )
        assert 800 < waits[0]["s"] <= 900
        # Once for the shop, however many of its goods wait.
        assert await _asked(shelf) == [(CHANNEL_PARKED, "")]
        assert [kind for kind, _ in await _asked(other)] == [CHANNEL_PARKED]
    finally:
        await there.market.control("clock", shift_s=0)
    await time_passes()
    await there.settle()
    assert ((await shelf.item())["stock"], (await shelf.row())["problem_code"]) == (8, "")
    assert await _asked(shelf) == [(CHANNEL_PARKED, "mended")]


async def test_a_closed_shop_is_the_marketplaces_matter(there: Elsewhere) -> None:
    shelf = await there.a_shop(available=10)
    shop_id = (await _connection(shelf))["shop_id"]
    await there.market.control(f"shops/{shop_id}", banned=True)
    await an_order_part(shelf.seller, shelf.goods, quantity=2)
    await there.drain()
    await there.drain()
    assert await _connection(shelf) == {
        "state": "suspended", "shop_id": shop_id, "problem_code": "shopee.shop_closed",
    }  # fmt: skip
    assert await _asked(shelf) == [(CHANNEL_CLOSED, "")]
    told = [one["text"] for one in there.stack.messages.latest(to_phone=shelf.seller.phone)
            if one["kind"] == "channel.silenced"]  # fmt: skip
    assert len(told) == 1 and "đã đóng gian hàng" in told[0] and "đồng ý" not in told[0].lower()
    page = await _page(shelf, "/producer/channels")
    assert "Đồng ý lại" not in page and "quyết định khi nào mở lại" in page
    assert "đồng ý" not in (await _page(shelf, f"/producer/channels/{shelf.listing_id}")).lower()
    with pytest.raises(Conflict) as refused:
        await offer.categories(
            shelf.seller.viewer, ports=there.ports, connection_id=shelf.connection_id
        )
    assert refused.value.code == "channel.shop_closed"


@pytest.mark.parametrize("wanted", [True, False])
async def test_variants_that_were_added_there_are_said_in_ones_own_words(
    there: Elsewhere, wanted: bool
) -> None:
    shelf = await there.a_shop(available=10)
    item_id = (await shelf.item())["item_id"]
    await there.market.control(f"items/{item_id}", has_model=True)
    if wanted:
        await an_order_part(shelf.seller, shelf.goods, quantity=2)
        await there.settle()
        row = await shelf.row()
        assert (row["state"], row["problem_code"], row["problem_params"]) == (
            "blocked", "channel.variants", "{}",
        )  # fmt: skip
        page = await _page(shelf, f"/producer/channels/{shelf.listing_id}")
        assert "Có người đã thêm phân loại trên sàn" in page and "Variants" not in page
        await there.market.control(f"items/{item_id}", has_model=False)
        await offer.try_again(shelf.seller.viewer, channel_listing_id=shelf.listing_id)
        await there.settle()
        assert ((await shelf.item())["stock"], (await shelf.row())["problem_code"]) == (8, "")
    else:
        # What the seller takes down is taken down all the same.
        await offer.withdraw(shelf.seller.viewer, channel_listing_id=shelf.listing_id)
        await there.settle()
        row = await shelf.row()
        assert (await shelf.item())["status"] == "UNLIST"
        assert (row["state"], row["observed_state"]) == ("in_step", "variants_off")
    async with work(SYSTEM):
        await emit("listing.changed", shelf.goods.id)
    await there.settle()
    assert (await shelf.row())["state"] == "in_step"
