"""States of a connection, of goods at a marketplace, of an intent, of an order that came."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from integrations.contracts.channels import OrderState
from integrations.contracts.errors import N_


class ConnectionState(StrEnum):
    """Whether we may act for a shop."""

    ACTIVE = "active"
    NEEDS_REAUTH = "needs_reauth"  # the seller has to agree again; nothing is scheduled
    SUSPENDED = "suspended"  # the marketplace has closed the shop
    ENDED = "ended"  # the producer has taken it away


class Wanted(StrEnum):
    """What the producer wants of goods at a marketplace."""

    LISTED = "listed"
    UNLISTED = "unlisted"


class SyncState(StrEnum):
    """Where the work on one listing stands."""

    DUE = "due"  # something is to be sent or looked at, at `due_at`
    IN_STEP = "in_step"  # both sides were equal when last looked at
    BLOCKED = "blocked"  # a person changes something first; nothing is tried meanwhile


class AttemptState(StrEnum):
    """Where a create stands. Open ones are looked up before anything is sent."""

    INTENDED = "intended"
    UNKNOWN = "unknown"
    DONE = "done"
    REFUSED = "refused"


SHOP_CLOSED: Final = N_(
    "The marketplace has closed this shop and decides when it opens again. Its seller app says why"
    " and how to object. Once it is open, please connect the shop here again."
)
CONNECTION_WORDS: Final[Mapping[ConnectionState, tuple[str, str]]] = {
    ConnectionState.ACTIVE: (N_("Connected"), "ok"),
    ConnectionState.NEEDS_REAUTH: (N_("Needs your agreement again"), "stop"),
    ConnectionState.SUSPENDED: (N_("Closed by the marketplace"), "stop"),
    ConnectionState.ENDED: (N_("Taken away"), ""),
}


def silenced_as(code: str) -> ConnectionState:
    """What a shop that we may not act for becomes, by the last word of the refusal's code."""
    closed = code.rpartition(".")[2] == "shop_closed"
    return ConnectionState.SUSPENDED if closed else ConnectionState.NEEDS_REAUTH


O = OrderState  # noqa: E741 - one letter reads as a column of the table below

# A marketplace's order as it was kept -> what may come after it. Anything else is old news.
ORDER_MOVES: Final[Mapping[OrderState, frozenset[OrderState]]] = {
    O.UNPAID: frozenset({O.TO_SHIP, O.SHIPPED, O.COMPLETED, O.CANCELLED, O.RETURNING}),
    O.TO_SHIP: frozenset({O.SHIPPED, O.COMPLETED, O.CANCELLED, O.RETURNING}),
    O.SHIPPED: frozenset({O.COMPLETED, O.CANCELLED, O.RETURNING}),
    O.COMPLETED: frozenset({O.RETURNING, O.CANCELLED}),
    O.RETURNING: frozenset({O.CANCELLED, O.COMPLETED}),
    O.CANCELLED: frozenset(),
}
# Paid, so it is an order of ours.
PAID_STATES: Final = frozenset({O.TO_SHIP, O.SHIPPED, O.COMPLETED, O.RETURNING})


def is_news(kept: OrderState, fetched: OrderState) -> bool:
    """True when `fetched` may follow what is kept; fetches overtake each other."""
    return fetched in ORDER_MOVES[kept]
