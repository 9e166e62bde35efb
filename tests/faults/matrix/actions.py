"""The six things that people do, each ready to be done while something is wrong."""

from collections import Counter
from collections.abc import Mapping
from functools import partial
from typing import Any
from uuid import UUID

import httpx

from integrations.contracts.ids import new_id
from integrations.contracts.viewer import SYSTEM
from integrations.runtime.database import rows, value, work
from tests.faults.matrix.asking import Action, Ask
from tests.faults.matrix.house import House
from tests.kit.bank import signed
from tests.kit.buyers import Buyer, method_of
from tests.kit.crash import until
from tests.kit.listings import Goods, a_listing, a_live_listing
from tests.kit.paid import effects, orders_that_wait
from tests.kit.people import Seller, a_phone, a_seller, a_staff
from tests.kit.pictures import pattern, phone_jpeg
from tests.kit.shop import a_picture

Row = Mapping[str, Any]


def _post(client: httpx.AsyncClient, path: str, **more: Any) -> partial[Any]:
    return partial(client.post, path, follow_redirects=True, **more)


def _get(client: httpx.AsyncClient, path: str) -> partial[Any]:
    return partial(client.get, path, follow_redirects=True)


async def _one(sql: str, *params: Any) -> Row:
    async with work(SYSTEM):
        found = await rows(sql, params)
    assert len(found) == 1, f"{len(found)} rows instead of one: {sql}"
    return found[0]


async def _told(house: House, phone: str, count: int) -> bool:
    return len(house.told(phone)) >= count


async def _told_once(house: House, phone: str) -> None:
    """No message came twice: each names its order or its goods."""
    twice = {text: n for text, n in Counter(house.told(phone)).items() if n > 1}
    assert not twice, twice


async def _code(seller: Seller) -> str:
    """What names a seller in addresses and forms."""
    found = await _one("SELECT code FROM producer WHERE id = $1", seller.producer_id)
    return str(found["code"])


async def browse(house: House) -> Action:
    """Search, a product, its producer, and the picture on the page."""
    seller = await a_seller()
    name = f"Mật ong {new_id().hex[-8:]}"
    goods = await a_live_listing(seller, name=name)
    picture = await a_picture(seller, goods)
    code = await _code(seller)
    who = await house.somebody()
    return Action(
        (
            Ask("the search", _get(who, f"/search?q={name}")),
            Ask("the product", _get(who, f"/p/{goods.code}-{goods.slug}")),
            Ask("the producer", _get(who, f"/s/{code}")),
            Ask("the picture", _get(who, f"/{picture}"), extra=True),
        )
    )


async def buy(house: House) -> Action:
    """Put goods in the cart; order by bank transfer, for cash on delivery, and by card."""
    seller = await a_seller()
    goods = await a_live_listing(seller, available=9)
    field = method_of(await _code(seller))
    asks, phones = [], []
    for method in ("bank_qr", "cod", "card"):
        one = Buyer(await house.somebody(), a_phone())
        await one.put_in_cart(goods)
        form = await one.checkout_form(**{field: method})
        asks.append(Ask(f"order by {method}", _post(one.client, "/checkout", data=form)))
        phones.append(one.phone)

    async def orders() -> list[tuple[str, str]]:
        """(method, state of its card page) of each order."""
        async with work(SYSTEM):
            found = await rows(
                "SELECT p.method, coalesce(c.state, '') AS page FROM orders o"
                " JOIN order_part p ON p.order_id = o.id"
                " LEFT JOIN card_checkout c ON c.order_id = o.id WHERE o.buyer_phone = ANY($1)"
                " ORDER BY 1",
                [phones],
            )
        return [(row["method"], row["page"]) for row in found]

    async def ordered() -> bool:
        return len(await orders()) == 3

    async def comes() -> bool:
        wanted = [("bank_qr", ""), ("card", "open"), ("cod", "")]
        return await orders() == wanted and await _told(house, seller.phone, 1)

    async def once() -> None:
        await _told_once(house, seller.phone)

    cart = {"variant_id": str(goods.variant_id), "quantity": "1"}
    into_cart = _post(await house.somebody(), "/cart/add", data=cart)
    return Action((Ask("to the cart", into_cart), *asks), comes, ordered, once)


async def _a_card_order(house: House) -> tuple[UUID, str]:
    """An order whose card page has been paid; its part, and Stripe's page."""
    seller = await a_seller()
    goods = await a_live_listing(seller)
    buyer = Buyer(await house.somebody(), a_phone())
    await buyer.put_in_cart(goods)
    await buyer.order(**{method_of(await _code(seller)): "card"})

    async def opened() -> list[dict[str, Any]]:
        async with work(SYSTEM):
            return await rows(
                "SELECT c.session_id, p.id FROM card_checkout c JOIN order_part p"
                " ON p.order_id = c.order_id JOIN orders o ON o.id = c.order_id"
                " WHERE o.buyer_phone = $1 AND c.state = 'open'",
                [buyer.phone],
            )

    (page,) = await until(opened, what="the card's page")
    await house.cards.tell("pay", session=page["session_id"], how="paid")
    return page["id"], page["session_id"]


async def _forged(house: House, line: dict[str, Any]) -> None:
    """What anybody can send: a notice of the right money, signed with no secret of ours."""
    raw, headers = signed(house.stack, line, secret="none of ours")
    somebody = await house.somebody()
    for body in (raw, raw[:40], b""):
        answer = await somebody.post("/hooks/sepay", content=body, headers=headers)
        assert answer.status_code in (400, 401, 403), answer.text


async def _card_effects(part_id: UUID) -> tuple[str, str, int]:
    """State of part and payment; how often it was booked."""
    found = await _one(
        "SELECT p.state, y.state AS payment, (SELECT count(*)::int FROM ledger_transaction t"
        " WHERE t.reference = 'settle:' || y.id) AS booked"
        " FROM order_part p JOIN payment y ON y.part_id = p.id WHERE p.id = $1",
        part_id,
    )
    return found["state"], found["payment"], found["booked"]


async def pay(house: House) -> Action:
    """The bank tells of a transfer; a seller says that the money is there; Stripe tells."""
    by_notice, by_tap = await orders_that_wait(2)
    by_card, session_id = await _a_card_order(house)
    bank, seller = await house.bank(), await house.somebody(by_tap.seller.token)
    stripe = await house.somebody()
    if house.is_ill("bank"):
        await _forged(house, by_notice.line)

    async def tell() -> httpx.Response:
        raw, headers = signed(house.stack, by_notice.line)
        return await bank.post("/hooks/sepay", content=raw, headers=headers)

    async def tell_of_card() -> httpx.Response:
        raw, headers = await house.cards.notice_of("checkout.session.completed", session_id)
        return await stripe.post("/hooks/stripe", content=raw, headers=headers)

    tap = _post(
        seller, f"/producer/orders/{by_tap.placed.part_id}/money", data={"said": "received"}
    )
    settled = [("placed", "settled", 1, 1, lines) for lines in (1, 0)]

    async def all_settled() -> bool:
        seen = [await effects(one.placed) for one in (by_notice, by_tap)]
        return seen == settled and await _card_effects(by_card) == ("placed", "settled", 1)

    async def comes() -> bool:
        return await all_settled() and await _told(house, by_notice.seller.phone, 1)

    async def tapped() -> bool:
        if house.is_ill("messages"):
            return await all_settled()
        return await effects(by_tap.placed) == settled[1]

    async def once() -> None:
        # Both are told once more for nothing.
        for again in (tell, tell_of_card):
            assert (await again()).status_code == 200
        await house.all_worked()
        assert await all_settled()
        await _told_once(house, by_notice.seller.phone)

    return Action(
        (
            Ask("the bank's notice", tell, extra=house.is_ill("bank"), patient=True),
            Ask("the seller's tap", tap),
            Ask("Stripe's notice", tell_of_card),
        ),
        comes,
        tapped,
        once,
    )


def _words_of(goods: Goods, **more: str) -> dict[str, str]:
    """The producer's form as it is sent."""
    return {
        "form_id": str(new_id()),
        "name": goods.name,
        "price": "45.000",
        "unit": "quả",
        "stock": "5",
        "stock_was": "0",
        "action": "save",
        **more,
    }


async def list_goods(house: House) -> Action:
    """New goods, another price, goods sent in, others approved; and the same at a marketplace."""
    seller, staff = await a_seller(), await a_staff()
    changed, sent, looked_at = [await a_listing(seller, name=f"Cam {n}") for n in range(3)]
    for goods in (sent, looked_at):
        await a_picture(seller, goods)
    async with work(SYSTEM):
        await rows(
            "UPDATE listing SET state = 'in_review', submitted_at = now() WHERE id = $1",
            [looked_at.id],
        )
    shelf = house.shelf
    shelf.price_vnd += 1_000
    more, dearer_vnd = await shelf.another(), shelf.price_vnd
    them = await house.somebody(shelf.seller.token)
    who, desk = await house.somebody(seller.token), await house.somebody(staff.token)
    wanted = {"draft 45000": 1, "draft 52000": 1, "in_review 45000": 1, "live 45000": 1}

    async def written() -> bool:
        async with work(SYSTEM):
            found = await rows(
                "SELECT state || ' ' || coalesce(v.price_vnd, 0) AS is, count(*)::int AS n"
                " FROM listing l JOIN variant v ON v.listing_id = l.id WHERE l.producer_id = $1"
                " GROUP BY 1",
                [seller.producer_id],
            )
        return {row["is"]: row["n"] for row in found} == wanted

    async def comes() -> bool:
        there = await shelf.prices(shelf.stands, more) == [[dearer_vnd], [185_000]]
        return there and await written() and await _told(house, seller.phone, 1)

    async def once() -> None:
        await _told_once(house, seller.phone)

    page = "/producer/goods"
    asks = (
        ("new goods", who, f"{page}/new", _words_of(changed, name="Cam mới")),
        ("another price", who, f"{page}/{changed.id}", _words_of(changed, price="52.000")),
        ("sent for review", who, f"{page}/{sent.id}", _words_of(sent, action="submit")),
        ("approved", desk, f"/staff/review/{looked_at.id}", _APPROVE),
        ("another price there", them, f"{page}/{shelf.stands.id}", _at(shelf.stands, dearer_vnd)),
    )
    offer = partial(shelf.offer, them, more)
    there = Ask("goods there", offer, extra=house.is_ill("marketplace"))
    here = [Ask(what, _post(client, path, data=form)) for what, client, path, form in asks]
    return Action((*here, there), comes, written, once)


_APPROVE = {"decision": "approve", "revision": "1"}


def _at(goods: Goods, price_vnd: int) -> dict[str, str]:
    """Only the price of goods that are on sale is another one."""
    return _words_of(goods, price=str(price_vnd), unit="chai", stock="10", stock_was="10")


async def upload(house: House) -> Action:
    """A producer sends a photo with the form of goods."""
    seller = await a_seller()
    goods = await a_listing(seller)
    who = await house.somebody(seller.token)
    photo = phone_jpeg(pattern(640, 480))
    words = _words_of(goods, name="Bưởi đỏ Luận Văn")

    async def send() -> httpx.Response:
        answer = await who.post(
            f"/producer/goods/{goods.id}",
            data=words,
            files={"photo": ("IMG_1.jpg", photo, "image/jpeg")},
            follow_redirects=True,
        )
        return answer

    async def photos() -> list[tuple[str, int]]:
        async with work(SYSTEM):
            found = await rows(
                # What people see; AVIF comes afterwards, in a lane of its own.
                "SELECT p.state, (SELECT count(*)::int FROM rendition r WHERE r.photo_id = p.id"
                " AND r.format IN ('webp', 'jpg')) AS made FROM photo p WHERE p.listing_id = $1",
                [goods.id],
            )
        return [(row["state"], row["made"]) for row in found]

    async def comes() -> bool:
        return [state for state, _ in await photos()] == ["ready"]

    async def received() -> bool:
        return len(await photos()) == 1

    async def once() -> None:
        assert await photos() == [("ready", 4)]
        async with work(SYSTEM):
            name = await value("SELECT name FROM listing WHERE id = $1", [goods.id])
        assert name == words["name"]

    return Action((Ask("the photo", send),), comes, received, once)


async def report(house: House) -> Action:
    """Programme staff look at what is to do, at the figures, and at the producers behind them."""
    desk = await house.somebody((await a_staff()).token)
    pages = ("follow-ups", "figures", "producers")
    return Action(tuple(Ask(f"the {page}", _get(desk, f"/staff/{page}")) for page in pages))


MAKERS = {
    "browse": browse,
    "buy": buy,
    "pay": pay,
    "list": list_goods,
    "upload": upload,
    "report": report,
}
