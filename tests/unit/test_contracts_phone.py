"""Phone numbers: every way of writing one, one way of keeping it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.contracts.errors import Problem
from integrations.contracts.phone import format_phone, mask_phone, parse_phone


@pytest.mark.parametrize(
    "typed",
    [
        "0912345678",
        "0912 345 678",
        "0912.345.678",
        "+84912345678",
        "84912345678",
        "0084 912 345 678",
        "(091) 234-5678",
        "０９１２３４５６７８",
        "+84 (0) 912 345 678",
        "\u200b0912345678\u00a0",
    ],
)
def test_one_number_written_in_many_ways(typed: str) -> None:
    assert parse_phone(typed) == "+84912345678"


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("0841234567", "+84841234567"),
        ("024 3826 1234", "+842438261234"),
        ("+44 7911 123456", "+447911123456"),
    ],
)
def test_other_reachable_numbers(typed: str, kept: str) -> None:
    assert parse_phone(typed) == kept


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "+",
        "00",
        "không có",
        "091234567",
        "09123456789",
        "0123456789",
        "0912345678 hoặc 0987654321",
        "+84+912345678",
        "9" * 10_000,
        # Dear, free or short numbers: a code by SMS never arrives there.
        "113",
        "1900 1234",
        "1800 1234",
        "+1 900 555 0100",
    ],
)
def test_what_cannot_be_reached_is_refused(typed: str) -> None:
    with pytest.raises(Problem) as caught:
        parse_phone(typed)
    assert (caught.value.code, caught.value.field) == ("phone.unreadable", "phone")


@given(st.text(max_size=200))
def test_any_text_gives_a_number_or_a_problem(typed: str) -> None:
    try:
        assert parse_phone(typed).startswith("+")
    except Problem as problem:
        assert problem.code == "phone.unreadable"


@given(st.integers(0, 9_999_999).map(lambda n: f"091{n:07d}"))
def test_shown_masked_and_read_back(typed: str) -> None:
    kept = parse_phone(typed)
    assert kept == "+84" + typed[1:]
    assert parse_phone(format_phone(kept)) == kept
    assert mask_phone(kept) == f"09•• ••• {typed[-3:]}"


def test_shown() -> None:
    assert format_phone("+84912345678") == "0912 345 678"
    assert format_phone("+447911123456") == "+44 7911 123456"
    assert mask_phone("+447911123456") == "+4• •••• •••456"
