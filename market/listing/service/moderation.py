"""What staff decide about goods, and what the producer is told of it."""

from typing import Final
from uuid import UUID

from integrations.contracts.errors import N_, Conflict, NotAllowed
from integrations.contracts.ids import new_id
from integrations.contracts.ports import Message, Messages
from integrations.contracts.text import clean_line
from integrations.contracts.viewer import SYSTEM, Role, Viewer
from integrations.runtime import audit
from integrations.runtime.clock import local_date, now
from integrations.runtime.database import insert_once, work
from integrations.runtime.followups import close_follow_ups, open_follow_up
from integrations.runtime.i18n import Language, translate
from integrations.runtime.outbox import emit
from market.catalog.rules import ListingState
from market.catalog.service import listings
from market.fees.service import fee_rows_on
from market.listing import queries
from market.listing.queries import Goods
from market.listing.rules import REVIEW_WITHIN_S, check_reason, check_tax_class
from market.listing.service import history
from market.listing.service.history import Past

REVIEWERS: Final = frozenset({Role.COMMUNE_STAFF, Role.PROVINCE_STAFF, Role.MODERATOR, Role.ADMIN})
_OVERDUE: Final = "listing.review_overdue"


def _require_reviewer(viewer: Viewer) -> None:
    if viewer.role not in REVIEWERS:
        raise NotAllowed(
            "review.not_yours", N_("Goods are reviewed by programme staff."), who="staff"
        )


async def queue(
    viewer: Viewer, *, after: UUID | None = None, limit: int = 50
) -> tuple[list[Goods], int, UUID | None]:
    """What waits for review, longest first; how many in all; the cursor of the rest."""
    _require_reviewer(viewer)
    async with work(viewer):
        return await queries.waiting_for_review(viewer, after=after, limit=limit)


async def look(viewer: Viewer, listing_id: UUID) -> Goods:
    """One listing as staff see it. Raises `NotFound`."""
    _require_reviewer(viewer)
    async with work(viewer):
        return await _seen(viewer, listing_id)


async def look_back(viewer: Viewer, listing_id: UUID, *, after: UUID | None = None) -> Past:
    """What was changed in goods, as staff see it. Raises `NotFound`."""
    _require_reviewer(viewer)
    return await history.look_back(viewer, listing_id, after=after)


async def _seen(viewer: Viewer, listing_id: UUID) -> Goods:
    found = await queries.one(viewer, listing_id)
    if found is None:
        raise listings.no_such_listing()
    return found


async def tax_rates(viewer: Viewer, goods: Goods) -> dict[str, int]:
    """What the goods can be to the tax law today, and what is withheld then, in millionths."""
    _require_reviewer(viewer)
    async with work(viewer):
        return await _rates(goods)


async def _rates(goods: Goods) -> dict[str, int]:
    rates = (await fee_rows_on(local_date(now()))).rates_of(goods.producer_kind)
    # What has no row any more is taxed by the highest, and stays until somebody chooses.
    rates.setdefault(goods.tax_class, max(rates.values(), default=0))
    return rates


async def set_tax_class(viewer: Viewer, *, listing_id: UUID, tax_class: str, was: str) -> Goods:
    """Say what goods are to the tax law, before or after they are on sale; for orders to come.

    Raises `Problem` at `tax_class`, `Conflict` when somebody chose meanwhile.
    """
    _require_reviewer(viewer)
    async with work(viewer):
        goods = await _seen(viewer, listing_id)
        await _choose(viewer, goods, tax_class, was)
        return await _seen(viewer, listing_id)


async def _choose(viewer: Viewer, goods: Goods, tax_class: str, was: str) -> None:
    check_tax_class(tax_class, await _rates(goods))
    if await listings.set_tax_class(goods.id, tax_class=tax_class, was=was):
        subject = audit.subject_of("listing", goods.id)
        await audit.record(viewer, "listing.tax_class", subject, was=was, tax_class=tax_class)


async def approve(
    viewer: Viewer, *, listing_id: UUID, revision: int, tax_class: str | None = None
) -> Goods:
    """Put reviewed goods into the shop, perhaps as another class of the tax law.

    Raises `Conflict` when they were changed or decided meanwhile, or while the picture is not
    ready to be seen, `Problem` at `tax_class`.
    """
    _require_reviewer(viewer)
    async with work(viewer):
        goods = await _seen(viewer, listing_id)
        waiting = goods.photo_state != "ready" or goods.photos_waiting
        if goods.state is ListingState.IN_REVIEW and waiting:
            raise Conflict(
                "review.no_picture",
                N_("The picture is not ready yet. Please look again in a minute."),
            )
        await listings.move(
            listing_id, to=ListingState.LIVE, only_from=ListingState.IN_REVIEW, revision=revision
        )
        if tax_class is not None:
            await _choose(viewer, goods, tax_class, goods.tax_class)
        await _decided(viewer, goods, "approved", revision)
        await emit("listing.approved", listing_id, decision="approved")
        await emit("stock.changed", goods.variant_id)
        return await _seen(viewer, listing_id)


async def send_back(viewer: Viewer, *, listing_id: UUID, revision: int, reason: str) -> Goods:
    """Ask the producer to mend something. Raises `Problem` at `reason`, `Conflict` as `approve`."""
    _require_reviewer(viewer)
    said = check_reason(clean_line(reason))
    async with work(viewer):
        goods = await _seen(viewer, listing_id)
        await listings.move(
            listing_id,
            to=ListingState.TO_MEND,
            only_from=ListingState.IN_REVIEW,
            revision=revision,
        )
        await _decided(viewer, goods, "sent_back", revision, reason=said)
        await emit("listing.sent_back", listing_id, decision="sent_back", reason=said)
        return await _seen(viewer, listing_id)


async def _decided(
    viewer: Viewer, goods: Goods, decision: str, revision: int, *, reason: str = ""
) -> None:
    await insert_once(
        "moderation_decision",
        {
            "id": new_id(),
            "listing_id": goods.id,
            "producer_id": goods.producer_id,
            "decision": decision,
            "reason": reason,
            "revision": revision,
            "person_id": viewer.person_id,
        },
    )
    subject = audit.subject_of("listing", goods.id)
    await audit.record(viewer, f"listing.{decision}", subject, reason=reason, revision=revision)
    await close_follow_ups(viewer, subject_id=goods.id, outcome=decision, kinds=(_OVERDUE,))


async def photo_refused(photo_id: UUID) -> bool:
    """A picture in review turned out to be unusable: the goods go back. True when they did."""
    async with work(SYSTEM):
        listing_id = await queries.listing_of_photo(photo_id)
        goods = await queries.one(SYSTEM, listing_id) if listing_id else None
        # A newer photo may have come meanwhile.
        if goods is None or goods.photo_id != photo_id or goods.photo_problem is None:
            return False
        if goods.state is not ListingState.IN_REVIEW:
            return False
        await listings.move(goods.id, to=ListingState.TO_MEND, only_from=ListingState.IN_REVIEW)
        await close_follow_ups(SYSTEM, subject_id=goods.id, outcome="photo", kinds=(_OVERDUE,))
        await emit("listing.sent_back", goods.id, decision="photo_refused")
    return True


async def tell_producer(
    messages: Messages,
    *,
    listing_id: UUID,
    link: str,
    case_link: str,
    key: str,
    decision: str,
    reason: str,
) -> None:
    """Send the decision to the producer's phone in their language. `key`: sent at most once.

    `case_link`: where a seller whom staff have not confirmed yet sees what is needed.
    """
    async with work(SYSTEM):
        whom = await queries.to_tell(listing_id)
        goods = await queries.one(SYSTEM, listing_id)
    if whom is None or goods is None:
        return
    language: Language = "en" if whom["language"] == "en" else "vi"
    if goods.held_back and decision == "approved":
        text = translate(
            language,
            N_(
                "“{name}” is approved. Buyers see it once staff have confirmed who sells."
                " Please look here what is needed: {link}"
            ),
            name=whom["name"],
            link=case_link,
        )
    elif decision == "approved":
        text = translate(
            language,
            N_("“{name}” is now on sale. Buyers can see it. {link}"),
            name=whom["name"],
            link=link,
        )
    else:
        if goods.photo_problem is not None and not reason:
            problem = goods.photo_problem
            reason = translate(language, problem.message, **problem.params)
        text = translate(
            language,
            N_("“{name}” needs mending. {reason} Please mend it here: {link}"),
            name=whom["name"],
            reason=reason,
            link=link,
        )
    await messages.send(Message(whom["phone"], text, key, "listing"))


async def remind_staff() -> int:
    """Open a follow-up for everything that staff have not answered in time; how many new."""
    opened = 0
    async with work(SYSTEM):
        for row in await queries.overdue(REVIEW_WITHIN_S):
            opened += await open_follow_up(
                _OVERDUE,
                subject_type="listing",
                subject_id=row["id"],
                for_role=str(Role.MODERATOR),
                due_in_s=0,
                producer_id=row["producer_id"],
                name=row["name"],
            )
    return opened
