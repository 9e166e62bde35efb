"""Every macro renders, escapes what people typed, and keeps its promises to screen readers."""

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from starlette.datastructures import FormData

from integrations.contracts.errors import Problem
from integrations.runtime.pages import Renderer, Typed
from tests.pages.kit import HOSTILE, PICTURE, Bench

MOMENT = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
BAD = Typed.of(
    {"a": HOSTILE, "b": "2", "many": ["1"]},
    Problem("x.y", "Mời xem {what}.", field="a", params={"what": HOSTILE}),
    Problem("x.all", HOSTILE),
)
CALLS = [
    'ui.words(t, "copy")',
    'ui.button(t, "go", "check", name="n", value=t, aria_label=t, disabled=true, form=none)',
    'ui.link(t, t, "yes", "next", wide=true)',
    'ui.post(t, t, {"a": t}, "no")',
    'ui.chip(t, "ok")',
    'ui.note(t, "stop", code=t)',
    "ui.problem(p)",
    "ui.problems(f)",
    "ui.amount(45000, 'huge')",
    "ui.price(45000, t)",
    "ui.sum([(t, 5), (t, -5), (t, t)])",
    "ui.receive(t, 5, [(t, 5)])",
    "ui.total(t, 5)",
    "ui.facts([(t, t), (t, none), (t, '')])",
    'ui.icon_list([("truck", t)])',
    'ui.steps([{"title": t, "text": t, "done": true}, {"title": t, "later": true}])',
    "ui.empty(t, t)",
    "ui.line(t, t, t, ui.chip(t), pics.thumb(pic), t)",
    "ui.line(t, right=t, current=true)",
    "ui.copy_row(t, t, t)",
    'ui.saved(t, t, "wait")',
    "ui.saved_until(t, moment)",
    "ui.countdown(moment)",
    "ui.progress(t, 1, 2)",
    "ui.poll(t, t)",
    "ui.toast(t)",
    'ui.toast({"text": t, "action": t, "fields": {"a": t}})',
    "ui.pager(t, t, t)",
    "ui.pager()",
    "ui.tabs([(t, t, true)], t)",
    "ui.ask_helper(t, t)",
    'form.input(f, "a", t, t, unit=t, maxlength=3)',
    'form.text(f, "a", t, t)',
    'form.tel(f, "a", t)',
    'form.money(f, "a", t, unit=t)',
    'form.number(f, "a", t, t, optional=true)',
    'form.code(f, "a", t)',
    'form.textarea(f, "a", t, t)',
    'form.select(f, "a", t, [(t, t), (2, t)], empty=t)',
    'form.radios(f, "a", t, [(t, t), (1, t, t)], t)',
    'form.ticks(f, "a", t, [(t, t)], t)',
    'form.tick(f, "a", t, t)',
    'form.file(f, "a", t, help=t, capture="environment")',
    "form.search(t, t)",
    'form.hidden("a", t)',
    "form.problems(f)",
    'pics.picture(pic, "64px")',
    "pics.large(pic)",
    "pics.large(none)",
    "pics.thumb(none)",
    "pics.good(t, t, 5, t, t, pic, ui.chip(t))",
    "pics.good(t, t, 5)",
]
BLOCKS = [
    'ui.note(state="wait")',
    "ui.receive(t, 5)",
    "ui.step(2, t, t, later=true)",
    "ui.empty(t)",
    "ui.rows(ordered=true)",
    "ui.line(t)",
    "ui.more(t, t, open=true)",
    "ui.bar()",
    'ui.table(t, [t, (t, "num")])',
    "pics.bleed(pic)",
    "pics.goods()",
    'form.text(f, "a", t)',
    'form.money(f, "a", t)',
    'form.textarea(f, "a", t)',
    'form.select(f, "a", t, [])',
]


def context() -> dict[str, Any]:
    picture = {**PICTURE, "alt": HOSTILE, "placeholder": HOSTILE}
    return {"t": HOSTILE, "f": BAD, "p": BAD.problems[0], "moment": MOMENT, "pic": picture}


@pytest.mark.parametrize("call", CALLS)
def test_a_macro_escapes_what_it_is_given(bench: Bench, call: str) -> None:
    page = bench.page("{{ " + call + " }}", context())
    assert "<script>" not in page
    assert '" onload="' not in page and "' onload=" not in page.replace("&#39; onload=", "")


@pytest.mark.parametrize("call", BLOCKS)
def test_a_macro_holds_what_it_is_called_with(bench: Bench, call: str) -> None:
    page = bench.page("{% call " + call + " %}<b>inside</b>{{ t }}{% endcall %}", context())
    assert "<b>inside</b>" in page
    assert "<script>" not in page


def test_every_macro_is_tried() -> None:
    renderer = Renderer()
    tried = " ".join(CALLS + BLOCKS)
    for group in ("ui", "form", "pics"):
        module = renderer.environment.globals[group]
        for name in vars(module):
            if not name.startswith("_") and name not in ("srcset", "none_yet", "copy"):
                assert f"{group}.{name}(" in tried, f"{group}.{name}"


def test_a_field_keeps_its_text_and_names_its_error(bench: Bench) -> None:
    f = Typed.of({"price": "180"}, Problem("m.low", "Thiếu số không.", field="price"))
    page = bench.page('{{ form.money(f, "price", "Giá", "Mỗi lọ", unit="lọ") }}', {"f": f})
    assert 'value="180"' in page
    assert 'aria-describedby="price-h price-e" aria-invalid="true"' in page
    assert 'id="price-h">Mỗi lọ' in page
    assert 'id="price-e"' in page and "Thiếu số không." in page
    assert "₫ / lọ" in page and 'class="field bad"' in page and " required" in page


def test_an_empty_form_has_no_errors(bench: Bench) -> None:
    page = bench.page('{{ form.text(typed, "name", "Tên", optional=true, maxlength=80) }}')
    assert 'value=""' in page and 'maxlength="80"' in page
    assert "aria-" not in page and "required" not in page
    assert "để trống cũng được" in page


def test_choices_remember(bench: Bench) -> None:
    f = Typed.of(FormData([("ship", "post"), ("ship", "self"), ("kind", "b")]))
    page = bench.page(
        '{{ form.ticks(f, "ship", "Giao", [("post", "A"), ("self", "B"), ("air", "C")]) }}'
        '{{ form.select(f, "kind", "Loại", [("a", "A"), ("b", "B")]) }}'
        '{{ form.radios(f, "kind", "Loại", [("a", "A"), ("b", "B")]) }}',
        {"f": f},
    )
    assert page.count(" checked") == 3
    assert 'value="air" checked' not in page
    assert '<option value="b" selected>' in page


def test_a_textarea_keeps_its_first_empty_line(bench: Bench) -> None:
    page = bench.page('{{ form.textarea(f, "a", "A") }}', {"f": Typed.of({"a": "\nhai"})})
    assert ">\n\nhai</textarea>" in page


def test_problems_link_to_their_fields(bench: Bench) -> None:
    page = bench.page("{{ form.problems(f) }}", {"f": BAD})
    assert 'href="#a"' in page and page.count('role="alert"') == 2
    assert bench.page("{{ form.problems(typed) }}").strip() == ""


def test_a_picture_offers_webp_then_jpeg(bench: Bench) -> None:
    page = bench.page("{{ pics.large(pic) }}", {"pic": SimpleNamespace(**PICTURE)})
    assert '<source type="image/webp" srcset="/m/a-160.webp 160w, /m/a-480.webp 480w"' in page
    assert 'src="/m/a-160.jpg"' in page and 'width="400" height="300"' in page
    assert 'fetchpriority="high"' in page and "lazy" not in page
    assert 'src="data:image/webp;base64,AA=="' in page
    thumb = bench.page("{{ pics.thumb(pic) }}", {"pic": PICTURE})
    assert 'loading="lazy"' in thumb and 'alt=""' in thumb and "data:" not in thumb


def test_copy_buttons_wait_for_javascript(bench: Bench) -> None:
    page = bench.page('{{ ui.copy_row("Số tiền", "300.000 ₫", "300000") }}')
    assert 'hidden data-copy="300000"' in page
    assert "data-copy" not in bench.page('{{ ui.copy_row("Ngân hàng", "Agribank") }}')
