"""Nothing lies about that nobody uses: modules, templates, static files, dated data."""

import re
from collections.abc import Iterable
from functools import cache

import grimp

from tests.house.source import (
    FLOORS,
    dotted,
    files,
    name,
    none,
    python_files,
    strings,
    templates,
    text,
)
from tests.house.source import tree as parsed

# Started from outside: the command line and the servers that it starts by name.
# Started as programs of their own: the command, the decoder of photos, the drawer of the demo.
ENTRIES = {"market.cli", "market.photos.decode", "market.demo.pictures", "market.share.draw"}


@cache
def _strings() -> frozenset[str]:
    return frozenset(s for path in python_files(*FLOORS) for s in strings(parsed(path)))


def unused(modules: Iterable[str], imported: set[str], said: Iterable[str]) -> list[str]:
    """Modules that no other imports and no string names ("market.worker:Settings")."""
    named = {re.split(r"[:\s]", one, maxsplit=1)[0] for one in said}
    named |= {one.rpartition(".")[0] for one in named}
    return [m for m in modules if m not in imported | named | ENTRIES]


def test_every_module_is_used() -> None:
    graph = grimp.build_graph(*FLOORS, cache_dir=None)
    modules = [dotted(p) for p in python_files(*FLOORS) if p.name != "__init__.py"]
    imported = {m for m in modules if graph.find_modules_that_directly_import(m)}
    none(unused(modules, imported, _strings()))


def test_an_unused_module_is_found() -> None:
    modules = ["market.app", "market.old", "market.worker"]
    assert unused(modules, {"market.app"}, ["market.worker:make"]) == ["market.old"]


def test_every_template_is_used() -> None:
    said = _strings() | {
        found
        for path in templates()
        for found in re.findall(r"""["']([\w/.-]+\.(?:html|svg|txt|xml))["']""", text(path))
    }
    lost = []
    for path in templates():
        parts = path.parts
        known = "/".join(parts[parts.index("templates") + 1 :])
        # The error pages are chosen by status: errors/404.html.
        if known not in said and not re.fullmatch(r"errors/\d{3}\.html", known):
            lost.append(name(path))
    none(lost)


def test_every_static_file_is_used() -> None:
    users = [p for p in files(*FLOORS) if p.suffix in {".py", ".html", ".css", ".js", ".xml"}]
    lost = []
    for path in files(*FLOORS):
        if "static" not in path.parts:
            continue
        word = re.compile(rf"""["'/(]{re.escape(path.name)}["')?]""")
        if not any(word.search(text(user)) for user in users if user != path):
            lost.append(name(path))
    none(lost)


def test_every_data_file_is_read() -> None:
    kinds = {".yaml", ".yml", ".json", ".csv", ".gz", ".ttf", ".tsv"}
    data = [p for p in files(*FLOORS) if p.suffix in kinds and "static" not in p.parts]
    said = _strings()
    lost = [
        name(p)
        for p in data
        # Named, or gathered by its kind from a folder that is named: files("data").glob("*.yaml").
        if p.name not in said
        and not any(p.name in one for one in said)
        and f"*{p.suffix}" not in said
    ]
    none(lost)
