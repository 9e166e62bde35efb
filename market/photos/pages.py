"""Public pictures by their content's name, and the short answer to a page that waits."""

from typing import Any, Final
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from integrations.contracts.errors import N_
from integrations.runtime.i18n import translate
from integrations.runtime.web.problems import nothing_here
from integrations.runtime.web.state import TheLanguage, ThePorts, TheSettings
from market.photos import service
from market.photos.queries import advice_in, problem_in
from market.photos.schemas import PhotoProgress, picture
from sellers.accounts.guards import AsProducer

router = APIRouter()

_KEPT_BYTES: Final = 32 * 1024 * 1024
_shelf = service.Shelf(_KEPT_BYTES)
_TEXTS: Final = {
    "received": N_("The photo has arrived. It is being prepared."),
    "ready": N_("The photo is ready."),
    "removed": N_("There is a newer photo."),
}


@router.get("/r/{name}")
async def public_picture(request: Request, name: str, ports: ThePorts) -> Response:
    """Anyone may see it, and keep it for ever: the name is the hash of what is in it."""
    content_type = service.public_type(name)
    if content_type is None:
        raise nothing_here()
    headers = {
        "Cache-Control": "public, max-age=31536000, immutable",
        "ETag": f'"{name.partition(".")[0]}"',
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'",
        "Cross-Origin-Resource-Policy": "cross-origin",
    }
    if request.headers.get("if-none-match") == headers["ETag"]:
        return Response(status_code=304, headers=headers)
    body = await _shelf.get(ports.storage, name)
    return Response(body, headers=headers, media_type=content_type)


@router.get("/producer/photos/{photo_id}/state")
async def progress(
    photo_id: UUID, viewer: AsProducer, language: TheLanguage, settings: TheSettings
) -> Response:
    """At most 300 bytes; when done, the page goes to the goods it belongs to.

    A page on which somebody types stays, and shows the picture or what is wrong with it.
    """
    row = await service.look(viewer, photo_id)
    state = row["photo_state"]
    done = state != "received"
    wrong = next(iter(advice_in(row)), problem_in(row))
    answer = PhotoProgress(
        done=done,
        text=translate(language, wrong.message, **wrong.params)
        if wrong
        else translate(language, _TEXTS[state]),
        url=f"/producer/goods/{row['listing_id']}" if done else None,
        picture=_small(row, settings.media_url) if state == "ready" else None,
    )
    return Response(
        answer.model_dump_json(exclude_none=True),
        headers={"Cache-Control": "no-store"},
        media_type="application/json",
    )


def _small(row: dict[str, Any], media_url: str) -> str | None:
    """One picture for every browser, wide enough for a phone."""
    drawn = picture(
        alt="",
        width_px=row["width_px"],
        height_px=row["height_px"],
        placeholder=None,
        renditions=row["renditions"],
        media_url=media_url,
    )
    return drawn.jpg[:2][-1][0] if drawn else None
