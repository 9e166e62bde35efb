"""A full disk stops PostgreSQL: below a bound we only show what is there, and write no more."""

from integrations.runtime.disk.guard import DiskGuard, free_bytes_of, guard_of

__all__ = ["DiskGuard", "free_bytes_of", "guard_of"]
