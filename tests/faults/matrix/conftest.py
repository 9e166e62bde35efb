"""The house of the matrix: one web process and one worker for all rows of a file."""

from collections.abc import AsyncIterator

import pytest

from tests.faults.matrix.house import House, house_of
from tests.kit.stack import Stack


@pytest.fixture(scope="module")
async def house(stack: Stack) -> AsyncIterator[House]:
    """Every line of it leads through a proxy."""
    async with house_of(stack) as made:
        yield made
