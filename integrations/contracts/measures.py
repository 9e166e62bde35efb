"""Weight, size and time as people write them: read into whole grams, millimetres and days."""

import re
import unicodedata
from typing import Final

from integrations.contracts.errors import N_, Problem
from integrations.contracts.text import fold

WEIGHT_MAX_G: Final = 100_000
SIDE_MAX_MM: Final = 3_000
DAYS_MAX: Final = 3_650

# Longer than anything a person writes for one measure.
_TYPED_MAX: Final = 40
CONTENT_MAX: Final = 1_000_000
# Customary units by Decree 86/2012/NĐ-CP, annex: yến 10 kg, tạ 100 kg; lạng is 100 g in trade.
_GRAMS: Final = {
    "": 1,
    "g": 1,
    "gr": 1,
    "gam": 1,
    "gram": 1,
    "lang": 100,
    "kg": 1_000,
    "ky": 1_000,
    "ki": 1_000,
    "can": 1_000,
    "yen": 10_000,
    "ta": 100_000,
}
_MILLILITRES: Final = {"ml": 1, "cl": 10, "l": 1_000, "lit": 1_000, "litre": 1_000, "liter": 1_000}
_MILLIMETRES: Final = {"mm": 1, "cm": 10, "": 10, "m": 1_000}
_WEIGHT: Final = re.compile(r"(\d{1,9}(?:[.,]\d{1,3})*)\s*([a-z]*)(?:\s*(\d{1,3}))?")
_SIDE: Final = r"(\d{1,5}(?:[.,]\d{1,2})?)\s*(mm|cm|m)?"
_SIZE: Final = re.compile(rf"{_SIDE}\s*[x*]\s*{_SIDE}\s*[x*]\s*{_SIDE}")
_CONTENT: Final = re.compile(
    r"(?:(\d{1,4}) ?[a-z ]{0,12}x ?)?(\d{1,9}(?:[.,]\d{1,3})*) ?([a-z ]{1,20})"
)
_KEEPS: Final = re.compile(r"(\d{1,4})\s*([a-z]*)")


def read_weight(text: str) -> int:
    """Whole grams: "1,2 kg", "500gr", "1.200", "1kg2", "2 lạng", "1 yến".

    A number without a unit is grams. Raises `Problem` (`weight.unreadable`, `weight.range`:
    0 or above 100 kg).
    """
    found = _WEIGHT.fullmatch(_plain(text))
    unit_g = _GRAMS.get(found[2]) if found else None
    grams = None
    if found and unit_g is not None:
        grams = _grams(found[1], unit_g, found[3])
    if grams is None:
        raise Problem(
            "weight.unreadable",
            N_("The weight is not clear. Please type it with g or kg, such as 1,2 kg."),
        )
    if not 0 < grams <= WEIGHT_MAX_G:
        raise Problem(
            "weight.range", N_("The weight must be above 0 and at most 100 kg. Please correct it.")
        )
    return grams


def _grams(number: str, unit_g: int, tail: str | None) -> int | None:
    if tail is not None:
        # "1kg2" is 1,2 kg; after a number with a comma it would say two things.
        if unit_g < 1_000 or not number.isdigit():
            return None
        return int(number) * unit_g + int(int(tail) * unit_g // 10 ** len(tail))
    groups = re.split(r"[.,]", number)
    if len(groups) == 1:
        return int(number) * unit_g
    if unit_g == 1:
        # Half grams are nobody's: a mark stands between thousands.
        grouped = len(groups[0]) <= 3 and all(len(part) == 3 for part in groups[1:])
        return int("".join(groups)) if grouped else None
    if len(groups) > 2:
        return None
    whole, part = groups
    return int(whole) * unit_g + int(int(part) * unit_g // 10 ** len(part))


def read_size(text: str) -> tuple[int, int, int]:
    """Length, width and height in mm: "20 x 15 x 10 cm", "200x150x100mm"; bare numbers are cm.

    One unit at the end is for all three. Raises `Problem` (`size.unreadable`, `size.range`).
    """
    plain = unicodedata.normalize("NFKC", text.strip()[:_TYPED_MAX]).lower().replace("×", "x")
    found = _SIZE.fullmatch(plain)
    if found is None:
        raise Problem(
            "size.unreadable", N_("The size is not clear. Please type it such as 20 x 15 x 10 cm.")
        )
    last = found[6] or ""
    sides = [
        round(float(found[at].replace(",", ".")) * _MILLIMETRES[found[at + 1] or last])
        for at in (1, 3, 5)
    ]
    if not all(0 < side <= SIDE_MAX_MM for side in sides):
        raise Problem(
            "size.range", N_("Each side must be above 0 and at most 3 m. Please correct the size.")
        )
    return sides[0], sides[1], sides[2]


def said_weight(weight_g: int) -> str:
    """ "500 g", "1,2 kg", "1,234 kg": exact, as `read_weight` reads it back."""
    kilograms, rest_g = divmod(weight_g, 1_000)
    if not kilograms:
        return f"{weight_g} g"
    part = f",{rest_g:03}".rstrip("0") if rest_g else ""
    return f"{kilograms}{part} kg"


def said_size(size_mm: tuple[int, int, int]) -> str:
    """ "20 x 15 x 10 cm"; in mm when a side is no whole centimetre."""
    whole = all(side % 10 == 0 for side in size_mm)
    sides = [side // 10 for side in size_mm] if whole else list(size_mm)
    return " x ".join(map(str, sides)) + (" cm" if whole else " mm")


# So much of "g", "ml", or of what is counted: 10, "quả".
Content = tuple[int, str]


def read_content(text: str) -> Content:
    """How much is in one: "500 g", "1,2 kg", "0,5 lít", "20 gói x 2 g", "10 quả".

    Whole grams or millilitres, or a number of pieces with their word. Raises `Problem`
    (`content.unreadable`, also for a bare number; `content.range`: 0 or above a ton).
    """
    found = _CONTENT.fullmatch(_plain(text.replace("×", "x").replace("*", "x")))
    content = _content(text, found) if found else None
    if content is None:
        raise Problem(
            "content.unreadable",
            N_("It is not clear how much is in one. Please type it such as 500 g or 0,5 lít."),
        )
    if not 0 < content[0] <= CONTENT_MAX:
        raise Problem(
            "content.range", N_("What is in one must be above 0 and at most 1.000 kg or litres.")
        )
    return content


def _content(text: str, found: re.Match[str]) -> Content | None:
    times, number, unit = int(found[1] or 1), found[2], found[3].strip()
    for kind, known in (("g", _GRAMS), ("ml", _MILLILITRES)):
        if factor := known.get(unit):
            amount = _grams(number, factor, None)
            return None if amount is None else (times * amount, kind)
    if found[1] or not number.isdigit():
        return None
    word = re.sub(r"^[\d\s]+", "", unicodedata.normalize("NFC", text.strip()))
    return int(number), word


def said_content(content: Content) -> str:
    """ "500 g", "1,2 kg", "500 ml", "1,5 lít", "10 quả": as `read_content` reads it back."""
    amount, kind = content
    if kind == "g":
        return said_weight(amount)
    if kind == "ml":
        return said_weight(amount).replace("kg", "lít").replace("g", "ml")
    return f"{amount} {kind}"


def content_in(unit: str) -> Content | None:
    """What the words of a unit say: "hộp 500 g", "lạng", "chai 0,5 lít"; None where they do not.

    Also None for a bare kg or litre: its price is the price.
    """
    digits = re.search(r"\d.*$", unit)
    try:
        content = read_content(digits[0] if digits else f"1 {unit}")
    except Problem:
        return None
    bare = not digits and content[0] == 1_000
    return None if bare or content[1] not in ("g", "ml") else content


def unit_price(price_vnd: int, *, unit: str, content: Content | None) -> tuple[int, str] | None:
    """The price of one kg or litre, in whole đồng, and "kg" or "l"; None where nothing is known.

    As Directive 98/6/EC, Article 2(b), means it: the final price for one kilogram or one litre of
    what is in the pack. A bare kg or litre has it already.
    """
    itself = _plain(unit)
    if _GRAMS.get(itself or "-") == 1_000 or _MILLILITRES.get(itself) == 1_000:
        return None
    known = content or content_in(unit)
    if known is None or known[1] not in ("g", "ml"):
        return None
    amount, kind = known
    return (price_vnd * 2_000 + amount) // (2 * amount), "kg" if kind == "g" else "l"


def read_days(text: str) -> int:
    """Days: "7", "7 ngày", "2 tuần", "12 tháng" (a twelfth of 365 days each), "2 năm".

    Raises `Problem` (`days.unreadable`, `days.range`: 0 or above ten years).
    """
    found = _KEEPS.fullmatch(_plain(text))
    unit = found[2] if found else None
    if found is None or unit not in ("", "ngay", "day", "days", "tuan", "thang", "nam"):
        raise Problem(
            "days.unreadable",
            N_("How long it keeps is not clear. Please type it such as 7 ngày or 12 tháng."),
        )
    count = int(found[1])
    days = {"tuan": count * 7, "thang": count * 365 // 12, "nam": count * 365}.get(unit, count)
    if not 0 < days <= DAYS_MAX:
        raise Problem(
            "days.range",
            N_("How long it keeps must be above 0 and at most ten years. Please correct it."),
        )
    return days


def _plain(text: str) -> str:
    """Lower case without diacritics; marks between digits stay."""
    typed = unicodedata.normalize("NFKC", text.strip() if len(text) <= _TYPED_MAX else "")
    parts = re.split(r"([\d.,]+)", typed)
    return " ".join(part if part[:1].isdigit() else fold(part) for part in parts if part.strip())
