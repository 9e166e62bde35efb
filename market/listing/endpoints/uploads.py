"""Files that producers send in pieces (tus 1.0), and the name of one in place of a photo."""

from typing import Any, Final
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from starlette.responses import Response

from integrations.contracts.ids import new_id
from integrations.runtime import uploads
from integrations.runtime.uploads import UploadSeen
from integrations.runtime.uploads.protocol import (
    ABOUT,
    PIECE_TYPE,
    Spoken,
    TusRoute,
    UploadLength,
    UploadMetadata,
    UploadOffset,
    UploadOut,
    client_id_in,
    headers_of,
    read_piece,
)
from integrations.runtime.web.faults import too_large
from integrations.runtime.web.problems import declared
from integrations.runtime.web.state import ThePorts
from market.photos.schemas import PhotoUploaded
from sellers.accounts.guards import AsProducer

router = APIRouter(tags=["uploads"], route_class=TusRoute)

_NAMED_MAX_BYTES: Final = 4 * 1024
_STANDS: Final[dict[str, Any]] = {
    name: {"schema": {"type": "string"}, "description": text}
    for name, text in {
        "Upload-Offset": "Bytes that are here: where the next piece begins",
        "Upload-Expires": "Until when it is kept, 48 hours from the last piece",
        "Tus-Resumable": "1.0.0",
    }.items()
}
_BEGUN: Final = {**_STANDS, "Location": {"schema": {"type": "string"}, "description": "Its place"}}
_PIECE: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {
            PIECE_TYPE: {
                "schema": {"type": "string", "format": "binary"},
                "example": "the next bytes, at most 1 MB",
            }
        },
    }
}


def _out(upload: UploadSeen, response: Response) -> UploadOut:
    response.headers.update(headers_of(upload))
    return UploadOut(
        id=upload.id,
        length_bytes=upload.length_bytes,
        received_bytes=upload.received_bytes,
        expires_at=upload.expires_at,
    )


@router.options(
    "/uploads",
    status_code=204,
    operation_id="uploads_about",
    summary="Which version and extensions of tus are spoken, and how large a file may be",
)
async def about() -> Response:
    """Answered in headers: Tus-Version, Tus-Extension, Tus-Max-Size."""
    return Response(status_code=204, headers=dict(ABOUT))


@router.post(
    "/uploads",
    status_code=201,
    operation_id="uploads_begin",
    summary="Begin to send a file in pieces; sent twice with one client_id, it is one",
    responses={
        **declared(400, 401, 403, 409, 412, 413, 429),
        201: {"headers": _BEGUN, "description": "Begun, now or before: go on from Upload-Offset"},
    },
)
async def begin(
    *,
    request: Request,
    response: Response,
    viewer: AsProducer,
    _spoken: Spoken,
    upload_length: UploadLength,
    upload_metadata: UploadMetadata = "",
) -> UploadOut:
    """At most 15 MB, 20 at a time. 409 when the `client_id` was used for another length."""
    upload = await uploads.begin(
        viewer,
        client_id=client_id_in(upload_metadata) or str(new_id()),
        length_bytes=upload_length,
        metadata=upload_metadata,
    )
    response.headers["Location"] = f"{request.url.path}/{upload.id}"
    return _out(upload, response)


@router.get(
    "/uploads/{upload_id}",
    operation_id="uploads_get",
    summary="Where a file stands (HEAD answers the same without a body)",
    responses={**declared(401, 403, 404, 410, 412), 200: {"headers": _STANDS}},
)
async def look(
    *, response: Response, upload_id: UUID, viewer: AsProducer, _spoken: Spoken
) -> UploadOut:
    """Asked after a cut. 410 when it stood still for 48 hours."""
    return _out(await uploads.look(viewer, upload_id), response)


@router.patch(
    "/uploads/{upload_id}",
    status_code=204,
    operation_id="uploads_append",
    summary="Send the next piece, which begins at Upload-Offset",
    responses={
        **declared(400, 401, 403, 404, 409, 410, 412, 413, 415, 503),
        204: {"headers": _STANDS, "description": "It is kept"},
    },
    openapi_extra=_PIECE,
)
async def append(
    *,
    request: Request,
    upload_id: UUID,
    viewer: AsProducer,
    _spoken: Spoken,
    ports: ThePorts,
    upload_offset: UploadOffset,
) -> Response:
    """At most 1 MB. 409 when the file does not stand there: its Upload-Offset says where it does.

    Of a piece that was cut on the way, the beginning may be kept: ask, then go on from there.
    """
    seen = await uploads.look(viewer, upload_id)
    piece = await read_piece(request, missing_bytes=seen.length_bytes - seen.received_bytes)
    upload = await uploads.append(
        viewer,
        storage=ports.storage,
        upload_id=upload_id,
        offset_bytes=upload_offset,
        piece=piece,
    )
    return Response(status_code=204, headers=headers_of(upload))


@router.delete(
    "/uploads/{upload_id}",
    status_code=204,
    operation_id="uploads_drop",
    summary="Take a file back",
    responses=declared(401, 403, 404, 412),
)
async def drop(*, upload_id: UUID, viewer: AsProducer, _spoken: Spoken) -> Response:
    """What it became already stays."""
    await uploads.drop(viewer, upload_id)
    return Response(status_code=204)


def is_json(request: Request) -> bool:
    """Whether a request says that it carries JSON."""
    return request.headers.get("content-type", "").partition(";")[0].strip() == "application/json"


async def upload_named(request: Request) -> UUID:
    """The upload that a small JSON body names. Raises `RequestValidationError`, `TooLarge`."""
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > _NAMED_MAX_BYTES:
            raise too_large()
    try:
        return PhotoUploaded.model_validate_json(bytes(body)).upload_id
    except ValidationError as error:
        raise RequestValidationError(error.errors()) from error
