"""Goods of several kinds: what they differ in, and price, number, weight, code of each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final
from uuid import UUID

from integrations.contracts.errors import N_, Conflict, Problem
from integrations.contracts.measures import said_content, said_size, said_weight
from integrations.contracts.money import format_vnd
from integrations.contracts.text import clean_line
from integrations.contracts.viewer import Viewer
from integrations.runtime.database import retrying, work
from integrations.runtime.outbox import emit
from market.catalog import queries as shelf
from market.catalog.rules import Axis, label_of
from market.catalog.service import listings
from market.catalog.service.listings import Held
from market.catalog.service.variants import Known, Wanted, arrange
from market.listing import queries
from market.listing.queries import Goods
from market.listing.rules import EMPTIED
from market.listing.rules.variants import Pair, matched, pairs_of, read_axes
from market.listing.schemas import Changes, read

SKU_MAX: Final = 40
# The fields of the form that each of several kinds has for itself.
OF_EACH: Final = ("price", "stock", "weight", "size", "content", "gtin")


@dataclass(frozen=True, slots=True)
class Table:
    """Goods with every combination of their axes. `cells`: what stands in the fields of each.

    `sold`: whether it is to be sold; `rows`: the variant that it is already.
    """

    goods: Goods
    axes: tuple[Axis, ...]
    pairs: list[Pair]
    rows: list[Known | None]
    cells: list[dict[str, str]]


@dataclass(frozen=True, slots=True)
class Sent:
    """The whole table as it was typed: `cells` in the order of all combinations of `axes`.

    Each cell has price, stock, weight, size, content, gtin, sku as text, `was` for the number that
    was shown, and `sold`, empty for what is put away. `explicit`: a program sent it,
    and what it left out stays. The same `form_id` counts stock once.
    """

    form_id: str
    revision: int
    axes: Mapping[str, str]
    cells: Sequence[Mapping[str, str | None]]
    explicit: bool = False


async def table(
    viewer: Viewer, *, listing_id: UUID, typed: Mapping[str, str] | None = None
) -> tuple[Table, list[Problem]]:
    """The table of goods as it is, or as it would be with other axes; what is wrong with those.

    Raises `NotFound` (`listing.missing`).
    """
    async with work(viewer):
        goods = await _seen(viewer, listing_id)
        known = await shelf.variants_of(listing_id)
    axes, problems = (goods.axes, []) if typed is None else read_axes(typed)
    if problems:
        axes = goods.axes
    pairs = pairs_of(axes)
    rows = matched(pairs, known)
    skus = _codes(goods.code, rows, known)
    cells = [
        _cell(goods, known[0], pair, row, sku)
        for pair, row, sku in zip(pairs, rows, skus, strict=True)
    ]
    return Table(goods, axes, pairs, rows, cells), problems


def _cell(goods: Goods, first: Known, pair: Pair, row: Known | None, sku: str) -> dict[str, str]:
    """What stands in the fields of one combination; a new one is like the first variant, but for
    what is in it and the number on its pack.
    """
    like = row or first
    kept = {value for axis in goods.axes for value in axis.values}
    size = (like["length_mm"], like["width_mm"], like["height_mm"])
    price_vnd, weight_g = like["price_vnd"], like["weight_g"]
    content = shelf.content_of(row) if row else None
    left = str(row["available"]) if row else "0"
    put_away = row is None or row["position"] is None
    return {
        "price": "" if price_vnd is None else format_vnd(price_vnd).split("\u00a0")[0],
        "stock": left,
        "was": left,
        "weight": "" if weight_g is None else said_weight(weight_g),
        "size": "" if size[0] is None else said_size(size),
        "content": said_content(content) if content else "",
        "gtin": (row["gtin"] or "") if row else "",
        "sku": sku,
        # What was put away stays so until one of its words is new.
        "sold": "" if put_away and kept.issuperset(value for value in pair if value) else "yes",
    }


def _codes(code: str, rows: Sequence[Known | None], known: Sequence[Known]) -> list[str]:
    """The code of each: its own, or the next free one after that of the goods."""
    used = {row["sku"] for row in known}
    free = (sku for n in range(1, 2 * len(rows) + len(known) + 1) if (sku := f"{code}-{n}"))
    fresh = (sku for sku in free if sku not in used)
    return [row["sku"] if row else next(fresh) for row in rows]


async def put(
    viewer: Viewer, *, listing_id: UUID, sent: Sent
) -> tuple[Goods | None, list[Problem]]:
    """Keep the whole table, or nothing: the goods afterwards, or what is wrong with its fields.

    Fields of a combination end with its place, such as `price-0`. Raises `NotFound`, `Conflict`
    when the goods were changed meanwhile or put away.
    """
    axes, problems = read_axes(sent.axes)
    pairs = pairs_of(axes)
    if problems:
        return None, problems
    if len(pairs) != len(sent.cells):
        raise _moved()
    return await retrying(lambda: _put(viewer, listing_id, sent, axes))


async def _put(
    viewer: Viewer, listing_id: UUID, sent: Sent, axes: tuple[Axis, ...]
) -> tuple[Goods | None, list[Problem]]:
    async with work(viewer):
        held = await listings.hold(viewer, listing_id)
        if held.revision != sent.revision:
            raise _moved()
        await shelf.variants_locked(listing_id)
        known = await shelf.variants_of(listing_id)
        pairs = pairs_of(axes)
        rows = matched(pairs, known)
        skus = _codes(held.code, rows, known)
        wanted, problems = [], list[Problem]()
        for n, (pair, row, sku) in enumerate(zip(pairs, rows, skus, strict=True)):
            if sent.cells[n].get("sold"):
                like = row or (known[0] if sent.explicit else {})
                one = _read(sent, n, (pair, row, sku), like, problems)
                wanted += [one] if one else []
        if not wanted and not problems:
            said = N_("Please leave at least one kind on sale.")
            problems.append(Problem("variants.none", said, field="sold-0"))
        if not problems:
            problems = await _codes_taken(held.producer_id, wanted, sent)
            problems += await _numbers_taken(held.producer_id, wanted, sent, known)
        if problems:
            return None, problems
        state = await arrange(held, axes=axes, wanted=wanted, reference=f"kinds:{sent.form_id}")
        if state is not held.state:
            await emit("listing.submitted", held.id)
        return await _seen(viewer, listing_id), []


def _read(
    sent: Sent,
    n: int,
    of: tuple[Pair, Known | None, str],
    like: Known,
    problems: list[Problem],
) -> Wanted | None:
    """One combination as it was typed; None when something in it cannot be read.

    `like`: where a field comes from that was not sent.
    """
    pair, row, own_sku = of
    cell = sent.cells[n]
    typed = {key: text for key in OF_EACH if (text := cell.get(key)) is not None}
    changes, wrong = read(typed)
    price_vnd, stock = changes.price_vnd, changes.stock
    wrong += [EMPTIED[key]() for key in changes.emptied]
    if price_vnd is None and "price" not in typed:
        price_vnd = like.get("price_vnd")
        wrong += [] if price_vnd else [EMPTIED["price"]()]
    sku = clean_line(cell.get("sku") or "") or own_sku
    if len(sku) > SKU_MAX:
        said = N_("This is too long: {length} letters, at most {most}. Please shorten it.")
        params = {"length": len(sku), "most": SKU_MAX}
        wrong.append(Problem("sku.too_long", said, field="sku", params=params))
    if wrong or price_vnd is None:
        problems += [one.at(f"{one.field}-{n}") for one in wrong]
        return None
    size = tuple(like.get(side) for side in ("length_mm", "width_mm", "height_mm"))
    facts: dict[str, Any] = {"weight_g": like.get("weight_g"), "size_mm": size if size[0] else None}
    facts |= {"content": shelf.content_of(row), "gtin": row["gtin"]} if row else {}
    facts |= changes.facts
    was = cell.get("was") or ""
    there = int(row["available"]) if row else 0
    return Wanted(
        known=row,
        values=pair,
        sku=sku,
        price_vnd=price_vnd,
        weight_g=facts["weight_g"],
        size_mm=facts["size_mm"],
        content=facts.get("content"),
        gtin=facts.get("gtin"),
        stock=there if stock is None else stock,
        stock_was=int(was) if stock is not None and row and was.isdecimal() else None,
    )


async def _codes_taken(producer_id: UUID, wanted: Sequence[Wanted], sent: Sent) -> list[Problem]:
    """Codes that something else of the producer has, each at its field."""
    but = [one.known["id"] for one in wanted if one.known]
    names = await shelf.sku_taken(producer_id, [one.sku for one in wanted], but)
    at = [n for n, cell in enumerate(sent.cells) if cell.get("sold")]
    found = []
    for n, one in zip(at, wanted, strict=True):
        if one.sku in names:
            said = N_("{name} has this code already. Please type another.")
            params = {"name": names[one.sku]}
            found.append(Problem("sku.taken", said, field=f"sku-{n}", params=params))
        names[one.sku] = label_of(one.values)
    return found


async def _numbers_taken(
    producer_id: UUID, wanted: Sequence[Wanted], sent: Sent, known: Sequence[Known]
) -> list[Problem]:
    """Barcode numbers that other goods or another kind have, each at its field."""
    own = [row["id"] for row in known]
    at = [n for n, cell in enumerate(sent.cells) if cell.get("sold")]
    names, found = dict[str, str](), list[Problem]()
    for n, one in zip(at, wanted, strict=True):
        if not one.gtin:
            continue
        try:
            await listings.gtin_holder(producer_id, one.gtin, but=own)
            if one.gtin in names:
                raise listings.gtin_taken(names[one.gtin])
        except Problem as taken:
            found.append(taken.at(f"gtin-{n}"))
        names[one.gtin] = label_of(one.values)
    return found


def _moved() -> Conflict:
    return Conflict(
        "variants.changed",
        N_("These goods were changed meanwhile. Please look once more, then save."),
    )


async def _seen(viewer: Viewer, listing_id: UUID) -> Goods:
    found = await queries.one(viewer, listing_id)
    if found is None:
        raise listings.no_such_listing()
    return found


def belongs_to_each() -> Conflict:
    """Price, number, weight and size of goods of several kinds are those of each kind."""
    return Conflict(
        "variants.each",
        N_("These goods come in several kinds. Please change each of them on its page."),
    )


def without_each(
    held: Held, changes: Changes, *, stock_was: int | None
) -> tuple[Changes, tuple[Problem, ...]]:
    """What a form for one kind may change of several, and the problem of what it may not.

    A field that says what the first kind has, as an older form does, is no problem.
    """
    facts: dict[str, Any] = dict(changes.facts)
    same_stock = changes.stock in (None, held.available if stock_was is None else stock_was)
    moved = {
        "price": changes.price_vnd not in (None, held.price_vnd),
        "stock": not same_stock,
        "weight": facts.pop("weight_g", held.facts.weight_g) != held.facts.weight_g,
        "size": facts.pop("size_mm", held.facts.size_mm) != held.facts.size_mm,
        "content": facts.pop("content", held.facts.content) != held.facts.content,
        "gtin": facts.pop("gtin", held.facts.gtin) != held.facts.gtin,
    }
    field = next((name for name, other in moved.items() if other), None)
    emptied = tuple(key for key in changes.emptied if key not in OF_EACH)
    kept = replace(changes, price_vnd=None, stock=None, facts=facts, emptied=emptied)
    return kept, () if field is None else (belongs_to_each().at(field),)
