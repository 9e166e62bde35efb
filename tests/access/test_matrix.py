"""The access matrix: every route by every role, against the real application.

ok: let in (also 400 or 409 for the empty form that is sent) · sign-in: asked to sign in ·
forbidden: 403, or sent to say who sells · none: nothing here, the same as for an unknown object.
"""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from integrations.contracts.ids import new_id
from integrations.runtime.uploads.protocol import PIECE_TYPE
from integrations.runtime.web.docs import example_of
from tests.access.routes import Key, as_row, matrix, routes_of
from tests.access.world import FORMS, PICTURE, ROLES, World, a_world
from tests.kit.stack import Stack


@pytest.fixture(scope="module")
async def world(stack: Stack) -> World:
    """Made once. Looking comes before doing, so that what is done spoils no look."""
    return await a_world(stack)


@pytest.fixture(scope="module")
async def client(stack: Stack) -> AsyncIterator[httpx.AsyncClient]:
    """One client for all; who it is stands in each request."""
    async with stack.client() as shared:
        yield shared


def outcome(key: Key, answer: httpx.Response) -> str:
    """The class of an answer."""
    status, location = answer.status_code, answer.headers.get("Location", "")
    if status == 401 or location.startswith("/sign-in?next="):
        return "sign-in"
    sent_away = status == 303 and location == "/who" and not key[1].startswith(("/sign-in", "/who"))
    if status == 403 or sent_away:
        return "forbidden"
    if status == 404:
        return "none"
    return "ok" if status < 500 and status != 405 else str(status)


@dataclass
class Asker:
    """Sends requests of every role, with the content that the documentation gives as example."""

    world: World
    client: httpx.AsyncClient

    def content(self, key: Key) -> dict[str, Any]:
        """What is sent along."""
        method, template = key
        if method == "GET":
            return {}
        if not template.startswith("/api/"):
            return {"data": FORMS.get(template, {})}
        document = self.world.stack.app.openapi()
        operation = document["paths"][template][method.lower()]
        body = operation.get("requestBody", {}).get("content", {})
        if "multipart/form-data" in body:
            return {"files": {"photo": PICTURE}}
        if PIECE_TYPE in body:
            piece = {"Content-Type": PIECE_TYPE}
            return {"content": body[PIECE_TYPE]["example"], "headers": piece}
        if template in FORMS:
            return {"json": FORMS[template]}
        schema = body.get("application/json", {}).get("schema", {})
        return {"json": example_of(schema, document["components"]["schemas"]) or {}}

    def headers(self, key: Key) -> dict[str, str]:
        """What the documentation gives as examples of an operation's own headers."""
        method, template = key
        document = self.world.stack.app.openapi()
        operation = document["paths"].get(template, {}).get(method.lower(), {})
        return {
            one["name"]: str(one["schema"]["examples"][0])
            for one in operation.get("parameters", ())
            if one["in"] == "header" and one["schema"].get("examples")
        }

    async def ask(self, key: Key, role: str, **changed: str) -> httpx.Response:
        """Send a request of this role to this route."""
        method, template = key
        named = {**self.world.named(template, role), **changed}
        try:
            path = re.sub(r"\{(\w+)(?::\w+)?\}", lambda m: named[m[1]], template)
        except KeyError as missing:
            pytest.fail(f"{template}: say in tests/access/world.py what {missing} stands for")
        token = await self.world.token_for(role, fresh=method != "GET")
        is_api = path.startswith("/api/")
        content = self.content(key)
        headers = {**self.headers(key), **content.pop("headers", {})}
        headers |= {"Accept": "application/json" if is_api else "text/html"}
        headers |= {"Sec-Fetch-Site": "same-origin", "Idempotency-Key": str(new_id())}
        if token and is_api:
            headers["Authorization"] = f"Bearer {token}"
        elif token:
            headers["Cookie"] = f"ganh={token}"
        self.client.cookies.clear()
        return await self.client.request(method, path, headers=headers, **content)

    async def row(self, key: Key) -> dict[str, str]:
        """The class of every role's answer."""
        return {role: outcome(key, await self.ask(key, role)) for role in ROLES}


@pytest.fixture(scope="module")
def asker(world: World, client: httpx.AsyncClient) -> Asker:
    """What asks."""
    return Asker(world, client)


async def test_every_route_lets_in_whom_the_matrix_says(asker: Asker) -> None:
    expected, faults = matrix(), []
    for key in routes_of(asker.world.stack.app):
        found = await asker.row(key)
        if key not in expected:
            faults.append(f"add a row for {key[0]} {key[1]}, if this is as it should be:")
            faults.append(as_row(key, found))
            continue
        faults += [
            f"{key[0]} {key[1]}: {role} got {found[role]}, the matrix says {expected[key][role]}"
            for role in ROLES
            if found[role] != expected[key][role]
        ]
    assert not faults, "\n" + "\n".join(faults)


async def test_every_row_has_its_route(asker: Asker) -> None:
    known = set(routes_of(asker.world.stack.app))
    gone = [f"{method} {path}" for method, path in matrix() if (method, path) not in known]
    assert not gone, f"rows without a route: {gone}"


# Placeholders that name an object of somebody; another's must look like none at all.
OBJECTS = (
    "listing_id", "photo_id", "part_id", "follow_up_id", "session_id",
    "connection_id", "channel_listing_id", "upload_id",
)  # fmt: skip


# Refused by role before anything is looked up.
FOR_STAFF = {("POST", "/api/v1/order-parts/{part_id}/refunds")}


async def test_another_producers_object_looks_like_none_at_all(asker: Asker) -> None:
    faults = []
    for key in routes_of(asker.world.stack.app):
        named = [name for name in OBJECTS if f"{{{name}}}" in key[1]]
        if not named or key[1].startswith(("/staff/", "/api/v1/review")) or key in FOR_STAFF:
            continue
        unknown = {name: str(new_id()) for name in named}
        theirs = await asker.ask(key, "neighbour")
        nothing = await asker.ask(key, "neighbour", **unknown)
        seen = [_plain(answer, asker.world, unknown) for answer in (theirs, nothing)]
        if theirs.status_code != 404 or seen[0] != seen[1]:
            faults.append(
                f"{key[0]} {key[1]}: {theirs.status_code} for a neighbour's object,"
                f" {nothing.status_code} for none: {_difference(*seen)}"
            )
    assert not faults, "\n" + "\n".join(faults)


def _plain(answer: httpx.Response, world: World, unknown: dict[str, str]) -> str:
    """Body and headers without what names the request itself."""
    skipped = ("x-request-id", "content-length", "date", "server-timing")
    kept = [f"{k}: {v}" for k, v in answer.headers.items() if k not in skipped]
    text = "\n".join([*sorted(kept), answer.text])
    own = [str(answer.headers.get("X-Request-Id")), *unknown.values()]
    own += [v for k, v in world.named("/", "neighbour").items() if k in OBJECTS]
    for word in own:
        text = text.replace(word, "…")
    return text


def _difference(one: str, two: str) -> str:
    lines = zip(one.splitlines(), two.splitlines(), strict=False)
    return next((f"{a!r} and {b!r}" for a, b in lines if a != b), "in length")
