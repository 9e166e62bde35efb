"""The desk: who sees which case, what a decision needs, and what stands in the audit."""

import pytest

from integrations.contracts.errors import Conflict, NotAllowed, NotFound, Problem
from integrations.contracts.viewer import SYSTEM, Role, Viewer
from integrations.runtime.database import rows, run, value, work
from sellers.accounts.models import Person, RoleGrant
from sellers.onboarding.rules import CaseState
from sellers.onboarding.service import (
    decide,
    look,
    my_case,
    number_of,
    pause,
    queue,
    remind_staff,
    resume,
    take,
    tell_producer,
)
from sellers.producers.models import ProducerKind
from tests.kit.identity import a_number, a_sent_case
from tests.kit.people import COMMUNE, a_phone, a_seller, a_staff
from tests.kit.stack import Stack

WAITING = ["submitted", "in_review"]


async def staff_of(commune_code: str) -> Viewer:
    """Staff of one commune."""
    async with work(SYSTEM):
        person = await Person.create(phone=a_phone(), name="Lê Thị Hoa")
        await RoleGrant.create(
            person_id=person.id,
            role="commune_staff",
            province_code="42",
            commune_code=commune_code,
        )
    return Viewer(
        Role.COMMUNE_STAFF,
        person_id=person.id,
        province_code="42",
        commune_codes=(commune_code,),
    )


async def _approve(viewer: Viewer, case: object, **change: object) -> CaseState:
    asked = {"revision": 1, "kind": "household", "mend": {}, "evidence": "seen", **change}
    return await decide(viewer, case_id=case.id, **asked)  # type: ignore[attr-defined,arg-type]


async def test_staff_see_the_cases_of_their_commune_only(stack: Stack) -> None:
    case = await a_sent_case(await a_seller(cleared=False))
    here, there = await staff_of(COMMUNE), await staff_of("18073")
    assert case.id in {one.id for one in (await queue(here, states=WAITING, limit=500)).cases}
    assert case.id not in {one.id for one in (await queue(there, states=WAITING, limit=500)).cases}
    for verb in (look(there, case.id), _approve(there, case), take(there, case_id=case.id)):
        with pytest.raises(NotFound):
            await verb
    assert (await look(here, case.id)).case.state is CaseState.SUBMITTED


async def test_rows_alone_keep_staff_of_other_places_out(stack: Stack) -> None:
    seller = await a_seller(cleared=False)
    await a_sent_case(seller)
    here, there = await staff_of(COMMUNE), await staff_of("18073")
    nowhere = Viewer(Role.COMMUNE_STAFF, person_id=here.person_id)
    moderator, neighbour = (await a_staff(Role.MODERATOR)).viewer, (await a_seller()).viewer
    for viewer, seen in ((here, 1), (there, 0), (nowhere, 0), (moderator, 0), (neighbour, 0)):
        async with work(viewer):
            for table in ("identity", "onboarding_case"):
                count = f"SELECT count(*) FROM {table} WHERE producer_id = $1"
                assert await value(count, [seller.producer_id]) == seen, (viewer.role, table)


@pytest.mark.parametrize("role", [Role.MODERATOR, Role.FINANCE_STAFF, Role.OPERATOR, Role.HELPER])
async def test_other_staff_decide_nothing(stack: Stack, role: Role) -> None:
    case, staff = await a_sent_case(await a_seller(cleared=False)), await a_staff(role)
    for verb in (look(staff.viewer, case.id), _approve(staff.viewer, case)):
        with pytest.raises(NotAllowed):
            await verb


async def test_a_decision_needs_to_say_how(stack: Stack) -> None:
    case, staff = (
        await a_sent_case(await a_seller(cleared=False)),
        await a_staff(Role.PROVINCE_STAFF),
    )
    with pytest.raises(Problem) as told:
        await _approve(staff.viewer, case, evidence="")
    assert told.value.field == "evidence"
    with pytest.raises(Problem) as reason:
        await _approve(staff.viewer, case, mend={"identity": " "})
    assert reason.value.code == "reason.missing"
    with pytest.raises(Problem) as step:
        await _approve(staff.viewer, case, mend={"tax_code": "x"})
    assert step.value.code == "case.step"
    assert (await look(staff.viewer, case.id)).case.state is CaseState.SUBMITTED


async def test_nobody_decides_about_what_they_have_not_seen(stack: Stack) -> None:
    seller, staff = await a_seller(cleared=False), await a_staff(Role.PROVINCE_STAFF)
    case = await a_sent_case(seller)
    await a_sent_case(seller, name="Trần Thị Lan")
    with pytest.raises(Conflict):
        await _approve(staff.viewer, case)
    with pytest.raises(Conflict):
        await _approve(staff.viewer, case, revision=2, kind="firm")
    assert await _approve(staff.viewer, case, revision=2) is CaseState.APPROVED
    with pytest.raises(Conflict):
        await _approve(staff.viewer, case, revision=2)


async def test_a_firm_without_its_tax_number_is_not_confirmed(stack: Stack) -> None:
    seller, staff = await a_seller(cleared=False), await a_staff(Role.PROVINCE_STAFF)
    case = await a_sent_case(seller)
    async with work(SYSTEM):
        await run("UPDATE producer SET kind = 'firm' WHERE id = $1", [seller.producer_id])
    with pytest.raises(Conflict) as told:
        await _approve(staff.viewer, case, kind="firm")
    assert told.value.code == "tax_code.missing"


async def test_the_same_number_twice_is_shown(stack: Stack) -> None:
    number, staff = a_number(), await a_staff(Role.PROVINCE_STAFF)
    first = await a_seller(cleared=False, name="Nhà vườn Một")
    await a_sent_case(first, number)
    case = await a_sent_case(await a_seller(cleared=False, name="Nhà vườn Hai"), number)
    seen = await look(staff.viewer, case.id)
    assert [one["name"] for one in seen.others] == ["Nhà vườn Một"]
    assert (
        await look(staff.viewer, (await a_sent_case(await a_seller(cleared=False))).id)
    ).others == []


async def test_the_same_tax_number_twice_is_shown(stack: Stack) -> None:
    staff = await a_staff(Role.PROVINCE_STAFF)
    cases = [
        await a_sent_case(await a_seller(cleared=False, kind=kind), tax_code="0314409058")
        for kind in (ProducerKind.COOPERATIVE, ProducerKind.FIRM)
    ]
    assert len((await look(staff.viewer, cases[1].id)).others) == 1


async def test_what_does_not_fit_is_shown(stack: Stack) -> None:
    staff = await a_staff(Role.PROVINCE_STAFF)
    case = await a_sent_case(
        await a_seller(cleared=False), a_number(1985), born_on="20/11/1984", sex="female"
    )
    assert (await look(staff.viewer, case.id)).doubts == [
        "The number belongs to another year of birth.",
        "The number belongs to the other sex.",
    ]


async def test_the_whole_number_needs_a_reason_that_stays(stack: Stack) -> None:
    number, staff = a_number(), await a_staff(Role.PROVINCE_STAFF)
    case = await a_sent_case(await a_seller(cleared=False), number)
    with pytest.raises(Problem) as told:
        await number_of(staff.viewer, case_id=case.id, reason=" ")
    assert told.value.field == "look_reason"
    assert await number_of(staff.viewer, case_id=case.id, reason="So với giấy đăng ký") == number
    async with work(SYSTEM):
        last = (await rows("SELECT * FROM audit WHERE action = 'identity.opened'"))[-1]
    assert (last["actor"], last["reason"]) == (staff.viewer.label, "So với giấy đăng ký")
    assert number not in str(last)


async def test_stopped_and_let_go_on(stack: Stack) -> None:
    seller, staff = await a_seller(cleared=False), await a_staff(Role.COMMUNE_STAFF)
    case = await a_sent_case(seller)
    cleared = "SELECT cleared_at IS NOT NULL FROM producer WHERE id = $1"
    with pytest.raises(Conflict):
        await pause(staff.viewer, case_id=case.id, reason="Có khiếu nại")
    await _approve(staff.viewer, case)
    await pause(staff.viewer, case_id=case.id, reason="Có khiếu nại")
    async with work(SYSTEM):
        assert await value(cleared, [seller.producer_id]) is False
    await resume(staff.viewer, case_id=case.id)
    with pytest.raises(Conflict):
        await resume(staff.viewer, case_id=case.id)
    async with work(SYSTEM):
        assert await value(cleared, [seller.producer_id]) is True
    assert (await my_case(seller.viewer)).state is CaseState.APPROVED


async def test_one_who_looks_at_it_is_seen(stack: Stack) -> None:
    case, staff = (
        await a_sent_case(await a_seller(cleared=False)),
        await a_staff(Role.COMMUNE_STAFF),
    )
    await take(staff.viewer, case_id=case.id)
    seen = (await look(staff.viewer, case.id)).case
    assert (seen.state, seen.taken_by) == (CaseState.IN_REVIEW, staff.person_id)
    with pytest.raises(Conflict):
        await take((await a_staff(Role.COMMUNE_STAFF)).viewer, case_id=case.id)
    assert await _approve(staff.viewer, case) is CaseState.APPROVED


async def test_what_waits_too_long_is_a_follow_up_until_it_is_answered(stack: Stack) -> None:
    case, staff = (
        await a_sent_case(await a_seller(cleared=False)),
        await a_staff(Role.COMMUNE_STAFF),
    )
    open_ones = "SELECT count(*) FROM follow_up WHERE subject_id = $1 AND closed_at IS NULL"
    async with work(SYSTEM):
        await run(
            "UPDATE onboarding_case SET submitted_at = now() - interval '49 hours' WHERE id = $1",
            [case.id],
        )
    await remind_staff()
    await remind_staff()
    async with work(SYSTEM):
        assert await value(open_ones, [case.id]) == 1
    await _approve(staff.viewer, case)
    async with work(SYSTEM):
        assert await value(open_ones, [case.id]) == 0


async def test_the_seller_is_told_in_words(stack: Stack) -> None:
    seller, staff = (
        await a_seller(cleared=False, name="Nhà vườn Ba"),
        await a_staff(Role.COMMUNE_STAFF),
    )
    case = await a_sent_case(seller)
    await _approve(staff.viewer, case, mend={"identity": "Thẻ đã hết hạn. Mời mang thẻ mới."})
    sent: list[str] = []

    class Heard:
        async def send(self, message: object) -> None:
            sent.append(message.text)  # type: ignore[attr-defined]

    await tell_producer(
        Heard(),  # type: ignore[arg-type]
        producer_id=seller.producer_id,
        state="to_mend",
        reason="",
        link="http://x/who/case",
        key="k",
    )
    assert sent == [
        "Nhà vườn Ba cần sửa trước khi bán. Thẻ đã hết hạn. Mời mang thẻ mới."
        " Mời sửa tại đây: http://x/who/case"
    ]
