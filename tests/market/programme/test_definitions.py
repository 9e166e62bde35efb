"""What counts as a first sale by a stranger, a second one, a month: one example per rule."""

import asyncio
from collections.abc import Awaitable
from contextlib import suppress
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from integrations.contracts.ids import new_id
from integrations.contracts.viewer import SYSTEM, Role
from integrations.runtime.database import rows, run, work
from market.demo import load
from market.demo.people import province as demo_province
from market.orders.rules import PaymentMethod
from market.programme.queries.facts import behind
from market.programme.rules import SECOND_WITHIN_DAYS
from market.programme.schemas import FigureQuery, ProducerQuery, SaleQuery
from market.programme.service import facts, figures
from market.settlement.service import seller as taps
from sellers.accounts.models import Person, RoleGrant
from sellers.producers.models import Membership
from tests.kit.listings import Goods
from tests.kit.people import Seller, a_phone
from tests.kit.stack import Stack
from tests.market.programme.kit import a_place, a_sale, a_seller_in, at, staff_of


async def progress_of(seller: Seller) -> dict[str, Any]:
    """The facts of one producer as they stand."""
    async with work(SYSTEM):
        found = await rows(
            "SELECT * FROM producer_progress WHERE producer_id = $1", [seller.producer_id]
        )
    return found[0]


async def a_village() -> tuple[Seller, Goods]:
    """A seller with goods who signed up on 2 March 2026."""
    seller, goods = await a_seller_in(await a_place(), signed_up=at("2026-03-02"))
    assert goods is not None
    return seller, goods


async def person_of_household(seller: Seller, *, left: bool) -> str:
    phone = a_phone()
    async with work(SYSTEM):
        person = await Person.create(phone=phone, name="Trần Thị Lan")
        await Membership.create(person_id=person.id, producer_id=seller.producer_id)
        if left:
            await run("UPDATE membership SET ended_at = now() WHERE person_id = $1", [person.id])
    return phone


async def person_with_role(role: Role, *, ended: bool = False) -> str:
    phone = a_phone()
    async with work(SYSTEM):
        person = await Person.create(phone=phone, name="Phan Văn Đức")
        await RoleGrant.create(person_id=person.id, role=str(role), province_code="04")
        if ended:
            await run("UPDATE role_grant SET ended_at = now() WHERE person_id = $1", [person.id])
    return phone


@pytest.mark.parametrize(
    ("who", "counts"),
    [
        ("stranger", True),
        ("producer's phone", False),
        ("household", False),
        ("left the household", False),
        ("helper", False),
        ("commune staff", False),
        ("was moderator", False),
        ("through the marketplace", True),
    ],
)
async def test_who_is_a_stranger(stack: Stack, who: str, counts: bool) -> None:
    seller, goods = await a_village()
    phones: dict[str, Awaitable[str]] = {
        "stranger": _same(a_phone()),
        "producer's phone": _same(seller.phone),
        "household": person_of_household(seller, left=False),
        "left the household": person_of_household(seller, left=True),
        "helper": person_with_role(Role.HELPER),
        "commune staff": person_with_role(Role.COMMUNE_STAFF),
        "was moderator": person_with_role(Role.MODERATOR, ended=True),
        # A marketplace hides the number; whatever stands there says nothing.
        "through the marketplace": _same(seller.phone),
    }
    phone = dict(zip(phones, await asyncio.gather(*phones.values()), strict=True))[who]
    source = "shopee" if who == "through the marketplace" else "shop"
    await a_sale(seller, goods, paid_at=at("2026-03-21"), phone=phone, source=source)
    found = await progress_of(seller)
    assert (found["sold_at"] is not None, found["sales"]) == (counts, int(counts))
    assert found["days_to_sale"] == (19 if counts else None)


async def _same(phone: str) -> str:
    return phone


async def test_anothers_household_is_a_stranger(stack: Stack) -> None:
    seller, goods = await a_village()
    neighbour, _ = await a_village()
    await a_sale(seller, goods, paid_at=at("2026-03-21"), phone=neighbour.phone)
    assert (await progress_of(seller))["sales"] == 1


async def test_a_sale_that_was_undone_does_not_count(stack: Stack) -> None:
    """Cancelled after it was paid (the money goes back): the next one becomes the first."""
    seller, goods = await a_village()
    part_id, _ = await a_sale(seller, goods, paid_at=at("2026-03-10"))
    await a_sale(seller, goods, paid_at=at("2026-03-20"))
    assert (await progress_of(seller))["sold_at"] == at("2026-03-10")
    await taps.cannot(part_id=UUID(part_id), actor=seller.viewer, reason="Hết hàng.")
    await stack.drain()
    found = await progress_of(seller)
    assert (found["sold_at"], found["sales"]) == (at("2026-03-20"), 1)


async def test_an_order_that_nobody_paid_does_not_count(stack: Stack) -> None:
    from tests.kit.orders import an_order_part

    seller, goods = await a_village()
    await an_order_part(seller, goods, method=PaymentMethod.CASH_ON_DELIVERY)
    refused = await an_order_part(seller, goods, method=PaymentMethod.CASH_ON_DELIVERY)
    for step in (taps.confirm, taps.hand_over, taps.refused):
        await step(part_id=refused.part_id, actor=seller.viewer)
    await stack.drain()
    assert (await progress_of(seller))["sales"] == 0


@pytest.mark.parametrize(
    ("second", "again"),
    [
        (at("2026-05-09", "23:59"), True),  # the last minute of the 60th day
        (at("2026-05-10", "00:00"), False),  # the first one of the 61st
    ],
)
async def test_the_sixtieth_day_ends_at_midnight_in_viet_nam(
    stack: Stack, second: Any, again: bool
) -> None:
    seller, goods = await a_village()
    # 23:30 in Viet Nam is still the day before in Europe: the day counts, not the hours.
    first = at("2026-03-10", "23:30")
    await a_sale(seller, goods, paid_at=first)
    await a_sale(seller, goods, paid_at=second)
    found = await progress_of(seller)
    assert found["second_at"] == second
    assert (found["sold_again_at"] is not None) is again
    assert SECOND_WITHIN_DAYS == 60


async def test_a_sale_to_a_friend_is_no_second_one(stack: Stack) -> None:
    seller, goods = await a_village()
    await a_sale(seller, goods, paid_at=at("2026-03-10"))
    await a_sale(seller, goods, paid_at=at("2026-03-12"), phone=seller.phone)
    found = await progress_of(seller)
    assert (found["second_at"], found["last_sold_at"]) == (None, at("2026-03-10"))


async def test_a_month_ends_at_midnight_in_viet_nam(stack: Stack) -> None:
    place = await a_place()
    seller, goods = await a_seller_in(place, signed_up=at("2026-03-02"))
    staff = await staff_of(place.commune, province=place.province)
    assert goods is not None
    _, october = await a_sale(seller, goods, paid_at=at("2026-10-31", "23:30"))
    _, november = await a_sale(seller, goods, paid_at=at("2026-11-01", "00:00"), quantity=3)
    found = await figures.figures(staff.viewer, FigureQuery())
    assert [(row.month and row.month.isoformat(), row.revenue_vnd) for row in found.months] == [
        ("2026-11-01", november),
        ("2026-10-01", october),
    ]
    asked = SaleQuery.model_validate({"from": "2026-10-01", "to": "2026-10-31"})
    listed = await figures.sales(staff.viewer, asked)
    assert (listed.total, listed.total_vnd) == (1, october)


async def test_the_median_and_the_cashless_share(stack: Stack) -> None:
    place = await a_place()
    staff = await staff_of(place.commune, province=place.province)
    for days, method in ((3, PaymentMethod.BANK_QR), (10, PaymentMethod.CASH_ON_DELIVERY),
                         (40, PaymentMethod.BANK_QR)):  # fmt: skip
        seller, goods = await a_seller_in(place, signed_up=at("2026-03-02", "23:00"))
        assert goods is not None
        # One hour after midnight, some days on: days are counted by the calendar.
        paid_at = at("2026-03-02", "01:00") + timedelta(days=days)
        await a_sale(seller, goods, paid_at=paid_at, method=method)
    await a_seller_in(place, signed_up=at("2026-03-02"))  # sold nothing: in no median
    found = await figures.figures(staff.viewer, FigureQuery())
    assert found.funnel.median_days == 10
    assert (found.paid.orders, found.paid.cashless, found.cashless_ppm) == (3, 2, 666_667)


async def test_the_steps_are_dates_of_their_own(stack: Stack) -> None:
    place = await a_place()
    staff = await staff_of(place.commune, province=place.province)
    seller, _ = await a_seller_in(place, signed_up=at("2026-03-02"), listed=False)
    async with work(SYSTEM):
        await run("UPDATE payout_account SET ended_at = now() WHERE producer_id = $1",
                  [seller.producer_id])  # fmt: skip
    await facts.refresh(seller.producer_id)
    [row] = (await figures.producers(staff.viewer, ProducerQuery(), "vi")).items
    assert row.stage == "identified"  # who it was once known to be stays known
    assert row.listed_at is None and row.sold_at is None


async def test_facts_that_no_task_brought_come_right(stack: Stack) -> None:
    """Somebody who bought is lent a role later; an order is undone by hand."""
    seller, goods = await a_village()
    phone = a_phone()
    await a_sale(seller, goods, paid_at=at("2026-03-10"), phone=phone)
    async with work(SYSTEM):
        person = await Person.create(phone=phone, name="Lê Văn Tám")
        await RoleGrant.create(person_id=person.id, role="helper", province_code="04")
        assert seller.producer_id in await behind(100_000)
    assert await facts.recount() >= 1
    async with work(SYSTEM):
        assert await behind(100_000) == []
    assert (await progress_of(seller))["sales"] == 0


async def test_what_tasks_keep_is_what_a_recount_finds(stack: Stack) -> None:
    """From the sign-up to the money only by the service's own verbs: nothing is left to mend."""
    seller, goods = await a_village()
    from tests.kit.orders import an_order_part

    placed = await an_order_part(seller, goods)
    await taps.say_money(part_id=placed.part_id, actor=seller.viewer, received=True)
    await stack.drain()
    async with work(SYSTEM):
        assert seller.producer_id not in await behind(100_000)
    assert (await progress_of(seller))["sales"] == 1


async def test_the_demo_province_is_counted_at_once(stack: Stack) -> None:
    """Its sellers are written by no verb: the fact that counts them follows all the same."""
    demo = demo_province().producers[0]
    told = []
    with suppress(InterruptedError):
        async with work(SYSTEM):
            await load._producer(demo, new_id())
            told = await rows(
                "SELECT p.code FROM outbox o JOIN producer p ON p.id::text = o.subject_id"
                " WHERE o.name = 'payout_account.set' AND p.name = $1 AND p.phone = $2",
                [demo.name, demo.phone],
            )
            raise InterruptedError  # the other tests have a shop without it
    assert len(told) == 1
