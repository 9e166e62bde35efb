"""What staff see: their producers, the funnel, paid orders, support given."""

from typing import Any
from uuid import UUID

from integrations.contracts.errors import N_, NotAllowed, NotFound
from integrations.contracts.viewer import Viewer
from integrations.runtime.i18n import Language
from market.programme.queries import producers as producer_rows
from market.programme.queries import reading
from market.programme.queries import sales as sale_rows
from market.programme.rules import READERS, share_ppm
from market.programme.schemas import (
    CommuneRow,
    FigureQuery,
    Figures,
    FunnelRow,
    MonthRow,
    ProducerList,
    ProducerQuery,
    ProducerRow,
    SaleList,
    SaleQuery,
    SaleRow,
    SupportGiven,
    SupportQuery,
    SupportRow,
)
from sellers.producers.queries import communes_in_scope
from sellers.support.queries import kinds_of, support_of

_NOBODY = FunnelRow(signed_up=0, identified=0, listed=0, sold=0, sold_again=0, median_days=None)


def require_reader(viewer: Viewer) -> None:
    """Raises `NotAllowed` for whoever does not look after producers."""
    if viewer.role not in READERS:
        raise NotAllowed(
            "programme.not_yours", N_("These figures are for programme staff."), who="staff"
        )


async def communes(viewer: Viewer) -> list[dict[str, Any]]:
    """Code and name of the viewer's communes, for the filter."""
    require_reader(viewer)
    async with reading(viewer):
        return await communes_in_scope(viewer)


async def support_kinds(viewer: Viewer, language: Language) -> list[dict[str, Any]]:
    """Code and name of every kind that there is or was, for the filter."""
    require_reader(viewer)
    async with reading(viewer):
        return await kinds_of(language)


async def producers(viewer: Viewer, asked: ProducerQuery, language: Language) -> ProducerList:
    """A page of the viewer's producers. Raises `NotAllowed`."""
    require_reader(viewer)
    async with reading(viewer):
        found, total, rest = await producer_rows.producers(viewer, asked, language)
    return ProducerList(items=[ProducerRow(**row) for row in found], total=total, next_cursor=rest)


async def producer(
    viewer: Viewer, producer_id: UUID, language: Language
) -> tuple[ProducerRow, list[dict[str, Any]]]:
    """One producer and what it was given. Raises `NotFound` outside of the viewer's scope."""
    require_reader(viewer)
    async with reading(viewer):
        found = await producer_rows.producer(viewer, producer_id, language)
        if found is None:
            raise NotFound(
                "producer.unknown", N_("There is no such seller in your communes."), who="staff"
            )
        return ProducerRow(**found), await support_of(producer_id, language)


async def figures(viewer: Viewer, asked: FigureQuery) -> Figures:
    """The whole page of figures in two statements. Raises `NotAllowed`."""
    require_reader(viewer)
    async with reading(viewer):
        counted = await producer_rows.funnel(viewer, asked)
        by_month = await sale_rows.months(viewer, asked)
    paid, *months = [MonthRow(**row) for row in by_month]
    whole, with_support, without = _NOBODY, _NOBODY, _NOBODY
    by_commune: list[CommuneRow] = []
    for row in counted:
        if row["is_commune"]:
            by_commune.append(CommuneRow(**row))
        elif not row["is_support"]:
            whole = FunnelRow(**row)
        elif row["supported"]:
            with_support = FunnelRow(**row)
        else:
            without = FunnelRow(**row)
    return Figures(
        funnel=whole,
        supported=with_support,
        unsupported=without,
        cashless_ppm=share_ppm(paid.cashless, paid.orders),
        paid=paid,
        months=months,
        communes=by_commune,
    )


async def sales(viewer: Viewer, asked: SaleQuery) -> SaleList:
    """A page of paid orders, with their number and sum. Raises `NotAllowed`."""
    require_reader(viewer)
    async with reading(viewer):
        found, total, total_vnd, rest = await sale_rows.sales(viewer, asked)
    items = [SaleRow(**row) for row in found]
    return SaleList(items=items, total=total, total_vnd=total_vnd, next_cursor=rest)


async def support(viewer: Viewer, asked: SupportQuery, language: Language) -> SupportGiven:
    """A page of support given, with its number and cost. Raises `NotAllowed`."""
    require_reader(viewer)
    async with reading(viewer):
        found, total, total_vnd, rest = await sale_rows.support(viewer, asked, language)
    items = [SupportRow(**row) for row in found]
    return SupportGiven(items=items, total=total, total_vnd=total_vnd, next_cursor=rest)
