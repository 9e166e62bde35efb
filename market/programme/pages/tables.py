"""Tables to take away by one link, and the links by which a spreadsheet reads them itself."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form, Request
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from starlette.responses import RedirectResponse, Response, StreamingResponse

from integrations.contracts.errors import Problem
from integrations.runtime.pages import Renderer, Typed
from integrations.runtime.sheets import MEDIA_TYPES
from integrations.runtime.web.state import Pages, TheLanguage, TheSettings
from market.programme.rules import LINK_DAYS
from market.programme.service import links
from market.programme.service import tables as service
from market.programme.service.tables import TABLES, Asking, table_of
from sellers.accounts.guards import AsStaff

router = APIRouter(include_in_schema=False)

LINKS = "/staff/links"
_DAYS_FIRST = LINK_DAYS[1]


def _asked(request: Request, table: str) -> Any:
    """The question in the query, as the table's page understands it."""
    try:
        return table_of(table).query.model_validate(dict(request.query_params))
    except ValidationError as error:
        wrong = [{**one, "loc": ("query", *one["loc"])} for one in error.errors()]
        raise RequestValidationError(wrong) from None


async def _file(table: str, form: service.Form, ask: Asking) -> Response:
    content, name = await service.take_away(table, form, ask)
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    if isinstance(content, bytes):
        return Response(content, 200, headers, MEDIA_TYPES[form])
    return StreamingResponse(content, 200, headers, MEDIA_TYPES[form])


@router.get("/staff/tables/{table}.{form}")
async def take_away(
    request: Request, viewer: AsStaff, language: TheLanguage, table: str, form: service.Form
) -> Response:
    """A whole table, with the filter of the page that it stands on."""
    return await _file(table, form, Asking(viewer, _asked(request, table), language))


# The token stands in the path: the log line and the counters hold the route's template only.
@router.get("/figures/{token}/{table}.{form}")
async def read_by_link(request: Request, token: str, table: str, form: service.Form) -> Response:
    """For Excel's "From web": no session, the scope of whoever made the link, less of people."""
    viewer, language = await links.reader_of(token)
    ask = Asking(viewer, _asked(request, table), language, by_link=True)
    return await _file(table, form, ask)


@router.get(LINKS)
async def browse(request: Request, pages: Pages, viewer: AsStaff) -> Response:
    """My links, and one more."""
    return await _page(request, pages, viewer, Typed.of({"days": _DAYS_FIRST}))


@router.post(LINKS)
async def make(
    *,
    request: Request,
    pages: Pages,
    viewer: AsStaff,
    settings: TheSettings,
    name: Annotated[str, Form(max_length=400)] = "",
    days: Annotated[str, Form(max_length=10)] = "",
) -> Response:
    """The address is shown on this answer and never again."""
    typed = {"name": name, "days": days}
    try:
        whole = int(days) if days.isascii() and days.isdigit() else 0
        made = await links.make_link(viewer, name=name, days=whole)
    except Problem as problem:
        return await _page(request, pages, viewer, Typed.of(typed, problem))
    base = f"{settings.public_url}/figures/{made.token}"
    shown = [(table.title, f"{base}/{key}.csv") for key, table in TABLES.items()]
    empty = Typed.of({"days": _DAYS_FIRST})
    return await _page(request, pages, viewer, empty, made={"until": made.expires_at, "all": shown})


@router.post(LINKS + "/{link_id}/end")
async def end(viewer: AsStaff, link_id: UUID) -> Response:
    """The sheet reads nothing from now on."""
    await links.end_link(viewer, link_id=link_id)
    return RedirectResponse(LINKS, 303)


async def _page(
    request: Request, pages: Renderer, viewer: AsStaff, f: Typed, *, made: Any = None
) -> Response:
    context = {
        "f": f,
        "made": made,
        "links": await links.links_of(viewer),
        "days": LINK_DAYS,
    }
    status = f.problems[0].status if f.problems else 200
    return pages.render(request, "programme/links.html", context, status)
