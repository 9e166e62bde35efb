"""Look back at what goods were, and write a text or price again as it was."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from integrations.contracts.viewer import Viewer
from integrations.runtime.database import work
from market.catalog import queries as catalog
from market.catalog.service import listings
from market.listing.queries import Goods
from market.listing.rules.merge import no_such_change
from market.listing.rules.said import said
from market.listing.schemas import FACTS
from market.listing.service.goods import seen
from market.listing.service.merging import TEXTS
from market.listing.service.questions import take_text
from market.photos.queries import loaded

PAGE_MAX: Final = 100
# What the history calls a field -> what the form calls it.
_TYPED: Final[Mapping[str, str]] = {
    **{held: field for field, (_, held) in TEXTS.items()},
    **{fact: field for field, (fact, _, _) in FACTS.items()},
}


@dataclass(frozen=True, slots=True)
class Change:
    """One field before and after, as people write it. `reason`: why what is left changed.

    `label`: of the kind that was changed, empty for all of the goods. `who` is None for somebody
    whom this viewer does not see, and for the system.
    """

    id: UUID
    at: datetime
    field: str
    was: str
    now: str
    person_id: UUID | None
    who: str | None
    role: str
    reason: str
    label: str

    @property
    def can_be_put_back(self) -> bool:
        """What is left is counted anew instead, a kind is changed on the page of its kinds, and a
        name or price cannot be empty."""
        if self.label or self.field in ("stock", "state", "kinds"):
            return False
        return bool(self.was) or self.field not in ("name", "price")


# Goods, what was changed in them, newest first, and the cursor of the rest.
Past = tuple[Goods, list[Change], UUID | None]


async def look_back(
    viewer: Viewer, listing_id: UUID, *, after: UUID | None = None, limit: int = 50
) -> Past:
    """Goods and what was changed in them.

    Raises `NotFound` (`listing.missing`).
    """
    limit = max(1, min(limit, PAGE_MAX))
    async with work(viewer):
        goods = await seen(viewer, listing_id)
        found = await catalog.changes(goods.id, after=after, limit=limit + 1)
    shown = [_change(row) for row in found[:limit]]
    return goods, shown, shown[-1].id if len(found) > limit else None


def _change(row: Mapping[str, Any]) -> Change:
    [values] = loaded(row["values"])
    field = _TYPED.get(row["field"], row["field"])
    kept: dict[str, Any] = {
        name: row[name] for name in ("id", "at", "person_id", "who", "role", "reason", "label")
    }
    was, now = (said(field, values[name]) for name in ("was", "now"))
    return Change(field=field, was=was, now=now, **kept)


async def put_back(viewer: Viewer, *, listing_id: UUID, change_id: UUID) -> Goods:
    """Write again what a field was before a change; as it is already, nothing happens.

    Raises `NotFound` (`listing.missing`, `change.missing`, also for what cannot be put back),
    `Conflict` when the goods were put away.
    """
    async with work(viewer):
        held = await listings.hold(viewer, listing_id)
        found = await catalog.changes(listing_id, only=change_id)
        change = _change(found[0]) if found else None
        if change is None or not change.can_be_put_back:
            raise no_such_change()
        await take_text(held, change.field, change.was, f"history:{change_id}")
        return await seen(viewer, listing_id)
