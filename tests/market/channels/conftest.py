"""The marketplace that the tests of this folder share."""

from collections.abc import AsyncIterator

import pytest

from tests.kit.channels import Elsewhere, elsewhere_of
from tests.kit.stack import Stack


@pytest.fixture(scope="module")
async def there(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Elsewhere]:
    """One for each file of tests."""
    async with elsewhere_of(stack, tmp_path_factory.mktemp("shopee")) as running:
        yield running


@pytest.fixture(autouse=True)
async def _whole_again(there: Elsewhere) -> AsyncIterator[None]:
    """Every test begins and ends with a marketplace that does what it says."""
    await there.market.fault()
    yield
    await there.market.fault()
