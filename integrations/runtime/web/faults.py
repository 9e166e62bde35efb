"""Which problem an exception stands for: typed wrongly, our database down, or a fault of ours."""

import errno
import re
import socket
from collections.abc import Iterator, Mapping
from typing import Any, Final

import asyncpg
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from tortoise.exceptions import BaseORMException, DBConnectionError

from integrations.contracts.errors import N_, NotFound, Problem, TooLarge, Unavailable

_pg = asyncpg.exceptions

# PostgreSQL stops, starts, is full, is being switched, or cut the connection.
_DOWN: Final = (
    _pg.PostgresConnectionError,
    _pg.CannotConnectNowError,
    _pg.AdminShutdownError,
    _pg.CrashShutdownError,
    _pg.InsufficientResourcesError,
    _pg.ReadOnlySQLTransactionError,
    _pg.InternalClientError,
    DBConnectionError,
    ConnectionError,
    TimeoutError,
    socket.gaierror,
)
# It works, and too many want the same rows at this moment.
_BUSY: Final = (
    _pg.LockNotAvailableError,
    _pg.QueryCanceledError,
    _pg.DeadlockDetectedError,
    _pg.SerializationError,
)
_UNSTORABLE: Final = (_pg.CharacterNotInRepertoireError, _pg.UntranslatableCharacterError)
_NETWORK: Final = frozenset(
    {errno.ECONNREFUSED, errno.ECONNRESET, errno.EPIPE, errno.ETIMEDOUT}
    | {errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENOENT}
)
# asyncpg has one class for a lost connection and for wrong use of it; only its words differ.
_LOST: Final = re.compile(r"clos(?:ed|ing)|terminat|released|not initialized|reset")
_FIELDS_MAX: Final = 20


class WrongMethod(Problem):
    """The address exists, for other methods; `allow` names them."""

    status = 405

    def __init__(self, allow: str) -> None:
        super().__init__(
            "request.method", N_("This cannot be done at this address. Please go back.")
        )
        self.allow = allow


class Unreadable(Problem):
    """Several fields need mending: `others` holds the problems after this first one."""

    others: tuple[Problem, ...] = ()


class Fault(Problem):
    """Something of ours is wrong; what exactly is in the log, under the request's id."""

    status = 500

    def __init__(self) -> None:
        super().__init__("internal", N_("Something broke on our side. Nothing was lost."), who="us")


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


def too_large() -> TooLarge:
    """More bytes than this address takes."""
    return TooLarge(
        "body.too_large", N_("This is too large to send. Please choose a smaller file or text.")
    )


def as_problem(error: BaseException) -> Problem | None:
    """The problem that an exception stands for, or None when it is a fault of ours."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, RequestValidationError):
        return _from_validation(error)
    if isinstance(error, HTTPException):
        return _from_http(error)
    if isinstance(error, ClientDisconnect):
        return Problem("request.cut", N_("The connection broke off. Please send it again."))
    return _from_database(error)


def is_down(error: BaseException) -> bool:
    """True when the error says that the database does not answer, not that the query is wrong."""
    for cause in _causes(error):
        if isinstance(cause, _DOWN):
            return True
        if isinstance(cause, _pg.InterfaceError) and not isinstance(cause, ValueError):
            return _LOST.search(str(cause)) is not None
        if type(cause) is OSError and (cause.errno in _NETWORK or cause.errno is None):
            return True
    return False


def _from_database(error: BaseException) -> Problem | None:
    if is_down(error):
        return unavailable()
    for cause in _causes(error):
        if isinstance(cause, _BUSY):
            return Unavailable(
                "database.busy",
                N_("Many people are using this right now. Please press the button again."),
                who="us",
                retry_after_s=2,
            )
        if isinstance(cause, _UNSTORABLE):
            return Problem(
                "text.unstorable",
                N_("A text holds a sign that cannot be kept. Please type it again."),
            )
    return None


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error itself, and what Tortoise has wrapped."""
    yield error
    if isinstance(error, BaseORMException):
        inner = error.__cause__ or next(iter(error.args), None)
        if isinstance(inner, BaseException):
            yield inner


def _from_http(error: HTTPException) -> Problem:
    if error.status_code == 413:
        return too_large()
    if error.status_code == 405:
        return WrongMethod((error.headers or {}).get("Allow", "GET"))
    if error.status_code == 404:
        return nothing_here()
    if error.status_code >= 500:
        return unavailable() if error.status_code == 503 else Fault()
    return Problem("request.unreadable", N_("We could not read this. Please try again."))


def _from_validation(error: RequestValidationError) -> Problem:
    """Every field's sentence, the first one in front; a wrong id in a path is no such page."""
    found: list[dict[str, Any]] = [dict(one) for one in error.errors()][:_FIELDS_MAX]
    if any(one["loc"][:1] == ("path",) for one in found):
        return nothing_here()
    problems = [_of_field(one) for one in found] or [_unreadable(None)]
    first = problems[0]
    several = Unreadable(
        first.code, first.message, who=first.who, field=first.field, params=first.params
    )
    several.others = tuple(problems[1:])
    return several


def _unreadable(field: str | None) -> Problem:
    return Problem(
        "field.unreadable",
        N_("Something is missing or not in the right form. Please check this field."),
        field=field,
    )


_TOO_LITTLE: Final = N_("Please give at least {n}.")
_TOO_MUCH: Final = N_("Please give at most {n}.")
# pydantic's kind of error -> our code, the sentence, and which of its numbers the sentence says.
_KINDS: Final[Mapping[str, tuple[str, str, str | None]]] = {
    "missing": ("field.missing", N_("Please fill in this field."), None),
    "json_invalid": ("body.unreadable", N_("We could not read this as JSON."), None),
    "extra_forbidden": ("field.unknown", N_("There is no such field here."), None),
    "string_too_short": (
        "field.too_short", N_("Please write at least {n} letters."), "min_length"
    ),
    "string_too_long": (
        "field.too_long", N_("This text is too long: at most {n} letters."), "max_length"
    ),
    "too_long": ("field.too_long", N_("Please send at most {n} of these."), "max_length"),
    "too_short": ("field.too_short", N_("Please send at least {n} of these."), "min_length"),
    "greater_than_equal": ("field.too_little", _TOO_LITTLE, "ge"),
    "greater_than": ("field.too_little", N_("Please give more than {n}."), "gt"),
    "less_than_equal": ("field.too_much", _TOO_MUCH, "le"),
    "less_than": ("field.too_much", N_("Please give less than {n}."), "lt"),
    "enum": ("field.choice", N_("Please choose one of: {n}."), "expected"),
    "literal_error": ("field.choice", N_("Please choose one of: {n}."), "expected"),
}  # fmt: skip
_NUMBERS: Final = ("int_", "float_", "decimal_", "finite_")


def _of_field(error: Mapping[str, Any]) -> Problem:
    places = [str(part) for part in error["loc"] if part not in ("body", "query", "header")]
    kind, context = str(error["type"]), dict(error.get("ctx") or {})
    field = ".".join(places) or None
    inner = context.get("error")
    if isinstance(inner, Problem):
        return inner.at(field or "")
    if kind == "json_invalid":
        field = None
    if kind in _KINDS:
        code, message, number = _KINDS[kind]
        params = {"n": str(context.get(number, "")).replace(" or ", ", ")} if number else {}
        return Problem(code, message, field=field, params=params)
    if kind.startswith(_NUMBERS):
        message = N_("Please write a whole number, in digits.")
        return Problem("field.number", message, field=field)
    return _unreadable(field)
