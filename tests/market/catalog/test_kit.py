"""The builders put goods where the public sees them."""

from integrations.runtime.database import public_rows
from tests.kit.listings import a_listing, a_live_listing
from tests.kit.people import a_seller
from tests.kit.stack import Stack


async def test_only_live_goods_are_public(stack: Stack) -> None:
    seller = await a_seller()
    await a_listing(seller)
    live = await a_live_listing(seller, available=3)
    seen = await public_rows(
        "SELECT id, available FROM public_listing WHERE producer_id = $1", [seller.producer_id]
    )
    assert seen == [{"id": live.id, "available": 3}]
