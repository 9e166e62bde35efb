"""Six notices of one payment in all 720 orders, each 1 to 20 times: one final state."""

import asyncio
import itertools
import random
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final
from uuid import UUID

import orjson
import pytest

from integrations.contracts.ports import Ports
from integrations.contracts.viewer import SYSTEM, Role
from integrations.runtime import inbox
from integrations.runtime.database import rows, run, work
from market.orders.rules import PaymentMethod
from market.payments.service import cards as card_rows
from market.payments.service.cards import CardShare
from market.settlement.schemas import RefundIn
from market.settlement.service import cards, give_back
from market.settlement.service.cards.events import apply_event
from tests.kit.invariants import assert_invariants
from tests.kit.listings import Goods, a_live_listing
from tests.kit.orders import Placed, an_order_part
from tests.kit.people import Seller, Someone, a_seller, a_staff
from tests.kit.stack import Stack
from tests.market.payments.kit import Bought, CardShop, books
from tests.market.payments.near import NearCards

# As they happen: the money comes later, half of it goes back, then the rest, then a dispute.
HAPPENED: Final = (
    "checkout.session.completed",
    "payment_intent.succeeded",
    "checkout.session.async_payment_succeeded",
    "refund.created:0",
    "refund.created:1",
    "charge.dispute.created",
)
ORDERS: Final = tuple(itertools.permutations(range(6)))
LANES: Final = 6
SEED: Final = 720


@dataclass
class Story:
    """One payment whose notices come in one order."""

    stack: Stack
    vendor: NearCards
    staff: Someone
    seller: Seller
    goods: Goods
    placed: Placed
    checkout_id: UUID
    random: random.Random
    done: int = 0
    events: dict[int, dict[str, Any]] = field(default_factory=dict)

    @property
    def ports(self) -> Ports:
        """With the vendor that needs no wire."""
        return replace(self.stack.ports, cards=self.vendor)

    async def reach(self, step: int) -> None:
        """Let everything happen that lies before a notice, and what it tells of."""
        while self.done <= step:
            await self._happen(self.done)
            self.done += 1

    async def _happen(self, step: int) -> None:
        till, find = self.vendor.desk.till, self.vendor.desk.books.find
        before = len(self.vendor.desk.books.state.events)
        if step == 1:
            return  # comes with the next
        page = find("checkout.session", await self._session())
        if step == 0:
            till.pay(page, "later")
        elif step == 2:
            till.settle(page, ok=True)
        elif step in (3, 4):
            # The buyer is back before any notice, or one has come: the part is paid.
            await cards.look_at_checkout(checkout_id=self.checkout_id, ports=self.ports)
            await self._refund_without_answer(whole=step == 4)
        else:
            till.open_dispute(find("payment_intent", page["payment_intent"]), None, "fraudulent")
        new = self.vendor.desk.books.state.events[before:]
        for told in (1, 2) if step == 2 else (step,):
            kind = HAPPENED[told].partition(":")[0]
            self.events[told] = next(one for one in new if one["type"] == kind)

    async def _session(self) -> str:
        async with work(SYSTEM):
            found = await rows(
                "SELECT session_id FROM card_checkout WHERE id = $1", [self.checkout_id]
            )
        return str(found[0]["session_id"])

    async def _refund_without_answer(self, *, whole: bool) -> None:
        """Staff ask, the vendor does it, and the answer is lost: only the notice tells."""
        wanted = RefundIn(amount_vnd=None if whole else 50_000, whole=whole, reason="Vỡ")
        asked = await give_back(
            part_id=self.placed.part_id,
            actor=self.staff.viewer,
            wanted=wanted,
            key=f"{self.placed.part_id}:{whole}",
        )
        async with work(SYSTEM):
            await card_rows.mark_refund_sent(asked.id)
            row = await card_rows.lock_refund(asked.id)
        assert row is not None
        await self.vendor.refund(
            row["payment_id"], row["amount_vnd"], reference=str(asked.id), key=row["key"]
        )

    async def deliver(self, told: int, times: int) -> None:
        """One notice so often: kept once, worked twice, and once more under another id."""
        event = self.events[told]
        raw = orjson.dumps(event)
        for _ in range(times):
            await inbox.receive("stripe", event["id"], raw, fact="card.event_received")
        async with work(SYSTEM):
            kept = await rows(
                "SELECT id FROM inbox WHERE provider = 'stripe' AND provider_event_id = $1",
                [event["id"]],
            )
        await cards.work_card_event(inbox_id=kept[0]["id"], ports=self.ports)
        if times > 1:
            await cards.work_card_event(inbox_id=kept[0]["id"], ports=self.ports)
        if self.random.random() < 0.1:
            # The vendor tells of one change by two notices of their own.
            await apply_event(self.vendor.parse(raw), self.vendor)

    async def tell(self, order: tuple[int, ...]) -> None:
        """All six in this order; the world runs ahead of its notices, or keeps in step."""
        if self.random.random() < 0.5:
            await self.reach(5)
        for told in order:
            await self.reach(told if told != 1 else 2)
            await self.deliver(told, _times(self.random))


def _times(chance: random.Random) -> int:
    """1 to 20, mostly few."""
    return chance.randint(1, 20) if chance.random() < 0.15 else chance.randint(1, 3)


async def a_story(
    stack: Stack, vendor: NearCards, staff: Someone, seller: Seller, goods: Goods
) -> Story:
    """An order whose page is open."""
    placed = await an_order_part(seller, goods, method=PaymentMethod.CARD)
    async with work(SYSTEM):
        share = CardShare(placed.part_id, seller.producer_id, placed.total_vnd)
        checkout_id = await cards.expect_card(order_id=placed.order_id, shares=[share])
    chance = random.Random(SEED)
    story = Story(stack, vendor, staff, seller, goods, placed, checkout_id, chance)
    await cards.open_page(checkout_id=checkout_id, ports=story.ports, settings=stack.settings)
    return story


_STATE = """
SELECT p.state, y.state AS payment, y.received_vnd, k.state AS page, c.paid, c.late, c.frozen,
  c.refunded_vnd,
  (SELECT array_agg(r.state || ':' || r.amount_vnd ORDER BY r.amount_vnd) FROM card_refund r
   WHERE r.part_id = p.id) AS refunds,
  (SELECT array_agg(d.state || ':' || d.funds) FROM card_dispute d WHERE d.checkout_id = k.id)
    AS disputes,
  (SELECT array_agg(e.state::text ORDER BY e.state) FROM order_event e WHERE e.part_id = p.id)
    AS steps,
  (SELECT array_agg(f.kind ORDER BY f.kind) FROM follow_up f WHERE f.closed_at IS NULL
   AND (f.subject_id = p.id OR f.subject_id IN (SELECT d.id FROM card_dispute d
        WHERE d.checkout_id = k.id))) AS to_do,
  (SELECT array_agg(b.name ORDER BY b.name) FROM outbox b WHERE b.kind = 'fact'
   AND b.subject_id IN (p.id::text, y.id::text)
   AND b.name IN ('card.refunded', 'payment.settled', 'order.part_placed')) AS told
FROM order_part p JOIN payment y ON y.part_id = p.id
JOIN card_part c ON c.part_id = p.id JOIN card_checkout k ON k.id = c.checkout_id
WHERE p.id = $1
"""


async def final_state(story: Story) -> dict[str, Any]:
    """All that must be the same whatever came first."""
    async with work(SYSTEM):
        (seen,) = await rows(_STATE, [story.placed.part_id])
    bought = Bought(
        "", story.placed.order_id, {}, [story.seller], [story.goods], [story.placed.part_id]
    )
    return {**seen, "books": await books(bought)}


WANTED: Final = {
    "state": "cancelled",
    "payment": "settled",
    "received_vnd": 185_000,
    "page": "paid",
    "paid": True,
    "late": False,
    "frozen": True,
    "refunded_vnd": 185_000,
    "refunds": ["succeeded:50000", "succeeded:135000"],
    "disputes": ["needs_response:withdrawn"],
    "steps": ["awaiting_payment", "cancelled", "placed"],
    "to_do": ["card.dispute"],
    "told": ["card.refunded", "card.refunded", "order.part_placed", "payment.settled"],
}


async def _clear_away() -> None:
    """What would be sent to people is not sent: thousands of messages."""
    async with work(SYSTEM):
        await run("UPDATE outbox SET state = 'done', done_at = now() WHERE state = 'pending'")


@pytest.mark.nightly
async def test_all_720_orders_of_six_notices_end_the_same(stack: Stack) -> None:
    await the_same_end(stack, ORDERS)


async def test_each_sixth_of_the_720_orders_ends_the_same(stack: Stack) -> None:
    await the_same_end(stack, ORDERS[::6])


async def the_same_end(stack: Stack, orders: Sequence[tuple[int, ...]]) -> None:
    """Tell a story in each of `orders`; all of them come to what we want."""
    staff = await a_staff(Role.FINANCE_STAFF)

    async def lane(first: int) -> list[dict[str, Any]]:
        vendor, seller = NearCards(), await a_seller()
        goods = await a_live_listing(seller, price_vnd=92_500, available=999)
        ends = []
        for order in orders[first::LANES]:
            made = await a_story(stack, vendor, staff, seller, goods)
            story = replace(made, random=random.Random(f"{SEED}:{order}"))
            await story.tell(order)
            ends.append(await final_state(story))
        return ends

    told = await asyncio.gather(*(lane(first) for first in range(LANES)))
    ends = [end for of_lane in told for end in of_lane]
    assert len(ends) == len(orders)
    others = [end for end in ends if end != ends[0]]
    assert others == [], f"{len(others)} of {len(ends)} ended otherwise"
    assert {name: ends[0][name] for name in WANTED} == WANTED
    assert "payable:seller:A:pending" not in ends[0]["books"]
    await _clear_away()
    await assert_invariants(stack)


async def test_some_orders_over_the_wire(shop: CardShop) -> None:
    """The same six through signature, inbox, worker, SDK and HTTP."""
    chance = random.Random(SEED)
    ends = []
    for order in chance.sample(ORDERS, 4):
        bought = await shop.buy()
        session_id = await shop.pay(bought, "later")
        await shop.cards.tell("settle", session=session_id, ok=True)
        await shop.get(f"/o/{bought.token}/card/done")
        staff = await a_staff(Role.FINANCE_STAFF)
        for body in ({"amount_vnd": 50_000}, {"whole": True}):
            path = f"/api/v1/order-parts/{bought.part_id}/refunds"
            await shop.post(path, {"reason": "Vỡ"} | body, token=staff.token)
        await shop.stack.drain()
        page = (await shop.cards.objects("checkout.session"))[-1]
        await shop.cards.tell("dispute", payment=page["payment_intent"])
        made = [e for e in await shop.cards.events() if _about(e, page["payment_intent"])]
        six = _six(made)
        for told in order:
            event = six[told]
            await shop.deliver(event["type"], event["data"]["object"]["id"], times=_times(chance))
        ends.append(await books(bought))
    assert all(end == ends[0] for end in ends)
    await assert_invariants(shop.stack)


def _about(event: dict[str, Any], payment_id: str) -> bool:
    subject = event["data"]["object"]
    return payment_id in (subject["id"], subject.get("payment_intent"))


def _six(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    kinds = [kind.partition(":") for kind in HAPPENED]
    return [
        [event for event in events if event["type"] == kind][int(nth or 0)]
        for kind, _, nth in kinds
    ]


async def test_forged_foreign_and_old_notices_have_no_effect(shop: CardShop) -> None:
    bought = await shop.buy()
    session_id = await shop.pay(bought)
    event = next(e for e in await shop.cards.events() if e["type"] == "checkout.session.completed")
    async with shop.stack.client() as client:
        raw, headers = await shop.cards.notice(event["id"])
        forged = raw.replace(b"completed", b"complete.")
        for body, sent in (
            (forged, headers),
            (raw, {"Stripe-Signature": "t=1,v1=00"}),
            (raw, {}),
        ):
            answer = await client.post("/hooks/stripe", content=body, headers=sent)
            assert answer.status_code == 403
    await shop.cards.tell("faults", shift_s=-900)
    assert await shop.deliver("checkout.session.completed", session_id) == 0
    await shop.cards.tell("faults")
    async with work(SYSTEM):
        assert not await rows("SELECT 1 FROM inbox WHERE provider_event_id = $1", [event["id"]])
        (seen,) = await rows("SELECT state FROM order_part WHERE id = $1", [bought.part_id])
    assert seen["state"] == "awaiting_payment"
    # Another house's page at the same vendor: money came, nobody's order moves, staff look.
    foreign = await shop.cards.a_page(reference="somebody-else", key="foreign")
    await shop.cards.tell("pay", session=foreign.id)
    await shop.deliver("checkout.session.completed", foreign.id, times=3)
    async with work(SYSTEM):
        to_do = await rows(
            "SELECT details->>'received_vnd' AS vnd FROM follow_up WHERE kind = 'card.unknown'"
            " AND details->>'reference' = $1",
            [foreign.id],
        )
    assert [row["vnd"] for row in to_do] == ["185000"]
    # A page that names our order, over another sum.
    other = await shop.buy()
    async with work(SYSTEM):
        (page,) = await rows("SELECT id FROM card_checkout WHERE order_id = $1", [other.order_id])
        await run("UPDATE card_checkout SET session_id = '' WHERE id = $1", [page["id"]])
    cheap = await shop.cards.a_page(reference=str(page["id"]), amount_vnd=20_000, key="cheap")
    await shop.cards.tell("pay", session=cheap.id)
    await shop.deliver("checkout.session.completed", cheap.id)
    async with work(SYSTEM):
        (seen,) = await rows("SELECT state FROM order_part WHERE id = $1", [other.part_id])
    assert seen["state"] == "awaiting_payment"
    await shop.deliver("checkout.session.completed", session_id)
    await assert_invariants(shop.stack)


async def test_what_was_never_delivered_is_found_at_night(shop: CardShop) -> None:
    bought, lost = await shop.buy(), await shop.buy()
    for one in (bought, lost):
        await shop.pay(one)
    assert await cards.catch_up(ports=shop.stack.ports) >= 2
    async with work(SYSTEM):
        found = await rows(
            "SELECT state FROM order_part WHERE id = ANY($1)", [[bought.part_id, lost.part_id]]
        )
    assert [row["state"] for row in found] == ["placed", "placed"]
    assert await cards.catch_up(ports=shop.stack.ports) == 0
    assert await shop.deliver("checkout.session.completed") == 2
    await assert_invariants(shop.stack)
