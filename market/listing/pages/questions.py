"""What the form says where two people typed different things, and which button was pressed."""

import re
from collections.abc import Mapping
from typing import Final, cast
from uuid import UUID

from integrations.contracts.errors import N_
from integrations.runtime.i18n import Language, translate
from integrations.runtime.pages import Choice
from market.catalog.rules import ALLERGEN_WORDS, CATEGORY_WORDS, REACH_WORDS, STORAGE_WORDS
from market.listing.queries import Goods
from market.listing.rules.filling import NO_TEMPLATE
from market.listing.rules.templates import templates
from market.listing.service.questions import Take

# What can be chosen, in words.
WORDS: Final = {
    "category": CATEGORY_WORDS,
    "storage": STORAGE_WORDS,
    "allergens": ALLERGEN_WORDS,
    "reach": REACH_WORDS,
}
# What an empty choice means, and the one word that is no code.
EVERYWHERE: Final = N_("Everywhere")
PREORDER: Final = {
    "": N_("No, only in its season"),
    "yes": N_("Yes, delivered when it comes"),
}


def choices_of(goods: Goods, language: Language) -> dict[str, Choice]:
    """The open questions by their field, in words of this language."""
    return {
        one.field: Choice(
            kept=said_in(language, one.field, one.kept),
            other=said_in(language, one.field, one.other),
            keep=f"{one.id}:kept",
            take=f"{one.id}:other",
        )
        for one in goods.questions
    }


def said_in(language: Language, field: str, text: str) -> str:
    """The text of a field of the form as a person reads it: words for codes, đồng for a price."""
    if field == "preorder":
        return translate(language, PREORDER.get(text, text))
    if field == "reach" and not text:
        return translate(language, EVERYWHERE)
    if field in WORDS:
        words: Mapping[str, str] = WORDS[field]
        return ", ".join(translate(language, words.get(code, code)) for code in text.split())
    if field == "age":
        if not text:
            return translate(language, N_("Everybody"))
        return translate(language, N_("Only from {age} years"), age=text)
    if field == "template":
        if text in templates():
            return templates()[text].name.to(language)
        return translate(
            language, N_("None of these") if text == NO_TEMPLATE else N_("By the name")
        )
    return f"{text} ₫" if field == "price" and text else text


def pressed(text: str) -> tuple[UUID, Take] | None:
    """What a button beside two texts says: "<id>:kept" or "<id>:other"; None for anything else."""
    found = re.fullmatch(r"([0-9a-f-]{36}):(kept|other)", text)
    return (UUID(found[1]), cast(Take, found[2])) if found else None
