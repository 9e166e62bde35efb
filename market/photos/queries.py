"""Reads of photos, and the piece of SQL that brings a listing's picture along."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import orjson

from integrations.contracts.errors import Problem
from integrations.contracts.viewer import Viewer
from integrations.runtime.database import rows
from market.catalog.queries import SELLER_JOIN, VISIBLE, visible_to
from market.photos.rules import MASTER, Look, PhotoFormat, advice, refusal
from market.photos.schemas import Picture, picture

_RENDITIONS: Final = (
    "(SELECT jsonb_agg(jsonb_build_object('format', r.format, 'width_px', r.width_px,"
    " 'key', r.key) ORDER BY r.width_px, r.format DESC) FROM rendition r WHERE r.photo_id = p.id)"
)
_LOOK: Final = (
    "p.sharpness_pct, p.brightness, p.subject_pct, p.fingerprint, EXISTS (SELECT 1 FROM photo t"
    " WHERE t.id = p.twin_id AND t.state = 'ready') AS has_twin"
)
LOOK_COLUMNS: Final = ("sharpness_pct", "brightness", "subject_pct", "fingerprint", "has_twin")
# For statements that name their photo h: the key of what a marketplace is sent, null for a photo
# that is too small. Photos from before there were masters have the largest JPEG.
MASTER_KEY: Final = (
    "(SELECT r.key FROM rendition r WHERE r.photo_id = h.id AND r.format IN ('master', 'jpg')"  # noqa: S608
    f" AND least(h.width_px, h.height_px) >= {MASTER['source_min_px']}"
    " ORDER BY r.format = 'master' DESC, r.width_px DESC LIMIT 1)"
)
# For statements that name their listing l: the main photo as ph, one row or none.
MAIN_PHOTO_JOIN: Final = (
    " LEFT JOIN LATERAL (SELECT p.id, p.state, p.problem_code, p.content_type, p.width_px,"  # noqa: S608
    f" p.height_px, p.placeholder, {_LOOK}, {_RENDITIONS} AS renditions FROM photo p"
    " WHERE p.listing_id = l.id AND p.state <> 'removed'"
    " ORDER BY p.position, p.id DESC LIMIT 1) ph ON true"
)
MAIN_PHOTO_COLUMNS: Final = (
    "ph.id AS photo_id, ph.state AS photo_state, ph.problem_code AS photo_problem,"
    " ph.content_type AS photo_type, ph.width_px, ph.height_px, ph.placeholder, ph.renditions,"
    f" {', '.join(f'ph.{name}' for name in LOOK_COLUMNS)}"
)


def loaded(raw: Any) -> Any:
    """JSON of PostgreSQL as Python, whichever way the driver gives it."""
    found: list[dict[str, Any]] = orjson.loads(raw) if isinstance(raw, str | bytes) else raw or []
    return found


def problem_of(code: str, *, content_type: str, width_px: int, height_px: int) -> Problem:
    """The sentence for a photo that was refused earlier, from what its row holds."""
    problem = refusal(code, width_px=width_px, height_px=height_px)
    kind = next((k for k in PhotoFormat if k.content_type == content_type), PhotoFormat.JPEG)
    if "max_megapixels" in problem.params:
        problem.params["max_megapixels"] = kind.max_pixels // 1_000_000
    return problem


def problem_in(row: Mapping[str, Any]) -> Problem | None:
    """The same for a row with `MAIN_PHOTO_COLUMNS`; None when its photo was not refused."""
    if row["photo_state"] != "refused":
        return None
    return problem_of(
        row["photo_problem"],
        content_type=row["photo_type"],
        width_px=row["width_px"] or 0,
        height_px=row["height_px"] or 0,
    )


def advice_in(row: Mapping[str, Any]) -> list[Problem]:
    """What the photo coach says about such a row; nothing before the photo is ready."""
    if row["photo_state"] != "ready":
        return []
    look = Look(
        row["sharpness_pct"], row["brightness"], row["subject_pct"], row["fingerprint"] or ""
    )
    sides = {"width_px": row["width_px"], "height_px": row["height_px"]}
    return advice(look, **sides, has_twin=row["has_twin"])


async def fingerprints(producer_id: UUID, *, but: UUID) -> dict[UUID, str]:
    """Those of a producer's photos that are shown, newest first, as the system."""
    found = await rows(
        "SELECT id, fingerprint FROM photo WHERE producer_id = $1 AND state = 'ready'"
        " AND fingerprint <> '' AND id <> $2 ORDER BY id DESC LIMIT 2000",
        [producer_id, but],
    )
    return {row["id"]: row["fingerprint"] for row in found}


_PHOTO: Final = (
    "SELECT p.id AS photo_id, p.listing_id, p.state AS photo_state, p.position, p.original_sha256,"  # noqa: S608
    " p.problem_code AS photo_problem, p.content_type AS photo_type, p.width_px,"
    f" p.height_px, p.placeholder, {_LOOK}, {_RENDITIONS} AS renditions FROM photo p"
)


async def photo(
    viewer: Viewer, photo_id: UUID, *, listing_id: UUID | None = None
) -> dict[str, Any] | None:
    """One photo with its renditions, None when this viewer has no such photo."""
    found = await rows(
        f"{_PHOTO} JOIN listing l ON l.id = p.listing_id{SELLER_JOIN}"
        f" WHERE {VISIBLE} AND p.id = $4 AND ($5::uuid IS NULL OR p.listing_id = $5)",
        [*visible_to(viewer), photo_id, listing_id],
    )
    return _photo(found[0]) if found else None


async def album(listing_id: UUID) -> list[dict[str, Any]]:
    """All photos of a listing that the caller may see, the main one first, without removed ones."""
    found = await rows(
        f"{_PHOTO} WHERE p.listing_id = $1 AND p.state <> 'removed' ORDER BY p.position, p.id DESC",
        [listing_id],
    )
    return [_photo(row) for row in found]


def is_shown(row: Mapping[str, Any]) -> bool:
    """True for a photo that counts: ready, or on its way there."""
    return row["photo_state"] in ("received", "ready")


def _photo(row: Mapping[str, Any]) -> dict[str, Any]:
    return {**row, "renditions": loaded(row["renditions"])}


@dataclass(frozen=True, slots=True)
class Shown:
    """One photo of an album as a page shows it."""

    id: UUID
    state: str
    picture: Picture | None
    problem: Problem | None
    advice: list[Problem]


def drawn(album: Iterable[Mapping[str, Any]], media_url: str) -> list[Shown]:
    """The photos of `album` with their pictures and what is said about them."""
    return [
        Shown(
            id=row["photo_id"],
            state=row["photo_state"],
            picture=picture(
                alt="",
                width_px=row["width_px"],
                height_px=row["height_px"],
                placeholder=None,
                renditions=row["renditions"],
                media_url=media_url,
            ),
            problem=problem_in(row),
            advice=advice_in(row),
        )
        for row in album
    ]


async def waiting(photo_id: UUID) -> dict[str, Any] | None:
    """What the worker needs of a photo that is still to be prepared, as the system."""
    found = await rows(
        "SELECT id, listing_id, producer_id, original_key FROM photo"
        " WHERE id = $1 AND state = 'received'",
        [photo_id],
    )
    return found[0] if found else None


async def incomplete(photo_id: UUID) -> dict[str, Any] | None:
    """What the worker needs of a prepared photo that lacks the rest, as the system."""
    found = await rows(
        "SELECT p.id, p.listing_id, p.producer_id, p.original_key, ARRAY(SELECT r.format || ' ' ||"
        " r.width_px FROM rendition r WHERE r.photo_id = p.id) AS made FROM photo p"
        " WHERE p.id = $1 AND p.ready_at IS NOT NULL AND p.completed_at IS NULL",
        [photo_id],
    )
    return found[0] if found else None


async def known(photo_ids: list[UUID]) -> set[UUID]:
    """Which of these ids have a row, as the system."""
    found = await rows("SELECT id FROM photo WHERE id = ANY($1::uuid[])", [photo_ids])
    return {row["id"] for row in found}
