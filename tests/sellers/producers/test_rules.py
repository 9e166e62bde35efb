"""Accounts, holders and place names without a database."""

import pytest

from integrations.contracts.errors import Problem
from sellers.producers.rules import commune_words, read_account, read_holder, tidy_account


@pytest.mark.parametrize(
    ("text", "account"),
    [
        ("3700 205 123 456", "3700205123456"),
        ("0123.456.789", "0123456789"),
        ("１２３４", "1234"),
        ("vqrq0001abcd", "VQRQ0001ABCD"),
        ("1" * 19, "1" * 19),
    ],
)
def test_an_account_is_read(text: str, account: str) -> None:
    assert read_account(text) == account == tidy_account(text)


@pytest.mark.parametrize(
    "text", ["", "123", "chín tám bảy", "tai khoan", "1" * 20, "12<b>34", "1" * 10_000, "12/34 56"]
)
def test_other_texts_are_no_account(text: str) -> None:
    with pytest.raises(Problem) as refused:
        read_account(text)
    assert refused.value.field == "account"


def test_a_holder_stands_as_the_bank_writes_it() -> None:
    assert read_holder(" Trần Văn  Hòa ") == "TRAN VAN HOA"
    assert read_holder("Công ty TNHH Đặng & Con") == "CONG TY TNHH DANG CON"


@pytest.mark.parametrize("text", ["", "1234", "<b>A</b>", "x" * 10_000, "…"])
def test_other_texts_are_no_holder(text: str) -> None:
    with pytest.raises(Problem):
        read_holder(text)


@pytest.mark.parametrize(
    ("query", "phrase", "words"),
    [
        ("can loc", "can loc", ["can", "loc"]),
        ("xa can loc tinh ha tinh", "can loc ha tinh", ["xa", "can", "loc", "ha", "tinh"]),
        ("can loc huyen can loc", "can loc can loc", ["can", "loc"]),
        ("tinh", "tinh", ["tinh"]),
        ("", "", []),
    ],
)
def test_words_of_a_place(query: str, phrase: str, words: list[str]) -> None:
    assert commune_words(query) == (phrase, words)
