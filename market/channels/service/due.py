"""What time has decided: goods to look at, orders to ask for; said as facts, worked as tasks."""

from typing import Final
from uuid import UUID

from integrations.contracts.viewer import SYSTEM
from integrations.runtime.database import rows, work
from integrations.runtime.outbox import emit
from market.channels.rules.sync import STALE_S

# Given out for this long; whoever takes it sets its own time.
_GIVEN_S: Final = 120.0
_ORDERS_EVERY_S: Final = 300.0
_BATCH: Final = 50

_LISTINGS = """
UPDATE channel_listing SET due_at = now() + make_interval(secs => $1)
WHERE id IN (
  SELECT cl.id FROM channel_listing cl JOIN channel_connection c ON c.id = cl.connection_id
  WHERE c.state = 'active' AND cl.state <> 'blocked' AND ($4::uuid IS NULL OR c.id = $4)
    AND (cl.lease_until IS NULL OR cl.lease_until <= now())
    AND (cl.due_at <= now() OR (cl.due_at IS NULL AND cl.item_id <> ''
         AND coalesce(cl.observed_at, cl.created_at) <= now() - make_interval(secs => $2)))
  ORDER BY cl.due_at NULLS LAST, cl.id LIMIT $3 FOR UPDATE OF cl SKIP LOCKED)
RETURNING id
"""
_SHOPS = """
UPDATE channel_connection SET orders_due_at = now() + make_interval(secs => $1)
WHERE id IN (
  SELECT id FROM channel_connection WHERE state = 'active' AND ($4::uuid IS NULL OR id = $4)
    AND coalesce(orders_due_at, orders_until + make_interval(secs => $2), now()) <= now()
  ORDER BY id LIMIT $3 FOR UPDATE SKIP LOCKED)
RETURNING id
"""


async def give_out(connection_id: UUID | None = None) -> int:
    """Emit a fact for each listing and shop that is due, of all or of one shop; how many."""
    async with work(SYSTEM):
        listings = await rows(_LISTINGS, [_GIVEN_S, float(STALE_S), _BATCH, connection_id])
        for row in listings:
            await emit("channel.listing_due", row["id"])
        shops = await rows(_SHOPS, [_GIVEN_S, _ORDERS_EVERY_S, _BATCH, connection_id])
        for row in shops:
            await emit("channel.orders_due", row["id"])
    return len(listings) + len(shops)
