"""Sizes, docstrings and rooms: a file that outgrows its room becomes a folder of rooms."""

import ast
import re
from collections import Counter

from tests.house.source import FLOORS, dotted, files, name, none, python_files, text, tree

LINES_PER_FILE = 400
LINES_PER_FUNCTION = 60
COLUMNS = 100
FILES_PER_FOLDER = 12
PRAGMA = re.compile(r"  # (noqa|type: ignore)\b.*$")  # for the tools, not for the reader
ROOMS = {
    *("endpoints", "pages", "tasks", "webhooks"),
    *("service", "queries", "models", "rules", "schemas"),
    "reference",  # loads the slice's dated data (YAML) into its rows
}
# A slice may have a room of its own where the reason is said here.
OWN_ROOMS = {
    "market.checkout": {"guards"},  # who holds the link of an order
    "sellers.accounts": {"guards", "sessions"},  # who may enter, and signed-in devices
    "market.orders": {"links"},  # signed addresses of one order, for a buyer without an account
    "market.share": {"draw"},  # a program of its own that draws pictures
    "market.photos": {"decode", "render"},  # run in the limited child process, without the ORM
}
NOT_SLICES = {
    *("demo", "journey", "operate", "standins"),
    *("migrations", "locale", "templates", "static"),
}


def long_functions(module: ast.Module) -> list[str]:
    """Functions over the limit, as "line 12: name is 80 lines"."""
    found = []
    for node in ast.walk(module):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > LINES_PER_FUNCTION:
                found.append(f"line {node.lineno}: {node.name} is {length} lines")
    return found


def docstring_fault(module: ast.Module) -> str | None:
    """Why the module's opening line is not a one-line docstring that ends in a full stop."""
    opening = (ast.get_docstring(module, clean=False) or "").split("\n")[0].strip()
    if not opening:
        return "no docstring opens the module"
    return None if opening[-1] in ".:?…" else f"the opening line does not end: {opening!r}"


def test_functions_stay_readable() -> None:
    none(f"{name(p)} {f}" for p in python_files(*FLOORS) for f in long_functions(tree(p)))


def test_a_long_function_is_found() -> None:
    body = "\n".join("    pass" for _ in range(LINES_PER_FUNCTION))
    assert long_functions(ast.parse(f"def tale():\n{body}")) == ["line 1: tale is 61 lines"]


def test_files_stay_readable() -> None:
    kinds = {".py", ".html", ".js", ".css"}
    sources = [p for p in files(*FLOORS) if p.suffix in kinds and "migrations" not in p.parts]
    none(name(p) for p in sources if text(p).count("\n") > LINES_PER_FILE)
    none(
        f"{name(path)}:{number}"
        for path in python_files(*FLOORS)
        for number, line in enumerate(text(path).splitlines(), 1)
        if len(PRAGMA.sub("", line)) > COLUMNS
    )


def test_folders_stay_readable() -> None:
    # One catalogue per slice, one migration per change: their number is no untidiness.
    apart = {"locale", "migrations"}
    counts = Counter(p.parent for p in files(*FLOORS) if not apart & set(p.parts))
    none(f"{name(f)}: {n} files" for f, n in counts.items() if n > FILES_PER_FOLDER)


def test_every_module_opens_with_a_line() -> None:
    faults = {name(p): docstring_fault(tree(p)) for p in python_files(*FLOORS)}
    none(f"{p}: {fault}" for p, fault in faults.items() if fault)


def test_a_missing_docstring_is_found() -> None:
    assert docstring_fault(ast.parse("x = 1")) == "no docstring opens the module"
    assert docstring_fault(ast.parse('"""What it is."""')) is None


def test_every_slice_has_the_same_rooms() -> None:
    strange = []
    for path in python_files("market", "sellers"):
        parts = dotted(path).split(".")
        if len(parts) < 3 or parts[1] in NOT_SLICES:
            continue
        allowed = ROOMS | OWN_ROOMS.get(".".join(parts[:2]), set())
        if parts[2] not in allowed:
            strange.append(name(path))
    none(strange)


def test_every_folder_of_modules_is_a_package() -> None:
    folders = {p.parent for p in python_files(*FLOORS, migrations=True)}
    none(name(f) for f in folders if not (f / "__init__.py").is_file())


def test_nothing_is_left_half_done() -> None:
    word = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b|NotImplementedError")
    sources = [p for p in files(*FLOORS, "tests") if p.suffix in {".py", ".html", ".js", ".css"}]
    none(name(p) for p in sources if p.name != "test_tidy.py" and word.search(text(p)))
