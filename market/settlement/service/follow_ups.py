"""Close a follow-up by hand: what came of it is written down, with who said so."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from integrations.contracts.errors import N_, Conflict, NotFound, Problem
from integrations.contracts.text import clean_line
from integrations.contracts.viewer import SYSTEM, Viewer
from integrations.runtime import audit
from integrations.runtime.database import retrying, rows, run, work
from integrations.runtime.outbox import emit
from market.orders.service import add_note
from market.payments import service as payments
from market.settlement.queries.tasks import CARD_KINDS, OVER_ALL
from market.settlement.rules import (
    BACK_CLOSED,
    BACK_SENT,
    CLOSED_GIVES_S,
    LATE_IN,
    PRODUCER_CLOSES,
    REFUND,
    STAFF_STEPS_IN,
)
from market.settlement.service.settle import lock_part

_OUTCOME_MAX: Final = 60
_FOUND = """
SELECT f.kind, f.subject_id, f.producer_id, f.for_role, f.closed_at,
  coalesce((f.details->>'refund_vnd')::bigint, 0) AS refund_vnd,
  (SELECT ARRAY[c.code::text, c.province_id::text] FROM producer p
   JOIN commune c ON c.code = p.commune_id WHERE p.id = f.producer_id) AS area
FROM follow_up f WHERE f.id = $1 FOR UPDATE OF f
"""
_CLOSE = """
UPDATE follow_up SET closed_at = now(), closed_by = $2, outcome = $3 WHERE id = $1
"""
_LATER = """
UPDATE order_part SET answer_by = now() + make_interval(secs => $2::float8)
WHERE id = $1 AND answer_by IS NOT NULL
"""


async def close_one(*, follow_up_id: UUID, actor: Viewer, outcome: str) -> None:
    """Close an open follow-up with its outcome (up to 60 characters).

    Staff may close what their list shows; a producer those of `PRODUCER_CLOSES` that are its own.
    One about an order that is late gives a day, then it comes back; money that was sent back is
    no longer held. Raises `NotFound`, `Conflict`, `Problem` at `outcome` for more words.
    """
    said = clean_line(outcome)
    if len(said) > _OUTCOME_MAX:
        raise Problem(
            "follow_up.outcome_long",
            N_("This is too long: {length} letters, at most {most}. Please shorten it."),
            field="outcome",
            params={"length": len(said), "most": _OUTCOME_MAX},
        )

    async def once() -> None:
        async with work(SYSTEM):
            await _close(follow_up_id, actor, said)

    await retrying(once)


async def _close(follow_up_id: UUID, actor: Viewer, said: str) -> None:
    # Payment and part first, as in every other verb; nothing is known of its owner yet.
    about = await rows("SELECT subject_id FROM follow_up WHERE id = $1", [follow_up_id])
    payment = await payments.lock(part_id=about[0]["subject_id"]) if about else None
    if payment is not None:
        await lock_part(payment["part_id"])
    found = await rows(_FOUND, [follow_up_id])
    if not found or not _may_close(actor, found[0]):
        raise NotFound("follow_up.unknown", N_("There is nothing to do under this number."))
    kind = str(found[0]["kind"])
    if not actor.is_staff and kind not in PRODUCER_CLOSES:
        raise Conflict(
            "follow_up.by_doing", N_("This closes by itself when the order is answered.")
        )
    if found[0]["closed_at"] is not None:
        return
    await run(_CLOSE, [follow_up_id, actor.label, said])
    if kind in LATE_IN.values() or kind == STAFF_STEPS_IN:
        await run(_LATER, [found[0]["subject_id"], float(CLOSED_GIVES_S)])
    if kind == REFUND and payment is not None:
        await _given_back(payment, int(found[0]["refund_vnd"]), actor)
    await audit.record(actor, "follow_up.closed", f"follow_up:{follow_up_id}", reason=said)


async def _given_back(payment: Mapping[str, Any], refund_vnd: int, actor: Viewer) -> None:
    """Money is no longer held. Only the seller's word is passed on: staff may close it for another
    reason, and speak with the buyer themselves.
    """
    part_id: UUID = payment["part_id"]
    part = await lock_part(part_id)
    await payments.mark_given_back(payment_id=payment["id"], refund_vnd=refund_vnd)
    await add_note(
        part_id=part_id,
        producer_id=part["producer_id"],
        state=part["state"],
        actor=actor,
        note=BACK_CLOSED if actor.is_staff else BACK_SENT,
    )
    if not actor.is_staff:
        await emit("payment.sent_back", part_id, refund_vnd=refund_vnd)


def _may_close(actor: Viewer, row: Mapping[str, Any]) -> bool:
    if actor.is_staff:
        near, its = actor.area, row["area"]
        for_one_role = row["producer_id"] is None or str(row["kind"]).startswith(CARD_KINDS)
        if for_one_role and row["for_role"] != actor.role and actor.role not in OVER_ALL:
            return False
        return near is None or its is None or not set(near).isdisjoint(its)
    mine = actor.producer_id is not None and row["producer_id"] == actor.producer_id
    return mine and row["for_role"] == "producer"
