"""Verbs on listings, inside the caller's transaction: create, change, move."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from slugify import slugify

from integrations.contracts.errors import N_, Conflict, NotFound, Problem
from integrations.contracts.ids import new_id, short_code
from integrations.contracts.viewer import Viewer
from integrations.runtime.database import insert_once, rows, run
from integrations.runtime.outbox import emit
from market.catalog import queries
from market.catalog.rules import (
    MEANWHILE,
    REVIEWED,
    Axis,
    Facts,
    ListingState,
    after_edit,
    brought_back,
    sources,
)
from market.catalog.service.history import write_down
from market.catalog.service.search import search_text
from market.catalog.service.stock import set_stock

_CODE_TRIES = 8


@dataclass(frozen=True, slots=True)
class Held:
    """A listing whose row this transaction holds, with its first variant or the one that was named.

    `shown`: it was on sale at some time, so that buyers may have taken some of it. `axes`: what
    its variants differ in; empty while there is one.
    """

    id: UUID
    producer_id: UUID
    code: str
    name: str
    description: str
    state: ListingState
    revision: int
    shown: bool
    variant_id: UUID
    price_vnd: int | None
    unit: str
    available: int
    facts: Facts
    producer_name: str
    commune_name: str
    axes: tuple[Axis, ...]
    label: str  # of the variant

    @property
    def maker(self) -> dict[str, str]:
        """By what goods are found besides their own words."""
        return {"producer_name": self.producer_name, "commune_name": self.commune_name}

    @property
    def written(self) -> dict[str, Any]:
        """Every field whose history is kept, by name."""
        own = ("name", "description", "unit", "price_vnd", "available", "state")
        return {**{name: getattr(self, name) for name in own}, **self.facts.written}


def no_such_listing() -> NotFound:
    """Also for another's listing: we do not say that it exists."""
    return NotFound("listing.missing", N_("There are no such goods here. Please go back."))


async def create(*, producer_id: UUID, client_id: str) -> tuple[UUID, bool]:
    """An empty draft with its variant; its id, and True when this call made it.

    The same `client_id` (8 to 64 characters, made by the sender) gives the same listing.
    """
    for _ in range(_CODE_TRIES):
        listing_id, code = new_id(), short_code()
        values = {"producer_id": producer_id, "client_id": client_id, "code": code}
        if await insert_once(
            "listing",
            {
                "id": listing_id,
                **values,
                "tax_class": "goods_distribution",
                "state": str(ListingState.DRAFT),
            },
        ):
            variant = {"id": new_id(), "listing_id": listing_id, "producer_id": producer_id}
            if not await insert_once("variant", {**variant, "sku": code}):
                break  # the seller has given this very code to other goods
            return listing_id, True
        known = await queries.id_by_client(producer_id, client_id)
        if known is not None:
            return known, False
    raise Conflict("listing.code", N_("Many people are using this right now. Please try again."))


async def hold(viewer: Viewer, listing_id: UUID, variant_id: UUID | None = None) -> Held:
    """Lock a listing until the transaction ends, with its first variant or the one that is named.

    Raises `NotFound` (`listing.missing`).
    """
    row = await queries.locked(viewer, listing_id, variant_id)
    if row is None:
        raise no_such_listing()
    return _held(row)


def _held(row: Mapping[str, Any]) -> Held:
    return Held(
        id=row["id"],
        producer_id=row["producer_id"],
        code=row["code"],
        name=row["name"],
        description=row["description"],
        state=ListingState(row["state"]),
        revision=row["revision"],
        shown=row["shown"],
        variant_id=row["variant_id"],
        price_vnd=row["price_vnd"],
        unit=row["unit"],
        available=row["available"],
        facts=queries.facts_of(row),
        producer_name=row["producer_name"],
        commune_name=row["commune_name"],
        axes=queries.axes_in(row["axes"]),
        label=row["label"],
    )


async def change(
    held: Held,
    *,
    name: str | None = None,
    description: str | None = None,
    unit: str | None = None,
    price_vnd: int | None = None,
    facts: Facts | None = None,
    new_picture: bool = False,
    source: str = "",
) -> ListingState:
    """Write what is given (None keeps what is there); the state afterwards.

    Raises `Conflict` when the listing has been put away. Every change of what staff judge
    raises the revision, so that a decision about the older one is refused. `source` says in the
    history which form, phone or list sent it, in at most 80 letters.
    """
    if held.state is ListingState.ARCHIVED:
        raise moved_on(held.state)
    words = {
        "name": held.name if name is None else name,
        "description": held.description if description is None else description,
    }
    new_unit = held.unit if unit is None else unit
    new_price = held.price_vnd if price_vnd is None else price_vnd
    words_changed = (words["name"], words["description"]) != (held.name, held.description)
    new_facts = held.facts if facts is None else facts
    facts_changed = new_facts != held.facts
    seen_changed = new_facts.seen != held.facts.seen
    reviewed = words_changed or new_unit != held.unit or new_picture or seen_changed
    if facts_changed:
        await _write_facts(held, new_facts)
    if new_unit != held.unit or new_price != held.price_vnd:
        await run(
            "UPDATE variant SET unit = $3, price_vnd = CASE WHEN id = $2 THEN $4 ELSE price_vnd END"
            " WHERE listing_id = $1 AND (id = $2 OR unit <> $3)",
            [held.id, held.variant_id, new_unit, new_price],
        )
    elif not (reviewed or facts_changed):
        return held.state
    after = after_edit(held.state, reviewed_changed=reviewed)
    written = await rows(
        "UPDATE listing SET name = $2, description = $3, slug = $4, search_text = $5,"
        " state = $6::varchar, revision = revision + 1, updated_at = now(),"
        " submitted_at = CASE WHEN state <> $6::varchar THEN now() ELSE submitted_at END"
        " WHERE id = $1 RETURNING revision",
        [
            *(held.id, words["name"], words["description"]),
            slugify(words["name"], max_length=100),
            search_text(**held.maker, **words, **new_facts.english),
            str(after),
        ],
    )
    now = {**words, "unit": new_unit, "price_vnd": new_price, **new_facts.written}
    await write_down(held, written[0]["revision"], now, source=source)
    if held.state in REVIEWED:
        await emit("listing.changed", held.id)
    return after


async def count(held: Held, *, available: int, reference: str, source: str) -> None:
    """Put the shelf at `available`, as `set_stock` does.

    For goods that were never on sale it is a change like any other: it raises the revision.
    """
    moved = await set_stock(variant_id=held.variant_id, available=available, reference=reference)
    if moved and not held.shown:
        raised = await rows(
            "UPDATE listing SET revision = revision + 1, updated_at = now() WHERE id = $1"
            " RETURNING revision",
            [held.id],
        )
        now = {"available": held.available + moved}
        await write_down(held, raised[0]["revision"], now, source=source)


async def _write_facts(held: Held, facts: Facts) -> None:
    if facts.gtin is not None and facts.gtin != held.facts.gtin:
        await free_gtin(held.producer_id, facts.gtin, but=[held.variant_id])
    await run(
        "UPDATE listing SET template_code = $2, template_chosen = $3, own_fields = $4,"
        " category_code = $5, shelf_life_days = $6, storage = $7, allergens = $8, age_min = $9,"
        " min_quantity = $10, reach = $11, season = $12, preorder = $13, name_en = $14,"
        " description_en = $15 WHERE id = $1",
        [
            *(held.id, facts.template_code, facts.template_chosen),
            *(" ".join(sorted(facts.own_fields)), facts.category_code, facts.shelf_life_days),
            *(facts.storage, " ".join(facts.allergens), facts.age_min),
            *(facts.min_quantity, facts.reach, facts.season, facts.preorder),
            *(facts.name_en, facts.description_en),
        ],
    )
    await run(
        "UPDATE variant SET weight_g = $2, length_mm = $3, width_mm = $4, height_mm = $5,"
        " content_amount = $6, content_measure = $7, gtin = $8 WHERE id = $1",
        [
            *(held.variant_id, facts.weight_g, *(facts.size_mm or (None, None, None))),
            *(facts.content or (None, "")),
            facts.gtin,
        ],
    )


async def free_gtin(producer_id: UUID, gtin: str, *, but: Sequence[UUID]) -> None:
    """Let the variants `but` have a number: goods that were put away give it up.

    Raises `Problem` (`gtin.taken`, field gtin) when others of the producer carry it.
    """
    other = await gtin_holder(producer_id, gtin, but=but)
    if other is not None:
        await run("UPDATE variant SET gtin = NULL WHERE id = $1", [other])


async def gtin_holder(producer_id: UUID, gtin: str, *, but: Sequence[UUID]) -> UUID | None:
    """The variant, put away, that would give a number up; None when nothing carries it.

    Raises as `free_gtin` does.
    """
    other = await queries.with_gtin(producer_id, gtin, but=but)
    if other is None:
        return None
    if other["state"] != ListingState.ARCHIVED:
        raise gtin_taken(other["name"])
    return UUID(str(other["variant_id"]))


def gtin_taken(name: str) -> Problem:
    """One number is under the barcode of one thing only."""
    return Problem(
        "gtin.taken",
        N_("{name} has this barcode number already. Please look which of the two is right."),
        field="gtin",
        params={"name": name},
    )


async def keep_description(listing_id: UUID) -> None:
    """The texts that are sent to staff are the seller's: no type of goods changes them any more."""
    for name in ("description", "description_en"):
        await run(
            f"UPDATE listing SET own_fields = trim(own_fields || ' {name}') WHERE id = $1"  # noqa: S608
            f" AND {name} <> '' AND NOT '{name}' = ANY(string_to_array(own_fields, ' '))",
            [listing_id],
        )


async def move(
    listing_id: UUID, *, to: ListingState, only_from: ListingState, revision: int | None = None
) -> tuple[UUID, int]:
    """Move along one arrow of the table, in the open transaction; producer id and revision.

    `revision` is what the mover has seen. Raises `Conflict` with a sentence about what happened
    meanwhile, `NotFound` when this viewer has no such listing, `ValueError` for an arrow that
    the table does not have.
    """
    if only_from not in sources(to):
        raise ValueError(f"no way from {only_from} to {to}")
    moved = await rows(
        "UPDATE listing SET state = $2::varchar, updated_at = now(),"
        " submitted_at = CASE WHEN $2::varchar = 'in_review' THEN now() ELSE submitted_at END,"
        " live_at = CASE WHEN $2::varchar = 'live' AND state = 'in_review'"
        " THEN now() ELSE live_at END"
        " WHERE id = $1 AND state = $3 AND ($4::int IS NULL OR revision = $4)"
        " RETURNING producer_id, revision",
        [listing_id, str(to), str(only_from), revision],
    )
    if moved:
        if ListingState.LIVE in (to, only_from):
            await emit("listing.changed", listing_id)
        return moved[0]["producer_id"], int(moved[0]["revision"])
    now = await rows("SELECT state FROM listing WHERE id = $1", [listing_id])
    if not now:
        raise no_such_listing()
    state = ListingState(now[0]["state"])
    if state is only_from:
        raise Conflict(
            "listing.edited",
            N_("The seller has changed this meanwhile. Please look at it again."),
        )
    raise moved_on(state)


async def put_away(held: Held, *, source: str) -> None:
    """Out of sight of everybody but the seller; orders keep theirs. Raises as `move`."""
    await move(held.id, to=ListingState.ARCHIVED, only_from=held.state)
    await _moved(held, ListingState.ARCHIVED, source)


async def bring_back(held: Held, *, source: str) -> None:
    """Undo `put_away`: hidden when it was approved, else a draft. Raises as `move`."""
    before = await rows(
        "SELECT was #>> '{}' AS was FROM listing_change WHERE listing_id = $1"
        " AND field = 'state' AND now #>> '{}' = $2 ORDER BY revision DESC LIMIT 1",
        [held.id, str(ListingState.ARCHIVED)],
    )
    was = ListingState(before[0]["was"]) if before else ListingState.DRAFT
    to = brought_back(was)
    await move(held.id, to=to, only_from=ListingState.ARCHIVED)
    await _moved(held, to, source)


async def _moved(held: Held, to: ListingState, source: str) -> None:
    raised = await rows(
        "UPDATE listing SET revision = revision + 1 WHERE id = $1 RETURNING revision", [held.id]
    )
    await write_down(held, raised[0]["revision"], {"state": str(to)}, source=source)


async def set_tax_class(listing_id: UUID, *, tax_class: str, was: str) -> bool:
    """Say what the goods are to the tax law; False when they are that already. Orders keep theirs.

    `was` is what the chooser has seen. Raises `Conflict` when somebody chose meanwhile or the
    goods were put away, `NotFound`.
    """
    if tax_class != was and await rows(
        "UPDATE listing SET tax_class = $2 WHERE id = $1 AND tax_class = $3"
        " AND state <> 'archived' RETURNING id",
        [listing_id, tax_class, was],
    ):
        return True
    now = await rows("SELECT tax_class, state FROM listing WHERE id = $1", [listing_id])
    if not now:
        raise no_such_listing()
    if now[0]["state"] == ListingState.ARCHIVED:
        raise moved_on(ListingState.ARCHIVED)
    if now[0]["tax_class"] != tax_class:
        raise Conflict(
            "listing.tax_class",
            N_("Somebody has chosen another kind for the tax meanwhile. Please look again."),
        )
    return False


def moved_on(state: ListingState) -> Conflict:
    """The refusal for a press that came too late, by the state it found."""
    return Conflict(f"listing.{state}", MEANWHILE[state])
