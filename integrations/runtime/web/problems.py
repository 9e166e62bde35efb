"""Refusals and failures as answers: `application/problem+json` for the API, a page for people."""

from typing import Any, Final

import asyncpg
import orjson
import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict
from starlette.exceptions import HTTPException
from starlette.responses import Response
from tortoise.exceptions import BaseORMException, DBConnectionError, OperationalError

from integrations.contracts.errors import N_, NotFound, Problem, TooLarge, Unavailable
from integrations.runtime.i18n import language_of, translate
from integrations.runtime.pages import Renderer

log = structlog.get_logger(__name__)

_DATABASE_DOWN: Final = (
    asyncpg.exceptions.CannotConnectNowError,
    asyncpg.exceptions.ConnectionDoesNotExistError,
    asyncpg.exceptions.InterfaceError,
    asyncpg.exceptions.InternalClientError,
    asyncpg.exceptions.AdminShutdownError,
    asyncpg.exceptions.CrashShutdownError,
    asyncpg.exceptions.TooManyConnectionsError,
    DBConnectionError,
    ConnectionError,
)


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
    request_id: str | None = None


def unavailable() -> Unavailable:
    """A part of ours does not answer at this moment."""
    return Unavailable(
        "service.unavailable",
        N_("Our machine is resting for a moment. Nothing was lost. Please try again soon."),
        who="us",
        retry_after_s=5,
    )


def nothing_here() -> NotFound:
    """No such page or object for this viewer."""
    return NotFound("not_found", N_("There is nothing at this address. Please go back."))


def wants_json(request: Request) -> bool:
    """The API always, and anybody who asks for JSON and not for HTML."""
    if request.url.path.startswith(("/api/", "/hooks/")):
        return True
    accept = request.headers.get("accept", "")
    return "json" in accept and "html" not in accept


def problem_response(request: Request, problem: Problem) -> Response:
    """The JSON form of a problem, in the reader's language."""
    language = language_of(request)
    body = ProblemBody(
        title=_title(problem.status),
        status=problem.status,
        code=problem.code,
        detail=translate(language, problem.message, **problem.params),
        who=problem.who,
        field=problem.field,
        request_id=structlog.contextvars.get_contextvars().get("request_id"),
    )
    headers = {"Content-Language": language, "Cache-Control": "no-store"}
    if problem.retry_after_s is not None:
        headers["Retry-After"] = str(problem.retry_after_s)
    if problem.status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return Response(
        orjson.dumps(body.model_dump(exclude_none=True)),
        problem.status,
        headers,
        "application/problem+json",
    )


def _title(status: int) -> str:
    from http import HTTPStatus

    return HTTPStatus(status).phrase


def is_down(error: BaseException) -> bool:
    """True when the error says that the database does not answer, not that the query is wrong."""
    if isinstance(error, _DATABASE_DOWN):
        return True
    if isinstance(error, (OperationalError, BaseORMException)):
        cause = error.__cause__ or (error.args[0] if error.args else None)
        return isinstance(cause, _DATABASE_DOWN)
    return False


def as_problem(error: BaseException) -> Problem | None:
    """The problem that an exception stands for, or None when it is a fault of ours."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, RequestValidationError):
        return _from_validation(error)
    if isinstance(error, HTTPException):
        if error.status_code == 413:
            return TooLarge("body.too_large", N_("This is too large to send. Please make it less."))
        if error.status_code in (404, 405):
            return nothing_here()
        return Problem("request.unreadable", N_("We could not read this. Please try again."))
    return unavailable() if is_down(error) else None


def _from_validation(error: RequestValidationError) -> Problem:
    first: dict[str, Any] = dict(error.errors()[0]) if error.errors() else {}
    places = [str(part) for part in first.get("loc", ()) if part not in ("body", "query", "path")]
    if first.get("loc", ("",))[0] == "path":
        return nothing_here()
    inner = (first.get("ctx") or {}).get("error")
    if isinstance(inner, Problem):
        return inner.at(".".join(places))
    message = N_("Something is missing or not in the right form. Please check this field.")
    if first.get("type") == "string_too_long":
        message = N_("This text is too long. Please shorten it.")
    return Problem("field.unreadable", message, field=".".join(places) or None)


def install(app: FastAPI, renderer: Renderer) -> None:
    """Register the handlers on the application."""

    async def handle(request: Request, error: Exception) -> Response:
        problem = as_problem(error)
        if problem is None:
            log.error("request.failed", path=request.url.path, exc_info=error)
            if not wants_json(request):
                return renderer.error(request, 500, code="internal")
            problem = _fault()
        elif problem.status >= 500:
            log.warning("request.unavailable", path=request.url.path, code=problem.code)
        if wants_json(request):
            return problem_response(request, problem)
        return renderer.problem(request, problem)

    for kind in (Problem, RequestValidationError, HTTPException, OperationalError, Exception):
        app.add_exception_handler(kind, handle)
    for kind in _DATABASE_DOWN:
        app.add_exception_handler(kind, handle)


class _Fault(Problem):
    status = 500


def _fault() -> Problem:
    return _Fault("internal", N_("Something broke on our side. Nothing was lost."), who="us")
