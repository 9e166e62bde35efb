"""Reads of payments: candidates for a bank line, whose account it came in on."""

from datetime import datetime
from typing import Any
from uuid import UUID

from integrations.runtime.database import rows, value


async def producer_of_account(account_hash: str) -> UUID | None:
    """The producer who has, or had, this payout account."""
    found = await value(
        "SELECT producer_id FROM payout_account WHERE account_hash = $1"
        " ORDER BY ended_at NULLS FIRST LIMIT 1",
        [account_hash],
    )
    return found if isinstance(found, UUID) else None


async def candidates(
    *, account_hash: str, amount_vnd: int, occurred_at: datetime
) -> list[dict[str, Any]]:
    """Open payments that a line without a reference may be for: account, amount, 48 hours."""
    return await rows(
        "SELECT part_id, reference, amount_vnd FROM payment"
        " WHERE account_hash = $1 AND amount_vnd = $2 AND state IN ('awaiting', 'expired')"
        " AND created_at BETWEEN $3::timestamptz - interval '48 hours'"
        " AND $3::timestamptz + interval '48 hours' ORDER BY created_at DESC LIMIT 5",
        [account_hash, amount_vnd, occurred_at],
    )


async def transfers(*, reference: str | None = None, limit: int) -> list[dict[str, Any]]:
    """Payments by bank transfer, newest first: the awaited ones, or the one of a reference."""
    return await rows(
        "SELECT reference, amount_vnd, received_vnd, state, bank_name, account_sealed FROM payment"
        " WHERE method = 'bank_qr'"
        " AND (reference = $1 OR ($1::text IS NULL AND state = 'awaiting'))"
        " ORDER BY id DESC LIMIT $2",
        [reference, limit],
    )
