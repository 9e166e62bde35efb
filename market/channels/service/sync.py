"""Bring one listing at a marketplace into step: one run at a time, one step at a time."""

import time
from collections.abc import Sequence
from typing import Final
from uuid import UUID

import orjson
import structlog

from integrations.contracts.channels import ChannelError, Handling, ItemState
from integrations.contracts.ports import Ports
from integrations.contracts.viewer import SYSTEM
from integrations.runtime.database import rows, run, work
from integrations.runtime.followups import close_follow_ups, open_follow_up
from integrations.runtime.outbox import emit
from market.channels import queries
from market.channels.rules.states import SyncState
from market.channels.rules.sync import REVIEW_RETRY_S, Step, again_in_s
from market.channels.service.connect import port_of, shop_of
from market.channels.service.run import Run
from market.channels.service.steps import DO
from market.channels.service.tokens import ask_operator, is_operators, operator_has_mended, silence
from market.settlement.rules import CHANNEL_PARKED, STAFF_DUE_S

log = structlog.get_logger(__name__)

LEASE_S: Final = 60.0
# A run ends well before its job's time-out; what is left is due at once.
_RUN_S: Final = 15.0
_STEPS_MAX: Final = 16
_AGAIN_MAX: Final = 4
# What one step may be refused without holding up the others.
_PUT_OFF: Final = frozenset({Handling.LOCKED, Handling.FIX_DATA, Handling.PARK})
_SEPARATE: Final = frozenset({Step.PRICE, Step.STOCK, Step.PICTURES, Step.LIST, Step.UNLIST})

_TOUCH = """
UPDATE channel_listing SET version = version + 1, due_at = now(), state = 'due'
WHERE id = ANY($1::uuid[]) AND ($2 OR state <> 'blocked' OR item_id <> '')
  AND NOT (state = 'in_step' AND began_at > coalesce(
    (SELECT created_at FROM outbox WHERE id = $3::uuid), 'infinity'))
RETURNING id
"""
_CLAIM = """
UPDATE channel_listing cl SET lease_until = now() + make_interval(secs => $2), fence = fence + 1,
  began_at = now()
FROM channel_connection c
WHERE cl.id = $1 AND c.id = cl.connection_id AND c.state = 'active'
  AND (cl.lease_until IS NULL OR cl.lease_until <= now())
RETURNING cl.fence
"""
# Only when nothing has changed since the run began; else it runs again.
_FINISH = """
UPDATE channel_listing SET lease_until = NULL, state = $3, tries = $4,
  due_at = CASE WHEN $5::float8 IS NULL THEN NULL ELSE now() + make_interval(secs => $5) END
WHERE id = $1 AND fence = $2 AND version = $6 RETURNING 1 AS done
"""
_LET_GO = """
UPDATE channel_listing SET lease_until = NULL, due_at = now(), state = 'due'
WHERE id = $1 AND fence = $2
"""
_PROBLEM = """
UPDATE channel_listing SET problem_since = CASE WHEN problem_code = $3 THEN problem_since
  ELSE now() END, problem_code = $3, problem_message = $4, problem_params = $5::jsonb,
  problem_who = $6, problem_vendor = $7
WHERE id = $1 AND fence = $2 RETURNING 1 AS kept
"""
_NO_PROBLEM = """
UPDATE channel_listing SET problem_code = '', problem_message = '', problem_params = '{}',
  problem_who = '', problem_vendor = '', problem_since = NULL
WHERE id = $1 AND fence = $2 AND problem_code <> ''
"""


async def touch(
    channel_listing_ids: Sequence[UUID], *, unblock: bool, told_by: UUID | None = None
) -> list[UUID]:
    """Say that something has changed here; those that are worth a run.

    `told_by`: the outbox row that says so. A run that began after it was written has seen what it
    tells of, so several facts about the same goods lead to one run.

    `unblock`: what a person had to mend may be mended now. Without it, goods that were never put
    there and wait for a person keep waiting.
    """
    if not channel_listing_ids:
        return []
    async with work(SYSTEM):
        found = await rows(_TOUCH, [list(channel_listing_ids), unblock, told_by])
    return [row["id"] for row in found]


async def sync(ports: Ports, channel_listing_id: UUID) -> bool:
    """Work one listing until both sides are in step or something stands in the way.

    False when another process is at it: it sees what was touched before it ends. Never raises for
    what a marketplace says: that is kept on the row, with the time of the next try.
    """
    for _ in range(_AGAIN_MAX):
        async with work(SYSTEM):
            claimed = await rows(_CLAIM, [channel_listing_id, LEASE_S])
            row = await queries.listing(SYSTEM, channel_listing_id) if claimed else None
        if row is None:
            return False
        it = Run(ports, port_of(ports, row["channel"]), shop_of(row), int(claimed[0]["fence"]), row)
        if await _run(it):
            return True
    return True


async def _run(it: Run) -> bool:
    """False when something was touched meanwhile."""
    version = it.row["version"]
    try:
        refused, finished = await _steps(it)
    except BaseException:
        async with work(SYSTEM):
            await run(_LET_GO, [it.id, it.fence])
        raise
    if refused is None and not finished:
        async with work(SYSTEM):
            await run(_LET_GO, [it.id, it.fence])
        return True
    if refused is not None and refused.handling is Handling.REAUTH:
        await silence(UUID(it.shop.connection_id), code=refused.code)
    return await _finish(it, refused, version)


async def _steps(it: Run) -> tuple[ChannelError | None, bool]:
    """What stands in the way, if anything; and whether the run came to its end."""
    ends_at = time.monotonic() + _RUN_S
    for _ in range(_STEPS_MAX):
        if time.monotonic() > ends_at:
            return None, False
        step = it.next()
        if step is Step.NOTHING and it.wrote:
            # What was sent is looked at once more: an answer is not yet the shelf.
            it.fresh = it.wrote = False
            continue
        if step in (Step.NOTHING, Step.WAIT_FOR_REVIEW):
            break
        try:
            await DO[step](it)
        except ChannelError as refused:
            if refused.handling in _PUT_OFF and step in _SEPARATE:
                it.refusals.append(refused)
                it.put_off |= {step}
                continue
            if refused.handling is Handling.ALREADY_DONE:
                it.fresh = False
                continue
            if refused.handling is Handling.GONE and it.row["item_id"]:
                it.row = {**it.row, "observed_state": str(ItemState.DELETED)}
                it.fresh = True
                continue
            return refused, True
        await it.reread()
    else:
        return None, False
    return (it.refusals[0] if it.refusals else None), True


async def _finish(it: Run, refused: ChannelError | None, version: int) -> bool:
    """Keep what came of the run; False when something was touched while it ran."""
    state, due_s, tries = SyncState.IN_STEP, None, 0
    if refused is not None:
        due_s = again_in_s(refused.handling, it.row["tries"], refused.retry_after_s)
        state = SyncState.BLOCKED if due_s is None else SyncState.DUE
        tries = it.row["tries"] + 1
    elif it.next() is Step.WAIT_FOR_REVIEW:
        state, due_s = SyncState.DUE, REVIEW_RETRY_S
    async with work(SYSTEM):
        if refused is None:
            if await run(_NO_PROBLEM, [it.id, it.fence]):
                await close_follow_ups(
                    SYSTEM, subject_id=it.id, outcome="in step", kinds=(CHANNEL_PARKED,)
                )
                await operator_has_mended(UUID(it.shop.connection_id))
        else:
            await _keep_problem(it, refused, blocked=state is SyncState.BLOCKED)
        await run(
            "UPDATE channel_connection SET last_ok_at = now() WHERE id = $1 AND $2",
            [UUID(it.shop.connection_id), refused is None],
        )
        done = await rows(
            _FINISH,
            [it.id, it.fence, str(state), tries, None if due_s is None else float(due_s), version],
        )
        if not done:
            await run(_LET_GO, [it.id, it.fence])
    return bool(done)


async def _keep_problem(it: Run, refused: ChannelError, *, blocked: bool) -> None:
    is_new = it.row["problem_code"] != refused.code
    kept = await rows(
        _PROBLEM,
        [
            it.id,
            it.fence,
            refused.code[:60],
            refused.message[:400],
            orjson.dumps(refused.params, default=str).decode(),
            refused.who,
            f"{refused.vendor_code} {refused.vendor_text}".strip()[:300],
        ],
    )
    if not kept:
        return
    log.info("channel.refused", listing=str(it.id), code=refused.code, said=refused.vendor_code)
    if is_operators(refused):
        await ask_operator(UUID(it.shop.connection_id), refused)
    # Whatever the producer cannot mend alone is somebody's work; a shop that was silenced is one
    # piece of work, not one for each of its goods.
    if blocked and refused.who != "you" and refused.handling is not Handling.REAUTH:
        await open_follow_up(
            CHANNEL_PARKED,
            subject_type="channel_listing",
            subject_id=it.id,
            for_role="province_staff",
            due_in_s=STAFF_DUE_S,
            producer_id=it.row["producer_id"],
            channel=it.row["channel"],
            code=refused.vendor_code,
        )
    if blocked and is_new and refused.who == "you" and refused.handling is Handling.FIX_DATA:
        await emit("channel.listing_blocked", it.id, code=refused.code)
