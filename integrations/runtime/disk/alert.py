"""Tells the operator that the disk is nearly full: a follow-up, while it lasts."""

from typing import Any, Final
from uuid import UUID

from integrations.contracts.viewer import SYSTEM
from integrations.runtime.database import work
from integrations.runtime.disk.guard import MIB, DiskGuard
from integrations.runtime.followups import close_follow_ups, open_follow_up

LOW: Final = "disk.low"
# There is one data disk; a follow-up needs a subject.
THE_DISK: Final = UUID("00000000-0000-7000-8000-0000000d15c0")
_DUE_IN_S: Final = 3600.0


async def watch(ctx: dict[str, Any]) -> None:
    """Every minute: one open follow-up while the disk is low, none when it is well.

    The bound leaves room for this one row.
    """
    guard: DiskGuard = ctx["disk"]
    async with work(SYSTEM):
        if guard.read_only:
            await open_follow_up(
                LOW,
                subject_type="disk",
                subject_id=THE_DISK,
                for_role="operator",
                due_in_s=_DUE_IN_S,
                free_mb=guard.free_bytes // MIB,
            )
        else:
            await close_follow_ups(SYSTEM, subject_id=THE_DISK, outcome="well again", kinds=(LOW,))
