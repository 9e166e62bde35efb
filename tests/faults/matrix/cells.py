"""The matrix as it is written in `cells.csv` and `rows.csv`, beside this file."""

import csv
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Final

from tests.kit.toxic import Toxic

HERE: Final = Path(__file__).parent
PARTS: Final = ("PostgreSQL", "Redis", "S3", "Stripe", "bank", "marketplace", "messages")
TOXICS: Final = (Toxic.DOWN, Toxic.SLOW, Toxic.RESET, Toxic.GARBAGE)
ACTIONS: Final = ("browse", "buy", "pay", "list", "upload", "report")


class Outcome(StrEnum):
    """What a person sees."""

    UNCONCERNED = "as ever"
    WORKS = "works"
    LATER = "works, rest later"
    WITHOUT = "works without"
    AGAIN = "asked to try again"


@dataclass(frozen=True, slots=True)
class Cell:
    """One thing that people do while one part is ill. `within_s` bounds every wait."""

    part: str
    toxic: Toxic
    action: str
    outcome: Outcome
    within_s: float


@lru_cache
def cells() -> tuple[Cell, ...]:
    """All of them, in the order of the file."""
    with (HERE / "cells.csv").open(encoding="utf-8", newline="") as file:
        return tuple(
            Cell(
                row["part"],
                Toxic(row["toxic"]),
                row["action"],
                Outcome(row["outcome"]),
                float(row["within_s"]),
            )
            for row in csv.DictReader(file)
        )


def row_of(part: str, toxic: Toxic) -> dict[str, Cell]:
    """The six cells of one part's one fault, by action."""
    return {one.action: one for one in cells() if (one.part, one.toxic) == (part, toxic)}


def said_of(part: str, toxic: Toxic) -> str:
    """What the service does about it, in words."""
    with (HERE / "rows.csv").open(encoding="utf-8", newline="") as file:
        (found,) = [
            row["does"]
            for row in csv.DictReader(file)
            if (row["part"], row["toxic"]) == (part, toxic)
        ]
    return found
