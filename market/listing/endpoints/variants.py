"""Goods of several kinds over the API: what they differ in, and all of them at once."""

from typing import Any, Final
from uuid import UUID

from fastapi import APIRouter

from integrations.contracts.errors import N_, Problem
from integrations.contracts.ids import new_id
from integrations.runtime.web.problems import ProblemBody
from market.catalog.queries import content_of
from market.catalog.schemas import AxisShape, VariantIn, VariantOut, VariantsIn, VariantsOut
from market.listing.rules.variants import Pair, pairs_of, read_axes
from market.listing.service import variants as service
from market.listing.service.variants import Sent, Table
from sellers.accounts.guards import AsProducer

router = APIRouter(tags=["listings"])

_PROBLEMS: Final[dict[int | str, dict[str, Any]]] = {
    status: {"model": ProblemBody} for status in (400, 401, 403, 404, 409)
}


def _out(table: Table) -> VariantsOut:
    sold = [row for row in table.rows if row is not None and row["position"] is not None]
    return VariantsOut(
        revision=table.goods.revision,
        state=str(table.goods.state),
        axes=[AxisShape(name=one.name, values=list(one.values)) for one in table.axes],
        variants=[
            VariantOut(
                **{
                    key: row[key]
                    for key in ("id", "label", "sku", "price_vnd", "available", "gtin")
                },
                values=[value for value in (row["value_1"], row["value_2"]) if value],
                weight_g=row["weight_g"],
                content=content_of(row),
                size_mm=None
                if row["length_mm"] is None
                else (row["length_mm"], row["width_mm"], row["height_mm"]),
            )
            for row in sold
        ],
    )


@router.get(
    "/listings/{listing_id}/variants",
    operation_id="variants_list",
    summary="What goods differ in, and every variant that is sold, in order",
    responses=_PROBLEMS,
)
async def look(*, listing_id: UUID, viewer: AsProducer) -> VariantsOut:
    """Goods of one kind have no axes and one variant."""
    table, _ = await service.table(viewer, listing_id=listing_id)
    return _out(table)


@router.put(
    "/listings/{listing_id}/variants",
    operation_id="variants_put",
    summary="Say what goods differ in and what is sold of them, all at once",
    responses=_PROBLEMS,
)
async def put(*, listing_id: UUID, body: VariantsIn, viewer: AsProducer) -> VariantsOut:
    """New words and weights of approved goods go back to review; price and stock change at once.

    Nothing is kept when something cannot be read; its place in `variants` ends the field's name.
    409 when the goods were changed since `revision`.
    """
    typed: dict[str, str] = {}
    for n, axis in enumerate(body.axes, 1):
        typed |= {f"axis_{n}": axis.name, f"values_{n}": ";".join(axis.values)}
    axes, problems = read_axes(typed)
    if problems:
        raise problems[0]
    given = {_pair(one): n for n, one in enumerate(body.variants)}
    pairs = pairs_of(axes)
    if len(given) < len(body.variants) or given.keys() - set(pairs):
        raise Problem(
            "variants.values",
            N_("Each kind needs one value of each axis, and none stands there twice."),
            field="variants",
        )
    cells = [_cell(body.variants[given[one]]) if one in given else {} for one in pairs]
    sent = Sent(str(new_id()), body.revision, typed, cells, explicit=True)
    _, problems = await service.put(viewer, listing_id=listing_id, sent=sent)
    if problems:
        raise _as_sent(problems[0], pairs, given)
    return await look(listing_id=listing_id, viewer=viewer)


def _pair(one: VariantIn) -> Pair:
    first, second = (*one.values, "", "")[:2]
    return first, second


def _cell(one: VariantIn) -> dict[str, str | None]:
    """As a form would send it; what was left out is not there."""
    typed = one.model_dump(exclude={"values", "stock_was"}, exclude_none=True)
    was = "" if one.stock_was is None else str(one.stock_was)
    return {**{key: str(value) for key, value in typed.items()}, "was": was, "sold": "yes"}


def _as_sent(problem: Problem, pairs: list[Pair], given: dict[Pair, int]) -> Problem:
    """The problem at the place that the sender knows."""
    name, _, n = (problem.field or "").partition("-")
    place = given.get(pairs[int(n)]) if n.isdecimal() and int(n) < len(pairs) else None
    return problem if place is None else problem.at(f"variants.{place}.{name}")
