"""Goods that two people changed at once, so that something is left to choose."""

from uuid import UUID

from integrations.contracts.ids import new_id
from market.listing.service import goods as service
from market.listing.service.goods import Sheet
from tests.kit.listings import Goods
from tests.kit.people import Seller
from tests.kit.stack import Stack


async def two_texts(
    stack: Stack, seller: Seller, goods: Goods, *, field: str, first: str, second: str
) -> UUID:
    """Two forms were opened and sent one after the other; the question that was opened."""
    base = (await service.look(seller.viewer, goods.id)).revision
    for text in (first, second):
        sheet = Sheet(form_id=str(new_id()), typed={field: text}, base=base)
        await service.save(
            seller.viewer, storage=stack.ports.storage, sheet=sheet, listing_id=goods.id
        )
    asked = (await service.look(seller.viewer, goods.id)).questions
    return next(one.id for one in asked if one.field == field)
