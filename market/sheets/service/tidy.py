"""Files of price lists that nobody needs any more: after a month, and those that no row knows."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from integrations.contracts.ports import Storage
from integrations.contracts.viewer import SYSTEM
from integrations.runtime.database import run, work
from market.sheets import queries
from market.sheets.rules.problems import KEPT_DAYS


async def forget_files(storage: Storage, *, orphans_after_s: int = 86_400) -> int:
    """Remove files a month after their import ended, and day-old ones without one; how many.

    A list without an answer for a month is stopped first. The row lets go before the object
    goes, so that a night that breaks off is made up for by the next. Safe to run twice.
    """
    async with work(SYSTEM):
        await run(
            "UPDATE sheet_import SET state = 'cancelled', ended_at = now()"
            " WHERE state IN ('received', 'ready')"
            " AND created_at < now() - make_interval(days => $1)",
            [KEPT_DAYS],
        )
        await run(
            "UPDATE sheet_import SET file_key = '', pictures_key = ''"
            " WHERE file_key <> '' AND ended_at < now() - make_interval(days => $1)",
            [KEPT_DAYS],
        )
    return await _remove_unknown(storage, orphans_after_s)


async def _remove_unknown(storage: Storage, older_than_s: int) -> int:
    limit = datetime.now(UTC) - timedelta(seconds=older_than_s)
    by_id: dict[UUID, list[str]] = {}
    for key in await storage.list_keys("sheets/"):
        sheet_id = _id_in(key)
        if sheet_id is not None and _made_at(sheet_id) < limit:
            by_id.setdefault(sheet_id, []).append(key)
    async with work(SYSTEM):
        kept = await queries.with_file(list(by_id))
    gone = [key for sheet_id, keys in by_id.items() if sheet_id not in kept for key in keys]
    for key in gone:
        await storage.delete(key)
    return len(gone)


def _id_in(key: str) -> UUID | None:
    try:
        return UUID(key.split("/")[1])
    except (ValueError, IndexError):
        return None


def _made_at(sheet_id: UUID) -> datetime:
    """The time in a UUIDv7: its first 48 bits are milliseconds."""
    return datetime.fromtimestamp((sheet_id.int >> 80) / 1000, UTC)
