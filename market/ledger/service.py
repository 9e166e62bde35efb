"""Verbs of the books: post once by reference, reverse once. Rows are never changed."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

import orjson

from integrations.contracts.ids import new_id
from integrations.runtime.database import insert_once, rows
from market.ledger.rules import AccountKind, Posting, balanced
from market.ledger.rules import reverse as mirrored

_ACCOUNTS = """
INSERT INTO ledger_account (id, code, kind, producer_id)
SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::uuid[])
ON CONFLICT (code) DO NOTHING
"""
_ENTRIES = """
INSERT INTO ledger_entry (id, transaction_id, account_id, amount_vnd, producer_id, seq)
SELECT legs.id, $1, a.id, legs.amount_vnd, $2, legs.seq
FROM unnest($3::uuid[], $4::text[], $5::bigint[], $6::int[]) AS legs(id, code, amount_vnd, seq)
JOIN ledger_account a ON a.code = legs.code
"""


async def post(
    *,
    kind: str,
    reference: str,
    postings: Sequence[Posting],
    producer_id: UUID | None,
    occurred_at: datetime,
    meta: Mapping[str, object] | None = None,
    reverses_id: UUID | None = None,
) -> bool:
    """Write one transaction, in the open transaction of the system; False when it is known.

    `reference` is the business event, such as `settle:<payment>`: a second call with it waits
    for the first one's commit and then does nothing. Without postings nothing is written.
    Raises `ValueError` for postings that do not balance; the database checks it again at commit.
    """
    legs = balanced(postings)
    if not legs:
        return False
    transaction_id = new_id()
    first = await insert_once(
        "ledger_transaction",
        {
            "id": transaction_id,
            "kind": kind,
            "reference": reference,
            "producer_id": producer_id,
            "reverses_id": reverses_id,
            "occurred_at": occurred_at,
            "meta": orjson.dumps(dict(meta or {}), default=str).decode(),
        },
    )
    if first:
        await _open_accounts(legs, producer_id)
        await rows(
            _ENTRIES,
            [
                transaction_id,
                producer_id,
                [new_id() for _ in legs],
                [leg.account_code for leg in legs],
                [leg.amount_vnd for leg in legs],
                list(range(1, len(legs) + 1)),
            ],
        )
    return first


async def reverse(reference: str, *, occurred_at: datetime, reason: str = "") -> bool:
    """Post the mirror of a transaction; False when there is none or it is reversed already."""
    found = await rows(
        "SELECT t.id, t.producer_id, a.code, a.kind, e.amount_vnd FROM ledger_transaction t"
        " JOIN ledger_entry e ON e.transaction_id = t.id"
        " JOIN ledger_account a ON a.id = e.account_id WHERE t.reference = $1 ORDER BY e.seq",
        [reference],
    )
    if not found:
        return False
    legs = [Posting(row["code"], AccountKind(row["kind"]), row["amount_vnd"]) for row in found]
    return await post(
        kind="reversal",
        reference=f"reverse:{reference}",
        postings=mirrored(legs),
        producer_id=found[0]["producer_id"],
        occurred_at=occurred_at,
        meta={"reason": reason},
        reverses_id=found[0]["id"],
    )


async def _open_accounts(legs: Sequence[Posting], producer_id: UUID | None) -> None:
    # In the order of their codes, so that two that open the same ones cannot wait for each other.
    named = sorted({leg.account_code: leg.kind for leg in legs}.items())
    await rows(
        _ACCOUNTS,
        [
            [new_id() for _ in named],
            [code for code, _ in named],
            [str(kind) for _, kind in named],
            [producer_id if str(producer_id) in code else None for code, _ in named],
        ],
    )
