"""The locks: every package pinned with hashes, and what the tests use is what runs."""

import re

import pytest

from tests.house.source import ROOT, text

LOCKS = ("run", "dev", "peers", "bootstrap")


def _pins(lock: str) -> dict[str, str]:
    """Name and version (with its marker) -> the hashes below it."""
    entries = re.split(r"^(?=[a-z0-9])", text(ROOT / "requirements" / f"{lock}.lock"), flags=re.M)
    return {e.split(" \\")[0]: " ".join(re.findall(r"sha256:\w{64}", e)) for e in entries if e}


@pytest.mark.parametrize("lock", LOCKS)
def test_every_package_is_pinned_with_hashes(lock: str) -> None:
    pins = _pins(lock)
    assert pins
    assert [p for p, hashes in pins.items() if "==" not in p or not hashes] == []


def test_tests_use_the_versions_that_run() -> None:
    dev = _pins("dev")
    assert {pin: h for pin, h in _pins("run").items() if dev.get(pin) != h} == {}
