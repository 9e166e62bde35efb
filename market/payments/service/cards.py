"""Rows of card payments: the hosted page, its parts, money back. In the system's transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from integrations.contracts.errors import N_, Conflict
from integrations.contracts.ids import new_id
from integrations.runtime.database import insert_once, rows, run
from market.payments.rules import (
    RESEND_AFTER_S,
    CheckoutState,
    RefundState,
    Shares,
    checkout_key,
    refund_key,
)

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class CardShare:
    """What one part wants from a card payment."""

    part_id: UUID
    producer_id: UUID
    amount_vnd: int


async def expect(*, order_id: UUID, shares: Sequence[CardShare]) -> UUID:
    """A card page for these parts is wanted: its id. The key that opens it is stored with it.

    Raises `Conflict` (code `card.open`) while another page of the order is open.
    """
    checkout_id = new_id()
    first = await insert_once(
        "card_checkout",
        {
            "id": checkout_id,
            "order_id": order_id,
            "state": str(CheckoutState.OPENING),
            "amount_vnd": sum(share.amount_vnd for share in shares),
            "key": checkout_key(checkout_id, 1),
        },
    )
    if not first:
        raise Conflict(
            "card.open", N_("A card page of this order is open already. Please look again.")
        )
    for share in shares:
        await insert_once(
            "card_part",
            {
                "id": new_id(),
                "checkout_id": checkout_id,
                "part_id": share.part_id,
                "order_id": order_id,
                "producer_id": share.producer_id,
                "amount_vnd": share.amount_vnd,
            },
        )
    return checkout_id


_LOCK: Final = """
SELECT *, sent_at < now() - make_interval(secs => $2) AS stale
FROM card_checkout WHERE id = $1 FOR UPDATE
"""
_PAYMENTS: Final = """
SELECT y.*, c.id AS card_part_id, c.amount_vnd AS card_vnd
FROM card_part c JOIN payment y ON y.part_id = c.part_id
WHERE c.checkout_id = $1 ORDER BY y.id FOR UPDATE OF y
"""


async def lock_checkout(checkout_id: UUID) -> tuple[Row, list[Row]] | None:
    """A checkout and the payments of its parts, locked: payments first, as in every verb.

    `stale`: the request to open its page went out so long ago that another may go out.
    """
    paying = await rows(_PAYMENTS, [checkout_id])
    found = await rows(_LOCK, [checkout_id, float(RESEND_AFTER_S)])
    return (found[0], paying) if found else None


_SENDING: Final = """
UPDATE card_checkout SET sent_at = now(), expires_at = now() + make_interval(secs => $2),
  attempt = $3, key = $4 WHERE id = $1 RETURNING *
"""


async def mark_sending(checkout: Row, *, open_for_s: float) -> Row:
    """The request to open the page goes out now, under a new key when one was sent before."""
    attempt = int(checkout["attempt"]) + (checkout["sent_at"] is not None)
    key = checkout_key(checkout["id"], attempt)
    return (await rows(_SENDING, [checkout["id"], float(open_for_s), attempt, key]))[0]


_OPENED: Final = """
UPDATE card_checkout SET state = 'open', session_id = $2, url_sealed = $3, payment_id = $4,
  expires_at = $5, last_error = ''
WHERE id = $1 AND state = 'opening'
"""


async def mark_open(
    checkout_id: UUID, *, session_id: str, url_sealed: str, payment_id: str, expires_at: datetime
) -> bool:
    """The page stands; False when more than that is known already."""
    return bool(await run(_OPENED, [checkout_id, session_id, url_sealed, payment_id, expires_at]))


_REFUSED: Final = """
UPDATE card_checkout SET attempt = attempt + 1, key = $3, sent_at = NULL, last_error = $4,
  state = CASE WHEN attempt >= $5 THEN 'failed' ELSE state END
WHERE id = $1 AND state = 'opening' AND attempt = $2
"""


async def mark_refused(checkout: Row, *, error: str, attempts_max: int) -> None:
    """The vendor said no: the next attempt has another key; after the last one it has failed."""
    attempt = int(checkout["attempt"])
    key = checkout_key(checkout["id"], attempt + 1)
    await run(_REFUSED, [checkout["id"], attempt, key, error[:120], attempts_max])


async def mark_closing(checkout_id: UUID) -> None:
    """We close the page for another way to pay: when it ends, its parts are not to expire."""
    await run("UPDATE card_checkout SET closing = true WHERE id = $1", [checkout_id])


_ENDED: Final = """
UPDATE card_checkout SET state = $2, url_sealed = '' WHERE id = $1 AND state IN ('opening', 'open')
"""


async def mark_over(checkout_id: UUID, state: CheckoutState) -> bool:
    """The page is over without money (`expired`, `failed`); False when it was over before."""
    return bool(await run(_ENDED, [checkout_id, str(state)]))


_PAID: Final = """
UPDATE card_checkout SET state = 'paid', paid_at = now(), session_id = $2, payment_id = $3,
  charge_id = $4, url_sealed = '' WHERE id = $1 AND state <> 'paid'
"""


async def mark_paid(checkout_id: UUID, *, session_id: str, payment_id: str, charge_id: str) -> bool:
    """The money is there; False when that was known."""
    if not await run(_PAID, [checkout_id, session_id, payment_id, charge_id]):
        return False
    await run("UPDATE card_part SET paid = true WHERE checkout_id = $1", [checkout_id])
    return True


async def mark_fee(checkout_id: UUID, *, balance_id: str, fee_vnd: int) -> bool:
    """What the vendor has kept; False when that was known."""
    return bool(
        await run(
            "UPDATE card_checkout SET balance_id = $2, fee_vnd = $3"
            " WHERE id = $1 AND fee_vnd IS NULL",
            [checkout_id, balance_id, fee_vnd],
        )
    )


async def mark_late(card_part_id: UUID) -> None:
    """This money paid for nothing: it belongs to the buyer."""
    await run("UPDATE card_part SET late = true WHERE id = $1", [card_part_id])


_TAKE: Final = """
UPDATE card_part SET refunded_vnd = refunded_vnd + $2
WHERE id = $1 AND paid AND refunded_vnd + $2 <= amount_vnd RETURNING part_id, order_id, producer_id
"""


async def want_back(
    *,
    card_part_id: UUID,
    payment_id: str,
    amount_vnd: int,
    reason: str,
    note: str,
    requested_by: str,
) -> UUID:
    """Money is to go back to the card: the refund's id, its key stored with it.

    Raises `Conflict` (code `refund.too_much`) when less is left than that.
    """
    taken = await rows(_TAKE, [card_part_id, amount_vnd])
    if not taken:
        raise Conflict("refund.too_much", N_("That much is not left to give back."))
    refund_id = new_id()
    await insert_once(
        "card_refund",
        {
            "id": refund_id,
            "card_part_id": card_part_id,
            **taken[0],
            "payment_id": payment_id,
            "amount_vnd": amount_vnd,
            "reason": reason,
            "note": note[:200],
            "requested_by": requested_by,
            "state": str(RefundState.WANTED),
            "key": refund_key(refund_id, 1),
        },
    )
    return refund_id


_LOCK_REFUND: Final = """
SELECT r.*, c.late, c.checkout_id, r.sent_at < now() - make_interval(secs => $2) AS old
FROM card_refund r JOIN card_part c ON c.id = r.card_part_id WHERE r.id = $1 FOR UPDATE OF r
"""


async def lock_refund(refund_id: UUID, *, old_after_s: float = 0) -> Row | None:
    """A refund, locked; `old`: it was sent so long ago that the vendor may have lost its key."""
    found = await rows(_LOCK_REFUND, [refund_id, float(old_after_s)])
    return found[0] if found else None


async def mark_refund_sent(refund_id: UUID) -> None:
    """The request goes out now; until an answer comes, nobody knows."""
    await run(
        "UPDATE card_refund SET state = 'sent', sent_at = coalesce(sent_at, now())"
        " WHERE id = $1 AND state IN ('wanted', 'sent')",
        [refund_id],
    )


async def next_refund_attempt(refund: Row, *, error: str) -> None:
    """A definite no, and the vendor knows no such refund: the next attempt has another key."""
    attempt = int(refund["attempt"]) + 1
    await run(
        "UPDATE card_refund SET attempt = $2::int, key = $3, state = 'wanted', sent_at = NULL,"
        " last_error = $4 WHERE id = $1 AND state = 'sent' AND attempt = $2::int - 1",
        [refund["id"], attempt, refund_key(refund["id"], attempt), error[:120]],
    )


_MOVE_REFUND: Final = """
UPDATE card_refund SET state = $2::varchar, last_error = $4,
  vendor_id = CASE WHEN $3::varchar = '' THEN vendor_id ELSE $3::varchar END,
  done_at = CASE WHEN $2::varchar IN ('succeeded', 'failed') THEN now() ELSE NULL END
WHERE id = $1
"""


async def move_refund(
    refund_id: UUID, state: RefundState, *, vendor_id: str = "", error: str = ""
) -> None:
    """What the vendor says; the caller holds the lock and has compared the ranks."""
    await run(_MOVE_REFUND, [refund_id, str(state), vendor_id, error[:120]])


async def mark_booked(refund_id: UUID, shares: Shares | None) -> None:
    """What each share gave back, as the books say; None when that was taken back."""
    kept = shares or Shares(0, 0, 0, 0)
    await run(
        "UPDATE card_refund SET booked = $2, net_vnd = $3, commission_vnd = $4, vat_vnd = $5,"
        " pit_vnd = $6 WHERE id = $1",
        [
            *(refund_id, shares is not None),
            *(kept.net_vnd, kept.commission_vnd, kept.vat_vnd, kept.pit_vnd),
        ],
    )


async def put_back(card_part_id: UUID, amount_vnd: int) -> None:
    """A refund did not happen after all: so much can be given back again."""
    await run(
        "UPDATE card_part SET refunded_vnd = refunded_vnd - $2 WHERE id = $1",
        [card_part_id, amount_vnd],
    )


_BOOKED: Final = """
SELECT coalesce(sum(amount_vnd), 0)::bigint AS amount_vnd,
  coalesce(sum(net_vnd), 0)::bigint AS net_vnd,
  coalesce(sum(commission_vnd), 0)::bigint AS commission_vnd,
  coalesce(sum(vat_vnd), 0)::bigint AS vat_vnd, coalesce(sum(pit_vnd), 0)::bigint AS pit_vnd
FROM card_refund WHERE card_part_id = $1 AND booked
"""


async def booked_back(card_part_id: UUID) -> tuple[int, Shares]:
    """What the books say has gone back of a part: in all, and by share."""
    found = (await rows(_BOOKED, [card_part_id]))[0]
    return int(found.pop("amount_vnd")), Shares(**{name: int(n) for name, n in found.items()})


async def freeze(checkout_id: UUID, *, frozen: bool) -> None:
    """The seller's share of a payment is not to be paid out, or may be again."""
    await run("UPDATE card_part SET frozen = $2 WHERE checkout_id = $1", [checkout_id, frozen])
