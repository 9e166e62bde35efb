"""A producer's price list: send it, see what was understood, mend, say yes, watch."""

from typing import Annotated, Any, Final
from uuid import UUID

import orjson
from fastapi import APIRouter, Form, Query, Request
from starlette.datastructures import UploadFile
from starlette.responses import RedirectResponse, Response

from integrations.contracts.errors import N_, Problem
from integrations.contracts.ids import new_id
from integrations.contracts.viewer import Viewer
from integrations.runtime.i18n import Language, ngettext, translate
from integrations.runtime.pages import Renderer, Typed
from integrations.runtime.sheets import MEDIA_TYPES
from integrations.runtime.web.state import Pages, TheLanguage, ThePorts
from market.sheets.queries import SheetSeen
from market.sheets.rules.problems import OVERRULED, TRIED_AGAIN, refusal
from market.sheets.rules.words import FIELDS
from market.sheets.schemas import SheetState
from market.sheets.service import back, files
from market.sheets.service import run as importing
from sellers.accounts.guards import AsProducer

router = APIRouter()

_AT_WORK: Final = (SheetState.RECEIVED, SheetState.IMPORTING)


@router.get("/producer/sheets")
async def sheets(*, request: Request, pages: Pages, viewer: AsProducer) -> Response:
    """Choose a file, and the files that were sent before."""
    return await _chooser(request, pages, viewer, Typed.of({}))


async def _chooser(request: Request, pages: Renderer, viewer: Viewer, typed: Typed) -> Response:
    context = {"f": typed, "form_id": new_id(), "sheets": await files.latest(viewer)}
    status = typed.problems[0].status if typed.problems else 200
    return pages.render(request, "sheets/sheets.html", context, status)


@router.post("/producer/sheets")
async def send(*, request: Request, pages: Pages, viewer: AsProducer, ports: ThePorts) -> Response:
    """Sent twice, it is one."""
    async with request.form(max_files=2, max_fields=5) as form:
        upload, form_id = form.get("file"), str(form.get("form_id", ""))
        zipped = form.get("pictures")
        # A browser sends a nameless part when no file was chosen.
        beside = zipped.file if isinstance(zipped, UploadFile) and zipped.filename else None
        try:
            if not isinstance(upload, UploadFile) or not upload.filename:
                raise refusal("sheet.empty")
            sheet_id = await files.take_in(
                viewer,
                storage=ports.storage,
                file=upload.file,
                name=upload.filename,
                form_id=form_id if 8 <= len(form_id) <= 64 else str(new_id()),
                pictures=beside,
            )
        except Problem as problem:
            wrong = Typed.of({}, problem if problem.field else problem.at("file"))
            return await _chooser(request, pages, viewer, wrong)
    return RedirectResponse(f"/producer/sheets/{sheet_id}", 303)


@router.get("/producer/sheets/goods.xlsx")
async def export(*, viewer: AsProducer, language: TheLanguage) -> Response:
    """The own goods, to be changed in a spreadsheet and sent in again."""
    body = await back.exported(viewer, say=lambda text, **p: translate(language, text, **p))
    return _workbook(body, "san-pham")


def _workbook(body: bytes, name: str) -> Response:
    disposition = {"Content-Disposition": f'attachment; filename="{name}.xlsx"'}
    return Response(body, headers=disposition, media_type=MEDIA_TYPES["xlsx"])


@router.get("/producer/sheets/{sheet_id}")
async def sheet(
    *,
    request: Request,
    pages: Pages,
    viewer: AsProducer,
    language: TheLanguage,
    sheet_id: UUID,
    show: str = "",
    after: Annotated[int, Query(ge=-1, le=1_000_000)] = -1,
) -> Response:
    """Being read, refused, the preview, being imported, or what came of it."""
    seen = await files.look(viewer, sheet_id)
    if show not in ("asks", "bad", "good"):
        asks = seen.asked and seen.state is SheetState.READY
        show = "asks" if asks else "bad" if seen.bad else "good"
    _, lines, rest = await files.preview(
        viewer, sheet_id, bad=show == "bad", asks=show == "asks", after=after
    )
    unused = await files.photos(viewer, sheet_id, unused=True) if seen.pictures else ([], None)
    context = {
        "it": seen,
        "unused_photos": unused[0],
        "more_photos": unused[1] is not None,
        "wrong": refusal(seen.problem_code) if seen.problem_code else None,
        "lines": lines,
        "rest": rest,
        "shows": show,
        "may_overrule": seen.problem_code in OVERRULED and bool(seen.file_key),
        "may_try_again": seen.problem_code in TRIED_AGAIN and bool(seen.file_key),
        "fields": FIELDS,
        "has": {column["field"] for column in seen.columns},
        "at_work": seen.state in _AT_WORK,
        "progress": _progress(seen, language),
        "f": Typed.of({}),
    }
    return pages.render(request, "sheets/sheet.html", context)


def _progress(seen: SheetSeen, language: Language) -> str:
    if seen.state is not SheetState.IMPORTING:
        return translate(language, N_("The file has arrived. It is being read."))
    rows, photos = N_("{done} of {total} rows are added."), N_("{done} of {total} photos are done.")
    done, total = seen.steps
    said = translate(language, photos if seen.adds_photos else rows, done=done, total=total)
    if not seen.minutes_left:
        return said
    left = ngettext(
        language, "About {n} minute left.", "About {n} minutes left.", seen.minutes_left
    )
    return f"{said} {left}"


@router.get("/producer/sheets/{sheet_id}/state")
async def progress(*, viewer: AsProducer, language: TheLanguage, sheet_id: UUID) -> Response:
    """At most 300 bytes; when done, the page shows what came of it."""
    seen = await files.look(viewer, sheet_id)
    done = seen.state not in _AT_WORK
    answer: dict[str, Any] = {"done": done, "text": _progress(seen, language)}
    if seen.state is SheetState.IMPORTING:
        answer |= dict(zip(("value", "max"), seen.steps, strict=True))
    if done:
        answer |= {"url": f"/producer/sheets/{sheet_id}"}
    return Response(
        orjson.dumps(answer), headers={"Cache-Control": "no-store"}, media_type="application/json"
    )


@router.get("/producer/sheets/{sheet_id}/marked.xlsx")
async def marked(
    *, viewer: AsProducer, ports: ThePorts, language: TheLanguage, sheet_id: UUID
) -> Response:
    """The file again, with what is to be mended."""
    body = await back.marked(
        viewer,
        sheet_id,
        storage=ports.storage,
        say=lambda text, **params: translate(language, text, **params),
    )
    return _workbook(body, "can-sua")


@router.post("/producer/sheets/{sheet_id}/columns")
async def explain(*, request: Request, viewer: AsProducer, sheet_id: UUID) -> Response:
    """What each column is, from one select per column."""
    async with request.form(max_fields=80) as form:
        fields = {
            int(name[6:]): str(value)
            for name, value in form.items()
            if name.startswith("column") and name[6:].isascii() and name[6:].isdigit()
        }
    await files.explain(viewer, sheet_id, fields=fields)
    return RedirectResponse(f"/producer/sheets/{sheet_id}", 303)


@router.post("/producer/sheets/{sheet_id}/confirm")
async def confirm(*, viewer: AsProducer, sheet_id: UUID) -> Response:
    """Yes to the preview."""
    await importing.confirm(viewer, sheet_id)
    return RedirectResponse(f"/producer/sheets/{sheet_id}", 303)


@router.post("/producer/sheets/{sheet_id}/cancel")
async def cancel(*, viewer: AsProducer, sheet_id: UUID) -> Response:
    """Stop; what was added stays."""
    await importing.cancel(viewer, sheet_id)
    return RedirectResponse(f"/producer/sheets/{sheet_id}", 303)


@router.post("/producer/sheets/{sheet_id}/again")
async def look_again(*, viewer: AsProducer, sheet_id: UUID) -> Response:
    """It is a price list, or our reader had failed: read it again."""
    await files.look_again(viewer, sheet_id)
    return RedirectResponse(f"/producer/sheets/{sheet_id}", 303)


@router.post("/producer/sheets/{sheet_id}/answer")
async def answer(
    *,
    viewer: AsProducer,
    sheet_id: UUID,
    take: Annotated[bool, Form()],
    row: Annotated[int | None, Form(ge=1, le=1_000_000)] = None,
) -> Response:
    """What the list says, or what stands here: of one row, or of all that ask."""
    await files.answer(viewer, sheet_id, take=take, line=None if row is None else row - 1)
    where = f"#row-{row}" if row else ""
    return RedirectResponse(f"/producer/sheets/{sheet_id}?show=asks{where}", 303)
