"""The buyer's part and what the producer does with it: from a cart to money, goods and books."""

import uuid
from typing import Any, Final

from market.journey.client import StepFailed
from market.journey.selling import PRICE_VND, STOCK, Buyer, Sale, Way

_QR: Final = "bank_qr"
_COD: Final = "cod"
_OURS: Final = "shop"


def fill_cart(way: Way) -> str:
    """A cart across two producers is priced by producer."""
    other = _other_goods(way)
    lines = [_line(way.product["variant_id"], 2), _line(other["variant_id"], 1)]
    quote = way.client.call("POST", "/api/v1/carts/quote", json={"lines": lines})
    expected = 2 * PRICE_VND + int(other["price_vnd"])
    if len(quote["groups"]) != 2 or quote["total_vnd"] != expected:
        raise StepFailed(f"expected two parts and {expected}: {quote}")
    return f"two producers, {quote['total_vnd']} VND"


def order_by_qr_and_cash(way: Way) -> str:
    """One checkout sent five times is one order: a part by bank QR, a part in cash."""
    client, other = way.client, _other_goods(way)
    lines = [_line(way.product["variant_id"], 2), _line(other["variant_id"], 1)]
    methods = {way.producer["code"]: _QR, other["producer"]["code"]: _COD}
    body, key = _order(way, lines, methods, way.buyers[0]), str(uuid.uuid4())
    answers = [
        client.call("POST", "/api/v1/orders", json=body, headers={"Idempotency-Key": key})
        for _ in range(5)
    ]
    if len({answer["number"] for answer in answers}) != 1:
        raise StepFailed("five posts made more than one order")
    way.order = answers[0]
    way.sold += 2
    way.sales[way.order["number"]] = Sale(_OURS, _QR, 2 * PRICE_VND)
    page = client.page(f"/o/{way.order['token']}", holds=("<svg", "90.000"))
    if way.account not in page.replace(" ", ""):
        raise StepFailed("the order's page does not show the account to pay to")
    part = _part(way.order, _QR)
    picture = client.fetch(f"/o/{way.order['token']}/{part['letter']}/qr.png")
    if not picture.content.startswith(b"\x89PNG"):
        raise StepFailed("the QR to save is no PNG")
    return f"order {way.order['number']}, reference {part['transfer']['reference']}"


def pay_by_bank(way: Way) -> str:
    """A wrongly signed notice changes nothing; a right one, sent twice, settles once."""
    client, part = way.client, _part(way.order, _QR)
    reference = part["transfer"]["reference"]
    client.call("POST", "/dev/bank/pay", json={"reference": reference, "sign": "wrong"})
    if _now(way, part)["state"] != "awaiting_payment":
        raise StepFailed("a wrongly signed notice was believed")
    client.call("POST", "/dev/bank/pay", json={"reference": reference, "times": 2})
    client.wait_for("the payment", lambda: _now(way, part)["state"] == "placed" or None)
    return f"{reference} settled by the bank's notice"


def confirm_and_send(way: Way) -> str:
    """The producer confirms, hands over, completes; the buyer is told at each step."""
    client, phone = way.client, way.buyers[0].phone
    part_id = part_id_of(way, way.order["number"])
    before = len(client.messages_to(phone))
    for verb in ("confirm", "hand-over", "complete"):
        done = client.call("POST", f"/api/v1/order-parts/{part_id}/{verb}", token=way.token)
    client.wait_for(
        "messages to the buyer",
        lambda: len(client.messages_to(phone)) >= before + 3 or None,
    )
    client.page(f"/o/{way.order['token']}")
    told = len(client.messages_to(phone)) - before
    return f"{done['state']}, net {done['net_vnd']} VND, buyer told {told} times"


def pay_by_the_sellers_word(way: Way) -> str:
    """The producer looks into the bank app and taps; the bank's notice later agrees."""
    client = way.client
    order = place(way, 1, _QR, way.buyers[1])
    part_id = part_id_of(way, order["number"])
    path = f"/api/v1/order-parts/{part_id}/money"
    said = client.call("POST", path, json={"said": "received"}, token=way.token)
    reference = _part(order, _QR)["transfer"]["reference"]
    client.call("POST", "/dev/bank/pay", json={"reference": reference})

    def confirmed() -> str | None:
        part = client.call("GET", f"/api/v1/order-parts/{part_id}", token=way.token)
        return part["payment"]["confirmed_at"] or None

    client.wait_for("the bank to confirm", confirmed)
    way.sold += 1
    way.sales[order["number"]] = Sale(_OURS, _QR, PRICE_VND)
    return f"{said['result']} by the seller, confirmed by the bank"


def pay_in_cash(way: Way) -> str:
    """Cash on delivery: confirmed, handed over, paid."""
    done = take(way, place(way, 1, _COD, way.buyers[1])["number"])
    return f"{done['state']}, net {done['net_vnd']} VND"


def take(way: Way, number: str) -> dict[str, Any]:
    """Confirm, hand over and take the cash of an order of one unit."""
    part_id = part_id_of(way, number)
    for verb in ("confirm", "hand-over", "paid"):
        done = way.client.call("POST", f"/api/v1/order-parts/{part_id}/{verb}", token=way.token)
    way.sold += 1
    way.sales[number] = Sale(_OURS, _COD, PRICE_VND)
    return dict(done)


def refuse_at_the_door(way: Way) -> str:
    """Cash on delivery that the buyer does not take: the goods return to stock."""
    part_id = part_id_of(way, place(way, 1, _COD, way.buyers[1])["number"])
    for verb in ("confirm", "hand-over", "refused"):
        done = way.client.call("POST", f"/api/v1/order-parts/{part_id}/{verb}", token=way.token)
    return str(done["state"])


def agree(way: Way) -> str:
    """Stock and books agree with what was sold."""
    listing = way.client.call("GET", f"/api/v1/listings/{way.listing['id']}", token=way.token)
    if listing["available"] + way.sold != STOCK:
        raise StepFailed(f"{listing['available']} left and {way.sold} sold of {STOCK}")
    money = way.client.call("GET", "/api/v1/money", token=way.token)
    taken = money["commission_vnd"] + money["vat_vnd"] + money["pit_vnd"]
    back = sum(one["refunded_vnd"] for one in money["movements"])
    # What a card paid stands with the programme, which keeps its share: that is not owed.
    owed = sum(one["taken_vnd"] for one in money["movements"] if one["method"] != "card")
    if money["gross_vnd"] != way.sold * PRICE_VND - back or money["owed_vnd"] != owed:
        raise StepFailed(f"the books say {money}")
    return (
        f"{listing['available']} left + {way.sold} sold = {STOCK};"
        f" {money['gross_vnd']} − {taken} = {money['net_vnd']} VND"
    )


def _line(variant_id: str, quantity: int) -> dict[str, Any]:
    return {"variant_id": variant_id, "quantity": quantity}


def _other_goods(way: Way) -> dict[str, Any]:
    """Something cheap from another producer."""
    found = way.client.call("GET", "/api/v1/shop/listings?limit=100")["items"]
    mine = way.producer["code"]
    offers = [
        item
        for item in found
        if item["producer"]["code"] != mine
        and item["available"] > 0
        and item["price_vnd"] <= 400_000
    ]
    if not offers:
        raise StepFailed("no other producer has anything to sell")
    return min(offers, key=lambda item: (item["price_vnd"], item["code"]))


def _order(
    way: Way, lines: list[dict[str, Any]], methods: dict[str, str], buyer: Buyer
) -> dict[str, Any]:
    communes = way.client.call("GET", "/api/v1/places/communes?q=hoan%20kiem")["communes"]
    return {
        "lines": lines,
        "buyer": {
            "name": buyer.name,
            "phone": buyer.phone,
            "commune_code": communes[0]["code"],
            "street": "12 Hàng Bài",
            "note": "Gọi trước khi giao",
        },
        "methods": methods,
    }


def place(way: Way, quantity: int, method: str, buyer: Buyer) -> dict[str, Any]:
    """An order of our goods by somebody, paid this way."""
    lines = [_line(way.product["variant_id"], quantity)]
    placed: dict[str, Any] = way.client.call(
        "POST",
        "/api/v1/orders",
        json=_order(way, lines, {way.producer["code"]: method}, buyer),
        headers={"Idempotency-Key": str(uuid.uuid4())},
    )
    return placed


def _part(order: dict[str, Any], method: str) -> dict[str, Any]:
    return next(part for part in order["parts"] if part["method"] == method)


def _now(way: Way, part: dict[str, Any]) -> dict[str, Any]:
    order = way.client.call("GET", f"/api/v1/orders/{way.order['token']}")
    return next(one for one in order["parts"] if one["letter"] == part["letter"])


def part_id_of(way: Way, number: str) -> str:
    """The producer finds the order in the list."""
    parts = way.client.call("GET", "/api/v1/order-parts", token=way.token)["items"]
    return str(next(part["id"] for part in parts if part["number"] == number))
