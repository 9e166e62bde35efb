"""PostgreSQL: connections, one transaction per verb with its viewer set, insert-once, retry."""

from integrations.runtime.database.config import orm_config
from integrations.runtime.database.sql import insert_once, public_rows, rows, run, value
from integrations.runtime.database.work import Unit, after_commit, current_unit, retrying, work

__all__ = [
    "Unit",
    "after_commit",
    "current_unit",
    "insert_once",
    "orm_config",
    "public_rows",
    "retrying",
    "rows",
    "run",
    "value",
    "work",
]
