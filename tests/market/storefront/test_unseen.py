"""The public's role gets no picture of goods that are not in the shop, whoever names them."""

import json

from integrations.runtime.database import public_rows
from market.catalog.rules import ListingState
from tests.kit.listings import a_listing, a_live_listing
from tests.kit.people import a_seller
from tests.kit.shop import a_picture
from tests.kit.stack import Stack


async def test_pictures_of_drafts_are_not_public(stack: Stack) -> None:
    seller = await a_seller()
    shown = await a_live_listing(seller)
    hidden = await a_listing(seller, state=ListingState.IN_REVIEW)
    found = []
    for goods in (shown, hidden):
        await a_picture(seller, goods)
        row = (await public_rows("SELECT listing_pictures($1) AS pictures", [goods.id]))[0]
        found.append(len(json.loads(row["pictures"])))
    assert found == [1, 0]
