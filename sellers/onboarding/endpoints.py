"""Cases over the API: one's own, and the desk of those who decide."""

from uuid import UUID

from fastapi import APIRouter

from integrations.runtime.web.problems import declared
from sellers.accounts.guards import AsProducer, AsStaff
from sellers.onboarding import service
from sellers.onboarding.rules import WAITING
from sellers.onboarding.schemas import (
    CaseBody,
    Cases,
    Decision,
    GiveIdentity,
    IdentityShown,
    QueuedCase,
    StepBody,
)

router = APIRouter(tags=["Who sells"])


@router.get(
    "/onboarding/case",
    operation_id="case_show_mine",
    summary="Where my case stands, step by step",
    responses=declared(401, 403),
)
async def mine(viewer: AsProducer) -> CaseBody:
    """The number stays hidden but for its last four digits."""
    return _body(await service.my_case(viewer))


@router.put(
    "/onboarding/identity",
    operation_id="case_submit",
    summary="Say who answers for the goods, and send the case to the staff",
    responses=declared(400, 401, 403, 409),
)
async def submit(given: GiveIdentity, viewer: AsProducer) -> CaseBody:
    """The same again while it waits changes nothing."""
    return _body(await service.submit(viewer=viewer, given=given))


def _body(mine: service.MyCase) -> CaseBody:
    shown = None
    if mine.kept and mine.person:
        shown = IdentityShown(
            name=mine.person.name,
            number_last4=mine.kept.number_last4,
            born_on=mine.person.born_on,
            tax_last4=mine.kept.tax_last4,
            confirmed_at=mine.kept.confirmed_at,
        )
    return CaseBody(
        state=mine.state,
        steps=[
            StepBody(
                code=one.code,
                state=one.state,
                mover=one.mover,
                required=one.required,
                since=one.since,
                reason=one.reason,
            )
            for one in mine.steps
        ],
        next=mine.next.code if mine.next else None,
        identity=shown,
    )


@router.get(
    "/onboarding/cases",
    operation_id="cases_waiting",
    summary="Cases that wait for staff, the longest first",
    responses=declared(401, 403),
)
async def waiting(viewer: AsStaff, after: UUID | None = None) -> Cases:
    """Of the communes or the province that the viewer looks after."""
    found = await service.queue(viewer, states=[str(one) for one in WAITING], after=after)
    return Cases(
        items=[
            QueuedCase(
                id=one.id,
                state=one.state,
                revision=one.revision,
                submitted_at=one.submitted_at,
                producer_id=one.producer_id,
                producer_name=one.producer_name,
                producer_kind=one.producer_kind,
                commune_name=one.commune_name,
            )
            for one in found.cases
        ],
        next=found.rest,
    )


@router.post(
    "/onboarding/cases/{case_id}/decision",
    status_code=204,
    operation_id="case_decide",
    summary="Confirm who sells, or send the case back",
    responses=declared(400, 401, 403, 404, 409),
)
async def decide(case_id: UUID, decision: Decision, viewer: AsStaff) -> None:
    """Confirming needs to say how somebody made sure who it is."""
    await service.decide(
        viewer,
        case_id=case_id,
        revision=decision.revision,
        kind=decision.kind,
        mend=decision.mend,
        evidence=decision.evidence,
        place=decision.place,
    )
