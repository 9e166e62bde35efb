"""Traces by OpenTelemetry, off (and the SDK not loaded) unless an endpoint is set.

A span carries names from code only: the route's template, the task, the port's verb, the kind of
statement and its table. Never a value, an address of an order, a phone or a person.
"""

import asyncio
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast

from integrations.runtime.settings import Settings

if TYPE_CHECKING:
    from integrations.runtime.tracing.otel import Tracer

T = TypeVar("T")

_STATEMENT: Final = re.compile(r"\s*(?:WITH\b.*?\)\s*)?([A-Za-z]+)", re.DOTALL)
_TABLE: Final = re.compile(r'\b(?:FROM|INTO|UPDATE|JOIN)\s+"?([a-z_]+)"?', re.IGNORECASE)


class _State:
    """The tracer of this process; None while tracing is off."""

    def __init__(self) -> None:
        self.tracer: Tracer | None = None


_state = _State()


def start(settings: Settings, *, service: str) -> None:
    """Begin to trace in this process when the settings ask for it."""
    endpoint = settings.otlp_endpoint.rstrip("/")
    if endpoint and _state.tracer is None:
        from integrations.runtime.tracing.otel import Tracer

        _state.tracer = Tracer(endpoint, service=service)


def stop() -> None:
    """Send what is left, at most a few seconds long, and trace no more."""
    if _state.tracer is not None:
        _state.tracer.stop()
        _state.tracer = None


def is_on() -> bool:
    """True when this process traces."""
    return _state.tracer is not None


@contextmanager
def _nothing() -> Iterator[None]:
    yield None


def span(name: str, *, kind: str = "internal", **attributes: str) -> AbstractContextManager[Any]:
    """A span around the block; without tracing nothing at all. Names and values from code only."""
    if _state.tracer is None:
        return _nothing()
    return _state.tracer.span(name, kind=kind, attributes=attributes)


def connection_options() -> dict[str, Any]:
    """What a pool of asyncpg needs so that its statements become spans."""
    return {"init": _listen} if is_on() else {}


async def _listen(connection: Any) -> None:
    connection.add_query_logger(_note_statement)


def _note_statement(record: Any) -> None:
    # Without a table it is a part of the machinery: a reset, the viewer of a transaction.
    if _state.tracer is not None and _TABLE.search(record.query):
        failed = type(record.exception).__name__ if record.exception else ""
        _state.tracer.past(statement_name(record.query), took_s=record.elapsed, failed=failed)


def statement_name(sql: str) -> str:
    """`SELECT listing`: the verb and the first table, nothing else of a statement."""
    verb = _STATEMENT.match(sql)
    table = _TABLE.search(sql)
    return " ".join([verb[1].upper() if verb else "SQL", *([table[1].lower()] if table else [])])


def traced(port: T, name: str) -> T:
    """The port with a span around each of its calls; itself while tracing is off."""
    return cast(T, _Traced(port, name)) if is_on() else port


class _Traced:
    """Passes everything on; what is awaited gets a span `storage.put`."""

    def __init__(self, inner: Any, name: str) -> None:
        self._inner = inner
        self._name = name

    def __getattr__(self, verb: str) -> Any:
        found = getattr(self._inner, verb)
        if not asyncio.iscoroutinefunction(found):
            return found
        return self._around(found, f"{self._name}.{verb}")

    def _around(self, call: Callable[..., Any], name: str) -> Callable[..., Any]:
        async def run(*given: Any, **named: Any) -> Any:
            with span(name, kind="client"):
                return await call(*given, **named)

        return run
