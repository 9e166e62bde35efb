"""A buyer's bank asks for the money back: written down, the seller's share held, staff answer."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from integrations.contracts.cards import CardDispute
from integrations.contracts.ids import new_id
from integrations.contracts.viewer import SYSTEM
from integrations.runtime.clock import database_now
from integrations.runtime.database import insert_once, retrying, rows, run, work
from integrations.runtime.followups import close_follow_ups, open_follow_up
from market.ledger import service as ledger
from market.ledger.rules import EXPENSE_DISPUTE, cash_card, moved, receivable_dispute
from market.payments.service import cards
from market.settlement.rules import CARD_DISPUTE, CARD_DISPUTE_LOST, STAFF_DUE_S

Row = Mapping[str, Any]
WON: Final = ("won", "warning_closed", "prevented")
LOST: Final = ("lost",)
# The money moves at most this way; what we know of it never goes back.
_FUNDS_RANK: Final = {"": 0, "withdrawn": 1, "reinstated": 2}
_CHECKOUT: Final = """
SELECT k.id, k.order_id, o.number FROM card_checkout k JOIN orders o ON o.id = k.order_id
WHERE k.payment_id = $1 AND k.state = 'paid'
"""
_TAKEN: Final = """
SELECT e.amount_vnd FROM ledger_transaction t JOIN ledger_entry e ON e.transaction_id = t.id
JOIN ledger_account a ON a.id = e.account_id WHERE t.reference = $1 AND a.code = $2
"""
_KEEP: Final = """
UPDATE card_dispute SET state = $2, funds = $3, due_by = $4,
  closed_at = CASE WHEN $5 THEN coalesce(closed_at, now()) ELSE NULL END
WHERE id = $1
"""


async def apply_dispute(seen: CardDispute, vendor: str) -> None:
    """Write down what the vendor says now; nothing for a payment that is not ours."""
    await retrying(lambda: _apply(seen, vendor))


async def _apply(seen: CardDispute, vendor: str) -> None:
    async with work(SYSTEM):
        found = await rows(_CHECKOUT, [seen.payment_id]) if seen.payment_id else []
        if not found:
            return
        checkout_id: UUID = found[0]["id"]
        locked = await cards.lock_checkout(checkout_id)
        assert locked is not None
        about = {**found[0], **{name: locked[1][0][name] for name in ("part_id", "producer_id")}}
        await insert_once(
            "card_dispute",
            {
                "id": new_id(),
                "vendor_id": seen.id,
                "checkout_id": checkout_id,
                "amount_vnd": seen.amount_vnd,
                "state": "",
                "reason": seen.reason[:80],
            },
        )
        row = (await rows("SELECT * FROM card_dispute WHERE vendor_id = $1 FOR UPDATE", [seen.id]))[
            0
        ]
        await _move(row, seen, about, vendor)


async def _move(row: Row, seen: CardDispute, checkout: Row, vendor: str) -> None:
    # What was decided stays, but for a loss that the bank takes back.
    over = row["closed_at"] is not None and not (row["state"] in LOST and seen.state in WON)
    state = row["state"] if over else seen.state[:40]
    funds = _funds(row, seen)
    if funds != row["funds"]:
        await _book(row, seen, funds, vendor)
    await _book_loss(row, lost=state in LOST and funds == "withdrawn")
    if seen.fee_vnd > 0:
        await _book_fee(row, seen, vendor)
    ended = state in WON or state in LOST
    await run(_KEEP, [row["id"], state, funds, seen.due_by, ended])
    await cards.freeze(checkout["id"], frozen=await _still_disputed(checkout["id"]))
    if over:
        return
    if ended:
        kinds = (CARD_DISPUTE, CARD_DISPUTE_LOST)
        await close_follow_ups(SYSTEM, subject_id=row["id"], outcome=state, kinds=kinds)
    if not ended or state in LOST:
        await _ask_staff(row, seen, checkout, CARD_DISPUTE_LOST if ended else CARD_DISPUTE)


def _funds(row: Row, seen: CardDispute) -> str:
    known: str = row["funds"]
    if not known and row["closed_at"] is not None and row["state"] in WON:
        return known  # the money was back when this was written down: an old look comes late
    # Not taken: not yet, or given back once the dispute was won.
    back = "reinstated" if known and seen.state in WON else ""
    now = "withdrawn" if seen.funds_withdrawn else back
    return now if _FUNDS_RANK[now] > _FUNDS_RANK[known] else known


async def _book(row: Row, seen: CardDispute, funds: str, vendor: str) -> None:
    reference = _reference(row)
    if funds == "reinstated":
        await ledger.reverse(reference, occurred_at=await database_now(), reason="reinstated")
        return
    await ledger.post(
        kind="dispute",
        reference=reference,
        postings=moved(EXPENSE_DISPUTE, cash_card(vendor), seen.amount_vnd),
        producer_id=None,
        occurred_at=await database_now(),
        meta={"checkout_id": row["checkout_id"]},
    )


def _reference(row: Row) -> str:
    return f"dispute:{row['vendor_id']}"


async def _book_loss(row: Row, *, lost: bool) -> None:
    """A lost payment is no cost yet: a claim, until staff have decided who bears it."""
    reference = f"dispute_lost:{row['vendor_id']}"
    now = await database_now()
    if not lost:
        await ledger.reverse(reference, occurred_at=now, reason="not lost after all")
        return
    taken = await rows(_TAKEN, [_reference(row), EXPENSE_DISPUTE.code])
    await ledger.post(
        kind="dispute_lost",
        reference=reference,
        postings=moved(receivable_dispute(row["id"]), EXPENSE_DISPUTE, taken[0]["amount_vnd"]),
        producer_id=None,
        occurred_at=now,
        meta={"checkout_id": row["checkout_id"]},
    )


async def _book_fee(row: Row, seen: CardDispute, vendor: str) -> None:
    """What the vendor keeps for its trouble, also when the dispute is won."""
    await ledger.post(
        kind="dispute_fee",
        reference=f"dispute_fee:{row['vendor_id']}",
        postings=moved(EXPENSE_DISPUTE, cash_card(vendor), seen.fee_vnd),
        producer_id=None,
        occurred_at=await database_now(),
        meta={"checkout_id": row["checkout_id"]},
    )


async def _still_disputed(checkout_id: UUID) -> bool:
    """Also a lost one holds the share until staff have decided who bears it."""
    found = await rows(
        "SELECT 1 AS one FROM card_dispute WHERE checkout_id = $1 AND NOT (state = ANY($2))"
        " LIMIT 1",
        [checkout_id, list(WON)],
    )
    return bool(found)


async def _ask_staff(row: Row, seen: CardDispute, checkout: Row, kind: str) -> None:
    left_s = (seen.due_by - datetime.now(UTC)).total_seconds() if seen.due_by else STAFF_DUE_S
    await open_follow_up(
        kind,
        subject_type="card_dispute",
        subject_id=row["id"],
        for_role="finance_staff",
        due_in_s=max(0.0, left_s) if kind == CARD_DISPUTE else STAFF_DUE_S,
        producer_id=checkout["producer_id"],
        amount_vnd=seen.amount_vnd,
        reason=seen.reason[:80],
        number=checkout["number"],
        part_id=checkout["part_id"],
        reference=seen.id[:80],
    )
