"""Three tasks as they must not be written: the crash runs have to see each of them."""

from uuid import UUID

from integrations.contracts.ids import new_id
from integrations.contracts.ports import Message
from integrations.contracts.viewer import SYSTEM
from integrations.runtime.database import insert_once, value, work
from tests.faults.killpoints.flows.flow import Flow
from tests.faults.killpoints.world import Hands
from tests.kit.people import a_phone


async def _key(hands: Hands) -> UUID:
    return new_id()


async def _nothing(hands: Hands, key: UUID) -> dict[str, int]:
    return {}


async def _send(hands: Hands, dedupe_key: UUID) -> None:
    await hands.ports.messages.send(Message(a_phone(), "x", str(dedupe_key), "unsafe"))


async def _note(key: UUID) -> bool:
    """Write down that it was done; False when that was written before."""
    async with work(SYSTEM):
        return await insert_once(
            "idempotency_key",
            {"id": new_id(), "scope": "unsafe", "key": str(key), "request_hash": ""},
        )


async def _noted(key: UUID) -> bool:
    async with work(SYSTEM):
        return bool(await value("SELECT 1 FROM idempotency_key WHERE key = $1", [str(key)]))


async def _effect_before_commit(hands: Hands, key: UUID) -> None:
    """Sent under a new key each time, noted afterwards: a crash in between sends it twice."""
    if not await _noted(key):
        await _send(hands, new_id())
        await _note(key)


async def _commit_before_effect(hands: Hands, key: UUID) -> None:
    """Noted as done, then done: a crash in between leaves it undone for ever."""
    if await _note(key):
        await _send(hands, key)


async def _claim_without_end(hands: Hands, key: UUID) -> None:
    """A claim that nothing ends: whoever comes after a crash waits for the dead."""
    assert await _note(key), "somebody else is at it"
    await _send(hands, key)


UNSAFE: tuple[Flow, ...] = (
    Flow("doubles", "", _key, _effect_before_commit, _nothing, {}, ("unsafe",)),
    Flow("loses", "", _key, _commit_before_effect, _nothing, {}, ("unsafe",)),
    Flow("sticks", "", _key, _claim_without_end, _nothing, {}, ("unsafe",)),
)
