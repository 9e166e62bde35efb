"""What a buyer can still do: confirm by code, pay on delivery instead, call a part off."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar
from uuid import UUID

from integrations.contracts.errors import N_, Conflict
from integrations.contracts.viewer import SYSTEM
from integrations.runtime.database import retrying, run, work
from integrations.runtime.followups import close_follow_ups
from integrations.runtime.settings import Settings
from market.catalog.service import stock
from market.checkout import queries
from market.checkout.queries import as_buyer, part_of
from market.checkout.rules.states import BUYER_CANCELLED, can_cancel, can_pay_on_delivery
from market.checkout.service.codes import require_code, send_code
from market.checkout.service.place import refuse_too_much_cash
from market.orders.queries import has_note
from market.orders.rules import PartState, PaymentMethod
from market.orders.service import move_part
from market.payments import service as payments
from market.payments.rules import PaymentState
from market.settlement.rules import BUYER_SAID_PAID, CLOSED_BY_A_STEP
from market.settlement.service import buyer_says_paid
from market.settlement.service.settle import ask_refund, lock_part

Row = Mapping[str, Any]
T = TypeVar("T")

_TO_CASH = """
UPDATE payment SET method = 'cod', expires_at = NULL, bank_bin = '', bank_name = '',
  account_sealed = '', account_hash = '', holder_sealed = ''
WHERE id = $1 AND state = 'awaiting' AND received_vnd = 0
"""
_PART_TO_CASH = "UPDATE order_part SET method = 'cod', expires_at = NULL WHERE id = $1"
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


async def cancel(*, order_id: UUID, letter: str) -> None:
    """Call off a part that nobody has paid or begun; a second tap changes nothing.

    The goods return to the shelf; money that has come in part is asked back. Raises `Conflict`.
    """
    shown = part_of(await queries.order(order_id), letter)
    part_id: UUID = shown["id"]

    async def verb(payment: Row, part: Row) -> None:
        if part["state"] == PartState.CANCELLED:
            return
        if shown["said_paid"] and part["state"] == PartState.AWAITING_PAYMENT:
            raise Conflict(
                "order.said_paid",
                N_("You said that the money was sent. Please wait until the seller has looked."),
            )
        if not can_cancel(part):
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


async def pay_on_delivery(
    *, order_id: UUID, letter: str, settings: Settings, address: str = ""
) -> bool:
    """Pay a part on delivery instead of by bank; True when a code was sent that must come first.

    Raises `Problem` (codes `cod.*`), `Conflict` once money was sent or seen, `TooMany`.
    """
    seen = await queries.order(order_id)
    part = part_of(seen, letter)
    if part["method"] == PaymentMethod.CASH_ON_DELIVERY:
        return bool(part["state"] == PartState.AWAITING_CODE)
    if not can_pay_on_delivery(part):
        raise _moved_on()
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


async def confirm_by_code(*, order_id: UUID, letter: str, code: str, settings: Settings) -> None:
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
        await _to_cash(order_id, asked["id"], seen["buyer_phone"], settings, by_code=True)


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
        if said or part["state"] != PartState.AWAITING_PAYMENT:
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
