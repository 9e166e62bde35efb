"""A real service and a real browser, once per test process."""

import os
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, BrowserContext, Page, async_playwright

from integrations.contracts.viewer import SYSTEM
from integrations.runtime.database import run, work
from tests.kit.screens import CHROMIUM, CHROMIUM_ARGS, PHONE
from tests.kit.service import Service, running_service
from tests.kit.stack import Stack


@pytest.fixture(scope="session")
async def chromium() -> AsyncIterator[Browser]:
    """Chromium; a machine without it says so, and CI must have it."""
    if CHROMIUM is None:
        if os.environ.get("CI"):
            pytest.fail("Chromium is missing: .ci/run installs it")
        pytest.skip("not run: this machine has no Chromium (Debian: apt install chromium)")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_ARGS)
        yield browser
        await browser.close()


@pytest.fixture(scope="package")
async def service(stack: Stack) -> AsyncIterator[Service]:
    """Web, worker and stand-ins as processes, for this folder only: a worker that lives on would
    do the work that other tests count."""
    async with running_service(stack) as running:
        yield running


@pytest.fixture(autouse=True)
async def _a_new_hour(stack: Stack) -> None:
    """All tests of a process come from one address, which may order only so often an hour."""
    async with work(SYSTEM):
        await run("DELETE FROM rate_limit WHERE bucket LIKE '%.address.%'")


@pytest.fixture
async def phone(chromium: Browser, service: Service) -> AsyncIterator[Page]:
    """A page on a small phone in Viet Nam."""
    context = await phone_context(chromium)
    page = await context.new_page()
    yield page
    await context.close()


async def phone_context(chromium: Browser, *, javascript: bool = True) -> BrowserContext:
    """360 x 640, touch, Vietnamese."""
    return await chromium.new_context(java_script_enabled=javascript, **PHONE)
