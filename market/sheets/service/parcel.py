"""What a person sends: a list alone, a list with a zip of photos, or both in one zip."""

import asyncio
import io
from dataclasses import dataclass
from typing import BinaryIO

from integrations.contracts.errors import Problem
from integrations.runtime.sheets.archive import (
    ArchiveRefused,
    Entry,
    is_archive,
    look_into,
    unpack_one,
)
from market.sheets.rules.pictures import LISTS, PICTURES, PictureName, in_order
from market.sheets.rules.problems import (
    FILE_MAX_MB,
    ZIP_FILES_MAX,
    ZIP_MAX_MB,
    refusal,
    zip_refusal,
)

_MB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Parcel:
    """The list, and perhaps a zip with pictures in our order."""

    book: BinaryIO
    name: str
    size_bytes: int
    zip: BinaryIO | None
    pictures: tuple[PictureName, ...]


async def open_up(file: BinaryIO, name: str, beside: BinaryIO | None) -> Parcel:
    """Find the list and the pictures. Raises a `Problem` (`sheet.…`, `zip.…`), `TooLarge`."""
    return await asyncio.to_thread(_opened, file, name, beside)


def _opened(file: BinaryIO, name: str, beside: BinaryIO | None) -> Parcel:
    size_bytes = _measured(file)
    if size_bytes == 0:
        raise refusal("sheet.empty")
    if not is_archive(file):
        if size_bytes > FILE_MAX_MB * _MB:
            raise refusal("sheet.too_large")
        pictures = _pictures(_looked(beside, "pictures")) if beside else ()
        if beside and not pictures:
            raise zip_refusal("zip.no_pictures", field="pictures")
        return Parcel(file, name, size_bytes, beside, pictures)
    if beside is not None:
        raise zip_refusal("zip.two", field="pictures")
    entries = _inside(file, name)
    if entries is None:
        return Parcel(file, name, size_bytes, None, ())
    lists = [one for one in entries if one.name.lower().endswith(LISTS)]
    if len(lists) != 1:
        raise zip_refusal("zip.many_lists" if lists else "zip.no_list", field="file")
    try:
        book = unpack_one(file, lists[0].place, max_bytes=FILE_MAX_MB * _MB)
    except ArchiveRefused as refused:
        raise zip_refusal(refused.code, field="file") from None
    if len(book) > FILE_MAX_MB * _MB:
        raise refusal("sheet.too_large")
    file.seek(0)
    pictures = _pictures(entries)
    return Parcel(io.BytesIO(book), lists[0].name, len(book), file if pictures else None, pictures)


def _inside(file: BinaryIO, name: str) -> tuple[Entry, ...] | None:
    """None for a broken workbook, which is a zip inside: it is told of as a workbook."""
    try:
        return _looked(file, "file")
    except Problem as problem:
        if problem.code == "zip.unreadable" and name.lower().endswith(LISTS):
            return None
        raise


def _looked(file: BinaryIO, field: str) -> tuple[Entry, ...]:
    if _measured(file) > ZIP_MAX_MB * _MB:
        raise zip_refusal("zip.too_large", field=field)
    try:
        entries = look_into(file, files_max=ZIP_FILES_MAX)
    except ArchiveRefused as refused:
        raise zip_refusal(refused.code, field=field) from None
    file.seek(0)
    return entries


def _pictures(entries: tuple[Entry, ...]) -> tuple[PictureName, ...]:
    found = (
        PictureName(one.place, one.name[-120:], one.folder[:120])
        for one in entries
        if one.name.lower().endswith(PICTURES)
    )
    return tuple(in_order(found))


def _measured(file: BinaryIO) -> int:
    size_bytes = file.seek(0, 2)
    file.seek(0)
    return size_bytes
