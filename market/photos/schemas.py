"""A photo as the API and the pages show it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field


@dataclass(frozen=True, slots=True)
class Picture:
    """What the macros `pics.*` draw: addresses with their widths, small to large."""

    alt: str
    width: int
    height: int
    avif: tuple[tuple[str, int], ...]
    webp: tuple[tuple[str, int], ...]
    jpg: tuple[tuple[str, int], ...]
    placeholder: str | None


def picture(
    *,
    alt: str,
    width_px: int | None,
    height_px: int | None,
    placeholder: str | None,
    renditions: Iterable[Mapping[str, Any]] | None,
    media_url: str = "",
) -> Picture | None:
    """A picture from a photo's row and its renditions (`format`, `width_px`, `key`).

    `media_url` is the origin that holds the pictures, "" when the application serves them.
    None when there is nothing to show yet.
    """
    found: dict[str, list[tuple[str, int]]] = {"avif": [], "webp": [], "jpg": []}
    for one in renditions or ():
        address = f"{media_url.rstrip('/')}/{one['key']}"
        found.setdefault(one["format"], []).append((address, int(one["width_px"])))
    if not found["jpg"] or not width_px or not height_px:
        return None
    by_width = {name: tuple(sorted(many, key=lambda it: it[1])) for name, many in found.items()}
    return Picture(
        alt=alt,
        width=width_px,
        height=height_px,
        avif=by_width["avif"],
        webp=by_width["webp"],
        jpg=by_width["jpg"],
        placeholder=placeholder or None,
    )


class RenditionOut(BaseModel):
    """One public picture."""

    format: str = Field(examples=["webp"])
    width_px: int = Field(examples=[480])
    url: str = Field(examples=["/r/0123456789abcdef0123456789abcdef.webp"])


class AdviceOut(BaseModel):
    """What could be better about a photo; it is shown all the same."""

    code: str = Field(examples=["photo.blurred"])
    text: str = Field(
        examples=["The photo is a little blurred. Please wipe the lens and take it again."]
    )


class PhotoOut(BaseModel):
    """A photo of a listing; `received` means that it is being prepared."""

    id: UUID
    listing_id: UUID
    state: str = Field(examples=["ready"], description="received, ready, refused or removed")
    problem: str | None = Field(None, description="Why it was refused, in the reader's language")
    problem_code: str | None = Field(None, examples=["photo.truncated"])
    width_px: int | None = None
    height_px: int | None = None
    renditions: list[RenditionOut] = []
    marketplace_url: str | None = Field(
        None, description="The square JPEG for marketplaces; none for a photo too small for them"
    )
    advice: list[AdviceOut] = []


class PhotoPlace(BaseModel):
    """Where a photo stands among those of its listing."""

    position: int = Field(ge=0, le=7, examples=[0], description="0 makes it the main photo")


class PhotoUploaded(BaseModel):
    """A photo that was sent in pieces, to be added to goods."""

    upload_id: UUID = Field(examples=["0192f0c1-9d3e-7c55-8a51-5d2f5b1f0a77"])


class PhotoProgress(BaseModel):
    """The short answer to a page that waits."""

    done: bool
    text: str
    url: str | None = None
    picture: str | None = None
