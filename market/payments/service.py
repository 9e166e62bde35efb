"""Verbs of payments: wait for one; every later change is guarded by its state."""

from datetime import datetime
from uuid import UUID

from integrations.contracts.errors import N_, Problem
from integrations.contracts.ids import new_id
from integrations.runtime.database import insert_once, rows
from market.payments.rules import PaymentState, reference_code

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
    found = await rows(_ACCOUNT, [producer_id]) if method == BANK_QR else []
    if method == BANK_QR and not found:
        raise Problem(
            "payout.missing",
            N_("This seller has no bank account here yet. Please choose cash on delivery."),
        )
    account = found[0] if found else _NO_ACCOUNT
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
