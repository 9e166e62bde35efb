"""Beyond our own shop: a marketplace that sells the same goods, a card that pays from afar."""

import random
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

import httpx

from market.journey.buying import part_id_of, place, take
from market.journey.client import StepFailed
from market.journey.selling import PRICE_VND, Sale, Way

FINANCE_PHONE: Final = "+84987654322"
_TITLE: Final = "Bưởi đường chín cây Phúc Trạch"
_CARD: Final = "card"
_CHANNEL: Final = "channel"


def connect_shop(way: Way) -> str:
    """The seller agrees on the marketplace's own page; its answer connects the shop."""
    client = way.client
    asked = client.call("GET", "/api/v1/channels/shopee/consent", token=way.token)["url"]
    way.marketplace = asked.partition("/auth?")[0]
    back = parse_qs(urlsplit(asked).query)["redirect_uri"][0]
    # A browser without a script: the page's form, then the address that it sends us back to.
    httpx.get(asked).raise_for_status()
    agreed = httpx.post(
        f"{way.marketplace}/auth", data={"redirect_uri": back, "name": "Bưởi bà Lành"}
    )
    answer = parse_qs(urlsplit(agreed.headers["location"]).query)
    shop = client.call(
        "POST",
        "/api/v1/channels/shopee/shops",
        json={name: answer[name][0] for name in ("code", "shop_id", "state")},
        token=way.token,
        expect=(201,),
    )
    way.shop = shop
    return f"{shop['title']}: {shop['shop_name']}, {shop['state']}"


def offer_there(way: Way) -> str:
    """The goods stand at the marketplace, once, with their picture and our price and stock."""
    client = way.client
    path = f"/api/v1/channels/shops/{way.shop['id']}/categories"
    kinds = client.call("GET", path, token=way.token)
    chosen = next((kind for kind in kinds if "trái cây" in kind["name"].lower()), kinds[0])
    body = {
        "listing_id": way.listing["id"],
        "connection_id": way.shop["id"],
        "category_id": chosen["id"],
        "weight_g": 1_200,
        "title": _TITLE,
    }
    item = client.call(
        "POST", "/api/v1/channels/listings", json=body, token=way.token, expect=(201,)
    )
    way.item = client.wait_for("the goods at the marketplace", lambda: _there(way, item["id"]))
    shown = httpx.get(f"{way.marketplace}/shop/{way.shop['shop_id']}").text
    if _TITLE not in shown or shown.count(f"/item/{way.item['item_id']}") > 1:
        raise StepFailed("the marketplace's page does not show the goods once")
    if not httpx.get(_picture_there(way)).content.startswith(b"\xff\xd8"):
        raise StepFailed("the picture at the marketplace is no JPEG")
    there = way.item["theirs"]
    return f"{chosen['name']}: {there['price_vnd']} VND, {there['stock']} there, with its picture"


def _there(way: Way, item_id: str) -> dict[str, Any] | None:
    path = f"/api/v1/channels/listings/{item_id}"
    now: dict[str, Any] = way.client.call("GET", path, token=way.token)
    if now["problem_code"] and now["who"] != "us":
        raise StepFailed(f"not at the marketplace: {now['sentence']}")
    same = now["ours"]["stock"] == now["theirs"]["stock"] == _left(way)
    return now if now["theirs"]["state"] == "live" and same else None


def _left(way: Way) -> int:
    """What is on our shelf."""
    path = f"/api/v1/listings/{way.listing['id']}"
    return int(way.client.call("GET", path, token=way.token)["available"])


def _picture_there(way: Way) -> str:
    state = httpx.get(f"{way.marketplace}/_control/state").json()
    item = state["items"][way.item["item_id"]]
    return f"{way.marketplace}/img/{item['picture_ids'][0]}"


def sell_on_both_sides(way: Way) -> str:
    """An order there lowers our stock and is in our book; an order here lowers theirs."""
    client, before = way.client, _left(way)
    wanted = {"lines": [{"item_id": int(way.item["item_id"]), "quantity": 1}]}
    made = httpx.post(f"{way.marketplace}/_control/orders", json=wanted)
    if made.status_code != 201:
        raise StepFailed(f"the marketplace took no order: {made.text[:200]}")
    client.wait_for("the order from there", lambda: _left(way) == before - 1 or None)
    mine = client.call("GET", "/api/v1/order-parts", token=way.token)["items"]
    theirs = [part for part in mine if part["method"] == _CHANNEL]
    if len(theirs) != 1:
        raise StepFailed(f"{len(theirs)} of the marketplace's orders among the producer's")
    way.sold += 1
    way.sales[theirs[0]["number"]] = Sale("shopee", _CHANNEL, way.item["theirs"]["price_vnd"])
    take(way, place(way, 1, "cod", way.buyers[1])["number"])
    client.wait_for("the stock there", lambda: _there(way, way.item["id"]))
    return (
        f"order {made.json()['order_sn']} there: {before} → {before - 1} here; then both the same"
    )


def pay_by_card(way: Way) -> str:
    """A third buyer pays on the card service's page; the notice settles it."""
    client = way.client
    way.card_order = place(way, 2, _CARD, way.buyers[2])
    card = way.card_order["card"]
    if card["amount_vnd"] != 2 * PRICE_VND or not card["pay_url"]:
        raise StepFailed(f"no page to pay on: {card}")
    client.page(f"/o/{way.card_order['token']}", holds=(card["pay_url"].split("?")[0],))
    paid = httpx.post(card["pay_url"], data={"how": "pay"})
    if paid.status_code != 303:
        raise StepFailed(f"the card page answered {paid.status_code}")
    client.wait_for("the card's money", lambda: _card_part(way)["state"] == "placed" or None)
    way.sold += 2
    way.sales[way.card_order["number"]] = Sale("shop", _CARD, card["amount_vnd"])
    return f"{card['amount_vnd']} VND by card, order {way.card_order['number']} placed"


def _card_part(way: Way) -> dict[str, Any]:
    now = way.client.call("GET", f"/api/v1/orders/{way.card_order['token']}")
    part: dict[str, Any] = next(one for one in now["parts"] if one["method"] == _CARD)
    return part


def give_half_back(way: Way) -> str:
    """Finance staff give half back to the card; pressed twice, it goes back once."""
    client = way.client
    code = client.ask_code(
        FINANCE_PHONE,
        lambda: client.call("POST", "/api/v1/sign-in-codes", json={"phone": FINANCE_PHONE}),
    )
    opened = client.call("POST", "/api/v1/sessions", json={"phone": FINANCE_PHONE, "code": code})
    path = f"/api/v1/order-parts/{part_id_of(way, way.card_order['number'])}/refunds"
    key = {"Idempotency-Key": f"journey-{random.randrange(10**12)}"}  # noqa: S311 - no secret
    body = {"amount_vnd": PRICE_VND, "reason": "Một quả bị dập"}
    for _ in range(2):
        client.call("POST", path, json=body, headers=key, token=opened["token"])

    def done() -> list[dict[str, Any]] | None:
        items: list[dict[str, Any]] = client.call("GET", path, token=opened["token"])["items"]
        return items if all(one["state"] == "succeeded" for one in items) else None

    refunds = client.wait_for("the refund", done)
    if len(refunds) != 1 or _card_part(way)["refunded_vnd"] != PRICE_VND:
        raise StepFailed(f"expected one refund of {PRICE_VND}: {refunds}")
    way.sales[way.card_order["number"]] = Sale("shop", _CARD, PRICE_VND)
    return f"{PRICE_VND} of {2 * PRICE_VND} VND back on the card, once"
