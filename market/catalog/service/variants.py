"""The variants of a listing, inside the caller's transaction: what they are, which are sold."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import orjson

from integrations.contracts.ids import new_id
from integrations.contracts.measures import Content
from integrations.runtime.database import insert_once, rows, run
from integrations.runtime.outbox import emit
from market.catalog import queries
from market.catalog.rules import REVIEWED, Axis, ListingState, after_edit, label_of
from market.catalog.service.history import Line, write_lines
from market.catalog.service.listings import Held, free_gtin, moved_on
from market.catalog.service.stock import STOCK_MAX, set_stock

Known = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Wanted:
    """One variant as it should be sold; `known` is its row, None for a new one.

    `stock_was`: what the seller was shown as left, None when `stock` counts as it is.
    """

    known: Known | None
    values: tuple[str, str]
    sku: str
    price_vnd: int
    weight_g: int | None
    size_mm: tuple[int, int, int] | None
    content: Content | None
    gtin: str | None
    stock: int
    stock_was: int | None = None

    @property
    def facts(self) -> tuple[object, ...]:
        """What buyers read of it besides the price, and staff therefore look at."""
        return (self.weight_g, self.size_mm, self.content)


async def arrange(
    held: Held, *, axes: Sequence[Axis], wanted: Sequence[Wanted], reference: str
) -> ListingState:
    """Sell these variants in this order and put all others away; the state afterwards.

    `wanted` is not empty; its rows are locked. New words and new facts of an approved listing go
    to review, prices and stock change at once. Stock moves by what was changed, so that sales
    meanwhile stay sold; the same `reference` counts once. Codes are free. Raises `Conflict` when
    the listing was put away, `Problem` (`gtin.taken`) when other goods carry a number.
    """
    if held.state is ListingState.ARCHIVED:
        raise moved_on(held.state)
    before = await queries.variants_of(held.id)
    sold = [row["id"] for row in before if row["position"] is not None]
    same = (
        tuple(axes) == held.axes
        and sold == [one.known and one.known["id"] for one in wanted]
        and all(one.known is not None and _as_kept(one, one.known) for one in wanted)
    )
    ids = [one.known["id"] if one.known else new_id() for one in wanted]
    state: ListingState = held.state
    if not same:
        own = [row["id"] for row in before]
        for one in wanted:
            if one.gtin and not (one.known and one.known["gtin"] == one.gtin):
                await free_gtin(held.producer_id, one.gtin, but=own)
        await _place(held, wanted, ids)
        sold_as = [row["label"] for row in before if row["position"] is not None]
        state = await _write(held, axes, wanted, sold_as, reference)
    await _count(wanted, ids, reference)
    return state


def _as_kept(one: Wanted, row: Known) -> bool:
    kept = (row["sku"], row["price_vnd"], row["gtin"], (row["value_1"], row["value_2"]))
    return (*kept, *_facts(row)) == (one.sku, one.price_vnd, one.gtin, one.values, *one.facts)


def _facts(row: Known) -> tuple[object, ...]:
    size = (row["length_mm"], row["width_mm"], row["height_mm"])
    return (row["weight_g"], None if size[0] is None else size, queries.content_of(row))


# First out of each other's way: two may change places, codes or words.
_CLEAR: Final = """
UPDATE variant SET position = NULL, sku = CASE WHEN id = ANY($2::uuid[]) THEN id::text ELSE sku END,
  gtin = CASE WHEN gtin = ANY($3::text[]) THEN NULL ELSE gtin END
WHERE listing_id = $1
  AND (position IS NOT NULL OR id = ANY($2::uuid[]) OR gtin = ANY($3::text[]))
"""
_PUT: Final = """
UPDATE variant SET position = $2, value_1 = $3, value_2 = $4, label = $5, sku = $6, price_vnd = $7,
  weight_g = $8, length_mm = $9, width_mm = $10, height_mm = $11, unit = $12,
  content_amount = $13, content_measure = $14, gtin = $15
WHERE id = $1
"""


async def _place(held: Held, wanted: Sequence[Wanted], ids: Sequence[UUID]) -> None:
    new_codes = [
        one.known["id"] for one in wanted if one.known is not None and one.known["sku"] != one.sku
    ]
    await run(_CLEAR, [held.id, new_codes, [one.gtin for one in wanted if one.gtin]])
    for n, (one, variant_id) in enumerate(zip(wanted, ids, strict=True)):
        if one.known is None:
            await insert_once(
                "variant",
                {
                    "id": variant_id,
                    "listing_id": held.id,
                    "producer_id": held.producer_id,
                    "sku": str(variant_id),
                    "value_1": one.values[0],
                    "value_2": one.values[1],
                    "position": None,
                },
            )
        await run(
            _PUT,
            [
                *(variant_id, n, *one.values, label_of(one.values), one.sku, one.price_vnd),
                *(one.weight_g, *(one.size_mm or (None, None, None)), held.unit),
                *(*(one.content or (None, "")), one.gtin),
            ],
        )


async def _write(
    held: Held,
    axes: Sequence[Axis],
    wanted: Sequence[Wanted],
    sold_as: Sequence[str],
    reference: str,
) -> ListingState:
    words = {text for axis in axes for text in (axis.name, *axis.values)}
    known = {text for axis in held.axes for text in (axis.name, *axis.values)}
    new_facts = any(one.known is not None and _facts(one.known) != one.facts for one in wanted)
    after = after_edit(held.state, reviewed_changed=bool(words - known) or new_facts)
    # What a type of goods fills in is for goods of one weight and size.
    own = held.facts.own_fields | {"weight_g", "size_mm"}
    written = await rows(
        "UPDATE listing SET axes = $2::jsonb, own_fields = $3, state = $4::varchar,"
        " revision = revision + 1, updated_at = now(),"
        " submitted_at = CASE WHEN state <> $4::varchar THEN now() ELSE submitted_at END"
        " WHERE id = $1 RETURNING revision",
        [
            held.id,
            orjson.dumps([{"name": one.name, "values": one.values} for one in axes]).decode(),
            " ".join(sorted(own)),
            str(after),
        ],
    )
    lines = [Line("kinds", list(sold_as), [label_of(one.values) for one in wanted])]
    lines += [line for one in wanted for line in _lines(one)]
    await write_lines(held, written[0]["revision"], lines, source=reference)
    if held.state in REVIEWED:
        await emit("listing.changed", held.id)
    return after


def _lines(one: Wanted) -> list[Line]:
    """What is kept of one kind, before and after."""
    weight_g, size_mm, content = _facts(one.known) if one.known else (None, None, None)
    known = one.known or {}
    before = (known.get("price_vnd"), weight_g, size_mm, content, known.get("gtin"))
    now = (one.price_vnd, one.weight_g, one.size_mm, one.content, one.gtin)
    names = ("price_vnd", "weight_g", "size_mm", "content", "gtin")
    label = label_of(one.values)
    return [Line(*of, label) for of in zip(names, before, now, strict=True)]


async def _count(wanted: Sequence[Wanted], ids: Sequence[UUID], reference: str) -> None:
    for variant_id, one in sorted(zip(ids, wanted, strict=True), key=lambda pair: pair[0]):
        there = int(one.known["available"]) if one.known else 0
        stock = one.stock if one.stock_was is None else there + one.stock - one.stock_was
        await set_stock(
            variant_id=variant_id, available=min(max(0, stock), STOCK_MAX), reference=reference
        )
