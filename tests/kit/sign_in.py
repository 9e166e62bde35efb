"""Signing in as an outside client would: codes are read from the message that was sent."""

import logging
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import httpx

from tests.kit.stack import Stack


@asynccontextmanager
async def a_browser(
    stack: Stack, *, address: str = "127.0.0.1"
) -> AsyncIterator[httpx.AsyncClient]:
    """A browser without a session that reads Vietnamese, at some address."""
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(
            stack.app, raise_app_exceptions=False, client=(address, 40_000)
        ),
        base_url=stack.settings.public_url,
        headers={"Sec-Fetch-Site": "same-origin", "Accept": "text/html", "Accept-Language": "vi"},
    ) as browser:
        yield browser


async def code_for(stack: Stack, phone: str) -> str:
    """The code in the newest message to a phone (E.164)."""
    await stack.drain()
    text: str = stack.messages.latest(to_phone=phone, limit=1)[0]["text"]
    found = re.search(r"^@\S+ #(\d{6})$", text, re.M)
    assert found, text
    return found[1]


async def ask(stack: Stack, client: httpx.AsyncClient, phone: str) -> str:
    """Ask for a code over the API; the code."""
    answer = await client.post("/api/v1/sign-in-codes", json={"phone": phone})
    assert answer.status_code == 202, answer.text
    return await code_for(stack, phone)


async def sign_in(
    stack: Stack, client: httpx.AsyncClient, phone: str, name: str = "Nguyễn Thị Mai"
) -> str:
    """Sign in over the API, as somebody new when the phone is new; the token."""
    code = await ask(stack, client, phone)
    answer = await client.post("/api/v1/sessions", json={"phone": phone, "code": code})
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.json()
    if "ticket" in body:
        answer = await client.post(
            "/api/v1/sessions/choice", json={"ticket": body["ticket"], "name": name}
        )
        assert answer.status_code == 201, answer.text
        body = answer.json()
    return str(body["token"])


def hidden(page: str, name: str) -> str:
    """The value of a hidden field."""
    found = re.search(rf'<input type="hidden" name="{name}" value="([^"]*)"', page)
    assert found, f"no field {name}"
    return found[1]


def wrong(code: str) -> str:
    """Another code."""
    return f"{(int(code) + 1) % 1_000_000:06d}"


@contextmanager
def statements() -> Iterator[list[str]]:
    """What is said to the database inside of the block, in order, without values."""
    said: list[str] = []

    class Listener(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            values = record.args
            said.append(str(values[0]) if isinstance(values, tuple) and values else record.msg)

    logger = logging.getLogger("tortoise.db_client")
    before, listener = logger.level, Listener()
    logger.addHandler(listener)
    logger.setLevel(logging.DEBUG)
    try:
        yield said
    finally:
        logger.setLevel(before)
        logger.removeHandler(listener)
