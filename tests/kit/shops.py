"""Shops at a marketplace straight into the tables, for what never speaks to the marketplace."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from integrations.contracts.channels import ChannelTokens
from integrations.contracts.ids import new_id
from integrations.contracts.viewer import SYSTEM
from integrations.runtime.database import work
from market.channels.models import ChannelConnection, ChannelListing
from market.channels.rules.states import ConnectionState, SyncState
from market.channels.service.tokens import sealed
from tests.kit.listings import Goods
from tests.kit.people import Seller


@dataclass(frozen=True)
class Offered:
    """Goods in a connected shop."""

    id: UUID
    connection_id: UUID


async def an_offered_item(
    seller: Seller,
    goods: Goods,
    *,
    state: ConnectionState = ConnectionState.NEEDS_REAUTH,
    connection_id: UUID | None = None,
    **seen: Any,
) -> Offered:
    """A shop (that nobody calls unless `state` says so) with goods; `seen`: further columns."""
    shop_id, listing_id = connection_id or new_id(), new_id()
    ends = datetime.now(UTC) + timedelta(days=1)
    columns: dict[str, Any] = {"state": SyncState.IN_STEP, "due_at": None, **seen}
    async with work(SYSTEM):
        if connection_id is None:
            await ChannelConnection.create(
                id=shop_id,
                producer_id=seller.producer_id,
                channel="shopee",
                shop_id=str(shop_id.int % 10**12),
                shop_name=seller.name,
                state=state,
                orders_due_at=ends,  # nobody asks for its orders
                **sealed(ChannelTokens("access", "refresh", ends, ends)),
            )
        await ChannelListing.create(
            id=listing_id,
            connection_id=shop_id,
            variant_id=goods.variant_id,
            producer_id=seller.producer_id,
            sku=f"GANH-{goods.code}",
            **columns,
        )
    return Offered(listing_id, shop_id)
