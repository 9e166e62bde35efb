"""The marketplace: goods put there once, what is left told there, an order from there."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import httpx

from integrations.contracts.ids import new_id
from integrations.contracts.viewer import SYSTEM
from integrations.runtime.calls.certificates import trusted
from integrations.runtime.database import rows, run, value, work
from market.channels.service import connect, offer
from market.channels.service.due import give_out
from market.channels.service.offer import Offer
from market.photos.models import Photo, PhotoState, Rendition
from tests.faults.killpoints.flows.flow import Flow
from tests.faults.killpoints.world import Hands
from tests.kit.channels import ABOUT, CATEGORY, NAME
from tests.kit.listings import Goods, a_live_listing
from tests.kit.people import Seller, a_seller
from tests.kit.shop import TINY

_PICTURE = "r/00000000000000000000000000000960.jpg"
_TURNS = 12


@dataclass(frozen=True)
class Shelf:
    """Goods of a seller here, and the connected shop there."""

    seller: Seller
    goods: Goods
    connection_id: UUID
    shop_id: str
    order_sn: str = ""

    @property
    def sku(self) -> str:
        """How the marketplace knows the goods as ours."""
        return f"GANH-{self.goods.code}"


async def _pictured(hands: Hands, seller: Seller, goods: Goods) -> None:
    """A ready photo; all subjects share one file."""
    if "picture" not in hands.memo:
        await hands.ports.storage.put(_PICTURE, TINY["jpg"], content_type="image/jpeg")
        hands.memo["picture"] = True
    async with work(SYSTEM):
        photo = await Photo.create(
            listing_id=goods.id,
            producer_id=seller.producer_id,
            state=PhotoState.READY,
            original_key=f"photos/{new_id()}/original.jpg",
            original_sha256=new_id().hex * 2,
            original_bytes=1000,
            content_type="image/jpeg",
            width_px=1600,
            height_px=1200,
        )
        await Rendition.create(
            photo_id=photo.id,
            producer_id=seller.producer_id,
            format="jpg",
            width_px=960,
            height_px=720,
            size_bytes=1000,
            key=_PICTURE,
        )
        await run("UPDATE listing SET description = $2 WHERE id = $1", [goods.id, ABOUT])


async def _shop(hands: Hands) -> Shelf:
    """A seller who has agreed, and goods that are not there yet."""
    seller = await a_seller()
    goods = await a_live_listing(seller, name=NAME, price_vnd=185_000, available=10, unit="chai")
    await _pictured(hands, seller, goods)
    settings, session_id = hands.world.settings, new_id()
    url = connect.consent_url(
        ports=hands.ports, settings=settings, session_id=session_id, channel="shopee"
    )
    asked = parse_qs(urlsplit(url).query)
    form = {"redirect_uri": asked["redirect_uri"][0], "shop_id": "", "name": seller.name}
    base = f"{settings.standin_url}/shopee/"
    async with httpx.AsyncClient(base_url=base, trust_env=False, verify=trusted()) as client:
        said = await client.post("auth", data=form)
    back = {
        name: one[-1] for name, one in parse_qs(urlsplit(said.headers["location"]).query).items()
    }
    connection_id = await connect.connect(
        seller.viewer,
        ports=hands.ports,
        settings=settings,
        session_id=session_id,
        channel="shopee",
        **back,
    )
    await hands.drain()
    return Shelf(seller, goods, connection_id, back["shop_id"])


_PASSES = (
    "UPDATE channel_listing SET lease_until = NULL,"
    " due_at = CASE WHEN state = 'due' THEN now() END WHERE connection_id = $1",
    "UPDATE channel_attempt SET at = at - interval '1 minute'"
    " WHERE state IN ('intended', 'unknown') AND channel_listing_id IN"
    " (SELECT id FROM channel_listing WHERE connection_id = $1)",
    "UPDATE channel_connection SET refreshing_until = NULL WHERE id = $1",
)
_WAITING = """
SELECT count(*)::int AS n FROM channel_listing WHERE connection_id = $1 AND state <> 'in_step'
"""


async def _settle(hands: Hands, shelf: Shelf) -> None:
    """The worker and its sweep, a minute at a time, until both sides are in step."""
    for _ in range(_TURNS):
        await hands.drain()
        async with work(SYSTEM):
            if not await value(_WAITING, [shelf.connection_id]):
                return
            for sql in _PASSES:
                await run(sql, [shelf.connection_id])
        await give_out(shelf.connection_id)
    raise AssertionError("the two sides do not come into step")


async def _offer(hands: Hands, shelf: Shelf) -> None:
    """The producer presses again."""
    wanted = Offer(shelf.goods.id, shelf.connection_id, CATEGORY, 745)
    made, lacking = await offer.offer(shelf.seller.viewer, ports=hands.ports, wanted=wanted)
    assert made is not None, [problem.code for problem in lacking]
    await _settle(hands, shelf)


async def _market(hands: Hands) -> dict[str, Any]:
    if "market" not in hands.memo:
        hands.memo["market"] = await hands.outside("GET", "/shopee/_control/state")
    market: dict[str, Any] = hands.memo["market"]
    return market


_OURS = """
SELECT cl.state AS sync, v.available, v.price_vnd,
  (SELECT count(*)::int FROM channel_attempt a WHERE a.channel_listing_id = cl.id
   AND a.state = 'done') AS creates,
  (SELECT count(*)::int FROM channel_order o WHERE o.connection_id = cl.connection_id) AS imported,
  (SELECT count(*)::int FROM order_part p WHERE p.producer_id = cl.producer_id) AS parts,
  (SELECT count(*)::int FROM ledger_transaction t WHERE t.producer_id = cl.producer_id) AS booked
FROM channel_listing cl JOIN variant v ON v.id = cl.variant_id WHERE cl.connection_id = $1
"""


async def _both(hands: Hands, shelf: Shelf) -> dict[str, Any]:
    async with work(SYSTEM):
        found = await rows(_OURS, [shelf.connection_id])
    items = [one for one in (await _market(hands))["items"].values() if one["sku"] == shelf.sku]
    ours = {name: have for row in found for name, have in row.items() if have}
    return ours | {
        "items": len(items),
        "there": " ".join(f"{one['status']} {one['stock']} {one['price_vnd']}" for one in items),
    }


OFFERED = Flow(
    name="Shopee create",
    about="the producer presses again; the sweep",
    prepare=_shop,
    act=_offer,
    effects=_both,
    expected={
        "sync": "in_step",
        "available": 10,
        "price_vnd": 185000,
        "creates": 1,
        "items": 1,
        "there": "NORMAL 10 185000",
    },
)


async def _shown(hands: Hands) -> Shelf:
    shelf = await _shop(hands)
    await _offer(hands, shelf)
    return shelf


async def _cheaper(hands: Hands, shelf: Shelf) -> None:
    """The producer sets price and stock; both are told there."""
    async with work(SYSTEM):
        same = await value(
            "SELECT price_vnd = 170000 FROM variant WHERE id = $1", [shelf.goods.variant_id]
        )
    if not same:
        answer = await hands.patch(
            f"/api/v1/listings/{shelf.goods.id}",
            shelf.seller.token,
            json={"price": "170.000đ", "stock": 5},
        )
        assert answer.status_code == 200, answer.text
    await _settle(hands, shelf)


async def _bought(hands: Hands) -> Shelf:
    """Somebody has bought three there; the push is caught, not yet delivered."""
    shelf = await _shown(hands)
    market = await hands.outside("GET", "/shopee/_control/state")
    (item,) = [one for one in market["items"].values() if one["sku"] == shelf.sku]
    lines = [{"item_id": item["item_id"], "quantity": 3}]
    made = await hands.outside("POST", "/shopee/_control/orders", lines=lines)
    return Shelf(
        shelf.seller, shelf.goods, shelf.connection_id, shelf.shop_id, str(made["order_sn"])
    )


async def _sell(hands: Hands, shelf: Shelf) -> None:
    """The marketplace sends its pushes again; the producer saves price and stock again."""
    for event in await hands.outside("GET", f"/caught/{shelf.shop_id}"):
        answer = await hands.post(
            "/hooks/shopee",
            content=event["raw"].encode(),
            headers={
                "authorization": event["headers"]["authorization"],
                "content-type": "application/json",
            },
        )
        assert answer.status_code == 200, answer.text
    await _settle(hands, shelf)
    await _cheaper(hands, shelf)


SOLD = Flow(
    name="Shopee order and push",
    about="every push again; the producer saves again; the sweep",
    prepare=_bought,
    act=_sell,
    effects=_both,
    expected={
        "sync": "in_step",
        "available": 5,
        "price_vnd": 170000,
        "creates": 1,
        "imported": 1,
        "parts": 1,
        "booked": 1,
        "items": 1,
        "there": "NORMAL 5 170000",
    },
    messages=("order.producer",),
)
