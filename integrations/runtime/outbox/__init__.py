"""Effects as rows: facts, the tasks that follow, leases, back-off, dead letters, the sweep."""

from integrations.runtime.outbox.rows import doorbell, emit
from integrations.runtime.outbox.runner import Routes, Task, drain, due_rows, forget_done, run_row

__all__ = ["Routes", "Task", "doorbell", "drain", "due_rows", "emit", "forget_done", "run_row"]
