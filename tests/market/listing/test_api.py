"""Goods over the API, and what a page costs."""

import gzip
import re

import pytest

from integrations.contracts.ids import new_id
from tests.kit.listings import a_listing, a_live_listing
from tests.kit.people import a_seller, a_staff
from tests.kit.pictures import phone_jpeg
from tests.kit.stack import Stack
from tests.kit.statements import statements

PATH = "/api/v1/listings"


async def test_a_listing_from_create_to_review(stack: Stack) -> None:
    seller = await a_seller()
    body = {"client_id": str(new_id()), "name": "Bưởi", "price": "45.000đ", "stock": 7}
    async with stack.client(seller.token) as client:
        made = await client.post(PATH, json=body)
        again = await client.post(PATH, json=body)
        assert (made.status_code, again.json()["id"]) == (201, made.json()["id"])
        listing = made.json()
        assert (listing["price_vnd"], listing["available"], listing["state"]) == (45000, 7, "draft")
        early = await client.post(f"{PATH}/{listing['id']}/submit")
        assert (early.status_code, early.json()["code"]) == (400, "photo.missing")
        files = {"photo": ("a.jpg", phone_jpeg())}
        await client.post(f"{PATH}/{listing['id']}/photos", files=files)
        await stack.drain()
        changed = await client.patch(
            f"{PATH}/{listing['id']}", json={"unit": "quả", "price": 50_000, "stock": 9}
        )
        assert changed.json()["unit"] == "quả" and changed.json()["available"] == 9
        sent = await client.post(f"{PATH}/{listing['id']}/submit")
        twice = await client.post(f"{PATH}/{listing['id']}/submit")
    assert sent.json()["state"] == twice.json()["state"] == "in_review"
    assert sent.json()["photo"]["state"] == "ready" and sent.json()["missing"] == []


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"price": 0}, "price"),
        ({"price": -45_000}, "price"),
        ({"price": "abc"}, "price"),
        ({"name": "dài " * 2500}, "name"),
        ({"description": "dài " * 2500}, "description"),
        ({"stock": -1}, "stock"),
        ({"stock": "1e9"}, "stock"),
    ],
)
async def test_what_cannot_be_read_keeps_nothing(
    stack: Stack, body: dict[str, object], field: str
) -> None:
    seller = await a_seller()
    goods = await a_listing(seller)
    async with stack.client(seller.token) as client:
        answer = await client.patch(f"{PATH}/{goods.id}", json={"unit": "kg", **body})
        assert (answer.status_code, answer.json()["field"]) == (400, field)
        new = await client.post(PATH, json={"client_id": str(new_id()), "name": "x", **body})
        assert new.status_code == 400
        assert (await client.get(f"{PATH}/{goods.id}")).json()["unit"] == "quả"
        assert len((await client.get(PATH)).json()["items"]) == 1


async def test_own_goods_in_pages(stack: Stack) -> None:
    seller, other = await a_seller(), await a_seller()
    await a_listing(other)
    made = [str((await a_listing(seller)).id) for _ in range(5)]
    async with stack.client(seller.token) as client:
        first = (await client.get(f"{PATH}?limit=3")).json()
        rest = (await client.get(f"{PATH}?limit=3&cursor={first['next_cursor']}")).json()
        assert (await client.get(f"{PATH}?limit=101")).status_code == 400
    seen = [one["id"] for page in (first, rest) for one in page["items"]]
    assert seen == made[::-1] and rest["next_cursor"] is None


async def test_pause_and_resume(stack: Stack) -> None:
    seller = await a_seller()
    goods = await a_live_listing(seller)
    async with stack.client(seller.token) as client:
        for verb, state in (
            ("pause", "paused"), ("pause", "paused"), ("resume", "live"), ("resume", "live"),
        ):  # fmt: skip
            answer = await client.post(f"{PATH}/{goods.id}/{verb}")
            assert (answer.status_code, answer.json()["state"]) == (200, state)


async def test_anothers_goods_answer_404(stack: Stack) -> None:
    owner, other = await a_seller(), await a_seller()
    goods = await a_live_listing(owner)
    async with stack.client(other.token) as client:
        answers = [
            await client.get(f"{PATH}/{goods.id}"),
            await client.patch(f"{PATH}/{goods.id}", json={"price": 1}),
            *[await client.post(f"{PATH}/{goods.id}/{v}") for v in ("submit", "pause", "resume")],
        ]
    assert [one.status_code for one in answers] == [404] * 5


async def test_pages_do_not_grow_with_goods(stack: Stack) -> None:
    seller, staff = await a_seller(), await a_staff()
    goods = await a_live_listing(seller)

    async def cost(address: str, token: str) -> int:
        async with stack.browser(token) as browser:
            with statements() as sent:
                assert (await browser.get(address)).status_code == 200
        return len([one for one in sent if "FROM session" not in one])

    pages = [
        ("/producer/goods", seller.token),
        (f"/producer/goods/{goods.id}", seller.token),
        ("/staff/review", staff.token),
    ]
    few = [await cost(*page) for page in pages]
    for _ in range(8):
        await a_live_listing(seller)
    assert [await cost(*page) for page in pages] == few
    assert all(count <= 3 for count in few), few


async def test_the_form_is_light(stack: Stack) -> None:
    seller = await a_seller()
    async with stack.browser(seller.token) as browser:
        page = await browser.get("/producer/goods/new")
        own = set(re.findall(r'(?:href|src)="(/static/[^"]+)"', page.text))
        bodies = [page.content] + [(await browser.get(address)).content for address in own]
    assert len(bodies) <= 4
    assert sum(len(gzip.compress(body)) for body in bodies) <= 25 * 1024
