"""A case from the first word to the confirmed seller, as the producer sees it."""

import asyncio
from contextlib import suppress

import pytest

from integrations.contracts.errors import Conflict, Problem, TooMany
from integrations.contracts.viewer import SYSTEM, Role
from integrations.runtime.database import rows, value, work
from sellers.onboarding.rules import CaseState, StepState
from sellers.onboarding.service import decide, mark_done, my_case, submit
from sellers.onboarding.service.case import GIVEN
from sellers.producers.models import ProducerKind
from sellers.producers.schemas import ChangeProducer
from sellers.producers.service import change_producer
from tests.kit.identity import a_number, a_sent_case, an_identity
from tests.kit.people import a_seller, a_staff
from tests.kit.stack import Stack


def _states(mine: object) -> dict[str, str]:
    return {one.code: str(one.state) for one in mine.steps}  # type: ignore[attr-defined]


async def test_somebody_new_is_told_one_thing(stack: Stack) -> None:
    seller = await a_seller(cleared=False)
    mine = await my_case(seller.viewer)
    assert mine.state is CaseState.DRAFT
    assert _states(mine) == {
        "who": "done",
        "place": "done",
        "identity": "to_do",
        "first_listing": "to_do",
        "payout_account": "done",
        "first_order": "to_do",
    }
    assert mine.next is not None and mine.next.code == "identity"


async def test_a_cooperative_is_asked_for_its_tax_number(stack: Stack) -> None:
    seller = await a_seller(cleared=False, kind=ProducerKind.COOPERATIVE)
    assert _states(await my_case(seller.viewer))["tax_code"] == "to_do"
    with pytest.raises(Problem) as told:
        await submit(viewer=seller.viewer, given=an_identity())
    assert (told.value.code, told.value.field) == ("tax_code.unreadable", "tax_code")
    mine = await submit(viewer=seller.viewer, given=an_identity(tax_code="3001234567"))
    assert (_states(mine)["tax_code"], _states(mine)["identity"]) == ("waiting", "waiting")


async def test_from_sent_to_confirmed(stack: Stack) -> None:
    seller, staff = await a_seller(cleared=False), await a_staff(Role.COMMUNE_STAFF)
    case = await a_sent_case(seller)
    waiting = await my_case(seller.viewer)
    assert (waiting.state, _states(waiting)["identity"]) == (CaseState.SUBMITTED, "waiting")
    # While staff look, the first goods can be written.
    assert waiting.next is not None and waiting.next.code == "first_listing"
    await decide(
        staff.viewer, case_id=case.id, revision=1, kind="household", mend={}, evidence="seen"
    )
    mine = await my_case(seller.viewer)
    assert (mine.state, _states(mine)["identity"]) == (CaseState.APPROVED, "done")
    assert mine.kept is not None and mine.kept.confirmed_at is not None
    async with work(SYSTEM):
        cleared = "SELECT cleared_at FROM producer WHERE id = $1"
        assert await value(cleared, [seller.producer_id]) is not None
        told = await rows(
            "SELECT payload FROM outbox WHERE kind = 'fact' AND name = 'case.decided'"
            " AND subject_id = $1",
            [str(seller.producer_id)],
        )
    assert len(told) == 1


async def test_what_is_to_be_mended_comes_first_and_is_sent_again(stack: Stack) -> None:
    seller, staff = await a_seller(cleared=False), await a_staff(Role.COMMUNE_STAFF)
    case = await a_sent_case(seller)
    reason = "Tên chưa giống trên thẻ."
    await decide(
        staff.viewer, case_id=case.id, revision=1, kind="household", mend={"identity": reason}
    )
    mine = await my_case(seller.viewer)
    assert mine.state is CaseState.TO_MEND
    assert mine.next is not None and (mine.next.code, mine.next.reason) == ("identity", reason)
    again = await a_sent_case(seller)
    assert (again.state, again.revision) == (CaseState.SUBMITTED, 2)


async def test_the_same_again_changes_nothing(stack: Stack) -> None:
    seller, number = await a_seller(cleared=False), a_number()
    answers = await asyncio.gather(
        *(submit(viewer=seller.viewer, given=an_identity(number)) for _ in range(5))
    )
    assert {one.case.revision for one in answers if one.case} == {1}
    async with work(SYSTEM):
        kept = await value(
            "SELECT count(*) FROM identity WHERE producer_id = $1", [seller.producer_id]
        )
    assert kept == 1


async def test_another_card_while_it_waits_is_a_new_revision(stack: Stack) -> None:
    seller = await a_seller(cleared=False)
    await a_sent_case(seller)
    assert (await a_sent_case(seller, name="Trần Thị Lan")).revision == 2
    async with work(SYSTEM):
        ended = await rows(
            "SELECT ended_at IS NULL AS live FROM identity WHERE producer_id = $1"
            " ORDER BY given_at",
            [seller.producer_id],
        )
    assert [row["live"] for row in ended] == [False, True]


async def test_confirmed_is_not_changed_without_staff(stack: Stack) -> None:
    seller, staff = await a_seller(cleared=False), await a_staff(Role.COMMUNE_STAFF)
    case = await a_sent_case(seller)
    await decide(
        staff.viewer, case_id=case.id, revision=1, kind="household", mend={}, evidence="seen"
    )
    with pytest.raises(Conflict) as told:
        await submit(viewer=seller.viewer, given=an_identity(name="Trần Thị Lan"))
    assert told.value.code == "case.decided"
    with pytest.raises(Conflict) as kind:
        await change_producer(viewer=seller.viewer, change=ChangeProducer(kind="firm"))
    assert kind.value.code == "kind.confirmed"
    mine = await my_case(seller.viewer)
    assert mine.person is not None and mine.person.name == "Trần Văn Hòa"


async def test_the_market_marks_a_step_once(stack: Stack) -> None:
    seller = await a_seller(cleared=False)
    assert await mark_done(SYSTEM, seller.producer_id, "first_listing") is True
    assert await mark_done(SYSTEM, seller.producer_id, "first_listing") is False
    mine = await my_case(seller.viewer)
    done = next(one for one in mine.steps if one.code == "first_listing")
    assert done.state is StepState.DONE and done.since is not None


async def test_nothing_of_the_card_lies_open_in_the_tables(stack: Stack) -> None:
    seller, number = await a_seller(cleared=False), a_number()
    await a_sent_case(seller, number)
    async with work(SYSTEM):
        kept = await rows(
            "SELECT to_jsonb(i)::text AS said FROM identity i WHERE producer_id = $1",
            [seller.producer_id],
        )
        audited = await rows(
            "SELECT to_jsonb(a)::text AS said FROM audit a ORDER BY seq DESC LIMIT 20"
        )
        facts = await rows("SELECT payload::text AS said FROM outbox ORDER BY id DESC LIMIT 50")
    for row in (*kept, *audited, *facts):
        assert number not in row["said"] and "Hòa" not in row["said"] and "1985" not in row["said"]


async def test_numbers_cannot_be_tried_out(stack: Stack) -> None:
    seller = await a_seller(cleared=False)
    for _ in range(GIVEN.times):
        with suppress(Problem):
            await submit(viewer=seller.viewer, given=an_identity("12"))
    with pytest.raises(TooMany):
        await submit(viewer=seller.viewer, given=an_identity())
