"""Reads of the books: every balance is a sum of entries."""

from datetime import datetime
from typing import Any
from uuid import UUID

from integrations.runtime.database import rows, value


async def balance(code: str) -> int:
    """Sum of an account's entries in đồng, debit above 0; 0 for an account without any."""
    found = await value(
        "SELECT coalesce(sum(e.amount_vnd), 0)::bigint FROM ledger_entry e"
        " JOIN ledger_account a ON a.id = e.account_id WHERE a.code = $1",
        [code],
    )
    return int(found)


async def held_balance(code: str) -> int:
    """What stands on a liability's account in đồng; nobody else takes from it until we commit."""
    await rows("SELECT id FROM ledger_account WHERE code = $1 FOR NO KEY UPDATE", [code])
    return -await balance(code)


async def owed_by(producer_id: UUID, *, since: datetime, before: datetime) -> tuple[int, int]:
    """What a producer owes us in đồng: in all, and from `since` until `before`."""
    found = await rows(
        "SELECT coalesce(sum(e.amount_vnd), 0)::bigint AS in_all,"
        " coalesce(sum(e.amount_vnd) FILTER (WHERE t.occurred_at >= $2 AND t.occurred_at < $3), 0)"
        "::bigint AS between"
        " FROM ledger_entry e JOIN ledger_account a ON a.id = e.account_id"
        " JOIN ledger_transaction t ON t.id = e.transaction_id"
        " WHERE a.code = 'receivable:seller:' || $1::text",
        [str(producer_id), since, before],
    )
    return int(found[0]["in_all"]), int(found[0]["between"])


async def out_of_balance() -> list[dict[str, Any]]:
    """Transactions whose legs do not sum to 0: always empty, the database refuses them."""
    return await rows(
        "SELECT t.reference, coalesce(sum(e.amount_vnd), 0)::bigint AS sum_vnd"
        " FROM ledger_transaction t LEFT JOIN ledger_entry e ON e.transaction_id = t.id"
        " GROUP BY t.id HAVING coalesce(sum(e.amount_vnd), 0) <> 0 OR count(e.id) < 2"
    )
