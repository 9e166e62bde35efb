"""What is said over HTTP while a file arrives in pieces: the tus protocol 1.0, its headers.

Core, creation, expiration and termination, as tus.io describes them.
"""

import base64
import re
from collections.abc import Callable, Coroutine, Mapping
from datetime import datetime
from email.utils import format_datetime
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import Depends, Header, Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import BaseModel, Field
from starlette.requests import ClientDisconnect
from starlette.responses import Response

from integrations.contracts.errors import N_, Problem
from integrations.runtime.uploads.refusals import (
    CUT_LEAST_BYTES,
    LENGTH_MAX_BYTES,
    METADATA_MAX,
    OtherType,
    OtherVersion,
    WrongOffset,
)
from integrations.runtime.uploads.verbs import UploadSeen
from integrations.runtime.web.problems import answer_to

VERSION: Final = "1.0.0"
PIECE_TYPE: Final = "application/offset+octet-stream"
# What may be asked before anything is sent.
ABOUT: Final[Mapping[str, str]] = {
    "Tus-Version": VERSION,
    "Tus-Extension": "creation,expiration,termination",
    "Tus-Max-Size": str(LENGTH_MAX_BYTES),
}
_CLIENT_ID: Final = re.compile(r"[!-~]{8,64}")


class UploadOut(BaseModel):
    """A file on its way; the headers say the same."""

    id: UUID
    length_bytes: int = Field(examples=[524288])
    received_bytes: int = Field(examples=[65536], description="Where the next piece begins")
    expires_at: datetime


class TusRoute(APIRoute):
    """Puts the version into every answer, and into a refusal what helps to go on."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler of FastAPI, with refusals answered here."""
        handle = super().get_route_handler()

        async def speak(request: Request) -> Response:
            try:
                response = await handle(request)
            except (Problem, RequestValidationError) as error:
                response = answer_to(request, error)
                if isinstance(error, WrongOffset):
                    response.headers["Upload-Offset"] = str(error.offset_bytes)
                if isinstance(error, OtherVersion):
                    response.headers["Tus-Version"] = VERSION
            response.headers["Tus-Resumable"] = VERSION
            return response

        return speak


async def _spoken(
    tus_resumable: Annotated[str, Header(examples=[VERSION], description="Always 1.0.0")] = "",
) -> str:
    if tus_resumable != VERSION:
        raise OtherVersion(
            "upload.version",
            N_("Please speak version {version} of the tus protocol."),
            params={"version": VERSION},
        )
    return tus_resumable


# The version that sender and we speak. Raises `OtherVersion` (412).
Spoken = Annotated[str, Depends(_spoken)]
UploadLength = Annotated[int, Header(examples=[524288], description="Bytes of the whole file")]
UploadOffset = Annotated[
    int, Header(ge=0, examples=[0], description="Where this piece begins: where the file stands")
]
UploadMetadata = Annotated[
    str,
    Header(
        max_length=METADATA_MAX,
        examples=["filename SU1HXzEuanBn,client_id MDE5MmYwYzEtOWQzZQ=="],
        description="`filename` and `client_id` (8 to 64 signs, made by the sender) in base64;"
        " the same `client_id` gives the same upload again",
    ),
]


def client_id_in(metadata: str) -> str | None:
    """The sender's own number in `Upload-Metadata`, None when there is none.

    Raises `Problem` (`upload.metadata`, `upload.client_id`).
    """
    said = dict(_pair(one) for one in metadata.split(",")) if metadata else {}
    client_id = said.get("client_id")
    if client_id is not None and not _CLIENT_ID.fullmatch(client_id):
        raise Problem(
            "upload.client_id",
            N_("The number of an upload has 8 to 64 plain letters or digits."),
            field="Upload-Metadata",
        )
    return client_id


def _pair(text: str) -> tuple[str, str]:
    key, _, coded = text.strip().partition(" ")
    try:
        if not key:
            raise ValueError("a value without a key")
        return key, base64.b64decode(coded, validate=True).decode()
    except ValueError as error:
        raise Problem(
            "upload.metadata",
            N_("What was said about the file cannot be read. Please send it again."),
            field="Upload-Metadata",
        ) from error


async def read_piece(request: Request, *, missing_bytes: int) -> bytes:
    """The body of a request, also the beginning of one that was cut; up to what the gate lets in.

    A cut one counts when it ends the file or is worth an object of its own, otherwise it is
    empty. Raises `OtherType` (415).
    """
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != PIECE_TYPE:
        raise OtherType(
            "upload.type",
            N_("Please send the part as {type}."),
            params={"type": PIECE_TYPE},
        )
    piece = bytearray()
    try:
        async for part in request.stream():
            piece += part
    except ClientDisconnect:
        if len(piece) < min(CUT_LEAST_BYTES, missing_bytes):
            return b""
    return bytes(piece)


def headers_of(upload: UploadSeen) -> dict[str, str]:
    """What every answer about a file says."""
    return {
        "Upload-Offset": str(upload.received_bytes),
        "Upload-Length": str(upload.length_bytes),
        "Upload-Expires": format_datetime(upload.expires_at, usegmt=True),
        "Cache-Control": "no-store",
        **({"Upload-Metadata": upload.metadata} if upload.metadata else {}),
    }
