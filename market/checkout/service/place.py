"""A cart becomes an order: prices, stock, limits and fees are decided in one transaction."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final, Literal
from uuid import UUID

from integrations.contracts.errors import N_, Conflict, Problem
from integrations.contracts.ids import new_id
from integrations.contracts.money import MAX_AMOUNT_VND, format_vnd
from integrations.contracts.ports import Ports
from integrations.contracts.viewer import ANONYMOUS, SYSTEM
from integrations.runtime.clock import database_now, local_date, local_day_bounds
from integrations.runtime.crypto import keyed_hash
from integrations.runtime.database import retrying, rows, work
from integrations.runtime.limits import Limit, use
from integrations.runtime.settings import Settings
from integrations.runtime.web.idempotency import once, other_request, require_key
from market.catalog.service import stock
from market.checkout import queries
from market.checkout.rules.cart import Group, Quote, merged, no_longer_sold, quote
from market.checkout.rules.states import CARD_HOLD_S, CODE_HOLD_S, QR_HOLD_S
from market.checkout.rules.terms import AgeStated, age_unsaid, paid_ahead, stated, too_far
from market.checkout.schemas import Placed, PlaceRequest
from market.checkout.service.codes import send_first_code
from market.checkout.service.quote import card_from
from market.fees.service import FeeRows, fee_rows_on
from market.orders.rules import ACT_WITHIN_S, PartState, PaymentMethod
from market.orders.service import NewLine, NewOrder, NewPart, create_order, order_number
from market.payments.service import await_payment
from market.payments.service.cards import CardShare
from market.settlement.service import cards
from sellers.producers.queries import province_of

PER_PHONE: Final = Limit("order.phone.hour", 12, 3_600)
# Many phones share one address behind the carriers' gateways.
PER_ADDRESS: Final = Limit("order.address.hour", 60, 3_600)
COD, CARD = PaymentMethod.CASH_ON_DELIVERY, PaymentMethod.CARD


async def place(
    *,
    request: PlaceRequest,
    key: str,
    door: Literal["form", "api"],
    settings: Settings,
    ports: Ports,
    address: str = "",
) -> Placed:
    """Place an order once per `key` (8 to 100 characters); the same key gives the same order.

    Everything is read again and locked: what is not on the shelf at the price that was shown is
    not ordered. Bank parts are kept 30 minutes, card parts 40; cash above the bound waits for a
    code sent to the buyer's phone. Goods of an age are not sold without the buyer's word, nor
    sent further than they go; those ordered before their season are due from its first day.
    Code and card page go out after the commit; the worker opens the page when the vendor is away.
    Raises `Problem` (codes `cart.*`, `checkout.price_changed`, `age.*`, `delivery.too_far`,
    `cod.*`, `card.*`, `payout.missing`, `fees.no_rule`), `OutOfStock`, `TooMany`, `Conflict` (code
    `idempotency.other_request`).
    """
    kept_key = queries.checkout_key(door, require_key(key))
    if await queries.placed_already(kept_key) is None:
        await _count(request.phone, address)

    made: list[UUID] = []

    async def verb() -> Placed:
        # The answers of old keys are forgotten; the orders that they made are not.
        kept = await queries.placed_already(kept_key)
        if kept is not None:
            return _the_same(kept, request)
        placed = await _place(request, kept_key, settings, ports)
        made.append(placed.order_id)
        return placed

    async def transaction() -> Placed:
        async with work(SYSTEM):
            return await once(
                scope="checkout", key=kept_key, request=request, model=Placed, verb=verb
            )

    placed = await retrying(transaction)
    if placed.card_id is not None and placed.order_id in made:
        await cards.try_to_open(checkout_id=placed.card_id, ports=ports, settings=settings)
    if placed.code_needed:
        await send_first_code(
            order_id=placed.order_id,
            number=placed.number,
            phone=request.phone,
            language=request.language,
            address=address,
        )
    return placed


def _the_same(kept: Mapping[str, Any], request: PlaceRequest) -> Placed:
    """The order that this request has made. Raises `Conflict` when it was another's or other one:
    a key that somebody can guess must not open it.
    """
    wanted = merged((line.variant_id, line.quantity) for line in request.lines)
    now = (request.name, request.phone, request.commune_code, request.street, request.note)
    then = tuple(
        kept[name] for name in ("buyer_name", "buyer_phone", "commune_code", "street", "note")
    )
    if now != then or {str(one.variant_id): one.quantity for one in wanted} != kept["lines"]:
        raise other_request()
    return Placed(order_id=kept["id"], number=kept["number"], code_needed=False)


async def _count(phone: str, address: str) -> None:
    async with work(SYSTEM):
        await use(PER_PHONE, phone)
        if address:
            await use(PER_ADDRESS, address)


async def _place(request: PlaceRequest, kept_key: str, settings: Settings, ports: Ports) -> Placed:
    cart = merged((line.variant_id, line.quantity) for line in request.lines)
    shelf = await queries.taken_shelf([line.variant_id for line in cart])
    seen = quote(cart, shelf, card_from_vnd=card_from(ports, settings))
    _refuse_changes(seen, request.seen_total_vnd)
    methods = {group.producer_code: _method(group, request.methods) for group in seen.groups}
    cash_vnd = sum(g.total_vnd for g in seen.groups if methods[g.producer_code] is COD)
    if cash_vnd:
        cash_only = [group for group in seen.groups if group.methods == (COD,)]
        await refuse_too_much_cash(request.phone, cash_vnd, settings, cash_only=cash_only)
    _refuse_too_little_card(seen, methods, settings)
    await _refuse_too_far(seen, request.commune_code)
    by_code = cash_vnd > settings.cod_code_above_vnd
    now = await database_now()
    fees = await fee_rows_on(local_date(now))
    age = _age(seen, request, local_date(now))
    parts = [
        _part(chr(ord("A") + i), group, methods[group.producer_code], by_code, now, fees)
        for i, group in enumerate(seen.groups)
    ]
    order = NewOrder(
        id=new_id(),
        number=order_number(),
        checkout_key=kept_key,
        buyer_name=request.name,
        buyer_phone=request.phone,
        commune_code=request.commune_code,
        commune_name=request.commune_name,
        street=request.street,
        note=request.note,
        language=request.language,
        total_vnd=seen.total_vnd,
        age_stated=age.age if age else None,
        age_stated_at=now if age else None,
        age_legal_ref=age.legal_ref if age else "",
    )
    number = await _write(order, parts, now)
    card_id = await _expect_card(order.id, parts)
    return Placed(order_id=order.id, number=number, code_needed=by_code, card_id=card_id)


async def _expect_card(order_id: UUID, parts: Sequence[NewPart]) -> UUID | None:
    shares = [
        CardShare(part.id, part.producer_id, part.total_vnd)
        for part in parts
        if part.method is CARD
    ]
    return await cards.expect_card(order_id=order_id, shares=shares) if shares else None


async def _write(order: NewOrder, parts: Sequence[NewPart], now: datetime) -> str:
    """Stock, order and awaited money; the order's number.

    The variants are locked already, so no part can wait.
    """
    for part in parts:
        held_s = (part.expires_at - now).total_seconds() if part.expires_at else None
        await stock.reserve(
            group_id=part.id,
            wants={line.variant_id: line.quantity for line in part.lines},
            expires_in_s=held_s,
        )
    number = await create_order(order=order, parts=parts, actor=ANONYMOUS)
    for part in parts:
        await await_payment(
            part_id=part.id,
            order_id=order.id,
            producer_id=part.producer_id,
            method=str(part.method),
            amount_vnd=part.total_vnd,
            expires_at=part.expires_at,
        )
    return number


def _refuse_changes(seen: Quote, shown_vnd: int | None) -> None:
    """Raise when something is gone, short, dearer or cheaper than seen, or beyond a transfer."""
    if seen.gone:
        raise no_longer_sold()
    for group in seen.groups:
        for line in group.lines:
            if line.problem is not None and line.problem.code == "stock.short":
                raise stock.OutOfStock(line.row["variant_id"], line.problem.params["left"])
            if line.problem is not None:
                raise line.problem
        if group.total_vnd > MAX_AMOUNT_VND:
            raise Problem(
                "cart.amount",
                N_("One seller can be paid up to {max} in one order. Please take fewer."),
                params={"max": format_vnd(MAX_AMOUNT_VND)},
            )
    if shown_vnd is not None and shown_vnd != seen.total_vnd:
        raise Conflict(
            "checkout.price_changed",
            N_("A price has just changed. The total is {total} now. Please look and order again."),
            params={"total": format_vnd(seen.total_vnd)},
        )


def _age(seen: Quote, request: PlaceRequest, today: date) -> AgeStated | None:
    """What the buyer says about their age, where goods ask for one; raises when it is unsaid."""
    if seen.age_min is None:
        return None
    if not request.of_age:
        raise age_unsaid(seen.age_min)
    return stated(seen.age_min, today)


async def _refuse_too_far(seen: Quote, commune_code: str) -> None:
    """Raise when some of the goods are not sent to where the buyer is."""
    if not any(row["reach"] for row in seen.rows):
        return
    province_id = await province_of(commune_code)
    problem = too_far(seen.rows, commune_code=commune_code, province_id=province_id)
    if problem is not None:
        raise problem


def _refuse_too_little_card(
    seen: Quote, methods: Mapping[str, PaymentMethod], settings: Settings
) -> None:
    by_card = [group for group in seen.groups if methods[group.producer_code] is CARD]
    if by_card and sum(group.total_vnd for group in by_card) < settings.card_minimum_vnd:
        raise Problem(
            "card.too_little",
            N_("A card pays {min} or more. Please choose another way to pay."),
            field=f"method-{by_card[0].producer_code}",
            params={"min": format_vnd(settings.card_minimum_vnd)},
        )


def _method(group: Group, chosen: Mapping[str, str]) -> PaymentMethod:
    method = chosen.get(group.producer_code) or group.methods[0]
    if method == CARD and method not in group.methods:
        raise Problem(
            "card.not_here",
            N_("This cannot be paid by card here. Please choose another way to pay."),
            field=f"method-{group.producer_code}",
        )
    if method not in group.methods and group.no_cash:
        raise paid_ahead(f"method-{group.producer_code}")
    if method not in group.methods:
        raise Problem(
            "payout.missing",
            N_("This seller has no bank account here yet. Please choose cash on delivery."),
            field=f"method-{group.producer_code}",
        )
    return PaymentMethod(method)


async def refuse_too_much_cash(
    phone: str, cash_vnd: int, settings: Settings, *, cash_only: Sequence[Group] = ()
) -> None:
    """The limits of a phone for cash on delivery; holds others of this phone until we commit.

    `cash_only`: what of it can be paid in no other way. Raises `Problem` (codes `cod.amount`,
    `cod.open_orders`).
    """
    lock = "SELECT pg_advisory_xact_lock(hashtextextended($1, 7201))::text AS held"
    await rows(lock, [keyed_hash(phone, purpose="cod.phone")])
    orders, sum_vnd = await queries.open_cash(phone)
    left_vnd = settings.cod_amount_max_vnd - sum_vnd
    if cash_only:
        _refuse_cash_only(cash_only, orders, left_vnd, settings)
    if orders >= settings.cod_open_orders_max:
        raise Problem(
            "cod.open_orders",
            N_("{n} orders to this phone are still to be paid on delivery. Please pay by bank QR."),
            params={"n": orders},
        )
    if cash_vnd > left_vnd:
        raise Problem(
            "cod.amount",
            N_("Up to {max} can be paid on delivery. Please pay by bank QR."),
            params={"max": format_vnd(settings.cod_amount_max_vnd)},
        )


def _refuse_cash_only(
    groups: Sequence[Group], orders: int, left_vnd: int, settings: Settings
) -> None:
    """The same limits for sellers who take nothing but cash: no other way to pay helps."""
    first, asked_vnd = groups[0], sum(group.total_vnd for group in groups)
    known: dict[str, Any] = {
        "field": f"method-{first.producer_code}",
        "params": {
            "seller": first.first["producer_name"],
            "n": orders,
            "max": format_vnd(settings.cod_amount_max_vnd),
        },
    }
    if orders >= settings.cod_open_orders_max:
        raise Problem(
            "cod.open_orders",
            N_(
                "{seller} takes cash only, and {n} orders to this phone are still to be paid on"
                " delivery. Please order once one of them was delivered."
            ),
            **known,
        )
    if asked_vnd > settings.cod_amount_max_vnd:
        raise Problem(
            "cod.amount",
            N_(
                "{seller} takes cash only, and up to {max} can be paid on delivery. Please take"
                " fewer."
            ),
            **known,
        )
    if asked_vnd > left_vnd:
        raise Problem(
            "cod.amount",
            N_(
                "{seller} takes cash only, and up to {max} can be paid on delivery, open orders"
                " included. Please take fewer, or order once those were delivered."
            ),
            **known,
        )


def _part(  # noqa: PLR0917 - private, read beside its one call
    letter: str,
    group: Group,
    method: PaymentMethod,
    by_code: bool,
    now: datetime,
    fees: FeeRows,
) -> NewPart:
    state, held_s, answer_s = PartState.AWAITING_PAYMENT, float(QR_HOLD_S), None
    if method is CARD:
        held_s = float(CARD_HOLD_S)
    if method is COD:
        state = PartState.AWAITING_CODE if by_code else PartState.PLACED
        held_s = float(CODE_HOLD_S)
        answer_s = None if by_code else ACT_WITHIN_S[PartState.PLACED]
    waits = state is not PartState.PLACED
    starts = local_day_bounds(group.deliver_from)[0] if group.deliver_from else now
    return NewPart(
        id=new_id(),
        producer_id=group.first["producer_id"],
        letter=letter,
        state=state,
        method=method,
        producer_name=group.first["producer_name"],
        producer_kind=group.first["producer_kind"],
        expires_at=now + timedelta(seconds=held_s) if waits else None,
        answer_by=max(now, starts) + timedelta(seconds=answer_s) if answer_s else None,
        deliver_from=group.deliver_from,
        no_cash=group.no_cash,
        lines=tuple(_line(line.row, line.quantity, fees) for line in group.lines),
    )


def _line(row: Mapping[str, Any], quantity: int, fees: FeeRows) -> NewLine:
    taken = fees.for_line(
        int(row["price_vnd"]) * quantity,
        seller_kind=row["producer_kind"],
        tax_class=row["tax_class"],
    )
    return NewLine(
        variant_id=row["variant_id"],
        name=row["name"],
        unit=row["unit"],
        price_vnd=row["price_vnd"],
        quantity=quantity,
        tax_class=row["tax_class"],
        picture_key=row["picture_key"],
        commission_vnd=taken.commission_vnd,
        vat_vnd=taken.vat_vnd,
        pit_vnd=taken.pit_vnd,
    )
