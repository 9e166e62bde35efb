"""What the application carries, as typed dependencies for endpoints and pages."""

from typing import Annotated, cast

from fastapi import Depends, Request

from integrations.contracts.ports import Ports
from integrations.runtime.i18n import Language, language_of
from integrations.runtime.pages import Renderer
from integrations.runtime.settings import Settings


# Asynchronous although nothing is awaited: a plain function would run in a thread, which costs
# more than everything else that a kept page needs.
async def _ports(request: Request) -> Ports:
    return cast(Ports, request.app.state.ports)


async def _renderer(request: Request) -> Renderer:
    return cast(Renderer, request.app.state.renderer)


async def _settings(request: Request) -> Settings:
    return cast(Settings, request.app.state.settings)


async def _language(request: Request) -> Language:
    return language_of(request)


ThePorts = Annotated[Ports, Depends(_ports)]
Pages = Annotated[Renderer, Depends(_renderer)]
TheSettings = Annotated[Settings, Depends(_settings)]
TheLanguage = Annotated[Language, Depends(_language)]
