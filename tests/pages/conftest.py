"""Fixtures for pages: no server, no database."""

from pathlib import Path

import pytest

from tests.pages.kit import Bench


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path, shared=None)
