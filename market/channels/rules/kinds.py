"""What kind of goods this may be at a marketplace: a guess by the words of its name."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import yaml

from integrations.contracts.text import fold

KINDS: Final = Path(__file__).parents[1] / "data" / "kinds.yaml"
# More would be a list again.
_MOST: Final = 3


@dataclass(frozen=True, slots=True)
class Kind:
    """Words of goods, and words of categories, the better first, all folded; our categories."""

    kinds: tuple[str, ...]
    codes: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    strong: tuple[str, ...] = ()


@cache
def _known() -> tuple[Kind, ...]:
    rows = yaml.safe_load(KINDS.read_text("utf-8"))
    return tuple(Kind(**{name: tuple(words) for name, words in row.items()}) for row in rows)


def suggested(name: str, categories: Mapping[str, str], category_code: str = "") -> list[str]:
    """Categories that goods of this name may belong to, the likeliest first; often none.

    `categories`: id to name with its parents, as a marketplace tells them. `category_code`: what
    sort of goods it is here; it decides between words, and alone when it means one kind only.
    """
    ranked = sorted(
        (rank, kind.kinds) for kind in _known() if (rank := _rank(kind, fold(name), category_code))
    )
    # What strong words mark is a part of a sort, told by those words alone.
    alike = [it.kinds for it in _known() if category_code in it.codes and not it.strong]
    likely = [kinds for _, kinds in ranked] or (alike if len(alike) == 1 else [])
    found: dict[str, None] = {}
    for kinds in likely:
        found |= dict.fromkeys(_named(kinds, categories))
    return list(found)[:_MOST]


def _rank(kind: Kind, name: str, category_code: str) -> tuple[int, bool, int, int] | None:
    """Strong words first, then our category, what stands first in the name, the longest; None: no
    word.
    """
    elsewhere = bool(category_code) and category_code not in kind.codes
    ranks = [
        (order, elsewhere, at, -len(word))
        for order, words in enumerate((kind.strong, kind.words))
        for word in words
        if (at := f" {name} ".find(f" {word} ")) >= 0
    ]
    return min(ranks, default=None)


def _named(kinds: tuple[str, ...], categories: Mapping[str, str]) -> list[str]:
    """The categories of the best words that any is called by, the shortest name first."""
    leaves = {key: f" {fold(path.rpartition('›')[2])} " for key, path in categories.items()}
    for words in kinds:
        fit = [key for key, leaf in leaves.items() if f" {words} " in leaf]
        if fit:
            return sorted(fit, key=lambda key: (len(categories[key]), key))
    return []
