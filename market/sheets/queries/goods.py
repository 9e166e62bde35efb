"""Reads of the goods that a price list can change, and how a line finds the ones it means."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final
from uuid import UUID

from integrations.contracts.text import fold
from integrations.runtime.database import rows
from market.catalog.queries import FACT_COLUMNS, facts_of
from market.catalog.rules import Facts
from market.sheets.rules.memory import Here, Said


@dataclass(frozen=True, slots=True)
class Known:
    """Goods that a producer has already, as far as a price list can change them.

    Of goods in several kinds (`several`) each kind is one, by its own code; without `variant_id`
    it is not known which kind is meant, and what lists said of any does not count.
    """

    id: UUID
    client_id: str
    sku: str
    name: str
    description: str
    unit: str
    price_vnd: int | None
    available: int
    sold: int
    said_stock: int | None
    said_price_vnd: int | None
    said_mark: str | None
    facts: Facts
    label: str
    several: bool
    variant_id: UUID | None

    @property
    def whole(self) -> "Known":
        """Without saying which kind is meant."""
        if not self.several:
            return self
        return replace(
            self, variant_id=None, said_stock=None, said_price_vnd=None, said_mark=None, label=""
        )

    @property
    def here(self) -> Here:
        """How they stand in the shop."""
        return Here(self.available, self.sold, self.price_vnd)

    @property
    def said(self) -> Said | None:
        """What the last list said of them."""
        if self.said_mark is None:
            return None
        return Said(self.said_stock, self.said_price_vnd, self.said_mark)


_KNOWN: Final = (
    "SELECT l.id, l.client_id, l.name, l.description, v.sku, v.unit, v.price_vnd, v.available,"  # noqa: S608
    " v.started - v.available AS sold, s.stock AS said_stock, s.price_vnd AS said_price_vnd,"
    " v.label, l.axes <> '[]'::jsonb AS several, v.id AS variant_id,"
    f" s.mark AS said_mark, {FACT_COLUMNS}"
    " FROM listing l JOIN variant v ON v.listing_id = l.id AND v.position IS NOT NULL"
    " LEFT JOIN sheet_said s ON s.variant_id = v.id"
)


def _known(row: Mapping[str, Any]) -> Known:
    plain = {name: row[name] for name in Known.__slots__ if name in row}
    return Known(**plain, facts=facts_of(row))


async def known_goods(producer_id: UUID) -> list[Known]:
    """All goods of a producer that were not put away, and each of their kinds, oldest first."""
    found = await rows(
        f"{_KNOWN} WHERE l.producer_id = $1 AND l.state <> 'archived' ORDER BY l.id, v.position",
        [producer_id],
    )
    return [_known(row) for row in found]


async def known_now(known: Known) -> Known | None:
    """One of them as it stands now, its row locked until the transaction ends."""
    # First the lock, then the look: what was sold while we waited is seen.
    await rows("SELECT 1 AS held FROM listing WHERE id = $1 FOR UPDATE", [known.id])
    found = await rows(f"{_KNOWN} WHERE l.id = $1 ORDER BY v.position", [known.id])
    now = [_known(row) for row in found]
    if known.variant_id is not None:
        return next((one for one in now if one.variant_id == known.variant_id), None)
    return now[0].whole if now else None


class Shelf:
    """A producer's goods, found by code, by the key of an earlier list, by name."""

    def __init__(self, known: list[Known]) -> None:
        self._by_key: dict[str, Known] = {}
        whole = [one.whole for one in known]
        for one in reversed(whole):
            self._by_key[f"name:{fold(one.name)}"] = one
        for one in known:
            self._by_key[f"sku:{fold(one.sku)}"] = one
        for one in whole:
            self._by_key[one.client_id] = one

    def find(self, *, client_id: str, sku: str, name: str) -> Known | None:
        """The goods that a line means, None for new ones."""
        if sku and (found := self._by_key.get(f"sku:{fold(sku)}")):
            return found
        if found := self._by_key.get(client_id):
            return found
        return None if sku else self._by_key.get(f"name:{fold(name)}")
