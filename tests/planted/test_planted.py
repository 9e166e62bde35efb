"""Every planted bug is caught by the test that is named for it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.planted.bugs import HERE, PAGE, ROOT, Planted, page, planted

BUGS = planted()
each_bug = pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.name)
_LEFT_OUT = shutil.ignore_patterns(
    ".git", ".venv", "var", "build", "node_modules", "__pycache__", ".*_cache", ".hypothesis"
)


def _planted_copy(bug: Planted, folder: Path) -> Path:
    """A copy of the project with the bug in it."""
    copy = folder / "project"
    shutil.copytree(ROOT, copy, ignore=_LEFT_OUT)
    # In its own repository, or git would look for the one around it and apply nothing.
    subprocess.run(["git", "init", "-q"], cwd=copy, check=True)
    done = subprocess.run(
        ["git", "apply", "--verbose", str(bug.patch)],
        cwd=copy,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"the patch is behind the code:\n{done.stderr}"
    return copy


def _run(test: str, folder: Path) -> subprocess.CompletedProcess[str]:
    env = {k: v for k, v in os.environ.items() if not k.startswith(("PYTEST", "GANH"))}
    # What a bug leaves open when its test fails must not end the runner before it has told.
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider",
         "-p", "no:unraisableexception", "-m", "nightly or not nightly", test],
        cwd=folder, env={**env, "PYTHONPATH": str(folder)}, capture_output=True, text=True,
        check=False,
    )  # fmt: skip


def test_every_patch_is_listed_and_the_page_is_of_today() -> None:
    assert sorted(path.stem for path in HERE.glob("*.patch")) == sorted(bug.name for bug in BUGS)
    assert len(BUGS) >= 8
    assert PAGE.read_text(encoding="utf-8") == page(), "python -m tests.planted"


@each_bug
def test_the_patch_fits_and_its_test_exists(bug: Planted, tmp_path: Path) -> None:
    _planted_copy(bug, tmp_path)
    file, _, name = bug.caught_by.partition("::")
    assert f"def {name.partition('[')[0]}(" in (ROOT / file).read_text(encoding="utf-8")


@pytest.mark.nightly
@each_bug
def test_the_bug_is_caught(bug: Planted, tmp_path: Path) -> None:
    copy = _planted_copy(bug, tmp_path)
    seen = _run(bug.caught_by, copy)
    assert seen.returncode == 1, f"not caught:\n{seen.stdout[-2000:]}{seen.stderr[-1000:]}"
    assert "FAILED" in seen.stdout, seen.stdout[-2000:]
