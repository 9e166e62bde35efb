"""What a buyer must not get by trying: another's order, a price beyond banks, cash without code."""

from collections.abc import AsyncIterator

import httpx
import pytest

from integrations.contracts.viewer import SYSTEM
from integrations.runtime.database import rows, work
from tests.kit.listings import a_live_listing
from tests.kit.people import a_seller
from tests.kit.sign_in import code_for
from tests.kit.stack import Stack
from tests.market.checkout.test_order import code_of, order_in, shelf_of, with_key


@pytest.fixture
async def api(stack: Stack) -> AsyncIterator[httpx.AsyncClient]:
    """A program that buys."""
    async with stack.client(**{"Accept-Language": "vi"}) as client:
        yield client


async def _a_week_passes() -> None:
    """Orders stay, the kept answers are forgotten."""
    async with work(SYSTEM):
        await rows("DELETE FROM idempotency_key WHERE scope = 'checkout'")


async def test_a_key_that_somebody_used_long_ago_opens_nothing(
    stack: Stack, api: httpx.AsyncClient
) -> None:
    goods = await a_live_listing(await a_seller(), available=9)
    wanted, key = order_in(goods), with_key()
    made = (await api.post("/api/v1/orders", json=wanted, headers=key)).json()
    await _a_week_passes()
    stranger = await api.post("/api/v1/orders", json=order_in(goods), headers=key)
    assert (stranger.status_code, stranger.json()["code"]) == (409, "idempotency.other_request")
    again = await api.post("/api/v1/orders", json=wanted, headers=key)
    assert again.json()["token"] == made["token"] and await shelf_of(goods) == (8, 1, 9)


@pytest.mark.parametrize("seen", [2**63, 10**30, -(2**70)])
async def test_a_total_beyond_every_number_is_refused(
    stack: Stack, api: httpx.AsyncClient, seen: int
) -> None:
    goods = await a_live_listing(await a_seller(), available=9)
    wanted = order_in(goods, seen_total_vnd=seen)
    answer = await api.post("/api/v1/orders", json=wanted, headers=with_key())
    assert answer.status_code in (400, 409)


async def test_more_than_a_bank_can_send_is_not_ordered(
    stack: Stack, api: httpx.AsyncClient
) -> None:
    goods = await a_live_listing(await a_seller(), price_vnd=100_000_000_000, available=9)
    answer = await api.post("/api/v1/orders", json=order_in(goods, 2), headers=with_key())
    assert (answer.status_code, answer.json()["code"]) == (400, "cart.amount")
    assert await shelf_of(goods) == (9, 0, 9)
    one = await api.post("/api/v1/orders", json=order_in(goods, 1), headers=with_key())
    assert one.status_code == 201


async def test_part_by_part_is_not_a_way_around_the_code(
    stack: Stack, api: httpx.AsyncClient
) -> None:
    sellers = [await a_seller(), await a_seller(name="HTX Cửa Lạch")]
    goods = [await a_live_listing(one, price_vnd=400_000, available=9) for one in sellers]
    wanted = order_in(goods[0])
    wanted["lines"].append({"variant_id": str(goods[1].variant_id), "quantity": 1})
    wanted["methods"] = {await code_of(one): "bank_qr" for one in sellers}
    made = (await api.post("/api/v1/orders", json=wanted, headers=with_key())).json()
    path = f"/api/v1/orders/{made['token']}/parts"
    first = (await api.post(f"{path}/A/to-cod")).json()
    assert [part["state"] for part in first["parts"]] == ["placed", "awaiting_payment"]
    second = (await api.post(f"{path}/B/to-cod")).json()
    assert [part["state"] for part in second["parts"]] == ["placed", "awaiting_payment"]
    code = await code_for(stack, wanted["buyer"]["phone"])
    placed = (await api.post(f"{path}/B/code", json={"code": code})).json()
    assert [part["state"] for part in placed["parts"]] == ["placed", "placed"]
