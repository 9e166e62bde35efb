"""Sessions: a random token in a cookie or bearer header; only its hash is kept."""

import hashlib
import secrets
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from integrations.contracts.ids import new_id
from integrations.contracts.viewer import SYSTEM, Role, Viewer
from integrations.runtime.database import rows, run, work
from sellers.accounts.models import SessionKind

LIFETIME_S = {SessionKind.WEB: 60 * 86_400, SessionKind.API: 30 * 86_400}
# Staff machines are shared: a working day.
STAFF_LIFETIME_S = 12 * 3_600


@dataclass(frozen=True, slots=True)
class Opened:
    """A new session; `token` is shown once and never stored."""

    session_id: UUID
    token: str
    expires_in_s: int


def hash_token(token: str) -> str:
    """SHA-256 in hex: enough for 256 random bits."""
    return hashlib.sha256(token.encode()).hexdigest()


_OPEN = """
INSERT INTO session (id, token_hash, kind, person_id, phone, role, producer_id, province_code,
                     expires_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, now() + make_interval(secs => $9))
"""


async def open_session(viewer: Viewer, *, kind: SessionKind, phone: str) -> Opened:
    """Open a session that acts as `viewer`, in the open transaction (as the system)."""
    token = secrets.token_urlsafe(32)
    lifetime_s = STAFF_LIFETIME_S if viewer.is_staff else LIFETIME_S[kind]
    session_id = new_id()
    await rows(
        _OPEN,
        [
            session_id,
            hash_token(token),
            str(kind),
            viewer.person_id,
            phone,
            str(viewer.role),
            viewer.producer_id,
            viewer.province_code,
            float(lifetime_s),
        ],
    )
    return Opened(session_id, token, lifetime_s)


_READ = """
SELECT s.id, s.person_id, s.role, s.producer_id, s.province_code, s.phone, s.kind,
       s.seen_at < now() - interval '1 hour' AS stale, lent.communes
FROM session s JOIN person p ON p.id = s.person_id
CROSS JOIN LATERAL (
  SELECT count(*) AS grants, CASE WHEN bool_and(g.commune_code IS NOT NULL)
    THEN array_agg(g.commune_code::text ORDER BY g.commune_code) END AS communes
  FROM role_grant g WHERE g.person_id = s.person_id AND g.role = s.role
    AND g.province_code IS NOT DISTINCT FROM s.province_code AND g.ended_at IS NULL) lent
WHERE s.token_hash = $1 AND s.ended_at IS NULL AND s.expires_at > now()
  AND p.disabled_at IS NULL AND (s.role = ANY($2) OR lent.grants > 0)
"""
# Every other role is lent by the programme, and ends with its grant; a grant without a commune
# is for the whole province.
_UNGRANTED = [str(Role.PERSON), str(Role.PRODUCER)]


async def read_session(token: str) -> tuple[UUID, Viewer] | None:
    """Session id and viewer of a live token; None when unknown, ended, expired or disabled,
    or when the staff role was taken away.
    """
    async with work(SYSTEM):
        found = await rows(_READ, [hash_token(token), _UNGRANTED])
        if not found:
            return None
        row = found[0]
        if row["stale"]:
            await run("UPDATE session SET seen_at = now() WHERE id = $1", [row["id"]])
    return row["id"], viewer_of(row)


def viewer_of(row: dict[str, Any]) -> Viewer:
    """The viewer that a session row stands for."""
    return Viewer(
        Role(row["role"]),
        person_id=row["person_id"],
        producer_id=row["producer_id"],
        province_code=row["province_code"],
        commune_codes=tuple(row["communes"] or ()),
    )


async def end_session(token: str) -> None:
    """Sign out this device; an unknown token is no error."""
    async with work(SYSTEM):
        await run(
            "UPDATE session SET ended_at = now() WHERE token_hash = $1 AND ended_at IS NULL",
            [hash_token(token)],
        )


async def end_sessions_of(person_id: UUID) -> int:
    """Sign out every device of a person; how many. Inside a transaction of the system."""
    return await run(
        "UPDATE session SET ended_at = now() WHERE person_id = $1 AND ended_at IS NULL",
        [person_id],
    )


async def become(session_id: UUID, viewer: Viewer) -> None:
    """Let a session act as another viewer of the same person (a producer was chosen or made)."""
    await run(
        "UPDATE session SET role = $2, producer_id = $3 WHERE id = $1 AND person_id = $4",
        [session_id, str(viewer.role), viewer.producer_id, viewer.person_id],
    )
