"""Price lists over the API: send one, look at what was understood, say yes."""

from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Query, Request
from starlette.datastructures import UploadFile
from starlette.responses import Response

from integrations.contracts.ids import new_id
from integrations.runtime.i18n import Language, translate
from integrations.runtime.sheets import MEDIA_TYPES
from integrations.runtime.web.problems import ProblemBody
from integrations.runtime.web.state import TheLanguage, ThePorts
from market.sheets.queries import LineSeen, PictureSeen, SheetSeen
from market.sheets.rules.problems import refusal
from market.sheets.schemas import (
    AnswerIn,
    ColumnsIn,
    LineOut,
    LinePage,
    PictureOut,
    PicturePage,
    SheetOut,
)
from market.sheets.service import back, files
from market.sheets.service import run as importing
from sellers.accounts.guards import AsProducer

router = APIRouter()

_PROBLEMS: Final[dict[int | str, dict[str, Any]]] = {
    status: {"model": ProblemBody} for status in (400, 401, 403, 404, 409)
}
_UPLOAD: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {
                        "file": {"type": "string", "format": "binary"},
                        "pictures": {"type": "string", "format": "binary"},
                    },
                }
            }
        },
    }
}
_WORKBOOK: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "content": {MEDIA_TYPES["xlsx"]: {"schema": {"type": "string", "format": "binary"}}},
        "description": "A workbook",
    },
    **_PROBLEMS,
}


def sheet_out(sheet: SheetSeen, language: Language) -> SheetOut:
    """An import as the API says it."""
    wrong = refusal(sheet.problem_code) if sheet.problem_code else None
    shown = {name: getattr(sheet, name) for name in SheetOut.model_fields if name != "problem"}
    said = translate(language, wrong.message, **wrong.params) if wrong else None
    return SheetOut(**shown, problem=said)


def line_out(line: LineSeen, language: Language) -> LineOut:
    """A line as the API says it."""
    bad = [
        {**one, "message": translate(language, one["message"], **one["params"])} for one in line.bad
    ]
    return LineOut.model_validate(
        {
            "row": line.line + 1,
            "state": line.state,
            "will": line.will,
            "did": line.did,
            "cells": line.seen,
            "bad": bad,
            "asks": line.questions,
            "answer": line.answer,
            "listing_id": line.listing_id,
        }
    )


def picture_out(picture: PictureSeen, language: Language) -> PictureOut:
    """A photo as the API says it."""
    wrong = picture.problem
    return PictureOut(
        name=picture.name,
        row=None if picture.line is None else picture.line + 1,
        state=picture.state,
        problem=translate(language, wrong["message"], **wrong["params"]) if wrong else None,
    )


@router.post(
    "/sheets",
    status_code=202,
    tags=["sheets"],
    operation_id="sheets_send",
    summary="Send a price list (XLSX, XLS or CSV, at most 10 MB) in the field `file`, photos as a"
    " zip (at most 60 MB) beside it in `pictures`, or both in one zip as `file`",
    responses={**_PROBLEMS, 413: {"model": ProblemBody}, 503: {"model": ProblemBody}},
    openapi_extra=_UPLOAD,
)
async def send(
    *, request: Request, viewer: AsProducer, ports: ThePorts, language: TheLanguage
) -> SheetOut:
    """It is read by the worker: ask for it at 1, 2, 4 … s. Nothing is added before a yes.

    A photo is known by its file's name (or its folder's): the goods' code or name, and a number.
    """
    async with request.form(max_files=2, max_fields=5) as form:
        upload, zipped = form.get("file"), form.get("pictures")
        if not isinstance(upload, UploadFile):
            raise refusal("sheet.empty")
        sheet_id = await files.take_in(
            viewer,
            storage=ports.storage,
            file=upload.file,
            name=upload.filename or "",
            form_id=str(new_id()),
            pictures=zipped.file if isinstance(zipped, UploadFile) else None,
        )
    return sheet_out(await files.look(viewer, sheet_id), language)


@router.get(
    "/sheets/goods.xlsx",
    tags=["sheets"],
    operation_id="sheets_export",
    summary="The own goods as a price list that can be sent in again",
    response_class=Response,
    responses=_WORKBOOK,
)
async def export(*, viewer: AsProducer, language: TheLanguage) -> Response:
    """Sent in again unchanged, it changes nothing."""
    body = await back.exported(viewer, say=lambda text, **p: translate(language, text, **p))
    return Response(body, media_type=MEDIA_TYPES["xlsx"])


@router.get(
    "/sheets/{sheet_id}",
    tags=["sheets"],
    operation_id="sheets_get",
    summary="Where an import stands",
    responses=_PROBLEMS,
)
async def get(*, sheet_id: UUID, viewer: AsProducer, language: TheLanguage) -> SheetOut:
    """Another's import answers 404."""
    return sheet_out(await files.look(viewer, sheet_id), language)


@router.get(
    "/sheets/{sheet_id}/lines",
    tags=["sheets"],
    operation_id="sheets_lines",
    summary="What each line was understood as, and every cell to mend",
    responses=_PROBLEMS,
)
async def lines(
    *,
    sheet_id: UUID,
    viewer: AsProducer,
    language: TheLanguage,
    bad: bool | None = None,
    after_row: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
) -> LinePage:
    """`bad` true gives those with something to mend, false the others."""
    _, found, rest = await files.preview(
        viewer, sheet_id, bad=bad, after=after_row - 1, limit=limit
    )
    items = [line_out(one, language) for one in found]
    return LinePage(items=items, next_row=None if rest is None else rest + 1)


@router.get(
    "/sheets/{sheet_id}/pictures",
    tags=["sheets"],
    operation_id="sheets_pictures",
    summary="The photos of the zip, and the row that each of them shows",
    responses=_PROBLEMS,
)
async def pictures(
    *,
    sheet_id: UUID,
    viewer: AsProducer,
    language: TheLanguage,
    unused: bool = False,
    after: Annotated[int, Query(ge=-1, le=10_000)] = -1,
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
) -> PicturePage:
    """`unused` gives those whose row is unknown, and those that could not be added."""
    found, rest = await files.photos(viewer, sheet_id, unused=unused, after=after, limit=limit)
    items = [picture_out(one, language) for one in found]
    return PicturePage(items=items, next_at=rest)


@router.post(
    "/sheets/{sheet_id}/columns",
    tags=["sheets"],
    operation_id="sheets_explain",
    summary="Say what columns are; remembered for later files, and the file is read again",
    responses=_PROBLEMS,
)
async def explain(
    *, sheet_id: UUID, body: ColumnsIn, viewer: AsProducer, language: TheLanguage
) -> SheetOut:
    """Only before it was imported."""
    return sheet_out(await files.explain(viewer, sheet_id, fields=body.fields), language)


@router.post(
    "/sheets/{sheet_id}/again",
    tags=["sheets"],
    operation_id="sheets_look_again",
    summary="Have a refused file read again: it is a price list, or our reader had failed",
    responses=_PROBLEMS,
)
async def look_again(*, sheet_id: UUID, viewer: AsProducer, language: TheLanguage) -> SheetOut:
    """That it is a price list is remembered for every later file with the same heads."""
    return sheet_out(await files.look_again(viewer, sheet_id), language)


@router.post(
    "/sheets/{sheet_id}/answer",
    tags=["sheets"],
    operation_id="sheets_answer",
    summary="Take or keep where the list and the goods here differ by sales or later changes",
    responses=_PROBLEMS,
)
async def answer(
    *, sheet_id: UUID, body: AnswerIn, viewer: AsProducer, language: TheLanguage
) -> SheetOut:
    """Only before it was imported; without an answer everything stays as it is here."""
    line = None if body.row is None else body.row - 1
    seen = await files.answer(viewer, sheet_id, take=body.take, line=line)
    return sheet_out(seen, language)


@router.post(
    "/sheets/{sheet_id}/confirm",
    tags=["sheets"],
    operation_id="sheets_confirm",
    summary="Say yes: the good lines become drafts, or change goods that are there",
    responses=_PROBLEMS,
)
async def confirm(*, sheet_id: UUID, viewer: AsProducer, language: TheLanguage) -> SheetOut:
    """Yes twice is no error."""
    return sheet_out(await importing.confirm(viewer, sheet_id), language)


@router.post(
    "/sheets/{sheet_id}/cancel",
    tags=["sheets"],
    operation_id="sheets_cancel",
    summary="Stop: what was added stays, nothing more is",
    responses=_PROBLEMS,
)
async def cancel(*, sheet_id: UUID, viewer: AsProducer, language: TheLanguage) -> SheetOut:
    """Stopped already is no error."""
    return sheet_out(await importing.cancel(viewer, sheet_id), language)


@router.get(
    "/sheets/{sheet_id}/marked.xlsx",
    tags=["sheets"],
    operation_id="sheets_marked",
    summary="The file again, with bad cells coloured and a column that says what to mend",
    response_class=Response,
    responses=_WORKBOOK,
)
async def marked(
    *, sheet_id: UUID, viewer: AsProducer, ports: ThePorts, language: TheLanguage
) -> Response:
    """For XLSX the same workbook; for CSV and XLS a new one."""
    body = await back.marked(
        viewer,
        sheet_id,
        storage=ports.storage,
        say=lambda text, **params: translate(language, text, **params),
    )
    return Response(body, media_type=MEDIA_TYPES["xlsx"])
