"""What importing a line will do, before anything is done."""

from collections.abc import Mapping
from typing import Protocol

from integrations.contracts.text import clean_line, clean_text
from market.catalog.rules import Facts
from market.listing.schemas import FACTS, read


class Kept(Protocol):
    """Goods that are there already."""

    @property
    def name(self) -> str: ...
    @property
    def description(self) -> str: ...
    @property
    def unit(self) -> str: ...
    @property
    def price_vnd(self) -> int | None: ...
    @property
    def facts(self) -> Facts: ...


def wanted(typed: Mapping[str, str], note: str, kept: Kept | None) -> dict[str, str]:
    """What is sent to the form: the note becomes the description where there is none yet."""
    fields = dict(typed)
    if note and "description" not in fields and not (kept and kept.description):
        fields["description"] = note
    return fields


def foreseen(
    typed: Mapping[str, str], note: str, kept: Kept | None, counts_from: int | None = None
) -> str:
    """`new`, `changed` or `same`; stock changes when it is not what it counts from."""
    if kept is None:
        return "new"
    fields = wanted(typed, note, kept)
    now = {
        "name": kept.name,
        "description": kept.description,
        "unit": kept.unit,
        "price": str(kept.price_vnd or ""),
        "stock": str(counts_from),
    }
    said = read({name: value for name, value in fields.items() if name in FACTS})[0].facts
    if any(getattr(kept.facts, fact) != value for fact, value in said.items()):
        return "changed"
    for name, value in fields.items():
        if name in FACTS:
            continue
        clean = clean_text(value) if name == "description" else clean_line(value)
        if name == "stock":
            clean = clean.replace(".", "").replace(" ", "")
            clean = str(int(clean)) if clean.isdigit() else clean
        if clean != now[name]:
            return "changed"
    return "same"
