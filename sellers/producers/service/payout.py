"""Where a producer's money goes: one live account, earlier ones kept with their end."""

from integrations.contracts.viewer import Viewer
from integrations.runtime import audit
from integrations.runtime.crypto import seal, unseal
from integrations.runtime.database import rows, run, value, work
from integrations.runtime.outbox import emit
from sellers.producers.models import PayoutAccount
from sellers.producers.queries import (
    ACCOUNT_PURPOSE,
    HOLDER_PURPOSE,
    PayoutTarget,
    account_hash,
    payout_account_of,
)
from sellers.producers.rules import bank_unknown, read_account, read_bank, read_holder
from sellers.producers.schemas import NewPayoutAccount, PayoutShown

_END = "UPDATE payout_account SET ended_at = now() WHERE producer_id = $1 AND ended_at IS NULL"


async def set_payout_account(*, viewer: Viewer, new: NewPayoutAccount) -> PayoutShown:
    """Set or change the payout account; the same one again changes nothing.

    Number and holder are sealed; a change ends the old row, is audited without them, and is
    told to the phone (fact `payout_account.changed`; the first account is `payout_account.set`).
    Raises `Problem` (codes `bank.unknown`,
    `account.unreadable`, `holder.unreadable`).
    """
    producer_id = viewer.producer_id
    assert producer_id is not None
    bank_bin = read_bank(new.bank_bin)
    account, holder = read_account(new.account), read_holder(new.holder)
    async with work(viewer):
        bank = await _bank_name(bank_bin)
        shown = PayoutShown(bank_bin=bank_bin, bank_name=bank, last4=account[-4:], holder=holder)
        # Two changes at once: the second waits here and ends the first one's account.
        await rows("SELECT 1 FROM producer WHERE id = $1 FOR UPDATE", [producer_id])
        before = await payout_account_of(producer_id)
        if before is not None and _is_same(before, bank_bin, account, holder):
            return shown
        await run(_END, [producer_id])
        made = await PayoutAccount.create(
            producer_id=producer_id,
            bank_id=bank_bin,
            account_sealed=seal(account, purpose=ACCOUNT_PURPOSE),
            account_hash=account_hash(account),
            account_last4=account[-4:],
            holder_sealed=seal(holder, purpose=HOLDER_PURPOSE),
        )
        word = "payout_account.set" if before is None else "payout_account.changed"
        await audit.record(viewer, word, f"payout_account:{made.id}", bank_bin=bank_bin)
        await emit(word, producer_id, bank_name=bank, last4=account[-4:])
    return shown


def _is_same(before: PayoutTarget, bank_bin: str, account: str, holder: str) -> bool:
    return (before.bank_bin, before.account_hash) == (bank_bin, account_hash(account)) and (
        unseal(before.holder_sealed, purpose=HOLDER_PURPOSE) == holder
    )


async def _bank_name(bank_bin: str) -> str:
    name = await value(
        "SELECT short_name FROM bank WHERE bin = $1 AND transfer_supported", [bank_bin]
    )
    if name is None:
        raise bank_unknown()
    return str(name)
