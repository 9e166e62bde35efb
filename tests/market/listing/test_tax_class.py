"""What goods are to the tax law: chosen by staff, dated rates, orders keep what was agreed."""

import asyncio
from typing import Any
from uuid import UUID

import pytest

from integrations.contracts.errors import Conflict, NotAllowed
from integrations.contracts.ids import new_id
from integrations.contracts.viewer import SYSTEM, Role
from integrations.runtime import audit
from integrations.runtime.database import rows, value, work
from market.catalog.rules import ListingState
from market.listing.service import moderation
from sellers.producers.models import ProducerKind
from tests.kit.listings import Goods, a_listing, a_live_listing
from tests.kit.pages import hidden, words
from tests.kit.people import Seller, a_phone, a_seller, a_staff
from tests.kit.shop import a_picture
from tests.kit.stack import Stack

OWN, SOLD_ON = "own_production", "goods_distribution"


async def _in_review(seller: Seller) -> Goods:
    """Goods with a picture that wait for a decision."""
    goods = await a_listing(seller, state=ListingState.IN_REVIEW, price_vnd=100_000, available=9)
    await a_picture(seller, goods)
    return goods


async def _kept(goods: Goods) -> str:
    async with work(SYSTEM):
        return str(await value("SELECT tax_class FROM listing WHERE id = $1", [goods.id]))


async def _noted(goods: Goods) -> list[Any]:
    async with work(SYSTEM):
        return await rows(
            "SELECT actor, details->>'was' AS was, details->>'tax_class' AS tax_class FROM audit"
            " WHERE subject = $1 AND action = 'listing.tax_class' ORDER BY seq",
            [audit.subject_of("listing", goods.id)],
        )


async def _ordered(stack: Stack, seller: Seller, goods: Goods) -> UUID:
    """One of the goods, by the checkout, in cash; the part's id."""
    async with work(SYSTEM):
        code = await value("SELECT code FROM producer WHERE id = $1", [seller.producer_id])
    buyer = {"name": "Lê Thị Hoa", "phone": a_phone(), "commune_code": "00070", "street": "Ngõ 5"}
    async with stack.client(**{"Idempotency-Key": str(new_id())}) as client:
        answer = await client.post(
            "/api/v1/orders",
            json={
                "lines": [{"variant_id": str(goods.variant_id), "quantity": 1}],
                "buyer": {**buyer, "note": ""},
                "methods": {code: "cod"},
            },
        )
    assert answer.status_code == 201, answer.text
    async with work(SYSTEM):
        part_id = await value(
            "SELECT part_id FROM order_line WHERE variant_id = $1 ORDER BY id DESC LIMIT 1",
            [goods.variant_id],
        )
    return UUID(str(part_id))


async def _withheld(part_id: UUID) -> tuple[str, int, int]:
    async with work(SYSTEM):
        found = await rows(
            "SELECT l.tax_class, p.vat_vnd, p.pit_vnd FROM order_part p"
            " JOIN order_line l ON l.part_id = p.id WHERE p.id = $1",
            [part_id],
        )
    return found[0]["tax_class"], found[0]["vat_vnd"], found[0]["pit_vnd"]


async def test_staff_choose_it_with_the_approval_and_see_the_rates(stack: Stack) -> None:
    seller, staff = await a_seller(), await a_staff()
    goods = await _in_review(seller)
    here = f"/staff/review/{goods.id}"
    async with stack.browser(staff.token) as browser:
        page = (await browser.get(here)).text
        said = words(page)
        assert "Mua về bán lại: khấu trừ 1,5" in said and "Tự làm ra: khấu trừ 4,5" in said
        assert f'<option value="{SOLD_ON}" selected>' in page
        data = {"revision": hidden(page, "revision"), "decision": "approve", "tax_class": OWN}
        assert (await browser.post(here, data=data)).status_code == 303
    assert await _kept(goods) == OWN
    assert await _noted(goods) == [{"actor": staff.viewer.label, "was": SOLD_ON, "tax_class": OWN}]


async def test_approved_without_a_word_about_it_stays_as_it_was(stack: Stack) -> None:
    seller, staff = await a_seller(), await a_staff()
    goods = await _in_review(seller)
    async with stack.client(staff.token) as client:
        path = f"/api/v1/review/listings/{goods.id}"
        seen = (await client.get(path)).json()
        answer = await client.post(f"{path}/approve", json={"revision": seen["revision"]})
    assert (answer.status_code, answer.json()["tax_class"]) == (200, SOLD_ON)
    assert await _noted(goods) == []


async def test_orders_keep_what_was_agreed_and_later_ones_follow_the_change(stack: Stack) -> None:
    seller, staff = await a_seller(), await a_staff()
    goods = await a_live_listing(seller, price_vnd=100_000)
    before = await _ordered(stack, seller, goods)
    here = f"/staff/review/{goods.id}"
    async with stack.browser(staff.token) as browser:
        page = (await browser.get(here)).text
        data = {"was": hidden(page, "was"), "tax_class": OWN}
        done = await browser.post(f"{here}/tax-class", data=data)
        assert (done.status_code, done.headers["location"]) == (303, f"{here}?done=tax_class")
        assert "Các đơn từ nay tính theo loại này" in words(
            (await browser.get(f"{here}?done=tax_class")).text
        )
    after = await _ordered(stack, seller, goods)
    assert await _withheld(before) == (SOLD_ON, 1_000, 500)
    assert await _withheld(after) == (OWN, 3_000, 1_500)
    async with work(SYSTEM):
        assert await value("SELECT state FROM listing WHERE id = $1", [goods.id]) == "live"


async def test_the_api_names_the_choices_and_takes_one(stack: Stack) -> None:
    staff = await a_staff()
    goods = await a_live_listing(await a_seller())
    path = f"/api/v1/review/listings/{goods.id}"
    async with stack.client(staff.token) as client:
        seen = (await client.get(path)).json()
        rates = {one["tax_class"]: one["rate_ppm"] for one in seen["tax_choices"]}
        assert rates == {
            SOLD_ON: 15_000, OWN: 45_000, "raw_farm_produce": 15_000, "services": 70_000,
        }  # fmt: skip
        assert "Tự làm ra" in [one["title"] for one in seen["tax_choices"]]
        strange = await client.post(f"{path}/tax-class", json={"tax_class": "x", "was": SOLD_ON})
        assert (strange.status_code, strange.json()["code"]) == (400, "tax_class.unknown")
        assert strange.json()["field"] == "tax_class"
        body = {"tax_class": OWN, "was": SOLD_ON}
        for _ in range(2):  # sent twice, it is chosen once
            answer = await client.post(f"{path}/tax-class", json=body)
            assert (answer.status_code, answer.json()["tax_class"]) == (200, OWN)
    assert len(await _noted(goods)) == 1


async def test_the_second_of_two_who_choose_is_told(stack: Stack) -> None:
    one, two = await a_staff(), await a_staff()
    goods = await a_live_listing(await a_seller())
    chosen = await asyncio.gather(
        *(
            moderation.set_tax_class(
                who.viewer, listing_id=goods.id, tax_class=tax_class, was=SOLD_ON
            )
            for who, tax_class in ((one, OWN), (two, "services"))
        ),
        return_exceptions=True,
    )
    assert [type(one) for one in chosen].count(Conflict) == 1
    assert len(await _noted(goods)) == 1


async def test_a_firm_declares_for_itself_whatever_it_sells(stack: Stack) -> None:
    staff, firm = await a_staff(), await a_seller(kind=ProducerKind.FIRM)
    goods = await a_live_listing(firm)
    rates = await moderation.tax_rates(staff.viewer, await moderation.look(staff.viewer, goods.id))
    assert set(rates.values()) == {0} and len(rates) == 4


@pytest.mark.parametrize("role", [Role.FINANCE_STAFF, Role.OPERATOR])
async def test_only_reviewers_choose(stack: Stack, role: Role) -> None:
    staff = await a_staff(role)
    goods = await a_live_listing(await a_seller())
    with pytest.raises(NotAllowed):
        await moderation.set_tax_class(
            staff.viewer, listing_id=goods.id, tax_class=OWN, was=SOLD_ON
        )
    assert await _kept(goods) == SOLD_ON


async def test_what_was_put_away_is_not_changed(stack: Stack) -> None:
    staff = await a_staff()
    goods = await a_listing(await a_seller(), state=ListingState.ARCHIVED)
    with pytest.raises(Conflict) as refused:
        await moderation.set_tax_class(
            staff.viewer, listing_id=goods.id, tax_class=OWN, was=SOLD_ON
        )
    assert refused.value.code == "listing.archived"
