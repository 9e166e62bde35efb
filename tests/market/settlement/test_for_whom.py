"""Which staff see and close a task: those of its area, and of its role where only that counts."""

from dataclasses import replace
from uuid import UUID

import pytest

from integrations.contracts.errors import NotFound
from integrations.contracts.ids import new_id
from integrations.contracts.viewer import SYSTEM, Role, Viewer
from integrations.runtime.database import run, value, work
from integrations.runtime.followups import open_follow_up
from market.settlement import queries
from market.settlement.service import close_one
from tests.kit.people import COMMUNE, Seller, a_seller, a_staff
from tests.kit.stack import Stack

EVERYBODY = (
    *(Role.COMMUNE_STAFF, Role.PROVINCE_STAFF, Role.MODERATOR, Role.FINANCE_STAFF),
    *(Role.ADMIN, Role.OPERATOR),
)


async def a_task(kind: str, for_role: Role, seller: Seller | None) -> UUID:
    """Opened a year ago, so that it stands first in every list."""
    subject_id = new_id()
    async with work(SYSTEM):
        await open_follow_up(
            kind,
            subject_type="kit",
            subject_id=subject_id,
            for_role=str(for_role),
            due_in_s=-365 * 86_400,
            producer_id=seller.producer_id if seller else None,
        )
        return UUID(
            str(await value("SELECT id FROM follow_up WHERE subject_id = $1", [subject_id]))
        )


async def who_sees(task: UUID, people: list[Viewer]) -> list[Role]:
    """In the list; whoever does not see it cannot close it either."""
    seeing = []
    for viewer in people:
        listed = await queries.follow_ups(viewer, limit=100)
        if task in [one.id for one in listed.items]:
            seeing.append(viewer.role)
            continue
        with pytest.raises(NotFound):
            await close_one(follow_up_id=task, actor=viewer, outcome="not for me")
    async with work(SYSTEM):
        assert await value("SELECT closed_at FROM follow_up WHERE id = $1", [task]) is None
    return seeing


@pytest.mark.parametrize(
    ("kind", "for_role", "owned", "near", "far"),
    [
        ("card.dispute", Role.FINANCE_STAFF, True, "finance_staff admin operator", ""),
        (
            *("card.unknown", Role.FINANCE_STAFF, False),
            *("finance_staff admin operator", "finance_staff admin operator"),
        ),
        (
            *("payment.unknown", Role.FINANCE_STAFF, False),
            *("finance_staff admin operator", "finance_staff admin operator"),
        ),
        ("disk.low", Role.OPERATOR, False, "admin operator", "admin operator"),
        (
            *("order.staff_steps_in", Role.PROVINCE_STAFF, True),
            *("commune_staff province_staff moderator finance_staff admin operator", ""),
        ),
    ],
)
async def test_a_task_is_seen_and_closed_by_those_it_is_for(
    stack: Stack, *, kind: str, for_role: Role, owned: bool, near: str, far: str
) -> None:
    task = await a_task(kind, for_role, await a_seller() if owned else None)
    at_home, away = [], []
    for role in EVERYBODY:
        viewer = (await a_staff(role)).viewer
        by_commune = role is Role.COMMUNE_STAFF
        at_home.append(replace(viewer, commune_codes=(COMMUNE,) if by_commune else ()))
        elsewhere = ("18415",) if by_commune else ()
        away.append(replace(viewer, province_code="01", commune_codes=elsewhere))
    assert " ".join(await who_sees(task, at_home)) == near
    assert " ".join(await who_sees(task, away)) == far
    closer = next(viewer for viewer in at_home if viewer.role in near.split())
    await close_one(follow_up_id=task, actor=closer, outcome="done")
    async with work(SYSTEM):
        assert await value("SELECT closed_by FROM follow_up WHERE id = $1", [task]) == closer.label
        await run("DELETE FROM follow_up WHERE id = $1", [task])
