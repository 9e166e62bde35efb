"""Limits, seals, inbox and follow-ups on the real database."""

import asyncio

import pytest

from integrations.contracts.errors import TooMany
from integrations.contracts.ids import new_id
from integrations.contracts.viewer import SYSTEM
from integrations.runtime import crypto, followups, inbox
from integrations.runtime.database import rows, value, work
from integrations.runtime.limits import Limit, use
from tests.kit.people import a_seller
from tests.kit.stack import Stack


async def _use(limit: Limit, subject: str) -> None:
    async with work(SYSTEM):
        await use(limit, subject)


async def test_the_try_after_the_last_is_refused_and_says_when(stack: Stack) -> None:
    limit, subject = Limit("kit.tries", 3, 3_600), str(new_id())
    for _ in range(3):
        await _use(limit, subject)
    with pytest.raises(TooMany) as refused:
        await _use(limit, subject)
    assert refused.value.code == "limit.reached"
    assert 0 < (refused.value.retry_after_s or 0) <= 3_600


async def test_a_limit_keeps_no_subject_in_plain(stack: Stack) -> None:
    await _use(Limit("kit.private", 3, 60), "+84912345678")
    async with work(SYSTEM):
        kept = await rows("SELECT subject_hash FROM rate_limit WHERE bucket = 'kit.private'")
    assert all("912345678" not in row["subject_hash"] for row in kept)


def test_a_seal_opens_for_its_purpose_only(stack: Stack) -> None:
    sealed = crypto.seal("0123456789", purpose="kit")
    assert sealed.startswith("k1.") and "0123456789" not in sealed
    assert crypto.unseal(sealed, purpose="kit") == "0123456789"
    with pytest.raises(crypto.SealBroken):
        crypto.unseal(sealed, purpose="other")


def test_an_altered_seal_does_not_open(stack: Stack) -> None:
    sealed = crypto.seal("0123456789", purpose="kit")
    changed = sealed[:-6] + ("A" if sealed[-6] != "A" else "B") + sealed[-5:]
    with pytest.raises(crypto.SealBroken):
        crypto.unseal(changed, purpose="kit")


async def test_an_event_is_stored_once_however_often_it_comes(stack: Stack) -> None:
    event_id = str(new_id())
    first = await asyncio.gather(
        *(inbox.receive("kit", event_id, b"{}", fact="kit.event") for _ in range(10))
    )
    assert sum(first) == 1
    async with work(SYSTEM):
        facts = await value(
            "SELECT count(*) FROM outbox o JOIN inbox i ON o.subject_id = i.id::text"
            " WHERE i.provider_event_id = $1",
            [event_id],
        )
    assert facts == 1


async def test_a_follow_up_is_opened_once_and_closed_with_an_outcome(stack: Stack) -> None:
    seller, subject = await a_seller(), new_id()
    async with work(SYSTEM):
        for _ in range(2):
            await followups.open_follow_up(
                "kit.look",
                subject_type="kit",
                subject_id=subject,
                for_role="producer",
                producer_id=seller.producer_id,
                due_in_s=60,
            )
    async with work(seller.viewer):
        mine = await followups.open_for(seller.viewer)
        assert [row["subject_id"] for row in mine] == [subject]
        assert (
            await followups.close_follow_ups(seller.viewer, subject_id=subject, outcome="done") == 1
        )
        assert await followups.open_for(seller.viewer) == []
