"""Which lines of a marketplace's order are ours, and what they come to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from integrations.contracts.channels import ChannelOrderLine


@dataclass(frozen=True, slots=True)
class OurLine:
    """One variant of ours in an order; `goods` is what an order freezes of it."""

    variant_id: UUID
    goods: Mapping[str, Any]
    quantity: int
    price_vnd: int

    @property
    def amount_vnd(self) -> int:
        """Price times quantity."""
        return self.price_vnd * self.quantity


@dataclass(frozen=True, slots=True)
class Ours:
    """Our lines, one per variant; `all_vnd` is what all lines of the order come to."""

    lines: tuple[OurLine, ...]
    all_vnd: int

    @property
    def wants(self) -> dict[UUID, int]:
        """Units per variant."""
        return {line.variant_id: line.quantity for line in self.lines}

    @property
    def ours_vnd(self) -> int:
        """What our lines come to."""
        return sum(line.amount_vnd for line in self.lines)


def ours(lines: Sequence[ChannelOrderLine], known: Sequence[Mapping[str, Any]]) -> Ours:
    """Our lines of an order. `known`: goods by `sku` and `item_id` with what an order freezes."""
    by_sku = {row["sku"]: row for row in known if row["sku"]}
    by_item = {row["item_id"]: row for row in known if row["item_id"]}
    made: dict[UUID, OurLine] = {}
    for line in lines:
        row = by_sku.get(line.sku) or by_item.get(line.item_id)
        if row is None or line.quantity <= 0:
            continue
        before = made.get(row["variant_id"])
        quantity = line.quantity + (before.quantity if before else 0)
        amount_vnd = line.price_vnd * line.quantity + (before.amount_vnd if before else 0)
        made[row["variant_id"]] = OurLine(
            variant_id=row["variant_id"],
            goods=row,
            quantity=quantity,
            # One line per variant: two prices of one order become their mean, rounded down.
            price_vnd=max(1, amount_vnd // quantity),
        )
    all_vnd = sum(line.price_vnd * line.quantity for line in lines)
    return Ours(tuple(made.values()), all_vnd)


def fee_share(fee_vnd: int, found: Ours) -> int:
    """Our lines' share of the order's fee, rounded down; all of it when all lines are ours."""
    if found.all_vnd <= found.ours_vnd:
        return fee_vnd
    return fee_vnd * found.ours_vnd // found.all_vnd
