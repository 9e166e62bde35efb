"""The code on a card is read from photos as phones take them, and from nothing else."""

import random

import pytest

from integrations.runtime.codes import read_codes
from tests.kit.identity import a_card


@pytest.mark.parametrize("orientation", range(1, 9))
async def test_a_card_is_read_however_the_phone_was_held(orientation: int) -> None:
    found = await read_codes(a_card("042085001234", orientation=orientation))
    assert [text.split("|")[0] for text in found] == ["042085001234"]
    assert "|Trần Văn Hòa|" in found[0]


async def test_a_large_photo_is_read() -> None:
    found = await read_codes(a_card("042085001234", width_px=4_000))
    assert found[0].startswith("042085001234|")


@pytest.mark.parametrize("seed", range(4))
async def test_a_broken_picture_has_no_code(seed: int) -> None:
    picture = bytearray(a_card("042085001234"))
    chance = random.Random(seed)
    for _ in range(400):
        picture[chance.randrange(len(picture))] = chance.randrange(256)
    assert isinstance(await read_codes(bytes(picture)), list)
    assert await read_codes(bytes(picture[:300])) == []


@pytest.mark.parametrize("data", [b"", b"no picture", b"%PDF-1.7\n", b"\x00" * 100_000])
async def test_what_is_no_picture_has_no_code(data: bytes) -> None:
    assert await read_codes(data) == []


async def test_a_picture_that_would_unpack_without_end_is_left_alone() -> None:
    import struct
    import zlib

    def chunk(kind: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    head = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 0, 0, 0, 0)
    bomb = (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 10**6))
    )
    assert await read_codes(bomb + chunk(b"IEND", b"")) == []
