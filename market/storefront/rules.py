"""What a search means, where a page of goods ends, and which addresses may be returned to."""

import re
from datetime import UTC, datetime
from uuid import UUID

from integrations.contracts.errors import N_, Problem
from integrations.contracts.ids import ALPHABET
from integrations.contracts.text import clean_line, fold

PAGE_SIZE = 24
OTHERS = 4
QUERY_MAX = 100
WORDS_MAX = 8

_CODE = re.compile(rf"[{ALPHABET}]{{1,8}}")
_CURSOR = re.compile(r"([0-9a-f]{1,16})-([0-9a-f]{32})")


def read_query(text: str) -> str:
    """The words as they were typed, on one line, at most 100 characters."""
    return clean_line(text[: QUERY_MAX * 4])[:QUERY_MAX]


def words_to_find(query: str) -> str | None:
    """ "Bưởi Phúc" -> "buoi:* & phuc:*" for to_tsquery; None when there is no word in it.

    Every word is folded to a-z and 0-9, so nothing typed can be read as an operator.
    """
    words = fold(query).split()[:WORDS_MAX]
    return " & ".join(f"{word}:*" for word in words) or None


def cursor_after(live_at: datetime, listing_id: UUID) -> str:
    """Where the next page begins."""
    return f"{round(live_at.timestamp() * 1_000_000):x}-{listing_id.hex}"


def read_cursor(text: str | None) -> tuple[datetime, UUID] | None:
    """The place that `cursor_after` named; None for the first page.

    Raises `Problem` (code `cursor.unreadable`).
    """
    if not text:
        return None
    match = _CURSOR.fullmatch(text)
    if match is not None:
        micros = int(match[1], 16)
        # Beyond the year 9999 there is no datetime.
        if micros < 253_402_300_800_000_000:
            seconds, rest = divmod(micros, 1_000_000)
            at = datetime.fromtimestamp(seconds, UTC).replace(microsecond=rest)
            return at, UUID(hex=match[2])
    raise Problem(
        "cursor.unreadable", N_("This link is not complete. Please start from the front page.")
    )


def read_code(text: str) -> str | None:
    """The code in "k7m2-buoi-phuc-trach" or "K7M2"; None when it cannot be one of ours."""
    code = text.partition("-")[0].upper()
    return code if _CODE.fullmatch(code) else None


def address_of(code: str, slug: str) -> str:
    """The one right address of a product page."""
    return f"/p/{code}-{slug}" if slug else f"/p/{code}"


def local_path(text: str) -> str:
    """A path on this site to return to; the front page for anything else.

    A browser reads "//x", "/\\x" and "/<tab>/x" as another site.
    """
    plain = text[:2000]
    if not plain.startswith("/") or plain.startswith("//"):
        return "/"
    return "/" if re.search(r"[\\\x00-\x20\x7f]", plain) else plain


def lower_first(text: str) -> str:
    """ "Xã Phúc Trạch" -> "xã Phúc Trạch", as it stands inside a line."""
    return text[:1].lower() + text[1:]


def place_of(commune: str, province: str) -> str:
    """ "Xã Phúc Trạch" and "Tỉnh Hà Tĩnh" -> "Xã Phúc Trạch, Hà Tĩnh", as people say it."""
    return f"{commune}, {province.removeprefix('Tỉnh ').removeprefix('Thành phố ')}"
