"""Connect a shop by the seller's agreement at the marketplace; take it away again."""

from typing import Final
from uuid import UUID

from itsdangerous import BadSignature, URLSafeTimedSerializer

from integrations.contracts.channels import Channel, ChannelError, ChannelShop, Handling
from integrations.contracts.errors import N_, Conflict, NotAllowed, NotFound, Problem, Unavailable
from integrations.contracts.ids import new_id
from integrations.contracts.ports import Ports
from integrations.contracts.viewer import SYSTEM, Viewer
from integrations.runtime import audit
from integrations.runtime.database import insert_once, rows, run, work
from integrations.runtime.followups import close_follow_ups
from integrations.runtime.outbox import emit
from integrations.runtime.settings import Settings
from market.channels import queries
from market.channels.rules.states import ConnectionState
from market.channels.service.tokens import sealed
from market.settlement.rules import CHANNEL_CLOSED, CHANNEL_REAUTH

_PURPOSE: Final = "channel-consent"
# The marketplace's page is left open for a while; its code works for ten minutes.
STATE_LIVES_S: Final = 900
# Sellers may choose less; a marketplace never grants more.
_CONSENT_DAYS: Final = 365
# A person does not look at a turning wheel for longer, and is told to come back after this.
PATIENCE_S: Final = 8.0
_SILENT_S: Final = 10


def port_of(ports: Ports, channel: str) -> Channel:
    """The adapter of a marketplace. Raises `NotFound` when it is not switched on here."""
    found = ports.channels.get(channel)
    if found is None:
        raise NotFound("channel.off", N_("This marketplace is not switched on here."), who="staff")
    return found


def shop_of(row: dict[str, object]) -> ChannelShop:
    """The shop behind a row that carries `connection_id` (or is the connection) and `shop_id`."""
    return ChannelShop(str(row.get("connection_id") or row["id"]), str(row["shop_id"]))


def silent() -> Unavailable:
    """The marketplace does not answer while a person waits."""
    return Unavailable(
        "channel.silent",
        N_("The marketplace does not answer right now. Nothing was lost. Please try again soon."),
        who="marketplace",
        retry_after_s=_SILENT_S,
    )


def as_problem(error: ChannelError) -> Problem:
    """What a marketplace said, for a form: a sentence that a person reads."""
    if error.handling in (Handling.RETRY, Handling.UNKNOWN_OUTCOME):
        return silent()
    soft = error.retry_after_s is not None or error.who in ("us", "marketplace")
    kind = Unavailable if soft else Problem
    return kind(
        error.code,
        error.message,
        who=error.who,
        params=error.params,
        retry_after_s=error.retry_after_s,
    )


def _signer(settings: Settings) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(settings.secret_key.get_secret_value(), salt=_PURPOSE)


def return_url(settings: Settings, channel: str) -> str:
    """Where the marketplace sends the seller back to."""
    return f"{settings.public_url}/producer/channels/connected/{channel}"


def consent_url(*, ports: Ports, settings: Settings, session_id: UUID | None, channel: str) -> str:
    """The marketplace's page on which the seller agrees; its answer is good for this session."""
    port = port_of(ports, channel)
    state = _signer(settings).dumps([str(session_id), channel])
    return port.consent_url(state=str(state), return_url=return_url(settings, channel))


async def connect(
    viewer: Viewer,
    *,
    ports: Ports,
    settings: Settings,
    session_id: UUID | None,
    channel: str,
    code: str,
    shop_id: str,
    state: str,
) -> UUID:
    """Exchange the agreement for tokens and keep them; the connection's id.

    Raises `NotAllowed` (code `channel.state`) for an answer that this session did not ask for,
    `Conflict` for a shop of another seller, what the marketplace says as a `Problem`.
    """
    port = port_of(ports, channel)
    try:
        asked = _signer(settings).loads(state, max_age=STATE_LIVES_S)
    except BadSignature:
        asked = None
    if asked != [str(session_id), channel] or not code or not shop_id:
        raise NotAllowed(
            "channel.state",
            N_("This answer does not belong to your visit. Please connect the shop once more."),
        )
    if viewer.producer_id is None:
        raise queries.unknown()
    try:
        tokens, name = await port.connect(code=code, shop_id=shop_id)
    except ChannelError as error:
        raise as_problem(error) from error
    columns = {**sealed(tokens), "shop_name": name[:200], "state": str(ConnectionState.ACTIVE)}
    async with work(SYSTEM):
        connection_id = await _keep(viewer.producer_id, channel, shop_id, columns)
        await run(
            "UPDATE channel_listing SET state = 'due', due_at = now(), tries = 0,"
            " version = version + 1 WHERE connection_id = $1",
            [connection_id],
        )
        await close_follow_ups(
            viewer,
            subject_id=connection_id,
            outcome="connected",
            kinds=(CHANNEL_REAUTH, CHANNEL_CLOSED),
        )
        await emit("channel.connected", connection_id)
        await audit.record(viewer, "channel.connected", f"channel_connection:{connection_id}")
    return connection_id


_AGAIN = """
UPDATE channel_connection SET access_sealed = $2, refresh_sealed = $3, access_expires_at = $4,
  refresh_expires_at = $5, shop_name = $6, state = $7, refreshing_until = NULL,
  token_fence = token_fence + 1, problem_code = '', problem_at = NULL, connected_at = now(),
  orders_due_at = now(), orders_until = coalesce(orders_until, now()),
  consent_expires_at = now() + make_interval(days => $8)
WHERE id = $1
"""


async def _keep(producer_id: UUID, channel: str, shop_id: str, columns: dict[str, object]) -> UUID:
    """The connection's row with new tokens; orders are known up to where they were known."""
    await insert_once(
        "channel_connection",
        {
            "id": new_id(),
            "producer_id": producer_id,
            "channel": channel,
            "shop_id": shop_id,
            **columns,
        },
    )
    found = await rows(
        "SELECT id, producer_id FROM channel_connection WHERE channel = $1 AND shop_id = $2"
        " FOR UPDATE",
        [channel, shop_id],
    )
    if found[0]["producer_id"] != producer_id:
        raise Conflict(
            "channel.taken",
            N_("This shop is connected for another seller. Please ask the programme's staff."),
            who="staff",
        )
    kept: UUID = found[0]["id"]
    await run(_AGAIN, [kept, *columns.values(), _CONSENT_DAYS])
    return kept


async def disconnect(viewer: Viewer, *, connection_id: UUID) -> None:
    """Forget a shop's tokens; what stands there stays there, and is nobody's here any more.

    Raises `NotFound`.
    """
    async with work(SYSTEM):
        await queries.connection(viewer, connection_id)
        await run(
            "UPDATE channel_connection SET state = 'ended', access_sealed = '',"
            " refresh_sealed = '', refreshing_until = NULL WHERE id = $1",
            [connection_id],
        )
        await close_follow_ups(viewer, subject_id=connection_id, outcome="taken away")
        await audit.record(viewer, "channel.ended", f"channel_connection:{connection_id}")
