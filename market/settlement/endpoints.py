"""Orders, money and follow-ups over the API: what a producer's or staff's program asks for."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Header, Path, Query

from integrations.runtime.i18n import translate
from integrations.runtime.web.idempotency import require_key
from integrations.runtime.web.problems import ProblemBody
from integrations.runtime.web.state import TheLanguage
from market.settlement import queries, service
from market.settlement.schemas import (
    CannotIn,
    CloseIn,
    FollowUpPage,
    MoneyOut,
    PartOut,
    PartPage,
    RefundIn,
    RefundOut,
    RefundsOut,
    SaidIn,
    SaidOut,
)
from sellers.accounts.guards import AsFinance, AsProducer, SignedIn

router = APIRouter()

_PROBLEMS: Final[dict[int | str, dict[str, Any]]] = {
    status: {"model": ProblemBody} for status in (400, 401, 403, 404, 409)
}
_ORDERS: Final[Mapping[str, Any]] = {"tags": ["orders"], "responses": _PROBLEMS}
_MONEY: Final[Mapping[str, Any]] = {"tags": ["money"], "responses": _PROBLEMS}
_WORK: Final[Mapping[str, Any]] = {"tags": ["follow-ups"], "responses": _PROBLEMS}
PartId = Annotated[UUID, Path(description="The order part's id")]
Limit = Annotated[int, Query(ge=1, le=100)]


@router.get(
    "/order-parts",
    operation_id="order_parts_list",
    summary="Order parts, newest first: a producer's own, for staff all",
    **_ORDERS,
)
async def browse(viewer: SignedIn, cursor: UUID | None = None, limit: Limit = 50) -> PartPage:
    """`next_cursor` opens the next page."""
    return await queries.page_of(viewer, before=cursor, limit=limit)


@router.get(
    "/order-parts/{part_id}", operation_id="order_parts_show", summary="One part", **_ORDERS
)
async def show(viewer: SignedIn, part_id: PartId) -> PartOut:
    """With its payment, what happened so far, and what is open about it."""
    return await queries.one_part(viewer, part_id)


@router.post(
    "/order-parts/{part_id}/confirm",
    operation_id="order_parts_confirm",
    summary="The producer will do it",
    **_ORDERS,
)
async def confirm(viewer: AsProducer, part_id: PartId) -> PartOut:
    """Sent twice, it is confirmed once."""
    await service.confirm(part_id=part_id, actor=viewer)
    return await queries.one_part(viewer, part_id)


@router.post(
    "/order-parts/{part_id}/cannot",
    operation_id="order_parts_cannot",
    summary="The producer cannot do it: goods go back, paid money is asked back",
    **_ORDERS,
)
async def cannot(viewer: AsProducer, part_id: PartId, body: CannotIn) -> PartOut:
    """The buyer is told the reason."""
    await service.cannot(part_id=part_id, actor=viewer, reason=body.reason)
    return await queries.one_part(viewer, part_id)


@router.post(
    "/order-parts/{part_id}/money",
    operation_id="order_parts_money",
    summary="What the producer sees in the bank app",
    **_ORDERS,
)
async def say_money(viewer: AsProducer, part_id: PartId, body: SaidIn) -> SaidOut:
    """ "received" settles the payment with the producer's word as evidence."""
    said = await service.say_money(part_id=part_id, actor=viewer, received=body.said == "received")
    return SaidOut(result=said.value, part=await queries.one_part(viewer, part_id))


@router.post(
    "/order-parts/{part_id}/hand-over",
    operation_id="order_parts_hand_over",
    summary="The goods are with the carrier or the buyer",
    **_ORDERS,
)
async def hand_over(viewer: AsProducer, part_id: PartId) -> PartOut:
    """Sent twice, it is handed over once."""
    await service.hand_over(part_id=part_id, actor=viewer)
    return await queries.one_part(viewer, part_id)


@router.post(
    "/order-parts/{part_id}/complete",
    operation_id="order_parts_complete",
    summary="The buyer has goods that were paid before",
    **_ORDERS,
)
async def complete(viewer: AsProducer, part_id: PartId) -> PartOut:
    """Only for parts paid by bank transfer."""
    await service.complete(part_id=part_id, actor=viewer)
    return await queries.one_part(viewer, part_id)


@router.post(
    "/order-parts/{part_id}/paid",
    operation_id="order_parts_paid",
    summary="Cash was taken at the door",
    **_ORDERS,
)
async def paid(viewer: AsProducer, part_id: PartId) -> PartOut:
    """Settles the payment and completes the part."""
    await service.paid_at_the_door(part_id=part_id, actor=viewer)
    return await queries.one_part(viewer, part_id)


@router.post(
    "/order-parts/{part_id}/refused",
    operation_id="order_parts_refused",
    summary="The buyer did not take the goods: they return to stock",
    **_ORDERS,
)
async def refused(viewer: AsProducer, part_id: PartId) -> PartOut:
    """Only for cash on delivery."""
    await service.refused(part_id=part_id, actor=viewer)
    return await queries.one_part(viewer, part_id)


@router.get(
    "/order-parts/{part_id}/refunds",
    operation_id="refunds_list",
    summary="What a card has paid for a part, and what went back of it",
    **_MONEY,
)
async def refunds(viewer: SignedIn, part_id: PartId) -> RefundsOut:
    """A producer's own parts; for staff those of their province. Nothing for other ways to pay."""
    return await queries.refunds_of(viewer, part_id)


@router.post(
    "/order-parts/{part_id}/refunds",
    status_code=201,
    operation_id="refunds_create",
    summary="Give card money back, whole or in part",
    **_MONEY,
)
async def give_back(
    viewer: AsFinance,
    part_id: PartId,
    body: RefundIn,
    idempotency_key: Annotated[str | None, Header()] = None,
) -> RefundOut:
    """Finance staff only. `Idempotency-Key` (8 to 100 characters) is required: sent twice, the
    money goes back once. All of it, before the goods are on their way, calls the part off too.
    """
    key = require_key(idempotency_key)
    return await service.give_back(part_id=part_id, actor=viewer, wanted=body, key=key)


@router.get(
    "/money",
    operation_id="money_month",
    summary="A producer's month: what came in, what was taken and why, what is owed",
    **_MONEY,
)
async def money(
    viewer: AsProducer,
    month: Annotated[date | None, Query(description="Any day of the month")] = None,
) -> MoneyOut:
    """This month when none is given."""
    return await queries.money_of(viewer, month=month)


@router.get(
    "/follow-ups",
    operation_id="follow_ups_list",
    summary="What is to do, the most urgent first",
    **_WORK,
)
async def follow_ups(
    viewer: SignedIn, language: TheLanguage, cursor: UUID | None = None, limit: Limit = 50
) -> FollowUpPage:
    """A producer's own, for staff all."""
    page = await queries.follow_ups(viewer, after=cursor, limit=limit)
    for one in page.items:
        one.title = translate(language, one.title)
    return page


@router.post(
    "/follow-ups/{follow_up_id}/close",
    operation_id="follow_ups_close",
    summary="Say what came of it",
    status_code=204,
    **_WORK,
)
async def close(viewer: SignedIn, follow_up_id: UUID, body: CloseIn) -> None:
    """A producer can close money that was sent back; the rest closes by doing, or by staff."""
    await service.close_one(follow_up_id=follow_up_id, actor=viewer, outcome=body.outcome)
