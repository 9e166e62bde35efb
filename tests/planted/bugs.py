"""The planted bugs: what each patch does, who shipped it, which test catches it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import yaml

HERE: Final = Path(__file__).parent
ROOT: Final = HERE.parents[1]


@dataclass(frozen=True, slots=True)
class Planted:
    """One bug: `<name>.patch` beside this file; `caught_by` is a test's address."""

    name: str
    what: str
    seen: Sequence[str]
    caught_by: str

    @property
    def patch(self) -> Path:
        """The change that plants it."""
        return HERE / f"{self.name}.patch"


def planted() -> list[Planted]:
    """Every planted bug, in the order of the page."""
    rows = yaml.safe_load((HERE / "bugs.yaml").read_text(encoding="utf-8"))
    return [Planted(**row) for row in rows]


PAGE: Final = ROOT / "docs" / "planted-bugs.md"
_HEAD: Final = """\
# Bugs that others shipped, and the test that catches each here

Each of these was published by a shop system that people use. `tests/planted` holds each as a patch
against this code. `make nightly` plants one at a time in a copy of the project and runs the test
named here: it must fail. So the tests are known to see, and not only to pass.

This page is written by `python -m tests.planted`; a test says when it has aged.

| Bug | Where it was shipped | Planted as | Caught by |
|---|---|---|---|
"""


def page() -> str:
    """The page of `docs`, as it should be."""
    lines = [
        f"| {bug.what} | {'; '.join(bug.seen)} | `tests/planted/{bug.patch.name}` |"
        f" `{bug.caught_by}` |"
        for bug in planted()
    ]
    return _HEAD + "\n".join(lines) + "\n"
