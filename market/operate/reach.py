"""How a command of the operator reaches the servers, whether Gánh runs or not."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from integrations.contracts.errors import N_
from integrations.runtime.embedded import StartRefused, read_environment, servers
from integrations.runtime.settings import Settings, get_settings


@asynccontextmanager
async def reached(settings: Settings) -> AsyncIterator[Settings]:
    """The settings by which everything is reached, for as long as the block lasts.

    Production: as given. Embedded: those of the supervisor that runs on GANH_HOME; when none
    does, the servers are started for the block. Raises `StartRefused` when there is no data.
    """
    if not settings.embedded:
        yield settings
        return
    running = read_environment(settings.home)
    if running is not None:
        yield take_over(running)
        return
    if not (settings.home / "postgres" / "PG_VERSION").exists():
        raise StartRefused(
            N_("There is no data in {home}. Set GANH_HOME to the folder that has it."),
            home=settings.home,
        )
    async with servers(settings.home) as env:
        yield take_over(env)


def take_over(env: dict[str, str]) -> Settings:
    """Make these the settings of the process: sealing reads its keys from there."""
    os.environ.update(env)
    get_settings.cache_clear()
    return get_settings()
