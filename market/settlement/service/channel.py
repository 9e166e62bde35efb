"""Orders that a marketplace has sold: units, order and books, in the transaction of the import."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from integrations.contracts.ids import new_id
from integrations.contracts.viewer import SYSTEM
from integrations.runtime.clock import database_now
from integrations.runtime.database import rows, run
from integrations.runtime.followups import close_follow_ups, open_follow_up
from integrations.runtime.outbox import emit
from market.catalog.service import stock
from market.ledger import service as ledger
from market.ledger.rules import clearing_channel, clearing_seller, credit, debit
from market.orders.queries import has_note
from market.orders.rules import PartState, PaymentMethod
from market.orders.service import (
    NewLine,
    NewOrder,
    NewPart,
    create_order,
    move_part,
    order_number,
)
from market.payments import service as payments
from market.payments.rules import Evidence, PaymentState
from market.settlement.rules import (
    BUYER_SAID_PAID,
    CALLED_OFF_THERE,
    CHANNEL_RETURN,
    CHANNEL_SHORT,
    CLOSED_BY_A_STEP,
    CLOSED_BY_CHANNEL,
    GONE_TO_ANOTHER,
    NOT_TAKEN_THERE,
    REFUND_DUE_S,
)
from market.settlement.service.settle import lock_part, reference_of, unwrite_books

Row = Mapping[str, Any]
# The marketplace gives the producer about this long to hand it over; then we remind.
SHIP_WITHIN_S: Final = 48 * 3_600
SHORT_DUE_S: Final = 12 * 3_600
_ON_ITS_WAY_S: Final = 30 * 86_400
_PATH: Final = (
    PartState.PLACED,
    PartState.CONFIRMED,
    PartState.HANDED_OVER,
    PartState.COMPLETED,
)


@dataclass(frozen=True, slots=True)
class ChannelSale:
    """One paid order of a marketplace, only what is ours in it; amounts in đồng.

    `order_key` names it for ever ("shopee:<connection>:<order>"); the buyer is masked.
    """

    order_key: str
    source: str
    connection_id: UUID
    part_id: UUID
    producer_id: UUID
    producer_name: str
    producer_kind: str
    buyer_name: str
    region: str
    lines: tuple[NewLine, ...]

    @property
    def total_vnd(self) -> int:
        """What the buyer pays for our lines."""
        return sum(line.amount_vnd for line in self.lines)


_HELD = """
SELECT variant_id, quantity FROM reservation WHERE group_id = $1 AND state = 'held'
ORDER BY variant_id FOR UPDATE
"""
_LEFT = "SELECT id, available FROM variant WHERE id = ANY($1::uuid[]) ORDER BY id FOR UPDATE"


async def take_units(*, part_id: UUID, wants: Mapping[UUID, int], make_room: bool) -> int:
    """Put units aside for a marketplace's order: all, or what there is; how many are missing.

    `make_room`: unpaid orders of our own give way, the newest first, but none whose money is said
    or known to be under way. Called again it takes what was missing before.
    """
    held = {row["variant_id"]: int(row["quantity"]) for row in await rows(_HELD, [part_id])}
    missing = {it: n - held.get(it, 0) for it, n in wants.items() if n > held.get(it, 0)}
    if make_room:
        await _make_room(missing)
    left = {row["id"]: int(row["available"]) for row in await rows(_LEFT, [sorted(missing)])}
    possible = {
        it: min(n, held.get(it, 0) + (left.get(it, 0) if it in missing else n))
        for it, n in wants.items()
    }
    await stock.hold(group_id=part_id, wants=possible)
    return sum(wants.values()) - sum(possible.values())


_AVAILABLE = "SELECT available FROM variant WHERE id = $1"
# Whoever is busy with a payment keeps it. Cards are left: their money may be on its way unseen.
_UNPAID = """
SELECT y.id, y.part_id, r.quantity FROM payment y JOIN order_part p ON p.id = y.part_id
JOIN reservation r ON r.group_id = p.id AND r.variant_id = $1 AND r.state = 'held'
WHERE y.state = 'awaiting' AND y.received_vnd = 0 AND p.method IN ('bank_qr', 'cod')
  AND p.state IN ('awaiting_payment', 'awaiting_code')
  AND NOT EXISTS (SELECT 1 FROM order_event e WHERE e.part_id = p.id AND e.note = $2)
ORDER BY p.id DESC LIMIT 50 FOR UPDATE OF y SKIP LOCKED
"""


async def _make_room(wants: Mapping[UUID, int]) -> None:
    for variant_id in sorted(wants):
        found = await rows(_AVAILABLE, [variant_id])
        missing = wants[variant_id] - (int(found[0]["available"]) if found else 0)
        if missing <= 0:
            continue
        for row in await rows(_UNPAID, [variant_id, BUYER_SAID_PAID]):
            if missing > 0 and await _give_way(row):
                missing -= row["quantity"]


async def _give_way(row: Row) -> bool:
    """An unpaid order ends; its buyer is told why. False when it has moved on meanwhile."""
    part = await lock_part(row["part_id"])
    waits = part["state"] in (PartState.AWAITING_PAYMENT, PartState.AWAITING_CODE)
    if not waits or await has_note(part["id"], BUYER_SAID_PAID):
        return False
    await move_part(part_id=part["id"], to=PartState.CANCELLED, actor=SYSTEM, note=GONE_TO_ANOTHER)
    await payments.mark_ended(payment_id=row["id"], state=PaymentState.CANCELLED)
    await stock.release(part["id"])
    await close_follow_ups(
        SYSTEM, subject_id=part["id"], outcome="gave way", kinds=CLOSED_BY_A_STEP
    )
    return True


async def take_sale(sale: ChannelSale, *, short_units: int) -> UUID:
    """The order, its settled payment and its books, once; the order's id.

    Units were taken by `take_units`; what is missing becomes a follow-up of the producer.
    """
    order_id, now = new_id(), await database_now()
    part = NewPart(
        id=sale.part_id,
        producer_id=sale.producer_id,
        letter="A",
        state=PartState.PLACED,
        method=PaymentMethod.CHANNEL,
        producer_name=sale.producer_name,
        producer_kind=sale.producer_kind,
        expires_at=None,
        answer_by=now + timedelta(seconds=SHIP_WITHIN_S),
        lines=sale.lines,
    )
    order = NewOrder(
        id=order_id,
        number=order_number(),
        checkout_key=sale.order_key,
        buyer_name=sale.buyer_name,
        buyer_phone="",
        commune_code="",
        commune_name=sale.region,
        street="",
        note="",
        language="vi",
        total_vnd=part.total_vnd,
        source=sale.source,
    )
    await create_order(order=order, parts=[part], actor=SYSTEM)
    await stock.sell(sale.part_id)
    await _settle(sale, order_id)
    if short_units:
        await _say_short(sale.part_id, sale.producer_id, short_units)
    return order_id


async def _settle(sale: ChannelSale, order_id: UUID) -> None:
    await payments.await_payment(
        part_id=sale.part_id,
        order_id=order_id,
        producer_id=sale.producer_id,
        method=str(PaymentMethod.CHANNEL),
        amount_vnd=sale.total_vnd,
        expires_at=None,
    )
    payment = await payments.lock(part_id=sale.part_id)
    assert payment is not None
    await payments.mark_settled(
        payment_id=payment["id"], evidence=Evidence.CHANNEL, received_vnd=sale.total_vnd
    )
    await run("UPDATE order_part SET paid_at = now() WHERE id = $1", [sale.part_id])
    # Memo accounts: the marketplace holds the money and pays the seller; nothing passes us.
    await ledger.post(
        kind="channel_sale",
        reference=reference_of(payment["id"]),
        postings=[
            debit(clearing_channel(sale.connection_id), sale.total_vnd),
            credit(clearing_seller(sale.producer_id), sale.total_vnd),
        ],
        producer_id=sale.producer_id,
        occurred_at=await database_now(),
        meta={"part_id": sale.part_id, "source": sale.source, "gross_vnd": sale.total_vnd},
    )
    await emit("payment.settled", payment["id"], evidence=str(Evidence.CHANNEL))


async def _say_short(part_id: UUID, producer_id: UUID, units: int) -> None:
    if await open_follow_up(
        CHANNEL_SHORT,
        subject_type="part",
        subject_id=part_id,
        for_role="producer",
        due_in_s=SHORT_DUE_S,
        producer_id=producer_id,
        units=units,
    ):
        await emit("channel.short", part_id, units=units)


async def follow_sale(*, part_id: UUID, to: PartState) -> None:
    """Bring a part to where the marketplace says it is, step by step; never back."""
    part = await _locked(part_id)
    if part is None or part["state"] not in _PATH:
        return
    for state in _PATH[_PATH.index(PartState(part["state"])) + 1 : _PATH.index(to) + 1]:
        await move_part(part_id=part_id, to=state, actor=SYSTEM)
        await close_follow_ups(
            SYSTEM, subject_id=part_id, outcome=str(state), kinds=CLOSED_BY_CHANNEL
        )
    if to is PartState.HANDED_OVER:
        # Who carries it and when it arrives is the marketplace's: we hear of it.
        await run(
            "UPDATE order_part SET answer_by = now() + make_interval(secs => $2::float8)"
            " WHERE id = $1 AND state = 'handed_over'",
            [part_id, float(_ON_ITS_WAY_S)],
        )


async def _locked(part_id: UUID) -> dict[str, Any] | None:
    """The part after its payment, as in every other verb; None before it was paid."""
    payment = await payments.lock(part_id=part_id)
    return None if payment is None else {**await lock_part(part_id), "payment_id": payment["id"]}


async def coming_back(*, part_id: UUID) -> None:
    """The buyer of a marketplace returns it: the producer is asked to look there."""
    part = await _locked(part_id)
    if part is None:
        return
    await open_follow_up(
        CHANNEL_RETURN,
        subject_type="part",
        subject_id=part_id,
        for_role="producer",
        due_in_s=REFUND_DUE_S,
        producer_id=part["producer_id"],
    )


async def cancel_sale(*, part_id: UUID, fees: int) -> None:
    """The marketplace has called it off: the sale is undone with its books, units come back once.

    What the buyer had for good is counted by the producer, who sees its state: those units do not
    go back on the shelf by themselves. `fees`: how many fee bookings there are. Before it was
    paid, only units were held.
    """
    part = await _locked(part_id)
    if part is None:
        await stock.release(part_id)
        return
    state = PartState(part["state"])
    if state in (PartState.PLACED, PartState.CONFIRMED):
        to, note = PartState.CANCELLED, CALLED_OFF_THERE
    elif state in (PartState.HANDED_OVER, PartState.COMPLETED):
        to, note = PartState.REFUSED, NOT_TAKEN_THERE
    else:
        await _undo_books(part["payment_id"], fees)
        return
    await move_part(part_id=part_id, to=to, actor=SYSTEM, note=note)
    await stock.return_units(part_id)
    kinds: tuple[str, ...] = CLOSED_BY_CHANNEL
    if state is PartState.COMPLETED:
        await _not_on_the_shelf(part_id)
        kinds = (*CLOSED_BY_A_STEP, CHANNEL_SHORT)  # the return is still to be looked at
    await _undo_books(part["payment_id"], fees)
    await close_follow_ups(SYSTEM, subject_id=part_id, outcome=str(to), kinds=kinds)


_CAME_BACK = """
SELECT r.variant_id, r.quantity, v.available FROM reservation r
JOIN variant v ON v.id = r.variant_id
WHERE r.group_id = $1 AND r.state = 'released' ORDER BY r.variant_id
"""


async def _not_on_the_shelf(part_id: UUID) -> None:
    """The reservation has ended, the units are not for sale: right after `return_units`."""
    for row in await rows(_CAME_BACK, [part_id]):
        await stock.set_stock(
            variant_id=row["variant_id"],
            available=max(0, int(row["available"]) - int(row["quantity"])),
            reference=f"{part_id}:back",
        )


async def _undo_books(payment_id: UUID, fees: int) -> None:
    await unwrite_books(payment_id, reason="cancelled")
    for n in range(1, fees + 1):
        await ledger.reverse(
            fee_reference(payment_id, n), occurred_at=await database_now(), reason="cancelled"
        )


def fee_reference(payment_id: UUID, n: int) -> str:
    """How the books name the n-th word of a marketplace about its fee."""
    return f"channel-fee:{payment_id}:{n}"


async def book_fee(*, part_id: UUID, connection_id: UUID, change_vnd: int, n: int) -> None:
    """What the marketplace keeps, in a transaction of its own: the whole fee, or its change."""
    part = await _locked(part_id)
    if part is None or change_vnd == 0:
        return
    left, right = clearing_seller(part["producer_id"]), clearing_channel(connection_id)
    if change_vnd < 0:
        left, right = right, left
    postings: Sequence[Any] = [debit(left, abs(change_vnd)), credit(right, abs(change_vnd))]
    await ledger.post(
        kind="channel_fee",
        reference=fee_reference(part["payment_id"], n),
        postings=postings,
        producer_id=part["producer_id"],
        occurred_at=await database_now(),
        meta={"part_id": part_id},
    )
