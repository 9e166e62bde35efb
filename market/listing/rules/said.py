"""What goods hold, as people write it, so that the form's schema reads it back."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from integrations.contracts.measures import said_content, said_size, said_weight
from integrations.contracts.money import format_vnd
from market.catalog.rules.seasons import said_season

_SAID: Final[Mapping[str, Callable[[Any], str]]] = {
    "price": lambda amount_vnd: format_vnd(amount_vnd).partition("\u00a0")[0],
    "weight": said_weight,
    "size": lambda size_mm: said_size(tuple(size_mm)),
    "allergens": " ".join,
    "kinds": lambda labels: "; ".join(filter(None, labels)),
    "content": lambda content: said_content((content[0], content[1])),
    "season": said_season,
    "preorder": lambda may: "yes" if may else "",
}


def said(field: str, value: Any) -> str:
    """The value of a field of the form; what is not known is empty."""
    if value is None:
        return ""
    return _SAID[field](value) if field in _SAID else str(value)
