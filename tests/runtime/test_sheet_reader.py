"""The reader of workbooks: whose fault it is, as a real process says it."""

import asyncio
import io
import zipfile

import pytest

from integrations.runtime.sheets import SheetFailed, SheetRefused, child, read_book
from tests.kit.sheets import xlsx


async def test_what_our_reader_fails_on_is_ours_and_says_where() -> None:
    with pytest.raises(SheetFailed) as failed:
        await child._ask({"do": "dance"}, b"", child._book, timeout_s=20)
    assert "Traceback" in str(failed.value) and "nobody knows how to dance" in str(failed.value)


@pytest.mark.parametrize("make", ["cut", "no sheet", "no xml", "utf-16"])
async def test_what_the_readers_of_files_fail_on_is_the_files_fault(make: str) -> None:
    good = xlsx([("Tên", "Giá"), ("Cu đơ", 50_000)])
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(good)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            is_sheet = name.startswith("xl/worksheets/")
            if is_sheet and make == "no sheet":
                continue
            new.writestr(name, b"<broken" if is_sheet and make == "no xml" else old.read(name))
    data = {"cut": good[: len(good) // 2], "utf-16": b"\xff\xfea\x00\xd8"}.get(make, out.getvalue())
    with pytest.raises(SheetRefused) as refused:
        await read_book(data)
    assert refused.value.code == "sheet.unreadable"


async def test_a_reader_that_is_killed_by_its_limits_says_that_the_file_is_too_large() -> None:
    with pytest.raises(SheetRefused) as refused:
        async with asyncio.timeout(60):
            await read_book(b"a;b\n" * 2_000_000, timeout_s=0.01)
    assert refused.value.code == "sheet.too_large"


async def test_rows_come_as_they_stand() -> None:
    book = await read_book(xlsx([("Tên", None, "Giá"), (), ("Cu đơ", None, None), ()]))
    assert book.sheets == (("Bảng giá", [["Tên", None, "Giá"], [], ["Cu đơ"]]),)
