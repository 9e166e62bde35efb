"""The shop that takes cards, for every test of this folder."""

from collections.abc import AsyncIterator

import pytest

from tests.kit.stack import Stack
from tests.market.payments.kit import CardShop, card_shop


@pytest.fixture
async def shop(stack: Stack) -> AsyncIterator[CardShop]:
    """With a stand-in that has seen nothing yet."""
    async with card_shop(stack) as running:
        yield running
