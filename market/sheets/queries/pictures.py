"""Reads of the photos in the zip of an import."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from integrations.contracts.viewer import Viewer
from integrations.runtime.database import rows
from market.sheets.queries.imports import PAGE_MAX, VISIBLE, loaded, visible_to
from market.sheets.schemas import PictureState

_PICTURES: Final = (
    "SELECT p.id, p.at, p.place, p.name, p.folder, p.line, p.state, p.problem, l.listing_id"
    " FROM sheet_picture p JOIN sheet_import s ON s.id = p.sheet_id"
    " LEFT JOIN sheet_line l ON l.sheet_id = p.sheet_id AND l.line = p.line"
)


@dataclass(frozen=True, slots=True)
class PictureSeen:
    """One photo: where it is in the zip and in our order, and the line of its goods, from 0."""

    id: UUID
    at: int
    place: int
    name: str
    folder: str
    line: int | None
    state: PictureState
    problem: dict[str, Any] | None
    listing_id: UUID | None


def _picture(row: Mapping[str, Any]) -> PictureSeen:
    problem = None if row["problem"] is None else loaded(row["problem"])
    return PictureSeen(**{**row, "state": PictureState(row["state"]), "problem": problem})


async def pictures(
    viewer: Viewer, sheet_id: UUID, *, unused: bool = False, after: int = -1, limit: int = 50
) -> tuple[list[PictureSeen], int | None]:
    """Photos in order, all or those of no use; and the last one where there is a rest."""
    limit = max(1, min(limit, PAGE_MAX))
    found = await rows(
        f"{_PICTURES} WHERE {VISIBLE} AND s.id = $3 AND p.at > $4"
        " AND (NOT $5::boolean OR p.state IN ('unknown', 'failed')) ORDER BY p.at LIMIT $6",
        [*visible_to(viewer), sheet_id, after, unused, limit + 1],
    )
    seen = [_picture(row) for row in found[:limit]]
    return seen, seen[-1].at if len(found) > limit else None


async def pictures_in(sheet_id: UUID) -> list[PictureSeen]:
    """Every photo of an import, in order, as the system."""
    found = await rows(f"{_PICTURES} WHERE p.sheet_id = $1 ORDER BY p.at", [sheet_id])
    return [_picture(row) for row in found]


async def next_pictures(sheet_id: UUID, limit: int) -> list[PictureSeen]:
    """Photos that wait to be added, in order, as the system."""
    found = await rows(
        f"{_PICTURES} WHERE p.sheet_id = $1 AND p.state = 'waiting' ORDER BY p.at LIMIT $2",
        [sheet_id, limit],
    )
    return [_picture(row) for row in found]
