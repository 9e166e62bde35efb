"""Figures over the API: the same rows as on the pages."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from integrations.runtime.web.problems import declared
from integrations.runtime.web.state import TheLanguage
from market.programme.schemas import (
    FigureQuery,
    Figures,
    ProducerList,
    ProducerQuery,
    ProducerRow,
    SaleList,
    SaleQuery,
    SupportGiven,
    SupportQuery,
)
from market.programme.service import figures as service
from sellers.accounts.guards import AsStaff

router = APIRouter(prefix="/programme", tags=["Programme"])


@router.get(
    "/figures",
    operation_id="programme_figures",
    summary="The funnel, median days, cashless share, months and communes",
    responses=declared(400, 401, 403),
)
async def figures(viewer: AsStaff, asked: Annotated[FigureQuery, Query()]) -> Figures:
    """The funnel counts producers who signed up in the time, months the orders paid in it."""
    return await service.figures(viewer, asked)


@router.get(
    "/producers",
    operation_id="programme_producers",
    summary="Producers of my communes, where each stands and since when",
    responses=declared(400, 401, 403),
)
async def producers(
    viewer: AsStaff, language: TheLanguage, asked: Annotated[ProducerQuery, Query()]
) -> ProducerList:
    """The newest sign-up first. `total` is the number that the figures show for the same query."""
    return await service.producers(viewer, asked, language)


@router.get(
    "/producers/{producer_id}",
    operation_id="programme_producer",
    summary="One producer, where it stands and since when",
    responses=declared(400, 401, 403, 404),
)
async def producer(viewer: AsStaff, language: TheLanguage, producer_id: UUID) -> ProducerRow:
    """Another province's producer is none."""
    return (await service.producer(viewer, producer_id, language))[0]


@router.get(
    "/sales",
    operation_id="programme_sales",
    summary="Paid orders of my communes, the latest money first",
    responses=declared(400, 401, 403),
)
async def sales(viewer: AsStaff, asked: Annotated[SaleQuery, Query()]) -> SaleList:
    """Nothing of the buyer. Cancelled, refused and refunded ones are not there."""
    return await service.sales(viewer, asked)


@router.get(
    "/support",
    operation_id="programme_support",
    summary="Support that was given in my communes, beside what came of it",
    responses=declared(400, 401, 403),
)
async def support(
    viewer: AsStaff, language: TheLanguage, asked: Annotated[SupportQuery, Query()]
) -> SupportGiven:
    """Entries that were taken back are not there."""
    return await service.support(viewer, asked, language)
