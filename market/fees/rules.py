"""Commission and withheld tax on one seller's part of an order, by dated rows."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final, Protocol, TypeVar

import yaml

from integrations.contracts.errors import N_, Problem
from integrations.contracts.money import part_of

TAX_RATES: Final = Path(__file__).parent / "data" / "tax_rates.yaml"
COMMISSION: Final = Path(__file__).parent / "data" / "commission.yaml"


@dataclass(frozen=True, slots=True)
class TaxRow:
    """One line of the law: millionths of the gross, valid from the first to the last day.

    `seller_kind` is the producer's kind: household, group, cooperative or firm; `tax_class` is
    the listing's: goods_distribution, own_production, raw_farm_produce or services.
    """

    seller_kind: str
    tax_class: str
    vat_ppm: int
    pit_ppm: int
    valid_from: date
    valid_to: date | None
    legal_ref: str
    confirmed_by_operator: bool

    def __post_init__(self) -> None:
        _check_span(self.valid_from, self.valid_to)
        _check_rate(self.vat_ppm + self.pit_ppm, self.vat_ppm, self.pit_ppm)


@dataclass(frozen=True, slots=True)
class CommissionRow:
    """The programme's own share: millionths of the gross, first and last day included."""

    rate_ppm: int
    valid_from: date
    valid_to: date | None
    legal_ref: str
    confirmed_by_operator: bool

    def __post_init__(self) -> None:
        _check_span(self.valid_from, self.valid_to)
        _check_rate(self.rate_ppm)


@dataclass(frozen=True, slots=True)
class Fees:
    """What becomes of a gross amount; the parts and the net always sum to it."""

    gross_vnd: int
    commission_vnd: int
    vat_vnd: int
    pit_vnd: int

    @property
    def net_vnd(self) -> int:
        """What is left to the seller."""
        return self.gross_vnd - self.commission_vnd - self.vat_vnd - self.pit_vnd


def fees_for(  # noqa: PLR0917 - read as a sentence: this much, sold by, of this class, on this day
    gross_vnd: int,
    seller_kind: str,
    tax_class: str,
    on: date,
    tax_rows: Iterable[TaxRow],
    commission_rows: Iterable[CommissionRow],
) -> Fees:
    """Commission, VAT and PIT on `gross_vnd` by the rows of the day (in Viet Nam).

    Rounding: each to a whole đồng, half up. A class without a row of the day is taxed by the
    highest row of the seller's kind (Decree 117/2025 Art 5, kept by Decree 252/2026 Art 44).
    Raises `Problem` (`fees.no_rule`) when the day has no row at all: that is never a zero.
    """
    if gross_vnd < 0:
        raise ValueError("fees are taken from what a buyer pays, never from a refund")
    tax = _tax_row(seller_kind, tax_class, on, tax_rows)
    commission = _latest(_of_day(commission_rows, on))
    return Fees(
        gross_vnd=gross_vnd,
        commission_vnd=part_of(gross_vnd, commission.rate_ppm),
        vat_vnd=part_of(gross_vnd, tax.vat_ppm),
        pit_vnd=part_of(gross_vnd, tax.pit_ppm),
    )


def tax_rates_of(seller_kind: str, on: date, tax_rows: Iterable[TaxRow]) -> dict[str, int]:
    """What is withheld from a kind of seller on a day, VAT and PIT together, class by class."""
    of_kind = [row for row in _of_day(tax_rows, on) if row.seller_kind == seller_kind]
    classes = dict.fromkeys(row.tax_class for row in of_kind)
    held = {name: _latest([row for row in of_kind if row.tax_class == name]) for name in classes}
    return {name: row.vat_ppm + row.pit_ppm for name, row in held.items()}


class _Dated(Protocol):
    @property
    def valid_from(self) -> date: ...
    @property
    def valid_to(self) -> date | None: ...


D = TypeVar("D", bound=_Dated)
R = TypeVar("R", TaxRow, CommissionRow)


def _of_day(rows: Iterable[D], on: date) -> list[D]:
    return [
        row for row in rows if row.valid_from <= on and (row.valid_to is None or on <= row.valid_to)
    ]


def _latest(rows: Sequence[D]) -> D:
    """The row that began last; of two that began together the one given later."""
    if not rows:
        raise Problem(
            "fees.no_rule",
            N_("The fees for this sale are not set yet. The programme has to enter them first."),
            who="staff",
        )
    return max(enumerate(rows), key=lambda pair: (pair[1].valid_from, pair[0]))[1]


def _tax_row(seller_kind: str, tax_class: str, on: date, rows: Iterable[TaxRow]) -> TaxRow:
    of_kind = [row for row in _of_day(rows, on) if row.seller_kind == seller_kind]
    exact = [row for row in of_kind if row.tax_class == tax_class]
    if exact:
        return _latest(exact)
    # Highest among the rows that hold: a row that another one has replaced does not count.
    classes = {row.tax_class for row in of_kind}
    holding = [_latest([row for row in of_kind if row.tax_class == name]) for name in classes]
    highest = max((row.vat_ppm + row.pit_ppm for row in holding), default=0)
    return _latest([row for row in holding if row.vat_ppm + row.pit_ppm == highest])


def _check_span(valid_from: date, valid_to: date | None) -> None:
    if valid_to is not None and valid_to < valid_from:
        raise ValueError(f"a row ends {valid_to}, before it begins {valid_from}")


def _check_rate(*rates_ppm: int) -> None:
    if not all(0 <= rate <= 1_000_000 for rate in rates_ppm):
        raise ValueError("a rate is 0 to 1,000,000 millionths")


_TYPES: dict[str, tuple[type, ...]] = {
    "vat_ppm": (int,),
    "pit_ppm": (int,),
    "rate_ppm": (int,),
    "valid_from": (date,),
    "valid_to": (date, type(None)),
    "confirmed_by_operator": (bool,),
}


def load_rows(path: Path, row_type: type[R]) -> list[R]:
    """The rows of a YAML file: a list of mappings with exactly the fields of `row_type`.

    Raises `ValueError` that names the row and the field; nothing is guessed or defaulted.
    """
    listed = yaml.safe_load(path.read_text("utf-8"))
    if not isinstance(listed, list):
        raise ValueError(f"{path.name}: a list of rows is needed")
    return [_row(raw, row_type, f"{path.name} row {at}") for at, raw in enumerate(listed, start=1)]


def _row(raw: Any, row_type: type[R], where: str) -> R:
    names = [field.name for field in fields(row_type)]
    if not isinstance(raw, dict) or set(raw) != set(names):
        raise ValueError(f"{where}: the fields are {', '.join(names)}")
    for name in names:
        value = raw[name]
        # YAML's true is also an int in Python, and a time stamp also a date.
        exact = type(value) in _TYPES.get(name, (str,))
        if not exact or isinstance(value, datetime) or value == "":
            raise ValueError(f"{where}: {name} cannot be {value!r}")
    try:
        return row_type(**raw)
    except ValueError as error:
        raise ValueError(f"{where}: {error}") from error
