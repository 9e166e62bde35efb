"""Every route of the application, and the matrix that says who may use it."""

import csv
from collections.abc import Iterator
from pathlib import Path

from fastapi import FastAPI
from starlette.routing import BaseRoute, Route

from tests.access.world import ROLES

MATRIX = Path(__file__).parent / "matrix.csv"

Key = tuple[str, str]


def routes_of(app: FastAPI) -> list[Key]:
    """(method, path template) of every address: first what only looks, last what takes
    away, by path; without HEAD."""
    found = {
        (method, path)
        for path, route in _walk(app.routes, "")
        for method in (route.methods or ())
        if method != "HEAD"
    }
    return sorted(found, key=lambda one: (one[0] != "GET", one[0] == "DELETE", one[1], one[0]))


def _walk(routes: list[BaseRoute], prefix: str) -> Iterator[tuple[str, Route]]:
    for route in routes:
        inner = getattr(route, "original_router", None)
        if inner is not None:
            # An included router: its own routes below the prefix it was included with.
            yield from _walk(inner.routes, prefix + route.include_context.prefix)  # type: ignore[attr-defined]
        elif isinstance(route, Route):
            yield prefix + route.path, route


def matrix() -> dict[Key, dict[str, str]]:
    """What is expected, by route and role."""
    with MATRIX.open(encoding="utf-8", newline="") as file:
        return {
            (row["method"], row["path"]): {role: row[role] for role in ROLES}
            for row in csv.DictReader(file)
        }


def as_row(key: Key, cells: dict[str, str]) -> str:
    """A line of the file."""
    return ",".join([*key, *(cells[role] for role in ROLES)])
