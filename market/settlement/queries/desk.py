"""What waits for a producer: the list of orders, the first of them, where they live."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from integrations.contracts.viewer import Viewer
from integrations.runtime.database import rows, work
from market.orders import queries as orders
from market.orders.rules import OPEN_STATES, PartState, PaymentMethod
from market.settlement.queries.parts import shown_part
from market.settlement.rules import ABOUT_MONEY, comes_first
from market.settlement.schemas import PartOut

_SELLER = """
SELECT s.name, c.full_name AS place FROM producer s JOIN commune c ON c.code = s.commune_id
WHERE s.id = $1
"""


@dataclass(frozen=True, slots=True)
class Desk:
    """What a producer's list of orders shows: who it is, money to send back or to look for in any
    order, what to answer now, what is under way.
    """

    who: str
    place: str
    owed: list[PartOut]
    first: list[PartOut]
    later: list[PartOut]
    ended: list[PartOut]

    @property
    def asked(self) -> int:
        """How many orders wait for the producer."""
        return len(self.owed) + sum(part.state == PartState.PLACED for part in self.first)


async def desk(viewer: Viewer) -> Desk:
    """Money to send back, orders to answer now, under way, and the last that ended.

    Each the earliest deadline first. Three statements.
    """
    async with work(viewer):
        found = await orders.waiting(viewer, states=OPEN_STATES, asked=ABOUT_MONEY, limit=100)
        ended = await orders.parts(viewer, states=set(PartState) - OPEN_STATES, limit=10)
        seller = await rows(_SELLER, [viewer.producer_id])
    shown = [shown_part(row, viewer) for row in found if row["state"] != PartState.AWAITING_CODE]
    owed, first = _in_order(shown)
    seen = {part.id for part in (*owed, *first)}
    return Desk(
        who=seller[0]["name"] if seller else "",
        place=seller[0]["place"] if seller else "",
        owed=owed,
        first=first,
        later=[part for part in shown if part.id not in seen],
        ended=[shown_part(row, viewer) for row in ended if row["id"] not in seen],
    )


def _in_order(shown: list[PartOut]) -> tuple[list[PartOut], list[PartOut]]:
    """What is owed and what has to be answered, each the most urgent first."""
    owed = [part for part in shown if part.todo]
    first = [part for part in shown if not part.todo and _is_first(part)]
    return sorted(owed, key=_due), sorted(first, key=_urgency)


def _is_first(part: PartOut) -> bool:
    return comes_first(PartState(part.state), PaymentMethod(part.method))


def _due(part: PartOut) -> datetime:
    return part.todo.due_at if part.todo else part.created_at


def _urgency(part: PartOut) -> tuple[bool, datetime]:
    """A new order before money that is still awaited; then by the deadline."""
    waits = part.state == PartState.AWAITING_PAYMENT
    return waits, part.answer_by or part.expires_at or part.created_at


async def home_card(viewer: Viewer) -> dict[str, Any] | None:
    """What `settlement/_home_card.html` needs: the order that comes first and how many there are.

    `new` orders are to be answered, `asked` counts those and money to send back or to look for.
    None when nothing has to be done now. One statement.
    """
    async with work(viewer):
        found = await orders.waiting(viewer, states=OPEN_STATES, asked=ABOUT_MONEY, limit=100)
    owed, first = _in_order([shown_part(row, viewer) for row in found])
    if not owed and not first:
        return None
    new = sum(part.state == PartState.PLACED for part in first)
    return {
        "part": (owed or first)[0],
        "new": new,
        "asked": new + len(owed),
        "open": len(found),
    }


async def place_of(viewer: Viewer) -> str:
    """The commune in which a producer lives, as people call it."""
    async with work(viewer):
        seller = await rows(_SELLER, [viewer.producer_id])
    return str(seller[0]["place"]) if seller else ""
