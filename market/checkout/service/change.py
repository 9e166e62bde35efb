"""What a buyer can still do: confirm by code, pay on delivery instead, call a part off."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, TypeVar
from uuid import UUID

import structlog

from integrations.contracts.cards import CardRefused
from integrations.contracts.errors import N_, Conflict, Unavailable
from integrations.contracts.ports import Ports
from integrations.contracts.viewer import SYSTEM
from integrations.runtime.database import retrying, rows, run, work
from integrations.runtime.followups import close_follow_ups
from integrations.runtime.settings import Settings
from market.catalog.service import stock
from market.checkout import queries
from market.checkout.queries import as_buyer, part_of
from market.checkout.rules.states import (
    BUYER_CANCELLED,
    QR_HOLD_S,
    can_cancel,
    can_pay_by_transfer,
    can_pay_on_delivery,
)
from market.checkout.rules.terms import paid_ahead
from market.checkout.service.codes import code_is_done, require_code, send_code
from market.checkout.service.place import refuse_too_much_cash
from market.orders.queries import has_note
from market.orders.rules import PartState, PaymentMethod
from market.orders.service import move_part
from market.payments import service as payments
from market.payments.queries import has_open_page
from market.payments.rules import CARD_TRIES_FOR_S, CheckoutState, PaymentState
from market.payments.service.cards import CardShare
from market.settlement.rules import BUYER_SAID_PAID, CLOSED_BY_A_STEP
from market.settlement.service import buyer_says_paid, cards
from market.settlement.service.settle import ask_refund, lock_part

log = structlog.get_logger(__name__)

Row = Mapping[str, Any]
T = TypeVar("T")
_PATIENCE_S: Final = 6.0

_TO_CASH = """
UPDATE payment SET method = 'cod', expires_at = NULL, bank_bin = '', bank_name = '',
  account_sealed = '', account_hash = '', holder_sealed = ''
WHERE id = $1 AND state = 'awaiting' AND received_vnd = 0
"""
_PART_TO_CASH = "UPDATE order_part SET method = 'cod', expires_at = NULL WHERE id = $1"
_PART_TO_TRANSFER = """
UPDATE order_part SET method = 'bank_qr', expires_at = now() + make_interval(secs => $2)
WHERE id = $1
"""
_HOLD = """
UPDATE reservation SET expires_at = now() + make_interval(secs => $2)
WHERE group_id = $1 AND state = 'held'
"""
_OPEN_PAGE = """
SELECT id FROM card_checkout WHERE order_id = $1 AND state IN ('opening', 'open')
"""
_WAITING = """
SELECT p.id, p.producer_id, p.total_vnd FROM order_part p JOIN payment y ON y.part_id = p.id
WHERE p.order_id = $1 AND p.method = 'card' AND p.state = 'awaiting_payment'
  AND p.created_at > now() - make_interval(secs => $2) ORDER BY y.id FOR UPDATE OF y
"""
_NO_END = "UPDATE payment SET expires_at = NULL WHERE id = $1"
_KEEP = "UPDATE reservation SET expires_at = NULL WHERE group_id = $1 AND state = 'held'"


def _moved_on() -> Conflict:
    return Conflict(
        "order.moved", N_("This order has changed in the meantime. Please look at it again.")
    )


async def said_paid(*, order_id: UUID, letter: str) -> None:
    """ "Money sent": the seller is asked to look. Saying it again changes nothing."""
    part = part_of(await queries.order(order_id), letter)
    await retrying(lambda: buyer_says_paid(order_id=order_id, part_id=part["id"]))


async def cancel(*, order_id: UUID, letter: str, ports: Ports) -> None:
    """Call off a part that nobody has paid or begun; a second tap changes nothing.

    The goods return to the shelf; money that has come in part is asked back; an open card page is
    closed first. Raises `Conflict`, `Unavailable`.
    """
    shown = part_of(await queries.order(order_id), letter)
    part_id: UUID = shown["id"]
    await _leave_card(order_id, shown, ports)

    async def verb(payment: Row, part: Row) -> None:
        if part["state"] == PartState.CANCELLED:
            return
        if shown["said_paid"] and part["state"] == PartState.AWAITING_PAYMENT:
            raise Conflict(
                "order.said_paid",
                N_("You said that the money was sent. Please wait until the seller has looked."),
            )
        if not can_cancel(part) or await has_open_page(part_id):
            raise _moved_on()
        await move_part(
            part_id=part_id,
            to=PartState.CANCELLED,
            actor=as_buyer(order_id),
            note=BUYER_CANCELLED,
        )
        await payments.mark_ended(payment_id=payment["id"], state=PaymentState.CANCELLED)
        await stock.release(part_id)
        await close_follow_ups(
            SYSTEM, subject_id=part_id, outcome="cancelled", kinds=CLOSED_BY_A_STEP
        )
        await ask_refund(
            part_id=part_id,
            producer_id=part["producer_id"],
            refund_vnd=payment["received_vnd"],
            reason="cancelled",
            reference=payment["reference"],
        )

    await _with_part(part_id, verb)


async def _leave_card(order_id: UUID, part: Row, ports: Ports) -> None:
    if can_pay_by_transfer(part):
        await cards.leave_page(order_id=order_id, ports=ports)


async def pay_by_transfer(*, order_id: UUID, letter: str, ports: Ports) -> None:
    """Pay a part by bank QR instead of by card; a second tap changes nothing.

    Raises `Conflict` once it was paid, `Unavailable` while the card page cannot be closed.
    """
    part = part_of(await queries.order(order_id), letter)
    if part["state"] == PartState.AWAITING_PAYMENT and part["method"] == PaymentMethod.BANK_QR:
        return
    if not can_pay_by_transfer(part):
        raise _moved_on()
    await _leave_card(order_id, part, ports)

    async def verb(payment: Row, row: Row) -> None:
        if not can_pay_by_transfer(row) or await has_open_page(part["id"]):
            raise _moved_on()
        held_s = float(QR_HOLD_S)
        if not await payments.to_transfer(
            payment_id=payment["id"], producer_id=row["producer_id"], expires_in_s=held_s
        ):
            raise _moved_on()
        await run(_PART_TO_TRANSFER, [part["id"], held_s])
        await run(_HOLD, [part["id"], held_s])

    await _with_part(part["id"], verb)


async def pay_by_card(*, order_id: UUID, settings: Settings, ports: Ports) -> bool:
    """Open the card page, or another one when the last is over; True when it stands.

    False while the vendor is away: the worker goes on. Raises `Conflict` when nothing waits for a
    card any more, or the goods were held long enough.
    """
    seen = await queries.order(order_id)
    card = seen["card"]
    if card is not None and card["state"] == CheckoutState.OPEN:
        # It may have been paid, or be over: the vendor knows.
        with contextlib.suppress(CardRefused):
            await cards.look_at_checkout(checkout_id=UUID(card["id"]), ports=ports)
    checkout_id = await retrying(lambda: _wanted_page(order_id))
    return await cards.try_to_open(checkout_id=checkout_id, ports=ports, settings=settings)


async def back_from_card(*, order_id: UUID, ports: Ports) -> None:
    """The buyer comes back from the card page: what the vendor says now is applied.

    Nothing when it is away: its notice, or the next look, does the same later.
    """
    card = (await queries.order(order_id))["card"]
    if card is None or card["state"] == CheckoutState.PAID:
        return
    try:
        async with asyncio.timeout(_PATIENCE_S):
            await cards.look_at_checkout(checkout_id=UUID(card["id"]), ports=ports)
    except (Unavailable, CardRefused, TimeoutError) as away:
        log.warning("card.back_unseen", checkout=card["id"], error=type(away).__name__)


async def _wanted_page(order_id: UUID) -> UUID:
    async with work(SYSTEM):
        known = await rows(_OPEN_PAGE, [order_id])
        if known:
            checkout_id: UUID = known[0]["id"]
            return checkout_id
        waiting = await rows(_WAITING, [order_id, float(CARD_TRIES_FOR_S)])
        if not waiting:
            raise _moved_on()
        shares = [CardShare(row["id"], row["producer_id"], row["total_vnd"]) for row in waiting]
        return await cards.expect_card(order_id=order_id, shares=shares)


async def pay_on_delivery(
    *, order_id: UUID, letter: str, settings: Settings, ports: Ports, address: str = ""
) -> bool:
    """Pay a part on delivery instead of by bank or card; True when a code was sent first.

    Raises `Problem` (codes `cod.*`), `Conflict` once money was sent or seen, `TooMany`.
    """
    seen = await queries.order(order_id)
    part = part_of(seen, letter)
    if part["method"] == PaymentMethod.CASH_ON_DELIVERY:
        return bool(part["state"] == PartState.AWAITING_CODE)
    if part["no_cash"]:
        raise paid_ahead()
    if not can_pay_on_delivery(part):
        raise _moved_on()
    await _leave_card(order_id, part, ports)
    if await _to_cash(order_id, part["id"], seen["buyer_phone"], settings):
        return False
    await _send(seen, address)
    return True


async def send_again(*, order_id: UUID, letter: str, address: str = "") -> None:
    """Another code to the buyer's phone, while a part can be confirmed by one.

    Raises `TooMany`, `Conflict`.
    """
    seen = await queries.order(order_id)
    part = part_of(seen, letter)
    if part["state"] != PartState.AWAITING_CODE and not can_pay_on_delivery(part):
        raise _moved_on()
    await _send(seen, address)


async def _send(seen: Row, address: str) -> None:
    await send_code(
        order_id=seen["id"],
        number=seen["number"],
        phone=seen["buyer_phone"],
        language=seen["language"],
        address=address,
    )


async def confirm_by_code(
    *, order_id: UUID, letter: str, code: str, settings: Settings, ports: Ports
) -> None:
    """The right code places every part that waits for it, and `letter` to be paid on delivery.

    Raises `Problem` (codes `code.*`, field code; `cod.*`), `TooMany`, `Conflict`.
    """
    seen = await queries.order(order_id)
    asked = part_of(seen, letter)
    waiting = [part for part in seen["parts"] if part["state"] == PartState.AWAITING_CODE]
    if not waiting and not can_pay_on_delivery(asked):
        if asked["state"] == PartState.PLACED:
            return
        raise _moved_on()
    await require_code(order_id=order_id, phone=seen["buyer_phone"], code=code)
    for part in waiting:
        await _with_part(part["id"], lambda payment, row: _place_by_code(order_id, payment, row))
    if can_pay_on_delivery(asked):
        await _leave_card(order_id, asked, ports)
        await _to_cash(order_id, asked["id"], seen["buyer_phone"], settings, by_code=True)
    await code_is_done(order_id=order_id, phone=seen["buyer_phone"])


async def _place_by_code(order_id: UUID, payment: Row, part: Row) -> None:
    if part["state"] == PartState.PLACED:
        return
    await move_part(
        part_id=part["id"],
        to=PartState.PLACED,
        actor=as_buyer(order_id),
        only_from={PartState.AWAITING_CODE},
    )
    await run(_NO_END, [payment["id"]])
    await run(_KEEP, [part["id"]])


async def _to_cash(
    order_id: UUID, part_id: UUID, phone: str, settings: Settings, *, by_code: bool = False
) -> bool:
    """False when a code has to come first: what the order comes to in cash is above the bound."""

    async def verb(payment: Row, part: Row) -> bool:
        if part["method"] == PaymentMethod.CASH_ON_DELIVERY:
            return True
        said = await has_note(part_id, BUYER_SAID_PAID)
        if said or part["state"] != PartState.AWAITING_PAYMENT or await has_open_page(part_id):
            raise _moved_on()
        await refuse_too_much_cash(phone, part["total_vnd"], settings)
        cash_vnd = await queries.cash_of(order_id) + part["total_vnd"]
        if cash_vnd > settings.cod_code_above_vnd and not by_code:
            return False
        if not await run(_TO_CASH, [payment["id"]]):
            raise _moved_on()
        await run(_PART_TO_CASH, [part_id])
        await run(_KEEP, [part_id])
        await move_part(part_id=part_id, to=PartState.PLACED, actor=as_buyer(order_id))
        await close_follow_ups(SYSTEM, subject_id=part_id, outcome="cash", kinds=CLOSED_BY_A_STEP)
        return True

    return await _with_part(part_id, verb)


async def _with_part(part_id: UUID, verb: Callable[[Row, Row], Awaitable[T]]) -> T:
    """Run `verb(payment, part)` with both rows locked, the payment first as everywhere."""

    async def transaction() -> T:
        async with work(SYSTEM):
            payment = await payments.lock(part_id=part_id)
            assert payment is not None
            return await verb(payment, await lock_part(part_id))

    return await retrying(transaction)
