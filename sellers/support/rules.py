"""Support as it is typed: who gave it, when, what it cost."""

from datetime import date
from pathlib import Path
from typing import Final

import yaml
from pydantic import BaseModel, ConfigDict

from integrations.contracts.errors import N_, Problem
from integrations.contracts.money import parse_vnd
from integrations.contracts.text import clean_line
from integrations.contracts.viewer import Role

# Who looks after producers, and may write down what was given to them.
GIVERS: Final = frozenset({Role.COMMUNE_STAFF, Role.PROVINCE_STAFF, Role.MODERATOR, Role.ADMIN})
READERS: Final = GIVERS | {Role.FINANCE_STAFF}
WORDS_MAX: Final = 120
NOTE_MAX: Final = 300
# Nothing of this programme is older.
EARLIEST: Final = date(2020, 1, 1)
_FILE: Final = Path(__file__).parent / "data" / "kinds.yaml"


class KindRow(BaseModel):
    """One row of the file of kinds; the first and last day are included."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    code: str
    name_vi: str
    name_en: str
    valid_from: date
    valid_to: date | None


def kind_rows() -> list[KindRow]:
    """The kinds of the file, in its order."""
    return [KindRow.model_validate(row) for row in yaml.safe_load(_FILE.read_text("utf-8"))]


def read_words(text: str, *, field: str) -> str:
    """A name of a programme or of who gave, 1 to 120 characters on one line.

    Raises `Problem` (codes `support.programme_missing`, `support.giver_missing`,
    `support.too_long`).
    """
    if len(text) > WORDS_MAX * 4 or len(words := clean_line(text)) > WORDS_MAX:
        raise _too_long(WORDS_MAX, field)
    if words:
        return words
    if field == "programme":
        raise Problem(
            "support.programme_missing", N_("Please write the name of the programme."), field=field
        )
    raise Problem("support.giver_missing", N_("Please write who gave the support."), field=field)


def read_note(text: str, *, field: str = "note") -> str:
    """At most 300 characters on one line; may be empty. Raises `Problem` (`support.too_long`)."""
    if len(text) > NOTE_MAX * 4 or len(words := clean_line(text)) > NOTE_MAX:
        raise _too_long(NOTE_MAX, field)
    return words


def _too_long(most: int, field: str) -> Problem:
    return Problem(
        "support.too_long",
        N_("This is too long. Please use at most {max} letters."),
        field=field,
        params={"max": most},
    )


def read_reason(text: str) -> str:
    """Why an entry is taken back. Raises `Problem` (codes `support.reason_missing`, …)."""
    words = read_note(text, field="reason")
    if not words:
        raise Problem(
            "support.reason_missing", N_("Please write what is wrong with it."), field="reason"
        )
    return words


def read_day(text: str, *, today: date) -> date:
    """A day as a date field sends it (2026-11-21), from 2020 to today.

    Raises `Problem` (code `support.day`, field given_on).
    """
    try:
        day = date.fromisoformat(text.strip()[:10])
    except ValueError:
        day = date.max
    if not EARLIEST <= day <= today:
        raise Problem(
            "support.day",
            N_("Please choose the day on which it was given, today at the latest."),
            field="given_on",
        )
    return day


def read_cost(text: str) -> int:
    """đồng as people write them; nothing written is 0. Raises `Problem` (field cost)."""
    if not text.strip():
        return 0
    try:
        return parse_vnd(text)
    except Problem as problem:
        raise problem.at("cost") from None
