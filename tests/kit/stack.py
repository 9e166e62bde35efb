"""The whole service on real servers, once per test process; each test brings its own people."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI
from pydantic import SecretStr

from integrations.contracts.ports import Ports
from integrations.messages.console import ConsoleMessages
from integrations.runtime import outbox
from integrations.runtime.database.migrate import migrate
from integrations.runtime.embedded.stack import servers
from integrations.runtime.settings import Settings, get_settings
from market.app import create_app
from market.reference import load_reference_data
from market.tables import APPS, GRANTS
from market.wiring import build_ports
from market.worker import ROUTES


@dataclass(frozen=True)
class Stack:
    """What a test holds in its hands."""

    env: dict[str, str]
    settings: Settings
    app: FastAPI
    ports: Ports
    messages: ConsoleMessages

    @property
    def ctx(self) -> dict[str, Any]:
        """What the worker hands to its tasks."""
        return {"settings": self.settings, "ports": self.ports}

    async def drain(self) -> int:
        """Work every outbox row that is due, as the worker would.

        Also the thousands that other tests of this process left: the own one may be the last.
        """
        return await outbox.drain(self.ctx, routes=ROUTES, limit=100_000)

    @asynccontextmanager
    async def client(
        self, token: str | None = None, **headers: str
    ) -> AsyncIterator[httpx.AsyncClient]:
        """A client over the application; `token` signs in by bearer."""
        if token:
            headers["Authorization"] = f"Bearer {token}"
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(self.app, raise_app_exceptions=False),
            base_url=self.settings.public_url,
            headers=headers,
        ) as client:
            yield client

    @asynccontextmanager
    async def browser(self, token: str) -> AsyncIterator[httpx.AsyncClient]:
        """A client that holds the session in the cookie, as a browser does."""
        async with self.client(**{"Sec-Fetch-Site": "same-origin"}) as client:
            client.cookies.set("ganh", token)
            yield client


@asynccontextmanager
async def running_stack(home: Path) -> AsyncIterator[Stack]:
    """Servers, schema, reference data and the application with its lifespan entered."""
    async with servers(home) as env:
        settings = Settings.model_validate(env)
        _use(settings)
        await migrate(APPS, owner_url=env["DATABASE_OWNER_URL"], grants=GRANTS)
        # Marketplaces are switched on, and do not answer unless a test puts one there.
        nowhere = settings.model_copy(update={"shopee_url": "http://127.0.0.1:9"})
        app = create_app(settings, build_ports(nowhere))
        async with app.router.lifespan_context(app):
            await asyncio.wait_for(app.state.ports.storage.check(), 20)
            await load_reference_data()
            messages = app.state.ports.messages
            assert isinstance(messages, ConsoleMessages)
            yield Stack(env, settings, app, app.state.ports, messages)


def _use(settings: Settings) -> None:
    """Make these the settings of the process: keys and hashes are read from there."""
    import os

    for name, field in Settings.model_fields.items():
        value = getattr(settings, name)
        plain = value.get_secret_value() if isinstance(value, SecretStr) else value
        os.environ[str(field.alias)] = str(plain)
    get_settings.cache_clear()
