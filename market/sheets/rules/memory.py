"""What a list may change of goods that are there: its own news, never what was sold meanwhile."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from market.listing.schemas import read

_MARK: Final = re.compile(r"g(\d{14})-(\d{1,7})-(\d{0,12})")
STOCK, PRICE = "stock", "price"
KEEP, TAKE = "keep", "take"


@dataclass(frozen=True, slots=True)
class Here:
    """Goods as they stand in the shop: units left, units sold or held, price."""

    left: int
    sold: int
    price_vnd: int | None


@dataclass(frozen=True, slots=True)
class Said:
    """What a list said before, or an export when it was taken out (then with its `mark`)."""

    stock: int | None
    price_vnd: int | None
    mark: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """The preview of a line: what stood here then, what it asked, what was answered."""

    here: Here
    asks: tuple[str, ...] = ()
    answer: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is sent to the form. Stock changes by its difference to `counts_from`.

    `asks` names what only the person can know: `stock`, `price`. It is left out of `typed`
    until the answer is `take`. What an old export says is not remembered as the last word.
    """

    typed: dict[str, str]
    counts_from: int | None
    asks: tuple[str, ...]
    is_old: bool


def make_mark(*, at: datetime, stock: int, price_vnd: int | None) -> str:
    """What an export carries beside each of its goods, for the way back."""
    return f"g{at.astimezone(UTC):%Y%m%d%H%M%S}-{stock}-{price_vnd or ''}"


def read_mark(text: str) -> Said | None:
    """The stock and price that an export showed; None for anything else."""
    found = _MARK.fullmatch(text.strip())
    if found is None:
        return None
    return Said(int(found[2]), int(found[3]) if found[3] else None, text.strip())


def _taken_at(mark: str) -> str:
    return mark.partition("-")[0]


def weigh(
    typed: Mapping[str, str],
    *,
    mark: str,
    here: Here,
    said: Said | None,
    asked: Asked | None = None,
) -> Outcome:
    """Hold a line against the goods that it means, and against what the last list said of them.

    `asked` is None while the preview is made. The difference to what the list said before (or
    to what its export showed) is its news; without either, stock counts only where nothing was
    ever sold.
    """
    taken = read_mark(mark)
    same_file = taken is not None and said is not None and said.mark == taken.mark
    base = said if taken is None or same_file else taken
    # Another export was brought back since: this one is told from it by the seconds in its mark.
    old = (
        taken is not None
        and said is not None
        and not same_file
        and _taken_at(said.mark) > _taken_at(taken.mark)
    )
    kept, asks = dict(typed), list[str]()
    changes, _ = read(typed)
    counts_from = None
    if changes.stock is not None:
        counts_from, ask = _stock(changes.stock, base, here, asked, old=old)
        if ask:
            asks.append(STOCK)
        if counts_from is None:
            kept.pop(STOCK)
    if changes.price_vnd is not None:
        take, ask = _price(changes.price_vnd, base, here, asked, old=old, export=taken is not None)
        if ask:
            asks.append(PRICE)
        if not take:
            kept.pop(PRICE)
    return Outcome(kept, counts_from, tuple(asks), old)


def _answered(asked: Asked | None, what: str) -> bool:
    return asked is not None and what in asked.asks and asked.answer == TAKE


def _stock(
    listed: int, base: Said | None, here: Here, asked: Asked | None, *, old: bool
) -> tuple[int | None, bool]:
    """From what the listed stock counts as a difference (None leaves it), and whether to ask."""
    then = asked.here if asked else here
    if base is not None and base.stock is not None:
        if not old or listed == base.stock:
            return base.stock, False
    elif then.sold == 0 or listed == then.left:
        return then.left, False
    # What was sold since the question stays sold whatever the answer.
    return (then.left, False) if _answered(asked, STOCK) else (None, True)


def _price(
    listed_vnd: int,
    base: Said | None,
    here: Here,
    asked: Asked | None,
    *,
    old: bool,
    export: bool,
) -> tuple[bool, bool]:
    """Whether the listed price is taken, and whether to ask."""
    if here.price_vnd is None or listed_vnd == here.price_vnd:
        return True, False
    before_vnd = base.price_vnd if base else None
    if before_vnd is None and asked is not None:
        before_vnd = asked.here.price_vnd
    if export and listed_vnd == before_vnd:
        return False, False  # nobody touched it in the file
    if not old and before_vnd in (None, here.price_vnd):
        return True, False
    return (True, False) if _answered(asked, PRICE) else (False, True)
