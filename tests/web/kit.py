"""A small application behind the same gates as the real one, without a database."""

import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Annotated, Literal

import httpx
from fastapi import FastAPI, File, Form, Path, Query, Request, UploadFile
from pydantic import BaseModel, Field

from integrations.contracts.errors import N_, NotAllowed, NotSignedIn
from integrations.runtime.pages import Renderer
from integrations.runtime.web import problems
from integrations.runtime.web.context import RequestContext
from integrations.runtime.web.gates.body import BodyLimit, Room
from integrations.runtime.web.gates.csrf import CrossSiteGuard
from integrations.runtime.web.gates.origin import Origin, networks

Fault = Callable[[], BaseException]


class Thing(BaseModel):
    """Every kind of field that can be typed wrongly."""

    name: Annotated[str, Field(min_length=2, max_length=20)]
    count: Annotated[int, Field(ge=1, lt=100)]
    kind: Literal["household", "firm"] = "household"


def an_app(
    *, fault: Fault | None = None, https: bool = False, local: bool = True, proxies: str = ""
) -> FastAPI:
    """Routes that take, refuse and break; `fault` is what /breaks raises."""
    app = FastAPI(
        docs_url=None, redoc_url=None, openapi_url=None, form_limits={"max_part_size": 1_000}
    )
    app.state.renderer = Renderer(https=https)
    problems.install(app)
    _routes(app, fault)
    app.add_middleware(
        BodyLimit,
        max_bytes=10_000,
        rooms=[
            Room(re.compile("/api/hooks/"), 1_000),
            Room(re.compile("/photos$"), 50_000),
        ],
    )
    app.add_middleware(CrossSiteGuard)
    app.add_middleware(Origin, hosts=["shop.example"], local=local, proxies=networks(proxies))
    app.add_middleware(RequestContext, https=https)
    return app


def _routes(app: FastAPI, fault: Fault | None) -> None:
    @app.get("/page")
    async def page(request: Request) -> dict[str, str]:
        assert request.client is not None
        return {"client": request.client.host, "scheme": request.url.scheme}

    @app.post("/api/things")
    async def make(thing: Thing, near: Annotated[int, Query(le=9)] = 0) -> dict[str, int]:
        return {"count": thing.count + near}

    @app.get("/things/{id}")
    @app.get("/api/things/{id}")
    async def show(id: Annotated[int, Path()]) -> dict[str, int]:
        return {"id": id}

    @app.post("/form")
    async def form(name: Annotated[str, Form()]) -> dict[str, str]:
        return {"name": name}

    @app.post("/photos")
    async def photos(
        photo: Annotated[UploadFile, File()], name: Annotated[str, Form()] = ""
    ) -> dict[str, int]:
        return {"bytes": len(await photo.read()), "name": len(name)}

    @app.post("/hooks/bank")
    @app.post("/api/hooks/bank")
    async def hook(request: Request) -> dict[str, int]:
        return {"bytes": len(await request.body())}

    @app.get("/mine")
    async def mine() -> None:
        raise NotSignedIn("session.missing", N_("Please sign in first."))

    @app.get("/sells")
    async def sells() -> None:
        raise NotAllowed("producer.missing", N_("Please say first who is selling."))

    @app.get("/breaks")
    @app.get("/api/breaks")
    async def breaks() -> None:
        assert fault is not None
        raise fault()


@asynccontextmanager
async def calling(
    app: FastAPI, *, host: str = "shop.example", peer: str = "203.0.113.9", **headers: str
) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the application; faults of ours must come as answers, never as exceptions."""
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app, client=(peer, 4_000)),
        base_url=f"https://{host}",
        headers=headers,
    ) as client:
        yield client
