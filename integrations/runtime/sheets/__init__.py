"""Tables as files: read from a child process with limits, written, and given back with marks."""

from integrations.runtime.sheets.child import (
    Book,
    Mark,
    SheetFailed,
    SheetRefused,
    mark_book,
    read_book,
)
from integrations.runtime.sheets.write import (
    MEDIA_TYPES,
    Column,
    as_csv,
    as_json,
    as_marked_xlsx,
    as_xlsx,
    safe_text,
)

__all__ = [
    "MEDIA_TYPES",
    "Book",
    "Column",
    "Mark",
    "SheetFailed",
    "SheetRefused",
    "as_csv",
    "as_json",
    "as_marked_xlsx",
    "as_xlsx",
    "mark_book",
    "read_book",
    "safe_text",
]
