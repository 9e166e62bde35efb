"""Reads of payments: candidates for a bank line, whose account it came in on."""

from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

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


async def held(part_id: UUID) -> dict[str, Any]:
    """What transfers have brought for a part and were not sent back, and by whose word."""
    return (
        await rows(
            "SELECT received_vnd, evidence, confirmed_at IS NOT NULL AS confirmed FROM payment"
            " WHERE part_id = $1",
            [part_id],
        )
    )[0]


async def has_open_page(part_id: UUID) -> bool:
    """True while a card page can still pay this part."""
    return bool(
        await value(
            "SELECT EXISTS (SELECT 1 FROM card_part c JOIN card_checkout k ON k.id = c.checkout_id"
            " WHERE c.part_id = $1 AND k.state IN ('opening', 'open'))",
            [part_id],
        )
    )


_CARD_MONEY = """
SELECT c.amount_vnd, c.refunded_vnd, c.late, c.frozen, k.fee_vnd,
  coalesce((SELECT jsonb_agg(jsonb_build_object('id', r.id, 'amount_vnd', r.amount_vnd,
     'state', r.state, 'reason', r.reason, 'note', r.note, 'created_at', r.created_at,
     'done_at', r.done_at) ORDER BY r.id)
   FROM card_refund r WHERE r.card_part_id = c.id), '[]'::jsonb) AS refunds
FROM card_part c LEFT JOIN card_checkout k ON k.id = c.checkout_id
WHERE c.part_id = $1 AND c.paid ORDER BY c.late, c.refunded_vnd < c.amount_vnd DESC, c.id
"""


async def card_money(part_id: UUID) -> list[dict[str, Any]]:
    """What cards have paid for a part and what went back of it; one row but for double money."""
    found = await rows(_CARD_MONEY, [part_id])
    return [
        {**row, "refunds": orjson.loads(row["refunds"])} if isinstance(row["refunds"], str) else row
        for row in found
    ]
