"""Every table of the figures as rows to take away: the same questions, the same numbers."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal
from uuid import UUID

from integrations.contracts.errors import N_, NotFound
from integrations.contracts.phone import format_phone
from integrations.contracts.viewer import Viewer
from integrations.runtime.clock import local_date
from integrations.runtime.i18n import Language, translate
from integrations.runtime.sheets import Column, as_csv, as_json, as_xlsx
from market.programme.queries import producers as producer_rows
from market.programme.queries import reading
from market.programme.queries import sales as sale_rows
from market.programme.rules import (
    KIND_NAMES,
    METHOD_WORDS,
    STAGE_WORDS,
    STEP_WORDS,
    Step,
    source_name,
)
from market.programme.rules import share_ppm as share_of
from market.programme.schemas import FigureQuery, ProducerQuery, SaleQuery, SupportQuery
from market.programme.service.figures import figures, require_reader

Form = Literal["xlsx", "csv", "json"]
Rows = Sequence[dict[str, Any]]
_CHUNK: Final = 2_000


@dataclass(frozen=True, slots=True)
class Asking:
    """Who takes a table away, what of it, in which words; by a link, less of people."""

    viewer: Viewer
    asked: Any
    language: Language
    by_link: bool = False


Fetch = Callable[[Asking, UUID | None], Awaitable[tuple[Rows, UUID | None]]]


@dataclass(frozen=True, slots=True)
class Table:
    """What can be asked, what the columns are, how the next rows come."""

    title: str
    query: type[FigureQuery]
    columns: tuple[Column, ...]
    fetch: Fetch
    private: frozenset[str] = frozenset()  # not by a link


def _days(row: Mapping[str, Any], *names: str) -> dict[str, Any]:
    """Moments as days in Viet Nam."""
    return {
        name: local_date(row[name]) if isinstance(row[name], datetime) else row[name]
        for name in names
    }


def _yes(language: Language, answer: bool) -> str:
    return translate(language, N_("yes")) if answer else translate(language, N_("no"))


_MOMENTS: Final = (
    "signed_up_at", "identified_at", "listed_at", "sold_at", "second_at", "last_sold_at",
)  # fmt: skip


async def _producers(ask: Asking, after: UUID | None) -> tuple[Rows, UUID | None]:
    asked = ask.asked.model_copy(update={"after": after})
    async with reading(ask.viewer):
        found, _, rest = await producer_rows.producers(
            ask.viewer, asked, ask.language, limit=_CHUNK
        )
    shown = [
        {
            **row,
            **_days(row, *_MOMENTS),
            "kind": translate(ask.language, KIND_NAMES[row["kind"]]),
            "stage": translate(ask.language, STAGE_WORDS[row["stage"]]),
            "phone": format_phone(row["phone"]),
            "support_kind": (row["support_last"] or {}).get("kind"),
            "support_on": (row["support_last"] or {}).get("given_on"),
        }
        for row in found
    ]
    return shown, rest


async def _sales(ask: Asking, after: UUID | None) -> tuple[Rows, UUID | None]:
    asked = ask.asked.model_copy(update={"after": after})
    async with reading(ask.viewer):
        found, _, _, rest = await sale_rows.sales(ask.viewer, asked, limit=_CHUNK)
    shown = [
        {
            **row,
            **_days(row, "paid_at"),
            "order": f"{row['number']}-{row['letter']}",
            "method": translate(ask.language, METHOD_WORDS[row["method"]]),
            "source": source_name(row["source"]) or "Gánh",
            "cashless": _yes(ask.language, row["is_cashless"]),
            "stranger": _yes(ask.language, row["by_stranger"]),
        }
        for row in found
    ]
    return shown, rest


async def _support(ask: Asking, after: UUID | None) -> tuple[Rows, UUID | None]:
    asked = ask.asked.model_copy(update={"after": after})
    async with reading(ask.viewer):
        found, _, _, rest = await sale_rows.support(ask.viewer, asked, ask.language, limit=_CHUNK)
    return [{**row, **_days(row, "listed_at", "sold_at")} for row in found], rest


async def _months(ask: Asking, _after: UUID | None) -> tuple[Rows, None]:
    found = await figures(ask.viewer, ask.asked)
    return [row.model_dump() for row in found.months], None


async def _communes(ask: Asking, _after: UUID | None) -> tuple[Rows, None]:
    found = await figures(ask.viewer, ask.asked)
    return [row.model_dump() for row in found.communes], None


async def _funnel(ask: Asking, _after: UUID | None) -> tuple[Rows, None]:
    row = (await figures(ask.viewer, ask.asked)).funnel
    shown = []
    for step in Step:
        count = getattr(row, str(step))
        words = translate(ask.language, STEP_WORDS[step])
        shown.append({"step": words, "count": count, "share": share_of(count, row.signed_up)})
    return shown, None


TABLES: Final[Mapping[str, Table]] = {
    "producers": Table(
        N_("Sellers"),
        ProducerQuery,
        (
            Column("code", N_("Code")),
            Column("name", N_("Seller")),
            Column("kind", N_("Kind of seller")),
            Column("commune_code", N_("Commune code")),
            Column("commune_name", N_("Commune")),
            Column("phone", N_("Phone")),
            Column("stage", N_("Stands at")),
            Column("signed_up_at", N_("Signed up"), "day"),
            Column("identified_at", N_("Identified"), "day"),
            Column("listed_at", N_("First goods"), "day"),
            Column("sold_at", N_("First sale"), "day"),
            Column("second_at", N_("Second order"), "day"),
            Column("last_sold_at", N_("Last sale"), "day"),
            Column("sales", N_("Sales"), "whole"),
            Column("days_to_sale", N_("Days to the first sale"), "whole"),
            Column("support_count", N_("Times supported"), "whole"),
            Column("support_kind", N_("Last support")),
            Column("support_on", N_("Last supported on"), "day"),
        ),
        _producers,
        frozenset({"phone"}),
    ),
    "sales": Table(
        N_("Paid orders"),
        SaleQuery,
        (
            Column("order", N_("Order")),
            Column("paid_at", N_("Paid"), "day"),
            Column("producer_name", N_("Seller")),
            Column("commune_name", N_("Commune")),
            Column("amount_vnd", N_("Amount"), "vnd"),
            Column("method", N_("How it was paid")),
            Column("source", N_("Where it was sold")),
            Column("cashless", N_("Without cash")),
            Column("stranger", N_("By a stranger")),
        ),
        _sales,
    ),
    "support": Table(
        N_("Support given"),
        SupportQuery,
        (
            Column("given_on", N_("Day"), "day"),
            Column("kind_name", N_("Kind of support")),
            Column("producer_name", N_("Seller")),
            Column("commune_name", N_("Commune")),
            Column("programme", N_("Programme")),
            Column("giver", N_("Who gave it")),
            Column("cost_vnd", N_("Cost"), "vnd"),
            Column("note", N_("Note")),
            Column("listed_at", N_("First goods"), "day"),
            Column("sold_at", N_("First sale"), "day"),
        ),
        _support,
        frozenset({"giver", "note"}),
    ),
    "months": Table(
        N_("Paid orders by month"),
        FigureQuery,
        (
            Column("month", N_("Month"), "month"),
            Column("orders", N_("Paid orders"), "whole"),
            Column("strangers", N_("By strangers"), "whole"),
            Column("cashless", N_("Without cash"), "whole"),
            Column("revenue_vnd", N_("Paid"), "vnd"),
        ),
        _months,
    ),
    "communes": Table(
        N_("By commune"),
        FigureQuery,
        (
            Column("commune_code", N_("Commune code")),
            Column("commune_name", N_("Commune")),
            Column("signed_up", N_("Signed up"), "whole"),
            Column("identified", N_("Identified"), "whole"),
            Column("listed", N_("On sale"), "whole"),
            Column("sold", N_("First sale"), "whole"),
            Column("sold_again", N_("Second order"), "whole"),
            Column("median_days", N_("Days to the first sale"), "whole"),
        ),
        _communes,
    ),
    "funnel": Table(
        N_("How far the sellers have come"),
        FigureQuery,
        (
            Column("step", N_("Step")),
            Column("count", N_("Sellers"), "whole"),
            Column("share", N_("Of all who signed up"), "share"),
        ),
        _funnel,
    ),
}


def table_of(name: str) -> Table:
    """Raises `NotFound` (code `table.unknown`)."""
    if name not in TABLES:
        raise NotFound("table.unknown", N_("There is no such table."), who="staff")
    return TABLES[name]


async def _chunks(table: Table, ask: Asking) -> AsyncIterator[Rows]:
    """All rows that were asked for, some at a time; each lot in its own short transaction."""
    after: UUID | None = None
    while True:
        found, after = await table.fetch(ask, after)
        if found:
            yield found
        if after is None:
            return


async def take_away(name: str, form: Form, ask: Asking) -> tuple[AsyncIterator[bytes] | bytes, str]:
    """A table as a file, and its name: bytes, or for CSV and JSON bytes as they come.

    Raises `NotAllowed`, `NotFound`.
    """
    require_reader(ask.viewer)
    table = table_of(name)
    columns = [
        Column(one.key, translate(ask.language, one.head), one.kind)
        for one in table.columns
        if not (ask.by_link and one.key in table.private)
    ]
    chunks = _chunks(table, ask)
    file = f"ganh-{name}.{form}"
    if form == "csv":
        return as_csv(columns, chunks), file
    if form == "json":
        return as_json(columns, chunks), file
    return await as_xlsx(columns, chunks, title=translate(ask.language, table.title)), file
