"""Verbs of orders: create one as it was agreed, move a part by the table."""

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from integrations.contracts.errors import N_, Conflict
from integrations.contracts.ids import new_id, short_code
from integrations.contracts.viewer import ANONYMOUS, Viewer
from integrations.runtime.database import insert_once, rows
from integrations.runtime.outbox import emit
from market.orders.models import OrderEvent, OrderLine, OrderPart
from market.orders.rules import ACT_WITHIN_S, PartState, PaymentMethod, before

_NUMBER_TRIES: Final = 8


@dataclass(frozen=True, slots=True)
class NewLine:
    """One variant as the buyer saw it, with its fees; amounts in đồng."""

    variant_id: UUID
    name: str
    unit: str
    price_vnd: int
    quantity: int
    tax_class: str
    picture_key: str
    commission_vnd: int
    vat_vnd: int
    pit_vnd: int

    @property
    def amount_vnd(self) -> int:
        """Price times quantity."""
        return self.price_vnd * self.quantity


@dataclass(frozen=True, slots=True)
class NewPart:
    """What one producer sells; totals are the sums of the lines.

    `answer_by` belongs to a part that is placed at once: now and `rules.ACT_WITHIN_S`.
    """

    id: UUID
    producer_id: UUID
    letter: str
    state: PartState
    method: PaymentMethod
    producer_name: str
    producer_kind: str
    expires_at: datetime | None
    answer_by: datetime | None
    lines: tuple[NewLine, ...]
    deliver_from: date | None = None  # goods ordered before their season: not before this day
    no_cash: bool = False  # goods that may not be paid in cash

    @property
    def total_vnd(self) -> int:
        """What the buyer pays this producer."""
        return sum(line.amount_vnd for line in self.lines)

    @property
    def commission_vnd(self) -> int:
        """The programme's share."""
        return sum(line.commission_vnd for line in self.lines)

    @property
    def vat_vnd(self) -> int:
        """Value-added tax that is withheld."""
        return sum(line.vat_vnd for line in self.lines)

    @property
    def pit_vnd(self) -> int:
        """Personal income tax that is withheld."""
        return sum(line.pit_vnd for line in self.lines)


@dataclass(frozen=True, slots=True)
class NewOrder:
    """One checkout. `checkout_key` makes the same form sent twice one order."""

    id: UUID
    number: str
    checkout_key: str
    buyer_name: str
    buyer_phone: str
    commune_code: str
    commune_name: str
    street: str
    note: str
    language: str
    total_vnd: int
    source: str = "shop"  # or the marketplace it came from
    age_stated: int | None = None  # the buyer said to be of this age, by which law, when
    age_stated_at: datetime | None = None
    age_legal_ref: str = ""


def order_number() -> str:
    """A number that people can read to each other: six characters without look-alikes."""
    return short_code(6)


async def create_order(
    *, order: NewOrder, parts: Sequence[NewPart], actor: Viewer = ANONYMOUS
) -> str:
    """Insert an order with parts, lines and first events, in the open transaction of the system.

    The number it got: the wanted one, or another when that is taken. Emits `order.part_moved` for
    each part, and `order.part_placed` for those that are placed at once. Raises `ValueError` when
    the total is not the sum of the parts.
    """
    if order.total_vnd != sum(part.total_vnd for part in parts):
        raise ValueError("the total of an order is the sum of its parts")
    number = await _insert(order)
    await OrderPart.bulk_create([_part(order.id, part) for part in parts])
    await OrderLine.bulk_create([_line(part, line) for part in parts for line in part.lines])
    for part in parts:
        await _write_event(part.id, part.producer_id, part.state, actor, "")
        await _announce(part.id, part.state)
    return number


async def _insert(order: NewOrder) -> str:
    values = asdict(order)
    for _ in range(_NUMBER_TRIES):
        if await insert_once("orders", values):
            return str(values["number"])
        values["number"] = order_number()
    raise Conflict("order.number", N_("Many people are using this right now. Please try again."))


def _part(order_id: UUID, part: NewPart) -> OrderPart:
    taken_vnd = part.commission_vnd + part.vat_vnd + part.pit_vnd
    return OrderPart(
        id=part.id,
        order_id=order_id,
        producer_id=part.producer_id,
        letter=part.letter,
        state=part.state,
        method=part.method,
        producer_name=part.producer_name,
        producer_kind=part.producer_kind,
        total_vnd=part.total_vnd,
        commission_vnd=part.commission_vnd,
        vat_vnd=part.vat_vnd,
        pit_vnd=part.pit_vnd,
        net_vnd=part.total_vnd - taken_vnd,
        expires_at=part.expires_at,
        answer_by=part.answer_by,
        deliver_from=part.deliver_from,
        no_cash=part.no_cash,
    )


def _line(part: NewPart, line: NewLine) -> OrderLine:
    return OrderLine(
        part_id=part.id,
        variant_id=line.variant_id,
        producer_id=part.producer_id,
        name=line.name,
        unit=line.unit,
        price_vnd=line.price_vnd,
        quantity=line.quantity,
        amount_vnd=line.amount_vnd,
        tax_class=line.tax_class,
        vat_vnd=line.vat_vnd,
        pit_vnd=line.pit_vnd,
        commission_vnd=line.commission_vnd,
        picture_key=line.picture_key,
    )


_MOVE = """
UPDATE order_part SET state = $2,
  paid_at = CASE WHEN $4 THEN coalesce(paid_at, now()) ELSE paid_at END,
  answer_by = greatest(now(), deliver_from::timestamp AT TIME ZONE 'Asia/Ho_Chi_Minh')
    + make_interval(secs => $5::float8)
WHERE id = $1 AND (state = ANY($3) OR (method = 'channel' AND state = ANY($6)))
RETURNING producer_id
"""


async def move_part(
    *,
    part_id: UUID,
    to: PartState,
    actor: Viewer,
    note: str = "",
    paid: bool = False,
    only_from: Collection[PartState] | None = None,
) -> None:
    """Move a part by `rules.MOVES` and write its event; emits `order.part_moved` (state).

    `paid` stamps the time of payment; `answer_by` becomes the new state's time of
    `rules.ACT_WITHIN_S` (of goods ordered before their season, from its first day on), or nothing.
    `only_from` narrows the table. Raises `Conflict` (code
    `order.moved`) when the part has moved on since the page was shown.
    """
    allowed = frozenset(PartState if only_from is None else only_from)
    origins = [str(state) for state in before(to) & allowed]
    there = [str(state) for state in before(to, on_channel=True) & allowed]
    within_s = ACT_WITHIN_S.get(to)
    moved = await rows(_MOVE, [part_id, str(to), origins, paid, within_s, there])
    if not moved:
        raise Conflict(
            "order.moved",
            N_("This order has changed in the meantime. Please look at it again."),
        )
    await _write_event(part_id, moved[0]["producer_id"], to, actor, note)
    await _announce(part_id, to)


async def add_note(
    *, part_id: UUID, producer_id: UUID, state: str, actor: Viewer, note: str
) -> None:
    """Write what happened to a part that stays in its state."""
    await _write_event(part_id, producer_id, state, actor, note)


async def _write_event(
    part_id: UUID, producer_id: UUID, state: str, actor: Viewer, note: str
) -> None:
    await OrderEvent.create(
        id=new_id(),
        part_id=part_id,
        producer_id=producer_id,
        state=str(state),
        actor=actor.label,
        note=note[:300],
    )


async def _announce(part_id: UUID, state: PartState) -> None:
    await emit("order.part_moved", part_id, state=str(state))
    if state is PartState.PLACED:
        await emit("order.part_placed", part_id)
