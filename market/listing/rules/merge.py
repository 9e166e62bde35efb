"""What a field becomes when it was changed elsewhere meanwhile: taken, left, or asked about."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby, pairwise
from typing import Any, Protocol

import orjson

from integrations.contracts.errors import N_, Conflict, NotFound, Problem
from market.listing.rules.filling import EMPTY, NO_TEMPLATE, default
from market.listing.rules.templates import templates


class Verdict(StrEnum):
    """What happens to the value that was sent."""

    TAKE = "take"
    LEAVE = "leave"
    ASK = "ask"
    WITHDRAW = "withdraw"  # left, and what the sender was asked about is over


@dataclass(frozen=True, slots=True)
class Written:
    """One line of the history: who made `field` of what it `was`, at which revision."""

    revision: int
    source: str
    field: str
    was: Any


@dataclass(frozen=True, slots=True)
class Stood:
    """What goods held at a time, and which source had just written; empty at the base.

    `filled`: fields that say what the type of goods says, or nothing.
    """

    source: str
    values: Mapping[str, Any]
    filled: frozenset[str]


def plain(value: Any) -> Any:
    """As the history keeps it: lists for tuples, texts for days and kinds."""
    return orjson.loads(orjson.dumps(value))


def chosen(template_code: str, template_chosen: bool) -> str:
    """The type that the seller chose: its code, `NO_TEMPLATE`, or empty for none chosen."""
    return (template_code or NO_TEMPLATE) if template_chosen else ""


def stood_since(values: Mapping[str, Any], later: Sequence[Written]) -> list[Stood]:
    """What stood at the base and after each change since, oldest first.

    `values` is what stands now, `later` the changes after the base, oldest first.
    """
    now, found = dict(values), []
    for _, rows in groupby(reversed(later), key=lambda one: one.revision):
        changed = list(rows)
        found.append(_stood(changed[0].source, now))
        now |= {one.field: one.was for one in changed}
    return [_stood("", now), *reversed(found)]


def _stood(source: str, values: Mapping[str, Any]) -> Stood:
    kind = templates().get(values["template_code"])
    filled = {
        name for name in EMPTY if values[name] in (plain(EMPTY[name]), plain(default(kind, name)))
    }
    choice = chosen(values["template_code"], values["template_chosen"])
    return Stood(source, {**values, "template": choice}, frozenset(filled))


def last_seen(stood: Sequence[Stood], source: str, field: str) -> Any:
    """What `source` has last seen in the field: its own latest word, else what stood at its base.

    Its own word counts also when the answer to it was lost on the way; what a type of goods
    filled in after it does not.
    """
    seen = stood[0].values[field]
    for before, after in pairwise(stood):
        wrote = after.source == source and after.values[field] != before.values[field]
        if wrote and field not in after.filled:
            seen = after.values[field]
    return seen


def decide(
    mine: Any, stood: Sequence[Stood], *, source: str, field: str, own: frozenset[str]
) -> Verdict:
    """What becomes of `mine`, sent by `source` for one field.

    What was sent as it was seen is not typed, so what stands is left. What only a type of goods
    filled in (not in `own`, the fields that somebody typed) gives way to what is typed. Where two
    typed different things, people are asked.
    """
    now, seen = stood[-1].values[field], last_seen(stood, source, field)
    if mine in (now, seen):
        return Verdict.LEAVE
    only_filled = field in stood[-1].filled and field not in own
    return Verdict.TAKE if now == seen or only_filled else Verdict.ASK


class Question(Protocol):
    """A question about one field, as its sender's text opened it."""

    @property
    def source(self) -> str: ...
    @property
    def other(self) -> str: ...
    @property
    def base_revision(self) -> int: ...
    @property
    def waiting(self) -> bool: ...
    @property
    def answered(self) -> bool: ...


def after_questions(
    found: Verdict, text: str, asked: Iterable[Question], *, source: str, base: int
) -> Verdict:
    """The verdict, given what was asked about this field before; `text` as people write it."""
    own = [one for one in asked if one.source == source]
    waiting = [one for one in own if one.waiting]
    if found is Verdict.LEAVE:
        # A sender who has not heard of the question yet has gone back, or typed what stands.
        unheard = any(one.other != text and one.base_revision >= base for one in waiting)
        return Verdict.WITHDRAW if unheard else found
    # Asked about already: nobody has chosen yet, or it is sent once more after a lost answer.
    if any(
        one.other == text and (one.waiting or (one.answered and one.base_revision >= base))
        for one in own
    ):
        return Verdict.LEAVE
    # Whoever was asked about has typed on: still the one side of the question.
    return Verdict.ASK if waiting else found


def unanswered(field: str) -> Problem:
    """Goods go to staff with one text for each field."""
    return Problem(
        "listing.question",
        N_("Two different things were typed here. Please choose one."),
        field=field,
    )


def no_such_question() -> NotFound:
    """Also for a question about another's goods."""
    return NotFound("question.missing", N_("There is nothing to choose here any more."))


def no_such_change() -> NotFound:
    """Also for a change of another's goods, and one that cannot be put back."""
    return NotFound("change.missing", N_("This cannot be put back. Please type it instead."))


def chosen_otherwise() -> Conflict:
    """Somebody chose the other text meanwhile."""
    return Conflict(
        "question.answered",
        N_("The other one was chosen meanwhile. Please open the page again."),
    )
