"""Where each kind of staff begins, and the tabs: every one that is shown opens."""

import re

import pytest

from integrations.contracts.viewer import STAFF_ROLES, Role
from market.navigation import NAV
from tests.access.routes import matrix
from tests.kit.people import a_person, a_staff
from tests.kit.stack import Stack

ROLES = sorted(STAFF_ROLES)


def tabs_on(page: str) -> list[str]:
    """The addresses of the tabs of a page."""
    bar = re.search(r'<div class="tabs">(.*?)</div>', page, re.S)
    assert bar, "no tabs"
    return re.findall(r'href="([^"]+)"', bar[1])


@pytest.mark.parametrize("role", ROLES)
async def test_home_and_every_tab_open_for_each_role(stack: Stack, role: Role) -> None:
    staff = await a_staff(role)
    async with stack.browser(staff.token) as browser:
        led = await browser.get("/staff")
        assert led.status_code == 303
        signed_in = await browser.get("/sign-in")
        assert signed_in.headers["location"] == led.headers["location"]
        home = await browser.get(led.headers["location"])
        assert home.status_code == 200
        tabs = tabs_on(home.text)
        assert led.headers["location"] in tabs
        for tab in tabs:
            page = await browser.get(tab)
            assert page.status_code == 200, tab
            assert tabs_on(page.text) == tabs
            assert f'href="{tab}" aria-current="page"' in page.text


@pytest.mark.parametrize("role", ROLES)
async def test_tabs_are_those_that_the_matrix_opens(stack: Stack, role: Role) -> None:
    expected = matrix()
    staff = await a_staff(role)
    async with stack.browser(staff.token) as browser:
        tabs = tabs_on((await browser.get("/who")).text)
    assert tabs == [
        item.url for item in NAV["staff"] if expected["GET", item.url][str(role)] == "ok"
    ]


async def test_who_is_no_staff_is_not_led_there(stack: Stack) -> None:
    person = await a_person()
    async with stack.browser(person.token) as browser:
        assert (await browser.get("/staff")).status_code == 403
