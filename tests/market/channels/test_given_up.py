"""Who waits for a marketplace may give up; what was begun is brought to its end."""

import asyncio
from dataclasses import replace

import pytest

from integrations.contracts.channels import ChannelShop, ChannelTokens
from market.channels.rules.states import ConnectionState
from market.channels.service.tokens import ConnectionTokens
from tests.kit.crash import until
from tests.kit.listings import a_live_listing
from tests.kit.people import a_seller
from tests.kit.shops import an_offered_item
from tests.kit.stack import Stack


async def test_a_renewed_token_is_kept_when_nobody_waits_any_more(stack: Stack) -> None:
    """The request has reached its deadline; the marketplace has changed the token all the same."""
    seller = await a_seller()
    goods = await a_live_listing(seller)
    offered = await an_offered_item(seller, goods, state=ConnectionState.ACTIVE)
    shop = ChannelShop(str(offered.connection_id), "1")
    store = ConnectionTokens()
    old = await store.current(shop)
    asked, answers = asyncio.Event(), asyncio.Event()

    async def refresh(tokens: ChannelTokens) -> ChannelTokens:
        asked.set()
        await answers.wait()
        return replace(tokens, access_token="newer", refresh_token="the next one")

    waits = asyncio.ensure_future(store.refreshed(shop, stale=old.access_token, refresh=refresh))
    await asked.wait()
    waits.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waits
    answers.set()

    async def kept() -> bool:
        return (await store.current(shop)).refresh_token == "the next one"

    await until(kept, within_s=10, what="the new token")
