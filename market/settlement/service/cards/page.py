"""Open the hosted page of a checkout: the key is stored first, so that it opens once."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import structlog

from integrations.contracts.cards import (
    CardLine,
    CardPayments,
    CardRefused,
    CardSession,
    CardSessionRequest,
)
from integrations.contracts.errors import N_, NotFound, Problem, Unavailable
from integrations.contracts.ports import Ports
from integrations.contracts.viewer import SYSTEM
from integrations.runtime.crypto import seal
from integrations.runtime.database import retrying, rows, run, work
from integrations.runtime.outbox import emit
from integrations.runtime.settings import Settings
from market.orders.links import order_url
from market.payments.rules import (
    ATTEMPTS_MAX,
    HOLD_AFTER_SESSION_S,
    SESSION_S,
    CheckoutState,
    PaymentState,
)
from market.payments.service import cards
from market.payments.service.cards import CardShare

log = structlog.get_logger(__name__)

Row = Mapping[str, Any]
URL_PURPOSE: Final = "card_url"
# A buyer does not look at a turning wheel for longer; the worker goes on.
_PATIENCE_S: Final = 8.0

_LINES: Final = """
SELECT l.name, l.unit, l.quantity, l.price_vnd
FROM card_part c JOIN order_part p ON p.id = c.part_id JOIN order_line l ON l.part_id = p.id
WHERE c.checkout_id = $1 ORDER BY p.letter, l.id
"""
_HOLD_PARTS: Final = """
UPDATE order_part SET expires_at = greatest(expires_at, $2)
WHERE id = ANY($1::uuid[]) AND state = 'awaiting_payment'
"""
_HOLD_UNITS: Final = """
UPDATE reservation SET expires_at = greatest(expires_at, $2)
WHERE group_id = ANY($1::uuid[]) AND state = 'held'
"""


def cards_of(ports: Ports) -> CardPayments:
    """The card vendor. Raises `NotFound` (code `cards.off`) where none is set up."""
    if ports.cards is None:
        raise NotFound("cards.off", N_("Cards are not taken here."))
    return ports.cards


async def expect_card(*, order_id: UUID, shares: Sequence[CardShare]) -> UUID:
    """A card page for these parts is wanted, in the open transaction of the system; its id.

    The worker opens it unless the request that asks for it was faster. Raises `Conflict`.
    """
    checkout_id = await cards.expect(order_id=order_id, shares=shares)
    await emit("card.page_wanted", checkout_id)
    return checkout_id


async def try_to_open(*, checkout_id: UUID, ports: Ports, settings: Settings) -> bool:
    """Open the page while a person waits; False when it is not there yet: the worker goes on."""
    try:
        async with asyncio.timeout(_PATIENCE_S):
            return await open_page(checkout_id=checkout_id, ports=ports, settings=settings)
    except (Unavailable, TimeoutError) as away:
        log.warning("card.page_not_open", checkout=str(checkout_id), error=type(away).__name__)
        return False


async def open_page(*, checkout_id: UUID, ports: Ports, settings: Settings) -> bool:
    """Open the hosted page, once, whoever asks; True when it stands, False when it cannot.

    Raises `Unavailable` when the vendor is away: the same key is sent again later.
    """
    vendor = cards_of(ports)
    for _ in range(ATTEMPTS_MAX):
        checkout = await retrying(lambda: _claim(checkout_id))
        if checkout is None:
            break
        session = await ask_to_open(vendor, checkout, settings)
        if session is not None:
            await store_page(checkout_id, session)
            break
    async with work(SYSTEM):
        found = await rows("SELECT state FROM card_checkout WHERE id = $1", [checkout_id])
    return bool(found) and found[0]["state"] in (CheckoutState.OPEN, CheckoutState.PAID)


async def ask_to_open(
    vendor: CardPayments, checkout: Row, settings: Settings
) -> CardSession | None:
    """Send the request of a claimed checkout; None when the vendor said no for good."""
    async with work(SYSTEM):
        lines = await rows(_LINES, [checkout["id"]])
        order = await rows("SELECT language FROM orders WHERE id = $1", [checkout["order_id"]])
    url = order_url(
        settings.public_url, checkout["order_id"], settings.secret_key.get_secret_value()
    )
    request = CardSessionRequest(
        reference=str(checkout["id"]),
        lines=[
            CardLine(
                name=f"{line['name']} ({line['unit']})" if line["unit"] else line["name"],
                quantity=line["quantity"],
                price_vnd=line["price_vnd"],
            )
            for line in lines
        ],
        language=order[0]["language"],
        expires_at=checkout["expires_at"],
        success_url=f"{url}/card/done",
        cancel_url=url,
    )
    try:
        return await vendor.open_session(request, key=checkout["key"])
    except CardRefused as refused:
        log.warning("card.page_refused", checkout=str(checkout["id"]), code=refused.code)
        async with work(SYSTEM):
            await cards.lock_checkout(checkout["id"])
            await cards.mark_refused(dict(checkout), error=refused.code, attempts_max=ATTEMPTS_MAX)
        return None


async def _claim(checkout_id: UUID) -> dict[str, Any] | None:
    """The checkout, ready to be sent; None when there is nothing to open any more."""
    async with work(SYSTEM):
        locked = await cards.lock_checkout(checkout_id)
        if locked is None or locked[0]["state"] != CheckoutState.OPENING:
            return None
        checkout, paying = locked
        if checkout["sent_at"] is not None and not checkout["stale"]:
            return checkout  # what is asked under one key never changes
        if any(row["state"] != PaymentState.AWAITING for row in paying):
            # A part was called off before the page was asked for: another page is needed.
            await cards.mark_over(checkout_id, CheckoutState.EXPIRED)
            return None
        sending = await cards.mark_sending(checkout, open_for_s=SESSION_S)
        await _hold([row["part_id"] for row in paying], sending["expires_at"])
        return sending


async def _hold(part_ids: Sequence[UUID], ends: datetime) -> None:
    """The goods stay for longer than the page can be paid."""
    until = ends + timedelta(seconds=HOLD_AFTER_SESSION_S)
    await run(_HOLD_PARTS, [list(part_ids), until])
    await run(_HOLD_UNITS, [list(part_ids), until])


async def store_page(checkout_id: UUID, session: CardSession) -> None:
    """Keep what the vendor has made. Raises `Problem` for a page that is not ours."""
    if session.reference != str(checkout_id):
        raise Problem("card.other_page", N_("The card service answered for another order."))
    async with work(SYSTEM):
        await cards.lock_checkout(checkout_id)
        await cards.mark_open(
            checkout_id,
            session_id=session.id,
            url_sealed=seal(session.url, purpose=URL_PURPOSE) if session.url else "",
            payment_id=session.payment_id,
            expires_at=session.expires_at,
        )
