"""Foreign keys point down only: their string labels hide from the import contracts."""

import importlib
import inspect
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from tortoise.fields.base import OnDelete
from tortoise.fields.relational import ForeignKeyFieldInstance, ManyToManyFieldInstance
from tortoise.models import Model

from market.tables import APPS
from tests.house.source import FLOORS, ROOT, dotted, none, python_files, text


@dataclass(frozen=True)
class Key:
    """One foreign key, with the modules at both ends."""

    field: str
    source: str
    target: str
    on_delete: Any


@cache
def _layers() -> dict[str, list[list[str]]]:
    """Slices per floor, top layer first, as the import contracts list them."""
    contracts = tomllib.loads(text(ROOT / "pyproject.toml"))["tool"]["importlinter"]["contracts"]
    known = {contract["id"]: contract["layers"] for contract in contracts if "layers" in contract}
    return {
        floor: [
            [one.strip(" ()") for one in layer.replace(":", "|").split("|")]
            for layer in known[floor]
        ]
        for floor in FLOORS
    }


def height(module: str) -> tuple[int, int]:
    """How high a module stands: its floor, then its slice's layer. Higher is above."""
    floor, slice_ = module.split(".")[:2]
    layers = _layers()[floor]
    layer = next(i for i, names in enumerate(layers) if slice_ in names)
    return -FLOORS.index(floor), -layer


def _model_modules() -> list[str]:
    return [dotted(p) for p in python_files(*FLOORS) if "models" in dotted(p).split(".")[-2:]]


def _models() -> Iterator[type[Model]]:
    for module_name in _model_modules():
        module = importlib.import_module(module_name)
        for _, found in inspect.getmembers(module, inspect.isclass):
            if issubclass(found, Model) and found.__module__ == module_name:
                yield found


def _app_of(model: type[Model]) -> str:
    return next(app for app, (modules, _) in APPS.items() if model.__module__ in modules)


def _keys() -> Iterator[Key]:
    homes = {f"{_app_of(model)}.{model.__name__}": model.__module__ for model in _models()}
    for model in _models():
        for name, field in model._meta.fields_map.items():
            if isinstance(field, ForeignKeyFieldInstance):
                label = field.model_name
                yield Key(
                    field=f"{model.__module__}.{model.__name__}.{name}",
                    source=model.__module__,
                    target=homes[label] if isinstance(label, str) else label.__module__,
                    on_delete=field.on_delete,
                )


def upward(keys: Iterator[Key]) -> list[str]:
    """Keys that point at a slice beside or above their own."""
    return [
        f"{key.field} points at {key.target}"
        for key in keys
        if key.source.split(".")[:2] != key.target.split(".")[:2]
        and height(key.target) >= height(key.source)
    ]


def test_every_table_is_registered() -> None:
    registered = {module for modules, _ in APPS.values() for module in modules}
    tables = {model.__module__ for model in _models()}
    assert tables == registered


def test_keys_point_down() -> None:
    assert list(_keys())
    none(upward(_keys()))


def test_keys_restrict() -> None:
    """Nothing vanishes because something else was deleted."""
    none(
        f"{key.field}: on_delete={key.on_delete}"
        for key in _keys()
        if key.on_delete is not OnDelete.RESTRICT
    )


def test_no_hidden_tables() -> None:
    """A many-to-many field makes a table without a name, a time or a reason of its own."""
    none(
        f"{model.__module__}.{model.__name__}.{name}"
        for model in _models()
        for name, field in model._meta.fields_map.items()
        if isinstance(field, ManyToManyFieldInstance)
    )


def test_an_upward_key_is_found() -> None:
    down = Key("order.listing", "market.orders.models", "market.catalog.models", None)
    up = Key("person.order", "sellers.accounts.models", "market.orders.models", None)
    beside = Key("order.photo", "market.orders.models", "market.photos.models", None)
    assert upward(iter([down])) == []
    assert len(upward(iter([up, beside]))) == 2
