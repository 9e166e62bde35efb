"""Where the table stands in a sheet: its head, its goods, and what is no goods."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final

from integrations.contracts.text import fold
from market.sheets.rules.cells import text_of
from market.sheets.rules.words import fields_of, something_else

_HEAD_WITHIN: Final = 40
_TOTALS: Final = frozenset({"tong", "cong", "total", "grand total", "tong gia tri", "sum"})
_TOTAL_STARTS: Final = ("tong cong", "tong so", "cong cong", "total ")
_SIGNED: Final = (
    "nguoi lap", "lap bieu", "ky ho ten", "ky ghi ro", "ky ten", "thu truong", "ke toan",
    "giam doc", "chu nhiem", "xac nhan cua", "dai dien", "nguoi lien he",
)  # fmt: skip
_SIGNED_DAY: Final = re.compile(r"\bngay (\d+ )?thang (\d+ )?nam\b")
_NOTES: Final = ("ghi chu", "luu y", "chu y")
_GROUP: Final = re.compile(r"^\s*([IVXLC]+|[A-Z]|\d+)\s*[.)/:-]\s*\S|:\s*$")

Cells = Sequence[Any]

# The same few words stand in every line.
_folded = lru_cache(maxsize=1_024)(fold)


@dataclass(frozen=True, slots=True)
class Table:
    """A table in a sheet; lines and columns from 0. `fields` is what each column was taken for."""

    sheet: str
    head_line: int
    heads: tuple[str, ...]
    fields: dict[int, str]
    other: str | None = None


@dataclass(slots=True)
class Lines:
    """The lines below the head: goods, and the others by why they are none."""

    goods: list[int] = field(default_factory=list)
    left_out: dict[int, str] = field(default_factory=dict)


def find_table(sheets: Sequence[tuple[str, Sequence[Cells]]]) -> Table | None:
    """The table whose head says most; None in an empty file.

    A head is a line in which several columns are recognised. Where there is none, the first line
    of several words is taken, and its columns are for the person to name.
    """
    best: Table | None = None
    for name, rows in sheets:
        for line, row in enumerate(rows[:_HEAD_WITHIN]):
            heads = tuple(text_of(cell) for cell in row)
            known, other = fields_of(heads), something_else(heads)
            found = Table(name, line, heads, known, other)
            if (len(known) >= 2 or other) and (best is None or _says(found) > _says(best)):
                best = found
    return best or _first_words(sheets)


def _says(table: Table) -> int:
    return len(table.fields) + (2 if table.other else 0)


def _first_words(sheets: Sequence[tuple[str, Sequence[Cells]]]) -> Table | None:
    fallback: Table | None = None
    for name, rows in sheets:
        for line, row in enumerate(rows[:_HEAD_WITHIN]):
            filled = [cell for cell in row if cell is not None]
            heads = tuple(text_of(cell) for cell in row)
            if len(filled) >= 2 and all(isinstance(cell, str) for cell in filled):
                return Table(name, line, heads, fields_of(heads))
            if filled and fallback is None:
                fallback = Table(name, line, heads, fields_of(heads))
    return fallback


def sort_lines(rows: Sequence[Cells], table: Table) -> Lines:
    """Which lines below the head are goods. Nothing after the signatures is."""
    lines, by_field = Lines(), {name: column for column, name in table.fields.items()}
    heads = [fold(head) for head in table.heads]
    signed = False
    for line in range(table.head_line + 1, len(rows)):
        row = rows[line]
        filled = {at: text for at, cell in enumerate(row) if (text := text_of(cell).strip())}
        if not filled:
            continue
        why = "signature" if signed else _why_none(filled, by_field, heads)
        if why == "signature":
            signed = True
        if why:
            lines.left_out[line] = why
        else:
            lines.goods.append(line)
    return lines


def _why_none(filled: dict[int, str], by_field: dict[str, int], heads: list[str]) -> str | None:
    """`head`, `total`, `signature`, `note`, `group` or None for goods."""
    if len(filled) >= 2 and all(
        at < len(heads) and heads[at] == _folded(text) for at, text in filled.items()
    ):
        return "head"
    name, price = filled.get(by_field.get("name", -1)), filled.get(by_field.get("price", -1))
    first = _folded(next(iter(filled.values())))
    said = _folded(name) if name else first
    if any(one in _TOTALS or one.startswith(_TOTAL_STARTS) for one in (said, first)):
        return "total"
    if price:
        return None
    if any(
        one.startswith(_SIGNED) or _SIGNED_DAY.search(one) for one in map(_folded, filled.values())
    ):
        return "signature"
    if first.startswith(_NOTES) or said.startswith(_NOTES):
        return "note"
    if not name:
        return "group" if len(filled) == 1 else "note"
    alone = len(filled) == 1
    return "group" if alone and (name.isupper() or _GROUP.search(name)) else None
