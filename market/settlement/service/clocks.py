"""What happens because time has passed, by the database's clock, in small guarded batches."""

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any, Final
from uuid import UUID

import structlog

from integrations.contracts.viewer import SYSTEM
from integrations.runtime.database import retrying, rows, run, work
from integrations.runtime.followups import close_follow_ups, open_follow_up
from integrations.runtime.outbox import emit
from market.catalog.service import stock
from market.orders.queries import has_note
from market.orders.rules import PartState
from market.orders.service import add_note, move_part
from market.payments import service as payments
from market.payments.rules import PaymentState
from market.settlement.rules import (
    BUYER_SAID_PAID,
    EXTEND_ONCE_S,
    EXTENDED,
    LATE_IN,
    LOOK,
    LOOK_BEFORE_S,
    SHORT,
    STAFF_AFTER_S,
    STAFF_DUE_S,
    STAFF_STEPS_IN,
    TIME_IS_UP,
)
from market.settlement.service.settle import ask_refund

log = structlog.get_logger(__name__)

Row = Mapping[str, Any]
_BATCH: Final = 50
_UNPAID: Final = [str(PartState.AWAITING_PAYMENT), str(PartState.AWAITING_CODE)]

_JOIN: Final = "FROM payment y JOIN order_part p ON p.id = y.part_id"
_OPEN: Final = (
    "EXISTS (SELECT 1 FROM follow_up f WHERE f.subject_id = p.id AND f.kind = $2"
    " AND f.closed_at IS NULL)"
)
_TO_LOOK: Final = (
    "y.part_id, y.producer_id, y.amount_vnd, y.reference,"
    " extract(epoch FROM p.expires_at - now())::float8 AS left_s",
    "y.state = 'awaiting' AND p.state = 'awaiting_payment' AND p.method = 'bank_qr'"
    " AND p.expires_at > now()"
    " AND p.expires_at <= now() + make_interval(secs => $1::float8)"
    " AND NOT EXISTS (SELECT 1 FROM follow_up f WHERE f.subject_id = p.id AND f.kind = $2)",
)
# While a card page can be paid its vendor is asked first: see `service.cards.clock`.
_NO_PAGE: Final = (
    "NOT EXISTS (SELECT 1 FROM card_part c JOIN card_checkout k ON k.id = c.checkout_id"
    " WHERE c.part_id = p.id AND p.method = 'card' AND k.state IN ('opening', 'open'))"
)
_EXPIRED: Final = (
    "y.id, y.part_id, y.producer_id, y.amount_vnd, y.received_vnd, y.reference, p.state,"
    " p.expires_at > y.expires_at AS extended",
    f"y.state = 'awaiting' AND p.state = ANY($1) AND p.expires_at <= now() AND {_NO_PAGE}",
)
_LATE: Final = (
    "y.part_id, y.producer_id, p.state",
    f"p.state = $1 AND p.answer_by <= now() AND NOT {_OPEN}",
)
_VERY_LATE: Final = (
    "y.part_id, y.producer_id, p.state",
    "p.state = ANY($1) AND p.answer_by <= now() - make_interval(secs => $3::float8)"
    f" AND NOT {_OPEN}",
)
_TAKE = "SELECT 1 AS taken FROM payment WHERE id = $1 FOR UPDATE SKIP LOCKED"
_EXTEND = """
UPDATE order_part SET expires_at = now() + make_interval(secs => $2)
WHERE id = $1 AND state = 'awaiting_payment'
"""
_HOLD = """
UPDATE reservation SET expires_at = now() + make_interval(secs => $2)
WHERE group_id = $1 AND state = 'held'
"""


async def look_at_clocks() -> int:
    """Ask to look, hold longer once, expire, remind, call staff; how many rows were moved."""
    late = [str(state) for state in LATE_IN]
    done = await _each(_TO_LOOK, [float(LOOK_BEFORE_S), LOOK], _open_look)
    done += await _each(_EXPIRED, [_UNPAID], _extend_or_expire)
    for state, kind in LATE_IN.items():
        done += await _each(_LATE, [str(state), kind], _remind)
    return done + await _each(_VERY_LATE, [late, STAFF_STEPS_IN, float(STAFF_AFTER_S)], _call_staff)


Act = Callable[[Row], Awaitable[None]]


async def _each(query: tuple[str, str], params: list[Any], act: Act) -> int:
    """Do `act` for what `query` (columns, condition) finds, the oldest first; for how many.

    Each is a transaction of its own: goods of several orders would be locked against their order,
    and one that cannot be done must not hold up the others. What a full batch has left behind it
    is found at the next tick.
    """
    due = f"SELECT y.id {_JOIN} WHERE {query[1]} ORDER BY y.id LIMIT {_BATCH}"
    async with work(SYSTEM):
        found = await rows(due, params)
    done = 0
    for row in found:
        try:
            done += await retrying(partial(_one, query, params, row["id"], act))
        except Exception:
            log.exception("clock.failed", payment_id=str(row["id"]), step=act.__name__)
    return done


async def _one(query: tuple[str, str], params: list[Any], payment_id: UUID, act: Act) -> bool:
    """False when somebody else has this payment, or has changed it meanwhile."""
    columns, condition = query
    async with work(SYSTEM):
        # The payment is locked first, as in every other verb; who holds it is busy with it.
        if not await rows(_TAKE, [payment_id]):
            return False
        found = await rows(
            f"SELECT {columns} {_JOIN} WHERE {condition} AND y.id = ${len(params) + 1}",
            [*params, payment_id],
        )
        for row in found:
            await act(row)
    return bool(found)


async def _open_look(row: Row) -> None:
    if await open_follow_up(
        LOOK,
        subject_type="part",
        subject_id=row["part_id"],
        for_role="producer",
        due_in_s=max(0.0, row["left_s"]),
        producer_id=row["producer_id"],
        amount_vnd=row["amount_vnd"],
        reference=row["reference"],
    ):
        await emit("payment.look_due", row["part_id"])


async def _extend_or_expire(row: Row) -> None:
    part_id = row["part_id"]
    said = await has_note(part_id, BUYER_SAID_PAID)
    if said and not row["extended"] and row["state"] == PartState.AWAITING_PAYMENT:
        await run(_EXTEND, [part_id, float(EXTEND_ONCE_S)])
        await run(_HOLD, [part_id, float(EXTEND_ONCE_S)])
        await add_note(
            part_id=part_id,
            producer_id=row["producer_id"],
            state=row["state"],
            actor=SYSTEM,
            note=EXTENDED,
        )
        await _open_look({**row, "left_s": float(EXTEND_ONCE_S)})
        return
    await move_part(part_id=part_id, to=PartState.EXPIRED, actor=SYSTEM, note=TIME_IS_UP)
    await payments.mark_ended(payment_id=row["id"], state=PaymentState.EXPIRED)
    await stock.release(part_id)
    # Somebody who says "sent" may still be right: the producer's task to look stays open.
    kinds = (SHORT,) if said else (SHORT, LOOK)
    await close_follow_ups(SYSTEM, subject_id=part_id, outcome="expired", kinds=kinds)
    await ask_refund(
        part_id=part_id,
        producer_id=row["producer_id"],
        refund_vnd=row["received_vnd"],
        reason="short",
        reference=row["reference"],
    )


async def _remind(row: Row) -> None:
    await open_follow_up(
        LATE_IN[PartState(row["state"])],
        subject_type="part",
        subject_id=row["part_id"],
        for_role="producer",
        due_in_s=STAFF_AFTER_S,
        producer_id=row["producer_id"],
    )
    await emit("order.overdue", row["part_id"], state=row["state"])


async def _call_staff(row: Row) -> None:
    await open_follow_up(
        STAFF_STEPS_IN,
        subject_type="part",
        subject_id=row["part_id"],
        for_role="province_staff",
        due_in_s=STAFF_DUE_S,
        producer_id=row["producer_id"],
        state=row["state"],
    )
