"""Checkout by bank QR and cash, by code, called off by the buyer, over by time."""

import re
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from integrations.contracts.ids import new_id
from integrations.contracts.viewer import SYSTEM
from integrations.runtime.database import rows, run, value, work
from market.orders.links import order_token
from market.settlement.tasks import look
from tests.faults.killpoints.flows.flow import Flow, part_effects
from tests.faults.killpoints.world import Hands
from tests.kit.listings import Goods, a_live_listing
from tests.kit.orders import Placed, an_order_part
from tests.kit.people import COMMUNE, a_phone, a_seller


@dataclass(frozen=True)
class Cart:
    """What one buyer will order, with the key of the form."""

    key: str
    phone: str
    lines: tuple[tuple[Goods, int], ...]
    methods: dict[str, str]


async def codes_of(goods: list[Goods]) -> list[str]:
    async with work(SYSTEM):
        found = await rows(
            "SELECT l.id, p.code FROM listing l JOIN producer p ON p.id = l.producer_id"
            " WHERE l.id = ANY($1)",
            [[one.id for one in goods]],
        )
    by_id = {row["id"]: str(row["code"]) for row in found}
    return [by_id[one.id] for one in goods]


async def _two_sellers(hands: Hands) -> Cart:
    goods = [await a_live_listing(await a_seller(), available=5) for _ in range(2)]
    by_qr, by_cash = await codes_of(goods)
    methods = {by_qr: "bank_qr", by_cash: "cod"}
    return Cart(str(new_id()), a_phone(), tuple((one, 2) for one in goods), methods)


async def place(hands: Hands, cart: Cart) -> dict[str, Any]:
    body = {
        "lines": [
            {"variant_id": str(goods.variant_id), "quantity": count} for goods, count in cart.lines
        ],
        "buyer": {
            "name": "Lê Thị Hoa",
            "phone": cart.phone,
            "commune_code": COMMUNE,
            "street": "12 Hàng Bài",
        },
        "methods": cart.methods,
    }
    answer = await hands.post("/api/v1/orders", json=body, headers={"Idempotency-Key": cart.key})
    assert answer.status_code == 201, answer.text
    placed: dict[str, Any] = answer.json()
    return placed


async def _checkout(hands: Hands, cart: Cart) -> str:
    """The buyer's form, sent again after each crash; the worker tells everybody."""
    placed = await place(hands, cart)
    await hands.drain()
    return str(placed["number"])


_ORDER = """
SELECT count(*)::int AS orders, min(o.number) AS number,
  (SELECT count(*)::int FROM order_part p JOIN orders x ON x.id = p.order_id
   WHERE x.buyer_phone = $1) AS parts,
  (SELECT count(*)::int FROM payment y JOIN orders x ON x.id = y.order_id
   WHERE x.buyer_phone = $1) AS payments,
  (SELECT sum(r.quantity)::int FROM reservation r JOIN order_part p ON p.id = r.group_id
   JOIN orders x ON x.id = p.order_id WHERE x.buyer_phone = $1) AS units,
  (SELECT string_agg(p.state, ' ' ORDER BY p.letter) FROM order_part p
   JOIN orders x ON x.id = p.order_id WHERE x.buyer_phone = $1) AS states
FROM orders o WHERE o.buyer_phone = $1
"""


async def _ordered(hands: Hands, cart: Cart) -> dict[str, Any]:
    async with work(SYSTEM):
        found = dict((await rows(_ORDER, [cart.phone]))[0])
        found["left"] = await value(
            "SELECT sum(available)::int FROM variant WHERE id = ANY($1)",
            [[goods.variant_id for goods, _ in cart.lines]],
        )
    found.pop("number")
    return found


CHECKOUT = Flow(
    name="checkout",
    about="the form is sent again with its key",
    prepare=_two_sellers,
    act=_checkout,
    effects=_ordered,
    expected={
        "orders": 1,
        "parts": 2,
        "payments": 2,
        "units": 4,
        "states": "awaiting_payment placed",
        "left": 6,
    },
    messages=("order.buyer", "order.buyer", "order.producer"),
)


async def _dear(hands: Hands) -> Cart:
    goods = await a_live_listing(await a_seller(), price_vnd=450_000, available=3)
    (code,) = await codes_of([goods])
    return Cart(str(new_id()), a_phone(), ((goods, 2),), {code: "cod"})


async def _by_code(hands: Hands, cart: Cart) -> None:
    """A dear order on delivery: the code comes by message and is typed in."""
    placed = await place(hands, cart)
    await hands.drain()
    texts = [one["text"] for one in hands.sent() if one["kind"].startswith("code.")]
    code = re.search(r"#(\d{6})$", texts[-1], re.MULTILINE)
    assert code, texts
    answer = await hands.post(
        f"/api/v1/orders/{placed['token']}/parts/A/code", json={"code": code[1]}
    )
    assert answer.status_code == 200, answer.text
    await hands.drain()


CODE = Flow(
    name="checkout by code",
    about="the form again; the code of the message is typed again",
    prepare=_dear,
    act=_by_code,
    effects=_ordered,
    expected={
        "orders": 1,
        "parts": 1,
        "payments": 1,
        "units": 2,
        "states": "placed",
        "left": 1,
    },
    messages=("code.cod_confirm", "order.buyer", "order.producer"),
)


@dataclass(frozen=True)
class Waiting:
    """An order part, and the link that its buyer holds."""

    placed: Placed
    token: str


async def _awaiting(hands: Hands) -> Waiting:
    seller = await a_seller()
    placed = await an_order_part(seller, await a_live_listing(seller))
    await hands.drain()
    secret = hands.world.settings.secret_key.get_secret_value()
    return Waiting(placed, order_token(placed.order_id, secret))


async def _call_off(hands: Hands, subject: Waiting) -> None:
    """The buyer presses the button again."""
    answer = await hands.post(f"/api/v1/orders/{subject.token}/parts/A/cancel")
    assert answer.status_code == 200, answer.text
    await hands.drain()


async def _part(hands: Hands, subject: Waiting) -> dict[str, Any]:
    return await part_effects(subject.placed.part_id)


CALLED_OFF = Flow(
    name="called off",
    about="the buyer presses again",
    prepare=_awaiting,
    act=_call_off,
    effects=_part,
    expected={"state": "cancelled", "payment": "cancelled", "events": 2, "movements": 3},
    messages=("order.buyer",),
)

_OVER = """
UPDATE order_part SET expires_at = now() - interval '1 s'
WHERE id = $1 AND state = 'awaiting_payment' AND expires_at > now()
"""


async def _expire(hands: Hands, subject: Waiting) -> None:
    """The worker's clock, at this tick and at the next ones."""
    part_id: UUID = subject.placed.part_id
    async with work(SYSTEM):
        await run(_OVER, [part_id])
    for _ in range(5):
        await look({})
        await hands.drain()
        async with work(SYSTEM):
            if await value("SELECT state FROM order_part WHERE id = $1", [part_id]) == "expired":
                return
    raise AssertionError("it does not expire")


EXPIRY = Flow(
    name="expiry",
    about="the clock ticks again",
    prepare=_awaiting,
    act=_expire,
    effects=_part,
    expected={"state": "expired", "payment": "expired", "events": 2, "movements": 3},
    messages=("order.buyer",),
    serial=True,
)
