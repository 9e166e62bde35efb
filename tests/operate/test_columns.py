"""Every column that a backup must follow is known to it."""

from collections.abc import Iterator
from importlib import import_module

from tortoise.models import Model

from market.tables import APPS, OBJECT_KEYS

# Keys of another kind: of a request that is sent again, of a search, of a checkout.
NO_OBJECTS = {
    ("idempotency_key", "key"),
    ("card_checkout", "key"),
    ("card_refund", "key"),
    ("orders", "checkout_key"),
    ("bank", "search_key"),
    ("commune", "search_key"),
    ("old_commune", "name_key"),
    ("old_commune", "search_key"),
    ("province", "search_key"),
}


def columns() -> Iterator[tuple[str, str]]:
    """Table and column of everything that is kept."""
    for modules, _ in APPS.values():
        for name in modules:
            for model in vars(import_module(name)).values():
                if isinstance(model, type) and issubclass(model, Model) and model is not Model:
                    for column in model._meta.fields_db_projection.values():
                        yield str(model._meta.db_table), column


def test_every_key_of_an_object_is_followed() -> None:
    """A new column `key` or `…_key` is either copied by a backup or said to be none here."""
    keys = {one for one in columns() if one[1] == "key" or one[1].endswith("_key")}
    assert keys - NO_OBJECTS == set(OBJECT_KEYS)
