"""Staff's pages: whose producers, each number and its list, few statements, three clicks."""

import re
from datetime import UTC, datetime, timedelta
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest

from integrations.contracts.viewer import Role
from market.orders.rules import PaymentMethod
from market.programme.schemas import FigureQuery, ProducerQuery
from market.programme.service import figures
from sellers.producers.models import ProducerKind
from sellers.support.schemas import GiveSupport
from sellers.support.service import give
from tests.kit.people import Someone, a_staff
from tests.kit.stack import Stack
from tests.kit.statements import statements
from tests.market.programme.kit import (
    Place,
    a_place,
    a_sale,
    a_seller_in,
    at,
    numbers,
    staff_of,
    whole_list,
)

GIVEN = GiveSupport(
    kind="photos", programme="Nông sản lên sàn 2026", giver="Tổ công nghệ số", cost_vnd=300_000
)


async def a_peopled_place() -> tuple[Place, Someone]:
    """Seven sellers at every step, a household and a firm among them, some with support."""
    place = await a_place()
    staff = await staff_of(place.commune, province=place.province)
    for number in range(7):
        kind = ProducerKind.FIRM if number == 0 else ProducerKind.HOUSEHOLD
        seller, goods = await a_seller_in(
            place,
            name=f"Vườn bưởi số {number}",
            signed_up=at("2026-05-02") + timedelta(days=10 * number),
            kind=kind,
            listed=number > 1,
        )
        if number in (2, 4):
            given = GIVEN.model_copy(update={"given_on": at("2026-06-20").date()})
            await give(staff.viewer, producer_id=seller.producer_id, given=given)
        if goods is None or number < 4:
            continue
        await a_sale(seller, goods, paid_at=at("2026-08-01"))
        if number > 4:
            await a_sale(seller, goods, paid_at=at("2026-08-20"), source="shopee")
        if number > 5:
            method = PaymentMethod.CASH_ON_DELIVERY
            await a_sale(seller, goods, paid_at=at("2026-09-30", "23:30"), method=method)
            await a_sale(seller, goods, paid_at=at("2026-09-30"), phone=seller.phone)
    return place, staff


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"kind": "household"},
        {"from": "2026-05-12", "to": "2026-06-11"},
        {"from": "2026-08-20"},
        {"to": "2026-08-01"},
    ],
    ids=str,
)
async def test_every_number_is_as_long_as_its_list(stack: Stack, asked: dict[str, str]) -> None:
    """Each link of the page of figures is opened; what it lists is counted row by row."""
    _, staff = await a_peopled_place()
    opened = 0
    async with stack.browser(staff.token) as browser:
        page = await browser.get("/staff/figures", params=asked)
        assert page.status_code == 200
        for href, shown in numbers(page.text):
            path = urlsplit(href).path.replace("/staff/", "/api/v1/programme/")
            listed = await whole_list(browser, path, parse_qs(urlsplit(href).query))
            assert listed == int(shown.replace(".", "")), href
            opened += 1
    assert opened >= 14


async def test_support_counts_only_before_the_first_sale(stack: Stack) -> None:
    place, staff = await a_peopled_place()
    before = await figures.figures(staff.viewer, FigureQuery())
    assert (before.supported.signed_up, before.supported.sold) == (2, 1)
    assert (before.unsupported.signed_up, before.unsupported.sold) == (5, 2)
    late, goods = await a_seller_in(place, name="Nhà chị Sáu", signed_up=at("2026-05-02"))
    assert goods is not None
    await a_sale(late, goods, paid_at=at("2026-06-01"))
    given = GIVEN.model_copy(update={"given_on": at("2026-06-02").date()})
    await give(staff.viewer, producer_id=late.producer_id, given=given)
    after = await figures.figures(staff.viewer, FigureQuery())
    assert after.supported == before.supported
    assert after.unsupported.sold == before.unsupported.sold + 1


async def test_other_communes_and_provinces_see_nothing(stack: Stack) -> None:
    place, staff = await a_peopled_place()
    beside, away = await a_place(), await a_place("08")
    [shown, *_] = (await figures.producers(staff.viewer, ProducerQuery(), "vi")).items
    for stranger in (
        await staff_of(beside.commune, province=beside.province),
        await staff_of(province=away.province, role=Role.PROVINCE_STAFF),
        await a_staff(Role.MODERATOR),
    ):
        async with stack.browser(stranger.token) as browser:
            query = {"commune": place.commune}
            found = (await browser.get("/api/v1/programme/figures", params=query)).json()
            assert found["funnel"]["signed_up"] == found["paid"]["orders"] == 0
            assert found["paid"]["revenue_vnd"] == 0 and found["communes"] == []
            for name in ("producers", "sales", "support"):
                answer = await browser.get(f"/api/v1/programme/{name}", params=query)
                assert (answer.json()["total"], answer.json()["items"]) == (0, []), name
            one = f"/producers/{shown.id}"
            for path in (f"/staff{one}", f"/staff{one}/support", f"/api/v1/programme{one}",
                         f"/api/v1{one}/support"):  # fmt: skip
                assert (await browser.get(path)).status_code == 404, path
            written = await browser.post(
                f"/api/v1{one}/support",
                json=GIVEN.model_dump(mode="json", exclude_none=True),
            )
            assert written.status_code == 404


async def test_staff_of_two_communes_see_both_and_the_province_sees_all(stack: Stack) -> None:
    first, second = await a_place(), await a_place()
    for place in (first, second):
        await a_seller_in(place)
    both = await staff_of(first.commune, second.commune, province=first.province)
    async with stack.browser(both.token) as browser:
        found = (await browser.get("/api/v1/programme/producers")).json()
        assert {row["commune_code"] for row in found["items"]} == {first.commune, second.commune}
    whole = await staff_of(province=first.province, role=Role.PROVINCE_STAFF)
    seen = await figures.producers(whole.viewer, ProducerQuery(commune=second.commune), "vi")
    assert seen.total == 1


async def test_a_grant_that_ends_takes_its_commune_away(stack: Stack) -> None:
    from integrations.contracts.viewer import SYSTEM
    from integrations.runtime.database import run, work

    first, second = await a_place(), await a_place()
    for place in (first, second):
        await a_seller_in(place)
    staff = await staff_of(first.commune, second.commune, province=first.province)
    async with work(SYSTEM):
        await run(
            "UPDATE role_grant SET ended_at = now() WHERE person_id = $1 AND commune_code = $2",
            [staff.person_id, second.commune],
        )
    async with stack.browser(staff.token) as browser:
        found = (await browser.get("/api/v1/programme/producers")).json()
        assert {row["commune_code"] for row in found["items"]} == {first.commune}


async def test_pages_ask_few_statements_however_many_rows(stack: Stack) -> None:
    place, staff = await a_peopled_place()
    [first, *_] = (await figures.producers(staff.viewer, ProducerQuery(), "vi")).items
    paths = ["/staff/figures", "/staff/producers", "/staff/sales", "/staff/support",
             f"/staff/producers/{first.id}"]  # fmt: skip
    counts = []
    async with stack.browser(staff.token) as browser:
        for path in paths:
            with statements() as sent:
                assert (await browser.get(path)).status_code == 200
            assert len(sent) <= 5, sent
            counts.append(len(sent))
        for _ in range(3):
            await a_seller_in(place)
        for path, before in zip(paths, counts, strict=True):
            with statements() as sent:
                await browser.get(path)
            assert len(sent) == before


@pytest.mark.parametrize("typed", ["Cau Dô", "cầu đỏ", "CAU DO ba che", "{code}", "{phone}"])
async def test_sellers_are_found_without_marks_by_code_and_phone(stack: Stack, typed: str) -> None:
    place = await a_place()
    staff = await staff_of(place.commune, province=place.province)
    seller, _ = await a_seller_in(place, name="Tổ hợp tác Cầu Đỏ, bà Chè", listed=False)
    await a_seller_in(place, name="Nhà bác Ba", listed=False)
    [own] = (await figures.producers(staff.viewer, ProducerQuery(q="cau do"), "vi")).items
    assert own.id == seller.producer_id
    phone = "0" + seller.phone[3:6] + " " + seller.phone[6:]
    q = typed.format(code=own.code.lower(), phone=phone)
    found = await figures.producers(staff.viewer, ProducerQuery(q=q), "vi")
    assert [row.id for row in found.items] == [seller.producer_id]


async def test_pages_of_fifty_show_everybody_once(stack: Stack) -> None:
    place = await a_place()
    staff = await staff_of(place.commune, province=place.province)
    # Signed up at the same moment: only the id tells them apart.
    made = {
        (await a_seller_in(place, listed=False, signed_up=at("2026-04-01")))[0].producer_id
        for _ in range(53)
    }
    first = await figures.producers(staff.viewer, ProducerQuery(), "vi")
    rest = await figures.producers(staff.viewer, ProducerQuery(after=first.next_cursor), "vi")
    assert (len(first.items), len(rest.items), rest.next_cursor) == (50, 3, None)
    assert first.total == rest.total == 53
    assert {row.id for row in first.items + rest.items} == made


async def test_who_is_silent(stack: Stack) -> None:
    place = await a_place()
    staff = await staff_of(place.commune, province=place.province)
    seller, goods = await a_seller_in(place)
    assert goods is not None
    await a_sale(seller, goods, paid_at=datetime.now(UTC) - timedelta(days=40))
    for days, total in ((30, 1), (40, 1), (60, 0)):
        asked = ProducerQuery(silent_days=days)
        assert (await figures.producers(staff.viewer, asked, "vi")).total == total
    async with stack.browser(staff.token) as browser:
        assert "im 40 ngày" in (await browser.get("/staff/producers")).text


async def test_support_is_written_in_three_clicks(stack: Stack) -> None:
    """The row's link, the kind, the button: day, programme and giver stand there."""
    place = await a_place()
    staff = await staff_of(place.commune, province=place.province)
    seller, _ = await a_seller_in(place)
    other, _ = await a_seller_in(place, name="Nhà bác Tư")
    await give(staff.viewer, producer_id=other.producer_id, given=GIVEN)
    async with stack.browser(staff.token) as browser:
        page = (await browser.get("/staff/producers")).text
        link = f"/staff/producers/{seller.producer_id}/support"
        assert f'href="{link}"' in page  # the first click
        form = (await browser.get(link)).text
        typed = {
            name: unescape(value)
            for name, value in re.findall(r'<input[^>]*name="([^"]+)"[^>]*value="([^"]*)"', form)
            if name != "kind"
        }
        assert typed["programme"] == GIVEN.programme and typed["giver"] == GIVEN.giver
        typed |= {"kind": "training", "note": ""}  # the second
        done = await browser.post(link, data=typed)  # the third
        assert done.status_code == 303
        again = await browser.post(link, data=typed)  # an impatient finger
        assert again.status_code == 303
        shown = (await browser.get(done.headers["Location"])).text
    assert shown.count(">Tập huấn</p>") == 1 and "Đã ghi lại." in shown
    found = (await figures.producer(staff.viewer, seller.producer_id, "vi"))[1]
    today = datetime.now(UTC) + timedelta(hours=7)
    assert [(row["kind"], row["given_on"]) for row in found] == [("training", today.date())]


@pytest.mark.parametrize("asked", ["from=0001-01-01", "to=0001-01-01", "from=9999-12-31",
                                   "to=9999-12-31", "from=0001-01-01&to=9999-12-31"])  # fmt: skip
@pytest.mark.parametrize("what", ["figures", "producers", "sales", "support"])
async def test_the_ends_of_the_calendar_are_days_like_others(
    stack: Stack, what: str, asked: str
) -> None:
    staff = await a_staff()
    async with stack.client(staff.token) as client:
        assert (await client.get(f"/api/v1/programme/{what}?{asked}")).status_code == 200
    async with stack.browser(staff.token) as browser:
        assert (await browser.get(f"/staff/{what}?{asked}")).status_code == 200
