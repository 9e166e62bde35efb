"""On what terms goods are sold: to whom, how many at least, how far, and when there are any."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

from integrations.contracts.errors import N_, Problem
from market.catalog.rules import Reach
from market.catalog.rules.seasons import comes_on, out_of_season, said_day

AGE_LIMITS: Final = Path(__file__).parents[1] / "data" / "age_limits.yaml"


@dataclass(frozen=True, slots=True)
class AgeLimit:
    """Nobody younger than `age` years is sold such goods, by `legal_ref`; `no_cash_ref` forbids
    cash for what is ordered online.
    """

    age: int
    valid_from: date
    valid_to: date | None
    legal_ref: str
    no_cash_ref: str


@dataclass(frozen=True, slots=True)
class AgeStated:
    """What a buyer said when ordering: that they are `age` years old or older."""

    age: int
    legal_ref: str


@cache
def age_limits() -> tuple[AgeLimit, ...]:
    """Every row of the data."""
    return tuple(AgeLimit(**row) for row in yaml.safe_load(AGE_LIMITS.read_text("utf-8")))


def age_of(rows: Iterable[Mapping[str, Any]]) -> int | None:
    """The age that a buyer of all these goods must have; None when anybody may buy them."""
    return max((row["age_min"] for row in rows if row.get("age_min")), default=None)


def stated(age: int, on: date) -> AgeStated:
    """What is kept on the order: the age with the law that asked for it on that day."""
    limit = _limit(age, on)
    return AgeStated(age, limit.legal_ref if limit else "")


def _limit(age: int, on: date) -> AgeLimit | None:
    return next(
        (
            one
            for one in age_limits()
            if one.age == age
            and one.valid_from <= on
            and (one.valid_to is None or on <= one.valid_to)
        ),
        None,
    )


def no_cash(row: Mapping[str, Any]) -> bool:
    """Whether goods may not be paid in cash: alcohol that is ordered online is paid ahead.

    `row`: of the shelf, with `age_min` and `today`. The law is the row's of `age_limits`.
    """
    if not row.get("age_min"):
        return False
    limit = _limit(int(row["age_min"]), row["today"])
    return limit is not None and bool(limit.no_cash_ref)


def paid_ahead(field: str | None = None) -> Problem:
    """What is said of cash for goods that may not be paid in cash."""
    return Problem(
        "age.no_cash",
        N_(
            "Some of it is for adults only: ordered online it is paid ahead, not in cash. That is"
            " the law. Please choose another way to pay."
        ),
        field=field,
    )


def cannot_be_paid(row: Mapping[str, Any]) -> Problem | None:
    """What is said of goods that are paid ahead by a seller who takes no transfers."""
    if not no_cash(row) or row["takes_transfer"]:
        return None
    return Problem(
        "age.no_transfer",
        N_(
            "The law wants this paid ahead, and {seller} takes no transfers here yet. Please take"
            " it out; only {seller} can change that."
        ),
        params={"seller": row["producer_name"]},
    )


def age_unsaid(age: int) -> Problem:
    """The tick is missing."""
    return Problem(
        "age.unsaid",
        N_("Some of it is only sold from {age} years. Please tick that you are old enough."),
        field="of_age",
        params={"age": age},
    )


def too_small(row: Mapping[str, Any], quantity: int) -> Problem | None:
    """What is said of fewer than the seller sells at once; None when it is enough."""
    least = int(row.get("min_quantity") or 1)
    if quantity >= least:
        return None
    return Problem(
        "cart.minimum",
        N_("This is sold from {least} on. Please take {least} or more."),
        params={"least": least},
    )


def delivered_from(row: Mapping[str, Any]) -> date | None:
    """Outside of the season: from which day ordered goods are delivered; None for at once."""
    if not row.get("season") or not row.get("preorder"):
        return None
    return comes_on(row["season"], row["today"])


def not_yet(row: Mapping[str, Any]) -> Problem | None:
    """What is said of goods that are out of season and cannot be ordered before it."""
    season = row.get("season")
    if not season or not out_of_season(season, row["today"]) or delivered_from(row):
        return None
    day = comes_on(season, row["today"])
    if day is None:
        return Problem("cart.season_over", N_("The season of this is over. Please take it out."))
    return Problem(
        "cart.season",
        N_("It is not the season: there will be some from {day}. Please take it out until then."),
        params={"day": said_day(day)},
    )


def too_far(
    rows: Iterable[Mapping[str, Any]], *, commune_code: str, province_id: str
) -> Problem | None:
    """What is said of the first goods that are not sent to a commune; None when all are.

    `province_id` is the commune's. Rows as `queries.taken_shelf` gives them.
    """
    for row in rows:
        inside = {
            Reach.PROVINCE: (row["producer_province_id"] == province_id, row["province_name"]),
            Reach.COMMUNE: (row["producer_commune_id"] == commune_code, row["commune_name"]),
        }
        reached, place = inside.get(row["reach"], (True, ""))
        if not reached:
            return Problem(
                "delivery.too_far",
                N_(
                    "{name} is only sent within {place}. Please choose an address there or take it"
                    " out of the cart; only {seller} can send it further."
                ),
                field="commune_code",
                params={
                    "name": row["name"],
                    "place": place[:1].lower() + place[1:],  # inside of the sentence
                    "seller": row["producer_name"],
                },
            )
    return None
