"""The small scripts in a real browser, under the page's own policy, with its clock in hand."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from playwright.async_api import Page, Route, async_playwright
from starlette.requests import Request

from tests.pages.kit import Bench

pytestmark = pytest.mark.browser
START = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)


class Site:
    """Serves one page and its static files to the browser without a socket."""

    def __init__(self, bench: Bench, page: Page) -> None:
        self.bench = bench
        self.page = page
        self.progress: list[dict[str, object]] = []
        self.asked = 0
        self.complaints: list[str] = []
        page.on("console", lambda message: self.complaints.append(message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    async def show(self, main: str) -> None:
        answer = self.bench.answer(
            '{% extends "buyer.html" %}{% block main %}' + main + "{% endblock %}",
            {"until": START + timedelta(minutes=2)},
        )

        async def serve(route: Route) -> None:
            path = route.request.url.removeprefix("http://localhost")
            if path.startswith("/static/"):
                scope = {"type": "http", "method": "GET", "path": path, "headers": []}
                sent = self.bench.renderer.assets.answer(Request(scope))
            elif path == "/progress":
                now = self.progress[min(self.asked, len(self.progress) - 1)]
                self.asked += 1
                await route.fulfill(body=json.dumps(now), content_type="application/json")
                return
            else:
                sent = answer
            await route.fulfill(
                status=sent.status_code, headers=dict(sent.headers), body=bytes(sent.body)
            )

        await self.page.route("**/*", serve)
        await self.page.clock.install(time=START)
        await self.page.goto("http://localhost/")


@pytest.fixture
async def site(bench: Bench) -> AsyncIterator[Site]:
    async with async_playwright() as tools:
        browser = await tools.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"]
        )
        context = await browser.new_context(permissions=["clipboard-read", "clipboard-write"])
        yield Site(bench, await context.new_page())
        await browser.close()


async def test_copying_says_that_it_happened(site: Site) -> None:
    await site.show('{{ ui.copy_row("A", "3700 0000", "37000000") }}')
    button = site.page.locator("[data-copy]")
    await button.click()
    await site.page.locator("[data-copy]", has_text="Đã chép").wait_for(timeout=5_000)
    assert await site.page.evaluate("navigator.clipboard.readText()") == "37000000"
    await site.page.clock.run_for(3_000)
    assert (await button.text_content() or "").endswith("Chép")
    assert site.complaints == []


async def test_the_time_left_counts_down_in_words(site: Site) -> None:
    await site.show("{{ ui.countdown(until) }}")
    span = site.page.locator("[data-until]")
    seen = []
    for seconds in (0, 61, 30, 60):
        await site.page.clock.run_for(seconds * 1_000)
        seen.append(await span.text_content())
    assert seen[0] in ("còn 2 phút", "còn 1 phút")
    assert seen[2] == "còn chưa đến 1 phút"
    assert seen[3] == "quá chưa đến 1 phút"
    assert site.complaints == []


async def test_progress_is_asked_for_ever_more_slowly_until_done(site: Site) -> None:
    site.progress = [
        {"done": False, "text": "Ảnh 1 trong 3", "value": 1, "max": 3},
        {"done": False, "text": "Ảnh 2 trong 3", "value": 2, "max": 3},
        {"done": True, "url": "/there"},
    ]
    await site.show('{{ ui.poll("/progress", "Đang gửi ảnh") }}')
    assert not await site.page.locator("[data-poll-hand]").is_visible()
    for wait, text in ((1_000, "Ảnh 1 trong 3"), (2_000, "Ảnh 2 trong 3")):
        await site.page.clock.run_for(wait)
        await site.page.get_by_text(text).wait_for(timeout=5_000)
    assert await site.page.locator("progress").get_attribute("value") == "2"
    assert site.asked == 2
    await site.page.clock.run_for(4_000)
    await site.page.wait_for_url("http://localhost/there", timeout=5_000)
    assert site.complaints == []


FORM = (
    '<form><input name="name" value="Bưởi"><textarea name="about">Hái sáng.</textarea>'
    '<input type="checkbox" name="fresh">{{ ui.poll("/progress", "Đang chuẩn bị ảnh") }}</form>'
)
READY: dict[str, object] = {
    "done": True, "text": "Ảnh đã xong.", "url": "/there", "picture": "/r/a.jpg"
}  # fmt: skip


async def test_a_form_that_nobody_touched_moves_on_by_itself(site: Site) -> None:
    site.progress = [READY]
    await site.show(FORM)
    await site.page.clock.run_for(1_000)
    await site.page.wait_for_url("http://localhost/there", timeout=5_000)
    assert site.complaints == []


@pytest.mark.parametrize(
    "begin",
    [
        'form => { form.name.value = "Bưởi Phúc Trạch" }',  # put back by the browser: no event
        'form => { form.about.value = "Hái chiều." }',
        "form => { form.fresh.checked = true }",
        'form => { form.name.dispatchEvent(new Event("input", { bubbles: true })) }',
        'form => { form.dispatchEvent(new Event("submit")) }',
    ],
    ids=["line", "lines", "tick", "typed and taken back", "being sent"],
)
async def test_a_form_in_use_stays_and_gets_the_picture(site: Site, begin: str) -> None:
    site.progress = [READY]
    await site.show(FORM)
    await site.page.locator("form").evaluate(begin)
    typed = await site.page.locator('[name="name"]').input_value()
    await site.page.clock.run_for(1_000)
    await site.page.locator("[data-poll-url] img").wait_for(state="attached", timeout=5_000)
    await site.page.clock.run_for(60_000)
    assert site.page.url == "http://localhost/" and site.asked == 1
    assert await site.page.locator('[name="name"]').input_value() == typed
    assert await site.page.get_by_text("Ảnh đã xong.").is_visible()
    assert await site.page.locator("progress").count() == 0
    assert await site.page.locator("[data-poll-url] img").get_attribute("src") == "/r/a.jpg"


async def test_typing_while_the_next_page_is_long_in_coming_stops_it(site: Site) -> None:
    site.progress = [READY]
    await site.show(FORM)
    asked, let_come = asyncio.Event(), asyncio.Event()

    async def slow(route: Route) -> None:
        asked.set()
        await let_come.wait()
        await route.abort()

    await site.page.route("**/there", slow)
    await site.page.locator('[name="name"]').focus()
    await site.page.clock.run_for(1_000)
    await asyncio.wait_for(asked.wait(), 5)
    await site.page.keyboard.type("Phúc Trạch")
    await site.page.locator("[data-poll-url] img").wait_for(state="attached", timeout=5_000)
    let_come.set()
    assert site.page.url == "http://localhost/"
    typed = await site.page.locator('[name="name"]').input_value()
    assert "Phúc Trạch" in typed and "Bưởi" in typed


async def test_a_form_that_came_back_keeps_its_words_and_what_is_wrong(site: Site) -> None:
    site.progress = [{**READY, "text": "Ảnh đến chưa đủ.", "picture": None}]
    await site.show(FORM.replace('value="Bưởi"', 'value="<b>" aria-invalid="true"'))
    await site.page.clock.run_for(1_000)
    await site.page.get_by_text("Ảnh đến chưa đủ.").wait_for(timeout=5_000)
    await site.page.clock.run_for(60_000)
    assert site.page.url == "http://localhost/" and site.asked == 1
    assert await site.page.locator('[name="name"]').input_value() == "<b>"
    assert site.complaints == []
