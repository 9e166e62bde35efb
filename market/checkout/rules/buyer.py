"""What a buyer types at the checkout, read with a sentence for each thing to mend."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from integrations.contracts.errors import N_, Problem
from integrations.contracts.text import clean_line, clean_text
from sellers.accounts.rules import read_name, read_phone

STREET_MAX: Final = 200
NOTE_MAX: Final = 500


@dataclass(frozen=True, slots=True)
class Buyer:
    """Who gets the goods, and where; the phone as E.164."""

    name: str
    phone: str
    street: str
    note: str


def read_buyer(typed: Mapping[str, str]) -> tuple[Buyer | None, list[Problem]]:
    """The buyer, or every problem at its field (name, phone, street, note)."""
    readers: dict[str, Callable[[str], str]] = {
        "name": read_name,
        "phone": read_phone,
        "street": read_street,
        "note": read_note,
    }
    read: dict[str, str] = {}
    problems: list[Problem] = []
    for field, reader in readers.items():
        try:
            read[field] = reader(typed.get(field, ""))
        except Problem as problem:
            problems.append(problem.at(field))
    return (None, problems) if problems else (Buyer(**read), [])


def read_street(text: str) -> str:
    """House, street, hamlet on one line. Raises `Problem` (`street.missing`, `text.too_long`)."""
    street = clean_line(_bounded(text, STREET_MAX))
    if len(street) < 2:
        raise Problem(
            "street.missing", N_("Please type the house, street or hamlet."), field="street"
        )
    return street


def read_note(text: str) -> str:
    """A word to the sellers, or nothing. Raises `Problem` (code `text.too_long`)."""
    return clean_text(_bounded(text, NOTE_MAX))


def _bounded(text: str, most: int) -> str:
    if len(text) > most:
        raise Problem(
            "text.too_long",
            N_("This text is too long. Please use at most {max} letters."),
            params={"max": most},
        )
    return text
