"""arq as a doorbell: it carries the row's id and nothing else."""

from typing import Any
from uuid import UUID

from arq import create_pool
from arq.connections import ArqRedis, RedisSettings

FAST, SLOW = "ganh:fast", "ganh:slow"
QUEUES = {"fast": FAST, "slow": SLOW}


def redis_settings(url: str) -> RedisSettings:
    """Short timeouts: a page must not wait for a Redis that is down."""
    settings = RedisSettings.from_dsn(url)
    settings.conn_timeout = 1
    settings.conn_retries = 1
    settings.conn_retry_delay = 0
    return settings


class Bellpull:
    """Rings for outbox rows over Redis; connects at the first ring and again after a loss."""

    def __init__(self, url: str) -> None:
        self._settings = redis_settings(url)
        self._pool: ArqRedis | None = None

    async def ring(self, row_id: UUID, lane: str, turn: str) -> None:
        """Enqueue the row's id. Raises whatever Redis raises; the caller lives without it."""
        if self._pool is None:
            self._pool = await create_pool(self._settings)
        # Ringing twice for one turn of a row queues it once; a row that a killed worker left
        # behind has another turn and is queued beside the job that Redis still holds for it.
        await self._pool.enqueue_job(
            "work_row", str(row_id), _job_id=f"{row_id}:{turn}", _queue_name=QUEUES[lane]
        )

    async def check(self) -> None:
        """Raise when Redis does not answer."""
        if self._pool is None:
            self._pool = await create_pool(self._settings)
        await self._pool.ping()

    async def close(self) -> None:
        """Give the connections back."""
        if self._pool is not None:
            await self._pool.aclose()


def row_id_of(raw: Any) -> UUID:
    """The UUID in a job's argument."""
    return UUID(str(raw))
