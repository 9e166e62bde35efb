"""A producer's own case: where each step stands, and sending it to the staff."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from integrations.contracts.errors import N_, Conflict
from integrations.contracts.ids import new_id
from integrations.contracts.viewer import Viewer
from integrations.runtime import audit
from integrations.runtime.clock import database_now, local_date
from integrations.runtime.database import rows, value, work
from integrations.runtime.limits import Limit, spend
from integrations.runtime.outbox import emit
from sellers.accounts.rules import read_name
from sellers.onboarding import queries
from sellers.onboarding.queries import Case
from sellers.onboarding.rules import (
    MOVES,
    WAITING,
    CaseState,
    Step,
    StepState,
    decided_steps,
    next_step,
    steps_of,
)
from sellers.onboarding.schemas import GiveIdentity
from sellers.producers.queries import IdentityKept, identity_of, open_identity
from sellers.producers.rules.identity import (
    WITH_TAX_CODE,
    Person,
    read_birth,
    read_day,
    read_personal_number,
    read_tax_code,
)
from sellers.producers.service import keep_identity


@dataclass(frozen=True, slots=True)
class MyCase:
    """A case with its steps. `person`: who answers, as given; `kept`: the sealed row behind it."""

    state: CaseState
    steps: list[Step]
    kept: IdentityKept | None
    person: Person | None
    case: Case | None

    @property
    def next(self) -> Step | None:
        """The one thing to do now."""
        return next_step(self.steps)


async def my_case(viewer: Viewer) -> MyCase:
    """The case of the viewer's producer."""
    async with work(viewer):
        return await _of(viewer)


async def _of(viewer: Viewer) -> MyCase:
    producer_id = viewer.producer_id
    assert producer_id is not None
    case = await queries.case_of(producer_id)
    kept = await identity_of(producer_id)
    return MyCase(
        state=case.state if case else CaseState.DRAFT,
        steps=steps_of(await queries.known_of(producer_id)),
        kept=kept,
        person=open_identity(kept) if kept else None,
        case=case,
    )


async def read_person(given: GiveIdentity, *, kind: str) -> tuple[Person, str | None]:
    """Who answers for the goods, and the tax code where the kind has one of its own.

    Raises `Problem` at its field (`name.…`, `number.…`, `day.…`, `birth.…`, `tax_code.…`).
    """
    today = local_date(await database_now())
    issued = given.issued_on.strip()
    person = Person(
        name=read_name(given.name, field="name"),
        number=read_personal_number(given.number),
        born_on=read_birth(given.born_on, today=today),
        sex=given.sex if given.sex in ("male", "female") else None,
        issued_on=read_day(issued, field="issued_on") if issued else None,
    )
    return person, read_tax_code(given.tax_code) if kind in WITH_TAX_CODE else None


GIVEN: Final = Limit("identity.given.day", 30, 86_400)
_SEND: Final = """
INSERT INTO onboarding_case (id, producer_id, state) VALUES ($1, $2, 'submitted')
ON CONFLICT (producer_id) DO UPDATE SET state = 'submitted', submitted_at = now(),
  revision = onboarding_case.revision + 1, taken_by = NULL, decided_at = NULL, decided_by = NULL,
  updated_at = now()
WHERE onboarding_case.state = ANY($3::text[])
RETURNING id
"""


async def submit(*, viewer: Viewer, given: GiveIdentity, method: str = "typed") -> MyCase:
    """Give who answers for the goods and send the case to the staff.

    The same again while it waits changes nothing. Raises `Problem` at its field, `Conflict`
    (code `case.decided`) when staff confirmed it already or stopped the selling.
    """
    producer_id = viewer.producer_id
    assert producer_id is not None
    # Nobody finds out whose numbers there are by trying them.
    await spend((GIVEN, str(viewer.person_id)))
    async with work(viewer):
        kind = await value("SELECT kind FROM producer WHERE id = $1", [producer_id])
        person, tax_code = await read_person(given, kind=kind)
        is_new = await keep_identity(viewer, person=person, tax_code=tax_code, method=method)
        before = await queries.case_of(producer_id)
        if before is not None and before.state in WAITING and not is_new:
            return await _of(viewer)
        states = [str(state) for state in MOVES[CaseState.SUBMITTED]]
        if not (sent := await rows(_SEND, [new_id(), producer_id, states])):
            raise Conflict(
                "case.decided",
                N_("Staff have decided already. To change it, please call them."),
                who="staff",
            )
        for step in decided_steps(kind):
            await note_step(producer_id, step, StepState.WAITING, viewer=viewer)
        case_id = sent[0]["id"]
        await audit.record(viewer, "case.submitted", f"case:{case_id}")
        await emit("case.submitted", producer_id)
        return await _of(viewer)


_NOTE: Final = """
INSERT INTO case_step (id, producer_id, step, state, reason, moved_by)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (producer_id, step) DO UPDATE SET state = excluded.state, reason = excluded.reason,
  moved_by = excluded.moved_by, since = now()
WHERE (case_step.state, case_step.reason) IS DISTINCT FROM (excluded.state, excluded.reason)
RETURNING id
"""


async def note_step(
    producer_id: UUID, step: str, state: StepState, *, viewer: Viewer, reason: str = ""
) -> bool:
    """Write where a step stands, in the open transaction; True when that is new."""
    params = [new_id(), producer_id, step, str(state), reason, viewer.person_id]
    return bool(await rows(_NOTE, params))


async def mark_done(viewer: Viewer, producer_id: UUID, step: str) -> bool:
    """The market says that a step of its own has happened; True the first time."""
    async with work(viewer):
        return await note_step(producer_id, step, StepState.DONE, viewer=viewer)
