"""arq as a doorbell: it carries the row's id and nothing else."""

import asyncio
from typing import Any, Final
from uuid import UUID

from arq import create_pool
from arq.connections import ArqRedis, RedisSettings

FAST, SLOW, OUTSIDE = "ganh:fast", "ganh:slow", "ganh:outside"
QUEUES = {"fast": FAST, "slow": SLOW, "outside": OUTSIDE}


def redis_settings(url: str) -> RedisSettings:
    """Short timeouts: a page must not wait for a Redis that is down."""
    settings = RedisSettings.from_dsn(url)
    settings.conn_timeout = 1
    settings.conn_retries = 1
    settings.conn_retry_delay = 0
    return settings


# Longer than a busy Redis takes for any command of ours.
_ANSWER_S: Final = 10.0


def lane_pool(url: str) -> ArqRedis:
    """A worker's connections, made at the first use.

    arq's own wait for ever for an answer that never comes: a worker would stand still, alive, and
    nobody would start it anew. Here that is an error, which ends it.
    """
    settings = redis_settings(url)
    return ArqRedis(
        host=settings.host,
        port=settings.port,
        db=settings.database,
        username=settings.username,
        password=settings.password,
        unix_socket_path=settings.unix_socket_path,
        ssl=settings.ssl,
        socket_connect_timeout=settings.conn_timeout,
        socket_timeout=_ANSWER_S,
        encoding="utf8",
    )


# A page waits no longer for a Redis that hangs, and does not try again for a while.
_RING_S: Final = 1.0
_SILENT_S: Final = 5.0


class Bellpull:
    """Rings for outbox rows over Redis; connects at the first ring and again after a loss."""

    def __init__(self, url: str) -> None:
        self._settings = redis_settings(url)
        self._pool: ArqRedis | None = None
        self._silent_until_s = 0.0

    async def ring(self, row_id: UUID, lane: str, turn: str) -> None:
        """Enqueue the row's id. Raises whatever Redis raises; the caller lives without it.

        `ConnectionError` at once for 5 s after a failure: one order rings many times.
        """
        loop = asyncio.get_running_loop()
        if loop.time() < self._silent_until_s:
            raise ConnectionError("Redis has just failed")
        try:
            async with asyncio.timeout(_RING_S):
                pool = await self._connected()
                # Ringing twice for one turn of a row queues it once; a row that a killed worker
                # left behind has another turn and is queued beside the job that Redis still holds.
                await pool.enqueue_job(
                    "work_row", str(row_id), _job_id=f"{row_id}:{turn}", _queue_name=QUEUES[lane]
                )
        except Exception:
            self._silent_until_s = loop.time() + _SILENT_S
            raise

    async def check(self) -> None:
        """Raise when Redis does not answer."""
        async with asyncio.timeout(_RING_S):
            await (await self._connected()).ping()

    async def _connected(self) -> ArqRedis:
        if self._pool is None:
            self._pool = await create_pool(self._settings)
        return self._pool

    async def close(self) -> None:
        """Give the connections back."""
        if self._pool is not None:
            await self._pool.aclose()


def row_id_of(raw: Any) -> UUID:
    """The UUID in a job's argument."""
    return UUID(str(raw))
