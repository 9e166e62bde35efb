"""What goods differ in: read from comma lists, every combination, and which variant each is."""

import re
from collections.abc import Callable, Mapping, Sequence
from itertools import product
from typing import Any, Final

from integrations.contracts.errors import N_, Problem
from integrations.contracts.text import clean_line
from market.catalog.rules import AXES_MAX, VARIANTS_MAX, Axis

AXIS_MAX: Final = 20
VALUE_MAX: Final = 28
# Between digits a comma is a decimal one: "0,5 lít, 1 lít" are two.
_BETWEEN = re.compile(r"[;\n]|(?<!\d),|,(?!\d)")

Pair = tuple[str, str]
Row = Mapping[str, Any]


def read_axes(typed: Mapping[str, str]) -> tuple[tuple[Axis, ...], list[Problem]]:
    """Axes from `axis_1`, `values_1`, `axis_2`, `values_2`; one that is wholly empty is none.

    The problems name their field; with one of them the axes are not to be used.
    """
    problems: list[Problem] = []
    axes: list[Axis] = []
    for n in range(1, AXES_MAX + 1):
        name = clean_line(typed.get(f"axis_{n}", ""))
        parts = (clean_line(part) for part in _BETWEEN.split(typed.get(f"values_{n}", "")))
        values = tuple(part for part in parts if part)
        if not name and not values:
            continue
        problems += _axis_problems(n, name, values)
        axes.append(Axis(name, values))
    if len(axes) == AXES_MAX and _plain(axes[0].name) == _plain(axes[1].name):
        problems.append(
            Problem(
                "axis.twice", N_("Both are called the same. Please rename one."), field="axis_2"
            )
        )
    if (count := len(pairs_of(axes))) > VARIANTS_MAX and not problems:
        problems.append(
            Problem(
                "variants.too_many",
                N_("That makes {n} kinds, at most {most} fit. Please take out some."),
                field="values_1",
                params={"n": count, "most": VARIANTS_MAX},
            )
        )
    return tuple(axes), problems


def _axis_problems(n: int, name: str, values: Sequence[str]) -> list[Problem]:
    found = []
    if not name:
        found.append(
            Problem(
                "axis.name",
                N_("Please say what they differ in, such as weight."),
                field=f"axis_{n}",
            )
        )
    if not values:
        found.append(
            Problem(
                "axis.values",
                N_("Please type them with commas between, such as 250 g, 500 g."),
                field=f"values_{n}",
            )
        )
    too_long = N_("This is too long: {length} letters, at most {most}. Please shorten it.")
    for field, texts, most in ((f"axis_{n}", [name], AXIS_MAX), (f"values_{n}", values, VALUE_MAX)):
        longest = max(map(len, texts), default=0)
        if longest > most:
            params = {"length": longest, "most": most}
            found.append(Problem("axis.too_long", too_long, field=field, params=params))
    folded = [_plain(value) for value in values]
    for value, plain in zip(values, folded, strict=True):
        if folded.count(plain) > 1:
            said = N_("{value} stands there twice. Please take one out.")
            found.append(
                Problem("axis.value_twice", said, field=f"values_{n}", params={"value": value})
            )
            break
    return found


def pairs_of(axes: Sequence[Axis]) -> list[Pair]:
    """Every combination, the first axis slowest; one empty pair without axes."""
    first, second = (axes[n].values if len(axes) > n else ("",) for n in range(AXES_MAX))
    return list(product(first, second))


def matched(pairs: Sequence[Pair], known: Sequence[Row]) -> list[Row | None]:
    """For each combination the variant that it is already, None for a new one.

    The same words, then the same but for spaces and capitals, then one axis more or less. The
    oldest variant is that of goods of one kind: marketplaces and orders know it. `known`: all
    rows of the listing, those that are sold first.
    """
    free, found = list(known), dict[int, Row]()

    def take(fits: Callable[[Pair, Row], bool]) -> None:
        for n, pair in enumerate(pairs):
            row = None if n in found else next((one for one in free if fits(pair, one)), None)
            if row is not None:
                found[n] = row
                free.remove(row)

    take(lambda pair, row: pair == _pair(row))
    take(lambda pair, row: _plainly(pair) == _plainly(_pair(row)))
    take(lambda pair, row: _sold(row) and _plainly(pair) == _plainly(_pair(row)[::-1]))
    take(_one_axis_apart)
    oldest = min(known, key=lambda row: row["id"])
    take(lambda pair, row: pair == ("", "") and row is oldest)
    take(lambda pair, row: _pair(row) == ("", ""))
    return [found.get(n) for n in range(len(pairs))]


def _pair(row: Row) -> Pair:
    return row["value_1"], row["value_2"]


def _sold(row: Row) -> bool:
    return row["position"] is not None


def _plain(text: str) -> str:
    """The same word for "250 g" and "250G"; marks tell bò from bơ."""
    return "".join(text.casefold().split())


def _plainly(pair: Pair) -> Pair:
    return _plain(pair[0]), _plain(pair[1])


def _one_axis_apart(pair: Pair, row: Row) -> bool:
    (new, extra), (old, other) = _plainly(pair), _plainly(_pair(row))
    return _sold(row) and new == old != "" and "" in (extra, other)
