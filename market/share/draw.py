"""The drawer: a program of its own, so that no page waits while a picture is computed.

It gets its orders as one line of JSON on stdin with a JPEG of ours behind it, and answers with a
JPEG. `service.py` starts it and is its only reader.
"""

import io
import json
import os
import sys
import unicodedata
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw, ImageFilter, ImageFont, ImageOps

BOLD, REGULAR = "NotoSans-Bold.ttf", "NotoSans-Regular.ttf"
_FONTS = Path(__file__).with_name("fonts")
PAPER, INK, MUTE, LEAF, OCHRE = "#FFFDF8", "#1C1917", "#57534E", "#0B6B3A", "#8A4B08"
MARGIN_PX = 56
# How much of the height the photo takes, and where the words end: below, phones lay their own.
_PHOTO_PART = {"square": 0.6, "story": 0.62}
_BOTTOM_PX = {"square": 44, "story": 250}
_LETTERS = (
    *((0x20, 0x7E), (0xA0, 0x17F), (0x1A0, 0x1B0), (0x1EA0, 0x1EF9)),
    *((0x2010, 0x2015), (0x2018, 0x201E), (0x20AB, 0x20AB), (0x2022, 0x2022), (0x2026, 0x2026)),
)

Font = ImageFont.FreeTypeFont


def font(name: str, size_px: int) -> Font:
    """A bundled font."""
    basic = ImageFont.Layout.BASIC  # every letter of Vietnamese stands ready-made in the font
    return ImageFont.truetype(str(_FONTS / name), size_px, layout_engine=basic)


def readable(text: str) -> str:
    """The text without what the font has no letter for (pictures, other scripts), in one line."""
    whole = unicodedata.normalize("NFC", text)
    kept = (c for c in whole if any(low <= ord(c) <= high for low, high in _LETTERS))
    return "".join(kept).strip()


def wrapped(text: str, face: Font, width_px: int) -> list[str]:
    """Lines that are no wider, broken between words, and inside of one that is wider alone."""
    lines: list[str] = []
    line = ""
    for word in text.split():
        longer = f"{line} {word}".strip()
        if face.getlength(longer) <= width_px:
            line = longer
            continue
        if line:
            lines.append(line)
        line = ""
        for letter in word:
            if line and face.getlength(line + letter) > width_px:
                lines.append(line)
                line = ""
            line += letter
    return [*lines, *([line] if line else [])]


def fitted(
    text: str, name: str, *, width_px: int, height_px: int, sizes_px: range
) -> tuple[Font, list[str]]:
    """The largest of the sizes (largest first) at which the text fits; at the last one it is cut
    off with an ellipsis.
    """
    for size_px in sizes_px:
        face = font(name, size_px)
        lines = wrapped(text, face, width_px)
        if len(lines) * line_px(face) <= height_px:
            return face, lines
    most = max(1, height_px // line_px(face))
    return face, [*lines[: most - 1], shortened(lines[most - 1], face, width_px)]


def on_one_line(text: str, name: str, *, width_px: int, sizes_px: range) -> tuple[Font, str]:
    """The same for a text that stays in one line."""
    for size_px in sizes_px:
        face = font(name, size_px)
        if face.getlength(text) <= width_px:
            return face, text
    return face, shortened(text, face, width_px)


def shortened(text: str, face: Font, width_px: int) -> str:
    """As much of the text as fits before an ellipsis."""
    while text and face.getlength(f"{text}…") > width_px:
        text = text[:-1]
    return f"{text}…"


def line_px(face: Font) -> int:
    """The height of one line with its diacritics."""
    return round(face.size * 1.36)


def framed(photo: Image.Image, width_px: int, height_px: int) -> Image.Image:
    """The whole photo in a box, never cut; beside it the same photo, soft and pale."""
    small = ImageOps.fit(photo, (width_px // 12, height_px // 12))
    soft = small.filter(ImageFilter.GaussianBlur(4)).resize((width_px, height_px))
    ground = Image.blend(soft, Image.new("RGB", soft.size, PAPER), 0.35)
    whole = ImageOps.contain(photo, (width_px, height_px), Image.Resampling.LANCZOS)
    ground.paste(whole, ((width_px - whole.width) // 2, (height_px - whole.height) // 2))
    return ground


def drawn(photo: Image.Image, orders: dict[str, Any]) -> Image.Image:
    """Photo above; below it name, price with its unit, and the link."""
    shape, (width, height) = str(orders["shape"]), orders["sides_px"]
    photo_px = round(height * _PHOTO_PART[shape])
    image = Image.new("RGB", (width, height), PAPER)
    image.paste(framed(photo, width, photo_px), (0, 0))
    pen = ImageDraw.Draw(image)
    pen.rectangle((0, photo_px, width, photo_px + 7), fill=LEAF)
    across = width - 2 * MARGIN_PX
    link, said = on_one_line(
        readable(orders["link"]), BOLD, width_px=across, sizes_px=range(38, 17, -2)
    )
    price, cost = on_one_line(
        readable(orders["price"]), BOLD, width_px=across, sizes_px=range(72, 39, -4)
    )
    bottom = height - _BOTTOM_PX[shape]
    link_top = bottom - line_px(link)
    price_top = link_top - line_px(price) - 4
    name, lines = fitted(
        readable(orders["name"]),
        BOLD,
        width_px=across,
        height_px=price_top - photo_px - 28,
        sizes_px=range(64, 25, -2),
    )
    top = photo_px + 24
    for number, line in enumerate(lines):
        pen.text((MARGIN_PX, top + number * line_px(name)), line, INK, name)
    pen.text((MARGIN_PX, price_top), cost, OCHRE, price)
    if unit := readable(orders["unit"]):
        left = MARGIN_PX + round(price.getlength(cost)) + 16
        room = width - MARGIN_PX - left
        beside, each = on_one_line(f"/ {unit}", REGULAR, width_px=room, sizes_px=range(46, 19, -2))
        base = price_top + price.getmetrics()[0]
        pen.text((left, base), each, MUTE, beside, anchor="ls")
    pen.text((MARGIN_PX, link_top), said, LEAF, link)
    return image


def main() -> None:
    """Read, draw, answer."""
    os.nice(5)  # pages before pictures
    line, _, body = sys.stdin.buffer.read().partition(b"\n")
    with Image.open(io.BytesIO(body), formats=("JPEG",)) as photo:
        image = drawn(photo.convert("RGB"), json.loads(line))
    image.save(sys.stdout.buffer, "JPEG", quality=86, optimize=True)


if __name__ == "__main__":
    main()
