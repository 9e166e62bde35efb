"""Reads of cases: one's own, and the queue of those who decide."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from integrations.contracts.viewer import Viewer
from integrations.runtime.clock import now
from integrations.runtime.database import rows, value
from sellers.onboarding.rules import REVIEW_WITHIN_S, WAITING, CaseState, Known, Mark, StepState
from sellers.producers.queries import IN_SCOPE, scope_of


@dataclass(frozen=True, slots=True)
class Case:
    """One case with the outside of its producer."""

    id: UUID
    producer_id: UUID
    state: CaseState
    revision: int
    submitted_at: datetime
    taken_by: UUID | None
    decided_at: datetime | None
    producer_name: str
    producer_kind: str
    producer_code: str
    producer_phone: str
    commune_code: str
    commune_name: str
    province_name: str
    hamlet: str

    @property
    def waits(self) -> bool:
        """Somebody of the programme has to answer."""
        return self.state in WAITING

    @property
    def answer_by(self) -> datetime:
        """Until when."""
        return self.submitted_at + timedelta(seconds=REVIEW_WITHIN_S)

    @property
    def is_late(self) -> bool:
        """Nobody has answered in time."""
        return self.waits and now() > self.answer_by


_COLUMNS: Final = """
  k.id, k.producer_id, k.state, k.revision, k.submitted_at, k.taken_by, k.decided_at,
  p.name AS producer_name, p.kind AS producer_kind, p.code AS producer_code,
  p.phone AS producer_phone, p.hamlet, c.code AS commune_code, c.full_name AS commune_name,
  v.full_name AS province_name
FROM onboarding_case k JOIN producer p ON p.id = k.producer_id
JOIN commune c ON c.code = p.commune_id JOIN province v ON v.code = c.province_id
"""
_MINE: Final = f"SELECT {_COLUMNS} WHERE k.producer_id = $1"


async def case_of(producer_id: UUID) -> Case | None:
    """The case of a producer, or None while nothing was sent."""
    found = await rows(_MINE, [producer_id])
    return _case(found[0]) if found else None


_ONE: Final = f"SELECT {_COLUMNS} WHERE {IN_SCOPE} AND k.id = $3"


async def one(viewer: Viewer, case_id: UUID) -> Case | None:
    """A case that staff look after; None outside of their scope."""
    found = await rows(_ONE, [*scope_of(viewer), case_id])
    return _case(found[0]) if found else None


_QUEUE: Final = f"""
SELECT {_COLUMNS} WHERE {IN_SCOPE} AND k.state = ANY($3::text[])
  AND ($4::text = '' OR c.code = $4)
  AND ($5::timestamptz IS NULL OR (k.submitted_at, k.id) > ($5, $6::uuid))
ORDER BY k.submitted_at, k.id LIMIT $7
"""


async def queue(
    viewer: Viewer,
    *,
    states: list[str],
    commune_code: str,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> list[Case]:
    """Cases in these states, longest waiting first."""
    at, case_id = after or (None, None)
    found = await rows(_QUEUE, [*scope_of(viewer), states, commune_code, at, case_id, limit])
    return [_case(row) for row in found]


_COUNTS: Final = f"""
SELECT k.state, count(*)::int AS count FROM onboarding_case k
JOIN producer p ON p.id = k.producer_id JOIN commune c ON c.code = p.commune_id
WHERE {IN_SCOPE} AND ($3::text = '' OR c.code = $3) GROUP BY k.state
"""  # noqa: S608 - the same


async def counts(viewer: Viewer, commune_code: str) -> dict[str, int]:
    """How many cases stand in each state."""
    found = await rows(_COUNTS, [*scope_of(viewer), commune_code])
    return {row["state"]: row["count"] for row in found}


async def place_of(case_id: UUID) -> tuple[datetime, UUID] | None:
    """Where a case stands in the queue, for the page after it."""
    at = await value("SELECT submitted_at FROM onboarding_case WHERE id = $1", [case_id])
    return None if at is None else (at, case_id)


_KNOWN: Final = """
SELECT p.kind, p.created_at, p.cleared_at,
  (SELECT given_at FROM identity i WHERE i.producer_id = p.id AND i.ended_at IS NULL)
    AS identity_given_at,
  (SELECT created_at FROM payout_account a WHERE a.producer_id = p.id AND a.ended_at IS NULL)
    AS account_since
FROM producer p WHERE p.id = $1
"""
_MARKS: Final = "SELECT step, state, since, reason FROM case_step WHERE producer_id = $1"


async def known_of(producer_id: UUID) -> Known:
    """All that the steps of a producer are made of."""
    row = (await rows(_KNOWN, [producer_id]))[0]
    marks = {
        one["step"]: Mark(StepState(one["state"]), one["since"], one["reason"])
        for one in await rows(_MARKS, [producer_id])
    }
    return Known(
        kind=row["kind"],
        created_at=row["created_at"],
        identity_given_at=row["identity_given_at"],
        account_since=row["account_since"],
        marks=marks,
    )


_OVERDUE: Final = """
SELECT k.id, k.producer_id, p.name FROM onboarding_case k JOIN producer p ON p.id = k.producer_id
WHERE k.state IN ('submitted', 'in_review')
  AND k.submitted_at < now() - make_interval(secs => $1)
"""


async def overdue(after_s: float) -> list[dict[str, Any]]:
    """Cases that wait longer than so many seconds, as the system."""
    return await rows(_OVERDUE, [after_s])


_WHOM: Final = """
SELECT s.phone, s.language, p.name FROM producer p
JOIN membership m ON m.producer_id = p.id AND m.ended_at IS NULL
JOIN person s ON s.id = m.person_id AND s.disabled_at IS NULL
WHERE p.id = $1 ORDER BY m.since, m.id LIMIT 1
"""


async def to_tell(producer_id: UUID) -> dict[str, Any] | None:
    """Phone and language of the first person of a producer, and its name; as the system."""
    found = await rows(_WHOM, [producer_id])
    return found[0] if found else None


def _case(row: dict[str, Any]) -> Case:
    return Case(**{**row, "state": CaseState(row["state"])})
