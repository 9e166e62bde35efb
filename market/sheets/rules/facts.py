"""Columns about goods besides name and price: what an export says of them is read back the same."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from integrations.contracts.errors import N_, Problem
from integrations.contracts.measures import said_size, said_weight
from integrations.contracts.text import fold
from market.catalog.rules import ALLERGEN_WORDS, CATEGORY_WORDS, STORAGE_WORDS, Facts

# Folded words of both languages, and codes, by what they stand for.
Vocabulary = Mapping[str, str]

BETWEEN: Final = "; "


@dataclass(frozen=True, slots=True)
class Column:
    """A column: the form's field it goes to, the fact it says, the words of its choices."""

    form: str
    fact: str
    said: Callable[[Any], str] = str
    words: Mapping[str, str] | None = None


COLUMNS: Final[Mapping[str, Column]] = {
    "category": Column("category", "category_code", words=CATEGORY_WORDS),
    "weight": Column("weight", "weight_g", said_weight),
    "parcel": Column("size", "size_mm", said_size),
    "keeps": Column("keeps", "shelf_life_days"),
    "storage": Column("storage", "storage", words=STORAGE_WORDS),
    "allergens": Column("allergens", "allergens", words=ALLERGEN_WORDS),
    "age": Column("age", "age_min"),
}


def said(field: str, facts: Facts, say: Callable[[str], str]) -> str:
    """What an export writes; empty for what is not known. `say` translates the choices' words."""
    column = COLUMNS[field]
    value = getattr(facts, column.fact)
    if not value:
        return ""
    if column.words is None:
        return column.said(value)
    codes = [value] if isinstance(value, str) else value
    return BETWEEN.join(say(column.words[code]) for code in codes)


def vocabulary(languages: Mapping[str, Callable[[str], str]]) -> Vocabulary:
    """The codes by every way to say them. `languages` translate the choices' words."""
    known = dict[str, str]()
    for field, column in COLUMNS.items():
        for code, words in (column.words or {}).items():
            known[f"{field}:{fold(code)}"] = code
            for say in languages.values():
                known[f"{field}:{fold(say(words))}"] = code
    return known


def form_text(field: str, text: str, known: Vocabulary) -> str:
    """A cell as the form's field takes it. Raises `Problem` (`choice.unknown`)."""
    if COLUMNS[field].words is None:
        return text
    codes = []
    for word in text.split(BETWEEN.strip()):
        if not word.strip():
            continue
        code = known.get(f"{field}:{fold(word)}")
        if code is None:
            raise Problem(
                "choice.unknown",
                N_("“{word}” is none of the words here. Please take one as the export writes it."),
                params={"word": word.strip()[:40]},
            )
        codes.append(code)
    return " ".join(codes)
