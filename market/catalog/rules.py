"""The states of a listing: which move is allowed, and what an edit does."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from integrations.contracts.errors import N_


class ListingState(StrEnum):
    """Moves only by `MOVES`."""

    DRAFT = "draft"
    IN_REVIEW = "in_review"
    TO_MEND = "to_mend"
    LIVE = "live"
    PAUSED = "paused"
    ARCHIVED = "archived"


MOVES: Final[Mapping[ListingState, frozenset[ListingState]]] = {
    ListingState.DRAFT: frozenset({ListingState.IN_REVIEW, ListingState.ARCHIVED}),
    ListingState.IN_REVIEW: frozenset({ListingState.LIVE, ListingState.TO_MEND}),
    ListingState.TO_MEND: frozenset({ListingState.IN_REVIEW, ListingState.ARCHIVED}),
    ListingState.LIVE: frozenset(
        {ListingState.PAUSED, ListingState.IN_REVIEW, ListingState.ARCHIVED}
    ),
    ListingState.PAUSED: frozenset(
        {ListingState.LIVE, ListingState.IN_REVIEW, ListingState.ARCHIVED}
    ),
    ListingState.ARCHIVED: frozenset(),
}

# What has been approved: new words or a new picture are seen by staff before buyers see them.
REVIEWED: Final = frozenset({ListingState.LIVE, ListingState.PAUSED})

# What a person reads when somebody was faster, by the state that the listing is in now.
MEANWHILE: Final[Mapping[ListingState, str]] = {
    ListingState.DRAFT: N_("This is still a draft. Please open the page again."),
    ListingState.IN_REVIEW: N_("This was sent for review meanwhile. Please open the page again."),
    ListingState.TO_MEND: N_("This was sent back to the seller meanwhile."),
    ListingState.LIVE: N_("This is already on sale. Please open the page again."),
    ListingState.PAUSED: N_("This was hidden from the shop meanwhile. Please open the page again."),
    ListingState.ARCHIVED: N_("This was put away. It cannot be changed any more."),
}


def sources(target: ListingState) -> tuple[ListingState, ...]:
    """The states from which a listing may move to `target`."""
    return tuple(state for state, targets in MOVES.items() if target in targets)


def after_edit(state: ListingState, *, reviewed_changed: bool) -> ListingState:
    """Where an edit leaves a listing. Price and stock change at once; name, words, unit and
    picture of an approved listing go back to review, and it is not shown until then.
    """
    return ListingState.IN_REVIEW if reviewed_changed and state in REVIEWED else state
