"""A request that takes too long is given up with a sentence; a slow sender is not."""

import asyncio
import re
from collections.abc import AsyncIterator

import httpx
from fastapi import FastAPI, Request
from starlette.responses import StreamingResponse

from integrations.runtime.pages import Renderer
from integrations.runtime.web import problems
from integrations.runtime.web.context import RequestContext
from integrations.runtime.web.gates.deadline import Deadline, Patience
from tests.web.kit import calling

WITHIN_S = 0.1


def an_app() -> tuple[FastAPI, list[str]]:
    app, let_go = FastAPI(openapi_url=None), list[str]()
    app.state.renderer = Renderer()
    problems.install(app)

    @app.get("/api/stuck")
    @app.get("/stuck")
    @app.get("/photos/stuck")
    async def stuck() -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            let_go.append("let go")
            raise

    @app.post("/heard")
    async def heard(request: Request) -> dict[str, int]:
        return {"bytes": len(await request.body())}

    @app.get("/stream")
    async def stream() -> StreamingResponse:
        return StreamingResponse(drip(), media_type="text/plain")

    app.add_middleware(
        Deadline, within_s=WITHIN_S, patience=[Patience(re.compile("/photos/"), 3 * WITHIN_S)]
    )
    app.add_middleware(RequestContext)
    return app, let_go


async def drip() -> AsyncIterator[bytes]:
    """Three pieces, each later than the deadline."""
    for _ in range(3):
        late = asyncio.Event()
        asyncio.get_running_loop().call_later(1.5 * WITHIN_S, late.set)
        await late.wait()
        yield b"."


async def ask(path: str) -> tuple[httpx.Response, float, list[str]]:
    app, let_go = an_app()
    loop = asyncio.get_running_loop()
    began = loop.time()
    async with calling(app) as client:
        answer = await client.get(path)
    return answer, loop.time() - began, let_go


async def test_who_waits_too_long_is_asked_to_try_again() -> None:
    page, waited_s, let_go = await ask("/stuck")
    assert page.status_code == 503 and "Xin thử lại" in page.text
    assert page.headers["retry-after"] == "5" and page.headers["x-request-id"]
    assert waited_s >= WITHIN_S and let_go == ["let go"]
    answer, _, _ = await ask("/api/stuck")
    assert (answer.status_code, answer.json()["code"]) == (503, "service.unavailable")


async def test_some_addresses_may_take_longer() -> None:
    answer, waited_s, _ = await ask("/photos/stuck")
    assert answer.status_code == 503 and waited_s >= 3 * WITHIN_S


async def test_the_time_of_the_sender_does_not_count() -> None:
    async with calling(an_app()[0]) as client:
        answer = await client.post("/heard", content=drip())
    assert answer.json() == {"bytes": 3}


async def test_an_answer_that_has_begun_is_finished() -> None:
    answer, waited_s, _ = await ask("/stream")
    assert (answer.status_code, answer.text) == (200, "...") and waited_s > WITHIN_S
