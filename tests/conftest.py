"""Fixtures that every test may ask for."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.kit.stack import Stack, running_stack


@pytest.fixture(scope="session")
async def stack(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    """PostgreSQL, Redis, S3 and the application, started at the first test that needs them."""
    home: Path = tmp_path_factory.mktemp("home")
    async with running_stack(home) as running:
        yield running
