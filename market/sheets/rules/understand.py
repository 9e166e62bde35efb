"""A line of a price list as the form would send it, with every cell that cannot be read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256
from types import MappingProxyType
from typing import Any, Final

from integrations.contracts.errors import N_, Problem
from integrations.contracts.money import format_vnd
from integrations.contracts.text import clean_line, fold
from market.listing.rules import name_missing, price_missing
from market.listing.schemas import UNIT_MAX, read
from market.sheets.rules import facts
from market.sheets.rules.cells import (
    Size,
    check_price,
    price_of,
    size_of,
    stock_of,
    text_of,
    unit_size,
    words_of,
)
from market.sheets.rules.facts import Vocabulary
from market.sheets.rules.memory import read_mark
from market.sheets.rules.table import Cells, Table
from market.sheets.rules.words import BY_THE_FORM, MARK, in_thousands, measured_in

SKU_MAX: Final = 40


@dataclass(frozen=True, slots=True)
class Seen:
    """One cell: where it stands ("E7"), its field, what was written, what was understood."""

    cell: str
    field: str
    written: str
    understood: str


@dataclass(frozen=True, slots=True)
class BadCell:
    """One cell that cannot be used: line and column from 0, and the refusal."""

    line: int
    column: int
    problem: Problem

    @property
    def cell(self) -> str:
        """Its name in the spreadsheet: "B7"."""
        return cell_name(self.line, self.column)


@dataclass(slots=True)
class GoodsLine:
    """A line as it was understood. `typed` goes to the form's schema; `client_id` tells it again.

    `note` is kept only where the goods have no description yet; `mark` is of an export.
    """

    line: int
    typed: dict[str, str] = field(default_factory=dict)
    sku: str = ""
    note: str = ""
    mark: str = ""
    seen: list[Seen] = field(default_factory=list)
    bad: list[BadCell] = field(default_factory=list)

    @property
    def client_id(self) -> str:
        """By what a second upload finds the same goods: the code, else the name."""
        plain = f"sku:{fold(self.sku)}" if self.sku else f"name:{fold(self.typed.get('name', ''))}"
        return f"sheet-{sha256(plain.encode()).hexdigest()[:40]}"


def cell_name(line: int, column: int) -> str:
    """0, 0 -> "A1"; 6, 27 -> "AB7"."""
    return f"{_letters(column)}{line + 1}"


@cache
def _letters(column: int) -> str:
    letters, rest = "", column
    while rest >= 0:
        letters = chr(65 + rest % 26) + letters
        rest = rest // 26 - 1
    return letters


def understand(
    rows: Sequence[Cells],
    table: Table,
    lines: Sequence[int],
    vocabulary: Vocabulary = MappingProxyType({}),
) -> list[GoodsLine]:
    """Every line of goods, in order. One that stands twice is a bad cell in the later line."""
    found, known = [], dict[str, int]()
    columns = {name: at for at, name in table.fields.items()}
    for line in lines:
        goods = _line(_Reader(rows[line], table, columns, line), vocabulary)
        if not goods.bad:
            before = known.setdefault(goods.client_id, line)
            if before != line:
                what = "sku" if goods.sku else "name"
                goods.bad.append(
                    BadCell(line, column_of(table, what), _twice(cell_name(before, 0)[1:]))
                )
        found.append(goods)
    return found


def _twice(line: str) -> Problem:
    return Problem(
        "sheet.twice",
        N_("The same stands in row {row} already. Please tell the two apart by name."),
        params={"row": line},
    )


def column_of(table: Table, wanted: str) -> int:
    """Where a field stands in its table, from 0; the first column for one that is not there."""
    return next((at for at, name in table.fields.items() if name == wanted), 0)


class _Reader:
    """Reads the cells of one line, and keeps what was seen and what could not be read."""

    def __init__(self, row: Cells, table: Table, columns: Mapping[str, int], line: int) -> None:
        self.row, self.table, self.columns = row, table, columns
        self.goods = GoodsLine(line)

    def cell(self, name: str) -> Any:
        at = self.columns.get(name)
        return None if at is None or at >= len(self.row) else self.row[at]

    def head(self, name: str) -> str:
        at = self.columns.get(name)
        return "" if at is None or at >= len(self.table.heads) else self.table.heads[at]

    def filled(self, name: str) -> bool:
        return name in self.columns and bool(text_of(self.cell(name)).strip())

    def saw(self, name: str, understood: str) -> None:
        where = cell_name(self.goods.line, self.columns[name])
        self.goods.seen.append(Seen(where, name, text_of(self.cell(name))[:200], understood))

    def bad(self, name: str, problem: Problem) -> None:
        self.goods.bad.append(BadCell(self.goods.line, self.columns.get(name, 0), problem))

    def words(self, name: str) -> str:
        """Words of a field, "" where they cannot be used."""
        try:
            words = words_of(self.cell(name))
        except Problem as problem:
            self.bad(name, problem)
            return ""
        return words if name == "description" else clean_line(words)


def _line(reader: _Reader, vocabulary: Vocabulary) -> GoodsLine:
    _name_and_code(reader)
    unit = reader.words("unit")
    unit = _price(reader, unit)
    _unit_and_size(reader, unit)
    _stock(reader, unit)
    for name in ("description", "note"):
        if reader.filled(name):
            words = reader.words(name)
            if name == "description":
                reader.goods.typed["description"] = words
            else:
                reader.goods.note = f"{words}\n{reader.goods.note}".strip()
            reader.saw(name, words)
    _further(reader)
    for name in reader.columns:
        if name in facts.COLUMNS and reader.filled(name):
            _fact(reader, name, vocabulary)
    if MARK in reader.columns:
        mark = text_of(reader.cell(MARK))
        reader.goods.mark = mark if read_mark(mark) else ""
    _by_the_form(reader)
    return reader.goods


def _name_and_code(reader: _Reader) -> None:
    goods = reader.goods
    name = reader.words("name")
    if name:
        goods.typed["name"] = name
        reader.saw("name", name)
    elif not goods.bad:
        reader.bad("name", name_missing())
    if reader.filled("sku"):
        goods.sku = clean_line(reader.words("sku"))
        if len(goods.sku) > SKU_MAX:
            reader.bad(
                "sku",
                Problem(
                    "sku.too_long",
                    N_("This is too long: {length} letters, at most {most}. Please shorten it."),
                    params={"length": len(goods.sku), "most": SKU_MAX},
                ),
            )
        reader.saw("sku", goods.sku)


def _price(reader: _Reader, unit: str) -> str:
    """The price; gives back the unit, which may stand behind the price alone."""
    if not reader.filled("price"):
        reader.bad("price", price_missing())
        return unit
    try:
        amount, per = price_of(reader.cell("price"), thousands=in_thousands(reader.head("price")))
        changes, problems = read({"price": amount})
        if problems:
            raise problems[0]
        if changes.price_vnd is None:
            raise price_missing()
        check_price(changes.price_vnd)
    except Problem as problem:
        reader.bad("price", problem)
        return unit
    reader.goods.typed["price"] = str(changes.price_vnd)
    reader.saw("price", format_vnd(changes.price_vnd))
    return unit or per


def _unit_and_size(reader: _Reader, unit: str) -> None:
    goods = reader.goods
    if unit:
        goods.typed["unit"] = unit
        if reader.filled("unit"):
            reader.saw("unit", unit)
    if not reader.filled("size"):
        return
    try:
        size = size_of(reader.cell("size"), unit=measured_in(reader.head("size")))
    except Problem as problem:
        reader.bad("size", problem)
        return
    written = clean_line(words_of(reader.cell("size")))
    reader.saw("size", size.words() if size else written)
    sold_by = _sold_by(unit, size, written)
    if sold_by is None:
        # Kept in the words of the sheet, where buyers read it: it fits into no field.
        goods.note = f"{clean_line(reader.head('size')) or unit}: {written}"
    else:
        goods.typed["unit"] = sold_by


def _sold_by(unit: str, size: Size | None, written: str) -> str | None:
    """Unit and pack as one: "hộp" and 500 g -> "hộp 500 g"; None where they do not go together.

    "kg" and 1 kg, or "chục" and 10, say the same twice. "kg" and 0,5 kg say two things.
    """
    itself = unit_size(unit)
    if itself is not None:
        same = size is not None and (size.kind, size.amount) == (itself.kind, itself.amount)
        return unit if same else None
    if size is None:
        return None
    words = written if len(written) > 6 and " x " in written else size.words()
    joined = f"{unit} {words}".strip()
    return joined if len(joined) <= UNIT_MAX else None


def _stock(reader: _Reader, unit: str) -> None:
    if not reader.filled("stock"):
        return
    try:
        left = stock_of(reader.cell("stock"), unit=unit)
    except Problem as problem:
        reader.bad("stock", problem)
        return
    reader.goods.typed["stock"] = left
    reader.saw("stock", left)


def _further(reader: _Reader) -> None:
    """Columns that go to the form as they are written; empty ones leave what is there."""
    for name in BY_THE_FORM:
        if not reader.filled(name):
            continue
        words = reader.words(name)
        if unit := measured_in(reader.head(name)) if name == "content" else "":
            words = (
                f"{words} {unit}" if words.replace(",", "").replace(".", "").isdigit() else words
            )
        if words:
            reader.goods.typed[name] = words
            reader.saw(name, words)


def _fact(reader: _Reader, name: str, vocabulary: Vocabulary) -> None:
    words = reader.words(name)
    if not words:
        return
    try:
        typed = facts.form_text(name, words, vocabulary)
    except Problem as problem:
        reader.bad(name, problem)
        return
    reader.goods.typed[facts.COLUMNS[name].form] = typed
    reader.saw(name, words)


_COLUMN_OF: Final = {column.form: name for name, column in facts.COLUMNS.items()}


def _by_the_form(reader: _Reader) -> None:
    """What the form would refuse is refused here, at the cell it stands in."""
    _, problems = read(reader.goods.typed)
    for problem in problems:
        field = problem.field or "name"
        reader.bad(_COLUMN_OF.get(field, field), problem)
