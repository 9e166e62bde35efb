"""When goods are there: a part of each year, or from one date to another."""

import re
from calendar import monthrange
from datetime import date
from typing import Final

from integrations.contracts.errors import N_, Problem
from integrations.contracts.text import fold

_DAY: Final = r"(\d{1,2})\s*[/.]\s*(\d{1,2})(?:\s*[/.]\s*(\d{4}))?"
_TO: Final = r"\s*(?:-|–|—|~|den|toi|to|until)\s*"
_DAYS: Final = re.compile(rf"(?:tu |from )?(?:ngay )?{_DAY}{_TO}(?:ngay )?{_DAY}")
_MONTHS: Final = re.compile(
    rf"(?:tu |from )?(?:thang|month)\s*(\d{{1,2}})(?:{_TO}(?:thang|month)?\s*(\d{{1,2}}))?"
)
_KEPT: Final = re.compile(r"(-|\d{4})-(\d\d)-(\d\d)/(-|\d{4})-(\d\d)-(\d\d)")

# A day of some year, or of each.
_Day = tuple[int | None, int, int]


def read_season(text: str) -> str:
    """As it is kept: "--08-15/--11-30" for each year, "2026-08-15/2026-11-30" for once.

    Reads "15/8 - 30/11", "tháng 8 đến tháng 11", "15/8/2026 - 30/11/2026" and what is kept.
    Raises `Problem` (`season.unreadable`).
    """
    first, last = _kept(text.strip()) or _typed(_bare(text)) or (None, None)
    if first and last and _whole(first) and _whole(last) and _together(first, last):
        return f"{_written(first)}/{_written(last)}"
    raise Problem(
        "season.unreadable",
        N_("The season is not clear. Please type it such as 15/8 - 30/11 or tháng 8 - tháng 11."),
    )


def _together(first: _Day, last: _Day) -> bool:
    """Both days of each year, or both of one, in order."""
    if first[0] is None or last[0] is None:
        return first[0] is last[0]
    return (first[0], *first[1:]) <= (last[0], *last[1:])


def _bare(text: str) -> str:
    """Folded words; the signs between days stay."""
    parts = re.split(r"([-–—~/.\d]+)", text[:60])
    return " ".join(" ".join(p if i % 2 else fold(p) for i, p in enumerate(parts)).split())


def _typed(text: str) -> tuple[_Day, _Day] | None:
    tight = re.sub(r"\s*([/.])\s*", r"\1", text)
    if found := _DAYS.fullmatch(tight):
        years = [int(found[at]) if found[at] else None for at in (3, 6)]
        return (
            (years[0], int(found[2]), int(found[1])),
            (years[1], int(found[5]), int(found[4])),
        )
    if found := _MONTHS.fullmatch(text):
        month = int(found[1])
        month2 = int(found[2] or month)
        if 1 <= month <= 12 and 1 <= month2 <= 12:
            return (None, month, 1), (None, month2, monthrange(2028, month2)[1])
    return None


def _kept(text: str) -> tuple[_Day, _Day] | None:
    found = _KEPT.fullmatch(text)
    if found is None:
        return None
    years = [None if year == "-" else int(year) for year in (found[1], found[4])]
    return (years[0], int(found[2]), int(found[3])), (years[1], int(found[5]), int(found[6]))


def _whole(day: _Day) -> bool:
    year, month, of_month = day
    if year is not None and not 2000 <= year <= 2100:
        return False
    return 1 <= month <= 12 and 1 <= of_month <= monthrange(year or 2028, month)[1]


def _written(day: _Day) -> str:
    return f"{'-' if day[0] is None else day[0]}-{day[1]:02}-{day[2]:02}"


def said_season(season: str) -> str:
    """ "15/8 - 30/11", with years where it is once: as `read_season` reads it back."""
    days = _kept(season)
    return "" if days is None else " - ".join(_said(day) for day in days)


def _said(day: _Day) -> str:
    year, month, of_month = day
    return f"{of_month}/{month}" + (f"/{year}" if year else "")


def said_day(day: date) -> str:
    """ "15/8/2027"."""
    return f"{day.day}/{day.month}/{day.year}"


def out_of_season(season: str, today: date) -> bool:
    """True when there are none of the goods today; False for goods without a season."""
    days = _kept(season)
    if days is None:
        return False
    first, last = (_in(day, today.year) for day in days)
    if days[0][0] is None and first > last:
        return last < today < first
    return not first <= today <= last


def comes_on(season: str, today: date) -> date | None:
    """Outside of the season: the day it begins next; None inside, and once it is over for good."""
    days = _kept(season)
    if days is None or not out_of_season(season, today):
        return None
    first = _in(days[0], today.year)
    if first > today:
        return first
    return None if days[0][0] is not None else _in(days[0], today.year + 1)


def _in(day: _Day, year: int) -> date:
    """The day in a year; 29 February is the last of its month in a shorter one."""
    year = day[0] or year
    return date(year, day[1], min(day[2], monthrange(year, day[1])[1]))
