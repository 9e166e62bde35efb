"""The audit chain: who did what for whom, in order, never changed afterwards."""

from typing import Any
from uuid import UUID

import orjson
import structlog

from integrations.contracts.viewer import Viewer
from integrations.runtime.database import rows, value

_ADD = """
INSERT INTO audit (seq, actor, beneficiary_id, action, subject, reason, details, request_id,
                   previous_hash, hash)
VALUES (0, $1, $2, $3, $4, $5, $6::jsonb, $7, '', '')
"""


async def record(
    viewer: Viewer, action: str, subject: str, *, reason: str = "", **details: Any
) -> None:
    """Append one entry inside the transaction of the change. No personal data in `details`.

    The database computes the number and the hash under a lock, so entries cannot interleave.
    """
    request_id = str(structlog.contextvars.get_contextvars().get("request_id", ""))[:40]
    await rows(
        _ADD,
        [
            viewer.label,
            viewer.producer_id,
            action,
            subject,
            reason,
            orjson.dumps(details, default=str).decode(),
            request_id,
        ],
    )


async def first_broken() -> int | None:
    """Number of the first entry that does not fit the chain, or None when all do."""
    broken = await value("SELECT audit_first_broken()")
    return None if broken is None else int(broken)


def subject_of(kind: str, object_id: UUID) -> str:
    """How an object is named in the chain."""
    return f"{kind}:{object_id}"
