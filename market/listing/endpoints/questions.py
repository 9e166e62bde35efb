"""Choosing between two texts that two people typed, over the API."""

from typing import Any, Final
from uuid import UUID

from fastapi import APIRouter

from integrations.runtime.web.problems import ProblemBody
from integrations.runtime.web.state import TheLanguage, TheSettings
from market.listing.endpoints.goods import listing_out
from market.listing.schemas import AnswerIn, ListingOut
from market.listing.service.questions import answer
from sellers.accounts.guards import AsProducer

router = APIRouter(tags=["listings"])

_PROBLEMS: Final[dict[int | str, dict[str, Any]]] = {
    status: {"model": ProblemBody} for status in (400, 401, 403, 404, 409)
}


@router.post(
    "/listings/{listing_id}/questions/{question_id}",
    operation_id="listings_answer",
    summary="Choose between two texts that two people typed for one field",
    responses=_PROBLEMS,
)
async def choose(
    *,
    listing_id: UUID,
    question_id: UUID,
    body: AnswerIn,
    viewer: AsProducer,
    language: TheLanguage,
    settings: TheSettings,
) -> ListingOut:
    """The same answer again is no error; 409 when the other text was chosen meanwhile."""
    goods = await answer(viewer, listing_id=listing_id, question_id=question_id, take=body.take)
    return listing_out(goods, language, settings.media_url)
