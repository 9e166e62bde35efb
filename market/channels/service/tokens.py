"""Tokens of connected shops: sealed at rest, renewed by one process at a time."""

import asyncio
import time
from typing import Any, Final
from uuid import UUID

import structlog

from integrations.contracts.channels import (
    ChannelError,
    ChannelShop,
    ChannelTokens,
    Handling,
    Refresh,
)
from integrations.contracts.errors import N_
from integrations.contracts.viewer import SYSTEM
from integrations.runtime.crypto import seal, unseal
from integrations.runtime.database import rows, run, work
from integrations.runtime.followups import close_follow_ups, open_follow_up
from integrations.runtime.outbox import emit
from market.channels.rules.states import ConnectionState, silenced_as
from market.settlement.rules import CHANNEL_CLOSED, CHANNEL_PARKED, CHANNEL_REAUTH, STAFF_DUE_S

log = structlog.get_logger(__name__)

ACCESS: Final = "channel_access"
REFRESH: Final = "channel_refresh"
# Longer than the adapter's own time-out for one call.
_LEASE_S: Final = 30.0
_WAIT_S: Final = 35.0
_POLL_S: Final = 0.05

_READ = """
SELECT id, state, access_sealed, refresh_sealed, access_expires_at, refresh_expires_at,
  coalesce(refreshing_until > now(), false) AS taken, token_fence
FROM channel_connection WHERE id = $1
"""
_TAKE = """
UPDATE channel_connection SET refreshing_until = now() + make_interval(secs => $2),
  token_fence = token_fence + 1
WHERE id = $1 AND state = 'active' AND access_sealed = $3
  AND (refreshing_until IS NULL OR refreshing_until <= now())
RETURNING token_fence
"""
# Whoever holds the newest answer writes it, even past its time: the old token is spent.
_KEEP = """
UPDATE channel_connection SET access_sealed = $2, refresh_sealed = $3, access_expires_at = $4,
  refresh_expires_at = $5, refreshing_until = NULL
WHERE id = $1 AND access_sealed = $6
"""
_GIVE_UP = """
UPDATE channel_connection SET refreshing_until = NULL WHERE id = $1 AND token_fence = $2
"""
_SILENCE = """
UPDATE channel_connection SET state = $2, problem_code = $3, problem_at = now(),
  refreshing_until = NULL
WHERE id = $1 AND state = 'active' AND ($4::text IS NULL OR access_sealed = $4)
RETURNING producer_id, channel, shop_name
"""


def reauth() -> ChannelError:
    """What every call says for a shop that has to agree again."""
    return ChannelError(
        Handling.REAUTH,
        "channel.needs_reauth",
        N_("The marketplace asks for your agreement again. Please connect the shop once more."),
        who="you",
    )


def sealed(tokens: ChannelTokens) -> dict[str, Any]:
    """The columns that hold tokens."""
    return {
        "access_sealed": seal(tokens.access_token, purpose=ACCESS),
        "refresh_sealed": seal(tokens.refresh_token, purpose=REFRESH),
        "access_expires_at": tokens.access_expires_at,
        "refresh_expires_at": tokens.refresh_expires_at,
    }


class ConnectionTokens:
    """The `TokenStore` over `channel_connection`."""

    async def current(self, shop: ChannelShop) -> ChannelTokens:
        """Raises `ChannelError` (REAUTH) when the shop must consent again or is taken away."""
        return _opened(await _row(shop))

    async def refreshed(self, shop: ChannelShop, *, stale: str, refresh: Refresh) -> ChannelTokens:
        """Tokens newer than `stale`. One caller renews and stores, the others wait for it.

        Raises `ChannelError`: REAUTH when the marketplace refused to renew, RETRY when the one
        who renews does not come to an end.
        """
        give_up_at = time.monotonic() + _WAIT_S
        while time.monotonic() < give_up_at:
            row = await _row(shop)
            tokens = _opened(row)
            if tokens.access_token != stale:
                return tokens
            fence = None if row["taken"] else await _take(row)
            if fence is not None:
                # A refresh token works once: what it brought is kept, also for nobody.
                return await asyncio.shield(_renew(row, fence, tokens, refresh))
            await asyncio.sleep(_POLL_S)
        raise ChannelError(
            Handling.RETRY,
            "channel.refresh_slow",
            N_("The marketplace is slow to let us in. We try again by ourselves."),
        )


async def _row(shop: ChannelShop) -> dict[str, Any]:
    async with work(SYSTEM):
        found = await rows(_READ, [UUID(shop.connection_id)])
    if not found or found[0]["state"] != ConnectionState.ACTIVE or not found[0]["access_sealed"]:
        raise reauth()
    return found[0]


def _opened(row: dict[str, Any]) -> ChannelTokens:
    return ChannelTokens(
        access_token=unseal(row["access_sealed"], purpose=ACCESS),
        refresh_token=unseal(row["refresh_sealed"], purpose=REFRESH),
        access_expires_at=row["access_expires_at"],
        refresh_expires_at=row["refresh_expires_at"],
    )


async def _take(row: dict[str, Any]) -> int | None:
    async with work(SYSTEM):
        found = await rows(_TAKE, [row["id"], _LEASE_S, row["access_sealed"]])
    return int(found[0]["token_fence"]) if found else None


async def _renew(
    row: dict[str, Any], fence: int, tokens: ChannelTokens, refresh: Refresh
) -> ChannelTokens:
    try:
        new = await refresh(tokens)
    except ChannelError as refused:
        if refused.handling is not Handling.REAUTH:
            await _give_up(row["id"], fence)
            raise
        # Somebody whose lease had run out may have been faster: then its answer holds.
        now = await _row(ChannelShop(str(row["id"]), ""))
        if now["access_sealed"] != row["access_sealed"]:
            return _opened(now)
        await silence(row["id"], code=refused.code, only_with=row["access_sealed"])
        raise reauth() from refused
    except BaseException:
        await _give_up(row["id"], fence)
        raise
    columns = sealed(new)
    async with work(SYSTEM):
        kept = await run(_KEEP, [row["id"], *columns.values(), row["access_sealed"]])
    return new if kept else _opened(await _row(ChannelShop(str(row["id"]), "")))


async def _give_up(connection_id: UUID, fence: int) -> None:
    async with work(SYSTEM):
        await run(_GIVE_UP, [connection_id, fence])


async def silence(connection_id: UUID, *, code: str, only_with: str | None = None) -> bool:
    """We may not act for a shop any more: nothing is scheduled, the team and the seller are told.

    `only_with`: only while these are still its tokens. False when it was silent before.
    """
    state = silenced_as(code)
    async with work(SYSTEM):
        found = await rows(_SILENCE, [connection_id, str(state), code[:60], only_with])
        if not found:
            return False
        await open_follow_up(
            CHANNEL_CLOSED if state is ConnectionState.SUSPENDED else CHANNEL_REAUTH,
            subject_type="channel_connection",
            subject_id=connection_id,
            for_role="province_staff",
            due_in_s=STAFF_DUE_S,
            producer_id=found[0]["producer_id"],
            channel=found[0]["channel"],
            shop_name=found[0]["shop_name"],
            code=code,
        )
        await emit("channel.silenced", connection_id, state=str(state))
    log.warning("channel.silenced", connection_id=str(connection_id), code=code, state=str(state))
    return True


def is_operators(refused: ChannelError) -> bool:
    """Clock, key or address of this installation: it goes on by itself once they are mended."""
    return refused.handling is Handling.WAIT and refused.who == "staff"


async def ask_operator(connection_id: UUID, refused: ChannelError) -> None:
    """One question for each shop, however many of its goods wait; in the open transaction."""
    found = await rows(
        "SELECT producer_id, channel, shop_name FROM channel_connection WHERE id = $1",
        [connection_id],
    )
    await open_follow_up(
        CHANNEL_PARKED,
        subject_type="channel_connection",
        subject_id=connection_id,
        for_role="province_staff",
        due_in_s=STAFF_DUE_S,
        producer_id=found[0]["producer_id"],
        channel=found[0]["channel"],
        number=found[0]["shop_name"],
        code=refused.code,
        reference=f"{refused.vendor_code} {refused.vendor_text}".strip()[:200],
    )


async def operator_has_mended(connection_id: UUID) -> None:
    """The marketplace takes our calls for this shop again; in the open transaction."""
    await close_follow_ups(
        SYSTEM, subject_id=connection_id, outcome="mended", kinds=(CHANNEL_PARKED,)
    )
