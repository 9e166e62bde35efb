"""A connection to PostgreSQL that is cut when its caller gives up, instead of waited for."""

from typing import Any

import asyncpg

# Putting a connection back must not wait for a server that has stopped to answer.
_RESET_S = 3.0


class Line(asyncpg.Connection):  # type: ignore[misc]
    """Given up in the middle of a statement (a deadline, a worker that ends), it is closed.

    asyncpg would ask the server over a second connection to stop, and wait for its word on the
    first one, however long that takes; until then the place in the pool is taken, with a server
    that talks nonsense for ever. PostgreSQL rolls back what was open on a closed connection.
    """

    def _cancel_current_command(self, *waiters: Any) -> None:
        self._loop.call_soon(self.terminate)

    def get_reset_query(self) -> str:
        """Nothing: a word to the server for each transaction would find nothing to put back. What
        we set and lock ends with the transaction (`tests/runtime/test_line.py`).
        """
        return ""

    async def reset(self, *, timeout: float | None = None) -> None:  # noqa: ASYNC109 - asyncpg's
        """Clean it for the next user. Raises `TimeoutError`; then it is closed."""
        await super().reset(timeout=_RESET_S if timeout is None else timeout)
