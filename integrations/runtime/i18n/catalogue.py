"""gettext catalogues, one per slice, merged per language at the first use.

English is the key itself, so only other languages have files: `<floor>/locale/<lang>/<slice>.po`.
Upper floors hand their folder to `register_locale`; this floor's own is always there.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from integrations.runtime.i18n.language import Language

_OWN: Final = Path(__file__).resolve().parents[2] / "locale"
_folders: list[Path] = [_OWN]
_loaded: dict[Language, "Catalogue"] = {}

Key = tuple[str | None, str]


@dataclass(slots=True)
class Catalogue:
    """Every translation of one language: (msgctxt, msgid) -> its plural forms."""

    forms: dict[Key, tuple[str, ...]] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)

    def find(self, message: str, context: str | None, form: int) -> str | None:
        """The translation, or None when there is none."""
        forms = self.forms.get((context, message))
        return forms[min(form, len(forms) - 1)] if forms else None


def register_locale(folder: Path) -> None:
    """Add a floor's `locale` folder; what was loaded before is read again."""
    if folder not in _folders:
        _folders.append(folder)
        _loaded.clear()


def catalogue(language: Language) -> Catalogue:
    """The merged catalogue of one language, read once per process."""
    if language not in _loaded:
        _loaded[language] = _read(language, _folders)
    return _loaded[language]


def translate(
    language: Language, message: str, /, *, msgctxt: str | None = None, **params: Any
) -> str:
    """`message` in `language`, its `{placeholders}` filled. Without a translation: English.

    Raises `KeyError` when a placeholder has no value.
    """
    text = catalogue(language).find(message, msgctxt, 0) or message
    return text.format(**params) if params else text


def ngettext(language: Language, one: str, many: str, count: int, /, **params: Any) -> str:
    """Like `translate`, by number; `{n}` is the count itself."""
    form = 0 if count == 1 else 1
    text = catalogue(language).find(one, None, form) or (one, many)[form]
    return text.format(**{"n": count, **params})


def catalogue_faults(
    sources: Iterable[Path], language: Language = "vi", *, folders: Iterable[Path] | None = None
) -> list[str]:
    """What a release must not have, one line each; empty when all is well.

    `sources` are package folders whose .py and .html are searched for marked sentences
    (`_`, `N_`, `ngettext`, `pgettext`). Reported: sentences without a translation, placeholders
    that differ, one key with two translations.
    """
    known = catalogue(language) if folders is None else _read(language, folders)
    faults = list(known.faults)
    for where, key in _marked(sources):
        if key not in known.forms:
            faults.append(f"{where}: no {language} for {key[1]!r}")
    return sorted(set(faults))


def _read(language: Language, folders: Iterable[Path]) -> Catalogue:
    """All `.po` files of a language. Fuzzy entries count as unconfirmed wording, and are used."""
    from babel.messages.pofile import read_po  # heavy: only when the first page is written

    merged = Catalogue()
    for path in sorted(p for folder in folders for p in (folder / language).glob("*.po")):
        with path.open("rb") as file:
            entries = read_po(file, locale=language)
        for entry in entries:
            ids = entry.id if isinstance(entry.id, (list, tuple)) else (entry.id,)
            texts = entry.string if isinstance(entry.string, (list, tuple)) else (entry.string,)
            if not ids[0] or not texts[0]:
                continue
            key = (entry.context, ids[0])
            forms = tuple(text for text in texts if text)
            if merged.forms.setdefault(key, forms) != forms:
                merged.faults.append(f"{path.name}: second translation for {ids[0]!r}")
            # A count may be left out of a plural, never invented.
            if any(_holes(text) - set().union(*map(_holes, ids)) for text in forms) or (
                len(ids) == 1 and _holes(ids[0]) != _holes(forms[0])
            ):
                merged.faults.append(f"{path.name}: placeholders differ for {ids[0]!r}")
    return merged


def _holes(text: str) -> set[str]:
    return set(re.findall(r"\{(\w*)", text))


def _marked(sources: Iterable[Path]) -> Iterator[tuple[str, Key]]:
    """Every marked sentence below the folders, with the file and line it stands in."""
    from babel.messages.extract import extract_from_file

    keywords: dict[str, Any] = {
        "_": None,
        "N_": None,
        "gettext": None,
        "ngettext": (1, 2),
        "pgettext": ((1, "c"), 2),
    }
    for folder in sources:
        for path in sorted(p for p in folder.rglob("*") if p.suffix in (".py", ".html")):
            method = "python" if path.suffix == ".py" else "jinja2.ext:babel_extract"
            found = extract_from_file(method, path, keywords=keywords)
            for line, message, _, context in found:
                text = message[0] if isinstance(message, tuple) else message
                if text:
                    yield f"{path.relative_to(folder.parent)}:{line}", (context, text)
