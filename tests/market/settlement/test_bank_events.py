"""Bank notices: twice, out of order, forged, short, over, late, after the tap: one effect."""

import asyncio
import itertools
import json
from typing import Any
from uuid import UUID

from integrations.contracts.viewer import SYSTEM
from integrations.runtime.database import rows, run, value, work
from integrations.runtime.outbox import due_rows, run_row
from market.catalog.service import stock as shelf
from market.settlement.service import buyer_says_paid, look_at_clocks, say_money
from market.worker import ROUTES
from tests.kit.bank import a_line, knock, money_arrives
from tests.kit.invariants import assert_invariants
from tests.kit.listings import Goods, a_live_listing
from tests.kit.orders import Placed, an_order_part
from tests.kit.people import Seller, a_seller
from tests.kit.stack import Stack


async def _story(
    stack: Stack, *, available: int = 10, quantity: int = 2
) -> tuple[Seller, Goods, Placed]:
    seller = await a_seller()
    goods = await a_live_listing(seller, price_vnd=92_500, available=available)
    return seller, goods, await an_order_part(seller, goods, quantity=quantity)


async def _seen(placed: Placed) -> dict[str, Any]:
    """State of part and payment, units left, what is open, how often the books were written."""
    async with work(SYSTEM):
        found = await rows(
            "SELECT p.state, y.state AS payment, y.received_vnd, y.evidence, y.confirmed_at,"
            " (SELECT count(*)::int FROM ledger_transaction t"
            "  WHERE t.reference = 'settle:' || y.id)"
            " AS posted,"
            " (SELECT coalesce(jsonb_object_agg(f.kind, f.details), '{}') FROM follow_up f"
            "  WHERE f.subject_id = p.id AND f.closed_at IS NULL) AS open,"
            " (SELECT count(*)::int FROM order_event e WHERE e.part_id = p.id"
            "  AND e.state = 'placed') AS times_placed"
            " FROM order_part p JOIN payment y ON y.part_id = p.id WHERE p.id = $1",
            [placed.part_id],
        )
    opened = found[0]["open"]
    return {**found[0], "open": json.loads(opened) if isinstance(opened, str) else opened}


async def _left(goods: Goods) -> int:
    async with work(SYSTEM):
        return int(await value("SELECT available FROM variant WHERE id = $1", [goods.variant_id]))


async def _let_time_pass(placed: Placed, *, minutes: int = 31) -> None:
    """The reservation's end lies in the past now, for the database's clock."""
    async with work(SYSTEM):
        await run(
            "UPDATE order_part SET expires_at = expires_at - make_interval(mins => $2)"
            " WHERE id = $1",
            [placed.part_id, minutes],
        )
        await run(
            "UPDATE payment SET expires_at = expires_at - make_interval(mins => $2)"
            " WHERE part_id = $1",
            [placed.part_id, minutes],
        )


async def test_the_exact_amount_settles_once_however_often_it_is_told(stack: Stack) -> None:
    seller, goods, placed = await _story(stack)
    line = a_line(seller.account, 185_000, f"MBVCB.1457 {placed.reference.lower()} CT tu 0123")
    for _ in range(3):
        assert (await knock(stack, line)).json() == {"success": True}
    await stack.drain()
    await knock(stack, line)
    await stack.drain()
    seen = await _seen(placed)
    assert (seen["state"], seen["payment"], seen["received_vnd"]) == ("placed", "settled", 185_000)
    assert (seen["posted"], seen["times_placed"], seen["evidence"]) == (1, 1, "bank_event")
    assert await _left(goods) == 8
    told = [m["text"] for m in stack.messages.latest(to_phone=seller.phone)]
    assert len(told) == 1 and "182.225" in told[0] and "Bưởi Phúc Trạch" in told[0]
    await assert_invariants(stack)


async def test_a_forged_or_old_notice_leaves_nothing(stack: Stack) -> None:
    seller, _, placed = await _story(stack)
    line = a_line(seller.account, 185_000, placed.reference)
    assert (await knock(stack, line, secret="not ours")).status_code == 403
    assert (await knock(stack, line, shift_s=-600)).status_code == 403
    assert (await knock(stack, b"x" * (65 * 1024))).status_code == 413
    async with work(SYSTEM):
        known = await value(
            "SELECT count(*) FROM inbox WHERE provider_event_id = $1", [str(line["id"])]
        )
    assert known == 0 and (await _seen(placed))["payment"] == "awaiting"


async def test_a_signed_notice_that_cannot_be_read_is_kept_for_staff(stack: Stack) -> None:
    assert (await knock(stack, b'{"hello": 1}')).status_code == 200
    await stack.drain()
    async with work(SYSTEM):
        assert await value("SELECT count(*) FROM follow_up WHERE kind = 'bank.unreadable'") == 1


async def test_short_waits_for_the_rest(stack: Stack) -> None:
    seller, _, placed = await _story(stack)
    await money_arrives(stack, seller.account, 100_000, placed.reference)
    seen = await _seen(placed)
    assert (seen["state"], seen["received_vnd"]) == ("awaiting_payment", 100_000)
    assert "payment.short" in seen["open"]
    buyer = stack.messages.latest(to_phone=placed.buyer_phone)[0]["text"]
    assert "85.000" in buyer and "/o/" in buyer
    await money_arrives(stack, seller.account, 85_000, placed.reference)
    seen = await _seen(placed)
    assert (seen["state"], seen["received_vnd"], seen["open"]) == ("placed", 185_000, {})
    await assert_invariants(stack)


async def test_short_and_never_the_rest_goes_back(stack: Stack) -> None:
    seller, goods, placed = await _story(stack)
    await money_arrives(stack, seller.account, 100_000, placed.reference)
    await _let_time_pass(placed)
    await look_at_clocks()
    seen = await _seen(placed)
    assert seen["state"] == "expired" and await _left(goods) == 10
    assert seen["open"]["payment.refund"]["refund_vnd"] == 100_000
    await assert_invariants(stack)


async def test_over_settles_and_the_rest_goes_back(stack: Stack) -> None:
    seller, _, placed = await _story(stack)
    await money_arrives(stack, seller.account, 200_000, placed.reference)
    await money_arrives(stack, seller.account, 5_000, placed.reference)
    seen = await _seen(placed)
    assert (seen["state"], seen["posted"]) == ("placed", 1)
    # One follow-up for the whole: 15,000 too much, and 5,000 once more.
    assert seen["open"]["payment.refund"]["refund_vnd"] == 20_000
    await assert_invariants(stack)


async def test_late_money_takes_the_goods_again_while_they_are_there(stack: Stack) -> None:
    seller, goods, placed = await _story(stack)
    await _let_time_pass(placed)
    await look_at_clocks()
    assert (await _seen(placed))["state"] == "expired" and await _left(goods) == 10
    await money_arrives(stack, seller.account, 185_000, placed.reference)
    seen = await _seen(placed)
    assert (seen["state"], seen["payment"], seen["open"]) == ("placed", "settled", {})
    assert await _left(goods) == 8
    await assert_invariants(stack)


async def test_late_money_without_goods_goes_back(stack: Stack) -> None:
    seller, goods, placed = await _story(stack, available=2)
    await _let_time_pass(placed)
    await look_at_clocks()
    await an_order_part(seller, goods, quantity=1)
    await money_arrives(stack, seller.account, 185_000, placed.reference)
    seen = await _seen(placed)
    assert (seen["state"], seen["payment"], seen["posted"]) == ("expired", "expired", 0)
    assert seen["open"]["payment.refund"]["refund_vnd"] == 185_000
    await assert_invariants(stack)


async def test_the_bank_agrees_with_the_tap(stack: Stack) -> None:
    seller, goods, placed = await _story(stack)
    assert await say_money(part_id=placed.part_id, actor=seller.viewer, received=True) == "settled"
    await money_arrives(stack, seller.account, 185_000, placed.reference)
    seen = await _seen(placed)
    assert (seen["evidence"], seen["posted"], seen["open"]) == ("seller", 1, {})
    assert seen["confirmed_at"] is not None and await _left(goods) == 8
    await assert_invariants(stack)


async def test_the_bank_contradicts_the_tap(stack: Stack) -> None:
    seller, _, placed = await _story(stack)
    await say_money(part_id=placed.part_id, actor=seller.viewer, received=True)
    await money_arrives(stack, seller.account, 150_000, placed.reference)
    seen = await _seen(placed)
    assert (seen["state"], seen["confirmed_at"]) == ("placed", None)
    assert seen["open"]["payment.contradiction"]["received_vnd"] == 150_000
    await assert_invariants(stack)


async def test_the_seller_contradicts_the_bank(stack: Stack) -> None:
    seller, _, placed = await _story(stack)
    await money_arrives(stack, seller.account, 185_000, placed.reference)
    said = await say_money(part_id=placed.part_id, actor=seller.viewer, received=False)
    assert said == "contradicts"
    assert "payment.contradiction" in (await _seen(placed))["open"]
    await assert_invariants(stack)


async def test_the_tap_after_the_event_changes_nothing(stack: Stack) -> None:
    seller, _, placed = await _story(stack)
    await money_arrives(stack, seller.account, 185_000, placed.reference)
    assert await say_money(part_id=placed.part_id, actor=seller.viewer, received=True) == "already"
    assert (await _seen(placed))["posted"] == 1
    await assert_invariants(stack)


async def test_two_phones_tap_at_once(stack: Stack) -> None:
    seller, goods, placed = await _story(stack)
    said = await asyncio.gather(
        *(say_money(part_id=placed.part_id, actor=seller.viewer, received=True) for _ in range(4))
    )
    assert sorted(said) == ["already", "already", "already", "settled"]
    seen = await _seen(placed)
    assert (seen["posted"], seen["times_placed"]) == (1, 1) and await _left(goods) == 8
    await assert_invariants(stack)


async def test_not_seen_is_told_kindly_and_a_later_event_settles(stack: Stack) -> None:
    seller, _, placed = await _story(stack)
    said = await say_money(part_id=placed.part_id, actor=seller.viewer, received=False)
    await stack.drain()
    assert said == "not_seen"
    assert "chưa thấy" in stack.messages.latest(to_phone=placed.buyer_phone)[0]["text"]
    await money_arrives(stack, seller.account, 185_000, placed.reference)
    assert (await _seen(placed))["state"] == "placed"
    await assert_invariants(stack)


async def test_money_on_another_account_is_for_staff(stack: Stack) -> None:
    _, _, placed = await _story(stack)
    other = await a_seller(name="HTX Cửa Lạch")
    await money_arrives(stack, other.account, 185_000, placed.reference)
    assert (await _seen(placed))["payment"] == "awaiting"
    async with work(SYSTEM):
        opened = await rows(
            "SELECT for_role FROM follow_up WHERE kind = 'payment.wrong_account'"
            " AND details->>'reference' = $1",
            [placed.reference],
        )
    assert [row["for_role"] for row in opened] == ["finance_staff"]


async def test_money_without_a_reference_brings_suggestions(stack: Stack) -> None:
    seller, _, placed = await _story(stack)
    await money_arrives(stack, seller.account, 185_000, "tien buoi")
    async with work(SYSTEM):
        opened = await rows(
            "SELECT details FROM follow_up WHERE kind = 'payment.unknown' AND producer_id = $1",
            [seller.producer_id],
        )
    assert len(opened) == 1 and placed.reference in str(opened[0]["details"])
    assert (await _seen(placed))["payment"] == "awaiting"


async def test_the_sellers_own_affairs_are_not_kept(stack: Stack) -> None:
    seller, _, placed = await _story(stack)
    await money_arrives(stack, seller.account, 999, "qua sinh nhat con")
    line = a_line(seller.account, 185_000, placed.reference, direction="out")
    assert (await knock(stack, line)).status_code == 200
    await stack.drain()
    async with work(SYSTEM):
        kept = await rows(
            "SELECT content, outcome FROM bank_event WHERE producer_id = $1 ORDER BY created_at",
            [seller.producer_id],
        )
        asked = await value(
            "SELECT count(*) FROM follow_up WHERE producer_id = $1", [seller.producer_id]
        )
    assert kept[0] == {"content": "", "outcome": "unknown_reference"}
    assert kept[1]["outcome"] == "outgoing" and asked == 0
    assert (await _seen(placed))["payment"] == "awaiting"


async def test_events_in_any_order_end_the_same(stack: Stack) -> None:
    for order in ((100_000, 85_000), (85_000, 100_000)):
        seller, goods, placed = await _story(stack)
        for amount_vnd in order:
            answer = await knock(stack, a_line(seller.account, amount_vnd, placed.reference))
            assert answer.status_code == 200
        await stack.drain()
        seen = await _seen(placed)
        assert (seen["state"], seen["received_vnd"], seen["posted"]) == ("placed", 185_000, 1)
        assert await _left(goods) == 8 and seen["open"] == {}
    await assert_invariants(stack)


async def test_a_worker_killed_between_inbox_and_settlement_loses_nothing(stack: Stack) -> None:
    seller, _, placed = await _story(stack)
    await stack.drain()
    await knock(stack, a_line(seller.account, 185_000, placed.reference))
    async with work(SYSTEM):
        # As a worker leaves it that took the row and died: leased, not done.
        left = await run(
            "UPDATE outbox SET lease_until = now() + interval '1 hour', fence = fence + 1,"
            " attempts = 1 WHERE state = 'pending'"
        )
    assert left == 1 and await stack.drain() == 0
    assert (await _seen(placed))["payment"] == "awaiting"
    async with work(SYSTEM):
        await run("UPDATE outbox SET lease_until = now() WHERE state = 'pending'")
    await stack.drain()
    seen = await _seen(placed)
    assert (seen["state"], seen["posted"]) == ("placed", 1)
    await assert_invariants(stack)


async def _raced(stack: Stack, ids: list[UUID]) -> None:
    await asyncio.gather(*(run_row(stack.ctx, one, routes=ROUTES) for one in ids))


async def test_two_workers_race_for_the_same_events(stack: Stack) -> None:
    seller, goods, placed = await _story(stack)
    await stack.drain()
    for amount_vnd in (100_000, 85_000, 185_000):
        await knock(stack, a_line(seller.account, amount_vnd, placed.reference))
    while due := await due_rows():
        await _raced(stack, [row[0] for row in due for _ in range(3)])
    seen = await _seen(placed)
    assert (seen["state"], seen["posted"], seen["times_placed"]) == ("placed", 1, 1)
    assert seen["received_vnd"] == 370_000 and await _left(goods) == 8
    assert seen["open"]["payment.refund"]["refund_vnd"] == 185_000
    await assert_invariants(stack)


async def test_expiry_and_settlement_race(stack: Stack) -> None:
    for _ in range(5):
        seller, goods, placed = await _story(stack)
        await _let_time_pass(placed)
        await asyncio.gather(
            look_at_clocks(),
            say_money(part_id=placed.part_id, actor=seller.viewer, received=True),
            look_at_clocks(),
        )
        # Whoever was first: late money takes the same goods again.
        seen = await _seen(placed)
        assert (seen["state"], seen["payment"], seen["posted"]) == ("placed", "settled", 1)
        assert await _left(goods) == 8
    await assert_invariants(stack)


async def test_a_buyer_who_says_sent_is_waited_for_once(stack: Stack) -> None:
    seller, goods, placed = await _story(stack)
    assert await buyer_says_paid(order_id=placed.order_id, part_id=placed.part_id)
    assert not await buyer_says_paid(order_id=placed.order_id, part_id=placed.part_id)
    assert not await buyer_says_paid(order_id=placed.part_id, part_id=placed.part_id)
    await _let_time_pass(placed)
    await look_at_clocks()
    await stack.drain()
    seen = await _seen(placed)
    assert seen["state"] == "awaiting_payment" and "payment.look" in seen["open"]
    assert placed.number in stack.messages.latest(to_phone=seller.phone)[0]["text"]
    await _let_time_pass(placed)
    await look_at_clocks()
    seen = await _seen(placed)
    assert seen["state"] == "expired" and "payment.look" in seen["open"]
    assert await _left(goods) == 10
    # The producer finds it in the bank app after all.
    assert await say_money(part_id=placed.part_id, actor=seller.viewer, received=True) == "settled"
    assert await _left(goods) == 8 and (await _seen(placed))["open"] == {}
    await assert_invariants(stack)


async def test_the_seller_taps_after_the_goods_are_gone(stack: Stack) -> None:
    seller, goods, placed = await _story(stack, available=2)
    await _let_time_pass(placed)
    await look_at_clocks()
    async with work(SYSTEM):
        await shelf.set_stock(variant_id=goods.variant_id, available=0, reference="kit")
    assert await say_money(part_id=placed.part_id, actor=seller.viewer, received=True) == "gone"
    assert (await _seen(placed))["open"]["payment.refund"]["refund_vnd"] == 185_000
    await assert_invariants(stack)


async def test_the_rest_after_the_tap_ends_the_contradiction(stack: Stack) -> None:
    seller, _, placed = await _story(stack)
    await say_money(part_id=placed.part_id, actor=seller.viewer, received=True)
    await money_arrives(stack, seller.account, 150_000, placed.reference)
    assert "payment.contradiction" in (await _seen(placed))["open"]
    await money_arrives(stack, seller.account, 35_000, placed.reference)
    seen = await _seen(placed)
    assert seen["confirmed_at"] is not None and seen["open"] == {}
    await assert_invariants(stack)


async def test_a_buyer_who_says_sent_after_the_end_is_heard(stack: Stack) -> None:
    seller, _, placed = await _story(stack)
    await _let_time_pass(placed)
    await look_at_clocks()
    assert await buyer_says_paid(order_id=placed.order_id, part_id=placed.part_id)
    assert "payment.look" in (await _seen(placed))["open"]
    await say_money(part_id=placed.part_id, actor=seller.viewer, received=False)
    assert (await _seen(placed))["open"] == {}
    assert await say_money(part_id=placed.part_id, actor=seller.viewer, received=True) == "settled"
    await assert_invariants(stack)


async def test_every_order_of_event_tap_and_expiry_ends_the_same(stack: Stack) -> None:
    for order in itertools.permutations(("event", "again", "tap", "expiry")):
        seller, goods, placed = await _story(stack)
        line = a_line(seller.account, 185_000, placed.reference)
        for step in order:
            if step == "tap":
                await say_money(part_id=placed.part_id, actor=seller.viewer, received=True)
            elif step == "expiry":
                await _let_time_pass(placed)
                await look_at_clocks()
            else:
                assert (await knock(stack, line)).status_code == 200
                await stack.drain()
        seen = await _seen(placed)
        told = (seen["state"], seen["payment"], seen["posted"], seen["received_vnd"])
        assert told == ("placed", "settled", 1, 185_000), order
        assert await _left(goods) == 8 and seen["open"] == {}, order
    await assert_invariants(stack)
