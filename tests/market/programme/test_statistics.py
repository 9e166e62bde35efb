"""The views for charts: as documented, nothing of people, the same numbers as the pages."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from integrations.contracts.viewer import SYSTEM
from integrations.runtime.database import rows, work
from market.programme.schemas import FigureQuery
from market.programme.service import figures
from market.tables import STATS
from tests.kit.stack import Stack
from tests.market.programme.kit import a_place, a_sale, a_seller_in, at, staff_of

DOCUMENT = Path(__file__).resolve().parents[3] / "docs" / "statistics.md"


@pytest.fixture(scope="module")
async def charts(stack: Stack) -> AsyncIterator[asyncpg.Connection]:
    """Connected as the tool that draws charts."""
    link = await asyncpg.connect(stack.env["DATABASE_STATS_URL"])
    yield link
    await link.close()


def documented() -> dict[str, set[str]]:
    """View -> columns, as docs/statistics.md lists them."""
    found = {}
    for part in DOCUMENT.read_text("utf-8").split("\n### ")[1:]:
        view = part.partition(":")[0]
        cells = re.findall(r"^\| ([a-z_0-9, ]+) \|", part, re.M)
        found[view] = {name for cell in cells for name in cell.split(", ")}
    return found


async def test_every_column_is_documented(charts: asyncpg.Connection) -> None:
    said = documented()
    assert set(said) == set(STATS)
    for view in STATS:
        row = await charts.fetch(
            "SELECT attname FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0", view
        )
        assert {one["attname"] for one in row} == said[view], view


async def test_nothing_of_people_stands_in_them(charts: asyncpg.Connection) -> None:
    forbidden = re.compile(r"phone|buyer|street|holder|account|giver|note|person|^name|search")
    assert [c for columns in documented().values() for c in columns if forbidden.search(c)] == []


async def test_the_role_sees_its_views_and_nothing_else(
    stack: Stack, charts: asyncpg.Connection
) -> None:
    owner = await asyncpg.connect(stack.env["DATABASE_OWNER_URL"])
    try:
        there = await owner.fetch(
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"
            " AND relkind IN ('r', 'v', 'p')"
        )
    finally:
        await owner.close()
    readable = []
    for name in (row["relname"] for row in there):
        try:
            await charts.fetch(f"SELECT 1 FROM {name} LIMIT 1")
            readable.append(name)
        except asyncpg.InsufficientPrivilegeError:
            pass
    assert sorted(readable) == sorted(STATS)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await charts.execute("CREATE TABLE mine (n int)")
    async with work(SYSTEM):
        with pytest.raises(Exception, match="permission denied"):
            await rows("SELECT 1 FROM stats_producer")


async def test_they_say_what_the_pages_say(stack: Stack, charts: asyncpg.Connection) -> None:
    place = await a_place()
    staff = await staff_of(place.commune, province=place.province)
    for number in range(4):
        seller, goods = await a_seller_in(place, signed_up=at("2026-05-31", "23:30"))
        assert goods is not None
        if number:
            await a_sale(seller, goods, paid_at=at("2026-08-31", "23:30"))
        if number > 1:
            await a_sale(seller, goods, paid_at=at("2026-09-01", "00:00"), phone=seller.phone)
    page = await figures.figures(staff.viewer, FigureQuery())
    where = "WHERE commune_code = $1"
    months = await charts.fetch(
        f"SELECT * FROM stats_month {where} ORDER BY month DESC", place.commune
    )
    assert [
        (m["month"], m["orders"], m["revenue_vnd"], m["cashless_orders"], m["orders_by_strangers"])
        for m in months
    ] == [(m.month, m.orders, m.revenue_vnd, m.cashless, m.strangers) for m in page.months]
    [funnel] = await charts.fetch(f"SELECT * FROM stats_funnel {where}", place.commune)
    for step in ("signed_up", "identified", "listed", "sold", "sold_again"):
        assert funnel[step] == getattr(page.funnel, step)
    assert funnel["signed_up_month"].isoformat() == "2026-05-01"
    paid = await charts.fetchval(
        f"SELECT count(*) FROM stats_order {where} AND is_paid", place.commune
    )
    assert paid == page.paid.orders == 5
