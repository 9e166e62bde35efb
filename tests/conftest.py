"""Fixtures that every test may ask for."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

pytest.register_assert_rewrite("tests.kit")

from tests.kit.stack import Stack, running_stack  # noqa: E402 - after its asserts may speak

# What takes longest comes first, so that no process waits at the end for the other.
_FIRST = (
    "tests/faults/killpoints",
    "tests/browser/test_drafts",
    "tests/market/channels/test_histories",
    # A process with one or two tests is given another file at the start: short ones wait behind
    # the longest.
    "tests/operate/test_disk",
    "tests/faults/test_database_restarted",
    "tests/browser",
    "tests/faults/test_random_kills",
    "tests/operate/test_backup_large",
    "tests/faults",
    "tests/operate",
    "tests/embedded",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The long ones first."""
    items.sort(key=_turn)


def _turn(item: pytest.Item) -> int:
    path = item.path.relative_to(item.config.rootpath).as_posix()
    return next((turn for turn, one in enumerate(_FIRST) if path.startswith(one)), len(_FIRST))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """With several processes a file stays in one; so does the browser's folder, for its service,
    but for the drafts, whose histories take longer than all its others. The longest tests of all,
    the five thousand histories, are dealt out one by one.

    By a scheduler of our own: xdist 3.8 does not see its own mark with pytest 9.2.
    """
    from xdist.scheduler import LoadScopeScheduling

    class Files(LoadScopeScheduling):  # type: ignore[misc]  # it ships no types
        def _split_scope(self, nodeid: str) -> str:
            file, _, test = nodeid.partition("::")
            if test.startswith("test_five_thousand"):
                return nodeid
            folder = file.rpartition("/")[0]
            together = folder.endswith("/browser") and not file.endswith("/test_drafts.py")
            return folder if together else file

    return Files(config, log)


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
