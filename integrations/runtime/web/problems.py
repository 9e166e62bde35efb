"""Refusals and failures as answers: `application/problem+json` for the API, a page for people."""

import re
import traceback
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final, cast
from urllib.parse import quote

import orjson
import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from integrations.contracts.errors import NotSignedIn, Problem
from integrations.runtime.i18n import Language, language_of, translate
from integrations.runtime.pages import Renderer
from integrations.runtime.web.faults import (
    Fault,
    Unreadable,
    WrongMethod,
    as_problem,
    nothing_here,
    unavailable,
)
from integrations.runtime.web.metrics import route_of

__all__ = [
    "FieldProblem",
    "ProblemBody",
    "answer",
    "answer_to",
    "declared",
    "install",
    "nothing_here",
    "problem_response",
    "unavailable",
    "wants_json",
]

log = structlog.get_logger(__name__)

MEDIA_TYPE: Final = "application/problem+json"


class FieldProblem(BaseModel):
    """What is wrong with one field."""

    field: str | None = None
    code: str
    detail: str


class ProblemBody(BaseModel):
    """RFC 9457 problem, with a stable `code` and who can put it right."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "type": "about:blank",
                "title": "Bad Request",
                "status": 400,
                "code": "money.unreadable",
                "detail": "Xin ghi số tiền bằng chữ số, ví dụ 45.000.",
                "who": "you",
                "field": "price",
                "request_id": "K7WQ2MZD4C",
            }
        }
    )

    type: str = "about:blank"
    title: str
    status: int
    code: str
    detail: str
    who: str
    field: str | None = None
    errors: list[FieldProblem] | None = None
    request_id: str | None = None


def declared(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """`responses=` of a route: the refusals it may answer with, all of one shape."""
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemBody"}}}
    return {
        status: {"model": ProblemBody, "description": _title(status), "content": content}
        for status in statuses
    }


def wants_json(request: Request) -> bool:
    """The API always, and anybody who asks for JSON and not for HTML."""
    if request.url.path.startswith(("/api/", "/hooks/")):
        return True
    accept = request.headers.get("accept", "")
    return "json" in accept and "html" not in accept


def problem_response(request: Request, problem: Problem) -> Response:
    """The JSON form of a problem, in the reader's language."""
    language = language_of(request)
    others = problem.others if isinstance(problem, Unreadable) else ()
    body = ProblemBody(
        title=_title(problem.status),
        status=problem.status,
        code=problem.code,
        detail=_sentence(language, problem),
        who=problem.who,
        field=problem.field,
        errors=[
            FieldProblem(field=one.field, code=one.code, detail=_sentence(language, one))
            for one in (problem, *others)
        ]
        if others
        else None,
        request_id=structlog.contextvars.get_contextvars().get("request_id"),
    )
    headers = {"Content-Language": language, "Cache-Control": "no-store", **_extra(problem)}
    if problem.status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return Response(
        orjson.dumps(body.model_dump(exclude_none=True)), problem.status, headers, MEDIA_TYPE
    )


def answer(request: Request, problem: Problem) -> Response:
    """The problem as whoever asked can read it: JSON, a page, or the way to the sign-in."""
    if wants_json(request):
        return problem_response(request, problem)
    if door := _to_the_door(request, problem):
        return door
    renderer = cast(Renderer, request.app.state.renderer)
    page = renderer.problem(request, problem)
    page.headers.update(_extra(problem))
    return page


def answer_to(request: Request, error: Exception) -> Response:
    """The answer to any exception. Faults of ours are logged with their trace, never shown."""
    problem = as_problem(error)
    route = route_of(request.scope)
    if problem is None:
        log.error("request.failed", route=route, **_trace(error))
        problem = Fault()
    elif problem.status >= 500:
        log.warning("request.unavailable", route=route, code=problem.code, error=_kind(error))
    try:
        return answer(request, problem)
    except Exception as second:
        log.error("request.no_page", route=route, **_trace(second))
        return problem_response(request, Fault())


def install(app: FastAPI) -> None:
    """Register the handlers on the application; what they do not know, `RequestContext` answers."""

    async def handle(request: Request, error: Exception) -> Response:
        return answer_to(request, error)

    for kind in (Problem, RequestValidationError, HTTPException):
        app.add_exception_handler(kind, handle)


def _extra(problem: Problem) -> Mapping[str, str]:
    """Headers that belong to a status, on pages and in JSON alike."""
    headers = {}
    if problem.retry_after_s is not None:
        headers["Retry-After"] = str(problem.retry_after_s)
    if isinstance(problem, WrongMethod):
        headers["Allow"] = problem.allow
    if problem.status == 413:
        # What the client still sends is not read any more.
        headers["Connection"] = "close"
    return headers


def _sentence(language: Language, problem: Problem) -> str:
    return translate(language, problem.message, **problem.params)


def _title(status: int) -> str:
    return HTTPStatus(status).phrase


def _kind(error: BaseException) -> str:
    """Class names only: a database's own words may hold values of people."""
    inner = error.__cause__ or next((a for a in error.args if isinstance(a, Exception)), None)
    return type(error).__name__ + (f" of {type(inner).__name__}" if inner else "")


def _trace(error: BaseException) -> dict[str, Any]:
    """Where it broke, and its words without quoted values and long numbers."""
    said = re.sub(r"'[^']*'|\"[^\"]*\"|\+?\d{5,}", "…", str(error).partition("\n")[0])
    frames = traceback.extract_tb(error.__traceback__)[-12:]
    return {
        "error": _kind(error),
        "said": said[:200],
        "at": [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames],
    }


def _to_the_door(request: Request, problem: Problem) -> Response | None:
    """A page that needs a sign-in, or somebody who sells, leads there instead of refusing."""
    if request.method not in ("GET", "HEAD"):
        return None
    path = request.url.path
    if isinstance(problem, NotSignedIn) and path != "/sign-in":
        query = f"?{request.url.query}" if request.url.query else ""
        wanted = quote(path + query, safe="/")
        return RedirectResponse(f"/sign-in?next={wanted}", 303, {"Cache-Control": "no-store"})
    if problem.code == "producer.missing" and path != "/who":
        return RedirectResponse("/who", 303, {"Cache-Control": "no-store"})
    return None
