"""Goods in several kinds from the product page into an order: each kind by its own shelf."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from integrations.contracts.ids import new_id
from integrations.contracts.viewer import SYSTEM
from integrations.runtime.database import rows, run, work
from tests.kit.buyers import COMMUNE, Buyer, a_buyer, form_of
from tests.kit.invariants import assert_invariants
from tests.kit.kinds import Kinds, cell, live_kinds, sent
from tests.kit.people import a_phone, a_seller
from tests.kit.stack import Stack

KINDS = {"250 g": (45_000, 6), "500 g": (80_000, 5)}


@pytest.fixture
async def buyer(stack: Stack) -> AsyncIterator[Buyer]:
    """Somebody with an empty cart."""
    async with a_buyer(stack) as someone:
        yield someone


async def _left(kinds: Kinds) -> dict[str, int]:
    async with work(SYSTEM):
        found = await rows(
            "SELECT label, available FROM variant WHERE listing_id = $1", [kinds.goods.id]
        )
    return {row["label"]: row["available"] for row in found}


def _order(kinds: Kinds, **quantities: int) -> dict[str, Any]:
    return {
        "lines": [
            {"variant_id": str(kinds.ids[label]), "quantity": quantity}
            for label, quantity in quantities.items()
        ],
        "buyer": {
            "name": "Lê Thị Hoa",
            "phone": a_phone(),
            "commune_code": COMMUNE,
            "street": "12 Hàng Bài",
        },
    }


async def test_two_kinds_of_the_same_goods_stand_in_one_order(stack: Stack, buyer: Buyer) -> None:
    seller = await a_seller()
    kinds = await live_kinds(seller, KINDS)
    chosen = form_of(await buyer.look(f"/p/{kinds.goods.code}-{kinds.goods.slug}"))
    assert chosen["variant_id"] == str(kinds.ids["250 g"])
    await buyer.send("/cart/add", **chosen, quantity="2")
    await buyer.put_in_cart(kinds.one("500 g", price_vnd=80_000), 3)
    assert "Cu đơ gừng (250 g)" in buyer.text and "Cu đơ gừng (500 g)" in buyer.text
    assert "330.000" in buyer.text
    await buyer.order()
    assert "2 gói Cu đơ gừng (250 g)" in buyer.text and "3 gói Cu đơ gừng (500 g)" in buyer.text
    assert await _left(kinds) == {"250 g": 4, "500 g": 2}
    # The order says what was agreed, whatever the kinds are called afterwards.
    renamed = {"axis_1": "Khối lượng", "values_1": "250 G, 500 gam"}
    cells = [cell("45.000", "4", was="4"), cell("80.000", "1")]
    assert await sent(seller, kinds.goods.id, renamed, cells) == []
    assert "3 gói Cu đơ gừng (500 g)" in await buyer.look(buyer.address)
    assert await _left(kinds) == {"250 G": 4, "500 g": 2, "500 gam": 1}
    await assert_invariants(stack)


async def test_a_kind_that_has_sold_out_or_was_put_away_is_said(stack: Stack) -> None:
    seller = await a_seller()
    kinds = await live_kinds(seller, KINDS)
    async with stack.client() as client:
        key = {"Idempotency-Key": str(new_id())}
        short = await client.post("/api/v1/orders", json=_order(kinds, **{"500 g": 6}), headers=key)
        assert (short.status_code, short.json()["code"]) == (409, "stock.short")
        away = [cell("45.000", "6", was="6"), {"sold": ""}]
        axes = {"axis_1": "Khối lượng", "values_1": "250 g, 500 g"}
        assert await sent(seller, kinds.goods.id, axes, away) == []
        quote = {"lines": _order(kinds, **{"250 g": 1, "500 g": 1})["lines"]}
        seen = (await client.post("/api/v1/carts/quote", json=quote)).json()
        key = {"Idempotency-Key": str(new_id())}
        gone = await client.post("/api/v1/orders", json=_order(kinds, **{"500 g": 1}), headers=key)
    assert [one["name"] for one in seen["groups"][0]["lines"]] == ["Cu đơ gừng (250 g)"]
    assert [one["variant_id"] for one in seen["problems"]] == [str(kinds.ids["500 g"])]
    assert gone.json()["code"] == "cart.gone"
    assert await _left(kinds) == {"250 g": 6, "500 g": 5}


async def test_the_longest_names_fit_on_an_order(stack: Stack) -> None:
    kinds = await live_kinds(await a_seller(), {"x" * 28: (45_000, 6)}, name="Đ" * 120)
    async with work(SYSTEM):
        await run(
            "UPDATE variant SET value_2 = $2, label = $3 WHERE id = $1",
            [kinds.goods.variant_id, "y" * 28, f"{'x' * 28}, {'y' * 28}"],
        )
    async with stack.client() as client:
        key = {"Idempotency-Key": str(new_id())}
        body = _order(kinds, **{"x" * 28: 1})
        made = await client.post("/api/v1/orders", json=body, headers=key)
    assert made.status_code == 201, made.text
