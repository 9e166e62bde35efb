"""One way in for money: the payment is settled, the goods are sold, the books are written, once."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from integrations.contracts.viewer import Viewer
from integrations.runtime.clock import database_now
from integrations.runtime.database import rows
from integrations.runtime.followups import close_follow_ups, open_follow_up
from integrations.runtime.outbox import emit
from market.catalog.service import stock
from market.ledger import service as ledger
from market.ledger.rules import collected_postings, receivable_postings
from market.orders.rules import PartState
from market.orders.service import move_part
from market.payments import service as payments
from market.payments.rules import Evidence, PaymentState
from market.settlement.rules import CLOSED_BY_A_STEP, REFUND, REFUND_DUE_S

_PART = """
SELECT id, order_id, producer_id, state, method, total_vnd, commission_vnd, vat_vnd, pit_vnd,
       net_vnd, expires_at, letter
FROM order_part WHERE id = $1 FOR UPDATE
"""


async def lock_part(part_id: UUID) -> dict[str, Any]:
    """The part's row, locked; after its payment, never before."""
    found = await rows(_PART, [part_id])
    if not found:
        raise LookupError(f"no order part {part_id}")
    return found[0]


async def settle(
    *,
    payment: Mapping[str, Any],
    evidence: Evidence,
    received_vnd: int,
    actor: Viewer,
    note: str = "",
    vendor: str = "",
) -> bool:
    """Settle a locked payment, in the open transaction of the system.

    `vendor` names who holds the money for us when it did not go straight to the seller.

    Awaited money: the reservation is sold and the part is placed. Late money: only while the same
    goods are still there. False when it is settled already, or the goods are gone; then nothing
    was changed and the caller asks for a refund. Cash is settled by `settle_cash`.
    """
    state = PaymentState(payment["state"])
    if state not in (PaymentState.AWAITING, PaymentState.EXPIRED):
        return False
    part_id: UUID = payment["part_id"]
    part = await lock_part(part_id)
    taken = stock.sell if state is PaymentState.AWAITING else stock.sell_again
    if not await taken(part_id):
        return False
    await payments.mark_settled(
        payment_id=payment["id"], evidence=evidence, received_vnd=received_vnd
    )
    await move_part(part_id=part_id, to=PartState.PLACED, actor=actor, note=note, paid=True)
    await _write_books(payment, part, vendor)
    # Late money that should have gone back pays the goods now; what is too much is asked anew.
    kinds = (*CLOSED_BY_A_STEP, REFUND)
    await close_follow_ups(actor, subject_id=part_id, outcome="settled", kinds=kinds)
    await emit("payment.settled", payment["id"], evidence=str(evidence))
    return True


async def settle_cash(
    *, payment: Mapping[str, Any], part: Mapping[str, Any], actor: Viewer
) -> None:
    """Money at the door: the part is completed and the books are written."""
    await payments.mark_settled(
        payment_id=payment["id"], evidence=Evidence.CASH, received_vnd=payment["amount_vnd"]
    )
    await move_part(part_id=part["id"], to=PartState.COMPLETED, actor=actor, paid=True)
    await _write_books(payment, part)
    await close_follow_ups(actor, subject_id=part["id"], outcome="paid", kinds=CLOSED_BY_A_STEP)
    await emit("payment.settled", payment["id"], evidence=str(Evidence.CASH))


async def _write_books(
    payment: Mapping[str, Any], part: Mapping[str, Any], vendor: str = ""
) -> None:
    """Posting 1: the money is with us, by `vendor`; what is the seller's waits to be paid out.

    Posting 7: the money never passes us, only commission and tax are owed.
    """
    taken = {name: part[name] for name in ("commission_vnd", "vat_vnd", "pit_vnd")}
    seller_id: UUID = part["producer_id"]
    await ledger.post(
        kind="settlement",
        reference=reference_of(payment["id"]),
        postings=collected_postings(seller_id, vendor=vendor, net_vnd=part["net_vnd"], **taken)
        if vendor
        else receivable_postings(seller_id, **taken),
        producer_id=part["producer_id"],
        occurred_at=await database_now(),
        meta={"part_id": part["id"], "gross_vnd": part["total_vnd"]},
    )


def reference_of(payment_id: UUID) -> str:
    """How the books name the settlement of a payment."""
    return f"settle:{payment_id}"


async def unwrite_books(payment_id: UUID, *, reason: str) -> None:
    """The sale did not happen: commission and tax are no longer owed."""
    await ledger.reverse(reference_of(payment_id), occurred_at=await database_now(), reason=reason)


_SET_REFUND = """
UPDATE follow_up SET details = details || jsonb_build_object('refund_vnd', $2::bigint,
  'reason', $3::text)
WHERE subject_id = $1 AND kind = $4 AND closed_at IS NULL
  AND details->'refund_vnd' IS DISTINCT FROM to_jsonb($2::bigint) RETURNING 1 AS changed
"""


async def ask_refund(
    *, part_id: UUID, producer_id: UUID, refund_vnd: int, reason: str, reference: str
) -> None:
    """The money is with the producer, so the producer sends it back; staff see it too.

    One open follow-up per part, set to the whole amount, never added to. Nothing for 0.
    """
    if refund_vnd <= 0:
        return
    opened = await open_follow_up(
        REFUND,
        subject_type="part",
        subject_id=part_id,
        for_role="producer",
        due_in_s=REFUND_DUE_S,
        producer_id=producer_id,
        refund_vnd=refund_vnd,
        reason=reason,
        reference=reference,
    )
    if opened or await rows(_SET_REFUND, [part_id, refund_vnd, reason, REFUND]):
        await emit("payment.refund_due", part_id, refund_vnd=refund_vnd, reason=reason)
