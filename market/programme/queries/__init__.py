"""Reads of the figures: each number and the list it opens share one WHERE."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from integrations.contracts.viewer import Viewer
from integrations.runtime.database import rows, work

# Most of what can be asked is not asked: a plan that fits every question fits none.
OWN_PLAN: Final = "SELECT set_config('plan_cache_mode', 'force_custom_plan', true)"


@asynccontextmanager
async def reading(viewer: Viewer) -> AsyncIterator[None]:
    """A transaction in which each question is planned for what it asks."""
    async with work(viewer):
        await rows(OWN_PLAN)
        yield
