"""What the producer does with an order: answer it, say what the bank app shows, send it off."""

from collections.abc import Awaitable, Callable, Mapping
from enum import StrEnum
from typing import Any, Final, TypeVar
from uuid import UUID

from integrations.contracts.errors import N_, Conflict, NotFound, Problem
from integrations.contracts.text import clean_line
from integrations.contracts.viewer import SYSTEM, Viewer
from integrations.runtime import audit
from integrations.runtime.database import retrying, work
from integrations.runtime.followups import close_follow_ups, open_follow_up
from integrations.runtime.outbox import emit
from market.catalog.service import stock
from market.orders.rules import PartState, PaymentMethod
from market.orders.service import add_note, move_part
from market.payments import service as payments
from market.payments.rules import Evidence, PaymentState
from market.settlement.rules import (
    CLOSED_BY_A_STEP,
    CONTRADICTION,
    LOOK,
    NOT_SEEN,
    SELLER_SAW,
    STAFF_DUE_S,
)
from market.settlement.service.cards.refunds import return_all
from market.settlement.service.settle import (
    ask_refund,
    lock_part,
    settle,
    settle_cash,
    unwrite_books,
)

T = TypeVar("T")
Row = Mapping[str, Any]
_REASON_MAX: Final = 200


class Said(StrEnum):
    """What became of the producer's word about the money."""

    SETTLED = "settled"
    ALREADY = "already"
    NOT_SEEN = "not_seen"
    CONTRADICTS = "contradicts"  # a person of the programme looks at both sides
    GONE = "gone"  # the money came after the goods were given free, and they are sold


async def _with_part(viewer: Viewer, part_id: UUID, verb: Callable[[Row, Row], Awaitable[T]]) -> T:
    """Run `verb(payment, part)` with both rows locked. Raises `NotFound` for another's part."""

    async def once() -> T:
        async with work(SYSTEM):
            payment = await payments.lock(part_id=part_id)
            mine = payment is not None and payment["producer_id"] == viewer.producer_id
            if payment is None or not mine or viewer.producer_id is None:
                raise NotFound("order.unknown", N_("There is no such order here."))
            part = await lock_part(part_id)
            if part["method"] == PaymentMethod.CHANNEL:
                raise Conflict(
                    "order.on_channel",
                    N_("This order came from a marketplace. Please answer it there."),
                )
            return await verb(payment, part)

    return await retrying(once)


async def confirm(*, part_id: UUID, actor: Viewer) -> None:
    """The producer will do it: cash units are sold now. A second tap changes nothing.

    Raises `Conflict` when the order has moved on.
    """

    async def verb(payment: Row, part: Row) -> None:
        if part["state"] == PartState.CONFIRMED:
            return
        if part["method"] == PaymentMethod.CASH_ON_DELIVERY:
            await stock.sell(part_id)
        await _step(part_id, PartState.CONFIRMED, actor)

    await _with_part(actor, part_id, verb)


async def hand_over(*, part_id: UUID, actor: Viewer) -> None:
    """The goods are with the carrier or the buyer. Raises `Conflict`."""

    async def verb(payment: Row, part: Row) -> None:
        if part["state"] != PartState.HANDED_OVER:
            await _step(part_id, PartState.HANDED_OVER, actor)

    await _with_part(actor, part_id, verb)


async def complete(*, part_id: UUID, actor: Viewer) -> None:
    """The buyer has goods that were paid before. Raises `Conflict`."""

    async def verb(payment: Row, part: Row) -> None:
        if part["state"] == PartState.COMPLETED:
            return
        if payment["state"] != PaymentState.SETTLED:
            raise Conflict("order.not_paid", N_("Please say first whether the money was paid."))
        await _step(part_id, PartState.COMPLETED, actor)

    await _with_part(actor, part_id, verb)


async def paid_at_the_door(*, part_id: UUID, actor: Viewer) -> None:
    """Cash was taken: the payment is settled and the order completed. Raises `Conflict`."""

    async def verb(payment: Row, part: Row) -> None:
        if part["state"] == PartState.COMPLETED:
            return
        _only_cash(part)
        await settle_cash(payment=payment, part=part, actor=actor)
        await audit.record(actor, "payment.cash_taken", f"payment:{payment['id']}")

    await _with_part(actor, part_id, verb)


async def refused(*, part_id: UUID, actor: Viewer) -> None:
    """The buyer did not take the goods: they return to the shelf. Raises `Conflict`."""

    async def verb(payment: Row, part: Row) -> None:
        if part["state"] == PartState.REFUSED:
            return
        _only_cash(part)
        await _step(part_id, PartState.REFUSED, actor)
        await payments.mark_ended(payment_id=payment["id"], state=PaymentState.CANCELLED)
        await stock.return_units(part_id)

    await _with_part(actor, part_id, verb)


async def cannot(*, part_id: UUID, actor: Viewer, reason: str) -> None:
    """The producer cannot do it: goods go back, the buyer is told why, paid money is asked back.

    Raises `Conflict` once the goods are on their way, `Problem` at `reason` (codes `order.reason`
    for no words, `order.reason_long` for more than 200 letters).
    """
    said = clean_line(reason)
    if not said:
        raise Problem(
            "order.reason", N_("Please choose why, or write a few words."), field="reason"
        )
    if len(said) > _REASON_MAX:
        raise Problem(
            "order.reason_long",
            N_("This is too long: {length} letters, at most {most}. Please shorten it."),
            field="reason",
            params={"length": len(said), "most": _REASON_MAX},
        )

    async def verb(payment: Row, part: Row) -> None:
        if part["state"] == PartState.CANCELLED:
            return
        await _step(part_id, PartState.CANCELLED, actor, note=said)
        if not await stock.release(part_id):
            await stock.return_units(part_id)
        paid = payment["state"] == PaymentState.SETTLED
        if paid and payment["evidence"] == Evidence.CARD:
            # The money is with us: it goes back to the card by itself, and the books with it.
            await return_all(part_id, reason="cannot", actor=actor, note=said)
            await audit.record(actor, "order.cancelled", f"part:{part_id}", reason=said)
            return
        if paid:
            await unwrite_books(payment["id"], reason="cancelled")
        else:
            await payments.mark_ended(payment_id=payment["id"], state=PaymentState.CANCELLED)
        by_bank = max(payment["received_vnd"], payment["amount_vnd"] if paid else 0)
        await ask_refund(
            part_id=part_id,
            producer_id=part["producer_id"],
            refund_vnd=by_bank,
            reason="cancelled",
            reference=payment["reference"],
        )
        await audit.record(actor, "order.cancelled", f"part:{part_id}", reason=said)

    await _with_part(actor, part_id, verb)


async def say_money(*, part_id: UUID, actor: Viewer, received: bool) -> Said:
    """What the producer sees in the bank app. "Received" settles; a second tap changes nothing.

    Raises `Conflict` (code `money.not_by_bank`) for cash, and when the order was cancelled.
    """

    async def verb(payment: Row, part: Row) -> Said:
        if part["method"] != PaymentMethod.BANK_QR or (payment["state"] == PaymentState.CANCELLED):
            raise Conflict("money.not_by_bank", N_("No bank transfer is awaited for this order."))
        settled = payment["state"] == PaymentState.SETTLED
        if settled and received:
            return Said.ALREADY
        act = _saw if received else _contradicts if settled else _not_seen
        result = await act(payment, part, actor)
        await _write_word(payment, actor, "received" if received else "not_seen")
        return result

    return await _with_part(actor, part_id, verb)


async def _saw(payment: Row, part: Row, actor: Viewer) -> Said:
    done = await settle(
        payment=payment,
        evidence=Evidence.SELLER,
        received_vnd=payment["received_vnd"],
        actor=actor,
        note=SELLER_SAW,
    )
    if done:
        return Said.SETTLED
    await payments.mark_seen(payment_id=payment["id"])
    await ask_refund(
        part_id=part["id"],
        producer_id=part["producer_id"],
        refund_vnd=payment["amount_vnd"],
        reason="late",
        reference=payment["reference"],
    )
    return Said.GONE


async def _not_seen(payment: Row, part: Row, actor: Viewer) -> Said:
    await add_note(
        part_id=part["id"],
        producer_id=part["producer_id"],
        state=part["state"],
        actor=actor,
        note=NOT_SEEN,
    )
    if part["state"] == PartState.EXPIRED:
        # Looked, and not there: nothing more is to be done about an order that has ended.
        await close_follow_ups(actor, subject_id=part["id"], outcome="not seen", kinds=(LOOK,))
    await emit("payment.not_seen", part["id"])
    return Said.NOT_SEEN


async def _contradicts(payment: Row, part: Row, actor: Viewer) -> Said:
    await open_contradiction(payment, saying="not_seen", received_vnd=payment["received_vnd"])
    return Said.CONTRADICTS


async def open_contradiction(payment: Row, *, saying: str, received_vnd: int) -> None:
    """Bank and seller do not say the same: finance staff look at both sides."""
    await open_follow_up(
        CONTRADICTION,
        subject_type="part",
        subject_id=payment["part_id"],
        for_role="finance_staff",
        due_in_s=STAFF_DUE_S,
        producer_id=payment["producer_id"],
        saying=saying,
        evidence=payment["evidence"],
        amount_vnd=payment["amount_vnd"],
        received_vnd=received_vnd,
        reference=payment["reference"],
    )


async def _write_word(payment: Row, actor: Viewer, said: str) -> None:
    if actor.person_id is None:
        raise ValueError("a word about money needs the person who said it")
    await payments.note_seller_word(
        payment_id=payment["id"],
        producer_id=payment["producer_id"],
        person_id=actor.person_id,
        said=said,
    )
    # Last, since the chain is everybody's: nothing may be waited for while we hold it.
    await audit.record(actor, f"payment.said_{said}", f"payment:{payment['id']}")


async def _step(part_id: UUID, to: PartState, actor: Viewer, *, note: str = "") -> None:
    await move_part(part_id=part_id, to=to, actor=actor, note=note)
    await close_follow_ups(actor, subject_id=part_id, outcome=str(to), kinds=CLOSED_BY_A_STEP)


def _only_cash(part: Row) -> None:
    if part["method"] != PaymentMethod.CASH_ON_DELIVERY:
        raise Conflict("order.not_cash", N_("This order is not paid at the door."))
