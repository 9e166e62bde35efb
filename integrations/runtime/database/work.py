"""One verb, one transaction: the viewer is told to PostgreSQL, effects ring after the commit."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TypeVar

import asyncpg
from tortoise.exceptions import OperationalError
from tortoise.transactions import in_transaction

from integrations.contracts.errors import N_, Unavailable
from integrations.contracts.viewer import Viewer
from integrations.runtime.killpoints import reach

T = TypeVar("T")
Hook = Callable[[], Awaitable[None]]

_SET_VIEWER = (
    "SELECT set_config('app.role', $1, true), set_config('app.person', $2, true),"
    " set_config('app.producer', $3, true), set_config('app.order', $4, true),"
    " set_config('app.area', $5, true)"
)
_RETRIED = (
    asyncpg.exceptions.DeadlockDetectedError,
    asyncpg.exceptions.SerializationError,
    asyncpg.exceptions.LockNotAvailableError,
)
_ATTEMPTS = 6


@dataclass(slots=True)
class Unit:
    """The transaction in progress: whose it is, and what to do once it has been committed."""

    viewer: Viewer
    hooks: list[Hook] = field(default_factory=list)


_unit: ContextVar[Unit | None] = ContextVar("ganh_unit", default=None)


def current_unit() -> Unit:
    """The open unit of work. Raises `RuntimeError` outside of `work(...)`."""
    unit = _unit.get()
    if unit is None:
        raise RuntimeError("this needs an open transaction: async with work(viewer)")
    return unit


def after_commit(hook: Hook) -> None:
    """Run `hook` once the transaction has been committed; forgotten on rollback."""
    current_unit().hooks.append(hook)


@asynccontextmanager
async def work(viewer: Viewer) -> AsyncIterator[Unit]:
    """A transaction in which PostgreSQL's row-level security knows `viewer`.

    A nested call joins the open transaction as a savepoint when it is for the same viewer;
    another viewer inside an open transaction is a programming error (`RuntimeError`).
    """
    outer = _unit.get()
    if outer is not None:
        if outer.viewer != viewer:
            raise RuntimeError("a transaction belongs to one viewer")
        async with in_transaction("default"):
            yield outer
        return
    unit = Unit(viewer)
    async with in_transaction("default") as connection:
        await connection.execute_query_dict(
            _SET_VIEWER,
            [
                str(viewer.role),
                str(viewer.person_id or ""),
                str(viewer.producer_id or ""),
                str(viewer.order_id or ""),
                ",".join(viewer.area or ()),
            ],
        )
        token = _unit.set(unit)
        try:
            yield unit
            await reach("before", "commit")
        finally:
            _unit.reset(token)
    await reach("after", "commit")
    for hook in unit.hooks:
        await hook()


def _is_conflict(error: BaseException) -> bool:
    if isinstance(error, _RETRIED):
        return True
    return isinstance(error, OperationalError) and any(
        isinstance(arg, _RETRIED) for arg in error.args
    )


async def retrying(verb: Callable[[], Awaitable[T]]) -> T:
    """Run a whole verb again after a deadlock or serialization failure.

    Raises `Unavailable` (code `database.busy`) when it still fails after six attempts.
    """
    for attempt in range(_ATTEMPTS):
        try:
            return await verb()
        except Exception as error:
            if not _is_conflict(error):
                raise
            await asyncio.sleep(random.uniform(0, 0.02 * 2**attempt))  # noqa: S311 - spread only
    raise Unavailable(
        "database.busy",
        N_("Many people are using this right now. Please press the button again."),
        who="us",
        retry_after_s=2,
    )
