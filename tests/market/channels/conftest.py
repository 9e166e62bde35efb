"""The marketplace that the tests of this folder share."""

from collections.abc import AsyncIterator

import pytest

from tests.kit.channels import Elsewhere, elsewhere_of
from tests.kit.stack import Stack


@pytest.fixture(scope="module")
async def _there(
    stack: Stack, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Elsewhere]:
    async with elsewhere_of(stack, tmp_path_factory.mktemp("shopee")) as running:
        yield running


@pytest.fixture
async def there(_there: Elsewhere) -> AsyncIterator[Elsewhere]:
    """One for each file of tests; each test begins and ends with one that does what it says."""
    await _there.market.fault()
    yield _there
    await _there.market.fault()
