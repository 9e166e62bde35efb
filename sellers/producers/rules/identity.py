"""Who somebody is, decided without tables: personal numbers, tax codes, the card and its QR."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

from integrations.contracts.errors import N_, Problem
from integrations.contracts.text import clean_line, fold

Sex = Literal["male", "female"]

TYPED_MAX: Final = 40
# Kinds with a tax code of their own; households and groups are taxed under the personal number of
# whoever answers for them, since 1 July 2025 (Circular 86/2024/TT-BTC, Article 5).
WITH_TAX_CODE: Final = frozenset({"cooperative", "firm"})
ADULT_AGE: Final = 18
_CARD_FIELDS_MIN: Final = 6
_CARD_TEXT_MAX: Final = 1_000
# A card must be changed at these ages; one that was made in the two years before serves until
# the next age. Law on Identity 26/2023/QH15, Article 21.
_CARD_AGES: Final = (14, 25, 40, 60)
_CARD_EARLY_YEARS: Final = 2
_SEXES: Final[dict[str, Sex]] = {"nam": "male", "nu": "female"}


@dataclass(frozen=True, slots=True)
class Person:
    """Who answers for a producer, as the identity card says."""

    name: str
    number: str
    born_on: date
    sex: str | None = None
    issued_on: date | None = None


@dataclass(frozen=True, slots=True)
class Card:
    """What the QR of an identity card says."""

    number: str
    name: str
    born_on: date
    sex: Sex | None
    address: str
    issued_on: date | None


def read_personal_number(text: str, *, field: str = "number") -> str:
    """The 12 digits of an identity card out of "042 085 001 234".

    No check digit exists (Decree 137/2015, Article 13), and the province is never a reason to
    refuse. Raises `Problem` (codes `number.old`, `number.unreadable`).
    """
    digits = _digits(text)
    if re.fullmatch(r"[0-9]{9}", digits):
        raise Problem(
            "number.old",
            N_("This is the old number with 9 digits. Please type the 12 digits of the new card."),
            field=field,
        )
    if not re.fullmatch(r"[0-9]{12}", digits) or len(set(digits)) < 3:
        raise Problem(
            "number.unreadable",
            N_("Please type all 12 digits of the identity card."),
            field=field,
        )
    return digits


def told_by_number(number: str) -> tuple[int, Sex]:
    """Year of birth and sex out of the fourth to sixth digit: "042085…" is a man born in 1985."""
    century = int(number[3])
    return 1900 + 100 * (century // 2) + int(number[4:6]), ("female" if century % 2 else "male")


def read_tax_code(text: str, *, field: str = "tax_code") -> str:
    """A tax code of 10 digits, or 13 for a branch: "0314409058" or "0314409058-002".

    The tenth digit is a check digit. Raises `Problem` (code `tax_code.unreadable`).
    """
    from stdnum.exceptions import ValidationError
    from stdnum.vn import mst

    try:
        if len(text) > TYPED_MAX:
            raise ValidationError
        return str(mst.format(mst.validate(_digits(text))))
    except ValidationError:
        raise Problem(
            "tax_code.unreadable",
            N_("This tax number does not add up. Please compare it with the registration paper."),
            field=field,
        ) from None


def read_day(text: str, *, field: str) -> date:
    """A day as people write it: 1/2/1985, 01-02-1985, 01.02.1985, 01021985 or 1985-02-01.

    Raises `Problem` (code `day.unreadable`).
    """
    shown = unicodedata.normalize("NFKC", text[:TYPED_MAX]).strip()
    found = re.fullmatch(r"([0-9]{1,2})[\s/.\-]+([0-9]{1,2})[\s/.\-]+([0-9]{4})", shown)
    found = found or re.fullmatch(r"([0-9]{2})([0-9]{2})([0-9]{4})", shown)
    turned = re.fullmatch(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})", shown)
    parts = found.groups() if found else turned.groups()[::-1] if turned else None
    try:
        if parts is None:
            raise ValueError
        return date(int(parts[2]), int(parts[1]), int(parts[0]))
    except ValueError:
        raise Problem(
            "day.unreadable",
            N_("Please write day, month and year, such as 20/11/1985."),
            field=field,
        ) from None


def read_birth(text: str, *, today: date, field: str = "born_on") -> date:
    """A day of birth of somebody between 14 and 120 years.

    Raises `Problem` (codes `day.unreadable`, `birth.not_possible`).
    """
    born_on = read_day(text, field=field)
    if not 14 <= age_on(born_on, today) <= 120:
        raise Problem(
            "birth.not_possible",
            N_("Please look at the year of birth again."),
            field=field,
        )
    return born_on


def age_on(born_on: date, day: date) -> int:
    """Full years."""
    return day.year - born_on.year - ((day.month, day.day) < (born_on.month, born_on.day))


def read_card(text: str) -> Card:
    """The QR of an identity card: number|old number|name|birth|sex|address|issued.

    Cards from 2021 on say so; those from 2024 on may say more behind it, which is left alone.
    Raises `Problem` (code `card.other_code`, field card).
    """
    parts = [clean_line(part) for part in text[:_CARD_TEXT_MAX].split("|")]
    try:
        if len(parts) < _CARD_FIELDS_MIN:
            raise ValueError
        number = read_personal_number(parts[0])
        name, born_on = parts[2], read_day(parts[3], field="born_on")
        if not any(letter.isalpha() for letter in name) or "<" in name:
            raise ValueError
        issued = parts[6] if len(parts) > _CARD_FIELDS_MIN else ""
        issued_on = read_day(issued, field="issued_on") if issued else None
    except (Problem, ValueError):
        raise no_card() from None
    return Card(number, name[:120], born_on, _SEXES.get(fold(parts[4])), parts[5][:200], issued_on)


def no_card() -> Problem:
    """No code of an identity card was seen."""
    return Problem(
        "card.other_code",
        N_(
            "The code of the card was not seen. Please take the small square alone,"
            " close and in good light. Or type the number below."
        ),
        field="card",
    )


def card_ends_on(born_on: date, issued_on: date) -> date | None:
    """The day from which a card is no longer good; None when it is good for life."""
    for age in _CARD_AGES:
        ends = _birthday(born_on, age)
        if issued_on < _birthday(born_on, age - _CARD_EARLY_YEARS):
            return ends
        if issued_on < ends:  # made early: it serves until the next age
            after = [one for one in _CARD_AGES if one > age]
            return _birthday(born_on, after[0]) if after else None
    return None


def _birthday(born_on: date, age: int) -> date:
    try:
        return born_on.replace(year=born_on.year + age)
    except ValueError:  # 29 February
        return date(born_on.year + age, 3, 1)


def doubts(
    *, number: str, born_on: date, sex: str | None, issued_on: date | None, today: date
) -> list[str]:
    """What somebody who decides should look at again, as catalogue keys; never a refusal."""
    year, told_sex = told_by_number(number)
    found: list[str] = []
    if year != born_on.year:
        found.append(N_("The number belongs to another year of birth."))
    if sex and sex != told_sex:
        found.append(N_("The number belongs to the other sex."))
    if age_on(born_on, today) < ADULT_AGE:
        found.append(N_("This person is younger than 18."))
    ends_on = card_ends_on(born_on, issued_on) if issued_on else None
    if ends_on and ends_on <= today:
        found.append(N_("The card has run out by age. A new one is needed."))
    return found


def same_name(one: str, other: str) -> bool:
    """True when two names differ in marks, capitals and spaces only."""
    return fold(one) == fold(other) != ""


def _digits(text: str) -> str:
    """Without spaces, dots and dashes, ASCII digits."""
    return re.sub(r"[\s.\-]", "", unicodedata.normalize("NFKC", text[:TYPED_MAX]))
