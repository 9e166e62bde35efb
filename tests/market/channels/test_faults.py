"""What goes wrong at a marketplace: nothing is doubled, nothing is lost, somebody is told."""

import asyncio
from typing import Any

import httpx
import pytest

from integrations.contracts.channels import ChannelError, ChannelShop
from integrations.contracts.viewer import SYSTEM
from integrations.runtime.database import rows, run, work
from integrations.runtime.outbox import emit
from market.channels.service import offer
from market.channels.service.orders import pull
from market.channels.service.sync import sync
from market.settlement.queries.money import money_of
from market.settlement.rules import CHANNEL_REAUTH, CHANNEL_RETURN, CHANNEL_SHORT
from tests.kit.channels import Elsewhere, Shelf, a_live_honey, time_passes
from tests.kit.invariants import assert_invariants
from tests.kit.orders import an_order_part
from tests.kit.pages import words
from tests.kit.people import a_seller

AFTER: dict[str, Any] = {"kind": "time_out_after_success", "path": "add_item", "next": 1}


async def _follow_ups(subject_id: Any) -> set[str]:
    async with work(SYSTEM):
        found = await rows(
            "SELECT kind FROM follow_up WHERE subject_id = $1 AND closed_at IS NULL", [subject_id]
        )
    return {one["kind"] for one in found}


async def _unworked(there: Elsewhere) -> Shelf:
    """Goods that are asked for and not put there yet."""
    seller = await a_seller()
    connection_id = await there.connect(seller)
    goods = await a_live_honey(seller)
    return Shelf(
        there, seller, connection_id, goods, await there.offer(seller, goods, connection_id)
    )


async def test_a_create_that_timed_out_after_success_makes_one_item(there: Elsewhere) -> None:
    shelf = await _unworked(there)
    await there.market.fault(AFTER, {"kind": "search_lag", "next": 1})
    await there.drain()
    row = await shelf.row()
    assert (row["item_id"], row["state"]) == ("", "due")
    await there.settle()
    assert (await shelf.row())["item_id"] == str((await shelf.item())["item_id"])
    async with work(SYSTEM):
        attempts = await rows(
            "SELECT state FROM channel_attempt WHERE channel_listing_id = $1", [shelf.listing_id]
        )
    assert [one["state"] for one in attempts] == ["done"]


async def test_a_create_that_never_arrived_is_sent_again_after_a_look(there: Elsewhere) -> None:
    shelf = await _unworked(there)
    await there.market.fault({"kind": "time_out_before", "path": "add_item", "next": 1})
    await there.settle()
    assert (await shelf.item())["stock"] == 10
    assert (await shelf.row())["state"] == "in_step"


async def test_many_runs_at_once_make_one_item(there: Elsewhere) -> None:
    shelf = await _unworked(there)
    await asyncio.gather(*(sync(there.ports, shelf.listing_id) for _ in range(12)))
    await there.settle()
    assert (await shelf.item())["stock"] == 10


async def test_what_is_touched_during_a_run_is_not_forgotten(there: Elsewhere) -> None:
    shelf = await there.a_shop()
    await there.market.fault({"kind": "delay", "path": "product", "probability": 1, "delay_s": 0.1})
    running = asyncio.create_task(sync(there.ports, shelf.listing_id))
    await an_order_part(shelf.seller, shelf.goods, quantity=4)
    await asyncio.gather(running, there.drain())
    await there.market.fault()
    await there.settle()
    assert (await shelf.item())["stock"] == 6


async def test_twenty_calls_with_an_ended_token_renew_once(there: Elsewhere) -> None:
    shelf = await there.a_shop()
    row, item = await shelf.row(), await shelf.item()
    async with work(SYSTEM):
        shop_id = (await rows("SELECT shop_id FROM channel_connection WHERE id = $1",
                              [shelf.connection_id]))[0]["shop_id"]  # fmt: skip
    shop = ChannelShop(str(shelf.connection_id), shop_id)
    await there.market.control(f"shops/{shop_id}", expire_access=True)
    seen = await asyncio.gather(*(there.channel.observe(shop, [row["item_id"]]) for _ in range(20)))
    assert {one[0].item_id for one in seen} == {str(item["item_id"])}
    async with work(SYSTEM):
        fence = (await rows("SELECT token_fence, state FROM channel_connection WHERE id = $1",
                            [shelf.connection_id]))[0]  # fmt: skip
    assert (fence["token_fence"], fence["state"]) == (2, "active")  # connected, renewed once


async def test_a_refused_renewal_stops_everything_and_tells(there: Elsewhere) -> None:
    shelf = await there.a_shop()
    async with work(SYSTEM):
        shop_id = (await rows("SELECT shop_id FROM channel_connection WHERE id = $1",
                              [shelf.connection_id]))[0]["shop_id"]  # fmt: skip
    await there.market.control(f"shops/{shop_id}", expire_access=True, expire_renewal=True)
    await an_order_part(shelf.seller, shelf.goods, quantity=1)
    await there.settle()
    assert await _follow_ups(shelf.connection_id) == {CHANNEL_REAUTH}
    told = [m for m in there.stack.messages.latest(to_phone=shelf.seller.phone)
            if m["kind"] == "channel.silenced"]  # fmt: skip
    assert len(told) == 1
    with pytest.raises(ChannelError):
        await there.channel.observe(ChannelShop(str(shelf.connection_id), shop_id), ["1"])
    assert await sync(there.ports, shelf.listing_id) is False
    async with work(SYSTEM):
        state = await rows("SELECT state FROM channel_connection WHERE id = $1",
                           [shelf.connection_id])  # fmt: skip
    assert state[0]["state"] == "needs_reauth"
    async with there.stack.browser(shelf.seller.token) as browser:
        assert "/producer/channels/connect/shopee" in (await browser.get("/producer/channels")).text


async def test_pushes_doubled_reordered_and_dropped_lead_to_one_order(there: Elsewhere) -> None:
    shelf = await there.a_shop(available=20)
    await there.market.fault(
        {"kind": "duplicate_push", "probability": 0.7},
        {"kind": "reorder_push", "probability": 0.4},
        {"kind": "drop_push", "probability": 0.4},
        seed=7,
    )
    numbers = [await shelf.buy_there(2) for _ in range(4)]
    await there.market.control("flush")
    await there.drain()
    await there.market.fault()
    await pull(there.ports, shelf.connection_id)
    await there.settle()
    assert [(await shelf.order(n))["part_state"] for n in numbers] == ["placed"] * 4
    assert ((await shelf.row())["available"], (await shelf.item())["stock"]) == (12, 12)
    await assert_invariants(there.stack)


async def test_an_order_walks_to_its_end_with_its_fee(there: Elsewhere) -> None:
    shelf = await there.a_shop()
    number = await shelf.buy_there(2)
    await there.drain()
    for verb, state in (("arrange", "placed"), ("ship", "handed_over"), ("complete", "completed")):
        await there.market.control(f"orders/{number}/{verb}")
        await there.drain()
        assert (await shelf.order(number))["part_state"] == state
    order = await shelf.order(number)
    async with work(SYSTEM):
        fees = await rows(
            "SELECT a.code, e.amount_vnd FROM ledger_transaction t JOIN ledger_entry e"
            " ON e.transaction_id = t.id JOIN ledger_account a ON a.id = e.account_id"
            " WHERE t.kind = 'channel_fee' AND t.producer_id = $1 ORDER BY e.seq",
            [shelf.seller.producer_id],
        )
    assert order["fee_vnd"] > 0
    assert [one["amount_vnd"] for one in fees] == [order["fee_vnd"], -order["fee_vnd"]]
    async with there.stack.client(shelf.seller.token) as client:
        month = (await client.get("/api/v1/money")).json()
    got_vnd = 2 * 185_000 - order["fee_vnd"]
    assert month["channel_fee_vnd"] == order["fee_vnd"]
    assert month["net_vnd"] == month["channel_net_vnd"] == got_vnd
    (movement,) = month["movements"]
    assert (movement["taken_vnd"], movement["net_vnd"]) == (order["fee_vnd"], got_vnd)
    async with there.stack.browser(shelf.seller.token) as browser:
        said = words((await browser.get("/producer/money")).text)
    assert "Sàn giữ lại" in said and "Tiền vào thẳng tài khoản" not in said
    await assert_invariants(there.stack)


@pytest.mark.parametrize("restock", [True, False])
async def test_a_cancelled_order_gives_its_units_back_once(there: Elsewhere, restock: bool) -> None:
    shelf = await there.a_shop()
    number = await shelf.buy_there(3)
    await there.settle()
    await there.market.control(f"orders/{number}/cancel", restock=restock)
    await there.settle()
    await pull(there.ports, shelf.connection_id)
    assert (await shelf.order(number))["part_state"] == "cancelled"
    assert ((await shelf.row())["available"], (await shelf.item())["stock"]) == (10, 10)
    await assert_invariants(there.stack)


@pytest.mark.parametrize(("back", "restock"), [(True, True), (True, False), (False, True)])
async def test_a_completed_order_that_is_called_off_is_no_sale(
    there: Elsewhere, back: bool, restock: bool
) -> None:
    shelf = await there.a_shop(available=10)
    number = await shelf.buy_there(3)
    for verb in ("ship", "complete"):
        await there.market.control(f"orders/{number}/{verb}")
    await there.settle()
    sold = await shelf.order(number)
    assert (sold["part_state"], await _sales(shelf)) == ("completed", 1)
    if back:
        await there.market.control(f"orders/{number}/return")
        await there.settle()
        assert await _follow_ups(sold["part_id"]) == {CHANNEL_RETURN}
    await there.market.control(f"orders/{number}/refund", restock=restock)
    await there.settle()
    order = await shelf.order(number)
    assert (order["state"], order["part_state"]) == ("cancelled", "refused")
    assert await _sales(shelf) == 0
    # What the buyer had is counted by the producer before it is sold again.
    assert ((await shelf.row())["available"], (await shelf.item())["stock"]) == (7, 7)
    assert await _follow_ups(order["part_id"]) == ({CHANNEL_RETURN} if back else set())
    month = await money_of(shelf.seller.viewer)
    assert (month.parts, month.gross_vnd, month.net_vnd) == (0, 0, 0)
    async with work(SYSTEM):
        left = await rows(
            "SELECT coalesce(sum(e.amount_vnd), 0)::bigint AS vnd FROM ledger_entry e"
            " JOIN ledger_account a ON a.id = e.account_id"
            " WHERE e.producer_id = $1 AND a.code LIKE 'clearing:seller:%'",
            [shelf.seller.producer_id],
        )
        first = await rows(
            "SELECT sold_at FROM live_progress WHERE producer_id = $1", [shelf.seller.producer_id]
        )
    assert (left[0]["vnd"], first[0]["sold_at"]) == (0, None)
    await assert_invariants(there.stack)


async def _sales(shelf: Shelf) -> int:
    async with work(SYSTEM):
        found = await rows(
            "SELECT count(*)::int AS n FROM live_sale WHERE producer_id = $1",
            [shelf.seller.producer_id],
        )
    return int(found[0]["n"])


async def test_an_unpaid_order_holds_units_and_lets_them_go(there: Elsewhere) -> None:
    shelf = await there.a_shop()
    number = await shelf.buy_there(4, paid=False)
    await there.settle()
    assert ((await shelf.row())["available"], (await shelf.item())["stock"]) == (6, 6)
    await there.market.control(f"orders/{number}/cancel")
    await there.settle()
    assert ((await shelf.row())["available"], (await shelf.item())["stock"]) == (10, 10)
    other = await shelf.buy_there(5, paid=False)
    await there.drain()
    await there.market.control(f"orders/{other}/pay")
    await there.settle()
    assert (await shelf.order(other))["part_state"] == "placed"
    assert ((await shelf.row())["available"], (await shelf.item())["stock"]) == (5, 5)
    await assert_invariants(there.stack)


async def test_an_unpaid_order_of_ours_gives_way_and_its_buyer_reads_why(
    there: Elsewhere,
) -> None:
    shelf = await there.a_shop(available=5)
    kept = await an_order_part(shelf.seller, shelf.goods, quantity=2)
    gives_way = await an_order_part(shelf.seller, shelf.goods, quantity=2)
    # The marketplace has not heard of either.
    number = await shelf.buy_there(3)
    await there.settle()
    order = await shelf.order(number)
    assert (order["part_state"], order["short_units"]) == ("placed", 0)
    async with work(SYSTEM):
        states = {row["id"]: row["state"] for row in await rows(
            "SELECT id, state FROM order_part WHERE id = ANY($1::uuid[])",
            [[kept.part_id, gives_way.part_id]])}  # fmt: skip
    assert states == {kept.part_id: "awaiting_payment", gives_way.part_id: "cancelled"}
    told = there.stack.messages.latest(to_phone=gives_way.buyer_phone)
    assert any("Người khác đã trả tiền trước" in one["text"] for one in told)
    await assert_invariants(there.stack)


async def test_a_shortfall_is_never_silent(there: Elsewhere) -> None:
    shelf = await there.a_shop(available=4)
    paid = await an_order_part(shelf.seller, shelf.goods, quantity=3)
    async with work(SYSTEM):
        # Its buyer says that the money was sent: it does not give way.
        await rows(
            "INSERT INTO order_event (id, part_id, producer_id, state, actor, note)"
            " VALUES (gen_random_uuid(), $1, $2, 'awaiting_payment', 'buyer:x',"
            " 'The buyer says: money sent.')",
            [paid.part_id, shelf.seller.producer_id],
        )
    number = await shelf.buy_there(4)
    await there.settle()
    order = await shelf.order(number)
    assert (order["part_state"], order["short_units"]) == ("placed", 3)
    assert await _follow_ups(order["part_id"]) == {CHANNEL_SHORT}
    told = there.stack.messages.latest(to_phone=shelf.seller.phone)
    assert any("không còn đủ" in one["text"] for one in told)
    await there.market.control(f"orders/{number}/cancel")
    await there.settle()
    assert await _follow_ups(order["part_id"]) == set()
    assert ((await shelf.row())["available"], (await shelf.item())["stock"]) == (1, 1)
    await assert_invariants(there.stack)


async def test_a_campaign_keeps_the_number_and_says_so(there: Elsewhere) -> None:
    shelf = await there.a_shop(available=10)
    item = await shelf.item()
    await there.market.control(f"items/{item['item_id']}", reserved=6)
    await an_order_part(shelf.seller, shelf.goods, quantity=7)
    await there.settle()
    row = await shelf.row()
    assert ((await shelf.item())["stock"], row["problem_code"]) == (6, "channel.locked")
    assert (row["problem_who"], row["state"]) == ("marketplace", "due")
    await there.market.control(f"items/{item['item_id']}", reserved=0)
    await there.settle()
    row = await shelf.row()
    assert ((await shelf.item())["stock"], row["problem_code"]) == (3, "")


async def test_a_locked_price_does_not_hold_up_the_number(there: Elsewhere) -> None:
    shelf = await there.a_shop(available=10)
    item = await shelf.item()
    await there.market.control(f"items/{item['item_id']}", price_locked=True)
    async with work(SYSTEM):
        await run("UPDATE variant SET price_vnd = 199000 WHERE id = $1", [shelf.goods.variant_id])
        await emit("listing.changed", shelf.goods.id)
    await an_order_part(shelf.seller, shelf.goods, quantity=1)
    await there.drain()
    assert ((await shelf.item())["stock"], (await shelf.item())["price_vnd"]) == (9, 185_000)
    assert (await shelf.row())["problem_code"] == "shopee.price_locked"
    await there.market.control(f"items/{item['item_id']}", price_locked=False)
    await time_passes()
    await there.settle()
    assert ((await shelf.item())["price_vnd"], (await shelf.row())["problem_code"]) == (199_000, "")


@pytest.mark.parametrize(
    "kind", ["partial_failure", "status_429", "error_busy", "server_error", "garbage"]
)
async def test_a_refusal_is_tried_again_until_both_sides_agree(there: Elsewhere, kind: str) -> None:
    shelf = await there.a_shop()
    await there.market.fault({"kind": kind, "path": "product/", "next": 3})
    await an_order_part(shelf.seller, shelf.goods, quantity=2)
    await there.drain()
    await there.settle()
    assert ((await shelf.item())["stock"], (await shelf.row())["problem_code"]) == (8, "")


async def test_what_must_be_mended_stops_and_goes_on_when_it_was(there: Elsewhere) -> None:
    shelf = await _unworked(there)
    async with work(SYSTEM):
        await run("UPDATE listing SET description = 'ngắn' WHERE id = $1", [shelf.goods.id])
    await there.settle()
    row = await shelf.row()
    assert (row["state"], row["problem_code"]) == ("blocked", "channel.description_short")
    before = await there.market.state()
    await an_order_part(shelf.seller, shelf.goods, quantity=1)
    await there.settle()
    assert (await there.market.state())["items"] == before["items"]
    async with there.stack.browser(shelf.seller.token) as browser:
        page = (await browser.get(f"/producer/channels/{shelf.listing_id}")).text
    assert f"/producer/goods/{shelf.goods.id}" in page
    async with work(SYSTEM):
        words = "Mật ong rừng, đóng chai thủy tinh, dùng trong một năm."
        await run("UPDATE listing SET description = $2 WHERE id = $1", [shelf.goods.id, words])
        await emit("listing.changed", shelf.goods.id)
    await there.settle()
    assert (await shelf.item())["stock"] == 9


async def test_hidden_here_is_hidden_there_and_shown_again(there: Elsewhere) -> None:
    shelf = await there.a_shop()
    await offer.withdraw(shelf.seller.viewer, channel_listing_id=shelf.listing_id)
    await there.settle()
    assert (await shelf.item())["status"] == "UNLIST"
    await offer.put_back(shelf.seller.viewer, channel_listing_id=shelf.listing_id)
    await there.settle()
    assert (await shelf.item())["status"] == "NORMAL"
    async with there.stack.browser(shelf.seller.token) as browser:
        await browser.post(f"/producer/goods/{shelf.goods.id}/pause")
    await there.settle()
    assert (await shelf.item())["status"] == "UNLIST"


async def test_a_forged_push_has_no_effect(there: Elsewhere) -> None:
    shelf = await there.a_shop()
    raw = b'{"code": 3, "shop_id": 1, "timestamp": 1, "data": {"ordersn": "X", "status": "Y"}}'
    async with there.stack.client() as client:
        answer: httpx.Response = await client.post(
            "/hooks/shopee", content=raw, headers={"Authorization": "0" * 64}
        )
    assert answer.status_code == 403
    assert (await shelf.row())["state"] == "in_step"
