"""Time: UTC inside, Asia/Ho_Chi_Minh for people. Deadlines are the database's."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from integrations.runtime.database import value

VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")


def now() -> datetime:
    """This machine's time, aware, UTC: for signatures and what people read, not for deadlines."""
    return datetime.now(UTC)


async def database_now() -> datetime:
    """The database's time: the one that deadlines are compared with."""
    found = await value("SELECT now()")
    assert isinstance(found, datetime)
    return found


def local_date(moment: datetime) -> date:
    """The day in Viet Nam."""
    return moment.astimezone(VIETNAM).date()


def local_day_bounds(day: date) -> tuple[datetime, datetime]:
    """Start of a Vietnamese day and of the next one, in UTC.

    The calendar's first and last day, which lie partly outside of it, count as their neighbours.
    """
    day = min(max(day, date.min + timedelta(days=1)), date.max - timedelta(days=1))
    start = datetime(day.year, day.month, day.day, tzinfo=VIETNAM).astimezone(UTC)
    return start, start + timedelta(days=1)
