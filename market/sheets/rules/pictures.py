"""Which picture of a zip shows which goods: by code or name, in its file's name or its folder's."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from integrations.contracts.text import fold

PICTURES: Final = (".jpg", ".jpeg", ".png", ".webp", ".heic")
LISTS: Final = (".xlsx", ".xls", ".csv")
# Behind a code or a name: "-2", "_2", " (2)", " 2".
_NUMBER: Final = re.compile(r"[\s_.-]+\(?\d{1,2}\)?$|\(\d{1,2}\)$")
_DIGITS: Final = re.compile(r"(\d+)")


@dataclass(frozen=True, slots=True)
class PictureName:
    """A picture in a zip: `place` in the zip's list, its file's name, the folder it lies in."""

    place: int
    name: str
    folder: str = ""


def matched(
    pictures: Sequence[PictureName], goods: Iterable[tuple[int, str, str]]
) -> dict[int, int]:
    """The line of each picture's goods, by the picture's place; unknown ones are left out.

    `goods` are line, code and name. A code counts before a name, a whole file name before one
    with a number behind it, and that before the folder.
    """
    codes, names = dict[str, int](), dict[str, int]()
    for line, sku, name in goods:
        if sku:
            codes.setdefault(fold(sku), line)
        names.setdefault(fold(name), line)
    found = dict[int, int]()
    for one in pictures:
        stem = one.name.rpartition(".")[0]
        for said in map(fold, (stem, _NUMBER.sub("", stem), one.folder)):
            known = codes if said in codes else names
            if said and said in known:
                found[one.place] = known[said]
                break
    return found


def in_order(pictures: Iterable[PictureName]) -> list[PictureName]:
    """As people count: "CD1-2" before "CD1-10"."""

    def key(one: PictureName) -> tuple[str, list[tuple[int, str]]]:
        parts = _DIGITS.split(fold(one.name.rpartition(".")[0]))
        counted = [(int(part), "") if part.isdigit() else (0, part) for part in parts]
        return fold(one.folder), counted

    return sorted(pictures, key=key)
