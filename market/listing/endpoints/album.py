"""The photos of goods over the API: send, list, put in order, remove, undo."""

from typing import Any, Final
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.datastructures import UploadFile

from integrations.contracts.viewer import Viewer
from integrations.runtime.i18n import Language
from integrations.runtime.settings import Settings
from integrations.runtime.web.problems import ProblemBody
from integrations.runtime.web.state import TheLanguage, ThePorts, TheSettings
from market.listing.endpoints.uploads import is_json, upload_named
from market.listing.service import album, goods
from market.listing.service.uploads import add_uploaded
from market.photos.endpoints import photo_out
from market.photos.rules import refusal
from market.photos.schemas import PhotoOut, PhotoPlace, PhotoUploaded
from sellers.accounts.guards import AsProducer

router = APIRouter(tags=["photos"])

_PROBLEMS: Final[dict[int | str, dict[str, Any]]] = {
    status: {"model": ProblemBody} for status in (400, 401, 403, 404, 409)
}
_UPLOAD: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["photo"],
                    "properties": {"photo": {"type": "string", "format": "binary"}},
                }
            },
            "application/json": {"schema": PhotoUploaded.model_json_schema()},
        },
    }
}


async def _album(
    viewer: Viewer, listing_id: UUID, language: Language, settings: Settings
) -> list[PhotoOut]:
    media_url = settings.media_url.rstrip("/")
    _, rows = await album.look(viewer, listing_id)
    return [photo_out(row, language=language, media_url=media_url) for row in rows]


@router.post(
    "/listings/{listing_id}/photos",
    status_code=202,
    operation_id="photos_send",
    summary="Send a photo (JPEG, PNG, WebP or HEIC, at most 15 MB) in the field `photo`, or name an"
    " upload that is whole",
    responses={**_PROBLEMS, 413: {"model": ProblemBody}, 503: {"model": ProblemBody}},
    openapi_extra=_UPLOAD,
)
async def send_photo(
    *,
    request: Request,
    listing_id: UUID,
    viewer: AsProducer,
    ports: ThePorts,
    language: TheLanguage,
    settings: TheSettings,
) -> PhotoOut:
    """It comes behind the others and is prepared by the worker: ask for it at 1, 2, 4 … s.

    An upload becomes one photo, however often it is named.
    """
    media_url = settings.media_url.rstrip("/")
    if is_json(request):
        upload_id = await upload_named(request)
        row = await add_uploaded(
            viewer, storage=ports.storage, listing_id=listing_id, upload_id=upload_id
        )
        return photo_out(row, language=language, media_url=media_url)
    async with request.form(max_files=1, max_fields=5) as form:
        upload = form.get("photo")
        if not isinstance(upload, UploadFile):
            raise refusal("photo.empty")
        row = await goods.add_photo(
            viewer, storage=ports.storage, listing_id=listing_id, file=upload.file
        )
    return photo_out(row, language=language, media_url=media_url)


@router.get(
    "/listings/{listing_id}/photos",
    operation_id="photos_list",
    summary="All photos of own goods, the main one first",
    responses=_PROBLEMS,
)
async def list_photos(
    *, listing_id: UUID, viewer: AsProducer, language: TheLanguage, settings: TheSettings
) -> list[PhotoOut]:
    """At most 8; removed ones are left out."""
    return await _album(viewer, listing_id, language, settings)


@router.put(
    "/listings/{listing_id}/photos/{photo_id}/position",
    operation_id="photos_place",
    summary="Put a photo at a place among the others; 0 makes it the main one",
    responses=_PROBLEMS,
)
async def place(
    *,
    listing_id: UUID,
    photo_id: UUID,
    body: PhotoPlace,
    viewer: AsProducer,
    language: TheLanguage,
    settings: TheSettings,
) -> list[PhotoOut]:
    """Answers with all photos in their new order."""
    await album.place(viewer, listing_id=listing_id, photo_id=photo_id, position=body.position)
    return await _album(viewer, listing_id, language, settings)


@router.post(
    "/listings/{listing_id}/photos/{photo_id}/remove",
    operation_id="photos_remove",
    summary="Take a photo out; it can be restored for a day",
    responses=_PROBLEMS,
)
async def remove(
    *,
    listing_id: UUID,
    photo_id: UUID,
    viewer: AsProducer,
    language: TheLanguage,
    settings: TheSettings,
) -> list[PhotoOut]:
    """Answers with those that are left; the only photo of goods on sale stays."""
    await album.remove(viewer, listing_id=listing_id, photo_id=photo_id)
    return await _album(viewer, listing_id, language, settings)


@router.post(
    "/listings/{listing_id}/photos/{photo_id}/restore",
    operation_id="photos_restore",
    summary="Undo the removal of a photo",
    responses=_PROBLEMS,
)
async def restore(
    *,
    listing_id: UUID,
    photo_id: UUID,
    viewer: AsProducer,
    language: TheLanguage,
    settings: TheSettings,
) -> list[PhotoOut]:
    """It is where it was; there already is no error."""
    await album.restore(viewer, listing_id=listing_id, photo_id=photo_id)
    return await _album(viewer, listing_id, language, settings)
