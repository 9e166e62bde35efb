"""Goods are put away and brought back, never deleted."""

import pytest

from integrations.contracts.ids import new_id
from integrations.contracts.viewer import SYSTEM
from integrations.runtime.database import rows, value, work
from market.catalog.rules import ListingState
from tests.kit.listings import a_listing, a_live_listing
from tests.kit.orders import an_order_part
from tests.kit.pages import hidden, words
from tests.kit.people import a_seller
from tests.kit.stack import Stack

API = "/api/v1/listings"


async def test_live_goods_leave_the_shop_and_come_back_hidden(stack: Stack) -> None:
    seller = await a_seller()
    live = await a_live_listing(seller)
    order = await an_order_part(seller, live)
    async with stack.client(seller.token) as client:
        for _ in range(2):  # put away already is no error
            away = await client.post(f"{API}/{live.id}/put-away")
            assert (away.status_code, away.json()["state"]) == (200, "archived")
        assert (await client.get(f"/api/v1/shop/listings/{live.code}")).status_code == 404
        assert (await client.get(f"/api/v1/order-parts/{order.part_id}")).status_code == 200
        assert (await client.get(API)).json()["items"] == []
        [listed] = (await client.get(f"{API}?put_away=true")).json()["items"]
        assert listed["id"] == str(live.id)
        refused = await client.patch(f"{API}/{live.id}", json={"price": 50_000})
        assert (refused.status_code, refused.json()["code"]) == (409, "listing.archived")
        for _ in range(2):
            back = await client.post(f"{API}/{live.id}/bring-back")
            assert (back.status_code, back.json()["state"]) == (200, "paused")
        assert (await client.post(f"{API}/{live.id}/resume")).json()["state"] == "live"
        assert (await client.get(f"/api/v1/shop/listings/{live.code}")).status_code == 200


async def test_marketplaces_are_told_when_live_goods_are_put_away(stack: Stack) -> None:
    seller = await a_seller()
    live = await a_live_listing(seller)
    async with stack.client(seller.token) as client:
        await client.post(f"{API}/{live.id}/put-away")
    async with work(SYSTEM):
        facts = await rows(
            "SELECT DISTINCT name FROM outbox WHERE kind = 'fact' AND subject_id = ANY($1)"
            " ORDER BY name",
            [[str(live.id), str(live.variant_id)]],
        )
    assert [row["name"] for row in facts] == ["listing.changed", "stock.changed"]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (ListingState.DRAFT, "draft"),
        (ListingState.TO_MEND, "draft"),
        (ListingState.PAUSED, "paused"),
    ],
)
async def test_what_comes_back_is_what_staff_had_approved_or_a_draft(
    stack: Stack, before: ListingState, after: str
) -> None:
    seller = await a_seller()
    goods = await a_listing(seller, state=before)
    async with stack.client(seller.token) as client:
        await client.post(f"{API}/{goods.id}/put-away")
        assert (await client.post(f"{API}/{goods.id}/bring-back")).json()["state"] == after


async def test_goods_that_staff_look_at_are_not_put_away(stack: Stack) -> None:
    seller = await a_seller()
    goods = await a_listing(seller, state=ListingState.IN_REVIEW)
    async with stack.client(seller.token) as client:
        refused = await client.post(f"{API}/{goods.id}/put-away")
    assert (refused.status_code, refused.json()["code"]) == (409, "listing.in_review")


async def test_the_form_saves_puts_away_and_offers_the_way_back(stack: Stack) -> None:
    seller = await a_seller()
    live = await a_live_listing(seller)
    address = f"/producer/goods/{live.id}"
    async with stack.browser(seller.token) as browser:
        page = (await browser.get(address)).text
        assert "Cất đi" in words(page)
        data = {"form_id": str(new_id()), "base": hidden(page, "base"), "price": "50k"}
        answer = await browser.post(address, data={**data, "action": "put_away"})
        home = (await browser.get(answer.headers["location"])).text
        assert "Đã cất. Người mua không thấy nữa." in words(home)
        undo = f"{address}/bring-back"
        assert f'action="{undo}"' in home and live.name not in words(home)
        away = (await browser.get("/producer/goods/away")).text
        assert live.name in words(away) and f'action="{undo}"' in away
        form = (await browser.get(address)).text
        assert f'formaction="{undo}"' in form and 'value="save"' not in form
        back = await browser.post(undo)
        page = words((await browser.get(back.headers["location"])).text)
        assert "Đã lấy lại." in page and "Tạm ẩn" in page
        empty = words((await browser.get("/producer/goods/away")).text)
    assert "Chưa cất mặt hàng nào" in empty
    async with work(SYSTEM):
        price_vnd = await value("SELECT price_vnd FROM variant WHERE id = $1", [live.variant_id])
    assert price_vnd == 50_000


async def test_anothers_goods_stay_where_they_are(stack: Stack) -> None:
    owner, other = await a_seller(), await a_seller()
    goods = await a_live_listing(owner)
    async with stack.client(other.token) as client:
        for verb in ("put-away", "bring-back"):
            assert (await client.post(f"{API}/{goods.id}/{verb}")).status_code == 404
    async with stack.client(owner.token) as client:
        assert (await client.get(f"{API}/{goods.id}")).json()["state"] == "live"
