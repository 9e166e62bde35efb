"""A case decided without tables: which state may follow, what stands where, what comes next."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Final

import yaml

from integrations.contracts.errors import N_, Problem
from integrations.contracts.text import clean_line
from integrations.contracts.viewer import Role

REVIEW_WITHIN_S: Final = 2 * 86_400
REASON_MAX: Final = 400
PLACE_MAX: Final = 120
# Who decides about sellers; each only in their own communes or province.
DECIDERS: Final = frozenset({Role.COMMUNE_STAFF, Role.PROVINCE_STAFF, Role.ADMIN})


class CaseState(StrEnum):
    """Where a case stands. A producer who has sent nothing yet has a draft without a row."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    IN_REVIEW = "in_review"
    TO_MEND = "to_mend"
    APPROVED = "approved"
    PAUSED = "paused"
    CLOSED = "closed"


_S = CaseState
# From what a state can be reached.
MOVES: Final[Mapping[CaseState, frozenset[CaseState]]] = {
    _S.DRAFT: frozenset(),
    _S.SUBMITTED: frozenset({_S.DRAFT, _S.SUBMITTED, _S.IN_REVIEW, _S.TO_MEND}),
    _S.IN_REVIEW: frozenset({_S.SUBMITTED}),
    _S.TO_MEND: frozenset({_S.SUBMITTED, _S.IN_REVIEW, _S.APPROVED, _S.PAUSED}),
    _S.APPROVED: frozenset({_S.SUBMITTED, _S.IN_REVIEW, _S.PAUSED}),
    _S.PAUSED: frozenset({_S.APPROVED}),
    _S.CLOSED: frozenset(set(_S) - {_S.CLOSED}),
}
# Somebody of the programme has to answer.
WAITING: Final = frozenset({_S.SUBMITTED, _S.IN_REVIEW})

CASE_WORDS: Final[Mapping[CaseState, str]] = {
    _S.DRAFT: N_("Not sent yet"),
    _S.SUBMITTED: N_("Waiting for staff"),
    _S.IN_REVIEW: N_("Staff are looking at it"),
    _S.TO_MEND: N_("Something is to be mended"),
    _S.APPROVED: N_("Confirmed"),
    _S.PAUSED: N_("Selling is stopped"),
    _S.CLOSED: N_("Closed"),
}


class StepState(StrEnum):
    """Where one step stands."""

    TO_DO = "to_do"
    WAITING = "waiting"
    TO_MEND = "to_mend"
    DONE = "done"
    WAIVED = "waived"


STEP_WORDS: Final[Mapping[StepState, str]] = {
    StepState.TO_DO: N_("To do"),
    StepState.WAITING: N_("Waiting for staff"),
    StepState.TO_MEND: N_("To mend"),
    StepState.DONE: N_("Done"),
    StepState.WAIVED: N_("Not needed"),
}

# step -> what it is called, and what somebody does there.
WORDS: Final[Mapping[str, tuple[str, str]]] = {
    "who": (N_("Who is selling"), N_("Say who answers for the goods. The tax depends on it.")),
    "place": (N_("Place"), N_("Say in which commune the goods are made.")),
    "identity": (
        N_("Identity card"),
        N_("Say whose card it is. The law asks it of everybody who sells."),
    ),
    "tax_code": (N_("Tax number"), N_("Of the cooperative or company.")),
    "first_listing": (N_("First goods"), N_("A photo, a name, a price.")),
    "payout_account": (N_("Account for money"), N_("Then buyers can pay by transfer.")),
    "first_order": (N_("First order"), N_("A buyer orders. Show the goods to people you know.")),
}

# How somebody made sure of who it is.
EVIDENCE: Final[Mapping[str, str]] = {
    "seen": N_("I saw the card and the person"),
    "helper": N_("A helper saw the card and the person"),
    "video": N_("By video call, with the card"),
}

# What may have to be mended, by step; people read it in Vietnamese.
REASONS: Final[Mapping[str, tuple[str, ...]]] = {
    "who": (N_("The kind of seller does not fit the papers. Please choose it again."),),
    "identity": (
        N_("The name is not the one on the card. Please type it as the card says."),
        N_("The number is not the one on the card. Please look at the card again."),
        N_("The card has run out. Please come with the new one."),
        N_("Please come to the commune office with the card, or ask the helper to come."),
    ),
    "tax_code": (N_("The tax number belongs to another business. Please look at it again."),),
}


@dataclass(frozen=True, slots=True)
class StepRule:
    """One line of `data/steps.yaml`."""

    code: str
    kinds: frozenset[str]
    mover: str
    at: str
    decided: bool = False
    required: bool = False


@dataclass(frozen=True, slots=True)
class Mark:
    """What is written about one step: a decision of staff, or something that happened."""

    state: StepState
    since: datetime
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a producer, besides the marks."""

    kind: str
    created_at: datetime
    identity_given_at: datetime | None = None
    account_since: datetime | None = None
    marks: Mapping[str, Mark] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Step:
    """One step as people see it. `mover`: who can bring it on now (you, staff, buyers)."""

    code: str
    state: StepState
    mover: str
    at: str
    required: bool
    since: datetime | None = None
    reason: str = ""

    @property
    def title(self) -> str:
        """A catalogue key."""
        return WORDS[self.code][0]

    @property
    def text(self) -> str:
        """A catalogue key: what somebody does there."""
        return WORDS[self.code][1]

    @property
    def state_word(self) -> str:
        """A catalogue key."""
        return STEP_WORDS[self.state]

    @property
    def is_open(self) -> bool:
        """The producer can do something here."""
        return self.mover == "you" and self.state in (StepState.TO_DO, StepState.TO_MEND)


@lru_cache
def step_rules() -> tuple[StepRule, ...]:
    """The steps in order, as the package's data says."""
    text = (Path(__file__).parent / "data" / "steps.yaml").read_text(encoding="utf-8")
    return tuple(
        StepRule(**{**line, "kinds": frozenset(line["kinds"])}) for line in yaml.safe_load(text)
    )


def decided_steps(kind: str) -> tuple[str, ...]:
    """The steps of this kind that staff say yes or no to."""
    return tuple(rule.code for rule in step_rules() if rule.decided and kind in rule.kinds)


def steps_of(known: Known) -> list[Step]:
    """Every step of this kind of producer, in order."""
    return [_step(rule, known) for rule in step_rules() if known.kind in rule.kinds]


def _step(rule: StepRule, known: Known) -> Step:
    mark = known.marks.get(rule.code)
    if mark is None:
        given_at = {
            "who": known.created_at,
            "place": known.created_at,
            "payout_account": known.account_since,
        }.get(rule.code)
        mark = Mark(StepState.DONE, given_at) if given_at else None
    if mark is None:
        return Step(rule.code, StepState.TO_DO, rule.mover, rule.at, rule.required)
    mover = "staff" if mark.state is StepState.WAITING else rule.mover
    return Step(rule.code, mark.state, mover, rule.at, rule.required, mark.since, mark.reason)


def next_step(steps: Sequence[Step]) -> Step | None:
    """The one thing to do now: what is to be mended, then what is needed, then the rest."""
    for wanted in (
        [one for one in steps if one.state is StepState.TO_MEND],
        [one for one in steps if one.is_open and one.required],
        [one for one in steps if one.is_open],
    ):
        if wanted:
            return wanted[0]
    return None


def read_reason(text: str, *, field: str = "reason") -> str:
    """Words to the producer, up to 400 characters. Raises `Problem` (`reason.…`)."""
    if len(text) > REASON_MAX * 4 or len(said := clean_line(text)) > REASON_MAX:
        raise Problem(
            "reason.too_long",
            N_("This text is too long. Please use at most {max} letters."),
            field=field,
            params={"max": REASON_MAX},
        )
    if not said:
        raise Problem(
            "reason.missing", N_("Please say in a few words what this is about."), field=field
        )
    return said


def read_evidence(text: str) -> str:
    """One of the ways to make sure. Raises `Problem` (`evidence.missing`, field evidence)."""
    if text not in EVIDENCE:
        raise Problem(
            "evidence.missing", N_("Please choose how you made sure who it is."), field="evidence"
        )
    return text


def read_place(text: str) -> str:
    """Where somebody made sure, up to 120 characters; may be empty."""
    return clean_line(text[: PLACE_MAX * 4])[:PLACE_MAX]
