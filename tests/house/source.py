"""What the house checks read: the project's own files, parsed once."""

import ast
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FLOORS = ("market", "sellers", "integrations")
NOT_OURS = {".git", ".venv", "var", "build", "__pycache__", "node_modules"}


@cache
def files(*tops: str) -> tuple[Path, ...]:
    """Every file below these folders, without caches."""
    return tuple(
        sorted(
            path
            for top in tops
            for path in (ROOT / top).rglob("*")
            if path.is_file() and not NOT_OURS.intersection(path.parts)
        )
    )


def python_files(*tops: str, migrations: bool = False) -> Iterator[Path]:
    """Modules below these folders; migrations are written by a tool and left out."""
    for path in files(*tops):
        if path.suffix == ".py" and (migrations or "migrations" not in path.parts):
            yield path


def templates() -> Iterator[Path]:
    """Every template of every floor."""
    for path in files(*FLOORS):
        if "templates" in path.parts and path.suffix in (".html", ".svg", ".txt", ".xml"):
            yield path


@cache
def text(path: Path) -> str:
    """The file's text."""
    return path.read_text(encoding="utf-8")


@cache
def tree(path: Path) -> ast.Module:
    """The module's syntax tree."""
    return ast.parse(text(path), filename=str(path))


def name(path: Path) -> str:
    """The path below the project, as people write it."""
    return path.relative_to(ROOT).as_posix()


def dotted(path: Path) -> str:
    """integrations/contracts/money.py -> integrations.contracts.money"""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def called(node: ast.Call) -> str:
    """The last word of what is called: `a.b.c(…)` -> "c"; "" when it has no name."""
    if isinstance(node.func, ast.Attribute):
        return node.func.attr
    return node.func.id if isinstance(node.func, ast.Name) else ""


def strings(module: ast.Module) -> Iterator[str]:
    """Every string constant of a module, docstrings included."""
    for node in ast.walk(module):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def none(found: Iterable[str]) -> None:
    """Fail with one line per finding."""
    lines = sorted(found)
    assert not lines, "\n" + "\n".join(lines)
