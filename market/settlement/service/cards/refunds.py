"""Money back to a card: wanted in a transaction, sent under a stored key, booked as told.

A time-out after the vendor did it, a second tap, a late notice: each refund happens once.
"""

from collections.abc import Mapping
from typing import Any, Final
from uuid import NAMESPACE_URL, UUID, uuid5

import structlog

from integrations.contracts.cards import CardPayments, CardRefund, CardRefused
from integrations.contracts.errors import N_, Conflict, Problem
from integrations.contracts.money import format_vnd
from integrations.contracts.ports import Ports
from integrations.contracts.text import clean_line
from integrations.contracts.viewer import SYSTEM, Viewer
from integrations.runtime import audit
from integrations.runtime.clock import database_now
from integrations.runtime.database import retrying, rows, work
from integrations.runtime.followups import close_follow_ups, open_follow_up
from integrations.runtime.outbox import emit
from integrations.runtime.web.idempotency import once, require_key
from market.catalog.service import stock
from market.ledger import service as ledger
from market.ledger.queries import held_balance
from market.ledger.rules import (
    cash_card,
    moved,
    payable_buyer,
    payable_seller_pending,
    returned_postings,
)
from market.orders import queries as orders
from market.orders.rules import PartState
from market.orders.service import move_part
from market.payments import service as payments
from market.payments.rules import (
    ATTEMPTS_MAX,
    REFUND_LOOKS_UP_AFTER_S,
    REFUND_RANK,
    RefundState,
    Shares,
    shares_back,
)
from market.payments.service import cards
from market.settlement.rules import (
    CARD_GIVEN_BACK,
    CARD_REFUND_ELSEWHERE,
    CARD_REFUND_FAILED,
    CARD_REFUND_WAITS,
    CLOSED_BY_A_STEP,
    STAFF_DUE_S,
)
from market.settlement.schemas import RefundIn, RefundOut
from market.settlement.service.cards.page import cards_of
from market.settlement.service.settle import lock_part

log = structlog.get_logger(__name__)

Row = Mapping[str, Any]
# The vendor has it, or has had it; `failed` and `cancelled` ones may be asked for again.
_HAPPENED: Final = ("pending", "succeeded")
_TO: Final[Mapping[str, RefundState]] = {
    "pending": RefundState.PENDING,
    "succeeded": RefundState.SUCCEEDED,
    "failed": RefundState.FAILED,
    "cancelled": RefundState.FAILED,
}
_PAID: Final = """
SELECT c.id, c.amount_vnd - c.refunded_vnd AS left_vnd, c.late, k.payment_id
FROM card_part c JOIN card_checkout k ON k.id = c.checkout_id
WHERE c.part_id = $1 AND c.paid ORDER BY c.late, c.refunded_vnd < c.amount_vnd DESC, c.id LIMIT 1
"""


async def want_refund(
    *,
    card_part_id: UUID,
    payment_id: str,
    amount_vnd: int,
    reason: str,
    actor: Viewer,
    note: str = "",
) -> UUID:
    """Decide that money goes back, in the open transaction of the system; the worker sends it.

    Raises `Conflict` when less is left.
    """
    refund_id = await cards.want_back(
        card_part_id=card_part_id,
        payment_id=payment_id,
        amount_vnd=amount_vnd,
        reason=reason,
        note=note,
        requested_by=actor.label,
    )
    await emit("card.refund_wanted", refund_id)
    return refund_id


async def return_all(part_id: UUID, *, reason: str, actor: Viewer, note: str = "") -> None:
    """What is left of a part's card money goes back; nothing when nothing is. Inside a verb."""
    found = await rows(_PAID, [part_id])
    if found and found[0]["left_vnd"] > 0:
        await want_refund(
            card_part_id=found[0]["id"],
            payment_id=found[0]["payment_id"],
            amount_vnd=found[0]["left_vnd"],
            reason=reason,
            actor=actor,
            note=note,
        )


async def give_back(*, part_id: UUID, actor: Viewer, wanted: RefundIn, key: str) -> RefundOut:
    """Finance staff give money of a card back, whole or in part, once per `key`.

    All of it, before the goods are on their way, calls the part off too. Raises `NotFound` for a
    part they do not see, `Conflict` (codes `refund.not_card`, `refund.nothing_left`,
    `refund.too_much`), `Problem` (codes `refund.amount`, `refund.reason`).
    """
    require_key(key)
    said = clean_line(wanted.reason)
    if not said:
        raise Problem("refund.reason", N_("Please write in a few words why."), field="reason")
    async with work(actor):
        await orders.part(actor, part_id)

    async def verb() -> RefundOut:
        payment = await payments.lock(part_id=part_id)
        part = await lock_part(part_id)
        found = await rows(_PAID, [part_id])
        if payment is None or not found:
            raise Conflict(
                "refund.not_card",
                N_("This part was not paid by card: the seller sends the money back."),
            )
        return await _give_back(part, found[0], actor, wanted, said)

    async def transaction() -> RefundOut:
        async with work(SYSTEM):
            return await once(
                scope=f"refund:{part_id}:{actor.label}",
                key=key,
                request=wanted,
                model=RefundOut,
                verb=verb,
            )

    return await retrying(transaction)


async def _give_back(part: Row, paid: Row, actor: Viewer, wanted: RefundIn, said: str) -> RefundOut:
    left_vnd = int(paid["left_vnd"])
    amount_vnd = left_vnd if wanted.whole else wanted.amount_vnd or 0
    if left_vnd == 0:
        raise Conflict("refund.nothing_left", N_("All of this money has gone back already."))
    if not 0 < amount_vnd <= left_vnd:
        raise Problem(
            "refund.amount",
            N_("Up to {max} can be given back."),
            field="amount_vnd",
            params={"max": format_vnd(left_vnd)},
        )
    refund_id = await want_refund(
        card_part_id=paid["id"],
        payment_id=paid["payment_id"],
        amount_vnd=amount_vnd,
        reason="staff",
        actor=actor,
        note=said,
    )
    not_sent = part["state"] in (PartState.PLACED, PartState.CONFIRMED)
    if amount_vnd == left_vnd and not_sent and not paid["late"]:
        await move_part(
            part_id=part["id"], to=PartState.CANCELLED, actor=actor, note=CARD_GIVEN_BACK
        )
        await stock.return_units(part["id"])
        await close_follow_ups(
            actor, subject_id=part["id"], outcome="given back", kinds=CLOSED_BY_A_STEP
        )
    await audit.record(
        actor, "card.refund_asked", f"part:{part['id']}", reason=said, amount_vnd=amount_vnd
    )
    return RefundOut(
        id=refund_id, amount_vnd=amount_vnd, state=RefundState.WANTED, reason="staff", note=said
    )


async def send_refund(*, refund_id: UUID, ports: Ports) -> None:
    """Send a wanted refund, or ask what became of one whose answer was lost.

    Raises `Unavailable` when the vendor is away: the same key is sent again later.
    """
    vendor = cards_of(ports)
    for _ in range(ATTEMPTS_MAX):
        claimed = await retrying(lambda: _claim(refund_id))
        if claimed is None:
            return
        # A day later the key means nothing to the vendor any more: look before sending.
        known = await _look_up(vendor, claimed) if claimed["old"] else None
        try:
            known = known or await vendor.refund(
                claimed["payment_id"],
                claimed["amount_vnd"],
                reference=str(refund_id),
                key=claimed["key"],
            )
        except CardRefused as refused:
            # A no is believed only once the vendor's own list knows of no such refund.
            known = await _look_up(vendor, claimed)
            if known is None:
                await _refused(claimed, refused.code)
                continue
        await apply_refund(known, vendor.name)
        return


async def _look_up(vendor: CardPayments, refund: Row) -> CardRefund | None:
    listed = await vendor.refunds(refund["payment_id"])
    mine = [one for one in listed if one.reference == str(refund["id"])]
    return next((one for one in mine if one.state in _HAPPENED), None)


async def _claim(refund_id: UUID) -> dict[str, Any] | None:
    async with work(SYSTEM):
        refund = await _locked(refund_id)
        if refund is None or refund["state"] not in (RefundState.WANTED, RefundState.SENT):
            return None
        await cards.mark_refund_sent(refund_id)
        return refund


async def _locked(refund_id: UUID) -> dict[str, Any] | None:
    """The refund, locked after the payment of its part, as in every verb."""
    found = await rows("SELECT part_id FROM card_refund WHERE id = $1", [refund_id])
    if not found:
        return None
    await payments.lock(part_id=found[0]["part_id"])
    return await cards.lock_refund(refund_id, old_after_s=REFUND_LOOKS_UP_AFTER_S)


async def _refused(refund: Row, code: str) -> None:
    """The next attempt gets its own key; after the last one staff look at it."""
    log.warning("card.refund_refused", refund=str(refund["id"]), code=code)
    async with work(SYSTEM):
        now = await _locked(refund["id"])
        if now is None or now["state"] != RefundState.SENT or now["key"] != refund["key"]:
            return
        if now["attempt"] < ATTEMPTS_MAX:
            await cards.next_refund_attempt(now, error=code)
            return
        await _fail(now, error=code)


async def apply_refund(seen: CardRefund, vendor: str) -> None:
    """What the vendor says about a refund of ours; a state that we know better changes nothing."""
    refund_id = _uuid(seen.reference)

    async def once_more() -> None:
        async with work(SYSTEM):
            refund = await _locked(refund_id) if refund_id else None
            same = refund is not None and refund["payment_id"] == seen.payment_id
            if refund is None or not same or refund["amount_vnd"] != seen.amount_vnd:
                await _elsewhere(seen)
                return
            if refund["vendor_id"] not in ("", seen.id):
                return  # an earlier attempt that came to nothing
            await _move(refund, seen, vendor)

    await retrying(once_more)


async def _move(refund: Row, seen: CardRefund, vendor: str) -> None:
    to = _TO[seen.state]
    if REFUND_RANK[to] <= REFUND_RANK[RefundState(refund["state"])]:
        return
    if to is RefundState.FAILED:
        await _fail(refund, vendor_id=seen.id, error=seen.state)
        return
    await cards.move_refund(refund["id"], to, vendor_id=seen.id)
    await close_follow_ups(
        SYSTEM, subject_id=refund["id"], outcome=str(to), kinds=(CARD_REFUND_WAITS,)
    )
    if not refund["booked"]:
        await _book(refund, vendor)
        await emit("card.refunded", refund["part_id"], refund_vnd=refund["amount_vnd"])


async def _fail(refund: Row, *, error: str, vendor_id: str = "") -> None:
    """The money did not go back, or has come back: the books and the rest say so, staff look."""
    await cards.move_refund(refund["id"], RefundState.FAILED, vendor_id=vendor_id, error=error)
    await cards.put_back(refund["card_part_id"], refund["amount_vnd"])
    if refund["booked"]:
        await ledger.reverse(
            _reference(refund), occurred_at=await database_now(), reason="refund failed"
        )
        await cards.mark_booked(refund["id"], None)
    await close_follow_ups(
        SYSTEM, subject_id=refund["id"], outcome="failed", kinds=(CARD_REFUND_WAITS,)
    )
    await open_follow_up(
        CARD_REFUND_FAILED,
        subject_type="part",
        subject_id=refund["part_id"],
        for_role="finance_staff",
        due_in_s=STAFF_DUE_S,
        producer_id=refund["producer_id"],
        refund_vnd=refund["amount_vnd"],
        reason=error,
    )


async def _book(refund: Row, vendor: str) -> None:
    """Posting 5: each share gives back its part; what the seller no longer has here is owed."""
    amount_vnd = int(refund["amount_vnd"])
    shares = Shares(0, 0, 0, 0)
    if refund["late"]:
        postings = moved(payable_buyer(refund["order_id"]), cash_card(vendor), amount_vnd)
    else:
        part = await lock_part(refund["part_id"])
        sale = Shares(part["net_vnd"], part["commission_vnd"], part["vat_vnd"], part["pit_vnd"])
        before_vnd, before = await cards.booked_back(refund["card_part_id"])
        shares = shares_back(sale, before, given_back_vnd=before_vnd + amount_vnd)
        seller_id: UUID = refund["producer_id"]
        postings = returned_postings(
            seller_id,
            vendor=vendor,
            amount_vnd=amount_vnd,
            net_vnd=shares.net_vnd,
            commission_vnd=shares.commission_vnd,
            vat_vnd=shares.vat_vnd,
            pit_vnd=shares.pit_vnd,
            held_vnd=await held_balance(payable_seller_pending(seller_id).code),
        )
    await ledger.post(
        kind="refund",
        reference=_reference(refund),
        postings=postings,
        producer_id=refund["producer_id"],
        occurred_at=await database_now(),
        meta={"part_id": refund["part_id"]},
    )
    await cards.mark_booked(refund["id"], shares)


def _reference(refund: Row) -> str:
    return f"refund:{refund['id']}"


async def _elsewhere(seen: CardRefund) -> None:
    """Somebody gave money of ours back at the vendor itself: our books know nothing of it."""
    found = await rows(
        "SELECT order_id FROM card_checkout WHERE payment_id = $1 AND state = 'paid'",
        [seen.payment_id],
    )
    if found and seen.state in _HAPPENED:
        await open_follow_up(
            CARD_REFUND_ELSEWHERE,
            subject_type="card_refund",
            subject_id=uuid5(NAMESPACE_URL, seen.id),
            for_role="finance_staff",
            due_in_s=STAFF_DUE_S,
            refund_vnd=seen.amount_vnd,
            reference=seen.id[:80],
            order_id=found[0]["order_id"],
        )


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
