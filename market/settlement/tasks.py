"""What follows from facts about orders and money: messages to both sides, bank notices, clocks."""

from collections.abc import Callable, Mapping
from typing import Any, Final
from uuid import UUID

from integrations.contracts.errors import N_
from integrations.contracts.ports import Message, Ports
from integrations.contracts.viewer import SYSTEM, Role
from integrations.runtime.database import retrying, work
from integrations.runtime.i18n import money, translate, when
from integrations.runtime.settings import Settings
from market.orders.links import order_url
from market.orders.rules import PartState, PaymentMethod
from market.payments.queries import held
from market.settlement import queries
from market.settlement.rules import (
    BACK_WORDS,
    CARD_GIVEN_BACK,
    goes_back_vnd,
    goods_words,
    marketplace_title,
)
from market.settlement.service import bank, cards, look_at_clocks

Ctx = Mapping[str, Any]
Row = Mapping[str, Any]

TO_BUYER: Final[Mapping[PartState, str]] = {
    PartState.AWAITING_PAYMENT: N_(
        "Order {number}: kept for you until {until}. Please pay {amount} here: {link}"
    ),
    PartState.PLACED: N_("Order {number}: {seller} has it and answers by {until}. {link}"),
    PartState.CONFIRMED: N_("Order {number}: {seller} has confirmed and is packing. {link}"),
    PartState.HANDED_OVER: N_("Order {number}: {seller} has sent it to you. {link}"),
    PartState.COMPLETED: N_("Order {number} from {seller} is complete. Thank you. {link}"),
    PartState.REFUSED: N_("Order {number}: {seller} notes that it was not taken. {link}"),
    PartState.CANCELLED: N_("Order {number}: {seller} cannot do it. {reason} {link}"),
    PartState.EXPIRED: N_(
        "Order {number}: the time to pay {seller} is over. Already sent? Please tell us: {link}"
    ),
}
PAID: Final = N_("Order {number}: {seller} has your money and answers by {until}. {link}")
PAID_BY_CARD: Final = N_("Order {number}: Gánh has your money, {seller} answers by {until}. {link}")
CANCELLED_PAID: Final = N_(
    "Order {number}: {seller} cannot do it, and sends {amount} back within 3 days. {reason} {link}"
)
EXPIRED_SHORT: Final = N_(
    "Order {number}: the time to pay is over. {seller} sends {amount} back within 3 days. {link}"
)
CANCELLED_CARD: Final = N_(
    "Order {number}: {seller} cannot do it. {reason} Your money goes back to your card. {link}"
)
GIVEN_BACK: Final = N_(
    "Order {number}: the programme has called off the goods of {seller} and gives your money back"
    " to your card. The bank shows it within 5 to 10 days. {link}"
)
CARD_TOO_LATE: Final = N_(
    "Order {number}: it was not paid by card in time, so nothing was ordered from {seller}. {link}"
)
REFUNDED: Final = N_(
    "Order {number}: {amount} goes back to your card. The bank shows it within 5 to 10 days. {link}"
)
CANCELLED_BY_BUYER: Final = N_("Order {number}: {seller} knows that you called it off. {link}")
CANCELLED_SHORT: Final = N_(
    "Order {number}: you called it off. {seller} sends {amount} back within 3 days. {link}"
)
GOES_BACK: Final = N_("Order {number}: {seller} sends {amount} back to you within 3 days. {link}")
SENT_BACK: Final = N_("Order {number}: {seller} says that {amount} was sent back to you. {link}")
CODE_TOO_LATE: Final = N_(
    "Order {number}: the code for {seller} was not typed in time, so nothing was ordered. {link}"
)
CALLED_OFF: Final = N_("The buyer has called off order {number} ({goods}). Nothing to do. {link}")
DO_NOT_SEND: Final = N_(
    "Order {number} ({goods}): the programme has given the money back. Please do not send it."
    " {link}"
)
SHORT: Final = N_("Order {number}: {amount} is still missing for {seller}. Please pay it: {link}")
NOT_SEEN: Final = N_(
    "Order {number}: {seller} does not see your money yet. If it is sent, please wait a little."
    " {link}"
)
NEW_ORDER: Final = N_("New order: {goods}. You get {amount}. Please answer by {until}: {link}")
LOOK: Final = N_("Please look into your bank app: has {amount} for order {number} arrived? {link}")
OVERDUE: Final[Mapping[PartState, str]] = {
    PartState.PLACED: N_("Order {number} ({goods}) still waits for your answer: {link}"),
    PartState.CONFIRMED: N_("Order {number} ({goods}) still waits to be handed over: {link}"),
    PartState.HANDED_OVER: N_("Has order {number} ({goods}) arrived? Please say so: {link}"),
}
NEW_ON_CHANNEL: Final = N_(
    "New order on {marketplace}: {goods}. Please send it through {marketplace} by {until}: {link}"
)
SHORT_ON_CHANNEL: Final = N_(
    "{marketplace} has sold {goods}, but there is not enough left. Please look at it: {link}"
)
OFF_ON_CHANNEL: Final = N_(
    "Order {number} ({goods}) was called off on {marketplace}. Please do not send it. {link}"
)
# Paid before the producer hears of it.
PAID_AHEAD: Final = (PaymentMethod.BANK_QR, PaymentMethod.CARD)
# Told with the step that brings it about.
TOLD_WITH_STEP: Final = ("cancelled", "short")
REFUND: Final = N_("Please send {amount} back to the buyer of order {number}: {link}")


async def work_bank_event(
    ctx: Ctx, *, id: UUID, outbox_id: UUID, payload: Mapping[str, Any]
) -> None:
    """Work one bank notice from the inbox."""
    ports: Ports = ctx["ports"]
    await retrying(lambda: bank.work_bank_event(inbox_id=id, bank_events=ports.bank_events))


async def look(ctx: Ctx) -> int:
    """Every ten seconds: what time has decided."""
    return await look_at_clocks()


async def open_card_page(
    ctx: Ctx, *, id: UUID, outbox_id: UUID, payload: Mapping[str, Any]
) -> None:
    """Open a card page, unless the request that wanted it was faster."""
    await cards.open_page(checkout_id=id, ports=ctx["ports"], settings=ctx["settings"])


async def work_card_event(
    ctx: Ctx, *, id: UUID, outbox_id: UUID, payload: Mapping[str, Any]
) -> None:
    """Work one card notice from the inbox."""
    await cards.work_card_event(inbox_id=id, ports=ctx["ports"])


async def send_card_refund(
    ctx: Ctx, *, id: UUID, outbox_id: UUID, payload: Mapping[str, Any]
) -> None:
    """Send money back to a card."""
    await cards.send_refund(refund_id=id, ports=ctx["ports"])


async def look_at_cards(ctx: Ctx) -> int:
    """Every half minute: card pages whose time is over."""
    return await cards.look_at_cards(ports=ctx["ports"])


async def look_again_at_cards(ctx: Ctx) -> int:
    """Every ten minutes: what waits for the card vendor, and what it never delivered."""
    return await cards.look_again(ports=ctx["ports"])


async def catch_up_cards(ctx: Ctx) -> int:
    """Once a night: every event that the card vendor has not delivered."""
    return await cards.catch_up(ports=ctx["ports"])


async def tell_buyer_moved(
    ctx: Ctx, *, id: UUID, outbox_id: UUID, payload: Mapping[str, Any]
) -> None:
    """Each step of an order, to the buyer."""
    state = PartState(payload["state"])

    def words(part: Row) -> str | None:
        ahead = part["method"] in PAID_AHEAD
        by_card = part["method"] == PaymentMethod.CARD
        if state is PartState.PLACED:
            if part["state"] != PartState.PLACED:
                return None  # moved on before this was sent: the next message says more
            return PAID_BY_CARD if by_card else PAID if ahead else TO_BUYER[state]
        if part["state"] == state and part["note"] in BACK_WORDS:
            return None  # the money has gone back before this was sent
        if state is PartState.CANCELLED:
            return _cancelled(part)
        if state is PartState.EXPIRED and part["state"] == state and part["back_vnd"]:
            return EXPIRED_SHORT
        if state is PartState.EXPIRED and part["method"] != PaymentMethod.BANK_QR:
            return CARD_TOO_LATE if ahead else CODE_TOO_LATE
        if state is PartState.AWAITING_PAYMENT and not part["is_first_to_pay"]:
            return None  # one message per order: the page shows every part
        return TO_BUYER.get(state)

    await _to_buyer(ctx, id, outbox_id, words)


def _cancelled(part: Row) -> str:
    if _by_buyer(part):
        return CANCELLED_SHORT if part["back_vnd"] else CANCELLED_BY_BUYER
    if part["note"] == CARD_GIVEN_BACK:
        return GIVEN_BACK
    if part["paid_at"] and part["method"] == PaymentMethod.CARD:
        return CANCELLED_CARD
    return CANCELLED_PAID if part["back_vnd"] else TO_BUYER[PartState.CANCELLED]


def _sentence(words: str) -> str:
    """With one mark at its end, whether the seller typed one or not."""
    return words if words.endswith((".", "!", "?", "…")) else f"{words}."


def _by_buyer(part: Row) -> bool:
    return str(part["actor"]).startswith(f"{Role.BUYER}:")


async def tell_producer_moved(
    ctx: Ctx, *, id: UUID, outbox_id: UUID, payload: Mapping[str, Any]
) -> None:
    """Somebody else has called off an order that the producer had heard of."""
    if payload["state"] != PartState.CANCELLED:
        return

    def words(part: Row) -> str | None:
        if part["method"] == PaymentMethod.CHANNEL:
            return OFF_ON_CHANNEL
        if part["note"] == CARD_GIVEN_BACK:
            return DO_NOT_SEND
        return CALLED_OFF if _by_buyer(part) and part["was_placed"] else None

    await _to_producer(ctx, id, outbox_id, words)


async def tell_producer_short(
    ctx: Ctx, *, id: UUID, outbox_id: UUID, payload: Mapping[str, Any]
) -> None:
    """A marketplace has sold more than there is."""
    await _to_producer(ctx, id, outbox_id, lambda _: SHORT_ON_CHANNEL)


async def tell_buyer_short(
    ctx: Ctx, *, id: UUID, outbox_id: UUID, payload: Mapping[str, Any]
) -> None:
    """Part of the money came: what is missing."""
    await _to_buyer(ctx, id, outbox_id, lambda _: SHORT, amount_vnd=int(payload["missing_vnd"]))


async def tell_buyer_not_seen(
    ctx: Ctx, *, id: UUID, outbox_id: UUID, payload: Mapping[str, Any]
) -> None:
    """The producer does not see the money: kindly, since both may be right."""
    await _to_buyer(ctx, id, outbox_id, lambda _: NOT_SEEN)


async def tell_buyer_refunded(
    ctx: Ctx, *, id: UUID, outbox_id: UUID, payload: Mapping[str, Any]
) -> None:
    """Money is on its way back to the card."""
    await _to_buyer(ctx, id, outbox_id, lambda _: REFUNDED, amount_vnd=int(payload["refund_vnd"]))


async def tell_buyer_refund(
    ctx: Ctx, *, id: UUID, outbox_id: UUID, payload: Mapping[str, Any]
) -> None:
    """More came than is needed, or too late: the producer sends it back."""
    if payload["reason"] in TOLD_WITH_STEP:
        return
    await _to_buyer(ctx, id, outbox_id, lambda _: GOES_BACK, amount_vnd=int(payload["refund_vnd"]))


async def tell_buyer_sent_back(
    ctx: Ctx, *, id: UUID, outbox_id: UUID, payload: Mapping[str, Any]
) -> None:
    """The producer says that the money was sent back."""
    await _to_buyer(ctx, id, outbox_id, lambda _: SENT_BACK, amount_vnd=int(payload["refund_vnd"]))


async def tell_producer_placed(
    ctx: Ctx, *, id: UUID, outbox_id: UUID, payload: Mapping[str, Any]
) -> None:
    """There is a new order; nothing when it has been answered in the meantime."""
    await _to_producer(ctx, id, outbox_id, _new_order, amount="net_vnd")


def _new_order(part: Row) -> str | None:
    if part["state"] != PartState.PLACED:
        return None
    return NEW_ON_CHANNEL if part["method"] == PaymentMethod.CHANNEL else NEW_ORDER


async def tell_producer_look(
    ctx: Ctx, *, id: UUID, outbox_id: UUID, payload: Mapping[str, Any]
) -> None:
    """The producer should look into the bank app."""
    await _to_producer(ctx, id, outbox_id, lambda _: LOOK, amount="total_vnd")


async def tell_producer_overdue(
    ctx: Ctx, *, id: UUID, outbox_id: UUID, payload: Mapping[str, Any]
) -> None:
    """An order waits for the producer; nothing when it has moved on in the meantime."""
    late_in = PartState(payload["state"])

    def words(part: Row) -> str | None:
        if part["state"] != late_in:
            return None
        # A marketplace's order needs no answer, only the goods.
        there = part["method"] == PaymentMethod.CHANNEL and late_in is PartState.PLACED
        return OVERDUE[PartState.CONFIRMED if there else late_in]

    await _to_producer(ctx, id, outbox_id, words)


async def tell_producer_refund(
    ctx: Ctx, *, id: UUID, outbox_id: UUID, payload: Mapping[str, Any]
) -> None:
    """Money has to go back to the buyer."""
    await _to_producer(ctx, id, outbox_id, lambda _: REFUND, amount_vnd=int(payload["refund_vnd"]))


async def _read(part_id: UUID) -> dict[str, Any] | None:
    async with work(SYSTEM):
        part = await queries.told(part_id)
        if part is None:
            return None
        back_vnd = goes_back_vnd({**part, **await held(part_id), "back_word": ""})
    return {**part, "back_vnd": back_vnd}


async def _to_buyer(
    ctx: Ctx,
    part_id: UUID,
    outbox_id: UUID,
    words: Callable[[Row], str | None],
    amount_vnd: int | None = None,
) -> None:
    settings: Settings = ctx["settings"]
    part = await _read(part_id)
    message = words(part) if part else None
    if part is None or message is None or not part["buyer_phone"]:
        return  # a marketplace speaks to its own buyers
    language = part["language"]
    to_pay = message == TO_BUYER[PartState.AWAITING_PAYMENT]  # once for all parts: see there
    until = (part["expires_at"] if to_pay else None) or part["answer_by"]
    text = translate(
        language,
        message,
        number=part["number"],
        seller=part["producer_name"],
        amount=money(_amount(part, to_pay) if amount_vnd is None else amount_vnd, language),
        until=when(until, language) if until else "",
        reason=_sentence(translate(language, part["note"])) if part["note"] else "",
        link=order_url(
            settings.public_url, part["order_id"], settings.secret_key.get_secret_value()
        ),
    )
    await _send(ctx, part["buyer_phone"], text, outbox_id, "order.buyer")


def _amount(part: Row, to_pay: bool) -> int:
    """What is to be paid, or what goes back."""
    return int(part["due_vnd"] if to_pay else part["back_vnd"])


async def _to_producer(
    ctx: Ctx,
    part_id: UUID,
    outbox_id: UUID,
    words: Callable[[Row], str | None],
    *,
    amount: str = "total_vnd",
    amount_vnd: int | None = None,
) -> None:
    settings: Settings = ctx["settings"]
    part = await _read(part_id)
    message = words(part) if part else None
    if part is None or message is None:
        return
    language = part["producer_language"]
    shown_vnd = part[amount] if amount_vnd is None else amount_vnd
    text = translate(
        language,
        message,
        number=part["number"],
        goods=goods_words(part["lines"]),
        amount=money(shown_vnd, language),
        until=when(part["answer_by"], language) if part["answer_by"] else "",
        marketplace=marketplace_title(part["source"]),
        link=f"{settings.public_url}/producer/orders/{part_id}",
    )
    await _send(ctx, part["producer_phone"], text, outbox_id, "order.producer")


async def _send(ctx: Ctx, phone: str, text: str, outbox_id: UUID, kind: str) -> None:
    ports: Ports = ctx["ports"]
    await ports.messages.send(
        Message(to_phone=phone, text=text, dedupe_key=str(outbox_id), kind=kind)
    )
