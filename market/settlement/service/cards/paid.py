"""What the vendor says about a hosted page: fetched again, compared, applied once for all parts."""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import NAMESPACE_URL, UUID, uuid5

import structlog

from integrations.contracts.cards import CardPayment, CardPayments, CardSession
from integrations.contracts.ports import Ports
from integrations.contracts.viewer import SYSTEM
from integrations.runtime.clock import database_now
from integrations.runtime.database import retrying, rows, work
from integrations.runtime.followups import close_follow_ups, open_follow_up
from market.catalog.service import stock
from market.ledger import service as ledger
from market.ledger.rules import EXPENSE_PROCESSOR_FEE, cash_card, moved, payable_buyer
from market.orders.rules import PartState, PaymentMethod
from market.orders.service import move_part
from market.payments import service as payments
from market.payments.rules import CheckoutState, Evidence, PaymentState
from market.payments.service import cards
from market.settlement.rules import (
    CARD_CAME,
    CARD_OTHER,
    CARD_PAGE_OVER,
    CARD_UNKNOWN,
    CLOSED_BY_A_STEP,
    STAFF_DUE_S,
)
from market.settlement.service.cards.page import cards_of
from market.settlement.service.cards.refunds import want_refund
from market.settlement.service.settle import lock_part, settle

log = structlog.get_logger(__name__)

Row = Mapping[str, Any]
_REFUSED_STATES: Final = ("failed", "cancelled")


async def look_at_checkout(*, checkout_id: UUID, ports: Ports) -> None:
    """Fetch the page of a checkout again and apply it; nothing for one that has no page yet.

    Raises `Unavailable` when the vendor is away, `CardRefused` when it knows no such page.
    """
    async with work(SYSTEM):
        found = await rows("SELECT session_id FROM card_checkout WHERE id = $1", [checkout_id])
    if found and found[0]["session_id"]:
        await look_at_session(found[0]["session_id"], cards_of(ports))


async def look_at_session(session_id: str, vendor: CardPayments) -> None:
    """Fetch a page and the payment behind it, and apply them. Raises as `look_at_checkout`."""
    await apply(await vendor.session(session_id), vendor)


async def apply(session: CardSession, vendor: CardPayments) -> None:
    """Apply what was just fetched; its payment is fetched too, once the page is complete."""
    payment = None
    if session.state == "complete" and session.payment_id:
        payment = await vendor.payment(session.payment_id)
    await retrying(lambda: _apply(session, payment, vendor.name))


async def _apply(session: CardSession, payment: CardPayment | None, vendor: str) -> None:
    """One transaction: every part of the checkout, or none. Whatever comes first or twice."""
    async with work(SYSTEM):
        checkout_id = _uuid(session.reference)
        locked = await cards.lock_checkout(checkout_id) if checkout_id else None
        if locked is None or locked[0]["session_id"] not in ("", session.id):
            await _not_ours(session, CARD_UNKNOWN)
            return
        checkout, paying = locked
        if session.paid and payment is not None and payment.state == "succeeded":
            whole = min(session.amount_vnd, payment.received_vnd) == checkout["amount_vnd"]
            if not whole or session.amount_vnd != checkout["amount_vnd"]:
                await _not_ours(session, CARD_OTHER, order_id=checkout["order_id"])
                return
            await _paid(checkout, paying, session, payment, vendor)
        elif session.state == "expired":
            await _over(checkout, paying)
        elif payment is not None and payment.state in _REFUSED_STATES:
            await cards.mark_over(checkout["id"], CheckoutState.FAILED)


async def _paid(
    checkout: Row,
    paying: Sequence[Row],
    session: CardSession,
    payment: CardPayment,
    vendor: str,
) -> None:
    first = await cards.mark_paid(
        checkout["id"],
        session_id=session.id,
        payment_id=payment.id,
        charge_id=payment.charge_id,
    )
    if first:
        for row in paying:
            await _settle_or_return(row, checkout, payment.id, vendor)
    await book_fee(checkout["id"], payment, vendor)


async def _settle_or_return(row: Row, checkout: Row, payment_id: str, vendor: str) -> None:
    """The part is paid; or this money comes too late for it, and all of it goes back."""
    by_card = row["method"] == PaymentMethod.CARD
    if by_card and await settle(
        payment=row,
        evidence=Evidence.CARD,
        received_vnd=row["card_vnd"],
        actor=SYSTEM,
        note=CARD_CAME,
        vendor=vendor,
    ):
        return
    await cards.mark_late(row["card_part_id"])
    await ledger.post(
        kind="card_late",
        reference=f"late:{row['card_part_id']}",
        postings=moved(cash_card(vendor), payable_buyer(checkout["order_id"]), row["card_vnd"]),
        producer_id=row["producer_id"],
        occurred_at=await database_now(),
        meta={"part_id": row["part_id"]},
    )
    await want_refund(
        card_part_id=row["card_part_id"],
        payment_id=payment_id,
        amount_vnd=row["card_vnd"],
        reason="late",
        actor=SYSTEM,
    )


async def book_fee(checkout_id: UUID, payment: CardPayment, vendor: str) -> None:
    """Posting 2, once the vendor has booked the charge; in the open transaction."""
    if payment.fee_vnd is None or not payment.balance_id:
        return
    if not await cards.mark_fee(
        checkout_id, balance_id=payment.balance_id, fee_vnd=payment.fee_vnd
    ):
        return
    if payment.fee_vnd > 0:
        await ledger.post(
            kind="processor_fee",
            reference=f"fee:{payment.balance_id}",
            postings=moved(EXPENSE_PROCESSOR_FEE, cash_card(vendor), payment.fee_vnd),
            producer_id=None,
            occurred_at=await database_now(),
            meta={"checkout_id": checkout_id},
        )


async def _over(checkout: Row, paying: Sequence[Row]) -> None:
    """The page has ended unpaid: its parts with it, unless we closed it for another way to pay."""
    if not await cards.mark_over(checkout["id"], CheckoutState.EXPIRED) or checkout["closing"]:
        return
    for row in paying:
        await expire_part(row, note=CARD_PAGE_OVER)


async def expire_part(payment: Row, *, note: str) -> None:
    """A part that waits for a card no longer does; the payment's row is locked."""
    part_id: UUID = payment["part_id"]
    part = await lock_part(part_id)
    waits = payment["state"] == PaymentState.AWAITING
    if not waits or part["state"] != PartState.AWAITING_PAYMENT or part["method"] != "card":
        return
    await move_part(part_id=part_id, to=PartState.EXPIRED, actor=SYSTEM, note=note)
    await payments.mark_ended(payment_id=payment["id"], state=PaymentState.EXPIRED)
    await stock.release(part_id)
    await close_follow_ups(SYSTEM, subject_id=part_id, outcome="expired", kinds=CLOSED_BY_A_STEP)


async def _not_ours(session: CardSession, kind: str, order_id: UUID | None = None) -> None:
    """Another page or another amount: it settles nothing; staff look when money came."""
    log.warning("card.not_ours", kind=kind, paid=session.paid)
    if session.paid:
        await open_follow_up(
            kind,
            subject_type="card_session",
            subject_id=uuid5(NAMESPACE_URL, session.id),
            for_role="finance_staff",
            due_in_s=STAFF_DUE_S,
            received_vnd=session.amount_vnd,
            reference=session.id[:80],
            order_id=order_id,
        )


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


async def set_closing(checkout_id: UUID) -> None:
    """From now on the end of the page leaves its parts as they are."""

    async def once() -> None:
        async with work(SYSTEM):
            await cards.lock_checkout(checkout_id)
            await cards.mark_closing(checkout_id)

    await retrying(once)
