"""Weight, size and time are read as people write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.contracts.errors import Problem
from integrations.contracts.measures import (
    SIDE_MAX_MM,
    WEIGHT_MAX_G,
    read_days,
    read_size,
    read_weight,
    said_size,
    said_weight,
)


@pytest.mark.parametrize(
    ("typed", "grams"),
    [
        ("1,2 kg", 1_200), ("1.2kg", 1_200), ("500gr", 500), ("500 g", 500), ("500", 500),
        ("1.200", 1_200), ("1.200 g", 1_200), ("1kg2", 1_200), ("1 kí 25", 1_250), ("2 lạng", 200),
        ("1 yến", 10_000), ("0,5 tạ", 50_000), ("1,25 kg", 1_250), ("3 ký", 3_000),
        ("12 Cân", 12_000), ("250 gam", 250), ("  1,2\u00a0KG ", 1_200),
    ],
)  # fmt: skip
def test_weights_are_understood(typed: str, grams: int) -> None:
    assert read_weight(typed) == grams


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("nặng lắm", "weight.unreadable"), ("1,2", "weight.unreadable"),
        ("0,5 lít", "weight.unreadable"), ("1,5kg2", "weight.unreadable"),
        ("1.2.3 kg", "weight.unreadable"), ("-5 kg", "weight.unreadable"),
        ("", "weight.unreadable"), ("9" * 60, "weight.unreadable"), ("0", "weight.range"),
        ("101 kg", "weight.range"), ("2 tạ", "weight.range"),
    ],
)  # fmt: skip
def test_unclear_weights_are_asked_again(typed: str, code: str) -> None:
    with pytest.raises(Problem) as refused:
        read_weight(typed)
    assert refused.value.code == code


@given(st.integers(1, WEIGHT_MAX_G))
def test_a_weight_as_it_is_shown_is_read_back(grams: int) -> None:
    assert read_weight(said_weight(grams)) == grams


def test_weights_are_shown_as_people_write_them() -> None:
    assert [said_weight(grams) for grams in (500, 1_200, 2_000, 1_234)] == [
        *("500 g", "1,2 kg", "2 kg", "1,234 kg")
    ]


@given(st.text(max_size=60))
def test_any_text_is_a_weight_or_a_refusal(typed: str) -> None:
    try:
        grams = read_weight(typed)
    except Problem as problem:
        assert problem.code in ("weight.unreadable", "weight.range")
    else:
        assert 0 < grams <= WEIGHT_MAX_G


@pytest.mark.parametrize(
    ("typed", "size_mm"),
    [
        ("20 x 15 x 10 cm", (200, 150, 100)), ("20x15x10", (200, 150, 100)),
        ("200×150×100mm", (200, 150, 100)), ("1,6m x 15cm x 15cm", (1_600, 150, 150)),
        ("8,5 * 8,5 * 27 cm", (85, 85, 270)),
    ],
)  # fmt: skip
def test_sizes_are_understood(typed: str, size_mm: tuple[int, int, int]) -> None:
    assert read_size(typed) == size_mm


@pytest.mark.parametrize("typed", ["", "20 x 15", "to", "0 x 1 x 1 cm", "4 x 1 x 1 m"])
def test_unclear_sizes_are_asked_again(typed: str) -> None:
    with pytest.raises(Problem) as refused:
        read_size(typed)
    assert refused.value.code in ("size.unreadable", "size.range")


@given(st.tuples(*[st.integers(1, SIDE_MAX_MM)] * 3))
def test_a_size_as_it_is_shown_is_read_back(size_mm: tuple[int, int, int]) -> None:
    assert read_size(said_size(size_mm)) == size_mm


@pytest.mark.parametrize(
    ("typed", "days"),
    [
        ("7", 7), ("7 ngày", 7), ("2 tuần", 14), ("1 tháng", 30), ("12 tháng", 365),
        ("2 năm", 730), ("60 days", 60),
    ],
)  # fmt: skip
def test_how_long_it_keeps_is_understood(typed: str, days: int) -> None:
    assert read_days(typed) == days


@pytest.mark.parametrize("typed", ["", "lâu", "0", "11 năm", "3 giờ"])
def test_an_unclear_time_is_asked_again(typed: str) -> None:
    with pytest.raises(Problem) as refused:
        read_days(typed)
    assert refused.value.code in ("days.unreadable", "days.range")
