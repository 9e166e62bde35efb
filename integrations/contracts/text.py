"""Vietnamese text: one spelling for storage, one folded form for search."""

import re
import unicodedata
from functools import lru_cache

_SPACES = re.compile(r"\s+")
# Control and direction marks, and lone surrogates, which no database can store.
_CONTROL = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f"
    r"\u200b-\u200f\u202a-\u202e\u2060-\u2069\ud800-\udfff\ufeff]"
)
_NOT_WORD = re.compile(r"[^a-z0-9]+")
_EMPTY_LINES = re.compile(r"\n{3,}")
_KEPT_BELOW = 0x3000


class _WithoutMarks(dict[int, int | None]):
    """For `str.translate`: combining marks go, each letter is looked up once."""

    def __missing__(self, code: int) -> int | None:
        told = None if unicodedata.combining(chr(code)) else code
        if code < _KEPT_BELOW:
            self[code] = told
        return told


_WITHOUT_MARKS = _WithoutMarks()


def clean_line(text: str) -> str:
    """NFC, no control or direction marks, one space between words, none at the ends."""
    return _clean_again(text) if len(text) <= _SHORT else _clean(text)


def _clean(text: str) -> str:
    # What can be printed has no such marks, and no space but the plain one.
    if text.isprintable() and "  " not in text and unicodedata.is_normalized("NFC", text):
        return text.strip()
    # Marks go first: one between a letter and its accent would keep the two apart.
    return _SPACES.sub(" ", unicodedata.normalize("NFC", _CONTROL.sub("", text))).strip()


def clean_text(text: str) -> str:
    """Like `clean_line` but keeps line breaks (at most one empty line in a row)."""
    if "\n" not in text:
        return clean_line(text)
    lines = [clean_line(line) for line in text.replace("\r\n", "\n").split("\n")]
    return _EMPTY_LINES.sub("\n\n", "\n".join(lines)).strip()


def fold(text: str) -> str:
    """Lower case without diacritics, đ as d, words separated by single spaces.

    "Nước mắm Đồng Nai" -> "nuoc mam dong nai". PostgreSQL's own folding leaves đ alone,
    and the embedded server has no unaccent, so search columns are folded here.
    """
    return _fold_again(text) if len(text) <= _SHORT else _fold(text)


def without_marks(text: str) -> str:
    """The letters of a text in NFD or NFKD, without what is set above and below them."""
    return text if text.isascii() else text.translate(_WITHOUT_MARKS)


def _fold(text: str) -> str:
    # Twice, since NFKD can bring capitals back: "№" becomes "No".
    lowered = unicodedata.normalize("NFKD", text.casefold()).casefold().replace("đ", "d")
    return _NOT_WORD.sub(" ", without_marks(lowered)).strip()


# Lists say the same few words in thousands of rows.
_SHORT = 60
_fold_again = lru_cache(maxsize=4096)(_fold)
_clean_again = lru_cache(maxsize=4096)(_clean)
