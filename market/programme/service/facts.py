"""Keep the facts equal to what they are copied from, one producer at a time."""

from typing import Final
from uuid import UUID

import structlog

from integrations.contracts.viewer import SYSTEM
from integrations.runtime.database import rows, run, work
from market.programme.queries.facts import PROGRESS_COLUMNS, SALE_COLUMNS, behind

log = structlog.get_logger(__name__)


def _set(columns: str, table: str) -> str:
    """`DO UPDATE SET …` of every column but the first, when any of them differs."""
    _, *names = columns.split(", ")
    now = ", ".join(f"{table}.{name}" for name in names)
    new = ", ".join(f"excluded.{name}" for name in names)
    changes = ", ".join(f"{name} = excluded.{name}" for name in names)
    return f"DO UPDATE SET {changes} WHERE ({now}) IS DISTINCT FROM ({new})"


_GONE: Final = """
DELETE FROM producer_sale s WHERE s.producer_id = $1
  AND NOT EXISTS (SELECT 1 FROM live_sale v WHERE v.id = s.id AND v.producer_id = $1)
"""
_SALES: Final = (
    f"INSERT INTO producer_sale ({SALE_COLUMNS}) SELECT {SALE_COLUMNS} FROM live_sale"  # noqa: S608 - names are ours
    f" WHERE producer_id = $1 ON CONFLICT (id) {_set(SALE_COLUMNS, 'producer_sale')}"
)
_PROGRESS: Final = (
    f"INSERT INTO producer_progress (id, {PROGRESS_COLUMNS})"  # noqa: S608 - names are ours
    f" SELECT gen_random_uuid(), {PROGRESS_COLUMNS} FROM live_progress WHERE producer_id = $1"
    f" ON CONFLICT (producer_id) {_set(PROGRESS_COLUMNS, 'producer_progress')}"
)
# Nobody's foreign key waits for this lock, only another count of the same producer does.
_LOCK: Final = "SELECT 1 FROM producer WHERE id = $1 FOR NO KEY UPDATE"


# The comparison reads everything that was ever sold; nobody waits for it.
_PATIENT: Final = "SELECT set_config('statement_timeout', '110000', true)"


async def refresh(producer_id: UUID) -> None:
    """Copy one producer's sales and progress anew; safe at any time, by several at once."""
    async with work(SYSTEM):
        await rows(_LOCK, [producer_id])
        await run(_GONE, [producer_id])
        await rows(_SALES, [producer_id])
        await rows(_PROGRESS, [producer_id])


async def recount(*, limit: int = 2_000) -> int:
    """Find producers whose facts differ from their source and put them right; how many.

    Facts that no task brought (a person who was given a role, rows written by hand) come right
    here. More than `limit` are left for the next time.
    """
    async with work(SYSTEM):
        await rows(_PATIENT)
        found = await behind(limit)
    for producer_id in found:
        await refresh(producer_id)
    if found:
        log.info("programme.recounted", producers=len(found))
    return len(found)
