"""What people write into a cell is read, or refused with what to write instead."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integrations.contracts.errors import Problem
from integrations.contracts.money import MAX_AMOUNT_VND, format_vnd
from integrations.contracts.text import clean_text
from integrations.runtime.sheets import safe_text
from market.listing.schemas import STOCK_MAX, read
from market.sheets.rules.cells import price_of, quoted, size_of, stock_of, text_of, words_of


@pytest.mark.parametrize(
    ("cell", "amount", "kind", "words"),
    [
        ("1,2 kg", "1200", "g", "1,2 kg"),
        ("0.5kg", "500", "g", "500 g"),
        ("500gr", "500", "g", "500 g"),
        ("500 gram", "500", "g", "500 g"),
        ("2 lạng", "200", "g", "200 g"),
        ("1 yến", "10000", "g", "10 kg"),
        ("1 tạ", "100000", "g", "100 kg"),
        ("0,5 lít", "500", "ml", "500 ml"),
        ("1L", "1000", "ml", "1 lít"),
        ("650ml", "650", "ml", "650 ml"),
        ("10 quả", "10", "piece", "10 quả"),
        ("2 chục", "20", "piece", "20 cái"),
        ("20 túi x 2g", "40", "g", "40 g"),
    ],
)
def test_a_size_is_read_as_people_write_it(cell: str, amount: str, kind: str, words: str) -> None:
    size = size_of(cell)
    assert size is not None
    assert (size.amount, size.kind, size.words()) == (Decimal(amount), kind, words)


@pytest.mark.parametrize("cell", ["", None, "loại to", "hộp quà", "500 xyz"])
def test_other_words_about_a_size_are_no_size(cell: str | None) -> None:
    assert size_of(cell) is None


def test_a_bare_number_is_counted_as_the_head_says() -> None:
    size = size_of(500, unit="g")
    assert size is not None and size.words() == "500 g"
    with pytest.raises(Problem) as refused:
        size_of(500)
    assert refused.value.code == "size.no_unit"


def test_a_size_of_nothing_is_refused() -> None:
    with pytest.raises(Problem) as refused:
        size_of("0 kg")
    assert refused.value.code == "size.nothing"


@pytest.mark.parametrize(
    ("cell", "amount_vnd"),
    [
        ("45.000đ", 45_000),
        ("70k", 70_000),
        ("1,9 triệu", 1_900_000),
        ("450 000", 450_000),
        ("52.000 VNĐ", 52_000),
        (40000, 40_000),
        ("45.000đ/kg", 45_000),
    ],
)
def test_a_price_is_read_as_people_write_it(cell: str | int, amount_vnd: int) -> None:
    amount, _ = price_of(cell, thousands=False)
    changes, problems = read({"price": amount})
    assert (changes.price_vnd, problems) == (amount_vnd, [])


def test_the_unit_behind_a_price_is_kept() -> None:
    assert price_of("45.000đ/quả", thousands=False) == ("45.000đ", "quả")


@pytest.mark.parametrize(("cell", "amount"), [(45, "45000"), ("45", "45000"), (45.5, "45500")])
def test_thousands_are_read_where_the_head_says_so(cell: float | str, amount: str) -> None:
    assert price_of(cell, thousands=True) == (amount, "")


def test_part_of_a_dong_is_refused() -> None:
    with pytest.raises(Problem) as refused:
        price_of(45000.5, thousands=False)
    assert refused.value.code == "price.not_whole"


@pytest.mark.parametrize(
    ("cell", "left"),
    [
        ("hết hàng", "0"),
        ("Hết", "0"),
        (12, "12"),
        ("15 quả", "15"),
        ("15 hộp", "15"),
        ("còn 20", "20"),
        ("1.000", "1.000"),
    ],
)
def test_what_is_left_is_read(cell: str | int, left: str) -> None:
    assert stock_of(cell, unit="hộp") == left


@pytest.mark.parametrize("cell", ["nhiều", "-3", 1.5, "1,5 tạ", "khoảng vài chục"])
def test_what_is_left_without_a_number_is_refused(cell: str | float) -> None:
    with pytest.raises(Problem) as refused:
        stock_of(cell, unit="hộp")
    assert refused.value.code == "stock.unreadable"


def test_kilograms_are_no_pieces() -> None:
    with pytest.raises(Problem) as refused:
        stock_of("15 kg", unit="quả")
    assert refused.value.code == "stock.other_unit"


@pytest.mark.parametrize("cell", ["=1+1", '=HYPERLINK("http://x","y")', "@SUM(A1)", "＝1+1"])
def test_a_formula_in_words_is_refused(cell: str) -> None:
    with pytest.raises(Problem) as refused:
        words_of(cell)
    assert refused.value.code == "sheet.formula"


def test_a_bullet_before_words_goes() -> None:
    assert words_of("- Bưởi") == words_of("• Bưởi") == words_of("+ Bưởi") == "Bưởi"


@given(st.text(max_size=60))
def test_what_is_quoted_on_the_way_out_comes_back_and_runs_nowhere(text: str) -> None:
    kept = clean_text(text)
    cell = quoted(kept)
    assert text_of(cell) == words_of(cell) == kept
    assert safe_text(cell) == cell


@given(
    st.one_of(st.text(max_size=80), st.integers(), st.floats(allow_nan=False, allow_infinity=False))
)
def test_any_cell_is_read_or_refused_in_words(cell: str | int | float) -> None:
    for reader in (
        lambda: size_of(cell),
        lambda: price_of(cell, thousands=True),
        lambda: price_of(cell, thousands=False),
        lambda: stock_of(cell, unit="kg"),
    ):
        try:
            reader()
        except Problem as problem:
            assert problem.message


@given(st.integers(1, 9_999), st.sampled_from(["kg", "g", "ml", "lít"]))
def test_a_size_that_was_shown_is_read_the_same(amount: int, unit: str) -> None:
    size = size_of(f"{amount} {unit}")
    assert size is not None
    again = size_of(size.words())
    assert again is not None and (again.amount, again.kind) == (size.amount, size.kind)


@settings(deadline=None)
@given(
    st.decimals("0.001", "9999", places=3, allow_nan=False),
    st.sampled_from(["kg", "g", "lạng", "yến", "lít", "ml", "quả", "túi"]),
)
def test_any_size_that_was_shown_is_read_the_same(amount: Decimal, unit: str) -> None:
    size = size_of(f"{amount:f}".replace(".", ",") + f" {unit}")
    assert size is not None
    again = size_of(size.words())
    assert again is not None and (again.amount, again.kind) == (size.amount, size.kind)


@settings(deadline=None)
@given(st.integers(1, MAX_AMOUNT_VND))
def test_a_price_that_was_shown_is_read_the_same(amount_vnd: int) -> None:
    amount, unit = price_of(format_vnd(amount_vnd), thousands=False)
    changes, problems = read({"price": amount})
    assert (changes.price_vnd, unit, problems) == (amount_vnd, "", [])


@settings(deadline=None)
@given(st.integers(0, STOCK_MAX))
def test_what_is_left_is_read_as_it_was_shown(left: int) -> None:
    for shown in (str(left), f"{left:,}".replace(",", "."), f"còn {left} hộp"):
        changes, problems = read({"stock": stock_of(shown, unit="hộp")})
        assert (changes.stock, problems) == (left, [])
