"""Tables as files: types, sums, no formula; links for spreadsheets and what they may not."""

import csv
import io
import re
from collections.abc import AsyncIterator
from datetime import date
from html import unescape
from typing import Any

import httpx
import openpyxl
import pytest

from integrations.contracts.errors import Conflict, NotFound
from integrations.contracts.viewer import SYSTEM, Role
from integrations.runtime.database import rows, run, work
from integrations.runtime.sheets import Column, as_csv, as_json, as_xlsx, safe_text
from market.programme.service import links
from market.programme.service.tables import TABLES
from sellers.support.schemas import GiveSupport
from sellers.support.service import give
from tests.kit.people import Someone, a_staff
from tests.kit.stack import Stack
from tests.market.programme.kit import Place, a_place, a_sale, a_seller_in, at, staff_of

EVIL = '=HYPERLINK("https://x","Nhà vườn")'


async def a_place_that_sold() -> tuple[Place, Someone, int]:
    """Three sellers, one with a name that a spreadsheet would run; what was paid in all."""
    place = await a_place()
    staff = await staff_of(place.commune, province=place.province)
    total_vnd = 0
    for name in (EVIL, "+84 912 345 678", "Nhà vườn Đồi Gió"):
        seller, goods = await a_seller_in(place, name=name, signed_up=at("2026-05-02"))
        assert goods is not None
        total_vnd += (await a_sale(seller, goods, paid_at=at("2026-08-01", "23:30")))[1]
        total_vnd += (await a_sale(seller, goods, paid_at=at("2026-10-01"), quantity=3))[1]
        given = GiveSupport(kind="visit", programme="@SUM(A1)", giver="-2+3", cost_vnd=150_000)
        given.given_on = date(2026, 6, 1)
        await give(staff.viewer, producer_id=seller.producer_id, given=given)
    return place, staff, total_vnd


async def _get(browser: httpx.AsyncClient, name: str) -> httpx.Response:
    answer = await browser.get(f"/staff/tables/{name}", headers={"Accept-Language": "vi"})
    assert answer.status_code == 200, name
    assert f'filename="ganh-{name}"' in answer.headers["Content-Disposition"]
    return answer


async def test_the_workbook_holds_numbers_days_and_no_formula(stack: Stack) -> None:
    _, staff, total_vnd = await a_place_that_sold()
    async with stack.browser(staff.token) as browser:
        books = {
            name: openpyxl.load_workbook(
                io.BytesIO((await _get(browser, f"{name}.xlsx")).content)
            ).active
            for name in TABLES
        }
    for name, sheet in books.items():
        assert sheet is not None and sheet.freeze_panes == "A2", name
        kinds = {cell.data_type for row in sheet.iter_rows() for cell in row}
        assert "f" not in kinds and kinds <= {"s", "n", "d"}, name
    sales = _table(books["sales"])
    assert len(sales) == 6
    assert sum(row["Số tiền"] for row in sales) == total_vnd
    assert all(isinstance(row["Số tiền"], int) for row in sales)
    assert {row["Đã trả"].date() for row in sales} == {date(2026, 8, 1), date(2026, 10, 1)}
    sellers = _table(books["producers"])
    assert {row["Người bán"] for row in sellers} >= {EVIL, "+84 912 345 678"}
    assert all(re.fullmatch(r"0\d{3} \d{3} \d{3}", row["Điện thoại"]) for row in sellers)
    assert [row["Số đơn"] for row in sellers] == [2, 2, 2]
    assert sum(row["Đã trả"] for row in _table(books["months"])) == total_vnd
    assert sum(row["Chi phí"] for row in _table(books["support"])) == 450_000
    assert _table(books["communes"])[0]["Đăng ký"] == 3
    assert [row["So với người đã đăng ký"] for row in _table(books["funnel"])] == [1, 1, 1, 1, 0]


def _table(sheet: Any) -> list[dict[str, Any]]:
    head, *lines = sheet.iter_rows(values_only=True)
    return [dict(zip(head, line, strict=True)) for line in lines]


async def test_csv_and_json_say_the_same(stack: Stack) -> None:
    _, staff, total_vnd = await a_place_that_sold()
    async with stack.browser(staff.token) as browser:
        for name in TABLES:
            plain = (await _get(browser, f"{name}.csv")).content
            assert plain.startswith(b"\xef\xbb\xbf")
            listed = list(csv.DictReader(io.StringIO(plain.decode("utf-8-sig"))))
            data = (await _get(browser, f"{name}.json")).json()
            assert len(listed) == len(data) > 0, name
            for row in listed:
                assert not any(str(cell).startswith(("=", "+", "-", "@")) for cell in row.values())
        sales = (await _get(browser, "sales.json")).json()
        assert sum(row["amount_vnd"] for row in sales) == total_vnd
        listed = list(
            csv.DictReader(
                io.StringIO((await _get(browser, "producers.csv")).text.lstrip("\ufeff"))
            )
        )
        assert "'" + EVIL in [row["Người bán"] for row in listed]
        assert {row["Đăng ký"] for row in listed} == {"2026-05-02"}
        # The filter of the page goes along, and what cannot be read is said.
        some = await browser.get("/staff/tables/sales.json?from=2026-10-01")
        assert len(some.json()) == 3
        wrong = await browser.get("/staff/tables/sales.json?from=soon")
        assert wrong.status_code == 400
        for gone in ("/staff/tables/secrets.csv", "/staff/tables/sales.pdf"):
            assert (await browser.get(gone)).status_code in (400, 404)


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@x", "\t=1", " =1", "＝1", "|x"])
def test_no_cell_begins_like_a_formula(text: str) -> None:
    assert safe_text(text) == f"'{text}"


def test_plain_words_stay() -> None:
    assert safe_text("Bưởi = ngon") == "Bưởi = ngon"


async def _many(count: int) -> AsyncIterator[list[dict[str, Any]]]:
    for start in range(0, count, 1_000):
        yield [{"name": f"Nhà số {n}", "sum": n} for n in range(start, min(start + 1_000, count))]


async def test_ten_thousand_rows_arrive_whole() -> None:
    columns = [Column("name", "Tên"), Column("sum", "Tiền", "vnd")]
    made = await as_xlsx(columns, _many(10_000), title="Đơn: đã/trả [*]?")
    sheet = openpyxl.load_workbook(io.BytesIO(made), read_only=True).active
    assert sheet is not None
    sums = [row[1] for row in sheet.iter_rows(min_row=2, values_only=True)]
    assert sums == list(range(10_000))
    lines = b"".join([part async for part in as_csv(columns, _many(10_000))]).splitlines()
    assert len(lines) == 10_001
    assert b"".join([part async for part in as_json(columns, _many(0))]) == b"[]"


async def made_link(staff: Someone, **given: Any) -> links.MadeLink:
    return await links.make_link(staff.viewer, **{"name": "Báo cáo tháng", "days": 30, **given})


async def test_a_link_reads_the_persons_figures_and_less_of_people(stack: Stack) -> None:
    place, staff, _ = await a_place_that_sold()
    link = await made_link(staff)
    async with stack.client() as nobody:
        found = await nobody.get(f"/figures/{link.token}/producers.json")
        assert found.status_code == 200 and found.headers["Cache-Control"] == "no-store"
        assert {row["commune_code"] for row in found.json()} == {place.commune}
        assert all("phone" not in row for row in found.json())
        given = (await nobody.get(f"/figures/{link.token}/support.json")).json()
        assert all("giver" not in row and "note" not in row for row in given)
        for name in TABLES:
            for form in ("xlsx", "csv", "json"):
                assert (await nobody.get(f"/figures/{link.token}/{name}.{form}")).is_success
        elsewhere = await nobody.get(f"/figures/{link.token}/sales.json?commune=18406")
        assert elsewhere.json() == []


async def test_a_link_opens_nothing_else(stack: Stack) -> None:
    _, staff, _ = await a_place_that_sold()
    link = await made_link(staff)
    path = f"/figures/{link.token}/producers.csv"
    async with stack.client(link.token) as client:  # as if it were a session
        assert (await client.get("/api/v1/programme/figures")).status_code == 401
        assert (await client.get("/staff/producers")).status_code == 303
        client.cookies.set("ganh", link.token)
        assert (await client.get("/api/v1/me")).status_code == 401
        for method in ("POST", "PUT", "PATCH", "DELETE"):
            answer = await client.request(method, path, headers={"Sec-Fetch-Site": "same-origin"})
            assert answer.status_code == 405, method


async def test_a_wrong_expired_or_ended_link_is_none(stack: Stack) -> None:
    _, staff, _ = await a_place_that_sold()
    link, old, other = await made_link(staff), await made_link(staff), await made_link(staff)
    async with work(SYSTEM):
        await run(
            "UPDATE figure_link SET expires_at = now() - interval '1 s' WHERE id = $1",
            [old.link_id],
        )
    await links.end_link(staff.viewer, link_id=other.link_id)
    answers = set()
    async with stack.client() as nobody:
        for token in (link.token[:-1] + "x", "x", old.token, other.token, str(link.link_id)):
            answer = await nobody.get(f"/figures/{token}/sales.json")
            answers.add((answer.status_code, answer.headers["Content-Type"]))
        assert answers == {(404, "text/html; charset=utf-8")}
        assert (await nobody.get(f"/figures/{link.token}/sales.json")).status_code == 200
        # Whoever loses the role, or the account, loses the link.
        async with work(SYSTEM):
            await run(
                "UPDATE role_grant SET ended_at = now() WHERE person_id = $1", [staff.person_id]
            )
        assert (await nobody.get(f"/figures/{link.token}/sales.json")).status_code == 404


async def test_a_link_follows_the_communes_of_today(stack: Stack) -> None:
    first, second = await a_place(), await a_place()
    for place in (first, second):
        await a_seller_in(place)
    staff = await staff_of(first.commune, second.commune, province=first.province)
    link = await made_link(staff)
    async with work(SYSTEM):
        await run(
            "UPDATE role_grant SET ended_at = now() WHERE person_id = $1 AND commune_code = $2",
            [staff.person_id, second.commune],
        )
    async with stack.client() as nobody:
        found = (await nobody.get(f"/figures/{link.token}/producers.json")).json()
    assert {row["commune_code"] for row in found} == {first.commune}


async def test_only_its_owner_ends_a_link_and_all_is_audited(stack: Stack) -> None:
    staff, other = await a_staff(), await a_staff(Role.PROVINCE_STAFF)
    link = await made_link(staff)
    with pytest.raises(NotFound):
        await links.end_link(other.viewer, link_id=link.link_id)
    await links.end_link(staff.viewer, link_id=link.link_id)
    async with work(SYSTEM):
        audited = await rows(
            "SELECT action, actor FROM audit WHERE subject = $1 ORDER BY seq",
            [f"figure_link:{link.link_id}"],
        )
        kept = await rows("SELECT * FROM figure_link WHERE id = $1", [link.link_id])
    assert [row["action"] for row in audited] == ["figure_link.made", "figure_link.ended"]
    assert {row["actor"] for row in audited} == {staff.viewer.label}
    assert link.token not in str(kept)


async def test_ten_links_are_enough(stack: Stack) -> None:
    staff = await a_staff()
    for _ in range(10):
        await made_link(staff)
    with pytest.raises(Conflict):
        await made_link(staff)


async def test_the_token_is_shown_once_and_never_logged(
    stack: Stack, capsys: pytest.CaptureFixture[str]
) -> None:
    _, staff, _ = await a_place_that_sold()
    async with stack.browser(staff.token) as browser:
        bad = await browser.post("/staff/links", data={"name": "", "days": "30"})
        assert bad.status_code == 400 and 'id="name-e"' in bad.text
        bad = await browser.post("/staff/links", data={"name": "Báo cáo", "days": "3650"})
        assert bad.status_code == 400
        made = await browser.post("/staff/links", data={"name": "Báo cáo", "days": "30"})
        [address, *_] = re.findall(r'data-copy="([^"]+)"', made.text)
        token = unescape(address).split("/figures/")[1].split("/")[0]
        assert token not in (await browser.get("/staff/links")).text
        capsys.readouterr()
        await browser.get(f"/figures/{token}/sales.csv?from=2026-10-01")
        await browser.get(f"/figures/{token}x/sales.csv")
        metrics = await browser.get("/metrics")
    said = capsys.readouterr()
    logged = said.out + said.err
    assert "/figures/{token}/{table}.{form}" in logged
    assert token not in logged + metrics.text and "2026-10-01" not in logged
