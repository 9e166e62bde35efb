"""Every page, once per run: nothing that bars anybody, nothing too small, too wide or foreign."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from fastapi.routing import iter_route_contexts
from playwright.async_api import Browser, BrowserContext, Page
from starlette.routing import BaseRoute

from market.app import DEVELOPMENT, PAGES
from tests.browser.places import NO_PAGES, PLACES, Place
from tests.browser.world import World, make_world
from tests.kit.screens import Watch, shot
from tests.kit.service import Service
from tests.kit.stack import Stack

pytestmark = pytest.mark.browser

WAYS = [("vi", 360), ("en", 1280), ("en", 360), ("vi", 1280)]
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
RUN_AXE = """async tags => (await axe.run(document, {runOnly: {type: 'tag', values: tags},
    resultTypes: ['violations']})).violations
    .map(it => it.id + ': ' + it.nodes.map(n => n.html.slice(0, 200)).join(' | '))"""
# What a finger has to hit: links inside of a sentence are let be, a box counts with its words.
SMALL = """least => [...document.querySelectorAll(
      'a[href], button, input:not([type=hidden]), select, textarea, summary, label.btn')]
    .map(it => it.matches('[type=radio], [type=checkbox]') ? it.closest('label') : it)
    .filter(it => !it.matches('.sr, .skip') && it.checkVisibility())
    .filter(it => !(getComputedStyle(it).display === 'inline' &&
      it.parentNode.textContent.trim() !== it.textContent.trim()))
    .filter(it => Math.round(it.getBoundingClientRect().height) < least)
    .map(it => it.outerHTML.slice(0, 160))"""
WIDE = """() => [...document.querySelectorAll('body *')]
    .filter(it => it.getBoundingClientRect().right > innerWidth + 1 && !it.closest('.scroll, .sr'))
    .map(it => it.outerHTML.slice(0, 120)).slice(0, 3)"""
SPILT = """() => [...document.querySelectorAll('.card, .bar, .note, .field')].flatMap(box => {
      const {right} = box.getBoundingClientRect()
      const edge = right - parseFloat(getComputedStyle(box).paddingRight)
      return [...box.querySelectorAll('p, span, a, h2, button')]
        .filter(it => it.checkVisibility() && !it.closest('.sr, .scroll') &&
          it.getBoundingClientRect().right > edge + 1.5)
        .map(it => it.outerHTML.slice(0, 120))}).slice(0, 3)"""
SAID = """() => [...document.querySelectorAll('[lang=en], code, pre, select')].reduce(
    (text, it) => text.replace(it.innerText, ' '), document.body.innerText)"""
ENGLISH = re.compile(
    r"\b(the|and|your|please|with|this|that|for|from|are|has|have|not|then|within|makes|goods"
    r"|money|order|seller|buyer|price|by|of|it|sign|see)\b(?![._]\w)",
    re.IGNORECASE,
)

# For programmers, and what each reader was sent in a language of their own.
MIXED = {"docs", "messages"}


@pytest.fixture(scope="module")
async def world(stack: Stack) -> World:
    """What all pages show."""
    return await make_world(stack)


async def come(context: BrowserContext, service: Service, world: World, place: Place) -> Page:
    """Stand on the page, in its state."""
    page = await context.new_page()
    answer = await page.goto(service.base_url + place.address(world))
    assert answer is not None
    if place.steps is not None:
        answers: list[int] = [answer.status]
        page.on("response", lambda r: answers.append(r.status) if _is_page(r) else None)
        await place.steps(page, world)
        assert answers[-1] == place.status or (place.status == 400 and answers[-1] == 422)
    else:
        assert answer.status == place.status, await page.title()
    return page


def _is_page(response: Any) -> bool:
    return bool(response.request.is_navigation_request())


async def look(
    chromium: Browser, service: Service, world: World, place: Place, way: tuple[str, int]
) -> None:
    """Everything that is asked of a page, in one language and width."""
    language, width = way
    small = width == 360
    context = await chromium.new_context(
        viewport={"width": width, "height": 640 if small else 800},
        is_mobile=small,
        has_touch=small,
        color_scheme="dark" if sum(map(ord, place.name)) % 4 == 0 else "light",
        locale="vi-VN",
        timezone_id="Asia/Ho_Chi_Minh",
    )
    watch = Watch(service.base_url).over(context)
    cookies = {"lang": language, **place.cookies(world)}
    await context.add_cookies(
        [{"name": name, "value": value, "url": service.base_url} for name, value in cookies.items()]
    )
    page = await come(context, service, world, place)
    await shot(page, f"{place.name}-{language}-{width}")
    await page.evaluate(AXE_SCRIPT)
    assert await page.evaluate(RUN_AXE, WCAG) == []
    if small:
        staff = await page.locator("body.staff").count()
        assert await page.evaluate(SMALL, 32 if staff else 44) == []
        assert await page.evaluate(SPILT) == []
    if language == "vi" and place.name not in MIXED:
        assert ENGLISH.findall(await page.evaluate(SAID)) == []
    await page.set_viewport_size({"width": 320, "height": 640})
    assert await page.evaluate("document.documentElement.scrollWidth") <= 320, await page.evaluate(
        WIDE
    )
    watch.assert_quiet()
    await context.close()


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.name)
async def test_page(chromium: Browser, service: Service, world: World, place: Place) -> None:
    way = WAYS[PLACES.index(place) % 4]
    await look(chromium, service, world, place, way)


@pytest.mark.nightly
@pytest.mark.parametrize("way", WAYS, ids=lambda way: f"{way[0]}-{way[1]}")
@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.name)
async def test_page_in_every_way(
    chromium: Browser, service: Service, world: World, place: Place, way: tuple[str, int]
) -> None:
    await look(chromium, service, world, place, way)


def test_every_page_is_looked_at() -> None:
    routes = {
        route.path
        for route in iter_route_contexts([*_routes()])
        if route.path and "GET" in (route.methods or ())
    }
    seen = {place.route for place in PLACES if place.route}
    assert routes - seen - NO_PAGES == set(), "a page without a row in places.py"
    assert (seen | NO_PAGES) - routes == set(), "a row without a page"


def _routes() -> Iterator[BaseRoute]:
    for router in (*PAGES, *DEVELOPMENT):
        yield from router.routes
