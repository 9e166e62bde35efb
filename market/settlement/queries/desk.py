"""What waits for a producer: the list of orders, the first of them, where they live."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from integrations.contracts.viewer import Viewer
from integrations.runtime.database import rows, work
from market.orders import queries as orders
from market.orders.rules import OPEN_STATES, PartState
from market.settlement.queries.parts import shown_part
from market.settlement.rules import comes_first
from market.settlement.schemas import PartOut

_SELLER = """
SELECT s.name, c.full_name AS place FROM producer s JOIN commune c ON c.code = s.commune_id
WHERE s.id = $1
"""


@dataclass(frozen=True, slots=True)
class Desk:
    """What a producer's list of orders shows: who it is, what to answer now, what is under way."""

    who: str
    place: str
    first: list[PartOut]
    later: list[PartOut]
    ended: list[PartOut]


async def desk(viewer: Viewer) -> Desk:
    """Orders to answer now (the earliest deadline first), under way, and the last that ended."""
    async with work(viewer):
        found = await orders.parts(viewer, states=OPEN_STATES, limit=100)
        ended = await orders.parts(viewer, states=set(PartState) - OPEN_STATES, limit=10)
        seller = await rows(_SELLER, [viewer.producer_id])
    shown = [shown_part(row) for row in found if row["state"] != PartState.AWAITING_CODE]
    first = [part for part in shown if comes_first(PartState(part.state))]
    return Desk(
        who=seller[0]["name"] if seller else "",
        place=seller[0]["place"] if seller else "",
        first=sorted(first, key=_urgency),
        later=[part for part in shown if part not in first],
        ended=[shown_part(row) for row in ended],
    )


def _urgency(part: PartOut) -> tuple[bool, datetime]:
    """A new order before money that is still awaited; then by the deadline."""
    waits = part.state == PartState.AWAITING_PAYMENT
    return waits, part.answer_by or part.expires_at or part.created_at


async def home_card(viewer: Viewer) -> dict[str, Any] | None:
    """What `settlement/_home_card.html` needs: the order to answer first and how many there are.

    None when nothing has to be answered now. One statement.
    """
    async with work(viewer):
        found = await orders.parts(viewer, states=OPEN_STATES, limit=100)
    first = [shown_part(row) for row in found if comes_first(PartState(row["state"]))]
    if not first:
        return None
    new = sum(part.state == PartState.PLACED for part in first)
    return {"part": min(first, key=_urgency), "new": new, "open": len(found)}


async def place_of(viewer: Viewer) -> str:
    """The commune in which a producer lives, as people call it."""
    async with work(viewer):
        seller = await rows(_SELLER, [viewer.producer_id])
    return str(seller[0]["place"]) if seller else ""
