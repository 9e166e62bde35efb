"""What a type of goods fills in, and what stays as the seller typed it."""

from collections.abc import Mapping
from typing import Any, Final

from integrations.contracts.errors import N_, Problem
from market.listing.rules.templates import GoodsTemplate, templates

# The seller's word for "no type fills anything here".
NO_TEMPLATE: Final = "none"

EMPTY: Final[Mapping[str, Any]] = {
    "unit": "",
    "description": "",
    "category_code": "",
    "weight_g": None,
    "size_mm": None,
    "shelf_life_days": None,
    "storage": "",
    "allergens": (),
    "age_min": None,
    "reach": "",
    "description_en": "",
}


def default(template: GoodsTemplate | None, field: str) -> Any:
    """What a type says about one of the fields of `EMPTY`; without a type, nothing."""
    if template is None:
        return EMPTY[field]
    if field == "description":
        return template.about()
    if field == "description_en":
        return template.about("en")
    value = template.category if field == "category_code" else getattr(template, field)
    if field == "allergens":
        return tuple(str(one) for one in value)
    return EMPTY[field] if value is None else str(value) if isinstance(value, str) else value


def own_after(
    own: frozenset[str],
    *,
    held: Mapping[str, Any],
    sent: Mapping[str, Any],
    new: bool,
    explicit: bool,
) -> frozenset[str]:
    """The fields that are the seller's, after `sent` over what is `held`.

    A form sends every field: one that is as it was shown is not typed, nor is an empty one of a
    `new` form. A program (`explicit`) sends only what it means.
    """
    typed = {
        field
        for field, value in sent.items()
        if explicit or (value != held[field] and not (new and value == EMPTY[field]))
    }
    return own | typed


def filled(
    held: Mapping[str, Any],
    *,
    own: frozenset[str],
    was: GoodsTemplate | None,
    now: GoodsTemplate | None,
) -> dict[str, Any]:
    """Values of all fields once the type `was` has become `now`.

    Only what nobody typed moves: a field that is empty or still says what the old type said.
    """
    return {
        field: default(now, field)
        if field not in own and value in (EMPTY[field], default(was, field))
        else value
        for field, value in held.items()
    }


def untouched(held: Mapping[str, Any], own: frozenset[str], of: GoodsTemplate | None) -> list[str]:
    """The fields that stand as the type filled them, in the order of the form."""
    return [
        field
        for field in EMPTY
        if of is not None
        and field not in own
        and held[field] != EMPTY[field]
        and held[field] == default(of, field)
    ]


def unknown_template(chosen: str | None) -> Problem | None:
    """What is wrong with a chosen type: nothing for a code, `NO_TEMPLATE`, empty and None."""
    if not chosen or chosen == NO_TEMPLATE or chosen in templates():
        return None
    return Problem(
        "template.unknown", N_("Please choose one of the kinds in the list."), field="template"
    )
