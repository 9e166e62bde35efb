"""The outbox, the audit chain and row-level security on the real database."""

from uuid import UUID

import pytest

from integrations.contracts.ids import new_id
from integrations.contracts.viewer import SYSTEM, Viewer
from integrations.runtime import audit
from integrations.runtime.database import rows, run, work
from integrations.runtime.outbox import emit, run_row
from integrations.runtime.outbox.runner import Routes, Task
from tests.kit.people import a_seller
from tests.kit.stack import Stack


async def test_a_fact_becomes_its_tasks_and_each_runs_once(stack: Stack) -> None:
    seen: list[tuple[str, UUID]] = []

    async def first(ctx: dict[str, object], *, id: UUID, **_: object) -> None:
        seen.append(("first", id))

    async def second(ctx: dict[str, object], *, id: UUID, **_: object) -> None:
        seen.append(("second", id))

    routes = Routes({"kit.happened": (Task("kit.first", first), Task("kit.second", second))})
    subject = new_id()
    async with work(SYSTEM):
        fact_id = await emit("kit.happened", subject)
    assert [await run_row({}, fact_id, routes=routes) for _ in range(2)] == [True, False]
    async with work(SYSTEM):
        tasks = await rows("SELECT id FROM outbox WHERE parent_id = $1", [fact_id])
    done = [await run_row({}, one["id"], routes=routes) for one in tasks * 2]
    assert done == [True, True, False, False]
    assert sorted(seen) == [("first", subject), ("second", subject)]


async def test_a_rolled_back_cause_leaves_no_fact(stack: Stack) -> None:
    subject = new_id()

    async def fail_after_saying_so() -> None:
        async with work(SYSTEM):
            await emit("kit.never", subject)
            raise RuntimeError("no")

    with pytest.raises(RuntimeError, match="no"):
        await fail_after_saying_so()
    async with work(SYSTEM):
        assert await rows("SELECT 1 FROM outbox WHERE subject_id = $1", [str(subject)]) == []


async def test_the_audit_chain_is_whole_and_cannot_be_changed(stack: Stack) -> None:
    async with work(SYSTEM):
        await audit.record(SYSTEM, "kit.done", "kit:1", amount_vnd=5)
        await audit.record(SYSTEM, "kit.done", "kit:2")
        assert await audit.first_broken() is None
    with pytest.raises(Exception, match="permission denied"):
        async with work(SYSTEM):
            await run("UPDATE audit SET actor = 'x'")


async def test_row_level_security_holds_without_any_filter(stack: Stack) -> None:
    mine, other = await a_seller(), await a_seller(name="HTX Cửa Lạch")
    async with work(mine.viewer):
        seen = await rows("SELECT id FROM producer")
    assert [row["id"] for row in seen] == [mine.producer_id]
    async with work(Viewer(mine.viewer.role)):
        assert await rows("SELECT id FROM producer") == []
    assert other.producer_id != mine.producer_id
