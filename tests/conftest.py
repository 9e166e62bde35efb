"""Fixtures that every test may ask for."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

pytest.register_assert_rewrite("tests.kit")

from tests.kit.stack import Stack, running_stack  # noqa: E402 - after its asserts may speak


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """With several processes a file stays in one; so does the browser's folder, for its service."""
    for item in items:
        file = item.path.relative_to(item.config.rootpath)
        together = file.parent if file.parent.name == "browser" else file
        item.add_marker(pytest.mark.xdist_group(str(together)))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Tables that tests have recorded, at the end of all."""
    for report in terminalreporter.getreports("passed") + terminalreporter.getreports("failed"):
        for name, said in getattr(report, "user_properties", ()):
            if name == "table" and report.when == "call":
                terminalreporter.section(report.nodeid.rpartition("::")[2], sep="-")
                terminalreporter.write_line(str(said).rstrip())


@pytest.fixture(scope="session")
async def stack(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    """PostgreSQL, Redis, S3 and the application, started at the first test that needs them."""
    home: Path = tmp_path_factory.mktemp("home")
    async with running_stack(home) as running:
        yield running
