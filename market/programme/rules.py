"""How far a producer has come, in words, and the shapes of the charts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import Final

from integrations.contracts.errors import N_
from integrations.contracts.viewer import Role

# Who sees the figures; the operator of the machine looks after it, not after people.
READERS: Final = frozenset(
    {
        Role.COMMUNE_STAFF,
        Role.PROVINCE_STAFF,
        Role.MODERATOR,
        Role.FINANCE_STAFF,
        Role.ADMIN,
    }
)
# Who writes down support: the same as in sellers/support.
GIVERS: Final = READERS - {Role.FINANCE_STAFF}
SECOND_WITHIN_DAYS: Final = 60  # written into the view live_progress, tested to be the same
SILENT_DAYS: Final = (30, 60, 90)
LINK_DAYS: Final = (30, 90, 365)  # how long a spreadsheet's link may live


class Step(StrEnum):
    """The way of a producer, in order. Each has a date of its own; the last one reached counts."""

    SIGNED_UP = "signed_up"
    IDENTIFIED = "identified"
    LISTED = "listed"
    SOLD = "sold"
    SOLD_AGAIN = "sold_again"


# step -> what it is called on charts and in tables.
STEP_WORDS: Final[Mapping[Step, str]] = {
    Step.SIGNED_UP: N_("Signed up"),
    Step.IDENTIFIED: N_("Identified, can be paid"),
    Step.LISTED: N_("First goods on sale"),
    Step.SOLD: N_("First paid order by a stranger"),
    Step.SOLD_AGAIN: N_("Second order within 60 days"),
}
# step -> how the one who stands there is marked: short, for a row.
STAGE_WORDS: Final[Mapping[Step, str]] = {
    Step.SIGNED_UP: N_("Only signed up"),
    Step.IDENTIFIED: N_("Identified, nothing on sale yet"),
    Step.LISTED: N_("On sale, no order yet"),
    Step.SOLD: N_("Has sold"),
    Step.SOLD_AGAIN: N_("Sells again and again"),
}
KIND_NAMES: Final[Mapping[str, str]] = {
    "household": N_("Household"),
    "group": N_("Cooperative group"),
    "cooperative": N_("Cooperative"),
    "firm": N_("Company"),
}
METHOD_WORDS: Final[Mapping[str, str]] = {
    "bank_qr": N_("Bank transfer"),
    "cod": N_("Cash on delivery"),
    "card": N_("Card"),
    "channel": N_("Through the marketplace"),
}


def source_name(source: str) -> str:
    """Where an order came from: "" for our own shop, else the marketplace's name."""
    return "" if source == "shop" else source.capitalize()


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: its words, its number, its length in thousandths of the longest."""

    key: str
    value: int
    length_ppk: int


def bars(pairs: Sequence[tuple[str, int]]) -> list[Bar]:
    """Bars beside each other: the largest number is the whole length, 0 has none."""
    longest = max((value for _, value in pairs), default=0)
    return [
        Bar(key, value, 0 if longest <= 0 else max(value * 1000 // longest, 1 if value else 0))
        for key, value in pairs
    ]


def share_ppm(part: int, whole: int) -> int | None:
    """Millionths of the whole, None when there is nothing to share."""
    return None if whole <= 0 else (part * 1_000_000 + whole // 2) // whole


def greatest_loss(counts: Sequence[tuple[Step, int]]) -> tuple[Step, int] | None:
    """The step after which most producers stay behind, and how many; None when nobody does."""
    losses = [(before, count - after) for (before, count), (_, after) in pairwise(counts)]
    step, lost = max(losses, key=lambda one: one[1], default=(Step.SIGNED_UP, 0))
    return (step, lost) if lost > 0 else None
