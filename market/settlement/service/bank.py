"""What a bank line does: one transaction with the inbox row, so that a kill leaves all or none."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from integrations.contracts.errors import Problem
from integrations.contracts.ports import BankEvents, BankTransfer
from integrations.contracts.text import fold
from integrations.contracts.viewer import SYSTEM
from integrations.runtime import inbox
from integrations.runtime.database import work
from integrations.runtime.followups import close_follow_ups, open_follow_up
from integrations.runtime.outbox import emit
from market.orders.rules import PartState
from market.payments import service as payments
from market.payments.queries import candidates, producer_of_account
from market.payments.rules import (
    PREFIX,
    Action,
    Decision,
    Evidence,
    ExpectedPayment,
    MatchOutcome,
    PaymentState,
    decide,
    find_references,
)
from market.settlement.rules import (
    CONTRADICTION,
    MONEY_CAME,
    SHORT,
    STAFF_DUE_S,
    UNKNOWN,
    UNREADABLE,
    WRONG_ACCOUNT,
)
from market.settlement.service.seller import open_contradiction
from market.settlement.service.settle import ask_refund, lock_part, settle
from sellers.producers.queries import account_hash as hash_of_account

Row = Mapping[str, Any]
_CLOSED_REASON = {
    MatchOutcome.OVER: "over",
    MatchOutcome.LATE: "late",
    MatchOutcome.DUPLICATE: "twice",
}


async def work_bank_event(*, inbox_id: UUID, bank_events: BankEvents) -> None:
    """Work one stored notice; nothing to do when it was worked before."""
    async with work(SYSTEM):
        raw = await inbox.read(inbox_id)
        if raw is None:
            return
        try:
            transfer = bank_events.parse(raw)
        except Problem as unreadable:
            await _ask_staff(UNREADABLE, "inbox", inbox_id, None, said=unreadable.code)
            await inbox.mark_worked(inbox_id, keep_body=True)
        else:
            await apply(transfer, inbox_id=inbox_id)
            await inbox.mark_worked(inbox_id)


async def apply(transfer: BankTransfer, *, inbox_id: UUID) -> MatchOutcome:
    """Match one line, keep it, and do what it asks for. In the open transaction of the system."""
    account_hash = hash_of_account(transfer.account)
    references = find_references(transfer.content)
    payment = await payments.lock_by_references(references, account_hash) if references else None
    part = await lock_part(payment["part_id"]) if payment else None
    decision = decide(transfer, _expected(payment, part, account_hash))
    unmatched = payment is None
    near = await _near(transfer, account_hash) if unmatched else []
    # A transfer that has nothing to do with an order is the producer's own affair: not kept.
    ours = not unmatched or bool(near) or PREFIX.lower() in fold(transfer.content)
    line_id = await payments.note_bank_line(
        transfer,
        inbox_id=inbox_id,
        account_hash=account_hash,
        payment=payment,
        producer_id=payment["producer_id"] if payment else await producer_of_account(account_hash),
        outcome=decision.outcome,
        content=transfer.content if ours else "",
    )
    if line_id is None:
        return MatchOutcome.DUPLICATE
    if payment is not None:
        await _act(decision, payment, line_id)
    elif decision.action is Action.REVIEW and ours:
        await _ask_staff(
            UNKNOWN,
            "bank_event",
            line_id,
            await producer_of_account(account_hash),
            amount_vnd=transfer.amount_vnd,
            last4=transfer.account[-4:],
            content=transfer.content[:120],
            suggestions=[row["reference"] for row in near],
            part_ids=[str(row["part_id"]) for row in near],
        )
    return decision.outcome


def _expected(payment: Row | None, part: Row | None, account_hash: str) -> ExpectedPayment | None:
    if payment is None or part is None:
        return None
    return ExpectedPayment(
        reference=payment["reference"],
        account_matches=payment["account_hash"] == account_hash,
        amount_vnd=payment["amount_vnd"],
        received_vnd=payment["received_vnd"],
        state=PaymentState(payment["state"]),
        settled_by=Evidence(payment["evidence"]) if payment["evidence"] else None,
        confirmed=payment["confirmed_at"] is not None,
        called_off=part["state"] == PartState.CANCELLED,
    )


async def _near(transfer: BankTransfer, account_hash: str) -> list[dict[str, Any]]:
    if transfer.direction != "in":
        return []
    return await candidates(
        account_hash=account_hash,
        amount_vnd=transfer.amount_vnd,
        occurred_at=transfer.occurred_at,
    )


async def _act(decision: Decision, payment: Row, line_id: UUID) -> None:
    """Carry a decision out. The payment's row is locked."""
    match decision.action:
        case Action.SETTLE | Action.TRY_STOCK:
            await _settle_or_refund(decision, payment)
        case Action.ASK_TOP_UP:
            await _ask_top_up(decision, payment)
        case Action.CONFIRM:
            await payments.mark_confirmed(
                payment_id=payment["id"], received_vnd=decision.received_vnd
            )
            await close_follow_ups(
                SYSTEM, subject_id=payment["part_id"], outcome="agreed", kinds=(CONTRADICTION,)
            )
        case Action.OPEN_CONTRADICTION:
            await _received(decision, payment)
            await open_contradiction(
                payment, saying="other_amount", received_vnd=decision.received_vnd
            )
        case Action.REFUND:
            await _received(decision, payment)
            await _refund(decision, payment, decision.refund_due_vnd)
        case Action.REVIEW:
            await _ask_staff(
                WRONG_ACCOUNT,
                "bank_event",
                line_id,
                payment["producer_id"],
                reference=payment["reference"],
                amount_vnd=payment["amount_vnd"],
            )
        case Action.IGNORE:
            pass


async def _settle_or_refund(decision: Decision, payment: Row) -> None:
    done = await settle(
        payment=payment,
        evidence=Evidence.BANK_EVENT,
        received_vnd=decision.received_vnd,
        actor=SYSTEM,
        note=MONEY_CAME,
    )
    if done:
        await _refund(decision, payment, decision.refund_due_vnd)
    else:
        await _received(decision, payment)
        await _refund(decision, payment, decision.received_vnd)


async def _ask_top_up(decision: Decision, payment: Row) -> None:
    """Part of the money is there: the buyer is asked for the rest, the producer knows."""
    await _received(decision, payment)
    await open_follow_up(
        SHORT,
        subject_type="part",
        subject_id=payment["part_id"],
        for_role="producer",
        due_in_s=STAFF_DUE_S,
        producer_id=payment["producer_id"],
        reference=payment["reference"],
        amount_vnd=payment["amount_vnd"],
    )
    await emit("payment.short", payment["part_id"], missing_vnd=decision.missing_vnd)


async def _received(decision: Decision, payment: Row) -> None:
    await payments.note_received(payment_id=payment["id"], received_vnd=decision.received_vnd)


async def _refund(decision: Decision, payment: Row, refund_vnd: int) -> None:
    await ask_refund(
        part_id=payment["part_id"],
        producer_id=payment["producer_id"],
        refund_vnd=refund_vnd,
        reason=_CLOSED_REASON.get(decision.outcome, "over"),
        reference=payment["reference"],
    )


async def _ask_staff(
    kind: str, subject_type: str, subject_id: UUID, producer_id: UUID | None, **details: Any
) -> None:
    await open_follow_up(
        kind,
        subject_type=subject_type,
        subject_id=subject_id,
        for_role="finance_staff",
        due_in_s=STAFF_DUE_S,
        producer_id=producer_id,
        **details,
    )
