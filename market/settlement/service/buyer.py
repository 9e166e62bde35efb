"""What the buyer says about the money; it proves nothing, and it is not thrown away."""

from typing import Final
from uuid import UUID

from integrations.contracts.viewer import SYSTEM, Role, Viewer
from integrations.runtime.database import work
from integrations.runtime.followups import open_follow_up
from integrations.runtime.outbox import emit
from market.orders.queries import has_note
from market.orders.rules import PartState, PaymentMethod
from market.orders.service import add_note
from market.payments import service as payments
from market.settlement.rules import BUYER_SAID_PAID, LOOK, LOOK_BEFORE_S
from market.settlement.service.settle import lock_part

_MAY_STILL_COME: Final = (PartState.AWAITING_PAYMENT, PartState.EXPIRED)


async def buyer_says_paid(*, order_id: UUID, part_id: UUID) -> bool:
    """ "I have transferred": written down once, and the producer is asked to look.

    Also after the time to pay is over, since money may still come. False when the part waits for
    no transfer, is of another order, or it was said before.
    """
    async with work(SYSTEM):
        payment = await payments.lock(part_id=part_id)
        if payment is None or payment["order_id"] != order_id:
            return False
        part = await lock_part(part_id)
        by_qr = part["method"] == PaymentMethod.BANK_QR
        if not by_qr or part["state"] not in _MAY_STILL_COME:
            return False
        if await has_note(part_id, BUYER_SAID_PAID):
            return False
        await add_note(
            part_id=part_id,
            producer_id=part["producer_id"],
            state=part["state"],
            actor=Viewer(Role.BUYER, order_id=order_id),
            note=BUYER_SAID_PAID,
        )
        if await open_follow_up(
            LOOK,
            subject_type="part",
            subject_id=part_id,
            for_role="producer",
            due_in_s=LOOK_BEFORE_S,
            producer_id=part["producer_id"],
            amount_vnd=payment["amount_vnd"],
            reference=payment["reference"],
        ):
            await emit("payment.look_due", part_id)
    return True
