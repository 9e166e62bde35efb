"""Which language: Vietnamese first, English when it was chosen or is clearly wanted."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final, Literal, get_args

from starlette.requests import HTTPConnection

Language = Literal["vi", "en"]
LANGUAGES: Final[tuple[Language, ...]] = get_args(Language)
LANGUAGE_COOKIE: Final = "lang"

_current: ContextVar[Language] = ContextVar("language", default="vi")


def current_language() -> Language:
    """The language of the page or message that is being written."""
    return _current.get()


@contextmanager
def using_language(language: Language) -> Iterator[None]:
    """Write in `language` until the block ends."""
    token = _current.set(language)
    try:
        yield
    finally:
        _current.reset(token)


def language_of(request: HTTPConnection) -> Language:
    """The cookie `lang`, else English only for a browser that asks for it and never for vi."""
    chosen = request.cookies.get(LANGUAGE_COOKIE)
    if chosen in LANGUAGES:
        return chosen
    wanted = _accepted(request.headers.get("accept-language", ""))
    return "en" if "en" in wanted and "vi" not in wanted else "vi"


def _accepted(header: str) -> set[str]:
    """Primary language tags that the header does not refuse with q=0."""
    found: set[str] = set()
    for item in header.lower().split(",")[:20]:
        tag, _, options = item.partition(";")
        weight = options.replace(" ", "").removeprefix("q=")
        if weight.strip("0.") or not options:
            found.add(tag.strip().partition("-")[0])
    return found
