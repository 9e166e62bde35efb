"""The page of goods that come in several kinds: what they differ in, and a card for each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from integrations.contracts.errors import Conflict, Problem
from integrations.contracts.ids import new_id
from integrations.contracts.viewer import Viewer
from integrations.runtime.i18n import translate
from integrations.runtime.pages import Renderer, Typed
from integrations.runtime.web.state import Pages, TheLanguage
from market.catalog.rules import VARIANTS_MAX, Axis, label_of
from market.listing.pages.goods import DONE
from market.listing.rules.variants import AXIS_MAX, pairs_of, read_axes
from market.listing.service import variants as service
from market.listing.service.variants import Sent
from sellers.accounts.guards import AsProducer

router = APIRouter()

AXES: Final = ("axis_1", "values_1", "axis_2", "values_2")
CELL: Final = ("price", "stock", "was", "weight", "size", "content", "gtin", "sku", "sold")


@dataclass(frozen=True, slots=True)
class Place:
    """Where an answer is written: for which request, whom and which goods."""

    request: Request
    pages: Renderer
    viewer: Viewer
    listing_id: UUID

    async def show(
        self,
        axes: Mapping[str, str] | None,
        cells: Mapping[str, str] | None = None,
        problems: Sequence[Problem] = (),
        toast: str | None = None,
    ) -> Response:
        """The axes as they are or as they were typed, and the table they make."""
        table, wrong = await service.table(self.viewer, listing_id=self.listing_id, typed=axes)
        values = dict(axes or _said(table.axes))
        for n, cell in enumerate(table.cells):
            values |= {f"{key}-{n}": text for key, text in cell.items()}
        typed = Typed.of(values | dict(cells or {}), *wrong, *problems)
        context = {
            "goods": table.goods,
            "f": typed,
            "labels": [label_of(pair) for pair in table.pairs if table.axes or table.goods.axes],
            "made": _said(table.axes),
            "unsaved": axes is not None,
            "axis_max": AXIS_MAX,
            "most": VARIANTS_MAX,
            "form_id": new_id(),
            "toast": toast,
        }
        status = typed.problems[0].status if typed.problems else 200
        return self.pages.render(self.request, "listing/variants.html", context, status)


@router.get("/producer/goods/{listing_id}/variants")
async def edit(
    *,
    request: Request,
    pages: Pages,
    viewer: AsProducer,
    language: TheLanguage,
    listing_id: UUID,
    done: str = "",
) -> Response:
    """What is kept, or the table for the axes that are named in the address."""
    query = request.query_params
    axes = {key: query[key] for key in AXES if key in query} or None
    toast = translate(language, DONE[done]) if done in DONE else None
    return await Place(request, pages, viewer, listing_id).show(axes, toast=toast)


@router.post("/producer/goods/{listing_id}/variants")
async def change(
    *, request: Request, pages: Pages, viewer: AsProducer, listing_id: UUID
) -> Response:
    """Keeps the whole table, or shows it again with what is wrong."""
    async with request.form(max_files=0, max_fields=10 + len(CELL) * VARIANTS_MAX) as form:
        typed = {key: text for key, text in form.items() if isinstance(text, str)}
    axes = {key: typed.get(key, "") for key in AXES}
    count = min(len(pairs_of(read_axes(axes)[0])), VARIANTS_MAX)
    cells = [{key: typed.get(f"{key}-{n}", "") for key in CELL} for n in range(count)]
    revision = typed.get("revision", "")
    sent = Sent(
        form_id=typed.get("form_id", "")[:50] or str(new_id()),
        revision=int(revision) if revision.isdecimal() and len(revision) < 9 else 0,
        axes=axes,
        cells=cells,
    )
    try:
        _, problems = await service.put(viewer, listing_id=listing_id, sent=sent)
    except Conflict as meanwhile:
        problems = [meanwhile]  # what was typed stays on the page
    if not problems:
        return RedirectResponse(f"/producer/goods/{listing_id}/variants?done=saved", 303)
    shown = {f"{key}-{n}": text for n, cell in enumerate(cells) for key, text in cell.items()}
    return await Place(request, pages, viewer, listing_id).show(axes, shown, problems)


def _said(axes: Sequence[Axis]) -> dict[str, str]:
    """Axes as they are typed."""
    said = dict.fromkeys(AXES, "")
    for n, axis in enumerate(axes, 1):
        said |= {f"axis_{n}": axis.name, f"values_{n}": ", ".join(axis.values)}
    return said
