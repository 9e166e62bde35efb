"""The six things that people do, each ready to be done while something is wrong."""

from collections import Counter
from collections.abc import Mapping
from functools import partial
from typing import Any

import httpx

from integrations.contracts.ids import new_id
from integrations.contracts.viewer import SYSTEM
from integrations.runtime.database import rows, value, work
from tests.faults.matrix.asking import Action, Ask
from tests.faults.matrix.house import House
from tests.kit.bank import signed
from tests.kit.buyers import Buyer, method_of
from tests.kit.listings import Goods, a_listing, a_live_listing
from tests.kit.paid import effects, orders_that_wait
from tests.kit.people import a_phone, a_seller, a_staff
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


async def browse(house: House) -> Action:
    """Search, a product, its producer, and the picture on the page."""
    seller = await a_seller()
    name = f"Mật ong {new_id().hex[-8:]}"
    goods = await a_live_listing(seller, name=name)
    picture = await a_picture(seller, goods)
    code = (await _one("SELECT code FROM producer WHERE id = $1", seller.producer_id))["code"]
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
    """Put goods in the cart; order by bank transfer; order by cash on delivery."""
    seller = await a_seller()
    goods = await a_live_listing(seller, available=9)
    code = (await _one("SELECT code FROM producer WHERE id = $1", seller.producer_id))["code"]
    first, second = [Buyer(await house.somebody(), a_phone()) for _ in range(2)]
    looker = await house.somebody()
    forms = []
    for one, method in ((first, "bank_qr"), (second, "cod")):
        await one.put_in_cart(goods)
        forms.append(await one.checkout_form(**{method_of(code): method}))

    async def orders() -> dict[str, int]:
        async with work(SYSTEM):
            found = await rows(
                "SELECT buyer_phone, count(*)::int AS n FROM orders WHERE buyer_phone = ANY($1)"
                " GROUP BY buyer_phone",
                [[first.phone, second.phone]],
            )
        return {row["buyer_phone"]: row["n"] for row in found}

    async def comes() -> bool:
        return len(await orders()) == 2 and await _told(house, seller.phone, 1)

    async def once() -> None:
        assert await orders() == {first.phone: 1, second.phone: 1}
        await _told_once(house, seller.phone)

    cart = {"variant_id": str(goods.variant_id), "quantity": "1"}
    return Action(
        (
            Ask("to the cart", _post(looker, "/cart/add", data=cart)),
            Ask("order by transfer", _post(first.client, "/checkout", data=forms[0])),
            Ask("order for cash", _post(second.client, "/checkout", data=forms[1])),
        ),
        comes,
        once=once,
    )


async def pay(house: House) -> Action:
    """The bank tells of a transfer; a seller says that the money is there."""
    by_notice, by_tap = await orders_that_wait(2)
    bank, seller = await house.bank(), await house.somebody(by_tap.seller.token)

    async def tell() -> httpx.Response:
        raw, headers = signed(house.stack, by_notice.line)
        return await bank.post("/hooks/sepay", content=raw, headers=headers)

    async def forged() -> None:
        """What anybody can send: a notice of the right money, signed with no secret of ours."""
        raw, headers = signed(house.stack, by_notice.line, secret="none of ours")
        for body in (raw, raw[:40], b""):
            answer = await seller.post("/hooks/sepay", content=body, headers=headers)
            assert answer.status_code in (400, 401, 403), answer.text

    if house.is_ill("bank"):
        await forged()
    tap = _post(
        seller, f"/producer/orders/{by_tap.placed.part_id}/money", data={"said": "received"}
    )
    settled = [("placed", "settled", 1, 1, lines) for lines in (1, 0)]

    async def comes() -> bool:
        seen = [await effects(one.placed) for one in (by_notice, by_tap)]
        return seen == settled and await _told(house, by_notice.seller.phone, 1)

    async def tapped() -> bool:
        return await effects(by_tap.placed) == settled[1]

    async def once() -> None:
        # The bank tells it once more for nothing.
        assert (await tell()).status_code == 200
        await house.all_worked()
        assert [await effects(one.placed) for one in (by_notice, by_tap)] == settled
        await _told_once(house, by_notice.seller.phone)

    return Action(
        (
            Ask("the bank's notice", tell, extra=house.is_ill("bank"), patient=True),
            Ask("the seller's tap", tap),
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
    """A producer writes goods down, changes a price, sends goods in; staff approve others."""
    seller, staff = await a_seller(), await a_staff()
    changed, sent, looked_at = [await a_listing(seller, name=f"Cam {n}") for n in range(3)]
    for goods in (sent, looked_at):
        await a_picture(seller, goods)
    async with work(SYSTEM):
        await rows(
            "UPDATE listing SET state = 'in_review', submitted_at = now() WHERE id = $1",
            [looked_at.id],
        )
    who, desk = await house.somebody(seller.token), await house.somebody(staff.token)
    form = _words_of(changed, name="Cam mới")

    async def states() -> dict[str, int]:
        async with work(SYSTEM):
            found = await rows(
                "SELECT state || ' ' || coalesce(v.price_vnd, 0) AS is, count(*)::int AS n"
                " FROM listing l JOIN variant v ON v.listing_id = l.id WHERE l.producer_id = $1"
                " GROUP BY 1",
                [seller.producer_id],
            )
        return {row["is"]: row["n"] for row in found}

    wanted = {"draft 45000": 1, "draft 52000": 1, "in_review 45000": 1, "live 45000": 1}

    async def comes() -> bool:
        return await states() == wanted and await _told(house, seller.phone, 1)

    async def once() -> None:
        await _told_once(house, seller.phone)

    page, review = "/producer/goods", f"/staff/review/{looked_at.id}"
    dearer, done = _words_of(changed, price="52.000"), _words_of(sent, action="submit")
    approve = {"decision": "approve", "revision": "1"}
    return Action(
        (
            Ask("new goods", _post(who, f"{page}/new", data=form)),
            Ask("another price", _post(who, f"{page}/{changed.id}", data=dearer)),
            Ask("sent for review", _post(who, f"{page}/{sent.id}", data=done)),
            Ask("approved", _post(desk, review, data=approve)),
        ),
        comes,
        once=once,
    )


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
                "SELECT p.state, (SELECT count(*)::int FROM rendition r WHERE r.photo_id = p.id)"
                " AS made FROM photo p WHERE p.listing_id = $1",
                [goods.id],
            )
        return [(row["state"], row["made"]) for row in found]

    async def comes() -> bool:
        return [state for state, _ in await photos()] == ["ready"]

    async def once() -> None:
        assert await photos() == [("ready", 4)]
        async with work(SYSTEM):
            name = await value("SELECT name FROM listing WHERE id = $1", [goods.id])
        assert name == words["name"]

    return Action((Ask("the photo", send),), comes, once=once)


async def report(house: House) -> Action:
    """Programme staff look at what is to do."""
    staff = await a_staff()
    desk = await house.somebody(staff.token)
    return Action((Ask("the follow-ups", _get(desk, "/staff/follow-ups")),))


MAKERS = {
    "browse": browse,
    "buy": buy,
    "pay": pay,
    "list": list_goods,
    "upload": upload,
    "report": report,
}
