"""Write a row in the same transaction as its cause; ring the bell after the commit."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import structlog

from integrations.contracts.ids import new_id
from integrations.runtime.database import after_commit, current_unit
from integrations.runtime.models import OutboxRow

# Row, lane and turn: a row that comes back has another turn and rings anew.
Bell = Callable[[UUID, str, str], Awaitable[None]]
FIRST_TURN = "0.0"

log = structlog.get_logger(__name__)


class _Doorbell:
    """How this process wakes the worker. Without a bell, the sweep finds the row."""

    def __init__(self) -> None:
        self.ring: Bell | None = None


doorbell = _Doorbell()


async def _ring(row_id: UUID, lane: str) -> None:
    if doorbell.ring is None:
        return
    try:
        await doorbell.ring(row_id, lane, FIRST_TURN)
    except Exception as error:
        log.warning("outbox.bell_failed", row_id=str(row_id), error=type(error).__name__)


async def emit(fact: str, subject_id: UUID, **payload: Any) -> UUID:
    """Say that something happened, inside the transaction that made it happen; the row's id.

    `payload` holds small JSON values; personal data only sealed. Raises `RuntimeError` outside
    of a transaction.
    """
    current_unit()
    request_id = str(structlog.contextvars.get_contextvars().get("request_id", ""))[:40]
    row_id = new_id()
    await OutboxRow.create(
        id=row_id,
        kind="fact",
        name=fact,
        subject_id=str(subject_id),
        payload=payload,
        request_id=request_id,
    )
    after_commit(lambda: _ring(row_id, "fast"))
    return row_id


async def ring_for(row_id: UUID, lane: str) -> None:
    """Wake the worker for a row that is already committed."""
    await _ring(row_id, lane)
