"""What every child finds loaded, and what one child has in its hands while it works a flow."""

import asyncio
import importlib
import inspect
import json
import os
import pickle
import signal
import sys
import zlib
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import FrameType
from typing import Any, Final
from uuid import UUID

import httpx
import structlog
from fastapi import FastAPI
from tortoise import Tortoise

from integrations.contracts.cards import CardLine, CardPayments, CardRefused, CardSessionRequest
from integrations.contracts.errors import Problem
from integrations.contracts.ports import Ports
from integrations.contracts.viewer import SYSTEM
from integrations.messages.console import ConsoleMessages
from integrations.runtime.calls.certificates import trusted
from integrations.runtime.database import orm_config, rows, run, value, work
from integrations.runtime.killpoints import points
from integrations.runtime.outbox import doorbell, run_row
from integrations.runtime.settings import Settings
from integrations.storage.s3 import S3Storage
from market.app import create_app
from market.tables import APPS
from market.worker import ROUTES
from tests.faults.killpoints.forks import KILLED
from tests.kit.stack import Stack

# Ports that only calculate: nothing of theirs leaves this process.
_INSIDE: Final = ("bank_qr", "bank_events")
_BELOW: Final = ("integrations.runtime.database", "integrations.runtime.killpoints")
_PATIENCE_S: Final = 600  # for many subjects in one child
_OURS: Final = ("market.", "sellers.", "integrations.", "tests.faults.killpoints.flows.unsafe")


@dataclass(frozen=True)
class World:
    """Loaded once, before any loop, connection or thread."""

    env: dict[str, str]
    settings: Settings
    app: FastAPI
    scratch: Path


def load(env: dict[str, str], scratch: Path) -> World:
    """Imports, application, models and the storage's client; nothing is connected yet."""
    settings = Settings.model_validate(env)
    app = create_app(settings)
    storage = app.state.ports.storage
    assert isinstance(storage, S3Storage)
    # Making it costs 0.2 s; it has no thread and no connection before its first call.
    storage._client()
    trusted()
    _preload()
    config = orm_config(
        APPS,
        url=settings.database_url.get_secret_value(),
        public_url=settings.database_public_url.get_secret_value(),
        pool_max=2,
        name="crash",
    )
    asyncio.run(Tortoise.init(config=config, _enable_global_fallback=True))
    asyncio.run(_warm(app, settings.public_url))
    asyncio.run(_warm_cards(app.state.ports.cards))
    return World(env, settings, app, scratch)


async def _warm_cards(cards: CardPayments | None) -> None:
    """The SDK imports most of itself at its first calls."""
    if cards is None:
        return
    calls = (
        cards.session("cs_test_none"),
        cards.payment("pi_none"),
        cards.refund("pi_none", 1, reference="none", key="none"),
        cards.refund_now("re_none"),
        cards.open_session(
            CardSessionRequest(
                "none", [CardLine("x", 1, 50_000)], "vi", _tomorrow(), "http://x/1", "http://x/2"
            ),
            key="warm",
        ),
    )
    for call in calls:
        with suppress(CardRefused, Problem):
            await call
    await cards.close()


def _tomorrow() -> datetime:
    return datetime.now(UTC) + timedelta(hours=23)


def _preload() -> None:
    """What production imports at first use: each child would pay for it."""
    for name in (
        "_strptime",
        "integrations.channels.shopee.adapter",
        "integrations.payments.stripe.sdk",
        "stripe",
    ):
        importlib.import_module(name)


async def _warm(app: FastAPI, base_url: str) -> None:
    """The first request builds every route; this one is for none of them."""
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url=base_url) as client:
        answer = await client.post("/api/v1/nothing", json={})
    assert answer.status_code == 404, answer.text


class Switch:
    """Names every point that is passed, and ends the process at one of them."""

    def __init__(self, die_at: str | int | None, note: Path | None = None) -> None:
        self.passed: list[str] = []
        self._die_at = die_at
        self._note = note
        self._seen: Counter[str] = Counter()
        self._wrote: Any = True

    async def reached(self, moment: str, what: str) -> None:
        """From the product: a commit (named by the verb that opened it) or the decoder."""
        if what == "commit":
            if (verb := _verb()) is None:
                return  # the test's own transaction
            if moment == "before":
                # A transaction that has written nothing ends the same either way.
                self._wrote = await value("SELECT pg_current_xact_id_if_assigned()::text AS x")
            if not self._wrote:
                return
            what = f"{verb} commit"
        self.pass_by(moment, what)

    def pass_by(self, moment: str, what: str) -> None:
        """One more point; it may be the last thing that this process does."""
        name = f"{moment} {what}"
        self._seen[name] += 1
        if self._seen[name] > 1:
            name += f" #{self._seen[name]}"
        self.passed.append(name)
        if self._die_at in (name, len(self.passed)):
            if self._note is not None:
                self._note.write_bytes(pickle.dumps(name))
            os._exit(KILLED)


def _verb() -> str | None:
    """Which of our functions opened the transaction that now ends."""
    frame: FrameType | None = sys._getframe(2)
    while frame is not None:
        module = str(frame.f_globals.get("__name__", ""))
        if module.startswith(_OURS) and not module.startswith(_BELOW):
            name = frame.f_code.co_qualname.replace("<locals>.", "")
            return f"{module.rpartition('.')[2]}.{name}"
        frame = frame.f_back
    return None


class Watched:
    """A port whose calls are points: before anything is sent, and when the answer is there."""

    def __init__(self, inner: Any, name: str, switch: Switch) -> None:
        self._inner, self._name, self._switch = inner, name, switch

    def __getattr__(self, method: str) -> Any:
        found = getattr(self._inner, method)
        if not inspect.iscoroutinefunction(found):
            return found

        async def call(*args: Any, **named: Any) -> Any:
            self._switch.pass_by("before", f"{self._name}.{method}")
            answer = await found(*args, **named)
            self._switch.pass_by("after", f"{self._name}.{method}")
            return answer

        return call


def _watched(ports: Ports, messages: ConsoleMessages, switch: Switch) -> Ports:
    """The same ports with points around every call, and messages in a file of this case."""
    named: dict[str, Any] = {"storage": ports.storage, "messages": messages}
    if ports.cards is not None:
        named["cards"] = ports.cards
    over = {name: Watched(port, name, switch) for name, port in named.items()}
    channels = {code: Watched(one, code, switch) for code, one in ports.channels.items()}
    return replace(ports, channels=channels, **over)


_MINE: Final = """
SELECT id FROM outbox WHERE state = 'pending' AND request_id = $1 AND due_at <= now()
  AND (lease_until IS NULL OR lease_until < now()) ORDER BY due_at, id LIMIT 50
"""
_LEASES_PASS: Final = """
UPDATE outbox SET due_at = least(due_at, now()),
  lease_until = CASE WHEN lease_until > now() THEN now() - interval '1 s' END
WHERE state = 'pending' AND request_id = $1
"""


@dataclass
class Hands:
    """One case in one child: its requests, its worker, its messages."""

    world: World
    case: str  # the id that its requests carry, and so every row of the outbox that follows
    switch: Switch
    ports: Ports = field(init=False)
    messages: ConsoleMessages = field(init=False)
    memo: dict[str, Any] = field(default_factory=dict)
    # Whose address requests come from, where one child prepares many: an address has its limits.
    comes_from: str = ""

    def __post_init__(self) -> None:
        home = self.world.scratch / self.case
        home.mkdir(exist_ok=True)
        self.messages = ConsoleMessages(home)
        self.ports = _watched(self.world.app.state.ports, self.messages, self.switch)

    @property
    def stack(self) -> Stack:
        """The same as builders and checks of the kit know it."""
        world = self.world
        return Stack(world.env, world.settings, world.app, self.ports, self.messages)

    async def post(self, path: str, token: str = "", **content: Any) -> httpx.Response:
        """A request to our own application, from an address of this case."""
        return await self._ask("POST", path, token, **content)

    async def patch(self, path: str, token: str = "", **content: Any) -> httpx.Response:
        """The same, to change something."""
        return await self._ask("PATCH", path, token, **content)

    async def _ask(self, method: str, path: str, token: str, **content: Any) -> httpx.Response:
        number = zlib.crc32((self.comes_from or self.case).encode())
        address = f"11.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
        headers: dict[str, str] = {"X-Request-Id": self.case, **content.pop("headers", {})}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        transport = httpx.ASGITransport(
            self.world.app, raise_app_exceptions=False, client=(address, 40_000)
        )
        async with httpx.AsyncClient(
            transport=transport, base_url=self.world.settings.public_url
        ) as client:
            answer = await client.request(method, path, headers=headers, **content)
        self.begin()
        return answer

    def begin(self) -> None:
        """What is emitted from now on belongs to this case."""
        structlog.contextvars.bind_contextvars(request_id=self.case)

    async def drain(self) -> None:
        """Work this case's rows as the worker would, until none is due."""
        ctx = {"settings": self.world.settings, "ports": self.ports}
        for _ in range(50):
            async with work(SYSTEM):
                due = await rows(_MINE, [self.case])
            if not due:
                self.begin()  # a row that was worked has taken its own id with it
                return
            for row in due:
                await run_row(ctx, row["id"], routes=ROUTES)
        raise AssertionError("the outbox does not come to an end")

    async def leases_pass(self) -> None:
        """A minute later: what a dead worker had claimed, or put off, is due."""
        async with work(SYSTEM):
            await run(_LEASES_PASS, [self.case])

    async def outside(self, method: str, path: str, **body: Any) -> Any:
        """A word to the stand-ins' process, as somebody outside; its JSON, None when refused."""
        url = self.world.settings.standin_url
        async with httpx.AsyncClient(base_url=url, trust_env=False, verify=trusted()) as client:
            answer = await client.request(method, path, json=body or None)
        return answer.json() if answer.is_success else None

    def sent(self) -> list[dict[str, Any]]:
        """The case's messages, oldest first."""
        return list(reversed(self.messages.latest(limit=100)))


Act = Callable[[Hands], Awaitable[Any]]


def alone(world: World, case: str, act: Act, *, die_at: str | int | None = None, note: Path) -> Any:
    """In a forked child: a loop of its own, the points armed, `act` from its beginning.

    What `act` returned, and the names of the points that were passed.
    """
    switch = Switch(die_at, note)

    async def bell(row_id: UUID, lane: str, turn: str) -> None:
        switch.pass_by("before", "bell.ring")
        switch.pass_by("after", "bell.ring")

    async def main() -> Any:
        async with _armed(world, case, switch) as hands:
            doorbell.ring = bell
            return await act(hands)

    return asyncio.run(main()), switch.passed


@asynccontextmanager
async def _armed(world: World, case: str, switch: Switch) -> AsyncIterator[Hands]:
    hands = Hands(world, case, switch)
    world.app.state.ports = hands.ports
    await hands.leases_pass()
    hands.begin()
    points.reached = switch.reached
    try:
        yield hands
    finally:
        points.reached = None


def quietly(world: World, act: Act, *, case: str = "quiet") -> Any:
    """In a forked child: a loop of its own and no points, to prepare and to judge."""

    signal.alarm(_PATIENCE_S)

    async def main() -> Any:
        hands = Hands(world, case, Switch(None))
        hands.begin()
        return await act(hands)

    return asyncio.run(main())


def plain(found: Mapping[str, Any]) -> str:
    """Effects as one line, for a report."""
    return json.dumps(dict(found), ensure_ascii=False, default=str)
