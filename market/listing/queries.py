"""Reads of goods with their picture and last word of staff: one statement each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from integrations.contracts.errors import Problem
from integrations.contracts.measures import unit_price
from integrations.contracts.viewer import Viewer
from integrations.runtime.database import rows
from market.catalog.queries import (
    FACT_COLUMNS,
    SELLER_JOIN,
    VISIBLE,
    axes_in,
    facts_of,
    visible_to,
)
from market.catalog.rules import Axis, Facts, ListingState
from market.listing.rules import REVIEW_WITHIN_S, ListingFacts, missing
from market.listing.rules.filling import EMPTY, untouched
from market.listing.rules.merge import Written, chosen, unanswered
from market.listing.rules.said import said
from market.listing.rules.templates import GoodsTemplate, templates
from market.listing.schemas import FACTS
from market.photos.queries import (
    LOOK_COLUMNS,
    MAIN_PHOTO_COLUMNS,
    MAIN_PHOTO_JOIN,
    advice_in,
    loaded,
    problem_in,
)
from market.photos.schemas import Picture, picture

PAGE_MAX: Final = 100


@dataclass(frozen=True, slots=True)
class Question:
    """Two texts for one field of the form: `kept` stands there, `other` came second."""

    id: UUID
    field: str
    kept: str
    other: str


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as it was opened, answered or not; `base_revision`: what its sender had seen."""

    id: UUID
    field: str
    other: str
    base_revision: int
    source: str
    waiting: bool
    taken: str

    @property
    def answered(self) -> bool:
        """Somebody has chosen; a text that its sender typed over is none to choose."""
        return self.taken in ("kept", "other")


@dataclass(frozen=True, slots=True)
class Goods:
    """A listing with everything that a page or the API shows of it."""

    id: UUID
    code: str
    slug: str
    state: ListingState
    revision: int
    name: str
    description: str
    variant_id: UUID
    price_vnd: int | None
    unit: str
    available: int
    photo_id: UUID | None
    photo_state: str | None
    photo_problem: Problem | None
    photo_row: Mapping[str, Any]
    facts: Facts
    photos_waiting: bool
    photos: int
    asked: Sequence[Mapping[str, Any]]
    reason: str | None
    reason_at: datetime | None
    submitted_at: datetime | None
    live_at: datetime | None
    updated_at: datetime
    producer_id: UUID
    producer_name: str
    producer_kind: str
    producer_phone: str
    cleared: bool
    tax_class: str
    commune_name: str
    axes: tuple[Axis, ...]
    # Those that are sold, in their order, when there are axes: `price_vnd` is then the lowest
    # price of them, `available` what is left of all.
    variants: Sequence[Mapping[str, Any]]

    def picture(self, media_url: str = "") -> Picture | None:
        """The main photo's renditions, None while there is none ready."""
        if self.photo_state != "ready":
            return None
        return picture(
            alt=self.name,
            width_px=self.photo_row["width_px"],
            height_px=self.photo_row["height_px"],
            placeholder=self.photo_row["placeholder"],
            renditions=self.photo_row["renditions"],
            media_url=media_url,
        )

    @property
    def from_vnd(self) -> bool:
        """True when variants have different prices and `price_vnd` is the lowest."""
        return len({one["price_vnd"] for one in self.variants}) > 1

    @property
    def held_back(self) -> bool:
        """Approved, and hidden until staff have confirmed who sells."""
        return self.state is ListingState.LIVE and not self.cleared

    @property
    def photo_advice(self) -> list[Problem]:
        """What could be better about the main photo."""
        return advice_in(self.photo_row)

    @property
    def review_by(self) -> datetime | None:
        """When staff should have answered, None before it was sent."""
        return self.submitted_at and self.submitted_at + timedelta(seconds=REVIEW_WITHIN_S)

    @property
    def overdue(self) -> bool:
        """True when staff are late, for the sight of it; deadlines act by the database's clock."""
        return self.review_by is not None and self.review_by < datetime.now(UTC)

    @property
    def held(self) -> dict[str, Any]:
        """The fields that a type of goods may fill, by name."""
        return {
            name: getattr(self if name in ("unit", "description") else self.facts, name)
            for name in EMPTY
        }

    @property
    def unit_price(self) -> tuple[int, str] | None:
        """The price of one kg or litre in đồng, and which; None while it is not known.

        Goods in several kinds have none: each kind has its own.
        """
        if self.price_vnd is None or self.variants:
            return None
        return unit_price(self.price_vnd, unit=self.unit, content=self.facts.content)

    @property
    def template(self) -> GoodsTemplate | None:
        """The type that fills what was not typed."""
        return templates().get(self.facts.template_code)

    @property
    def filled(self) -> list[str]:
        """The fields that stand as the type filled them."""
        return untouched(self.held, self.facts.own_fields, self.template)

    @property
    def questions(self) -> list[Question]:
        """Where two texts were typed and nobody has chosen: at most one per field, oldest first."""
        open_ones: dict[str, Question] = {}
        for one in self.asked:
            kept = said(one["field"], self._value(one["field"]))
            if one["other"] != kept and one["field"] not in open_ones:
                open_ones[one["field"]] = Question(
                    UUID(one["id"]), one["field"], kept, one["other"]
                )
        return list(open_ones.values())

    def _value(self, field: str) -> Any:
        """What stands in a field of the form."""
        facts = self.facts
        if field == "template":
            return chosen(facts.template_code, facts.template_chosen)
        if field in FACTS:
            return getattr(facts, FACTS[field][0])
        return getattr(self, {"price": "price_vnd", "stock": "available"}.get(field, field))

    @property
    def hindrances(self) -> list[Problem]:
        """Why it cannot be sent for review yet."""
        return [*self.missing, *(unanswered(one.field) for one in self.questions)]

    @property
    def readiness(self) -> ListingFacts:
        """What readiness looks at."""
        return ListingFacts(self.name, self.price_vnd, self.photo_state, self.photo_problem)

    @property
    def missing(self) -> list[Problem]:
        """What it lacks before it can be sent for review."""
        return missing(self.readiness)


_COUNTS: Final = (
    "EXISTS (SELECT 1 FROM photo w WHERE w.listing_id = l.id AND w.state = 'received')"
    " AS photos_waiting, (SELECT count(*)::int FROM photo w WHERE w.listing_id = l.id"
    " AND w.state IN ('received', 'ready')) AS photos,"
    " (SELECT jsonb_agg(jsonb_build_object('id', q.id, 'field', q.field, 'other', q.other)"
    " ORDER BY q.at, q.id) FROM listing_question q WHERE q.listing_id = l.id"
    " AND q.answered_at IS NULL) AS asked"
)
_VARIANTS: Final = (
    "CASE WHEN l.axes <> '[]' THEN (SELECT jsonb_agg(jsonb_build_object('id', k.id, 'sku', k.sku,"
    " 'label', k.label, 'price_vnd', k.price_vnd, 'available', k.available, 'weight_g', k.weight_g,"
    " 'content_amount', k.content_amount, 'content_measure', k.content_measure)"
    " ORDER BY k.position)"
    " FROM variant k WHERE k.listing_id = l.id AND k.position IS NOT NULL) END"
    " AS variants"
)
_COLUMNS: Final = (
    "l.id, l.code, l.slug, l.state, l.revision, l.name, l.description, l.submitted_at, l.live_at,"
    " l.updated_at, l.tax_class, v.id AS variant_id, v.price_vnd, v.unit, v.available,"
    f" {FACT_COLUMNS}, {MAIN_PHOTO_COLUMNS}, {_COUNTS}, l.axes, {_VARIANTS},"
    " said.reason, said.at AS reason_at,"
    " pr.id AS producer_id, pr.name AS producer_name, pr.kind AS producer_kind,"
    " pr.phone AS producer_phone, pr.cleared_at IS NOT NULL AS cleared,"
    " c.full_name AS commune_name"
)
_FROM: Final = (
    f" FROM listing l{SELLER_JOIN} JOIN variant v ON v.listing_id = l.id AND v.position = 0"  # noqa: S608
    f"{MAIN_PHOTO_JOIN}"
    " LEFT JOIN LATERAL (SELECT d.reason, d.at FROM moderation_decision d"
    " WHERE d.listing_id = l.id AND d.decision = 'sent_back'"
    " ORDER BY d.at DESC LIMIT 1) said ON l.state = 'to_mend'"
)


def _goods(row: Mapping[str, Any]) -> Goods:
    plain_ones = ("width_px", "height_px", "placeholder", "photo_type", *LOOK_COLUMNS)
    photo = {key: row[key] for key in plain_ones}
    photo |= {"renditions": loaded(row["renditions"]), "photo_id": row["photo_id"]}
    photo |= {"photo_state": row["photo_state"], "photo_problem": row["photo_problem"]}
    photo["listing_id"] = row["id"]
    plain = {name: row[name] for name in Goods.__slots__ if name in row}
    variants = loaded(row["variants"]) or ()
    if variants:
        plain["price_vnd"] = min(one["price_vnd"] for one in variants)
        plain["available"] = sum(one["available"] for one in variants)
    return Goods(
        **{
            **plain,
            "state": ListingState(row["state"]),
            "facts": facts_of(row),
            "axes": axes_in(row["axes"]),
            "variants": variants,
            "photo_problem": problem_in(row),
            "asked": loaded(row["asked"]),
            "photo_row": photo,
        }
    )


async def one(viewer: Viewer, listing_id: UUID) -> Goods | None:
    """One listing, None when this viewer has no such listing."""
    found = await rows(
        f"SELECT {_COLUMNS}{_FROM} WHERE {VISIBLE} AND l.id = $4",
        [*visible_to(viewer), listing_id],
    )
    return _goods(found[0]) if found else None


async def goods_of(
    viewer: Viewer, *, after: UUID | None = None, limit: int = 50, away: bool = False
) -> tuple[list[Goods], UUID | None]:
    """The viewer's goods, newest first, without what was put `away`, or only that; and the cursor
    of the rest.
    """
    limit = max(1, min(limit, PAGE_MAX))
    found = await rows(
        f"SELECT {_COLUMNS}{_FROM} WHERE {VISIBLE} AND (l.state = 'archived') = $6"
        " AND ($4::uuid IS NULL OR l.id < $4) ORDER BY l.id DESC LIMIT $5",
        [*visible_to(viewer), after, limit + 1, away],
    )
    goods = [_goods(row) for row in found[:limit]]
    return goods, goods[-1].id if len(found) > limit else None


async def waiting_for_review(
    viewer: Viewer, *, after: UUID | None = None, limit: int = 50
) -> tuple[list[Goods], int, UUID | None]:
    """What waits for staff, longest first; how many there are in all; the cursor of the rest."""
    limit = max(1, min(limit, PAGE_MAX))
    found = await rows(
        f"SELECT q.*, (SELECT count(*) FROM listing l{SELLER_JOIN}"  # noqa: S608
        f" WHERE {VISIBLE} AND l.state = 'in_review') AS total FROM (SELECT {_COLUMNS}{_FROM}"
        f" WHERE {VISIBLE} AND l.state = 'in_review' AND ($4::uuid IS NULL OR"
        " (l.submitted_at, l.id) > (SELECT b.submitted_at, b.id FROM listing b WHERE b.id = $4))"
        " ORDER BY l.submitted_at, l.id LIMIT $5) q ORDER BY q.submitted_at, q.id",
        [*visible_to(viewer), after, limit + 1],
    )
    goods = [_goods(row) for row in found[:limit]]
    total = int(found[0]["total"]) if found else 0
    return goods, total, goods[-1].id if len(found) > limit else None


async def seller_of(viewer: Viewer) -> dict[str, Any] | None:
    """Name and commune of the producer that the viewer acts for, and whether money has a way."""
    found = await rows(
        "SELECT pr.name, c.full_name AS commune_name, EXISTS (SELECT 1 FROM payout_account a"
        " WHERE a.producer_id = pr.id AND a.ended_at IS NULL) AS has_account FROM producer pr"
        " JOIN commune c ON c.code = pr.commune_id WHERE pr.id = $1",
        [viewer.producer_id],
    )
    return found[0] if found else None


async def to_tell(listing_id: UUID) -> dict[str, Any] | None:
    """Name of the goods, and phone and language of who is told about them, as the system."""
    found = await rows(
        "SELECT l.id, l.name, l.state, pr.phone, coalesce((SELECT pe.language FROM membership m"
        " JOIN person pe ON pe.id = m.person_id WHERE m.producer_id = pr.id AND m.ended_at IS NULL"
        " ORDER BY m.since LIMIT 1), 'vi') AS language"
        " FROM listing l JOIN producer pr ON pr.id = l.producer_id WHERE l.id = $1",
        [listing_id],
    )
    return found[0] if found else None


async def listing_of_photo(photo_id: UUID) -> UUID | None:
    """The listing that a photo belongs to, as the system."""
    found = await rows("SELECT listing_id FROM photo WHERE id = $1", [photo_id])
    return found[0]["listing_id"] if found else None


async def changes_after(listing_id: UUID, revision: int) -> list[Written]:
    """Every field that was changed since, oldest first."""
    found = await rows(
        "SELECT jsonb_agg(jsonb_build_object('revision', h.revision, 'source', h.source,"
        " 'field', h.field, 'was', h.was) ORDER BY h.revision) AS changes"
        " FROM listing_change h WHERE h.listing_id = $1 AND h.revision > $2 AND h.label = ''",
        [listing_id, revision],
    )
    return [Written(**one) for one in loaded(found[0]["changes"])]


async def asked(listing_id: UUID) -> list[Asked]:
    """Every question about goods, answered or not, oldest first."""
    found = await rows(
        "SELECT id, field, other, base_revision, source, answered_at IS NULL AS waiting, taken"
        " FROM listing_question WHERE listing_id = $1 ORDER BY at, id",
        [listing_id],
    )
    return [Asked(**one) for one in found]


async def overdue(older_than_s: int) -> list[dict[str, Any]]:
    """Listings that staff have not answered in time, as the system."""
    return await rows(
        "SELECT id, producer_id, name FROM listing WHERE state = 'in_review'"
        " AND submitted_at < now() - make_interval(secs => $1)",
        [float(older_than_s)],
    )
