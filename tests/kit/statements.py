"""Counts the statements that a request sends to the database."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

# Who is looking is told to PostgreSQL in every transaction; it reads nothing.
_NOT_BUSINESS = ("SELECT set_config", "SAVEPOINT", "RELEASE")


class _Heard(logging.Handler):
    def __init__(self, into: list[str]) -> None:
        super().__init__(logging.DEBUG)
        self._into = into

    def emit(self, record: logging.LogRecord) -> None:
        # "%s: %s" with the statement and its values; other lines tell of pools.
        if record.msg != "%s: %s" or not isinstance(record.args, tuple):
            return
        statement = str(record.args[0])
        if not statement.startswith(_NOT_BUSINESS):
            self._into.append(" ".join(statement.split()))


@contextmanager
def statements() -> Iterator[list[str]]:
    """`with statements() as sent:` every business statement of this process, in order."""
    sent: list[str] = []
    logger, handler = logging.getLogger("tortoise.db_client"), _Heard(sent)
    before, spread = logger.level, logger.propagate
    logger.setLevel(logging.DEBUG)
    logger.propagate = False
    logger.addHandler(handler)
    try:
        yield sent
    finally:
        logger.removeHandler(handler)
        logger.setLevel(before)
        logger.propagate = spread
