"""Pictures as pages and the API show them: the renditions of one photo, by format and width."""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel


class PictureFile(BaseModel):
    """One rendition, ready to be fetched."""

    url: str
    width_px: int
    format: str


class Picture(BaseModel):
    """One photo with its renditions, small to large; what the macros `pics.*` take."""

    alt: str
    width_px: int
    height_px: int
    files: list[PictureFile]
    placeholder: str | None = None

    @property
    def width(self) -> int:
        """Width of the photo in pixels."""
        return self.width_px

    @property
    def height(self) -> int:
        """Height of the photo in pixels."""
        return self.height_px

    @property
    def webp(self) -> list[tuple[str, int]]:
        """(address, width in pixels), small to large; may be empty."""
        return self._of("webp")

    @property
    def avif(self) -> list[tuple[str, int]]:
        """The same as AVIF; empty for a photo that is fresh or narrow."""
        return self._of("avif")

    @property
    def jpg(self) -> list[tuple[str, int]]:
        """(address, width in pixels), small to large; never empty."""
        return self._of("jpg")

    def _of(self, kind: str) -> list[tuple[str, int]]:
        return [(file.url, file.width_px) for file in self.files if file.format == kind]

    def jpg_up_to(self, width_px: int) -> tuple[str, int]:
        """The largest JPEG of at most this width, else the smallest there is."""
        fitting = [one for one in self.jpg if one[1] <= width_px]
        return fitting[-1] if fitting else self.jpg[0]


def picture_of(row: Mapping[str, Any] | None, *, alt: str, base: str = "") -> Picture | None:
    """One entry of the database's `listing_pictures(id)`; None without a JPEG to fall back on.

    `base` stands before the key: "" for our own address, else an origin without a slash.
    """
    renditions: Sequence[Mapping[str, Any]] = (row or {}).get("renditions") or ()
    if row is None or not any(one["format"] == "jpg" for one in renditions):
        return None
    return Picture(
        alt=alt,
        width_px=row["width_px"] or 4,
        height_px=row["height_px"] or 3,
        files=[
            PictureFile(url=f"{base}/{one['key']}", width_px=one["width_px"], format=one["format"])
            for one in sorted(renditions, key=lambda one: int(one["width_px"]))
        ],
        placeholder=row.get("placeholder") or None,
    )
