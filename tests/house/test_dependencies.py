"""What a request depends on is asynchronous: a plain function or class would run in a thread."""

import ast
from collections.abc import Iterator

from tests.house.source import FLOORS, called, name, none, python_files, tree


def threaded(module: ast.Module) -> Iterator[str]:
    """`Depends(x)` where this module defines `x` as a plain function or a class."""
    plain = {n.name for n in module.body if isinstance(n, ast.FunctionDef | ast.ClassDef)}
    for node in ast.walk(module):
        if isinstance(node, ast.Call) and called(node) == "Depends" and node.args:
            first = node.args[0]
            if isinstance(first, ast.Name) and first.id in plain:
                yield f"{node.lineno}: {first.id} runs in a thread: make it `async def`"


def test_no_dependency_runs_in_a_thread() -> None:
    none(f"{name(p)}:{found}" for p in python_files(*FLOORS) for found in threaded(tree(p)))


def test_a_plain_one_is_found() -> None:
    code = "def a(): ...\nasync def b(): ...\nclass C: ...\nx = Depends(a), Depends(b), Depends(C)"
    assert [line.split()[1] for line in threaded(ast.parse(code))] == ["a", "C"]
