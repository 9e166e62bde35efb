"""Every job of the service, and every fact with the tasks that follow from it."""

import asyncio
import contextlib
import signal
from collections.abc import Sequence
from typing import Any, Final

from arq import Worker, cron
from arq.cron import CronJob
from arq.worker import func
from tortoise import Tortoise

from integrations.contracts.viewer import SYSTEM
from integrations.runtime import tracing
from integrations.runtime.database import orm_config, work
from integrations.runtime.disk import alert as disk_alert
from integrations.runtime.disk import guard_of
from integrations.runtime.logging import configure
from integrations.runtime.outbox import Routes, Task, doorbell, due_rows, forget_done, run_row
from integrations.runtime.outbox.queue import (
    FAST,
    OUTSIDE,
    SLOW,
    Bellpull,
    lane_pool,
    row_id_of,
)
from integrations.runtime.settings import get_settings
from integrations.runtime.uploads import tend as tend_uploads
from integrations.runtime.web.idempotency import forget_old as forget_old_answers
from market.channels import tasks as channels_tasks
from market.demo import tasks as demo_tasks
from market.listing import tasks as listing_tasks
from market.photos import tasks as photos_tasks
from market.programme import tasks as programme_tasks
from market.settlement import tasks as settlement_tasks
from market.sheets import tasks as sheets_tasks
from market.tables import APPS
from market.wiring import build_ports, register_words
from sellers.accounts import tasks as accounts_tasks
from sellers.onboarding import tasks as onboarding_tasks
from sellers.producers import tasks as producers_tasks

# A few milliseconds each: behind pictures the figures would lag by minutes.
_COUNT_PART: Final = Task("programme.part_moved", programme_tasks.part_moved)
_COUNT_PAID: Final = Task("programme.payment_settled", programme_tasks.payment_settled)
_COUNT_SHOWN: Final = Task("programme.listing_approved", programme_tasks.listing_approved)
_COUNT_KNOWN: Final = Task("programme.producer_changed", programme_tasks.producer_changed)

_COMPLETE: Final = Task("photos.complete", photos_tasks.complete, lane="slow", writes_objects=True)

# What happened -> what follows. Lower slices name the fact, never the task.
ROUTES: Final = Routes(
    facts={
        "demo.listed": (Task("demo.draw", demo_tasks.draw, lane="slow", writes_objects=True),),
        "photo.received": (Task("photos.render", photos_tasks.render, writes_objects=True),),
        "photo.ready": (_COMPLETE,),
        "photo.incomplete": (_COMPLETE,),
        "photo.squared": (
            Task("channels.sync_squared", channels_tasks.sync_listing, lane="outside"),
        ),
        "stock.changed": (
            Task("channels.sync_variant", channels_tasks.sync_variant, lane="outside"),
        ),
        "listing.changed": (
            Task("channels.sync_listing", channels_tasks.sync_listing, lane="outside"),
        ),
        "channel.listing_due": (
            Task("channels.sync_one", channels_tasks.sync_one, lane="outside"),
        ),
        "channel.orders_due": (
            Task("channels.pull_orders", channels_tasks.pull_orders, lane="outside"),
        ),
        "channel.connected": (
            Task("channels.connected", channels_tasks.connected, lane="outside"),
        ),
        "channel.pushed": (
            Task("channels.work_shopee_push", channels_tasks.work_shopee_push, lane="outside"),
        ),
        "channel.silenced": (Task("channels.tell_silenced", channels_tasks.tell_silenced),),
        "channel.listing_blocked": (Task("channels.tell_blocked", channels_tasks.tell_blocked),),
        "channel.short": (
            Task("settlement.tell_producer_short", settlement_tasks.tell_producer_short),
        ),
        "sheet.received": (Task("sheets.read", sheets_tasks.read),),
        "sheet.confirmed": (
            Task(
                "sheets.import_lines",
                sheets_tasks.import_lines,
                lane="slow",
                writes_objects=True,
            ),
        ),
        "photo.refused": (Task("listing.photo_refused", listing_tasks.photo_refused),),
        "listing.approved": (
            Task("listing.tell_producer", listing_tasks.tell_producer),
            _COUNT_SHOWN,
        ),
        "listing.sent_back": (Task("listing.tell_producer", listing_tasks.tell_producer),),
        "bank.event_received": (
            Task("settlement.work_bank_event", settlement_tasks.work_bank_event),
        ),
        "card.page_wanted": (
            Task("settlement.open_card_page", settlement_tasks.open_card_page, lane="outside"),
        ),
        "card.event_received": (
            Task("settlement.work_card_event", settlement_tasks.work_card_event, lane="outside"),
        ),
        "card.refund_wanted": (
            Task("settlement.send_card_refund", settlement_tasks.send_card_refund, lane="outside"),
        ),
        "card.refunded": (
            Task("settlement.tell_buyer_refunded", settlement_tasks.tell_buyer_refunded),
            _COUNT_PART,
        ),
        "order.part_placed": (
            Task("settlement.tell_producer_placed", settlement_tasks.tell_producer_placed),
            Task("programme.part_placed", programme_tasks.part_placed),
        ),
        "order.part_moved": (
            Task("settlement.tell_buyer_moved", settlement_tasks.tell_buyer_moved),
            Task("settlement.tell_producer_moved", settlement_tasks.tell_producer_moved),
            _COUNT_PART,
        ),
        "order.overdue": (
            Task("settlement.tell_producer_overdue", settlement_tasks.tell_producer_overdue),
        ),
        "payment.settled": (_COUNT_PAID,),
        "payment.look_due": (
            Task("settlement.tell_producer_look", settlement_tasks.tell_producer_look),
        ),
        "payment.not_seen": (
            Task("settlement.tell_buyer_not_seen", settlement_tasks.tell_buyer_not_seen),
        ),
        "payment.refund_due": (
            Task("settlement.tell_producer_refund", settlement_tasks.tell_producer_refund),
            Task("settlement.tell_buyer_refund", settlement_tasks.tell_buyer_refund),
        ),
        "payment.sent_back": (
            Task("settlement.tell_buyer_sent_back", settlement_tasks.tell_buyer_sent_back),
        ),
        "payment.short": (Task("settlement.tell_buyer_short", settlement_tasks.tell_buyer_short),),
        "sign_in.code_made": (Task("accounts.send_code", accounts_tasks.send_code),),
        "case.decided": (
            Task("onboarding.tell_producer", onboarding_tasks.tell_producer),
            Task("channels.sync_producer", channels_tasks.sync_producer, lane="outside"),
            _COUNT_KNOWN,
        ),
        "producer.changed": (
            Task("listing.producer_changed", listing_tasks.producer_changed, lane="slow"),
        ),
        "payout_account.changed": (
            Task("producers.tell_payout_changed", producers_tasks.tell_payout_changed),
            _COUNT_KNOWN,
        ),
        "payout_account.set": (_COUNT_KNOWN,),
    }
)


# Longer work is split: the worst time-out decides when a killed job comes back.
JOB_TIMEOUT_S: Final = 30
# How long a job may go on after the worker was asked to end; the supervisor waits longer.
FINISH_S: Final = 5
# Nothing is lost by leaving without a farewell: no end waits for a server that does not answer.
CLOSE_S: Final = 3


async def work_row(ctx: dict[str, Any], row_id: str) -> None:
    """Work one outbox row."""
    await run_row(ctx, row_id_of(row_id), routes=ROUTES)


async def sweep(ctx: dict[str, Any]) -> int:
    """Ring again for what is due and was not worked; how many."""
    due = await due_rows()
    for row_id, lane, turn in due:
        if doorbell.ring is not None:
            await doorbell.ring(row_id, lane, turn)
    return len(due)


async def tidy(ctx: dict[str, Any]) -> int:
    """Once a night: effects long since had, answers that nobody will ask for again."""
    async with work(SYSTEM):
        forgotten = await forget_old_answers()
    return forgotten + await forget_done()


async def start(ctx: dict[str, Any]) -> None:
    """Connect, and look for what was left behind while nobody worked."""
    settings = get_settings()
    settings.require_safe()
    configure(settings.log_level)
    tracing.start(settings, service="ganh-worker")
    register_words()
    await Tortoise.init(
        config=orm_config(
            APPS,
            url=settings.database_url.get_secret_value(),
            public_url=settings.database_public_url.get_secret_value(),
            pool_max=settings.database_pool_max,
            public_pool_max=1,
            name="worker",
        ),
        _enable_global_fallback=True,
    )
    bell = Bellpull(settings.redis_url.get_secret_value())
    doorbell.ring = bell.ring
    ctx["settings"], ctx["ports"], ctx["bell"] = settings, build_ports(settings), bell
    ctx["disk"] = guard_of(settings)
    await sweep(ctx)


async def stop(ctx: dict[str, Any]) -> None:
    """Give everything back."""
    doorbell.ring = None
    await ctx["bell"].close()
    await ctx["ports"].close()
    await asyncio.to_thread(tracing.stop)
    await Tortoise.close_connections()


# What the clock starts; everything else starts with a fact.
CRONS: Final[tuple[CronJob, ...]] = (
    cron(sweep, second=set(range(0, 60, 5)), keep_result=0, timeout=20),
    cron(disk_alert.watch, second=37, keep_result=0, timeout=20),
    cron(listing_tasks.remind_staff, minute=11, keep_result=0, timeout=20),
    cron(onboarding_tasks.remind_staff, minute=17, keep_result=0, timeout=20),
    cron(accounts_tasks.forget, hour=19, minute=40, keep_result=0, timeout=60),
    cron(tidy, hour=19, minute=53, keep_result=0, timeout=60),
    cron(photos_tasks.call_incomplete, minute=23, keep_result=0, timeout=60),
    cron(photos_tasks.tidy, hour=19, minute=17, keep_result=0, timeout=120),
    cron(tend_uploads, minute=43, keep_result=0, timeout=120),
    cron(sheets_tasks.forget, hour=19, minute=23, keep_result=0, timeout=120),
    cron(channels_tasks.give_out, second={7, 37}, keep_result=0, timeout=20),
    cron(settlement_tasks.look_at_cards, second={13, 43}, keep_result=0, timeout=120),
    cron(
        settlement_tasks.look_again_at_cards,
        minute=set(range(7, 60, 10)),
        keep_result=0,
        timeout=300,
    ),
    cron(settlement_tasks.catch_up_cards, hour=19, minute=29, keep_result=0, timeout=300),
    cron(programme_tasks.recount, minute=37, keep_result=0, timeout=120),
    cron(settlement_tasks.look, second=set(range(3, 60, 10)), keep_result=0, timeout=20),
)


def build_workers(ctx: dict[str, Any]) -> tuple[Worker, ...]:
    """One worker per lane: no person waits behind a vendor that hangs, or what nobody waits for."""
    url = get_settings().redis_url.get_secret_value()
    job = func(work_row, keep_result=0, timeout=JOB_TIMEOUT_S, max_tries=5)

    def build(queue: str, jobs_max: int, poll_delay_s: float, crons: Sequence[CronJob]) -> Worker:
        return Worker(
            [job],
            queue_name=queue,
            cron_jobs=crons,
            redis_pool=lane_pool(url),
            poll_delay=poll_delay_s,
            max_jobs=jobs_max,
            health_check_interval=15,
            handle_signals=False,
            log_results=False,
            # A job that Redis lost counts as failed: its result would keep the next bell unheard.
            keep_result=0,
            ctx=ctx,
        )

    return build(FAST, 8, 0.05, CRONS), build(OUTSIDE, 4, 0.1, ()), build(SLOW, 1, 0.1, ())


async def _let_finish(workers: Sequence[Worker]) -> None:
    """Begin nothing new and give what is under way a moment; what remains is put back."""
    for worker in workers:
        worker.allow_pick_jobs = False
    if under_way := [task for worker in workers for task in worker.tasks.values()]:
        await asyncio.wait(under_way, timeout=FINISH_S)


async def work_forever() -> None:
    """Run all lanes until SIGTERM or SIGINT, or until Redis is lost (then the supervisor acts)."""
    ctx: dict[str, Any] = {}
    await start(ctx)
    workers = build_workers(ctx)
    running = [asyncio.ensure_future(worker.async_run()) for worker in workers]
    asked = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, asked.set)
    waiting = asyncio.ensure_future(asked.wait())
    try:
        await asyncio.wait([*running, waiting], return_when=asyncio.FIRST_COMPLETED)
    finally:
        waiting.cancel()
        await _let_finish(workers)
        closing = (worker.close() for worker in workers)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_S):
                await asyncio.gather(*closing, return_exceptions=True)
        ended, _ = await asyncio.wait(running, timeout=CLOSE_S)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_S):
                await stop(ctx)
    for task in ended:
        if not task.cancelled() and (error := task.exception()) is not None:
            raise error
