"""Close a hosted page: for another way to pay, or because its time is over. Paid comes first."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from integrations.contracts.cards import CardPayments
from integrations.contracts.errors import N_, Conflict
from integrations.contracts.ports import Ports
from integrations.contracts.viewer import SYSTEM
from integrations.runtime.database import retrying, rows, work
from market.payments.rules import CheckoutState
from market.payments.service import cards
from market.settlement.rules import TIME_IS_UP
from market.settlement.service.cards.page import cards_of
from market.settlement.service.cards.paid import apply, expire_part, set_closing

Row = Mapping[str, Any]
_OPEN: Final = """
SELECT id FROM card_checkout WHERE order_id = $1 AND state IN ('opening', 'open')
"""


async def leave_page(*, order_id: UUID, ports: Ports) -> None:
    """Close the open card page of an order; its parts wait on, for another way to pay.

    Raises `Conflict` (code `order.moved`) when it was paid meanwhile, `Unavailable` when the
    vendor is away: the page can still be paid. It stays marked, since the vendor may have closed
    it all the same: its end must not take the goods from somebody who chose another way.
    """
    async with work(SYSTEM):
        found = await rows(_OPEN, [order_id])
    if not found:
        return
    checkout_id: UUID = found[0]["id"]
    await set_closing(checkout_id)
    if not await _ended(checkout_id, cards_of(ports)):
        raise Conflict(
            "order.moved",
            N_("This order has changed in the meantime. Please look at it again."),
        )


async def end_page(*, checkout_id: UUID, ports: Ports) -> None:
    """The time is over: close the page; unpaid parts expire. Raises `Unavailable`."""
    if await _ended(checkout_id, cards_of(ports)):
        await retrying(lambda: _expire(checkout_id))


async def _ended(checkout_id: UUID, vendor: CardPayments) -> bool:
    """True when the page is closed and was not paid; the checkout is over then."""
    async with work(SYSTEM):
        locked = await cards.lock_checkout(checkout_id)
        assert locked is not None
        checkout = locked[0]
        if checkout["state"] == CheckoutState.PAID:
            return False
        if not checkout["session_id"]:
            # An answer that is lost or still under way names an address that nobody will know.
            await cards.mark_over(checkout_id, CheckoutState.EXPIRED)
            return True
    session = await vendor.expire_session(checkout["session_id"])
    await apply(session, vendor)
    if session.state == "complete":
        return False
    async with work(SYSTEM):
        await cards.lock_checkout(checkout_id)
        await cards.mark_over(checkout_id, CheckoutState.EXPIRED)
    return True


async def _expire(checkout_id: UUID) -> None:
    async with work(SYSTEM):
        locked = await cards.lock_checkout(checkout_id)
        if locked is None or locked[0]["state"] == CheckoutState.PAID:
            return
        for payment in locked[1]:
            await expire_part(payment, note=TIME_IS_UP)
