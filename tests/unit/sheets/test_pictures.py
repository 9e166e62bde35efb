"""Zips of photos: what is opened at all, and which photo shows which goods."""

import errno
import io
import struct
import zipfile

import pytest

from integrations.runtime.sheets.archive import (
    ArchiveRefused,
    is_archive,
    look_into,
    unpack_one,
)
from market.sheets.rules.pictures import PictureName, in_order, matched
from tests.kit.sheets import xlsx, zipped

GOODS = [(4, "CD1", "Cu đơ"), (5, "", "Mật ong rừng"), (6, "CD-2", "Cu đơ gừng")]


@pytest.mark.parametrize(
    ("name", "folder", "line"),
    [
        ("CD1.jpg", "", 4),
        ("cd1-2.JPG", "", 4),
        ("CD1 (3).jpeg", "", 4),
        ("cu do.png", "", 4),
        ("Cu đơ_2.webp", "", 4),
        ("mat-ong-rung.jpg", "", 5),
        ("CD-2.jpg", "", 6),
        ("cd 2 (1).jpg", "", 6),
        ("1.jpg", "CD1", 4),
        ("IMG_2044.jpg", "Mật ong rừng", 5),
        ("IMG_2044.jpg", "", None),
        ("CD12.jpg", "", None),
        ("___.jpg", "", None),
    ],
)
def test_a_photo_is_known_by_code_name_or_folder(name: str, folder: str, line: int | None) -> None:
    assert matched([PictureName(0, name, folder)], GOODS).get(0) == line


def test_photos_are_in_the_order_that_people_count() -> None:
    names = ["CD1-10.jpg", "CD1-2.jpg", "CD1.jpg", "B.jpg"]
    ordered = in_order([PictureName(at, name) for at, name in enumerate(names)])
    assert [one.name for one in ordered] == ["B.jpg", "CD1.jpg", "CD1-2.jpg", "CD1-10.jpg"]


def test_what_lies_in_a_zip_is_named_without_its_litter() -> None:
    data = zipped(
        {
            "anh/CD1.jpg": b"1",
            "anh/Thumbs.db": b"2",
            "__MACOSX/._CD1.jpg": b"3",
            ".DS_Store": b"4",
            "Mật ong.png": b"55",
        }
    )
    found = look_into(io.BytesIO(data), files_max=9)
    assert [(one.name, one.folder, one.size_bytes) for one in found] == [
        ("CD1.jpg", "anh", 1),
        ("Mật ong.png", "", 2),
    ]
    assert unpack_one(io.BytesIO(data), found[1].place, max_bytes=9) == b"55"
    assert unpack_one(io.BytesIO(data), found[1].place, max_bytes=0) == b"5"


def test_names_without_a_flag_are_read_as_they_were_typed() -> None:
    data = zipped({"Mật ong.jpg": b"1"})
    # As some phones write it: UTF-8 without saying so.
    flagged = struct.pack("<H", 0x800)
    assert data.count(flagged) >= 2
    [one] = look_into(io.BytesIO(data.replace(flagged, b"\0\0")), files_max=9)
    assert one.name == "Mật ong.jpg"


@pytest.mark.parametrize(
    ("files", "code"),
    [
        ({"../CD1.jpg": b"1"}, "zip.names"),
        ({"/CD1.jpg": b"1"}, "zip.names"),
        ({"C:/CD1.jpg": b"1"}, "zip.names"),
        ({"a\\..\\CD1.jpg": b"1"}, "zip.names"),
        ({"more.ZIP": b"1"}, "zip.nested"),
        ({f"{n}.jpg": b"1" for n in range(10)}, "zip.too_many"),
        ({"CD1.jpg": bytes(1024 * 1024)}, "zip.too_large"),
    ],
    ids=["up", "root", "drive", "backslash", "nested", "many", "bomb"],
)
def test_a_zip_that_was_built_for_something_else_is_not_opened(
    files: dict[str, bytes], code: str
) -> None:
    with pytest.raises(ArchiveRefused) as refused:
        look_into(io.BytesIO(zipped(files)), files_max=9)
    assert refused.value.code == code


def test_a_list_of_files_without_end_is_not_read() -> None:
    files = {f"{n}.jpg": b"" for n in range(5_000)}
    with pytest.raises(ArchiveRefused) as refused:
        look_into(io.BytesIO(zipped(files)), files_max=600)
    assert refused.value.code == "zip.too_many"
    # And one whose end lies about how many there are.
    data = bytearray(zipped(files))
    struct.pack_into("<HH", data, len(data) - 14, 1, 1)
    with pytest.raises(ArchiveRefused):
        look_into(io.BytesIO(bytes(data)), files_max=600)


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04 nothing", b"no zip at all" * 99])
def test_what_is_no_zip_is_said_to_be_none(data: bytes) -> None:
    with pytest.raises(ArchiveRefused) as refused:
        look_into(io.BytesIO(data), files_max=9)
    assert refused.value.code == "zip.unreadable"


def test_a_locked_zip_is_said_to_be_locked() -> None:
    data = bytearray(zipped({"CD1.jpg": b"1"}))
    at = data.find(b"PK\x01\x02")
    data[at + 8] |= 1
    with pytest.raises(ArchiveRefused) as refused:
        look_into(io.BytesIO(bytes(data)), files_max=9)
    assert refused.value.code == "zip.locked"


def test_a_damaged_photo_is_said_to_be_damaged() -> None:
    data = zipped({"CD1.jpg": b"abcdefgh" * 9}, method=zipfile.ZIP_STORED)
    broken = data.replace(b"abcdefgh", b"abcdefgX", 1)
    with pytest.raises(ArchiveRefused):
        unpack_one(io.BytesIO(broken), 0, max_bytes=1_000)


def test_a_disk_of_ours_that_fails_is_not_the_zips_fault() -> None:
    class Broken(io.BytesIO):
        """Its list can be read, what it holds cannot."""

        def read(self, size: int | None = -1) -> bytes:
            if self.tell() < 30 < len(self.getvalue()) // 2:
                raise OSError(errno.EIO, "Input/output error")
            return super().read(size)

    data = zipped({"CD1.jpg": b"abcdefgh" * 9}, method=zipfile.ZIP_STORED)
    with pytest.raises(OSError, match="Input/output"):
        unpack_one(Broken(data), 0, max_bytes=1_000)


def test_a_workbook_is_no_zip_of_photos() -> None:
    assert not is_archive(io.BytesIO(xlsx([("Tên", "Giá")])))
    assert not is_archive(io.BytesIO(b"a;b"))
    assert is_archive(io.BytesIO(zipped({"CD1.jpg": b"1"})))
