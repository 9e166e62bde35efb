"""Pages: escaped, strict, private by default, with only what they use."""

import json
import re
from pathlib import Path

import jinja2
import pytest

from integrations.contracts.errors import N_, NotFound, Problem, TooMany
from integrations.runtime.pages import Renderer
from tests.pages.kit import HOSTILE, Bench, request

LAYOUTS = ("producer.html", "buyer.html", "staff.html")
STATUSES = (400, 401, 403, 404, 409, 413, 429, 500, 503)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_layout_holds_a_page(bench: Bench, layout: str) -> None:
    page = bench.page(
        f'{{% extends "{layout}" %}}{{% set place = "orders" %}}'
        "{% block title %}{{ name }}{% endblock %}"
        "{% block main %}<h1>{{ name }}</h1>{% endblock %}",
        {"name": HOSTILE, "who": HOSTILE, "who_place": HOSTILE, "toast": HOSTILE},
    )
    assert page.startswith("<!doctype html>")
    assert '<html lang="vi">' in page
    assert "Tới nội dung chính" in page
    assert "<script>" not in page and 'onload="' not in page
    assert page.count('rel="stylesheet"') == 1


def test_the_current_place_and_its_count_are_shown(bench: Bench) -> None:
    page = bench.page(
        '{% extends "producer.html" %}{% set place = "orders" %}', {"nav_counts": {"orders": 2}}
    )
    assert re.search(r'href="/o" aria-current="page"', page)
    assert 'class="count">2<span class="sr"> mới' in page
    assert page.count("aria-current") == 1


def test_only_icons_that_are_used_travel(bench: Bench) -> None:
    page = bench.page('{% extends "base.html" %}{% block main %}{{ icon("truck") }}{% endblock %}')
    assert re.findall(r'<symbol id="i-([a-z]+)"', page) == ["truck"]
    assert '<use href="#i-truck"/>' in page
    bare = bench.page('{% extends "base.html" %}')
    assert "<svg" not in bare and "symbols-->" not in bare


def test_an_unknown_icon_or_name_is_an_error(bench: Bench) -> None:
    with pytest.raises(KeyError, match="no icon"):
        bench.page('{{ icon("unicorn") }}')
    with pytest.raises(jinja2.UndefinedError):
        bench.page("{{ nobody_set_this }}")
    with pytest.raises(jinja2.UndefinedError):
        bench.page("{{ thing.colour }}", {"thing": {}})


def test_scripts_are_one_deferred_request(bench: Bench) -> None:
    page = bench.page(
        '{% extends "base.html" %}{% block main %}{{ script("poll.js") }}{{ script("copy.js") }}'
        '{{ script("poll.js") }}{% endblock %}'
    )
    assert len(re.findall("<script", page)) == 1
    assert re.search(r'<script src="/static/copy\+poll\.[0-9a-f]{12}\.js" defer></script>', page)


def test_markup_in_a_sentence_is_kept_and_the_rest_escaped(bench: Bench) -> None:
    page = bench.page(
        '{{ _("{time} left, {who}", time=ui.amount(5000), who=name) }}', {"name": HOSTILE}
    )
    assert '<span class="money">5.000\u00a0₫</span> left, &lt;script&gt;' in page


def test_schema_org_data_cannot_close_its_block(bench: Bench) -> None:
    page = bench.page("{{ jsonld(data) }}", {"data": {"name": "</script><b>&", "n": "Bưởi"}})
    block = re.fullmatch(r'<script type="application/ld\+json">(.*)</script>', page.strip())
    assert block and "<" not in block[1]
    assert json.loads(block[1])["name"] == "</script><b>&"


def test_headers_of_a_private_page(bench: Bench) -> None:
    headers = bench.answer("x").headers
    assert headers["cache-control"] == "no-store"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert headers["content-language"] == "vi"
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy
    assert "img-src 'self' data:;" in policy
    assert "strict-transport-security" not in headers


def test_headers_in_production_with_pictures_elsewhere() -> None:
    renderer = Renderer(media_url="https://cdn.example/ganh/", https=True)
    headers = renderer.error(request(), 404, code="x").headers
    assert "img-src 'self' data: https://cdn.example;" in headers["content-security-policy"]
    assert headers["strict-transport-security"] == "max-age=31536000"


def test_a_public_page_is_asked_for_again_by_its_etag(bench: Bench) -> None:
    first = bench.answer("x", public_for_s=30)
    assert first.headers["cache-control"] == "public, max-age=30"
    assert first.headers["vary"] == "Accept-Language, Cookie"
    seen = request(if_none_match=first.headers["etag"])
    again = bench.answer("x", public_for_s=30, request=seen)
    assert (again.status_code, again.body) == (304, b"")
    changed = bench.answer("y", public_for_s=30, request=seen)
    assert changed.status_code == 200


def test_shared_names_reach_every_page_and_the_page_wins(tmp_path: Path) -> None:
    bench = Bench(tmp_path, shared=lambda _: {"who": "Lan", "cart_count": 3})
    assert bench.page("{{ who }} {{ cart_count }}", {"cart_count": 4}) == "Lan 4"


def test_english_is_complete_and_offers_vietnamese(bench: Bench) -> None:
    page = bench.page('{% extends "buyer.html" %}', request=request("/p/1", accept_language="en"))
    assert '<html lang="en">' in page
    assert "To the main content" in page
    assert 'href="/language?back=/p/1&amp;lang=vi"' in page


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("language", ["vi", "en"])
def test_failures_have_a_page_in_plain_words(status: int, language: str) -> None:
    seen = request("/x", cookie=f"lang={language}")
    answer = Renderer().error(seen, status, code="some.code")
    page = bytes(answer.body).decode()
    assert answer.status_code == status
    assert "some.code" in page
    assert ("Mã cho người hỗ trợ" if language == "vi" else "Code for the helper") in page
    assert page.count('class="btn go"') == 1


def test_a_refusal_says_what_who_and_when(bench: Bench) -> None:
    problem = TooMany(
        "code.tries", N_("Hello {name}"), who="helper", params={"name": HOSTILE}, retry_after_s=61
    )
    answer = bench.renderer.problem(request(), problem)
    page = bytes(answer.body).decode()
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "61")
    assert "Hello &lt;script&gt;" in page
    assert "Mời quay lại sau 2 phút." in page
    assert "Người hỗ trợ sẽ giúp sửa." in page


def test_a_status_without_its_own_page_gets_a_near_one(bench: Bench) -> None:
    class Odd(Problem):
        status = 422

    assert bench.renderer.problem(request(), Odd("a.b", "x")).status_code == 422
    assert bench.renderer.error(request(), 502, code="x").status_code == 502
    assert bench.renderer.problem(request(), NotFound("a.b", "x")).status_code == 404


def test_templates_carry_no_inline_style_or_handler() -> None:
    root = Path(__file__).parents[2]
    for path in root.glob("*/templates/**/*.html"):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"\sstyle=|<style|\son[a-z]+=|javascript:|<script(?! src)", text), path
