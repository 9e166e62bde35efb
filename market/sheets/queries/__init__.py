"""Every read of a slice's imports, lines, photos, and of the goods they mean."""

from market.sheets.queries.goods import Known, Shelf, known_goods, known_now
from market.sheets.queries.imports import (
    LineSeen,
    SheetSeen,
    bad_lines,
    by_form,
    heads_of,
    is_overruled,
    latest,
    lines,
    next_good,
    one,
    with_file,
)
from market.sheets.queries.pictures import PictureSeen, next_pictures, pictures, pictures_in

__all__ = [
    "Known",
    "LineSeen",
    "PictureSeen",
    "SheetSeen",
    "Shelf",
    "bad_lines",
    "by_form",
    "heads_of",
    "is_overruled",
    "known_goods",
    "known_now",
    "latest",
    "lines",
    "next_good",
    "next_pictures",
    "one",
    "pictures",
    "pictures_in",
    "with_file",
]
