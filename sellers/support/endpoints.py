"""Support over the API: what was given to a producer, and one more entry."""

from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from integrations.runtime.web.problems import declared
from integrations.runtime.web.state import TheLanguage
from sellers.accounts.guards import AsStaff
from sellers.support import service
from sellers.support.schemas import (
    CancelSupport,
    GiveSupport,
    KindBody,
    Kinds,
    SupportBody,
    SupportList,
)

router = APIRouter(tags=["Support"])


@router.get(
    "/support-kinds",
    operation_id="support_kinds",
    summary="Kinds of support that can be given today",
    responses=declared(401, 403),
)
async def kinds(viewer: AsStaff, language: TheLanguage) -> Kinds:
    """In the order in which forms show them."""
    found = await service.kinds_today(viewer, language)
    return Kinds(kinds=[KindBody(**row) for row in found])


@router.get(
    "/producers/{producer_id}/support",
    operation_id="support_list",
    summary="What a producer was given, the newest first",
    responses=declared(400, 401, 403, 404),
)
async def browse(producer_id: UUID, viewer: AsStaff, language: TheLanguage) -> SupportList:
    """Entries that were taken back are there too, with the reason."""
    found = await service.list_support(viewer, producer_id, language)
    return SupportList(items=[SupportBody(**row) for row in found])


@router.post(
    "/producers/{producer_id}/support",
    status_code=201,
    operation_id="support_give",
    summary="Write down one support that was given",
    responses=declared(400, 401, 403, 404, 409),
)
async def give(
    producer_id: UUID, given: GiveSupport, viewer: AsStaff, language: TheLanguage
) -> SupportBody:
    """With an `id` of yours the same request may be sent again."""
    event_id = await service.give(viewer, producer_id=producer_id, given=given)
    found = await service.list_support(viewer, producer_id, language)
    return SupportBody(**next(row for row in found if row["id"] == event_id))


@router.post(
    "/producers/{producer_id}/support/{event_id}/cancel",
    status_code=204,
    operation_id="support_cancel",
    summary="Take an entry back; it stays readable with the reason",
    responses=declared(400, 401, 403, 404, 409),
)
async def cancel(
    producer_id: UUID, event_id: UUID, asked: CancelSupport, viewer: AsStaff
) -> Response:
    """Entries are never changed: a mistake is taken back and written anew."""
    await service.cancel(viewer, producer_id=producer_id, event_id=event_id, reason=asked.reason)
    return Response(status_code=204)
