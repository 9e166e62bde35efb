"""What never stands in the code, with the reason beside it."""

import ast
import re
from collections.abc import Callable, Iterator

import pytest

from tests.house.source import FLOORS, ROOT, called, files, name, none, python_files, text, tree

Check = Callable[[ast.Call], bool]


def _literal(node: ast.expr | None) -> str:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(_literal(part) for part in node.values)
    return _literal(node.left) if isinstance(node, ast.BinOp) else ""


def _patches(call: ast.Call) -> bool:
    dotted = ast.unparse(call.func)
    return bool(re.search(r"(^|\.)(mock|mocker|monkeypatch)\.(patch|setattr|setitem)\b", dotted))


def _sleeps(call: ast.Call) -> bool:
    """Waiting blindly. `asyncio.sleep(0)` only lets others run."""
    if ast.unparse(call.func) not in ("time.sleep", "asyncio.sleep", "anyio.sleep"):
        return False
    return not (call.args and isinstance(call.args[0], ast.Constant) and call.args[0].value == 0)


def _raw_insert(call: ast.Call) -> bool:
    first = _literal(call.args[0]) if call.args else ""
    return called(call) == "execute_query" and "INSERT" in first.upper()


def _floats_money(call: ast.Call) -> bool:
    if called(call) not in ("float", "Decimal"):
        return False
    return bool(re.search(r"amount|price|vnd|fee|tax|total|money", ast.unparse(call), re.I))


RULES: dict[str, tuple[tuple[str, ...], Check, str]] = {
    "patched import": (("tests",), _patches, 'monkeypatch.setattr(app, "send", fake)'),
    "raw insert": (FLOORS, _raw_insert, 'db.execute_query("INSERT INTO x VALUES (1)")'),
    "float money": (FLOORS, _floats_money, "float(order.total_vnd)"),
    "lost effect": (
        ("market", "sellers"),
        lambda call: called(call) in ("BackgroundTasks", "create_task", "ensure_future"),
        "asyncio.create_task(send())",
    ),
}
REASONS = {
    "patched import": "hand a stand-in over through the ports",
    "raw insert": "it reports 0 rows and drops RETURNING: use the helpers of runtime.database",
    "float money": "money is integer đồng",
    "lost effect": "a kill loses it: write an outbox row",
}


def broken(module: ast.Module, check: Check) -> Iterator[int]:
    """Lines on which a rule is broken."""
    for node in ast.walk(module):
        if isinstance(node, ast.Call) and check(node):
            yield node.lineno


# Keeps the process itself alive and starts no effect: worker.py runs arq and its sweep.
PROCESSES = {"market/worker.py", "market/running.py"}


@pytest.mark.parametrize("rule", RULES)
def test_rule_is_kept(rule: str) -> None:
    where, check, _ = RULES[rule]
    none(
        f"{name(path)}:{line}: {rule}: {REASONS[rule]}"
        for path in python_files(*where)
        if not (rule == "lost effect" and name(path) in PROCESSES)
        for line in broken(tree(path), check)
    )


@pytest.mark.parametrize("rule", RULES)
def test_a_breach_is_found(rule: str) -> None:
    _, check, breach = RULES[rule]
    assert list(broken(ast.parse(breach), check)) == [1]


def test_tests_wait_for_a_condition() -> None:
    """A fixed sleep is a race or a waste; `tests/kit` has the one helper that polls."""
    none(
        f"{name(path)}:{line}: sleeps"
        for path in python_files("tests")
        if "kit" not in path.parts
        for line in broken(tree(path), _sleeps)
    )


def test_no_file_names_a_package_host() -> None:
    """Where packages come from is the machine's affair: no index, no mirror in any file."""
    hosts = ["pypi." + "org", "python" + "hosted", "registry.npm" + "js", "deb.debian." + "org"]
    kinds = {".py", ".toml", ".lock", ".txt", ".md", ".yml", ".yaml", ".sh", ".html", ".js", ""}
    tops = [p for p in ROOT.iterdir() if p.is_file()]
    folders = ("docs", "requirements", "tools", "tests", "benchmarks", ".ci", *FLOORS)
    none(
        f"{name(path)}: {host}"
        for path in [*tops, *files(*folders)]
        if path.suffix in kinds
        for host in hosts
        if host in text(path)
    )


def test_pages_fetch_nothing_from_outside() -> None:
    outside = re.compile(r"""(?:src|href|url\(|@import|action)\s*[=(]?\s*["']?(?:https?:)?//""")
    none(
        f"{name(path)}:{number}"
        for path in files(*FLOORS)
        if path.suffix in {".html", ".css", ".js"}
        for number, line in enumerate(text(path).splitlines(), 1)
        if outside.search(line)
    )
