"""Which type of goods a typed name means; none when it is not sure."""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

from integrations.contracts.text import fold
from market.listing.rules.templates import GoodsTemplate

# Words that may stand before what the goods are: where from, how packed, how good.
_LEADING: Final = (
    "đặc sản hà tĩnh nghệ an hương sơn khê can lộc kỳ anh quê nhà làm trồng vườn sạch ngon tươi"
    " mới hộp túi chai hũ lọ gói bao thùng set combo chục cân kg yến lít lạng quả trái con củ loại"
    " bán ocop sao truyền thống thủ công nguyên chất"
)
_AND: Final = "va"

# Folded, and its diacritics in order.
Word = tuple[str, str]


@dataclass(frozen=True, slots=True)
class _Hit:
    code: str
    at: int
    length: int  # words
    letters: int

    @property
    def end(self) -> int:
        return self.at + self.length


def pick(name: str, known: Iterable[GoodsTemplate]) -> GoodsTemplate | None:
    """The type that a name means: whole words, with or without diacritics, the most words win.

    In Vietnamese what a thing is stands first ("tinh dầu bưởi" is no pomelo), so that only
    quantities, places and praise may stand before. None for no type, for two that fit alike
    and for two joined by "và".
    """
    by_code = {one.code: one for one in known}
    typed = _words(name)
    hits = [hit for one in by_code.values() for hit in _hits(one, typed)]
    first = [hit for hit in hits if all(_leads(word) for word in typed[: hit.at])]
    if not first:
        return None
    best = max(first, key=_rank)
    rivals = {hit.code for hit in first if _rank(hit) == _rank(best)}
    joined = any(word == _AND for word, _ in typed) and any(
        hit.code != best.code and (hit.at >= best.end or hit.end <= best.at) for hit in hits
    )
    template = by_code[best.code]
    beside = (typed[: best.at], typed[best.end :])
    spoiled = any(_places(part, _known(word)) for part in beside for word in template.unless)
    return None if len(rivals) > 1 or joined or spoiled else template


def _rank(hit: _Hit) -> tuple[int, int]:
    return hit.length, hit.letters


def _leads(word: Word) -> bool:
    return word[0][:1].isdigit() or any(_same(word, one) for one in _known(_LEADING))


@cache
def _known(text: str) -> tuple[Word, ...]:
    """Words of our own, read once."""
    return tuple(_words(text))


def _same(typed: Word, known: Word) -> bool:
    """A word without diacritics may be any that is spelled so; one with them is that one."""
    return typed[0] == known[0] and typed[1] in ("", known[1])


def _words(text: str) -> list[Word]:
    """Each word folded, with its diacritics in order of letters ("hoà" and "hòa" are the same)."""
    spaced = "".join(c if c.isalnum() or unicodedata.combining(c) else " " for c in text)
    return [(fold(word), _marks(word)) for word in spaced.split() if fold(word)]


def _marks(word: str) -> str:
    bare = unicodedata.normalize("NFKD", word.casefold())
    return "".join(sorted(c for c in bare if unicodedata.combining(c) or c == "đ"))


def _hits(template: GoodsTemplate, typed: list[Word]) -> list[_Hit]:
    return [
        _Hit(template.code, at, len(words), sum(len(word) for word, _ in words))
        for phrase in template.words
        for words in (_known(phrase),)
        for at in _places(typed, words)
    ]


def _places(typed: list[Word], phrase: Sequence[Word]) -> list[int]:
    """Where a phrase stands."""
    return [
        at
        for at in range(len(typed) - len(phrase) + 1)
        if all(_same(*pair) for pair in zip(typed[at:], phrase, strict=False))
    ]
