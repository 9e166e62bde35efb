"""The same request sent again: one effect, one answer."""

import asyncio
from uuid import UUID

import pytest
from pydantic import BaseModel

from integrations.contracts.errors import Conflict, Problem
from integrations.contracts.ids import new_id, short_code
from integrations.contracts.viewer import SYSTEM
from integrations.runtime import audit
from integrations.runtime.database import rows, run, value, work
from integrations.runtime.web.idempotency import forget_old, once, require_key
from tests.kit.stack import Stack


class Ask(BaseModel):
    """What is asked for."""

    mark: str
    count: int = 1


class Told(BaseModel):
    """What is answered."""

    id: UUID
    said: str = "đã ghi"


async def send(ask: Ask, key: str, *, scope: str = "kit", fail: bool = False) -> Told:
    """A verb with one visible effect: an audit row."""

    async def verb() -> Told:
        await audit.record(SYSTEM, "kit.sent", ask.mark)
        if fail:
            raise Problem("kit.refused", "No.")
        return Told(id=new_id())

    async with work(SYSTEM):
        return await once(scope=scope, key=key, request=ask, model=Told, verb=verb)


async def effects(mark: str) -> int:
    """How often the verb had its effect."""
    async with work(SYSTEM):
        return int(await value("SELECT count(*) FROM audit WHERE subject = $1", [mark]))


async def test_the_same_again_has_the_same_answer(stack: Stack) -> None:
    mark, key = f"kit:{new_id()}", short_code(12)
    first = await send(Ask(mark=mark), key)
    for _ in range(4):
        assert await send(Ask(mark=mark), key) == first
    assert await effects(mark) == 1


async def test_ten_at_once_have_one_effect(stack: Stack) -> None:
    mark, key = f"kit:{new_id()}", short_code(12)
    told = await asyncio.gather(*(send(Ask(mark=mark), key) for _ in range(10)))
    assert len({one.id for one in told}) == 1
    assert await effects(mark) == 1


async def test_other_content_under_the_same_key_is_refused(stack: Stack) -> None:
    mark, key = f"kit:{new_id()}", short_code(12)
    await send(Ask(mark=mark), key)
    with pytest.raises(Conflict) as caught:
        await send(Ask(mark=mark, count=2), key)
    assert caught.value.code == "idempotency.other_request"
    assert await effects(mark) == 1


async def test_the_same_key_of_another_scope_is_another_request(stack: Stack) -> None:
    mark, key = f"kit:{new_id()}", short_code(12)
    mine = await send(Ask(mark=mark), key, scope="kit:a")
    assert await send(Ask(mark=mark), key, scope="kit:b") != mine


async def test_a_refused_request_may_be_sent_again(stack: Stack) -> None:
    mark, key = f"kit:{new_id()}", short_code(12)
    with pytest.raises(Problem):
        await send(Ask(mark=mark), key, fail=True)
    assert await effects(mark) == 0
    await send(Ask(mark=mark), key)
    assert await effects(mark) == 1


@pytest.mark.parametrize("key", [None, "", "short", "x" * 101, "khóa-không-dấu"])
def test_a_key_is_8_to_100_plain_characters(key: str | None) -> None:
    with pytest.raises(Problem) as caught:
        require_key(key)
    assert caught.value.code == "idempotency.key"
    assert require_key("x" * 8) == "x" * 8


async def test_old_answers_are_forgotten(stack: Stack) -> None:
    mark, key = f"kit:{new_id()}", short_code(12)
    await send(Ask(mark=mark), key)
    async with work(SYSTEM):
        await run(
            "UPDATE idempotency_key SET created_at = now() - interval '8 days' WHERE key = $1",
            [key],
        )
        assert await forget_old() >= 1
        assert await rows("SELECT 1 FROM idempotency_key WHERE key = $1", [key]) == []
