"""Cards: the page opened, the vendor's notices, money given back."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from integrations.contracts.ids import new_id
from integrations.contracts.viewer import SYSTEM, Role
from integrations.runtime.database import rows, value, work
from market.settlement.schemas import RefundIn
from market.settlement.service import cards
from tests.faults.killpoints.flows.flow import Flow, part_effects
from tests.faults.killpoints.flows.orders import Cart, codes_of, place
from tests.faults.killpoints.world import Hands
from tests.kit.listings import a_live_listing
from tests.kit.people import Someone, a_phone, a_seller, a_staff

_CARD = """
SELECT p.id AS part_id, k.id AS checkout_id, k.session_id, k.payment_id, k.state
FROM orders o JOIN order_part p ON p.order_id = o.id JOIN card_checkout k ON k.order_id = o.id
WHERE o.buyer_phone = $1 ORDER BY k.id DESC
"""


async def _cart(hands: Hands) -> Cart:
    goods = await a_live_listing(await a_seller(), price_vnd=92_500, available=5)
    (code,) = await codes_of([goods])
    return Cart(str(new_id()), a_phone(), ((goods, 2),), {code: "card"})


async def _card_of(phone: str) -> dict[str, Any]:
    async with work(SYSTEM):
        return (await rows(_CARD, [phone]))[0]


async def _deliver(hands: Hands, object_id: str) -> None:
    """What the vendor has told about one object, in its order, signed anew."""
    for event in await hands.outside("GET", f"/caught/{object_id}"):
        notice = await hands.outside("GET", f"/stripe/_control/notices/{event['id']}")
        answer = await hands.post(
            "/hooks/stripe", content=notice["raw"].encode(), headers=notice["headers"]
        )
        assert answer.status_code == 200, answer.text
    await hands.drain()


async def _told(hands: Hands, object_id: str) -> None:
    """The notice is on its way: the stand-in sends it in a task of its own."""
    for _ in range(200):
        if await hands.outside("GET", f"/caught/{object_id}"):
            return
    raise AssertionError(f"nothing was told of {object_id}")


async def _buy(hands: Hands, cart: Cart) -> None:
    """Order, pay on the page, be told by the vendor: each again after a crash."""
    await place(hands, cart)
    await hands.drain()
    session_id = (await _card_of(cart.phone))["session_id"]
    # Refused once it is paid.
    await hands.outside("POST", "/stripe/_control/pay", session=session_id)
    await _told(hands, session_id)
    await _deliver(hands, session_id)


async def _things(hands: Hands, kind: str) -> list[dict[str, Any]]:
    """What the stand-in holds; asked once for all cases."""
    if kind not in hands.memo:
        found = await hands.outside("GET", f"/stripe/_control/objects?kind={kind}")
        hands.memo[kind] = found["objects"]
    things: list[dict[str, Any]] = hands.memo[kind]
    return things


async def _paid(hands: Hands, cart: Cart) -> dict[str, Any]:
    card = await _card_of(cart.phone)
    async with work(SYSTEM):
        checkouts = await value(
            "SELECT count(*)::int FROM card_checkout WHERE order_id ="
            " (SELECT order_id FROM order_part WHERE id = $1)",
            [card["part_id"]],
        )
        postings = await value(
            "SELECT count(*)::int FROM ledger_transaction WHERE meta->>'checkout_id' = $1",
            [str(card["checkout_id"])],
        )
    pages = await _things(hands, "checkout.session")
    mine = [one for one in pages if one["client_reference_id"] == str(card["checkout_id"])]
    return await part_effects(card["part_id"]) | {
        "checkouts": checkouts,
        "card": card["state"],
        "pages": len(mine),
        "fees": postings,
    }


CARD = Flow(
    name="card",
    about="the form again; every notice of the vendor again",
    prepare=_cart,
    act=_buy,
    effects=_paid,
    expected={
        "state": "placed",
        "payment": "settled",
        "evidence": "card",
        "events": 2,
        "booked": 1,
        "off_shelf": 2,
        "movements": 2,
        "checkouts": 1,
        "card": "paid",
        "pages": 1,
        "fees": 1,
    },
    messages=("order.buyer", "order.buyer", "order.producer"),
)


@dataclass(frozen=True)
class Paid:
    """A part paid by card, and who gives money back."""

    part_id: UUID
    phone: str
    staff: Someone
    key: str


async def _a_paid_one(hands: Hands) -> Paid:
    cart = await _cart(hands)
    await _buy(hands, cart)
    card = await _card_of(cart.phone)
    staff = await a_staff(Role.FINANCE_STAFF)
    return Paid(card["part_id"], cart.phone, staff, str(new_id()))


async def _refund(hands: Hands, paid: Paid) -> None:
    """Staff press again; the vendor tells again."""
    wanted = RefundIn(amount_vnd=92_500, reason="Hỏng một quả")
    await cards.give_back(
        part_id=paid.part_id, actor=paid.staff.viewer, wanted=wanted, key=paid.key
    )
    await hands.drain()
    async with work(SYSTEM):
        refund_id = await value(
            "SELECT vendor_id FROM card_refund WHERE part_id = $1", [paid.part_id]
        )
    await _told(hands, refund_id)
    await _deliver(hands, refund_id)


_BACK = """
SELECT count(*)::int AS refunds, sum(amount_vnd)::bigint AS refunded_vnd,
  string_agg(state, ' ') AS refund, min(payment_id) AS payment_id,
  (SELECT count(*)::int FROM ledger_transaction t WHERE t.reference LIKE '%' || min(r.id::text))
  AS refund_booked
FROM card_refund r WHERE part_id = $1
"""


async def _back(hands: Hands, paid: Paid) -> dict[str, Any]:
    async with work(SYSTEM):
        found = dict((await rows(_BACK, [paid.part_id]))[0])
    payment_id = found.pop("payment_id")
    there = [one for one in await _things(hands, "refund") if one["payment_intent"] == payment_id]
    return (
        await part_effects(paid.part_id)
        | found
        | {"sent_back": len(there), "sent_back_vnd": sum(one["amount"] for one in there)}
    )


REFUND = Flow(
    name="card refund",
    about="staff press again; every notice of the vendor again",
    prepare=_a_paid_one,
    act=_refund,
    effects=_back,
    expected={
        "state": "placed",
        "payment": "settled",
        "evidence": "card",
        "events": 2,
        "booked": 1,
        "audited": 1,
        "off_shelf": 2,
        "movements": 2,
        "refunds": 1,
        "refunded_vnd": 92500,
        "refund": "succeeded",
        "refund_booked": 1,
        "sent_back": 1,
        "sent_back_vnd": 92500,
    },
    messages=("order.buyer",),
)
