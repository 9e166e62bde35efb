"""Catalogues are merged per language; the language is Vietnamese unless English is wanted."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from integrations.runtime.i18n import (
    catalogue,
    catalogue_faults,
    current_language,
    language_of,
    ngettext,
    register_locale,
    translate,
    using_language,
)
from tests.pages.kit import request

HEAD = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=UTF-8\\n"\n"Language: vi\\n"\n'
HEAD += '"Plural-Forms: nplurals=1; plural=0;\\n"\n\n'


def write(folder: Path, slice_name: str, body: str) -> Path:
    (folder / "vi").mkdir(parents=True, exist_ok=True)
    (folder / "vi" / f"{slice_name}.po").write_text(HEAD + body, encoding="utf-8")
    return folder


@pytest.fixture
def floor(tmp_path: Path) -> Iterator[Path]:
    """An upper floor's locale folder with two slices, taken out again afterwards."""
    write(tmp_path, "shop", 'msgid "Hello {name}"\nmsgstr "Chào {name}"\n')
    write(
        tmp_path,
        "orders",
        'msgid "{n} order"\nmsgid_plural "{n} orders"\nmsgstr[0] "{n} đơn"\n\n'
        'msgctxt "verb"\nmsgid "Order"\nmsgstr "Đặt hàng"\n\n'
        'msgid "Order"\nmsgstr "Đơn"\n',
    )
    before = list(catalogue._folders)
    register_locale(tmp_path)
    yield tmp_path
    catalogue._folders[:] = before
    catalogue._loaded.clear()


@pytest.mark.usefixtures("floor")
def test_slices_of_all_floors_are_one_catalogue() -> None:
    assert translate("vi", "Hello {name}", name="Lan") == "Chào Lan"
    assert translate("vi", "Monday") == "thứ Hai"
    assert translate("en", "Hello {name}", name="Lan") == "Hello Lan"


@pytest.mark.usefixtures("floor")
def test_plurals_have_one_form_in_vietnamese_and_two_in_english() -> None:
    shown = [ngettext("vi", "{n} order", "{n} orders", n) for n in (1, 3)]
    assert shown == ["1 đơn", "3 đơn"]
    shown = [ngettext("en", "{n} order", "{n} orders", n) for n in (1, 3)]
    assert shown == ["1 order", "3 orders"]


@pytest.mark.usefixtures("floor")
def test_the_same_word_can_differ_by_context() -> None:
    assert translate("vi", "Order") == "Đơn"
    assert translate("vi", "Order", msgctxt="verb") == "Đặt hàng"


def test_an_unknown_sentence_stays_english_and_braces_without_values_stay() -> None:
    assert translate("vi", "Nobody wrote this {down}") == "Nobody wrote this {down}"


def test_faults_are_named(tmp_path: Path) -> None:
    package = tmp_path / "package"
    package.mkdir()
    (package / "a.py").write_text('x = N_("Only in code")\ny = N_("Held until {time}")\n')
    (package / "b.html").write_text('{{ _("Only in a page") }}{{ ngettext("{n} a", "{n} b", 2) }}')
    one = write(tmp_path / "one", "a", 'msgid "Held until {time}"\nmsgstr "Giữ đến {gio}"\n')
    two = write(tmp_path / "two", "b", 'msgid "Held until {time}"\nmsgstr "Giữ tới {time}"\n')
    faults = "\n".join(catalogue_faults([package], folders=[one, two]))
    assert "a.py:1: no vi for 'Only in code'" in faults
    assert "b.html:1: no vi for 'Only in a page'" in faults
    assert "no vi for '{n} a'" in faults
    assert "placeholders differ for 'Held until {time}'" in faults
    assert "second translation for 'Held until {time}'" in faults


@pytest.mark.parametrize(
    ("headers", "language"),
    [
        ({}, "vi"),
        ({"accept_language": "en-GB,en;q=0.8"}, "en"),
        ({"accept_language": "en,vi;q=0.3"}, "vi"),
        ({"accept_language": "en, vi;q=0"}, "en"),
        ({"accept_language": "fr,de;q=0.5"}, "vi"),
        ({"accept_language": "en;q=0"}, "vi"),
        ({"accept_language": ",;;=,"}, "vi"),
        ({"accept_language": "en", "cookie": "lang=vi"}, "vi"),
        ({"cookie": "lang=en"}, "en"),
        ({"cookie": "lang=xx"}, "vi"),
    ],
)
def test_vietnamese_first(headers: dict[str, str], language: str) -> None:
    assert language_of(request(**headers)) == language


def test_the_language_of_a_block_ends_with_it() -> None:
    with using_language("en"):
        assert current_language() == "en"
    assert current_language() == "vi"
