"""What a person must do by a time. No row waits past its deadline without one of these open."""

from typing import Any
from uuid import UUID

import orjson

from integrations.contracts.ids import new_id
from integrations.contracts.viewer import Viewer
from integrations.runtime.database import rows, run

_OPEN = """
INSERT INTO follow_up (id, kind, subject_type, subject_id, for_role, producer_id, details, due_at)
VALUES ($1, $2, $3, $4, $5, $6, $7::jsonb, now() + make_interval(secs => $8))
ON CONFLICT (kind, subject_id) WHERE closed_at IS NULL DO NOTHING RETURNING id
"""


async def open_follow_up(
    kind: str,
    *,
    subject_type: str,
    subject_id: UUID,
    for_role: str,
    due_in_s: float,
    producer_id: UUID | None = None,
    **details: Any,
) -> bool:
    """Open a follow-up unless one of this kind is open for the subject; True when new."""
    made = await rows(
        _OPEN,
        [
            new_id(),
            kind,
            subject_type,
            subject_id,
            for_role,
            producer_id,
            orjson.dumps(details, default=str).decode(),
            float(due_in_s),
        ],
    )
    return bool(made)


async def close_follow_ups(
    viewer: Viewer, *, subject_id: UUID, outcome: str, kinds: tuple[str, ...] | None = None
) -> int:
    """Close what is open for a subject (of these kinds, or all); how many."""
    return await run(
        "UPDATE follow_up SET closed_at = now(), closed_by = $2, outcome = $3"
        " WHERE subject_id = $1 AND closed_at IS NULL AND ($4::text[] IS NULL OR kind = ANY($4))",
        [subject_id, viewer.label, outcome, list(kinds) if kinds else None],
    )


async def open_for(viewer: Viewer, *, limit: int = 100) -> list[dict[str, Any]]:
    """Open follow-ups that this viewer may see, the most urgent first."""
    return await rows(
        "SELECT id, kind, subject_type, subject_id, for_role, producer_id, details, opened_at,"
        " due_at FROM follow_up WHERE closed_at IS NULL"
        " AND ($1::uuid IS NULL OR (producer_id = $1 AND for_role = 'producer'))"
        " ORDER BY due_at, id LIMIT $2",
        [None if viewer.is_staff else viewer.producer_id, limit],
    )
