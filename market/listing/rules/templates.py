"""What is usual for a type of goods: one YAML file each, in the folder of its category."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

import yaml
from pydantic import BaseModel, ConfigDict, Field

from integrations.contracts.text import fold
from market.catalog.rules import ADULT_AGE, Allergen, Category, Reach, StorageWay

DATA: Final = Path(__file__).parents[1] / "data"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class Said(_Strict):
    """The same words in both languages."""

    vi: str = Field(min_length=2)
    en: str = Field(min_length=2)

    def to(self, language: str) -> str:
        """In the reader's language."""
        return self.vi if language == "vi" else self.en


class GoodsTemplate(_Strict):
    """A type of goods. Code and category are the names of its file and folder.

    `words`: what people call it, with diacritics; `unless`: words that make it something else.
    The price is for one `unit`; `weight_g` and `size_mm` are of one, with its wrapping.
    `reach`: how far fresh goods are sent. `sources`: the law or standard behind allergens, age
    and papers.
    """

    code: str = Field(pattern=r"^[a-z0-9-]{2,40}$")
    category: Category
    name: Said
    words: tuple[str, ...] = Field(min_length=1)
    unless: tuple[str, ...] = ()
    unit: str = Field(min_length=1, max_length=30)
    weight_g: int = Field(gt=0, le=100_000)
    size_mm: tuple[int, int, int]
    shelf_life_days: int | None = Field(None, gt=0, le=3_650)
    storage: StorageWay
    allergens: tuple[Allergen, ...] = ()
    age_min: int | None = Field(None, ge=ADULT_AGE, le=ADULT_AGE)
    reach: Reach | None = None
    papers: tuple[Said, ...] = ()
    attributes: tuple[Said, ...] = Field(min_length=1)
    name_pattern: Said
    description: tuple[Said, ...] = Field(min_length=1)
    photo_hints: tuple[Said, ...] = Field(min_length=1)
    sources: tuple[str, ...] = ()

    def about(self, language: str = "vi") -> str:
        """The sentences of the description as one text."""
        return " ".join(one.to(language) for one in self.description)


def read_template(path: Path) -> GoodsTemplate:
    """One file. Raises pydantic's `ValidationError` for what the shape does not have."""
    row = yaml.safe_load(path.read_text("utf-8"))
    return GoodsTemplate.model_validate({"code": path.stem, "category": path.parent.name, **row})


@cache
def templates() -> Mapping[str, GoodsTemplate]:
    """Every type by its code, in the order of their Vietnamese names."""
    found = [read_template(path) for path in DATA.rglob("*.yaml")]
    return {one.code: one for one in sorted(found, key=lambda it: fold(it.name.vi))}
