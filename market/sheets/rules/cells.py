"""What people write into a cell: sizes, amounts, what is left."""

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final

from integrations.contracts.errors import N_, Problem
from integrations.contracts.text import clean_text, fold, without_marks

# Grams, millilitres and pieces of one unit. A yến is 10 kg, a tạ 100 kg, a lạng 100 g.
_UNITS: Final = {
    **dict.fromkeys(("g", "gr", "gam", "gram"), ("g", 1)),
    "lang": ("g", 100),
    **dict.fromkeys(("kg", "ky", "ki", "kilo", "kilogam", "kilogram", "can"), ("g", 1_000)),
    "yen": ("g", 10_000),
    "ta": ("g", 100_000),
    "tan": ("g", 1_000_000),
    "ml": ("ml", 1),
    "cl": ("ml", 10),
    **dict.fromkeys(("l", "lit", "litre", "liter"), ("ml", 1_000)),
    **dict.fromkeys(
        ("qua", "trai", "cai", "chiec", "con", "goi", "tui", "vien", "mieng", "bo", "cu", "banh",
         "chai", "hop", "hu", "lo", "bich", "bao", "thung", "cay", "to", "cuon", "bong"),
        ("piece", 1),
    ),
    "chuc": ("piece", 10),
    "ta qua": ("piece", 12),
}  # fmt: skip
_SIZE: Final = re.compile(r"^(\d+(?:[.,]\d+)?) ?([a-z]+(?: qua)?)$")
_TIMES: Final = re.compile(r"^(\d+) ?([a-z]*) ?[x*×] ?(\d+(?:[.,]\d+)?) ?([a-z]+)$")
_LEFT: Final = re.compile(r"^(?:con |con lai |khoang )?(\d[\d. ]*)(?: ?([a-z][a-z ]*))?$")
_NOTHING_LEFT: Final = frozenset({"het", "het hang", "tam het", "tam het hang", "khong con", "0"})
_PER: Final = re.compile(r"^(.*\S)\s*/\s*(\D{1,30})$")
# What a spreadsheet may run; a minus or a bullet before words is only taken off.
_RUN: Final = tuple("=@＝＠")
_LEAD: Final = "+-|•*–—＋－\t\r\n "
_TO_QUOTE: Final = ("'", *_RUN, *_LEAD)
# Less than any goods cost: where "45.000" became 45 in the spreadsheet.
PRICE_MIN_VND: Final = 500


@dataclass(frozen=True, slots=True)
class Size:
    """How much one piece of the goods is: `kind` is g, ml or piece."""

    amount: Decimal
    kind: str
    unit: str

    def words(self) -> str:
        """As people write it: 1,2 kg · 900 g · 500 ml · 1 lít · 10 quả."""
        if self.kind == "piece":
            return f"{_number(self.amount)} {self.unit}".strip()
        large, small = ("kg", "g") if self.kind == "g" else ("lít", "ml")
        if self.amount >= 1_000:
            return f"{_number(self.amount / 1_000)} {large}"
        return f"{_number(self.amount)} {small}"


def _number(amount: Decimal) -> str:
    whole = f"{amount.normalize():f}"
    return whole.replace(".", ",")


def quoted(text: str) -> str:
    """Text for a cell that no spreadsheet runs and `text_of` reads back: "=1+1" -> "'=1+1"."""
    return f"'{text}" if text.startswith(_TO_QUOTE) else text


def _is_quoted(text: str) -> bool:
    return text.startswith("'") and text[1:].startswith(_TO_QUOTE)


@lru_cache(maxsize=1_024, typed=True)
def text_of(cell: Any) -> str:
    """A cell as text, whole numbers without a point; what was quoted against formulas bare."""
    if cell is None:
        return ""
    if isinstance(cell, float):
        return f"{Decimal(repr(cell)):f}"
    text = clean_text(str(cell))
    return text[1:] if _is_quoted(text) else text


@lru_cache(maxsize=1_024, typed=True)
def words_of(cell: Any) -> str:
    """Text of a cell that holds words; its lines stay.

    Raises `Problem` (`sheet.formula`) where a spreadsheet would run it; a bullet in front goes.
    """
    if _is_quoted("" if cell is None else str(cell)):
        return text_of(cell)
    text = text_of(cell)
    if text.startswith(_RUN):
        raise Problem(
            "sheet.formula", N_("A formula stands here. Please type the words themselves.")
        )
    return text.lstrip(_LEAD)


@lru_cache(maxsize=1_024)
def _bare(text: str) -> str:
    """Lower case without diacritics; points and commas stay."""
    lowered = unicodedata.normalize("NFKD", text.casefold()).replace("đ", "d")
    return " ".join(without_marks(lowered).split()).rstrip(".")


def size_of(cell: Any, *, unit: str = "") -> Size | None:
    """ "1,2 kg", "500gr", "1 yến", "0,5 lít", "10 quả", "20 túi x 2g"; None for other words.

    `unit` is what the head of the column says, for bare numbers. Raises `Problem`
    (`size.nothing` for 0, `size.no_unit` for a number that could be anything).
    """
    text = _bare(words_of(cell))
    if not text:
        return None
    if times := _TIMES.match(text):
        how_many, _, each, measure = times.groups()
        if measure in _UNITS:
            kind, factor = _UNITS[measure]
            return _above_0(Size(int(how_many) * _decimal(each) * factor, kind, measure))
    if re.fullmatch(r"\d+([.,]\d+)?", text):
        if not unit:
            raise Problem(
                "size.no_unit", N_("Please add in what it is counted, such as 500 g or 1,2 kg.")
            )
        text = f"{text} {unit}"
    found = _SIZE.match(text)
    if found is None or found[2] not in _UNITS:
        return None
    kind, factor = _UNITS[found[2]]
    said = re.sub(r"^[\d.,\s]+", "", words_of(cell)) or found[2]
    amount = _decimal(found[1])
    if kind == "piece" and factor > 1:
        said = "cái"
    return _above_0(Size(amount * factor, kind, said))


def _decimal(text: str) -> Decimal:
    return Decimal(text.replace(",", "."))


def _above_0(size: Size) -> Size:
    if size.amount <= 0:
        raise Problem("size.nothing", N_("This must be above 0. Please type it again."))
    return size


def unit_size(unit: str) -> Size | None:
    """What one of a unit is by itself: "kg" is 1 kg, "yến" 10 kg, "chục" 10; None for a jar."""
    known = _UNITS.get(_bare(unit))
    if known is None or known == ("piece", 1):
        return None
    return Size(Decimal(known[1]), known[0], "cái" if known[0] == "piece" else unit)


def price_of(cell: Any, *, thousands: bool) -> tuple[str, str]:
    """An amount as the form takes it, and the unit after a stroke: "45.000đ/kg".

    Raises `Problem` (`price.not_whole`) for a number with a part of a đồng.
    """
    if isinstance(cell, float):
        if not thousands or not (cell * 1_000).is_integer():
            raise Problem(
                "price.not_whole", N_("The price must be whole đồng. Please type it again.")
            )
        return str(int(cell * 1_000)), ""
    text = words_of(cell) if not str(cell or "").strip().startswith(("-", "−")) else text_of(cell)
    per = _PER.match(text)
    amount, unit = (per[1], per[2].strip()) if per else (text, "")
    if thousands and re.fullmatch(r"\d{1,6}", amount):
        amount = f"{amount}000"
    return amount, unit


def check_price(amount_vnd: int) -> None:
    """Raises `Problem` (`price.too_small`) for what is most likely thousands."""
    if amount_vnd < PRICE_MIN_VND:
        raise Problem(
            "price.too_small",
            N_("{amount} đồng is very little. Please type the price in full, such as 45.000."),
            params={"amount": amount_vnd},
        )


def stock_of(cell: Any, *, unit: str) -> str:
    """What is left as the form takes it: "15 quả" -> "15", "hết hàng" -> "0".

    Raises `Problem` (`stock.unreadable`; `stock.other_unit` for kg where pieces are sold).
    """
    if isinstance(cell, float):
        raise _unreadable()
    text = _bare(text_of(cell))
    if fold(text) in _NOTHING_LEFT:
        return "0"
    found = _LEFT.match(text)
    if found is None:
        raise _unreadable()
    counted, sold = _UNITS.get(found[2] or ""), _UNITS.get(_bare(unit))
    if found[2] and counted and sold and counted[0] != sold[0] and "g" in (counted[0], sold[0]):
        raise Problem(
            "stock.other_unit",
            N_("It is sold by {unit}, so please count it in {unit}."),
            params={"unit": unit},
        )
    return found[1].strip().replace(" ", "")


def _unreadable() -> Problem:
    return Problem("stock.unreadable", N_("Please type how many are left, such as 12."))
