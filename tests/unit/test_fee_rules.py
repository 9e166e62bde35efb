"""Fees by dated rows: the example of the law, borders between days, rows that are missing."""

from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.contracts.errors import Problem
from market.catalog.models import TaxClass
from market.fees.rules import (
    COMMISSION,
    TAX_RATES,
    CommissionRow,
    Fees,
    TaxRow,
    fees_for,
    load_rows,
)
from sellers.producers.models import ProducerKind

TAX = load_rows(TAX_RATES, TaxRow)
FREE = load_rows(COMMISSION, CommissionRow)
START = date(2025, 7, 1)
THREE_PERCENT = [CommissionRow(30_000, START, None, "test", True)]
TODAY = date(2026, 11, 20)
KINDS = [kind.value for kind in ProducerKind]


def row(vat_ppm: int, valid_from: date = START, valid_to: date | None = None) -> TaxRow:
    return TaxRow("household", "services", vat_ppm, 0, valid_from, valid_to, "test", True)


def fees(
    gross_vnd: int,
    kind: str,
    tax_class: str,
    on: date,
    tax_rows: list[TaxRow],
    *,
    commission_rows: list[CommissionRow] = FREE,
) -> Fees:
    return fees_for(
        gross_vnd,
        seller_kind=kind,
        tax_class=tax_class,
        on=on,
        tax_rows=tax_rows,
        commission_rows=commission_rows,
    )


def test_the_example() -> None:
    taken = fees(
        185_000, "household", "goods_distribution", TODAY, TAX, commission_rows=THREE_PERCENT
    )
    assert taken == Fees(185_000, 5_550, 1_850, 925)
    assert taken.net_vnd == 176_675


@pytest.mark.parametrize(
    ("kind", "tax_class", "on", "vat_vnd", "pit_vnd"),
    [
        ("household", "goods_distribution", date(2026, 6, 30), 1_000, 500),
        ("household", "own_production", date(2026, 6, 30), 1_000, 500),
        ("household", "own_production", date(2026, 7, 1), 3_000, 1_500),
        ("household", "raw_farm_produce", TODAY, 1_000, 500),
        ("household", "services", TODAY, 5_000, 2_000),
        ("group", "own_production", TODAY, 3_000, 1_500),
        ("household", "something else", TODAY, 5_000, 2_000),
        ("cooperative", "own_production", TODAY, 0, 0),
        ("firm", "services", TODAY, 0, 0),
        ("firm", "something else", TODAY, 0, 0),
    ],
)
def test_first_rows(kind: str, tax_class: str, on: date, vat_vnd: int, pit_vnd: int) -> None:
    assert fees(100_000, kind, tax_class, on, TAX) == Fees(100_000, 0, vat_vnd, pit_vnd)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("tax_class", TaxClass)
def test_every_day_has_one_row_that_says_so(kind: str, tax_class: str) -> None:
    rows = sorted(
        (r for r in TAX if (r.seller_kind, r.tax_class) == (kind, tax_class)),
        key=lambda r: r.valid_from,
    )
    assert rows[0].valid_from == START and rows[-1].valid_to is None
    for before, after in pairwise(rows):
        assert before.valid_to is not None
        assert after.valid_from - before.valid_to == timedelta(days=1)
    assert all(r.legal_ref and not r.confirmed_by_operator for r in rows)


@pytest.mark.parametrize(
    ("rows", "kind", "on"),
    [
        ([], "household", TODAY),
        (TAX, "household", date(2025, 6, 30)),
        (TAX, "", TODAY),
        ([row(1, START, START)], "household", START + timedelta(days=1)),
    ],
)
def test_a_day_without_rows_is_never_free(rows: list[TaxRow], kind: str, on: date) -> None:
    with pytest.raises(Problem) as caught:
        fees(1_000, kind, "services", on, rows)
    assert (caught.value.code, caught.value.who) == ("fees.no_rule", "staff")


def test_a_day_without_commission_is_never_free() -> None:
    with pytest.raises(Problem):
        fees(1_000, "household", "services", TODAY, TAX, commission_rows=[])


def test_the_latest_row_holds_and_a_later_one_overrides() -> None:
    rows = [row(1_000), row(3_000, date(2026, 1, 1)), row(2_000, date(2026, 1, 1))]
    assert fees(10**6, "household", "services", TODAY, rows).vat_vnd == 2_000
    assert fees(10**6, "household", "services", START, rows).vat_vnd == 1_000


def test_a_replaced_row_does_not_count_as_highest() -> None:
    rows = [row(90_000), row(20_000, date(2026, 1, 1))]
    assert fees(10**6, "household", "unknown", TODAY, rows).vat_vnd == 20_000


def test_refunds_do_not_come_here() -> None:
    with pytest.raises(ValueError, match="refund"):
        fees(-1, "household", "services", TODAY, TAX)


@given(
    st.integers(0, 10**11),
    st.sampled_from(KINDS),
    st.sampled_from([*TaxClass, "unknown"]),
    st.dates(START, date(2030, 1, 1)),
    st.integers(0, 300_000),
)
def test_parts_sum_and_nothing_is_negative(
    gross_vnd: int, kind: str, tax_class: str, on: date, rate_ppm: int
) -> None:
    commission = [replace(THREE_PERCENT[0], rate_ppm=rate_ppm)]
    taken = fees(gross_vnd, kind, tax_class, on, TAX, commission_rows=commission)
    parts = (taken.commission_vnd, taken.vat_vnd, taken.pit_vnd, taken.net_vnd)
    assert sum(parts) == gross_vnd and min(parts) >= 0


@pytest.mark.parametrize("wrong", [{"vat_ppm": -1}, {"vat_ppm": 1_000_001}, {"pit_ppm": 950_001}])
def test_impossible_rates_are_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="millionths"):
        replace(row(50_000), **wrong)  # type: ignore[arg-type]


def test_a_span_runs_forward() -> None:
    with pytest.raises(ValueError, match="before it begins"):
        row(1, TODAY, START)


GOOD = """
- rate_ppm: 30000
  valid_from: 2026-01-01
  valid_to: null
  legal_ref: test
  confirmed_by_operator: true
"""


def test_a_file_becomes_rows(tmp_path: Path) -> None:
    file = tmp_path / "rows.yaml"
    file.write_text(GOOD, "utf-8")
    assert load_rows(file, CommissionRow) == [
        CommissionRow(30_000, date(2026, 1, 1), None, "test", True)
    ]


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (GOOD, "", "a list of rows"),
        (GOOD, "- 5", "rows.yaml row 1: the fields are rate_ppm"),
        ("  valid_to: null\n", "", "the fields are"),
        ("  valid_to: null\n", "  valid_to: null\n  more: 1\n", "the fields are"),
        ("30000", "0.03", "rate_ppm cannot be 0.03"),
        ("30000", "true", "rate_ppm cannot be True"),
        ("30000", "-1", "row 1: a rate is"),
        ("2026-01-01", "soon", "valid_from cannot be 'soon'"),
        ("2026-01-01", "2026-01-01 10:00:00", "valid_from cannot be"),
        ("null", "2025-01-01", "row 1: a row ends"),
        ("test", '""', "legal_ref cannot be ''"),
        ("true", "1", "confirmed_by_operator cannot be 1"),
    ],
)
def test_a_wrong_file_names_row_and_field(old: str, new: str, words: str, tmp_path: Path) -> None:
    file = tmp_path / "rows.yaml"
    file.write_text(GOOD.replace(old, new), "utf-8")
    with pytest.raises(ValueError, match=words):
        load_rows(file, CommissionRow)
