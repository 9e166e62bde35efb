"""What people tell about goods besides measures: choices, ages, the least number, how far."""

import re
from collections.abc import Callable
from typing import Final

from integrations.contracts.errors import N_, Problem
from integrations.contracts.text import fold
from market.catalog.rules import ADULT_AGE, Allergen, Category, Reach, StorageWay

MINIMUM_MAX: Final = 999
# What people write instead of our codes, folded.
_REACH: Final = {
    **dict.fromkeys(("everywhere", "toan quoc", "ca nuoc", "khap noi", "moi noi"), ""),
    **dict.fromkeys(
        ("province", "trong tinh", "noi tinh", "chi trong tinh", "only within the own province"),
        str(Reach.PROVINCE),
    ),
    **dict.fromkeys(
        (
            *("commune", "trong xa", "trong phuong", "noi xa", "chi trong xa phuong"),
            *("chi trong xa", "chi trong phuong", "only within the own commune or ward"),
        ),
        str(Reach.COMMUNE),
    ),
}
_YES: Final = frozenset({"yes", "true", "co", "1", "x", "duoc", "nhan"})
_NO: Final = frozenset({"no", "false", "khong", "0"})


def read_one_of(choices: type[Category] | type[StorageWay]) -> Callable[[str], str]:
    """Reads one of the codes. The reader raises `Problem` (`choice.unknown`)."""

    def read_one(text: str) -> str:
        if text not in set(choices):
            raise _unknown()
        return text

    return read_one


def _unknown() -> Problem:
    return Problem("choice.unknown", N_("Please choose one of the kinds in the list."))


def read_allergens(text: str) -> tuple[str, ...]:
    """Codes of `Allergen` by spaces or commas. Raises `Problem` (`choice.unknown`)."""
    named = set(text.replace(",", " ").split())
    if named - set(Allergen):
        raise _unknown()
    return tuple(str(one) for one in Allergen if one in named)


def read_age(text: str) -> int:
    """The one age that the law has. Raises `Problem` (`choice.unknown`)."""
    if text != str(ADULT_AGE):
        raise _unknown()
    return ADULT_AGE


def read_words(most: int) -> Callable[[str], str]:
    """Reads words of at most so many letters. The reader raises `Problem` (`text.too_long`)."""

    def read_them(text: str) -> str:
        if len(text) > most:
            raise Problem(
                "text.too_long",
                N_("This is too long: {length} letters, at most {most}. Please shorten it."),
                params={"length": len(text), "most": most},
            )
        return text

    return read_them


def read_minimum(text: str) -> int:
    """The least that is sold at once: "5", "5 quả", 1 to 999. Raises `Problem`
    (`minimum.unreadable`).
    """
    found = re.fullmatch(r"(\d{1,3})(?:\s*[^\W\d_].{0,20})?", text)
    if not found or not 0 < int(found[1]) <= MINIMUM_MAX:
        raise Problem(
            "minimum.unreadable",
            N_("Please type the least that is sold at once as a number, such as 5."),
        )
    return int(found[1])


def read_reach(text: str) -> str:
    """A `Reach`, or empty for everywhere. Raises `Problem` (`choice.unknown`)."""
    if (known := _REACH.get(fold(text))) is None:
        raise _unknown()
    return known


def read_yes(text: str) -> bool:
    """ "có", "yes" and a tick are True. Raises `Problem` (`choice.unknown`)."""
    said = fold(text)
    if said not in _YES | _NO:
        raise _unknown()
    return said in _YES
