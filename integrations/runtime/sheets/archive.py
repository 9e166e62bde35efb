"""A zip from outside, looked at without unpacking it: names, sizes, and what it was built for."""

import errno
import struct
import zipfile
from dataclasses import dataclass
from typing import BinaryIO, Final

UNPACKED_MAX_BYTES: Final = 400 * 1024 * 1024
# In the list at the end each file has 46 bytes, its name and what Windows adds.
_LISTED_MAX_BYTES: Final = 1_000
_BOOK_LIST_MAX_BYTES: Final = 1024 * 1024
_RATIO_MAX: Final = 200
_END: Final = b"PK\x05\x06"
_ZIP64: Final = b"PK\x06\x07"
_NESTED: Final = (".zip", ".rar", ".7z", ".tar", ".gz", ".tgz", ".bz2", ".xz")
_LITTER: Final = ("thumbs.db", "desktop.ini")
_METHODS: Final = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


class ArchiveRefused(Exception):
    """The zip cannot be used; `code` is one of `zip.unreadable`, `.too_many`, `.too_large`,
    `.nested`, `.names`, `.locked`.
    """

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Entry:
    """One file in a zip: its place in the list, its name without folders, its folder's name."""

    place: int
    name: str
    folder: str
    size_bytes: int


def is_archive(file: BinaryIO) -> bool:
    """True for a zip that is no workbook; the file is left at its start."""
    file.seek(0)
    head = file.read(4)
    size_bytes = file.seek(0, 2)
    file.seek(max(0, size_bytes - _BOOK_LIST_MAX_BYTES))
    tail = file.read()
    file.seek(0)
    return head == b"PK\x03\x04" and b"xl/workbook.xml" not in tail


def look_into(file: BinaryIO, *, files_max: int) -> tuple[Entry, ...]:
    """The files in a zip. Raises `ArchiveRefused`; nothing is unpacked."""
    _check_end(file, files_max * 2)  # folders and litter are on the list too
    try:
        with zipfile.ZipFile(file) as archive:
            infos = archive.infolist()
    except (zipfile.BadZipFile, RuntimeError, ValueError, struct.error, OSError):
        raise ArchiveRefused("zip.unreadable") from None
    files = [(place, info) for place, info in enumerate(infos) if not info.is_dir()]
    if len(files) > files_max:
        raise ArchiveRefused("zip.too_many")
    for _, info in files:
        _check(info)
    if sum(info.file_size for _, info in files) > UNPACKED_MAX_BYTES:
        raise ArchiveRefused("zip.too_large")
    found = (_entry(place, info) for place, info in files)
    return tuple(entry for entry in found if not _is_litter(entry))


def _check_end(file: BinaryIO, listed_max: int) -> None:
    """Refuse a list of files so long that reading it would fill the memory."""
    size_bytes = file.seek(0, 2)
    start = max(0, size_bytes - 22 - 65_535)
    file.seek(start)
    tail = file.read()
    file.seek(0)
    at = tail.rfind(_END)
    if at < 0 or len(tail) < at + 22:
        raise ArchiveRefused("zip.unreadable")
    if _ZIP64 in tail[max(0, at - 20) : at]:
        raise ArchiveRefused("zip.too_large")
    count, list_bytes = struct.unpack_from("<HI", tail, at + 10)
    if count > listed_max or list_bytes > listed_max * _LISTED_MAX_BYTES:
        raise ArchiveRefused("zip.too_many")


def _check(info: zipfile.ZipInfo) -> None:
    if info.flag_bits & 0x1:
        raise ArchiveRefused("zip.locked")
    if info.compress_type not in _METHODS:
        raise ArchiveRefused("zip.unreadable")
    parts = info.filename.replace("\\", "/").split("/")
    if ".." in parts or parts[0] == "" or parts[0].endswith(":"):
        raise ArchiveRefused("zip.names")
    if parts[-1].lower().endswith(_NESTED):
        raise ArchiveRefused("zip.nested")
    if info.file_size > _RATIO_MAX * (info.compress_size + 64):
        raise ArchiveRefused("zip.too_large")


def _entry(place: int, info: zipfile.ZipInfo) -> Entry:
    *folders, name = _spelled(info).replace("\\", "/").split("/")
    return Entry(place, name, folders[-1] if folders else "", info.file_size)


def _spelled(info: zipfile.ZipInfo) -> str:
    """The name as it was typed: without its flag a zip means UTF-8 or what Windows speaks."""
    if info.flag_bits & 0x800:
        return info.filename
    try:
        raw = info.filename.encode("cp437")
    except UnicodeEncodeError:
        return info.filename
    for encoding in ("utf-8", "cp1258"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return info.filename


def _is_litter(entry: Entry) -> bool:
    hidden = entry.name.startswith(".") or entry.folder == "__MACOSX"
    return hidden or entry.name.lower() in _LITTER


def unpack_one(file: BinaryIO, place: int, *, max_bytes: int) -> bytes:
    """One file of a zip that was looked into; at most one byte more than `max_bytes` of it.

    Raises `ArchiveRefused` (`zip.unreadable`) when it is damaged, `OSError` when our own disk
    cannot be read.
    """
    try:
        with zipfile.ZipFile(file) as archive, archive.open(archive.infolist()[place]) as one:
            return one.read(max_bytes + 1)
    except OSError as error:
        if error.errno not in (None, errno.EINVAL):  # those come of places that a zip names
            raise
        raise ArchiveRefused("zip.unreadable") from None
    except MemoryError:
        raise
    except Exception:  # damaged data raises what zlib, zipfile and struct happen to meet
        raise ArchiveRefused("zip.unreadable") from None
