"""Pictures to pass on: every letter of Vietnamese, the longest names, the whole photo."""

import io
import unicodedata
from typing import Any

import pytest
from PIL import Image

from market.listing.schemas import NAME_MAX
from market.share import draw
from market.share.rules import Shape
from tests.kit import pictures

LONGEST = (
    "Nước mắm cốt cá cơm than truyền thống ủ chượp gài nén mười tám tháng Cửa Nhượng Cẩm Xuyên"
    " Hà Tĩnh, loại thượng hạng đặc biệt"
)
NAMES = (
    "Ổi",
    LONGEST[:NAME_MAX],
    "Nghiêng " * (NAME_MAX // 8),
    "Ư" * NAME_MAX,  # one word that is wider than the picture
)
VOWELS = "aăâeêioôơuưy"
TONES = ("", "\u0300", "\u0301", "\u0303", "\u0309", "\u0323")


def card(name: str, shape: Shape, **more: str) -> dict[str, Any]:
    said = {"price": "1.285.000\u00a0₫", "unit": "hộp", "link": "cho.example.vn/p/K7M2QX"}
    return {"name": name, "shape": str(shape), "sides_px": shape.sides_px, **said, **more}


def words_of(image: Image.Image, shape: Shape) -> tuple[int, int, int, int]:
    """The box of everything that is written below the photo."""
    top = round(image.height * {"square": 0.6, "story": 0.62}[shape]) + 8
    below = image.crop((0, top, image.width, image.height))
    ink = below.convert("L").point(lambda value: 255 if value < 200 else 0).getbbox()
    assert ink is not None
    return ink[0], ink[1] + top, ink[2], ink[3] + top


@pytest.mark.parametrize("shape", Shape)
@pytest.mark.parametrize("name", NAMES, ids=lambda name: f"{name[:8]} {len(name)}")
def test_no_name_leaves_its_margins(name: str, shape: Shape) -> None:
    unit, link = (
        "hộp 10 chai 500 ml loại một, quà",
        "cho-nong-san-tinh-ha-tinh.example.gov.vn/p/K7M2QX",
    )
    image = draw.drawn(pictures.pattern(), card(name, shape, unit=unit, link=link))
    assert image.size == shape.sides_px
    left, _, right, bottom = words_of(image, shape)
    assert left >= draw.MARGIN_PX - 2 and right <= image.width - draw.MARGIN_PX + 2
    assert bottom <= image.height - {"square": 40, "story": 250}[shape]


@pytest.mark.parametrize("name", NAMES, ids=lambda name: f"{name[:8]} {len(name)}")
def test_a_name_is_written_to_its_end(name: str) -> None:
    _, lines = draw.fitted(name, draw.BOLD, width_px=968, height_px=209, sizes_px=range(64, 25, -2))
    assert "".join(lines).replace(" ", "") == name.replace(" ", "")


def test_what_fits_at_no_size_ends_with_an_ellipsis() -> None:
    face, lines = draw.fitted(
        LONGEST * 4, draw.BOLD, width_px=968, height_px=209, sizes_px=range(64, 25, -2)
    )
    assert lines[-1].endswith("…") and all(face.getlength(line) <= 968 for line in lines)
    assert len(lines) * draw.line_px(face) <= 209


@pytest.mark.parametrize("name", [draw.BOLD, draw.REGULAR])
def test_every_letter_of_vietnamese_is_in_the_font(name: str) -> None:
    face = draw.font(name, 40)
    missing = bytes(face.getmask("\ue000"))
    letters = {
        unicodedata.normalize("NFC", vowel + tone) for vowel in VOWELS for tone in TONES
    } | set("bcdđghklmnpqrstvxfjwz0123456789.,/-–…₫%()&'\"“”")
    for letter in letters | {one.upper() for one in letters}:
        assert len(letter) == 1 and draw.readable(letter) == letter
        assert bytes(face.getmask(letter)) != missing, letter


def test_what_the_font_cannot_write_is_left_out_and_letters_are_put_together() -> None:
    apart = unicodedata.normalize("NFD", "Bưởi Phúc Trạch")
    assert draw.readable(f"{apart} 🍊甜") == "Bưởi Phúc Trạch"


@pytest.mark.parametrize("sides", [(1600, 1200), (900, 1600), (1200, 1200)], ids=str)
def test_the_photo_is_shown_whole(sides: tuple[int, int]) -> None:
    frame = draw.framed(pictures.pattern(*sides), 1080, 648)
    width = min(1080, round(648 * sides[0] / sides[1]))
    height = round(width * sides[1] / sides[0])
    left, top = (1080 - width) // 2, (648 - height) // 2
    out = io.BytesIO()
    frame.crop((left, top, left + width, top + height)).save(out, "PNG")
    assert pictures.is_upright(out.getvalue())
