"""Every page, once per run: nothing that bars anybody, nothing too small, too wide or foreign."""

import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from fastapi.routing import iter_route_contexts
from playwright.async_api import Browser, Page, Response
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


@dataclass
class Screens:
    """One window for each language and width: a new one for every page costs more than to look."""

    chromium: Browser
    home: str
    open: dict[tuple[str, int], tuple[Page, Watch]] = field(default_factory=dict)

    async def clean(self, way: tuple[str, int]) -> tuple[Page, Watch]:
        """The window of this way, without a cookie, and what it does from now on."""
        if way not in self.open:
            small = way[1] == 360
            context = await self.chromium.new_context(
                is_mobile=small, has_touch=small, locale="vi-VN", timezone_id="Asia/Ho_Chi_Minh"
            )
            self.open[way] = await context.new_page(), Watch(self.home).over(context)
        page, watch = self.open[way]
        await page.goto("about:blank")
        await page.context.clear_cookies()
        watch.forget()
        await page.set_viewport_size({"width": way[1], "height": 640 if way[1] == 360 else 800})
        return page, watch

    async def drop(self, way: tuple[str, int]) -> None:
        """After something went wrong the next page gets a new window."""
        page, _ = self.open.pop(way)
        await page.context.close()


@pytest.fixture(scope="module")
async def screens(chromium: Browser, service: Service) -> AsyncIterator[Screens]:
    """Windows of this module, closed at its end."""
    made = Screens(chromium, service.base_url)
    yield made
    for way in list(made.open):
        await made.drop(way)


async def come(page: Page, home: str, world: World, place: Place) -> None:
    """Stand on the page, in its state."""
    answers: list[int] = []

    def answered(response: Response) -> None:
        if response.request.is_navigation_request():
            answers.append(response.status)

    answer = await page.goto(home + place.address(world))
    assert answer is not None
    if place.steps is None:
        assert answer.status == place.status, await page.title()
        return
    answers.append(answer.status)
    page.on("response", answered)
    try:
        await place.steps(page, world)
    finally:
        page.remove_listener("response", answered)
    assert answers[-1] == place.status or (place.status == 400 and answers[-1] == 422)


async def look(screens: Screens, world: World, place: Place, way: tuple[str, int]) -> None:
    """Everything that is asked of a page, in one language and width."""
    page, watch = await screens.clean(way)
    try:
        await _look(page, screens.home, world, place, way)
        watch.assert_quiet()
    except BaseException:
        await screens.drop(way)
        raise


async def _look(page: Page, home: str, world: World, place: Place, way: tuple[str, int]) -> None:
    language, width = way
    dark = sum(map(ord, place.name)) % 4 == 0
    await page.emulate_media(color_scheme="dark" if dark else "light")
    cookies = {"lang": language, **place.cookies(world)}
    await page.context.add_cookies(
        [{"name": name, "value": value, "url": home} for name, value in cookies.items()]
    )
    await come(page, home, world, place)
    await shot(page, f"{place.name}-{language}-{width}")
    await page.evaluate(AXE_SCRIPT)
    assert await page.evaluate(RUN_AXE, WCAG) == []
    if width == 360:
        staff = await page.locator("body.staff").count()
        assert await page.evaluate(SMALL, 32 if staff else 44) == []
        assert await page.evaluate(SPILT) == []
    if language == "vi" and place.name not in MIXED:
        assert ENGLISH.findall(await page.evaluate(SAID)) == []
    await page.set_viewport_size({"width": 320, "height": 640})
    assert await page.evaluate("document.documentElement.scrollWidth") <= 320, await page.evaluate(
        WIDE
    )


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.name)
async def test_page(screens: Screens, world: World, place: Place) -> None:
    way = WAYS[PLACES.index(place) % 4]
    await look(screens, world, place, way)


@pytest.mark.nightly
@pytest.mark.parametrize("way", WAYS, ids=lambda way: f"{way[0]}-{way[1]}")
@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.name)
async def test_page_in_every_way(
    screens: Screens, world: World, place: Place, way: tuple[str, int]
) -> None:
    await look(screens, world, place, way)


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
