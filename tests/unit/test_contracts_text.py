"""Text: one stored spelling, one folded form that finds it."""

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.contracts.text import clean_line, clean_text, fold

# Lone surrogates too: JSON escapes can bring them in.
anything = st.text(st.characters(codec=None))


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  Nước   mắm\t\n Đồng  ", "Nước mắm Đồng"),
        ("Nu\u031bo\u031b\u0301c", "Nước"),
        ("a\u200bb\u202ec\ufeff", "abc"),
        ("a\x00b\x1bc\x9bd", "abcd"),
        # A mark between a letter and its accent does not keep the two apart.
        ("e\u200b\u0301", "é"),
        ("a\ud800b", "ab"),
        ("", ""),
    ],
)
def test_clean_line(typed: str, kept: str) -> None:
    assert clean_line(typed) == kept


@given(anything)
def test_clean_line_is_one_storable_line(typed: str) -> None:
    kept = clean_line(typed)
    assert kept == clean_line(kept) == unicodedata.normalize("NFC", kept)
    assert kept == " ".join(kept.split())
    assert "\x00" not in kept
    kept.encode("utf-8")


def test_clean_text_keeps_paragraphs() -> None:
    assert clean_text(" Một \r\n\r\n\n\n hai\u200b  ba \n") == "Một\n\nhai ba"


@given(anything)
def test_clean_text_has_at_most_one_empty_line(typed: str) -> None:
    kept = clean_text(typed)
    assert "\n\n\n" not in kept
    assert kept == kept.strip() == clean_text(kept)


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Nước mắm Đồng Nai", "nuoc mam dong nai"),
        ("BƯỞI  Phúc-Trạch (loại 1)", "buoi phuc trach loai 1"),
        ("Ａ１", "a1"),
        ("№ 5", "no 5"),
        ("𝐆𝐀𝐍𝐇", "ganh"),
        ("!!", ""),
    ],
)
def test_fold(text: str, folded: str) -> None:
    assert fold(text) == folded


@given(anything)
def test_fold_is_plain_and_stable(text: str) -> None:
    folded = fold(text)
    assert re.fullmatch(r"([a-z0-9]+( [a-z0-9]+)*)?", folded)
    assert fold(folded) == folded
    assert fold(unicodedata.normalize("NFD", text)) == fold(unicodedata.normalize("NFC", text))


@given(st.text(st.sampled_from("aăâeêioôơuưydđbcghklmnpqrstvx ẠẮẶỄỆỊỘỢỤỰỲĐ")))
def test_fold_keeps_every_vietnamese_letter(text: str) -> None:
    assert len(fold(text).replace(" ", "")) == len(text.replace(" ", ""))


@pytest.mark.parametrize("size", [10_000, 100_000])
def test_long_texts_are_no_burden(size: int) -> None:
    assert clean_line(" " * size + "x") == "x"
    assert fold("-" * size) == ""
    assert clean_text("\n" * size) == ""
