"""What happens because time has passed, by the database's clock, in small guarded batches."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

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
    "y.state = 'awaiting' AND p.state = 'awaiting_payment' AND p.expires_at > now()"
    " AND p.expires_at <= now() + make_interval(secs => $1::float8)"
    " AND NOT EXISTS (SELECT 1 FROM follow_up f WHERE f.subject_id = p.id AND f.kind = $2)",
)
_EXPIRED: Final = (
    "y.id, y.part_id, y.producer_id, y.amount_vnd, y.received_vnd, y.reference, p.state,"
    " p.expires_at > y.expires_at AS extended",
    "y.state = 'awaiting' AND p.state = ANY($1) AND p.expires_at <= now()",
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
    done = 0
    for step in (_ask_to_look, _expire, _remind, _call_staff):
        # A batch that was full has more behind it; the next tick takes the rest.
        done += await retrying(step)
    return done


async def _locked(query: tuple[str, str], params: list[Any]) -> list[dict[str, Any]]:
    """Rows of `query` (columns, condition) whose payments are now locked by us.

    The payment is locked first, as in every other verb; who holds it is busy with it already.
    Then everything is read again: what the lock has waited for may have changed it.
    """
    columns, condition = query
    held = await rows(
        f"SELECT y.id {_JOIN} WHERE {condition} ORDER BY y.id LIMIT {_BATCH}"
        " FOR UPDATE OF y SKIP LOCKED",
        params,
    )
    if not held:
        return []
    return await rows(
        f"SELECT {columns} {_JOIN} WHERE {condition} AND y.id = ANY(${len(params) + 1})",
        [*params, [row["id"] for row in held]],
    )


async def _each(found: list[dict[str, Any]], act: Callable[[Row], Awaitable[None]]) -> int:
    for row in found:
        await act(row)
    return len(found)


async def _ask_to_look() -> int:
    async with work(SYSTEM):
        found = await _locked(_TO_LOOK, [float(LOOK_BEFORE_S), LOOK])
        return await _each(found, _open_look)


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


async def _expire() -> int:
    async with work(SYSTEM):
        return await _each(await _locked(_EXPIRED, [_UNPAID]), _extend_or_expire)


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


async def _remind() -> int:
    done = 0
    async with work(SYSTEM):
        for state, kind in LATE_IN.items():
            for row in await _locked(_LATE, [str(state), kind]):
                await open_follow_up(
                    kind,
                    subject_type="part",
                    subject_id=row["part_id"],
                    for_role="producer",
                    due_in_s=STAFF_AFTER_S,
                    producer_id=row["producer_id"],
                )
                await emit("order.overdue", row["part_id"], state=row["state"])
                done += 1
    return done


async def _call_staff() -> int:
    async with work(SYSTEM):
        late = [str(state) for state in LATE_IN]
        found = await _locked(_VERY_LATE, [late, STAFF_STEPS_IN, float(STAFF_AFTER_S)])
        for row in found:
            await open_follow_up(
                STAFF_STEPS_IN,
                subject_type="part",
                subject_id=row["part_id"],
                for_role="province_staff",
                due_in_s=STAFF_DUE_S,
                producer_id=row["producer_id"],
                state=row["state"],
            )
        return len(found)
