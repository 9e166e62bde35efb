"""Money is a whole number of đồng. Reading it from people, showing it, sharing it out."""

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

from integrations.contracts.errors import N_, Problem
from integrations.contracts.text import without_marks

MAX_AMOUNT_VND = 100_000_000_000

# Longer than any amount a person writes; the pattern below is slow on thousands of spaces.
_TYPED_MAX = 64
_UNITS = {
    "": 1,
    "d": 1,
    "dong": 1,
    "vnd": 1,
    "k": 1_000,
    "nghin": 1_000,
    "ngan": 1_000,
    "tr": 1_000_000,
    "trieu": 1_000_000,
    "ty": 1_000_000_000,
}
_SPACES = re.compile(r"\s+")
_SHAPE = re.compile(r"^(\d[\d.,\s]*)\s*([a-z]*)$")
_GROUPED = re.compile(r"^\d{1,3}([.,]\d{3})+$")
_DECIMAL = re.compile(r"^(\d+)[.,](\d{1,2})$")


def parse_vnd(text: str) -> int:
    """Read an amount as people write it: "45.000đ", "45,000", "70k", "1,9 triệu".

    Returns whole đồng. Raises `Problem` (code `money.unreadable`, `money.negative`,
    `money.too_large`) in words that say what to type instead.
    """
    # A text that is too long is read as an empty one: no amount.
    return _parsed(text if len(text.strip()) <= _TYPED_MAX else "")


@lru_cache(maxsize=1_024)
def _parsed(text: str) -> int:
    typed = unicodedata.normalize("NFKC", text.strip())
    plain = typed.lower().replace("₫", "d").replace("đ", "d").strip()
    if plain.startswith(("-", "−")):
        raise Problem("money.negative", N_("The amount must be above 0. Please type it again."))
    bare = without_marks(unicodedata.normalize("NFKD", plain))
    match = _SHAPE.match(bare)
    if match is None or match.group(2) not in _UNITS:
        raise Problem("money.unreadable", N_("Please type the amount in numbers, such as 45.000."))
    digits, unit = _SPACES.sub("", match.group(1)).rstrip(".,"), _UNITS[match.group(2)]
    # "1,255 triệu" is 1,255,000 to one person and 1,255,000,000 to another: ask again.
    if _GROUPED.match(digits) and unit < 1_000_000:
        amount = int(digits.replace(".", "").replace(",", "")) * unit
    elif digits.isdigit():
        amount = int(digits) * unit
    elif (decimal := _DECIMAL.match(digits)) and unit >= 1_000:
        whole, part = decimal.groups()
        amount = int(whole) * unit + int(part) * unit // 10 ** len(part)
    else:
        raise Problem("money.unreadable", N_("Please type the amount in numbers, such as 45.000."))
    if amount > MAX_AMOUNT_VND:
        raise Problem("money.too_large", N_("This amount is too large. Please check the zeros."))
    return amount


def format_vnd(amount_vnd: int) -> str:
    """185000 -> "185.000 ₫" (no-break space; a true minus sign in front of negatives)."""
    sign = "−\u00a0" if amount_vnd < 0 else ""
    return f"{sign}{abs(amount_vnd):,}".replace(",", ".") + "\u00a0₫"


def split_by_weight(total: int, weights: Sequence[int]) -> list[int]:
    """Share `total` by `weights` with the largest remainder; ties go to the earlier index.

    The parts always sum to `total`; a negative total is shared as its absolute value, negated.
    Raises `ValueError` when no weight is above 0.
    """
    if total < 0:
        return [-part for part in split_by_weight(-total, weights)]
    whole = sum(weights)
    if whole <= 0 or min(weights) < 0:
        raise ValueError("weights must be non-negative and not all zero")
    parts = [total * weight // whole for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda i: (-(total * weights[i] % whole), i))
    for i in by_remainder[: total - sum(parts)]:
        parts[i] += 1
    return parts


def part_of(amount_vnd: int, rate_ppm: int) -> int:
    """`rate_ppm` millionths of an amount, rounded half up to a whole đồng (15000 ppm = 1.5 %)."""
    return (amount_vnd * rate_ppm + 500_000) // 1_000_000
