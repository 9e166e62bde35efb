"""The books: once by reference, always in balance, never changed."""

import asyncio
from uuid import UUID

import pytest

from integrations.contracts.ids import new_id
from integrations.contracts.viewer import SYSTEM
from integrations.runtime.clock import database_now
from integrations.runtime.database import rows, run, value, work
from market.ledger.queries import balance, out_of_balance
from market.ledger.rules import receivable_postings, receivable_seller
from market.ledger.service import post, reverse
from tests.kit.people import a_seller
from tests.kit.stack import Stack


async def _post(reference: str, seller_id: UUID) -> bool:
    async with work(SYSTEM):
        return await post(
            kind="settlement",
            reference=reference,
            postings=receivable_postings(
                seller_id, commission_vnd=5_550, vat_vnd=1_850, pit_vnd=925
            ),
            producer_id=seller_id,
            occurred_at=await database_now(),
            meta={"part_id": new_id()},
        )


async def _owed(seller_id: UUID) -> int:
    async with work(SYSTEM):
        return await balance(receivable_seller(seller_id).code)


async def test_a_reference_is_posted_once_also_by_many_at_once(stack: Stack) -> None:
    seller, reference = await a_seller(), f"settle:{new_id()}"
    firsts = await asyncio.gather(*(_post(reference, seller.producer_id) for _ in range(8)))
    assert sorted(firsts) == [False] * 7 + [True]
    assert await _owed(seller.producer_id) == 8_325
    async with work(SYSTEM):
        assert await out_of_balance() == []


async def test_a_reversal_mirrors_once(stack: Stack) -> None:
    seller, reference = await a_seller(), f"settle:{new_id()}"
    await _post(reference, seller.producer_id)
    for expected in (True, False):
        async with work(SYSTEM):
            done = await reverse(reference, occurred_at=await database_now(), reason="cancelled")
        assert done is expected
    assert await _owed(seller.producer_id) == 0
    async with work(SYSTEM):
        assert not await reverse(f"settle:{new_id()}", occurred_at=await database_now())


async def test_nothing_to_post_is_no_transaction(stack: Stack) -> None:
    seller, reference = await a_seller(), f"settle:{new_id()}"
    none = receivable_postings(seller.producer_id, commission_vnd=0, vat_vnd=0, pit_vnd=0)
    async with work(SYSTEM):
        assert not await post(
            kind="settlement",
            reference=reference,
            postings=none,
            producer_id=seller.producer_id,
            occurred_at=await database_now(),
        )
        known = await value(
            "SELECT count(*) FROM ledger_transaction WHERE reference = $1", [reference]
        )
    assert known == 0


_LEG = """
INSERT INTO ledger_entry (id, transaction_id, account_id, amount_vnd, seq)
SELECT $1, t.id, (SELECT id FROM ledger_account LIMIT 1), $2, 99
FROM ledger_transaction t WHERE t.reference = $3
"""


async def test_the_database_refuses_what_does_not_balance(stack: Stack) -> None:
    seller, reference = await a_seller(), f"settle:{new_id()}"
    await _post(reference, seller.producer_id)
    with pytest.raises(Exception, match="does not sum to 0"):
        async with work(SYSTEM):
            await rows(_LEG, [new_id(), 1, reference])
    with pytest.raises(Exception, match="ledger_entry_amount"):
        async with work(SYSTEM):
            await rows(_LEG, [new_id(), 0, reference])
    with pytest.raises(Exception, match="has no entries"):
        async with work(SYSTEM):
            await rows(
                "INSERT INTO ledger_transaction (id, kind, reference, occurred_at, meta)"
                " VALUES ($1, 'x', $2, now(), '{}')",
                [new_id(), f"x:{new_id()}"],
            )
    assert await _owed(seller.producer_id) == 8_325


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ledger_entry SET amount_vnd = 1",
        "DELETE FROM ledger_entry",
        "UPDATE ledger_transaction SET kind = 'x'",
        "DELETE FROM ledger_transaction",
        "DELETE FROM order_event",
        "UPDATE seller_word SET said = 'received'",
    ],
)
async def test_what_is_written_stays(stack: Stack, statement: str) -> None:
    with pytest.raises(Exception, match="permission denied"):
        async with work(SYSTEM):
            await run(statement)


async def test_a_seller_sees_only_its_own_books(stack: Stack) -> None:
    mine, other = await a_seller(), await a_seller()
    await _post(f"settle:{new_id()}", mine.producer_id)
    await _post(f"settle:{new_id()}", other.producer_id)
    async with work(mine.viewer):
        seen = await rows("SELECT DISTINCT producer_id FROM ledger_entry")
        codes = await rows("SELECT code FROM ledger_account")
    assert seen == [{"producer_id": mine.producer_id}]
    assert codes == [{"code": f"receivable:seller:{mine.producer_id}"}]
