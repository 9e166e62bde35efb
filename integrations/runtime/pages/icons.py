"""Icons are symbols of one SVG file; a page carries only those that it uses."""

import re
from collections.abc import Iterable
from pathlib import Path

from markupsafe import Markup

_SYMBOL = re.compile(r'<symbol id="i-([a-z0-9-]+)".*?</symbol>', re.S)


class Icons:
    """The symbols of `icons.svg`, by name."""

    def __init__(self, source: Path) -> None:
        text = source.read_text(encoding="utf-8")
        self._symbols = {m[1]: m[0] for m in _SYMBOL.finditer(text)}

    @property
    def names(self) -> frozenset[str]:
        """Every icon there is."""
        return frozenset(self._symbols)

    def use(self, name: str) -> Markup:
        """The reference that stands in the text. Raises `KeyError` for an unknown name."""
        if name not in self._symbols:
            raise KeyError(f"no icon {name!r}; there are {', '.join(sorted(self._symbols))}")
        shape = 'class="logo" viewBox="0 0 40 32"' if name == "mark" else 'class="i"'
        return Markup(  # noqa: S704 - both parts are ours
            f'<svg {shape} aria-hidden="true"><use href="#i-{name}"/></svg>'
        )

    def sheet(self, names: Iterable[str]) -> str:
        """The hidden SVG that holds the symbols of one page, or nothing."""
        wanted = sorted(names)
        if not wanted:
            return ""
        return f"<svg hidden>{''.join(self._symbols[name] for name in wanted)}</svg>"
