"""Every sentence that a person reads is marked, and said in Vietnamese and in English."""

import ast
import re
from html.parser import HTMLParser

from babel.messages.pofile import read_po

from integrations.contracts import errors
from integrations.runtime.i18n.catalogue import catalogue_faults
from tests.house.source import (
    FLOORS,
    ROOT,
    called,
    files,
    name,
    none,
    python_files,
    strings,
    templates,
    text,
    tree,
)

LOCALES = [ROOT / floor / "locale" for floor in FLOORS]
PROBLEMS = {"Problem", *(one.__name__ for one in errors.Problem.__subclasses__())}
# Attributes whose text is read out or shown.
SHOWN = {"alt", "aria-description", "aria-label", "placeholder", "title"}
# Product and partner names, and words of the page itself, are the same in every language.
SAME_EVERYWHERE = {
    "Gánh",
    "Zalo",
    "VietQR",
    "English",
    "Tiếng Việt",
    "OCOP",
    "JSON",
    "QR",
    "Excel",
    "CSV",
}


def test_every_sentence_has_its_translation() -> None:
    none(catalogue_faults([ROOT / floor for floor in FLOORS], "vi", folders=LOCALES))


def test_translations_are_confirmed_and_used() -> None:
    """No fuzzy entry, none without text, none that nothing says any more."""
    said = "\n".join(
        [
            *(one for path in python_files(*FLOORS) for one in strings(tree(path))),
            *(text(p) for p in files(*FLOORS) if p.suffix in (".html", ".yaml")),
        ]
    )
    faults = []
    for path in (p for folder in LOCALES for p in folder.rglob("*.po")):
        with path.open("rb") as file:
            entries = read_po(file, locale=path.parent.name)
        for entry in entries:
            first = entry.id[0] if isinstance(entry.id, list | tuple) else entry.id
            if not first:
                continue
            spelled = {first, first.replace('"', '\\"'), first.replace("'", "\\'")}
            if entry.fuzzy:
                faults.append(f"{name(path)}: not confirmed: {first!r}")
            said_so = (entry.string,) if isinstance(entry.string, str) else entry.string
            if not said_so or not all(said_so):
                faults.append(f"{name(path)}: empty: {first!r}")
            if not any(one in said for one in spelled):
                faults.append(f"{name(path)}: nothing says {first!r}")
    none(faults)


def unmarked_problems(module: ast.Module) -> list[str]:
    """Refusals whose sentence is not marked: `Problem("code", "…")` instead of `N_("…")`."""
    found = []
    for node in ast.walk(module):
        if not isinstance(node, ast.Call) or called(node) not in PROBLEMS:
            continue
        said = node.args[1:2] + [k.value for k in node.keywords if k.arg == "message"]
        if any(isinstance(one, ast.Constant | ast.JoinedStr) for one in said):
            found.append(f"line {node.lineno}: the sentence is not marked with N_")
    return found


def test_refusals_are_marked() -> None:
    none(f"{name(p)} {f}" for p in python_files(*FLOORS) for f in unmarked_problems(tree(p)))


def test_an_unmarked_refusal_is_found() -> None:
    assert unmarked_problems(ast.parse('raise NotFound("x", "Gone.")')) != []
    assert unmarked_problems(ast.parse('raise NotFound("x", N_("Gone."))')) == []


class _Shown(HTMLParser):
    """Collects what a reader would see of a template once its own code is taken out."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[tuple[int, str]] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._silent += tag in ("script", "style")
        self.found += [(self.getpos()[0], value) for key, value in attrs if value and key in SHOWN]

    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in ("script", "style")

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.found.append((self.getpos()[0], data))


def _without_code(template: str) -> str:
    """The template as plain HTML of the same lines."""

    def lines(match: re.Match[str]) -> str:
        return "\n" * match[0].count("\n")

    bare = re.sub(r"\{#.*?#\}", lines, template, flags=re.S)
    # A class that a page gives to its layout is no text.
    bare = re.sub(r"\{% block \w*class %\}.*?\{% endblock %\}", lines, bare, flags=re.S)
    bare = re.sub(r"\{%.*?%\}", lines, bare, flags=re.S)
    bare = re.sub(r"(</?)\{\{.*?\}\}", r"\1p", bare, flags=re.S)  # a tag chosen by the code
    return re.sub(r"\{\{.*?\}\}", lambda m: "0" + lines(m), bare, flags=re.S)


def bare_words(template: str) -> list[str]:
    """Words in text or shown attributes that stand outside `_()`."""
    parser = _Shown()
    parser.feed(_without_code(template))
    parser.close()
    # Attributes that a macro writes on their own are text to the parser.
    attribute = re.compile(rf"(?<![\w-])(?!(?:{'|'.join(SHOWN)})=)[a-z][\w-]*=\"[^\"]*\"")
    found = []
    for line, shown in parser.found:
        rest = attribute.sub("", shown)
        for word in sorted(SAME_EVERYWHERE, key=len, reverse=True):
            rest = rest.replace(word, "")
        if re.search(r"[^\W\d_]{2,}", rest):
            found.append(f"line {line}: {' '.join(shown.split())[:60]!r}")
    return found


def test_templates_hold_no_bare_words() -> None:
    none(f"{name(p)} {f}" for p in templates() for f in bare_words(text(p)))


def test_a_bare_word_is_found() -> None:
    assert bare_words("<p>\n  Hello {{ name }}</p>") == ["line 1: 'Hello 0'"]
    assert bare_words('<img alt="A pomelo">') == ["line 1: 'A pomelo'"]
    assert bare_words("""<p title="{{ _("Pay") }}">{{ _("Pay") }} · 12</p>""") == []
    assert bare_words("<{{ tag }} class='card'>{{ caller() }}</{{ tag }}>") == []
    assert bare_words("<p>Gánh{# a note #}{% if a > b %} – {% endif %}</p>") == []


def english_in_scripts(script: str) -> list[str]:
    """Sentences in JavaScript strings: scripts read their words from data attributes."""
    return re.findall(r"""["'`]([A-Z][a-z]+ [^"'`\n]*[a-z][.!?…]?)["'`]""", script)


def test_scripts_say_nothing_themselves() -> None:
    scripts = [p for p in files(*FLOORS) if p.suffix == ".js"]
    none(f"{name(p)}: {f!r}" for p in scripts for f in english_in_scripts(text(p)))
