"""The documents tell the truth: tests, numbers, pieces of code and links in them are real."""

import ast
import operator
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.matrix.render import written_into
from tests.house.source import ROOT, none, text, tree

DOCS = sorted([*(ROOT / "docs").rglob("*.md"), ROOT / "README.md", ROOT / "CONTRIBUTING.md"])
_TEST = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
_NUMBER = re.compile(r"^\| .* \| (\d+(?:\.\d+)?) \| `([\w/.]+\.py)` `(\w+)` \|$", re.M)
_PIECE = re.compile(r"^`([\w/.]+)`\n```\w*\n(.*?)^```$", re.M | re.S)
_LINK = re.compile(r"\]\((?!https?:|mailto:|#)([^)#\s]+)")
_SUMS = {ast.Mult: operator.mul, ast.Add: operator.add}


def _functions(path: Path) -> set[str]:
    kinds = ast.FunctionDef | ast.AsyncFunctionDef
    return {node.name for node in ast.walk(tree(path)) if isinstance(node, kinds)}


def _value(node: ast.expr) -> float:
    """A number as code spells it: 3, 1_800, 15 * 1024 * 1024."""
    if isinstance(node, ast.BinOp):
        result: float = _SUMS[type(node.op)](_value(node.left), _value(node.right))
        return result
    assert isinstance(node, ast.Constant) and isinstance(node.value, int | float)
    return node.value


def _constants(path: Path) -> Iterator[tuple[str, ast.expr]]:
    for node in tree(path).body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            yield node.targets[0].id, node.value
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value:
            yield node.target.id, node.value


def missing(said: str) -> list[str]:
    """Tests that a document names and nobody has written."""
    found = []
    for file, name in _TEST.findall(said):
        path = ROOT / file
        if not path.is_file() or name not in _functions(path):
            found.append(f"{file}::{name}")
    return found


def is_there(piece: str, source: str) -> bool:
    """True when each part of a piece (between lines of `…`) stands in the source, in its order."""
    at = 0
    for part in re.split(r"^\s*…\n", piece, flags=re.M):
        at = source.find(part, at)
        if at < 0:
            return False
        at += len(part)
    return True


def test_every_named_test_exists() -> None:
    none(f"{path.name}: {name}" for path in DOCS for name in missing(text(path)))


def test_a_test_that_is_not_there_is_found() -> None:
    assert missing("`tests/house/test_docs.py::test_gone`, `tests/gone.py::test_x`") == [
        "tests/house/test_docs.py::test_gone",
        "tests/gone.py::test_x",
    ]


def test_every_number_is_the_codes() -> None:
    said = _NUMBER.findall(text(ROOT / "docs" / "reliability.md"))
    assert len(said) >= 15
    wrong = []
    for number, file, name in said:
        node = dict(_constants(ROOT / file)).get(name)
        if node is None or _value(node) != ast.literal_eval(number):
            wrong.append(f"{file} {name}: the document says {number}")
    none(wrong)


def test_the_matrix_is_what_its_data_say() -> None:
    """Else run `python -m tests.faults.matrix --write`."""
    document = text(ROOT / "docs" / "reliability.md")
    assert written_into(document) == document


def test_every_piece_of_code_is_real() -> None:
    pieces = _PIECE.findall(text(ROOT / "docs" / "patterns.md"))
    assert len(pieces) >= 10
    none(
        f"patterns.md: not in {file}:\n{piece}"
        for file, piece in pieces
        if not is_there(piece, text(ROOT / file))
    )


def test_a_piece_that_has_changed_is_found() -> None:
    source = "def a():\n    one()\n    two()\n"
    assert is_there("def a():\n    …\n    two()\n", source)
    assert not is_there("    two()\n    …\n    one()\n", source)


@pytest.mark.parametrize("path", DOCS, ids=lambda path: path.name)
def test_every_link_leads_somewhere(path: Path) -> None:
    none(
        f"{path.name}: {link}"
        for link in _LINK.findall(text(path))
        if not (path.parent / link).exists()
    )
