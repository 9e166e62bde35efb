"""Goods over the API: what a producer's program sends and reads."""

from dataclasses import asdict
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Query

from integrations.contracts.ids import new_id
from integrations.runtime.i18n import Language, translate
from integrations.runtime.web.problems import ProblemBody
from integrations.runtime.web.state import TheLanguage, ThePorts, TheSettings
from market.listing.queries import Goods
from market.listing.rules import TAX_WORDS
from market.listing.schemas import (
    ApproveIn,
    ListingCreate,
    ListingIn,
    ListingOut,
    ListingPage,
    ReviewDetail,
    ReviewItem,
    ReviewPage,
    SendBackIn,
    TaxChoice,
    TaxClassIn,
)
from market.listing.service import goods as service
from market.listing.service import moderation
from market.listing.service.archive import put_away_goods
from market.listing.service.goods import Sheet
from market.photos.endpoints import photo_out
from sellers.accounts.guards import AsProducer, AsStaff

router = APIRouter()

_PROBLEMS: Final[dict[int | str, dict[str, Any]]] = {
    status: {"model": ProblemBody} for status in (400, 401, 403, 404, 409)
}
# How it is sold, and what it is called in English, as the facts have it.
_SOLD: Final = (
    *("gtin", "min_quantity", "reach", "season", "preorder", "name_en", "description_en"),
)
Limit = Annotated[int, Query(ge=1, le=100)]


def _out(goods: Goods, language: Language, media_url: str) -> dict[str, Any]:
    photo, per = None, goods.unit_price
    if goods.photo_id is not None:
        row = dict(goods.photo_row)
        photo = photo_out(row, language=language, media_url=media_url.rstrip("/"))
    return {
        "id": goods.id,
        "code": goods.code,
        "state": str(goods.state),
        "revision": goods.revision,
        "name": goods.name,
        "description": goods.description,
        "price_vnd": goods.price_vnd,
        "unit": goods.unit,
        "available": goods.available,
        "template_code": goods.facts.template_code,
        "template_chosen": goods.facts.template_chosen,
        "filled": goods.filled,
        "category_code": goods.facts.category_code,
        "weight_g": goods.facts.weight_g,
        "size_mm": goods.facts.size_mm,
        "shelf_life_days": goods.facts.shelf_life_days,
        "storage": goods.facts.storage,
        "allergens": list(goods.facts.allergens),
        "age_min": goods.facts.age_min,
        "content": goods.facts.content,
        "unit_price_vnd": per[0] if per else None,
        "unit_price_of": per[1] if per else None,
        **{name: getattr(goods.facts, name) for name in _SOLD},
        "photo": photo,
        "sent_back_reason": goods.reason,
        "questions": [asdict(one) for one in goods.questions],
        "missing": [translate(language, p.message, **p.params) for p in goods.missing],
        "submitted_at": goods.submitted_at,
        "live_at": goods.live_at,
        "updated_at": goods.updated_at,
    }


def listing_out(goods: Goods, language: Language, media_url: str) -> ListingOut:
    """Goods as their producer's program reads them."""
    return ListingOut(**_out(goods, language, media_url))


def _sheet(body: ListingIn, *, form_id: str) -> Sheet:
    return Sheet(
        form_id=form_id,
        typed=body.typed(),
        stock_was=body.stock_was,
        explicit=True,
        base=body.base_revision,
        source=body.source or "",
    )


@router.post(
    "/listings",
    status_code=201,
    tags=["listings"],
    operation_id="listings_create",
    summary="Make a draft from any of name and price; known by its client_id, it is changed",
    responses=_PROBLEMS,
)
async def create(
    *,
    body: ListingCreate,
    viewer: AsProducer,
    ports: ThePorts,
    language: TheLanguage,
    settings: TheSettings,
) -> ListingOut:
    """Nothing is kept when a field cannot be read. Sent twice with one client_id, it is one."""
    sheet = _sheet(body, form_id=body.client_id)
    made = await service.save_all(viewer, storage=ports.storage, sheet=sheet)
    return ListingOut(**_out(made, language, settings.media_url))


@router.get(
    "/listings",
    tags=["listings"],
    operation_id="listings_list",
    summary="Own goods, newest first",
    responses=_PROBLEMS,
)
async def browse(
    *,
    viewer: AsProducer,
    language: TheLanguage,
    settings: TheSettings,
    cursor: UUID | None = None,
    limit: Limit = 50,
    put_away: bool = False,
) -> ListingPage:
    """`next_cursor` opens the next page; `put_away` lists what was put away instead."""
    listed = put_away_goods if put_away else service.browse
    goods, rest = await listed(viewer, after=cursor, limit=limit)
    items = [ListingOut(**_out(one, language, settings.media_url)) for one in goods]
    return ListingPage(items=items, next_cursor=rest)


@router.get(
    "/listings/{listing_id}",
    tags=["listings"],
    operation_id="listings_get",
    summary="One of the own goods",
    responses=_PROBLEMS,
)
async def get(
    *, listing_id: UUID, viewer: AsProducer, language: TheLanguage, settings: TheSettings
) -> ListingOut:
    """Another's goods answer 404."""
    found = await service.look(viewer, listing_id)
    return ListingOut(**_out(found, language, settings.media_url))


@router.patch(
    "/listings/{listing_id}",
    tags=["listings"],
    operation_id="listings_change",
    summary="Change what is given; new words of approved goods go back to review",
    responses=_PROBLEMS,
)
async def change(
    *,
    listing_id: UUID,
    body: ListingIn,
    viewer: AsProducer,
    ports: ThePorts,
    language: TheLanguage,
    settings: TheSettings,
) -> ListingOut:
    """Price and stock change at once. Nothing is kept when a field cannot be read."""
    sheet = _sheet(body, form_id=str(new_id()))
    changed = await service.save_all(
        viewer, storage=ports.storage, sheet=sheet, listing_id=listing_id
    )
    return ListingOut(**_out(changed, language, settings.media_url))


@router.post(
    "/listings/{listing_id}/submit",
    tags=["listings"],
    operation_id="listings_submit",
    summary="Send a draft, or what was mended, for review",
    responses=_PROBLEMS,
)
async def submit(
    *, listing_id: UUID, viewer: AsProducer, language: TheLanguage, settings: TheSettings
) -> ListingOut:
    """Answers with the first thing that is missing."""
    sent = await service.submit(viewer, listing_id=listing_id)
    return ListingOut(**_out(sent, language, settings.media_url))


@router.post(
    "/listings/{listing_id}/pause",
    tags=["listings"],
    operation_id="listings_pause",
    summary="Hide live goods from the shop",
    responses=_PROBLEMS,
)
async def pause(
    *, listing_id: UUID, viewer: AsProducer, language: TheLanguage, settings: TheSettings
) -> ListingOut:
    """Hidden already is no error."""
    paused = await service.pause(viewer, listing_id=listing_id)
    return ListingOut(**_out(paused, language, settings.media_url))


@router.post(
    "/listings/{listing_id}/resume",
    tags=["listings"],
    operation_id="listings_resume",
    summary="Show hidden goods again",
    responses=_PROBLEMS,
)
async def resume(
    *, listing_id: UUID, viewer: AsProducer, language: TheLanguage, settings: TheSettings
) -> ListingOut:
    """On sale already is no error."""
    resumed = await service.resume(viewer, listing_id=listing_id)
    return ListingOut(**_out(resumed, language, settings.media_url))


def _review_item(goods: Goods, language: Language, media_url: str) -> ReviewItem:
    return ReviewItem(
        **_out(goods, language, media_url),
        producer_id=goods.producer_id,
        producer_name=goods.producer_name,
        producer_kind=goods.producer_kind,
        commune_name=goods.commune_name,
        tax_class=goods.tax_class,
    )


@router.get(
    "/review/listings",
    tags=["review"],
    operation_id="review_list",
    summary="What waits for review, longest first",
    responses=_PROBLEMS,
)
async def review_list(
    *,
    viewer: AsStaff,
    language: TheLanguage,
    settings: TheSettings,
    cursor: UUID | None = None,
    limit: Limit = 50,
) -> ReviewPage:
    """`total` counts all that wait."""
    goods, total, rest = await moderation.queue(viewer, after=cursor, limit=limit)
    items = [_review_item(one, language, settings.media_url) for one in goods]
    return ReviewPage(items=items, total=total, next_cursor=rest)


@router.get(
    "/review/listings/{listing_id}",
    tags=["review"],
    operation_id="review_get",
    summary="One listing as staff see it",
    responses=_PROBLEMS,
)
async def review_get(
    *, listing_id: UUID, viewer: AsStaff, language: TheLanguage, settings: TheSettings
) -> ReviewDetail:
    """With the revision that a decision must name, and what the goods can be to the tax law."""
    found = await moderation.look(viewer, listing_id)
    rates = await moderation.tax_rates(viewer, found)
    choices = [
        TaxChoice(
            tax_class=name, title=translate(language, TAX_WORDS.get(name, name)), rate_ppm=rate
        )
        for name, rate in rates.items()
    ]
    item = _review_item(found, language, settings.media_url)
    return ReviewDetail(**item.model_dump(), tax_choices=choices)


@router.post(
    "/review/listings/{listing_id}/tax-class",
    tags=["review"],
    operation_id="review_tax_class",
    summary="Say what goods are to the tax law, also while they are on sale",
    responses=_PROBLEMS,
)
async def set_tax_class(
    *,
    listing_id: UUID,
    body: TaxClassIn,
    viewer: AsStaff,
    language: TheLanguage,
    settings: TheSettings,
) -> ReviewItem:
    """For orders to come: those that were placed keep what was agreed. 409 when `was` is not what
    it is any more.
    """
    done = await moderation.set_tax_class(
        viewer, listing_id=listing_id, tax_class=body.tax_class, was=body.was
    )
    return _review_item(done, language, settings.media_url)


@router.post(
    "/review/listings/{listing_id}/approve",
    tags=["review"],
    operation_id="review_approve",
    summary="Put reviewed goods on sale",
    responses=_PROBLEMS,
)
async def approve(
    *,
    listing_id: UUID,
    body: ApproveIn,
    viewer: AsStaff,
    language: TheLanguage,
    settings: TheSettings,
) -> ReviewItem:
    """Refused with 409 when they were changed or decided meanwhile."""
    done = await moderation.approve(
        viewer, listing_id=listing_id, revision=body.revision, tax_class=body.tax_class
    )
    return _review_item(done, language, settings.media_url)


@router.post(
    "/review/listings/{listing_id}/send-back",
    tags=["review"],
    operation_id="review_send_back",
    summary="Ask the producer to mend something, with the reason",
    responses=_PROBLEMS,
)
async def send_back(
    *,
    listing_id: UUID,
    body: SendBackIn,
    viewer: AsStaff,
    language: TheLanguage,
    settings: TheSettings,
) -> ReviewItem:
    """Refused with 409 when they were changed or decided meanwhile."""
    done = await moderation.send_back(
        viewer, listing_id=listing_id, revision=body.revision, reason=body.reason
    )
    return _review_item(done, language, settings.media_url)
