"""Identity cards as tests draw them, and cases that were sent."""

import io
import random
from typing import Any

import segno
from PIL import Image

from sellers.onboarding.queries import Case
from sellers.onboarding.schemas import GiveIdentity
from sellers.onboarding.service import submit
from tests.kit.people import Seller, Someone

NAME, BORN = "Trần Văn Hòa", "20/11/1985"


def a_number(year: int = 1985) -> str:
    """A made-up personal number of a man; no two tests are likely to draw the same."""
    return f"0420{year % 100:02d}{random.randrange(10**6):06d}"


def a_card(
    number: str,
    *,
    name: str = NAME,
    born: str = "20111985",
    issued: str = "10122023",
    orientation: int = 1,
    width_px: int = 1_600,
) -> bytes:
    """A JPEG of a card on a table, its code small, a little turned and not quite sharp."""
    said = f"{number}|183456789|{name}|{born}|Nam|Thôn 3, Can Lộc, Hà Tĩnh|{issued}"
    drawn = io.BytesIO()
    segno.make(said, error="m").save(drawn, kind="png", scale=5, border=3)
    code = Image.open(drawn).convert("RGB")
    table = Image.new("RGB", (width_px, width_px * 3 // 4), (112, 84, 60))
    card = Image.new("RGB", (width_px * 2 // 3, width_px * 2 // 5), (214, 226, 214))
    side = width_px // 6
    card.paste(code.resize((side, side)), (card.width - side - 40, 40))
    turned = card.rotate(7, expand=True, fillcolor=(112, 84, 60), resample=Image.Resampling.BICUBIC)
    table.paste(turned, (width_px // 8, width_px // 9))
    exif = Image.Exif()
    exif[0x0112] = orientation
    photo = io.BytesIO()
    table.save(photo, "JPEG", quality=82, exif=exif.tobytes())
    return photo.getvalue()


def an_identity(number: str | None = None, **change: Any) -> GiveIdentity:
    """What somebody types."""
    said = {"name": NAME, "number": number or a_number(), "born_on": BORN, **change}
    return GiveIdentity(**said)


async def a_sent_case(seller: Seller | Someone, number: str | None = None, **change: Any) -> Case:
    """The case of a seller, waiting for the staff."""
    mine = await submit(viewer=seller.viewer, given=an_identity(number, **change))
    assert mine.case is not None
    return mine.case
