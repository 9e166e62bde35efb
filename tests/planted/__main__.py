"""Writes docs/planted-bugs.md."""

from tests.planted.bugs import PAGE, page

PAGE.write_text(page(), encoding="utf-8")
