"""What a save writes besides what was typed: the type of goods fills the rest."""

from dataclasses import replace
from typing import Any

from market.catalog.rules import Facts, ListingState
from market.catalog.service.listings import Held
from market.listing.rules.filling import EMPTY, NO_TEMPLATE, filled, own_after
from market.listing.rules.merge import chosen
from market.listing.rules.pick import pick
from market.listing.rules.templates import GoodsTemplate, templates
from market.listing.schemas import Changes

# Nobody has looked at these yet; elsewhere a price would send approved goods back to review.
_OPEN = (ListingState.DRAFT, ListingState.TO_MEND)


def fill(held: Held, changes: Changes, *, new: bool, explicit: bool) -> tuple[Changes, Facts]:
    """The texts and facts to write: what was typed, and what the type says where nothing was.

    The type is the one that was chosen, or that the name means. It fills while goods are a draft
    or to be mended; later when another is chosen, or a new name means another than before.
    """
    was = templates().get(held.facts.template_code)
    values = _held_values(held)
    sent = {name: value for name, value in changes.facts.items() if name in EMPTY}
    sent |= {
        name: value
        for name in ("unit", "description")
        if (value := getattr(changes, name)) is not None
    }
    own = own_after(held.facts.own_fields, held=values, sent=sent, new=new, explicit=explicit)
    values |= {name: value for name, value in sent.items() if name in own}
    choice, now = _choice(held, changes), was
    renamed = was is not None and changes.name not in (None, held.name)
    if held.state in _OPEN or choice != _chosen(held.facts) or renamed:
        now = _template(choice, changes.name or held.name)
        values = filled(values, own=own, was=was, now=now)
    texts = replace(changes, unit=values.pop("unit"), description=values.pop("description"))
    return texts, replace(
        held.facts,
        template_code=now.code if now else "",
        template_chosen=choice != "",
        own_fields=own,
        **values,
        **{name: value for name, value in changes.facts.items() if name not in EMPTY},
    )


def _held_values(held: Held) -> dict[str, Any]:
    return {
        name: getattr(held if name in ("unit", "description") else held.facts, name)
        for name in EMPTY
    }


def _chosen(facts: Facts) -> str:
    return chosen(facts.template_code, facts.template_chosen)


def _choice(held: Held, changes: Changes) -> str:
    return _chosen(held.facts) if changes.template is None else changes.template


def _template(choice: str, name: str) -> GoodsTemplate | None:
    if choice == NO_TEMPLATE:
        return None
    return templates()[choice] if choice in templates() else pick(name, templates().values())
