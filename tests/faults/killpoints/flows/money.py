"""Money: the bank's notice, the producer's word, cash at the door, an order that cannot be done."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from integrations.contracts.ids import new_id
from market.orders.rules import PaymentMethod
from tests.faults.killpoints.flows.flow import Flow, part_effects
from tests.faults.killpoints.world import Hands
from tests.kit.bank import a_line, signed
from tests.kit.listings import a_live_listing
from tests.kit.orders import Placed, an_order_part
from tests.kit.people import Seller, a_seller


@dataclass(frozen=True)
class Sold:
    """An order part, its producer, and the line that their bank will report."""

    seller: Seller
    placed: Placed
    line: dict[str, Any]

    @property
    def part_id(self) -> UUID:
        """The part's id."""
        return self.placed.part_id


def _bank_id() -> int:
    """Of its own in every process: children share the kit's counter."""
    return new_id().int >> 66


async def _ordered(hands: Hands, method: PaymentMethod = PaymentMethod.BANK_QR) -> Sold:
    seller = await a_seller()
    placed = await an_order_part(seller, await a_live_listing(seller), method=method)
    await hands.drain()
    line = a_line(seller.account, placed.total_vnd, f"CK {placed.reference}", event_id=_bank_id())
    return Sold(seller, placed, line)


async def _by_cash(hands: Hands) -> Sold:
    return await _ordered(hands, PaymentMethod.CASH_ON_DELIVERY)


async def _part(hands: Hands, sold: Sold) -> dict[str, Any]:
    return await part_effects(sold.part_id)


async def _notice(hands: Hands, sold: Sold) -> None:
    """The bank sends its notice until it is answered, and again after that."""
    raw, headers = signed(hands.stack, sold.line)
    answer = await hands.post("/hooks/sepay", content=raw, headers=headers)
    assert answer.status_code == 200, answer.text
    await hands.drain()


BANK_EVENT = Flow(
    name="bank event",
    about="the bank sends its notice again",
    prepare=_ordered,
    act=_notice,
    effects=_part,
    expected={
        "state": "placed",
        "payment": "settled",
        "evidence": "bank_event",
        "events": 2,
        "booked": 1,
        "lines": 1,
        "off_shelf": 2,
        "movements": 2,
    },
    messages=("order.buyer", "order.producer"),
)


async def _press(hands: Hands, sold: Sold, step: str, **body: str) -> None:
    """One button of the producer; what has moved on refuses kindly."""
    answer = await hands.post(
        f"/api/v1/order-parts/{sold.part_id}/{step}", sold.seller.token, json=body or None
    )
    assert answer.status_code in (200, 409), answer.text
    await hands.drain()


async def _tap(hands: Hands, sold: Sold) -> None:
    """The money is in the bank app; then the order is done, button by button."""
    await _press(hands, sold, "money", said="received")
    for step in ("confirm", "hand-over", "complete"):
        await _press(hands, sold, step)


TAP = Flow(
    name="tap",
    about="the producer presses each button again",
    prepare=_ordered,
    act=_tap,
    effects=_part,
    expected={
        "state": "completed",
        "payment": "settled",
        "evidence": "seller",
        "events": 5,
        "booked": 1,
        "words": 1,
        "audited": 1,
        "off_shelf": 2,
        "movements": 2,
    },
    messages=("order.buyer",) * 4 + ("order.producer",),
)


async def _cash(hands: Hands, sold: Sold) -> None:
    """Confirmed, handed over, paid at the door."""
    for step in ("confirm", "hand-over", "paid"):
        await _press(hands, sold, step)


CASH = Flow(
    name="cash",
    about="the producer presses each button again",
    prepare=_by_cash,
    act=_cash,
    effects=_part,
    expected={
        "state": "completed",
        "payment": "settled",
        "evidence": "cash",
        "events": 4,
        "booked": 1,
        "audited": 1,
        "off_shelf": 2,
        "movements": 2,
    },
    messages=("order.buyer",) * 3,
)


async def _cannot(hands: Hands, sold: Sold) -> None:
    """Paid by bank, and then the producer cannot do it: the money is asked back."""
    await _notice(hands, sold)
    await _press(hands, sold, "cannot", reason="Hết hàng")


CANNOT = Flow(
    name="cannot",
    about="the notice again; the producer presses again",
    prepare=_ordered,
    act=_cannot,
    effects=_part,
    expected={
        "state": "cancelled",
        "payment": "settled",
        "evidence": "bank_event",
        "events": 3,
        "booked": 1,
        "reversed": 1,
        "lines": 1,
        "audited": 1,
        "movements": 3,
        "follow_ups": 1,
        "open": 1,
    },
    messages=("order.buyer",) * 2 + ("order.producer",) * 2,
)
