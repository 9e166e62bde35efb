"""Pages for staff: every number leads to the list of what it counts."""

from calendar import monthrange
from datetime import date, datetime
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from integrations.contracts.errors import N_
from integrations.runtime.i18n import current_language, percent, translate
from integrations.runtime.i18n.formats import local
from integrations.runtime.web.state import Pages, TheLanguage
from market.programme.rules import (
    GIVERS,
    KIND_NAMES,
    METHOD_WORDS,
    SILENT_DAYS,
    STAGE_WORDS,
    STEP_WORDS,
    Step,
    bars,
    greatest_loss,
    share_ppm,
    source_name,
)
from market.programme.schemas import (
    FigureQuery,
    FunnelRow,
    MonthRow,
    ProducerQuery,
    SaleQuery,
    SupportQuery,
)
from market.programme.service import figures as service
from sellers.accounts.guards import AsStaff

router = APIRouter(include_in_schema=False)

PRODUCERS: Final = "/staff/producers"
SALES: Final = "/staff/sales"
SUPPORT: Final = "/staff/support"
FIGURES: Final = "/staff/figures"


def local_day(moment: datetime | date) -> str:
    """ "12/11/2026" in Viet Nam's time ("12 Nov 2026" in English)."""
    day = local(moment).date() if isinstance(moment, datetime) else moment
    return f"{day:%d/%m/%Y}" if current_language() == "vi" else f"{day:%-d %b %Y}"


def share(rate_ppm: int | None) -> str:
    """ "44,2 %"; a dash when there is nothing to share."""
    return "–" if rate_ppm is None else percent((rate_ppm + 500) // 1_000 * 1_000)


_DONE: Final = {
    "given": N_("Written down."),
    "cancelled": N_("Taken back. It stays readable, crossed out."),
}
_WORDS: Final = {
    "step_words": STEP_WORDS,
    "stage_words": STAGE_WORDS,
    "kind_names": KIND_NAMES,
    "method_words": METHOD_WORDS,
    "source_name": source_name,
    "local_day": local_day,
    "share": share,
}


@router.get(PRODUCERS)
async def producers(
    request: Request,
    pages: Pages,
    viewer: AsStaff,
    language: TheLanguage,
    asked: Annotated[ProducerQuery, Query()],
) -> Response:
    """Who there is, where each stands and since when, what each was given."""
    found = await service.producers(viewer, asked, language)
    context = {
        **_WORDS,
        "asked": asked,
        "path": PRODUCERS,
        "found": found,
        "communes": await service.communes(viewer),
        "silent_choices": SILENT_DAYS,
        "can_give": viewer.role in GIVERS,
        "older": asked.address(PRODUCERS, after=found.next_cursor) if found.next_cursor else None,
    }
    return pages.render(request, "programme/producers.html", context)


@router.get(PRODUCERS + "/{producer_id}")
async def producer(
    *,
    request: Request,
    pages: Pages,
    viewer: AsStaff,
    language: TheLanguage,
    producer_id: UUID,
    done: Literal["given", "cancelled", ""] = "",
) -> Response:
    """Its way so far, beside what it was given."""
    found, given = await service.producer(viewer, producer_id, language)
    context = {
        **_WORDS,
        "it": found,
        "given": given,
        "can_give": viewer.role in GIVERS,
        "sales_url": SaleQuery(producer=producer_id, stranger="yes").address(SALES),
        "toast": translate(language, _DONE[done]) if done else None,
    }
    return pages.render(request, "programme/producer.html", context)


@router.get(SALES)
async def sales(
    request: Request, pages: Pages, viewer: AsStaff, asked: Annotated[SaleQuery, Query()]
) -> Response:
    """The orders behind the numbers of orders."""
    found = await service.sales(viewer, asked)
    context = {
        **_WORDS,
        "asked": asked,
        "path": SALES,
        "found": found,
        "communes": await service.communes(viewer),
        "older": asked.address(SALES, after=found.next_cursor) if found.next_cursor else None,
    }
    return pages.render(request, "programme/sales.html", context)


@router.get(SUPPORT)
async def support(
    request: Request,
    pages: Pages,
    viewer: AsStaff,
    language: TheLanguage,
    asked: Annotated[SupportQuery, Query()],
) -> Response:
    """What was given, beside the first goods and the first sale."""
    found = await service.support(viewer, asked, language)
    context = {
        **_WORDS,
        "asked": asked,
        "path": SUPPORT,
        "found": found,
        "communes": await service.communes(viewer),
        "support_kinds": await service.support_kinds(viewer, language),
        "older": asked.address(SUPPORT, after=found.next_cursor) if found.next_cursor else None,
    }
    return pages.render(request, "programme/support.html", context)


@router.get(FIGURES)
async def figures(
    request: Request, pages: Pages, viewer: AsStaff, asked: Annotated[FigureQuery, Query()]
) -> Response:
    """The funnel, the months, the communes; charts with their table behind them."""
    found = await service.figures(viewer, asked)
    chosen = ProducerQuery(**asked.model_dump())
    context = {
        **_WORDS,
        "asked": asked,
        "path": FIGURES,
        "found": found,
        "communes": await service.communes(viewer),
        "funnel": _funnel(found.funnel, chosen),
        "lost": _lost(found.funnel, chosen),
        "by_support": _by_support(found.supported, found.unsupported, chosen),
        "months": _months(found.months, asked),
        "to_list": chosen.address,
        "to_sales": SaleQuery(**asked.model_dump()).address,
    }
    return pages.render(request, "programme/figures.html", context)


def _counts(row: FunnelRow) -> list[tuple[Step, int]]:
    return [(step, getattr(row, str(step))) for step in Step]


def _funnel(row: FunnelRow, asked: ProducerQuery) -> list[dict[str, Any]]:
    """One entry per step: its words, number, bar, share of all who signed up, and the list."""
    drawn = bars([(str(step), count) for step, count in _counts(row)])
    return [
        {
            "words": STEP_WORDS[Step(bar.key)],
            "count": bar.value,
            "length_ppk": bar.length_ppk,
            "share_ppm": share_ppm(bar.value, row.signed_up),
            "url": asked.address(PRODUCERS, step=bar.key),
        }
        for bar in drawn
    ]


def _lost(row: FunnelRow, asked: ProducerQuery) -> dict[str, Any] | None:
    """Where most stay behind, with the list of those who stand there."""
    loss = greatest_loss(_counts(row))
    if loss is None:
        return None
    step, _ = loss
    return {
        "words": STAGE_WORDS[step],
        "url": asked.address(PRODUCERS, stage=str(step)),
    }


def _by_support(given: FunnelRow, none: FunnelRow, asked: ProducerQuery) -> list[dict[str, Any]]:
    """Share of those who have sold, with and without support."""
    return [
        {
            "words": words,
            "sold": row.sold,
            "all": row.signed_up,
            "share_ppm": share_ppm(row.sold, row.signed_up) or 0,
            "all_url": asked.address(PRODUCERS, supported=answer),
            "url": asked.address(PRODUCERS, supported=answer, step=str(Step.SOLD)),
        }
        for words, row, answer in (
            (N_("Was given support"), given, "yes"),
            (N_("No support yet"), none, "no"),
        )
    ]


def _months(found: list[MonthRow], asked: FigureQuery) -> list[dict[str, Any]]:
    """The latest twelve months, the earliest first, each with the list of its orders."""
    latest = list(reversed(found[:12]))
    drawn = bars([(str(row.month), row.revenue_vnd) for row in latest])
    sales_of = SaleQuery(**asked.model_dump())
    shown = []
    for row, bar in zip(latest, drawn, strict=True):
        assert row.month is not None
        first, last = _days_of(row.month, asked)
        window = {"from": first.isoformat(), "to": last.isoformat()}
        shown.append(
            {
                "row": row,
                "length_ppk": bar.length_ppk,
                "share_ppm": share_ppm(row.cashless, row.orders),
                "url": sales_of.address(SALES, **window),
                "cashless_url": sales_of.address(SALES, cashless="yes", **window),
                "stranger_url": sales_of.address(SALES, stranger="yes", **window),
            }
        )
    return shown


def _days_of(month: date, asked: FigureQuery) -> tuple[date, date]:
    """First and last day of a month, no further than the time that was asked for."""
    last = month.replace(day=monthrange(month.year, month.month)[1])
    return max(month, asked.since or month), min(last, asked.until or last)
