"""Goods in several kinds at a marketplace: not offered, hidden where they were, and why."""

import html

from integrations.contracts.viewer import SYSTEM
from integrations.runtime.database import run, work
from market.channels.service import shown
from tests.kit.channels import CATEGORY, Elsewhere, Shelf
from tests.kit.invariants import assert_invariants
from tests.kit.kinds import cell, sent

SAID = "Mặt hàng nhiều loại mới chỉ bán ở Gánh, chưa lên sàn được."


async def _live(shelf: Shelf) -> None:
    """Staff have looked at the new words."""
    async with work(SYSTEM):
        await run("UPDATE listing SET state = 'live' WHERE id = $1", [shelf.goods.id])


async def test_goods_that_become_several_are_hidden_there_and_come_back(there: Elsewhere) -> None:
    shelf = await there.a_shop(available=10)
    axes = {"axis_1": "Dung tích", "values_1": "250 ml, 500 ml"}
    cells = [cell("185.000", "10", was="10"), cell("300.000", "4")]
    assert await sent(shelf.seller, shelf.goods.id, axes, cells) == []
    await _live(shelf)
    await there.settle()
    assert (await shelf.item())["status"] == "UNLIST"
    async with there.stack.browser(shelf.seller.token) as browser:
        page = await browser.get(f"/producer/channels/{shelf.listing_id}")
    assert SAID in html.unescape(page.text)
    again = [cell("185.000", "10", was="10")]
    assert await sent(shelf.seller, shelf.goods.id, {}, again) == []
    await there.settle()
    assert (await shelf.item())["status"] == "NORMAL"
    await assert_invariants(there.stack)


async def test_goods_in_several_kinds_cannot_be_offered_and_are_not_suggested(
    there: Elsewhere,
) -> None:
    shelf = await there.a_shop()
    other = await there.another(shelf.seller, shelf.connection_id)
    async with work(SYSTEM):
        await run("DELETE FROM channel_attempt WHERE channel_listing_id = $1", [other.listing_id])
        await run("DELETE FROM channel_listing WHERE id = $1", [other.listing_id])
    axes = {"axis_1": "Dung tích", "values_1": "250 ml, 500 ml"}
    cells = [cell("185.000", "10", was="10"), cell("300.000", "4")]
    assert other.goods.id in {row["id"] for row in await shown.to_offer(shelf.seller.viewer)}
    assert await sent(shelf.seller, other.goods.id, axes, cells) == []
    await _live(other)
    assert await shown.to_offer(shelf.seller.viewer) == []
    path = f"/producer/channels/offer/{other.goods.id}"
    form = {"connection_id": str(shelf.connection_id), "category_id": CATEGORY, "weight_g": "745"}
    async with there.stack.browser(shelf.seller.token) as browser:
        answer = await browser.post(path, data=form)
    assert answer.status_code == 400 and SAID in html.unescape(answer.text)
