"""Money: what people type, what they see, and sums that never lose a đồng."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.contracts.errors import Problem
from integrations.contracts.money import (
    MAX_AMOUNT_VND,
    format_vnd,
    parse_vnd,
    part_of,
    split_by_weight,
)

amounts = st.integers(0, MAX_AMOUNT_VND)


@pytest.mark.parametrize(
    ("typed", "amount_vnd"),
    [
        ("45.000đ", 45_000),
        ("45,000", 45_000),
        (" 45 000 Đ ", 45_000),
        ("45.000 ₫", 45_000),
        ("45000 đồng", 45_000),
        ("45.000 VND", 45_000),
        ("70k", 70_000),
        ("1,5K", 1_500),
        ("45 nghìn", 45_000),
        ("45 ngàn", 45_000),
        ("1,9 triệu", 1_900_000),
        ("1.25tr", 1_250_000),
        ("2 tỷ", 2_000_000_000),
        ("４５.０００", 45_000),
        ("0", 0),
        ("100.000.000.000", MAX_AMOUNT_VND),
    ],
)
def test_amounts_as_people_write_them(typed: str, amount_vnd: int) -> None:
    assert parse_vnd(typed) == amount_vnd


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("", "money.unreadable"),
        ("bốn lăm", "money.unreadable"),
        ("1.5", "money.unreadable"),
        ("1,5 đ", "money.unreadable"),
        ("45.00.000", "money.unreadable"),
        ("45 usd", "money.unreadable"),
        ("<b>45</b>", "money.unreadable"),
        # A thousand times apart, depending on who reads it.
        ("1,255 triệu", "money.unreadable"),
        ("1.255 tỷ", "money.unreadable"),
        ("-5.000", "money.negative"),
        ("−5.000", "money.negative"),
        ("100.000.000.001", "money.too_large"),
        ("101 tỷ", "money.too_large"),
        ("9" * 10_000, "money.unreadable"),
        ("1" + " " * 50_000 + "!", "money.unreadable"),
    ],
)
def test_the_rest_is_refused_with_a_sentence(typed: str, code: str) -> None:
    with pytest.raises(Problem) as caught:
        parse_vnd(typed)
    assert caught.value.code == code


@given(st.text())
def test_any_text_gives_an_amount_or_a_problem(typed: str) -> None:
    try:
        assert 0 <= parse_vnd(typed) <= MAX_AMOUNT_VND
    except Problem as problem:
        assert problem.code.startswith("money.")


@given(amounts)
def test_what_is_shown_reads_back(amount_vnd: int) -> None:
    assert parse_vnd(format_vnd(amount_vnd)) == amount_vnd


@pytest.mark.parametrize(
    ("amount_vnd", "shown"),
    [(185_000, "185.000\u00a0₫"), (0, "0\u00a0₫"), (-1_500, "−\u00a01.500\u00a0₫")],
)
def test_shown(amount_vnd: int, shown: str) -> None:
    assert format_vnd(amount_vnd) == shown


@pytest.mark.parametrize(
    ("total", "weights", "parts"),
    [
        (10_000, [185_000, 315_000, 99_999], [3_083, 5_250, 1_667]),
        (100, [1, 1, 1], [34, 33, 33]),
        (-100, [1, 1, 1], [-34, -33, -33]),
        (5, [0, 1, 0], [0, 5, 0]),
    ],
)
def test_split_examples(total: int, weights: list[int], parts: list[int]) -> None:
    assert split_by_weight(total, weights) == parts


@given(
    st.integers(-MAX_AMOUNT_VND, MAX_AMOUNT_VND),
    st.lists(st.integers(0, 10**9), min_size=1, max_size=20).filter(any),
)
def test_split_keeps_the_sum_and_is_fair(total: int, weights: list[int]) -> None:
    parts = split_by_weight(total, weights)
    assert sum(parts) == total
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part * sum(weights) - total * weight) < sum(weights)


@pytest.mark.parametrize("weights", [[], [0], [0, 0], [2, -1], [-1]])
def test_split_refuses_weights_that_share_nothing(weights: list[int]) -> None:
    with pytest.raises(ValueError):
        split_by_weight(10, weights)


@pytest.mark.parametrize(
    ("amount_vnd", "rate_ppm", "part"),
    [(185_000, 10_000, 1_850), (185_000, 5_000, 925), (100, 5_000, 1), (99, 5_000, 0), (7, 0, 0)],
)
def test_part_of_rounds_half_up(amount_vnd: int, rate_ppm: int, part: int) -> None:
    assert part_of(amount_vnd, rate_ppm) == part


@given(amounts, st.integers(0, 1_000_000))
def test_part_of_is_within_half_a_dong(amount_vnd: int, rate_ppm: int) -> None:
    assert abs(part_of(amount_vnd, rate_ppm) * 1_000_000 - amount_vnd * rate_ppm) <= 500_000
    assert part_of(amount_vnd, 1_000_000) == amount_vnd
