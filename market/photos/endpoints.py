"""The API's look at one photo. Sending one stands in the listing slice, which owns the form."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter

from integrations.runtime.i18n import Language, translate
from integrations.runtime.web.problems import ProblemBody
from integrations.runtime.web.state import TheLanguage, TheSettings
from market.photos import service
from market.photos.queries import advice_in, problem_in
from market.photos.schemas import AdviceOut, PhotoOut, RenditionOut
from sellers.accounts.guards import AsProducer

router = APIRouter(tags=["photos"])


def photo_out(row: dict[str, Any], *, language: Language, media_url: str) -> PhotoOut:
    """A photo's row as the API shows it."""
    problem = problem_in(row)
    return PhotoOut(
        id=row["photo_id"],
        listing_id=row["listing_id"],
        state=row["photo_state"],
        problem=problem and translate(language, problem.message, **problem.params),
        problem_code=problem and problem.code,
        width_px=row["width_px"],
        height_px=row["height_px"],
        renditions=[
            RenditionOut(
                format=one["format"], width_px=one["width_px"], url=f"{media_url}/{one['key']}"
            )
            for one in row["renditions"]
            if one["format"] != "master"
        ],
        marketplace_url=next(
            (f"{media_url}/{one['key']}" for one in row["renditions"] if one["format"] == "master"),
            None,
        ),
        advice=[
            AdviceOut(code=one.code, text=translate(language, one.message))
            for one in advice_in(row)
        ],
    )


@router.get(
    "/listings/{listing_id}/photos/{photo_id}",
    operation_id="photos_get",
    summary="One photo: is it ready, and where are its pictures",
    responses={401: {"model": ProblemBody}, 404: {"model": ProblemBody}},
)
async def get_photo(
    listing_id: UUID,
    photo_id: UUID,
    viewer: AsProducer,
    language: TheLanguage,
    settings: TheSettings,
) -> PhotoOut:
    """Ask at 1, 2, 4 … s after sending; `state` ends at `ready` or `refused`."""
    row = await service.look(viewer, photo_id, listing_id=listing_id)
    return photo_out(row, language=language, media_url=settings.media_url.rstrip("/"))
