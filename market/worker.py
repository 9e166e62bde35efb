"""Every job of the service, and every fact with the tasks that follow from it."""

from typing import Any, ClassVar, Final

from arq import cron
from arq.worker import Function, func
from tortoise import Tortoise

from integrations.runtime.database import orm_config
from integrations.runtime.i18n import register_locale
from integrations.runtime.logging import configure
from integrations.runtime.outbox import Routes, doorbell, due_rows, run_row
from integrations.runtime.outbox.queue import FAST, Bellpull, redis_settings, row_id_of
from integrations.runtime.settings import get_settings
from market.tables import APPS
from market.wiring import build_ports

# What happened -> what follows. Lower slices name the fact, never the task.
ROUTES: Final = Routes(facts={})


async def work_row(ctx: dict[str, Any], row_id: str) -> None:
    """Work one outbox row."""
    await run_row(ctx, row_id_of(row_id), routes=ROUTES)


async def sweep(ctx: dict[str, Any]) -> int:
    """Ring again for what is due and was not worked; how many."""
    due = await due_rows()
    for row_id, lane in due:
        if doorbell.ring is not None:
            await doorbell.ring(row_id, lane)
    return len(due)


async def start(ctx: dict[str, Any]) -> None:
    """Connect, and look for what was left behind while nobody worked."""
    from market.app import ROOT

    settings = get_settings()
    settings.require_safe()
    configure(settings.log_level)
    for floor in ("integrations", "sellers", "market"):
        register_locale(ROOT / floor / "locale")
    await Tortoise.init(
        config=orm_config(
            APPS,
            url=settings.database_url.get_secret_value(),
            public_url=settings.database_public_url.get_secret_value(),
            pool_max=settings.database_pool_max,
            name="worker",
        ),
        _enable_global_fallback=True,
    )
    bell = Bellpull(settings.redis_url.get_secret_value())
    doorbell.ring = bell.ring
    ctx["settings"], ctx["ports"], ctx["bell"] = settings, build_ports(settings), bell
    await sweep(ctx)


async def stop(ctx: dict[str, Any]) -> None:
    """Give everything back."""
    doorbell.ring = None
    await ctx["bell"].close()
    await Tortoise.close_connections()


class WorkerSettings:
    """arq's settings: short time-outs, quick polls, nothing kept in Redis."""

    functions: ClassVar[list[Function]] = [
        func(work_row, keep_result=0, timeout=60, max_tries=5),
    ]
    cron_jobs: ClassVar[list[Any]] = [
        cron(sweep, second=set(range(0, 60, 5)), keep_result=0, timeout=20, unique=True),
    ]
    on_startup = start
    on_shutdown = stop
    queue_name = FAST
    poll_delay = 0.05
    max_jobs = 8
    job_completion_wait = 5
    health_check_interval = 15
    redis_settings = redis_settings(get_settings().redis_url.get_secret_value() or "redis://")
