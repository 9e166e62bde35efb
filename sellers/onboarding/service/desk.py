"""The desk: what waits, one case with all that is known, the decision."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from integrations.contracts.errors import N_, Conflict, NotAllowed, NotFound, Problem
from integrations.contracts.viewer import SYSTEM, Viewer
from integrations.runtime import audit
from integrations.runtime.clock import local_date, now
from integrations.runtime.database import rows, work
from integrations.runtime.followups import close_follow_ups
from integrations.runtime.outbox import emit
from sellers.onboarding import queries
from sellers.onboarding.queries import Case
from sellers.onboarding.rules import (
    DECIDERS,
    MOVES,
    WAITING,
    CaseState,
    Step,
    StepState,
    decided_steps,
    read_evidence,
    read_place,
    read_reason,
    steps_of,
)
from sellers.onboarding.service.case import note_step
from sellers.onboarding.service.telling import OVERDUE
from sellers.producers.queries import (
    IdentityKept,
    communes_in_scope,
    identity_of,
    open_identity,
    open_tax_code,
    others_of_same_number,
)
from sellers.producers.rules.identity import WITH_TAX_CODE, Person, doubts
from sellers.producers.service import confirm_identity, look_at_number, set_cleared


@dataclass(frozen=True, slots=True)
class Queue:
    """A page of the queue, how many stand in each state, and the communes to choose from."""

    cases: list[Case]
    counts: dict[str, int]
    communes: list[dict[str, Any]]
    rest: UUID | None


@dataclass(frozen=True, slots=True)
class Look:
    """One case as who decides sees it: the number's last four digits, never more.

    `doubts` are catalogue keys; `others` are producers with the same number or tax code.
    """

    case: Case
    steps: list[Step]
    kept: IdentityKept | None
    person: Person | None
    tax_code: str | None
    doubts: list[str]
    others: list[dict[str, Any]]

    @property
    def decided(self) -> tuple[str, ...]:
        """The steps that are said yes or no to."""
        return decided_steps(self.case.producer_kind)


def _require_decider(viewer: Viewer) -> None:
    if viewer.role not in DECIDERS:
        raise NotAllowed(
            "case.not_yours", N_("Sellers are confirmed by staff of their place."), who="staff"
        )


def no_such_case() -> NotFound:
    """None, or outside of what these staff look after."""
    return NotFound("case.unknown", N_("There is no such seller in your communes."), who="staff")


async def queue(
    viewer: Viewer,
    *,
    states: list[str],
    commune_code: str = "",
    after: UUID | None = None,
    limit: int = 50,
) -> Queue:
    """What waits, longest first; filtered by commune. Raises `NotAllowed`."""
    _require_decider(viewer)
    async with work(viewer):
        place = await queries.place_of(after) if after else None
        found = await queries.queue(
            viewer, states=states, commune_code=commune_code[:5], after=place, limit=limit + 1
        )
        return Queue(
            cases=found[:limit],
            counts=await queries.counts(viewer, commune_code[:5]),
            communes=await communes_in_scope(viewer),
            rest=found[limit - 1].id if len(found) > limit else None,
        )


async def look(viewer: Viewer, case_id: UUID) -> Look:
    """One case with all that is known. Raises `NotAllowed`, `NotFound`."""
    _require_decider(viewer)
    async with work(viewer):
        case = await _seen(viewer, case_id)
        kept = await identity_of(case.producer_id)
        steps = steps_of(await queries.known_of(case.producer_id))
    person = open_identity(kept) if kept else None
    # Somebody with the same number may live outside of what these staff look after: that there
    # is one must be seen, so it is asked as the system, and only names and places are shown.
    async with work(SYSTEM):
        others = await others_of_same_number(case.producer_id, kept) if kept else []
    found = person and doubts(
        number=person.number,
        born_on=person.born_on,
        sex=person.sex,
        issued_on=person.issued_on,
        today=local_date(now()),
    )
    return Look(
        case=case,
        steps=steps,
        kept=kept,
        person=person,
        tax_code=open_tax_code(kept) if kept else None,
        doubts=found or [],
        others=others,
    )


async def _seen(viewer: Viewer, case_id: UUID) -> Case:
    found = await queries.one(viewer, case_id)
    if found is None:
        raise no_such_case()
    return found


_MOVE: Final = """
UPDATE onboarding_case SET state = $2::text, updated_at = now(),
  taken_by = CASE WHEN $2::text = 'in_review' THEN $3::uuid ELSE taken_by END,
  decided_at = CASE WHEN $2::text = 'in_review' THEN decided_at ELSE now() END,
  decided_by = CASE WHEN $2::text = 'in_review' THEN decided_by ELSE $3::uuid END
WHERE id = $1 AND state = ANY($4::text[]) AND ($5::int IS NULL OR revision = $5) RETURNING id
"""


async def _move(
    viewer: Viewer,
    case_id: UUID,
    to: CaseState,
    *,
    only_from: Collection[CaseState] | None = None,
    revision: int | None = None,
) -> None:
    states = [str(state) for state in MOVES[to] if only_from is None or state in only_from]
    if not await rows(_MOVE, [case_id, str(to), viewer.person_id, states, revision]):
        raise _moved()


def _moved() -> Conflict:
    return Conflict(
        "case.moved", N_("This was changed or decided meanwhile. Please look at it again.")
    )


async def take(viewer: Viewer, *, case_id: UUID) -> None:
    """Say that one is looking at it, so that no two do. Raises `Conflict`, `NotFound`."""
    _require_decider(viewer)
    async with work(viewer):
        await _seen(viewer, case_id)
        await _move(viewer, case_id, CaseState.IN_REVIEW)
        await audit.record(viewer, "case.taken", f"case:{case_id}")


async def decide(
    viewer: Viewer,
    *,
    case_id: UUID,
    revision: int,
    kind: str,
    mend: Mapping[str, str],
    evidence: str = "",
    place: str = "",
) -> CaseState:
    """Confirm who sells, or send the case back with what is to be mended, step by step.

    `revision` and `kind` are what was looked at. `mend`: step to reason; empty confirms, which
    needs `evidence`. Raises `Problem` at its field (`evidence.missing`, `reason.…`, `case.step`),
    `Conflict` when it moved on or the tax number is missing, `NotFound`.
    """
    _require_decider(viewer)
    async with work(viewer):
        case = await _seen(viewer, case_id)
        if case.producer_kind != kind:
            raise _moved()
        steps = decided_steps(kind)
        if unknown := set(mend) - set(steps):
            raise Problem(
                "case.step",
                N_("This kind of seller has no step {step}."),
                params={"step": min(unknown)},
            )
        said = {step: read_reason(reason) for step, reason in mend.items()}
        if said:
            await _move(viewer, case_id, CaseState.TO_MEND, revision=revision)
            await set_cleared(case.producer_id, cleared=False)
        else:
            evidence = read_evidence(evidence)
            await _require_tax_code(case)
            await _move(viewer, case_id, CaseState.APPROVED, only_from=WAITING, revision=revision)
            await confirm_identity(
                viewer, case.producer_id, evidence=evidence, place=read_place(place)
            )
        for step in steps:
            state = StepState.TO_MEND if step in said else StepState.DONE
            await note_step(case.producer_id, step, state, viewer=viewer, reason=said.get(step, ""))
        to = CaseState.TO_MEND if said else CaseState.APPROVED
        await _decided(viewer, case, to, steps=sorted(said), evidence=evidence)
    return to


async def _require_tax_code(case: Case) -> None:
    kept = await identity_of(case.producer_id)
    if case.producer_kind in WITH_TAX_CODE and not (kept and kept.tax_sealed):
        raise Conflict(
            "tax_code.missing",
            N_("The tax number is missing. Please send it back to be mended."),
        )


async def pause(viewer: Viewer, *, case_id: UUID, reason: str) -> None:
    """Stop a confirmed seller for now. Raises `Conflict`, `NotFound`, `Problem` at reason."""
    _require_decider(viewer)
    said = read_reason(reason)
    async with work(viewer):
        case = await _seen(viewer, case_id)
        await _move(viewer, case_id, CaseState.PAUSED)
        await set_cleared(case.producer_id, cleared=False)
        await _decided(viewer, case, CaseState.PAUSED, reason=said)


async def resume(viewer: Viewer, *, case_id: UUID) -> None:
    """Let a stopped seller sell again. Raises `Conflict`, `NotFound`."""
    _require_decider(viewer)
    async with work(viewer):
        case = await _seen(viewer, case_id)
        await _move(viewer, case_id, CaseState.APPROVED, only_from={CaseState.PAUSED})
        await set_cleared(case.producer_id, cleared=True)
        await _decided(viewer, case, CaseState.APPROVED)


async def _decided(
    viewer: Viewer, case: Case, to: CaseState, *, reason: str = "", **details: Any
) -> None:
    await audit.record(viewer, f"case.{to}", f"case:{case.id}", reason=reason, **details)
    await close_follow_ups(viewer, subject_id=case.id, outcome=str(to), kinds=(OVERDUE,))
    await emit("case.decided", case.producer_id, state=str(to), reason=reason)


async def number_of(viewer: Viewer, *, case_id: UUID, reason: str) -> str:
    """The whole personal number; the reason stands in the audit. Raises `Problem`, `NotFound`."""
    _require_decider(viewer)
    said = read_reason(reason, field="look_reason")
    async with work(viewer):
        case = await _seen(viewer, case_id)
        return await look_at_number(viewer, case.producer_id, reason=said)
