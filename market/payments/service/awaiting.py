"""Verbs of payments: wait for one; every later change is guarded by its state."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from integrations.contracts.errors import N_, Problem
from integrations.contracts.ids import new_id
from integrations.contracts.ports import BankTransfer
from integrations.runtime.database import insert_once, rows, run
from market.payments.rules import Evidence, MatchOutcome, PaymentState, reference_code

BANK_QR = "bank_qr"

_ACCOUNT = """
SELECT a.bank_id AS bank_bin, b.short_name AS bank_name, a.account_sealed, a.account_hash,
       a.holder_sealed
FROM payout_account a JOIN bank b ON b.bin = a.bank_id
WHERE a.producer_id = $1 AND a.ended_at IS NULL
"""
_NO_ACCOUNT = {
    "bank_bin": "",
    "bank_name": "",
    "account_sealed": "",
    "account_hash": "",
    "holder_sealed": "",
}


async def await_payment(
    *,
    part_id: UUID,
    order_id: UUID,
    producer_id: UUID,
    method: str,
    amount_vnd: int,
    expires_at: datetime | None,
) -> str:
    """Expect the money of one part; the reference that a transfer must carry.

    The payout account is copied as it stands, so that a later change moves no open payment. In
    the open transaction of the system. Raises `Problem` (code `payout.missing`) for a bank
    transfer to a producer without an account.
    """
    account = await _account_of(producer_id) if method == BANK_QR else _NO_ACCOUNT
    while True:
        reference = reference_code()
        if await insert_once(
            "payment",
            {
                "id": new_id(),
                "part_id": part_id,
                "order_id": order_id,
                "producer_id": producer_id,
                "method": method,
                "state": str(PaymentState.AWAITING),
                "amount_vnd": amount_vnd,
                "reference": reference,
                **account,
                "expires_at": expires_at,
            },
        ):
            return reference
        # Either the reference is taken (try another) or the part already waits for its money.
        known = await rows("SELECT reference FROM payment WHERE part_id = $1", [part_id])
        if known:
            return str(known[0]["reference"])


_TO_TRANSFER = """
UPDATE payment SET method = 'bank_qr', bank_bin = $2, bank_name = $3, account_sealed = $4,
  account_hash = $5, holder_sealed = $6, expires_at = now() + make_interval(secs => $7)
WHERE id = $1 AND state = 'awaiting' AND received_vnd = 0
"""


async def to_transfer(*, payment_id: UUID, producer_id: UUID, expires_in_s: float) -> bool:
    """Await a bank transfer to the producer's account instead; False when money came meanwhile.

    Raises `Problem` (code `payout.missing`) for a producer without an account.
    """
    account = await _account_of(producer_id)
    return bool(await run(_TO_TRANSFER, [payment_id, *account.values(), float(expires_in_s)]))


async def _account_of(producer_id: UUID) -> dict[str, Any]:
    found = await rows(_ACCOUNT, [producer_id])
    if not found:
        raise Problem(
            "payout.missing",
            N_("This seller has no bank account here yet. Please choose cash on delivery."),
        )
    return {name: found[0][name] for name in _NO_ACCOUNT}


async def lock(*, part_id: UUID) -> dict[str, Any] | None:
    """The payment of a part, locked for this transaction. Always the first lock of a verb."""
    found = await rows("SELECT * FROM payment WHERE part_id = $1 FOR UPDATE", [part_id])
    return found[0] if found else None


async def lock_by_references(references: Sequence[str], account_hash: str) -> dict[str, Any] | None:
    """The payment that one of `references` names, locked; one on this account comes first."""
    found = await rows(
        "SELECT * FROM payment WHERE reference = ANY($1) AND method = 'bank_qr'"
        " ORDER BY account_hash = $2 DESC, id LIMIT 1 FOR UPDATE",
        [list(references), account_hash],
    )
    return found[0] if found else None


async def mark_settled(*, payment_id: UUID, evidence: Evidence, received_vnd: int) -> bool:
    """The money is there; False when the payment was settled or cancelled already."""
    return bool(
        await run(
            "UPDATE payment SET state = 'settled', evidence = $2, received_vnd = $3,"
            " settled_at = now() WHERE id = $1 AND state IN ('awaiting', 'expired')",
            [payment_id, str(evidence), received_vnd],
        )
    )


async def mark_ended(*, payment_id: UUID, state: PaymentState) -> bool:
    """An awaited payment will not come (`expired`, `cancelled`); False when it did."""
    return bool(
        await run(
            "UPDATE payment SET state = $2 WHERE id = $1 AND state = 'awaiting'",
            [payment_id, str(state)],
        )
    )


async def note_received(*, payment_id: UUID, received_vnd: int) -> None:
    """What bank lines have brought so far."""
    await run("UPDATE payment SET received_vnd = $2 WHERE id = $1", [payment_id, received_vnd])


async def mark_seen(*, payment_id: UUID) -> None:
    """The seller has seen money that came too late: a bank line may still tell of it."""
    await run(
        "UPDATE payment SET evidence = $2 WHERE id = $1 AND state = 'expired'",
        [payment_id, str(Evidence.SELLER)],
    )


async def mark_given_back(*, payment_id: UUID, refund_vnd: int) -> None:
    """The seller has sent money back and holds so much less."""
    await run(
        "UPDATE payment SET received_vnd = greatest(0, received_vnd - $2) WHERE id = $1",
        [payment_id, refund_vnd],
    )


async def mark_confirmed(*, payment_id: UUID, received_vnd: int) -> None:
    """A second source agrees with the seller's word."""
    await run(
        "UPDATE payment SET confirmed_at = coalesce(confirmed_at, now()), received_vnd = $2"
        " WHERE id = $1 AND state IN ('settled', 'expired')",
        [payment_id, received_vnd],
    )


async def note_bank_line(
    transfer: BankTransfer,
    *,
    inbox_id: UUID,
    account_hash: str,
    payment: Mapping[str, Any] | None,
    producer_id: UUID | None,
    outcome: MatchOutcome,
    content: str,
) -> UUID | None:
    """Keep a bank line and what it turned out to be; None when it was kept before."""
    line_id = new_id()
    first = await insert_once(
        "bank_event",
        {
            "id": line_id,
            "inbox_id": inbox_id,
            "provider": transfer.provider,
            "provider_event_id": transfer.provider_event_id,
            "payment_id": payment["id"] if payment else None,
            "producer_id": producer_id,
            "account_hash": account_hash,
            "account_last4": transfer.account[-4:],
            "amount_vnd": transfer.amount_vnd,
            "direction": transfer.direction,
            "content": content[:500],
            "bank_reference": transfer.bank_reference[:120],
            "outcome": str(outcome),
            "occurred_at": transfer.occurred_at,
        },
    )
    return line_id if first else None


async def note_seller_word(
    *, payment_id: UUID, producer_id: UUID, person_id: UUID, said: str
) -> None:
    """What the producer saw in the bank app: `received` or `not_seen`."""
    await rows(
        "INSERT INTO seller_word (id, payment_id, producer_id, said, person_id)"
        " VALUES ($1, $2, $3, $4, $5)",
        [new_id(), payment_id, producer_id, said, person_id],
    )
