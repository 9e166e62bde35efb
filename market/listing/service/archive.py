"""Put goods away and bring them back: nothing is ever deleted."""

from uuid import UUID

from integrations.contracts.viewer import Viewer
from integrations.runtime.database import work
from integrations.runtime.outbox import emit
from market.catalog.rules import ListingState
from market.catalog.service import listings
from market.listing import queries
from market.listing.queries import Goods
from market.listing.service.goods import seen


async def put_away(viewer: Viewer, *, listing_id: UUID) -> Goods:
    """Take goods out of the shop and off the list; put away already is no error.

    Orders keep theirs. Raises `Conflict` while staff look at them, `NotFound`.
    """
    async with work(viewer):
        held = await listings.hold(viewer, listing_id)
        if held.state is not ListingState.ARCHIVED:
            if held.state is ListingState.IN_REVIEW:
                raise listings.moved_on(held.state)
            await listings.put_away(held, source="archive")
            await emit("stock.changed", held.variant_id)
        return await seen(viewer, listing_id)


async def bring_back(viewer: Viewer, *, listing_id: UUID) -> Goods:
    """Undo `put_away`: hidden when staff had approved them, else a draft; there is no error twice.

    Raises `NotFound`.
    """
    async with work(viewer):
        held = await listings.hold(viewer, listing_id)
        if held.state is ListingState.ARCHIVED:
            await listings.bring_back(held, source="archive")
        return await seen(viewer, listing_id)


async def put_away_goods(
    viewer: Viewer, *, after: UUID | None = None, limit: int = 50
) -> tuple[list[Goods], UUID | None]:
    """What was put away, newest goods first, and the cursor of the rest."""
    async with work(viewer):
        return await queries.goods_of(viewer, after=after, limit=limit, away=True)
