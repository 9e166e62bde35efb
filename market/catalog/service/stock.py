"""The only place where stock changes: guarded updates, rows in id order, each change written down.

sold + left = started: `started` counts what the producer put on the shelf, `available` what is
left there; held and sold units stand in reservations.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from integrations.contracts.errors import N_, Conflict, Problem
from integrations.contracts.ids import new_id
from integrations.runtime.database import current_unit, rows, run
from integrations.runtime.outbox import emit

STOCK_MAX = 1_000_000
# Reserved, released, reserved again, returned; and a marketplace's order that grows bit by bit.
_STEPS_MAX = 32


class OutOfStock(Conflict):
    """Somebody was faster; `left` says how many there are now."""

    def __init__(self, variant_id: UUID, left: int) -> None:
        super().__init__(
            "stock.short",
            N_("Only {left} left. Please take fewer.") if left else N_("This has just sold out."),
            params={"left": left},
        )
        self.variant_id = variant_id
        self.left = left


async def set_stock(*, variant_id: UUID, available: int, reference: str) -> int:
    """Put the shelf at `available` units, inside the producer's transaction; the change made.

    Raises `Problem` (code `stock.unreadable`) outside 0..1,000,000. The same `reference` again
    changes nothing.
    """
    if not 0 <= available <= STOCK_MAX:
        raise Problem("stock.unreadable", N_("Please type how many are left, such as 12."))
    locked = await rows(
        "SELECT available, producer_id FROM variant WHERE id = $1 FOR UPDATE", [variant_id]
    )
    if not locked:
        return 0
    change = available - int(locked[0]["available"])
    if change == 0 or not await _moved(
        variant_id, locked[0]["producer_id"], change, "set", reference
    ):
        return 0
    await run(
        "UPDATE variant SET available = available + $2, started = started + $2 WHERE id = $1",
        [variant_id, change],
    )
    await emit("stock.changed", variant_id)
    return change


async def reserve(*, group_id: UUID, wants: Mapping[UUID, int], expires_in_s: float | None) -> None:
    """Take units off the shelf for one order part, all or none, as the system.

    `expires_in_s` None holds them until sold or released by a person. Rows are touched in id
    order, so that two carts cannot wait for each other. Raises `OutOfStock` (roll back then).
    """
    current_unit()
    for variant_id in sorted(wants):
        quantity = wants[variant_id]
        producer_id = await _shelved(variant_id, -quantity)
        await rows(
            "INSERT INTO reservation (id, variant_id, producer_id, group_id, quantity, state,"
            " expires_at) VALUES ($1, $2, $3, $4, $5, 'held',"
            " now() + make_interval(secs => $6::float8))",
            [new_id(), variant_id, producer_id, group_id, quantity, expires_in_s],
        )
        await _moved_by_group(variant_id, producer_id, -quantity, "reserve", group_id)
        await emit("stock.changed", variant_id)


async def hold(*, group_id: UUID, wants: Mapping[UUID, int]) -> None:
    """Bring what a group holds without end to `wants`: more, less, or again after a release.

    Safe to call again; what is not wanted goes back on the shelf. Raises `OutOfStock` (roll back
    then), and `RuntimeError` for a group that has been sold.
    """
    current_unit()
    held = {
        row["variant_id"]: int(row["quantity"])
        for row in await rows(
            "SELECT variant_id, quantity FROM reservation WHERE group_id = $1 AND state = 'held'"
            " ORDER BY variant_id FOR UPDATE",
            [group_id],
        )
    }
    for variant_id in sorted({*wants, *held}):
        quantity = wants.get(variant_id, 0)
        change = held.get(variant_id, 0) - quantity
        if change:
            producer_id = await _shelved(variant_id, change)
            await _held_now(group_id, variant_id, producer_id, quantity)
            reason = "release" if change > 0 else "reserve"
            await _moved_by_group(variant_id, producer_id, change, reason, group_id)
            await emit("stock.changed", variant_id)


async def _shelved(variant_id: UUID, change: int) -> UUID:
    """Put units on the shelf, or take them off it; whose they are."""
    changed = await rows(
        "UPDATE variant SET available = available + $2 WHERE id = $1 AND available + $2 >= 0"
        " RETURNING producer_id",
        [variant_id, change],
    )
    if not changed:
        left = await rows("SELECT available FROM variant WHERE id = $1", [variant_id])
        raise OutOfStock(variant_id, int(left[0]["available"]) if left else 0)
    producer_id: UUID = changed[0]["producer_id"]
    return producer_id


_HELD_NOW = """
INSERT INTO reservation (id, variant_id, producer_id, group_id, quantity, state)
VALUES ($1, $2, $3, $4, $5, 'held')
ON CONFLICT (group_id, variant_id) DO UPDATE SET quantity = excluded.quantity, state = 'held',
  ended_at = NULL, expires_at = NULL WHERE reservation.state <> 'sold'
RETURNING 1 AS held
"""


async def _held_now(group_id: UUID, variant_id: UUID, producer_id: UUID, quantity: int) -> None:
    if not quantity:
        await run(
            "UPDATE reservation SET state = 'released', ended_at = now()"
            " WHERE group_id = $1 AND variant_id = $2",
            [group_id, variant_id],
        )
    elif not await rows(_HELD_NOW, [new_id(), variant_id, producer_id, group_id, quantity]):
        raise RuntimeError(f"{group_id} has sold {variant_id} already")


async def sell(group_id: UUID) -> bool:
    """Held units become sold, whatever the time; False when none were held any more."""
    sold = await run(
        "UPDATE reservation SET state = 'sold', ended_at = now()"
        " WHERE group_id = $1 AND state = 'held'",
        [group_id],
    )
    return sold > 0


async def release(group_id: UUID) -> bool:
    """Held units go back on the shelf; False when none were held any more."""
    return await _give_back(group_id, from_state="held", reason="release")


async def return_units(group_id: UUID) -> bool:
    """Sold units come back (refused at the door, cancelled after the sale)."""
    return await _give_back(group_id, from_state="sold", reason="return")


async def sell_again(group_id: UUID) -> bool:
    """Money came after the release: take the same units again if all are there; else False."""
    wanted = await rows(
        "SELECT variant_id, quantity, producer_id FROM reservation"
        " WHERE group_id = $1 AND state = 'released' ORDER BY variant_id FOR UPDATE",
        [group_id],
    )
    if not wanted:
        return False
    locked = await rows(
        "SELECT id, available FROM variant WHERE id = ANY($1::uuid[]) ORDER BY id FOR UPDATE",
        [[row["variant_id"] for row in wanted]],
    )
    left = {row["id"]: int(row["available"]) for row in locked}
    if any(left.get(row["variant_id"], 0) < row["quantity"] for row in wanted):
        return False
    for row in wanted:
        await run(
            "UPDATE variant SET available = available - $2 WHERE id = $1",
            [row["variant_id"], row["quantity"]],
        )
        await _moved_by_group(
            row["variant_id"], row["producer_id"], -row["quantity"], "reserve", group_id
        )
        await emit("stock.changed", row["variant_id"])
    await run(
        "UPDATE reservation SET state = 'sold', ended_at = now()"
        " WHERE group_id = $1 AND state = 'released'",
        [group_id],
    )
    return True


async def _give_back(group_id: UUID, *, from_state: str, reason: str) -> bool:
    # Reservations in variant order, so that the variants below are locked in id order too.
    back = await rows(
        "SELECT id, variant_id, producer_id, quantity FROM reservation"
        " WHERE group_id = $1 AND state = $2 ORDER BY variant_id FOR UPDATE",
        [group_id, from_state],
    )
    for row in back:
        await _put_back(row, group_id, reason)
    return bool(back)


async def _put_back(row: Mapping[str, Any], group_id: UUID, reason: str) -> None:
    await run(
        "UPDATE variant SET available = available + $2 WHERE id = $1",
        [row["variant_id"], row["quantity"]],
    )
    await run(
        "UPDATE reservation SET state = 'released', ended_at = now() WHERE id = $1", [row["id"]]
    )
    await _moved_by_group(row["variant_id"], row["producer_id"], row["quantity"], reason, group_id)
    await emit("stock.changed", row["variant_id"])


async def _moved(
    variant_id: UUID, producer_id: UUID, change: int, reason: str, reference: str
) -> bool:
    """Write a change down; False when this reason and reference are already there."""
    written = await rows(
        "INSERT INTO stock_movement (id, variant_id, producer_id, change, reason, reference,"
        " person_id) VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING"
        " RETURNING 1 AS first",
        [
            *(new_id(), variant_id, producer_id, change, reason, reference),
            current_unit().viewer.person_id,
        ],
    )
    return bool(written)


async def _moved_by_group(
    variant_id: UUID, producer_id: UUID, change: int, reason: str, group_id: UUID
) -> None:
    """The next step of a group's life with one variant; the variant's row is locked by us."""
    await rows(
        "INSERT INTO stock_movement (id, variant_id, producer_id, change, reason, reference)"
        " SELECT $1, $2, $3, $4, $5, $6 || ':' || count(*) FROM stock_movement"
        " WHERE variant_id = $2 AND reason IN ('reserve', 'release', 'return')"
        " AND reference = ANY($7)",
        [
            *(new_id(), variant_id, producer_id, change, reason, str(group_id)),
            # By name: what has sold ten thousand times must not be read through for each order.
            [f"{group_id}:{step}" for step in range(_STEPS_MAX)],
        ],
    )
