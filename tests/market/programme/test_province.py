"""Figures of a whole province: what was planned is what the pages, charts and lists say."""

from collections import Counter
from collections.abc import Iterable
from datetime import date
from urllib.parse import parse_qs, urlsplit

import asyncpg
import pytest

from integrations.contracts.viewer import SYSTEM, Role
from integrations.runtime.database import work
from market.programme.queries.facts import behind
from market.programme.rules import Step
from market.programme.schemas import FigureQuery, FunnelRow, MonthRow, SaleQuery, SupportQuery
from market.programme.service import figures
from tests.kit.invariants import assert_invariants
from tests.kit.people import Someone
from tests.kit.province import COMMUNES, STAGES, Villager, a_province
from tests.kit.stack import Stack
from tests.kit.statements import statements
from tests.market.programme.kit import numbers, staff_of, whole_list

PROVINCE = "38"  # Thanh Hóa: no other test is there
Lively = tuple[list[Villager], Someone]


@pytest.fixture(scope="module")
async def lively(stack: Stack) -> Lively:
    """The province and its staff, filled by one statement a table."""
    staff = await staff_of(province=PROVINCE, role=Role.PROVINCE_STAFF)
    with statements() as sent:
        everybody = await a_province(PROVINCE, staff)
    assert len(sent) <= 20, sent
    return everybody, staff


def funnel_of(some: Iterable[Villager]) -> dict[str, int]:
    """How many of these have come at least so far."""
    chosen = list(some)
    return {str(step): sum(one.has_come_to(step) for one in chosen) for step in Step}


def counts(row: FunnelRow) -> dict[str, int]:
    return {str(step): getattr(row, str(step)) for step in Step}


async def test_it_is_as_varied_as_a_real_one(lively: Lively) -> None:
    everybody, _ = lively
    assert len(everybody) == sum(STAGES.values()) == 60
    assert len({one.commune for one in everybody}) == COMMUNES
    assert Counter(one.stage for one in everybody) == STAGES
    sold = [sale for one in everybody for sale in one.sold]
    assert {sale.method for sale in sold} == {"bank_qr", "cod", "card", "channel"}
    assert len({sale.month for sale in sold}) >= 5
    assert {one.supported for one in everybody if one.sold} == {True, False}
    assert not all(sale.by_stranger for sale in sold)


async def test_the_funnel_is_as_planned(stack: Stack, lively: Lively) -> None:
    everybody, staff = lively
    found = await figures.figures(staff.viewer, FigureQuery())
    assert counts(found.funnel) == funnel_of(everybody)
    assert counts(found.supported) == funnel_of(one for one in everybody if one.supported)
    assert counts(found.unsupported) == funnel_of(one for one in everybody if not one.supported)
    assert {row.commune_code: counts(row) for row in found.communes} == {
        code: funnel_of(one for one in everybody if one.commune == code)
        for code in {one.commune for one in everybody}
    }


async def test_the_months_are_as_planned(stack: Stack, lively: Lively) -> None:
    everybody, staff = lively
    sold = [sale for one in everybody for sale in one.sold]

    def month(first: date | None) -> MonthRow:
        of = [sale for sale in sold if first is None or sale.month == first]
        return MonthRow(
            month=first,
            orders=len(of),
            revenue_vnd=sum(sale.amount_vnd for sale in of),
            cashless=sum(sale.method != "cod" for sale in of),
            strangers=sum(sale.by_stranger for sale in of),
        )

    found = await figures.figures(staff.viewer, FigureQuery())
    assert found.paid == month(None)
    assert found.months == [month(m) for m in sorted({s.month for s in sold}, reverse=True)]
    listed = await figures.sales(staff.viewer, SaleQuery())
    assert (listed.total, listed.total_vnd) == (found.paid.orders, found.paid.revenue_vnd)
    given = await figures.support(staff.viewer, SupportQuery(), "vi")
    assert given.total == sum(len(one.given) for one in everybody)


async def test_charts_say_the_same(stack: Stack, lively: Lively) -> None:
    everybody, _ = lively
    link = await asyncpg.connect(stack.env["DATABASE_STATS_URL"])
    try:
        by_source = await link.fetch(
            "SELECT source, count(*) AS orders, sum(amount_vnd)::bigint AS vnd FROM stats_order"
            " WHERE province_code = $1 AND is_paid GROUP BY source",
            PROVINCE,
        )
    finally:
        await link.close()
    theirs = [s for one in everybody for s in one.sold if s.method == "channel"]
    ours = [s for one in everybody for s in one.sold if s.method != "channel"]
    assert {row["source"]: (row["orders"], row["vnd"]) for row in by_source} == {
        source: (len(some), sum(sale.amount_vnd for sale in some))
        for source, some in (("shopee", theirs), ("shop", ours))
    }


@pytest.mark.parametrize("kind", ["", "household"])
async def test_every_number_opens_a_list_of_that_length(
    stack: Stack, lively: Lively, kind: str
) -> None:
    _, staff = lively
    opened = 0
    async with stack.browser(staff.token) as browser:
        page = await browser.get("/staff/figures", params={"kind": kind})
        for href, shown in numbers(page.text):
            path = urlsplit(href).path.replace("/staff/", "/api/v1/programme/")
            query = parse_qs(urlsplit(href).query)
            assert await whole_list(browser, path, query) == int(shown.replace(".", "")), href
            opened += 1
    assert opened >= 5 * COMMUNES if not kind else opened >= 14


async def test_pages_ask_five_statements_at_most(stack: Stack, lively: Lively) -> None:
    everybody, staff = lively
    one = next(one for one in everybody if one.stage is Step.SOLD_AGAIN)
    async with stack.browser(staff.token) as browser:
        for path in ("figures", "producers", "sales", "support", f"producers/{one.producer_id}"):
            with statements() as sent:
                assert (await browser.get(f"/staff/{path}")).status_code == 200
            assert len(sent) <= 5, sent


async def test_nothing_in_it_is_askew(stack: Stack, lively: Lively) -> None:
    """Other tests look at the same database: its books, stock and facts are right."""
    await assert_invariants(stack)
    mine = {one.producer_id for one in lively[0]}
    async with work(SYSTEM):
        assert mine.isdisjoint(await behind(100_000))
