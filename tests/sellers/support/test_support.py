"""Support given: written once, never changed, taken back by another entry, only in one's scope."""

from datetime import UTC, datetime, timedelta
from html import escape

import asyncpg
import pytest

from integrations.contracts.errors import Conflict, NotAllowed, NotFound, Problem
from integrations.contracts.ids import new_id
from integrations.contracts.viewer import SYSTEM, Role
from integrations.runtime.database import rows, run, value, work
from sellers.support import service
from sellers.support.reference import load_support_kinds
from sellers.support.rules import kind_rows
from sellers.support.schemas import GiveSupport
from tests.kit.people import a_seller, a_staff
from tests.kit.stack import Stack

GIVEN = GiveSupport(
    kind="packaging",
    programme="Nông sản lên sàn 2026",
    giver="HTX Cửa Lạch",
    cost_vnd=1_500_000,
    note="200 hộp giấy.",
)


async def test_an_entry_is_never_changed(stack: Stack) -> None:
    staff, seller = await a_staff(), await a_seller()
    event_id = await service.give(staff.viewer, producer_id=seller.producer_id, given=GIVEN)
    for viewer in (SYSTEM, staff.viewer, seller.viewer):
        for sql in (
            "UPDATE support_event SET cost_vnd = 0 WHERE id = $1",
            "DELETE FROM support_event WHERE id = $1",
        ):
            with pytest.raises(Exception, match="permission denied"):
                async with work(viewer):
                    await run(sql, [event_id])
    owner = await asyncpg.connect(stack.env["DATABASE_OWNER_URL"])
    try:
        with pytest.raises(asyncpg.PostgresError, match="never changed"):
            await owner.execute("DELETE FROM support_event")
    finally:
        await owner.close()


async def test_a_mistake_is_taken_back_and_stays_readable(stack: Stack) -> None:
    staff, seller = await a_staff(), await a_seller()
    producer_id = seller.producer_id
    event_id = await service.give(staff.viewer, producer_id=producer_id, given=GIVEN)
    await service.cancel(
        staff.viewer, producer_id=producer_id, event_id=event_id, reason="Ghi nhầm người bán."
    )
    [entry] = await service.list_support(staff.viewer, producer_id, "vi")
    assert (entry["cancelled"], entry["cancel_reason"]) == (True, "Ghi nhầm người bán.")
    assert entry["note"] == "200 hộp giấy." and entry["kind_name"] == "Bao bì, nhãn hàng"
    with pytest.raises(Conflict):
        await service.cancel(
            staff.viewer, producer_id=producer_id, event_id=event_id, reason="Lần nữa."
        )
    async with work(SYSTEM):
        audited = await rows(
            "SELECT action FROM audit WHERE subject = $1 ORDER BY seq",
            [f"support_event:{event_id}"],
        )
    assert [row["action"] for row in audited] == ["support.given", "support.cancelled"]


async def test_the_entry_that_takes_back_cannot_be_taken_back(stack: Stack) -> None:
    staff, seller = await a_staff(), await a_seller()
    event_id = await service.give(staff.viewer, producer_id=seller.producer_id, given=GIVEN)
    where, reason = seller.producer_id, "Nhầm."
    await service.cancel(staff.viewer, producer_id=where, event_id=event_id, reason=reason)
    async with work(SYSTEM):
        second = await value("SELECT id FROM support_event WHERE cancels_id = $1", [event_id])
    with pytest.raises(NotFound):
        await service.cancel(staff.viewer, producer_id=where, event_id=second, reason=reason)


async def test_the_same_id_again_is_the_same_entry(stack: Stack) -> None:
    staff, seller, other = await a_staff(), await a_seller(), await a_seller()
    given = GIVEN.model_copy(update={"id": new_id()})
    for _ in range(3):
        made = await service.give(staff.viewer, producer_id=seller.producer_id, given=given)
        assert made == given.id
    assert len(await service.list_support(staff.viewer, seller.producer_id, "en")) == 1
    with pytest.raises(Conflict):
        await service.give(staff.viewer, producer_id=other.producer_id, given=given)


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"kind": "magic"}, "kind"),
        ({"programme": "  "}, "programme"),
        ({"giver": ""}, "giver"),
        ({"giver": "x" * 121}, "giver"),
        ({"note": "x" * 301}, "note"),
        ({"given_on": (datetime.now(UTC) + timedelta(days=2)).date()}, "given_on"),
        ({"given_on": datetime(2019, 12, 31, tzinfo=UTC).date()}, "given_on"),
    ],
    ids=str,
)
async def test_what_cannot_be_is_said_at_its_field(
    stack: Stack, changed: dict[str, object], field: str
) -> None:
    staff, seller = await a_staff(), await a_seller()
    given = GIVEN.model_copy(update=changed)
    with pytest.raises(Problem) as refused:
        await service.give(staff.viewer, producer_id=seller.producer_id, given=given)
    assert refused.value.field == field
    assert await service.list_support(staff.viewer, seller.producer_id, "vi") == []


@pytest.mark.parametrize("role", [Role.FINANCE_STAFF, Role.OPERATOR])
async def test_other_staff_write_nothing(stack: Stack, role: Role) -> None:
    staff, seller = await a_staff(role), await a_seller()
    with pytest.raises(NotAllowed):
        await service.give(staff.viewer, producer_id=seller.producer_id, given=GIVEN)


async def test_kinds_are_rows_with_their_days(stack: Stack) -> None:
    staff = await a_staff()
    kinds = await service.kinds_today(staff.viewer, "en")
    assert [kind["code"] for kind in kinds] == [row.code for row in kind_rows()]
    async with work(SYSTEM):
        await run("UPDATE support_kind SET valid_to = '2026-01-01' WHERE code = 'equipment'")
    try:
        assert "equipment" not in [k["code"] for k in await service.kinds_today(staff.viewer, "vi")]
    finally:
        await load_support_kinds()
    assert len(await service.kinds_today(staff.viewer, "vi")) == len(kinds)


async def test_the_form_keeps_what_was_typed(stack: Stack) -> None:
    staff, seller = await a_staff(), await a_seller()
    path = f"/staff/producers/{seller.producer_id}/support"
    typed = {"id": str(new_id()), "given_on": "2026-11-01", "kind": "visit", "programme": "",
             "giver": "Chị Hoa", "cost": "năm mươi", "note": "Đường xa"}  # fmt: skip
    async with stack.browser(staff.token) as browser:
        page = await browser.post(path, data=typed)
        assert page.status_code == 400 and "Chị Hoa" in page.text and "Đường xa" in page.text
        assert 'id="cost-e"' in page.text
        page = await browser.post(path, data={**typed, "cost": "50k"})
        assert page.status_code == 400 and 'id="cost-e"' not in page.text
        assert "Mời ghi tên chương trình." in page.text
        done = await browser.post(path, data={**typed, "cost": "50k", "programme": "OCOP"})
        assert done.status_code == 303
    [entry] = await service.list_support(staff.viewer, seller.producer_id, "vi")
    assert (entry["cost_vnd"], entry["kind"], entry["programme"]) == (50_000, "visit", "OCOP")


MUCH = {"10,000 letters": "ă" * 10_000, "much HTML": "<b>" * 1_000, "one too many": "x" * 301}


@pytest.mark.parametrize("much", MUCH.values(), ids=MUCH)
async def test_too_long_a_note_is_said_at_its_field_with_all_words_kept(
    stack: Stack, much: str
) -> None:
    staff, seller = await a_staff(), await a_seller()
    path = f"/staff/producers/{seller.producer_id}/support"
    typed = {"id": str(new_id()), "given_on": "2026-11-01", "kind": "visit", "programme": "OCOP",
             "giver": "Chị Hoa", "note": much}  # fmt: skip
    async with stack.browser(staff.token) as browser:
        page = await browser.post(path, data=typed)
    assert page.status_code == 400 and 'id="note-e"' in page.text and "<b>" not in page.text
    assert "Dài quá. Xin ghi nhiều nhất 300 chữ." in page.text
    assert escape(much) in page.text and "Chị Hoa" in page.text
    body = {"kind": "visit", "programme": "OCOP", "giver": "Chị Hoa", "note": much}
    async with stack.client(staff.token) as client:
        refused = await client.post(f"/api/v1/producers/{seller.producer_id}/support", json=body)
    assert (refused.status_code, refused.json()["field"]) == (400, "note")
    assert refused.headers["content-type"] == "application/problem+json"
    assert await service.list_support(staff.viewer, seller.producer_id, "vi") == []


async def test_a_note_of_many_spaces_is_not_cut_in_silence(stack: Stack) -> None:
    staff, seller = await a_staff(), await a_seller()
    path = f"/staff/producers/{seller.producer_id}/support"
    typed = {"id": str(new_id()), "given_on": "2026-11-01", "kind": "visit", "programme": "OCOP",
             "giver": "Chị Hoa", "note": "đầu" + " " * 1_250 + "cuối"}  # fmt: skip
    async with stack.browser(staff.token) as browser:
        page = await browser.post(path, data=typed)
    assert page.status_code == 400 and 'id="note-e"' in page.text
    assert await service.list_support(staff.viewer, seller.producer_id, "vi") == []


async def test_html_in_a_note_stays_text(stack: Stack) -> None:
    staff, seller = await a_staff(), await a_seller()
    given = GIVEN.model_copy(update={"note": "<script>alert(1)</script>"})
    await service.give(staff.viewer, producer_id=seller.producer_id, given=given)
    async with stack.browser(staff.token) as browser:
        page = await browser.get(f"/staff/producers/{seller.producer_id}")
    assert "&lt;script&gt;alert" in page.text and "<script>alert" not in page.text


@pytest.mark.parametrize("much", MUCH.values(), ids=MUCH)
async def test_too_long_a_reason_to_take_back_keeps_its_words(stack: Stack, much: str) -> None:
    staff, seller = await a_staff(), await a_seller()
    event_id = await service.give(staff.viewer, producer_id=seller.producer_id, given=GIVEN)
    way = f"producers/{seller.producer_id}/support/{event_id}/cancel"
    async with stack.browser(staff.token) as browser:
        page = await browser.post(f"/staff/{way}", data={"reason": much})
    assert page.status_code == 400 and 'id="reason-e"' in page.text
    assert escape(much) in page.text and "<b>" not in page.text
    async with stack.client(staff.token) as client:
        refused = await client.post(f"/api/v1/{way}", json={"reason": much})
    assert (refused.status_code, refused.json()["field"]) == (400, "reason")
    [entry] = await service.list_support(staff.viewer, seller.producer_id, "vi")
    assert not entry["cancelled"]
