"""One more support for a producer: the row's link, what it was, save."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form, Request
from pydantic import ValidationError
from starlette.responses import RedirectResponse, Response

from integrations.contracts.errors import N_, Problem
from integrations.contracts.ids import new_id
from integrations.runtime.pages import Renderer, Typed
from integrations.runtime.web.state import Pages, TheLanguage
from sellers.accounts.guards import AsStaff
from sellers.support import service
from sellers.support.rules import read_cost, read_day, read_note, read_words
from sellers.support.schemas import GiveSupport

router = APIRouter(include_in_schema=False)

Field = Annotated[str, Form()]


@router.get("/staff/producers/{producer_id}/support")
async def form(
    request: Request, pages: Pages, viewer: AsStaff, language: TheLanguage, producer_id: UUID
) -> Response:
    """The day is today; programme, giver and kind are those of the last entry."""
    shown = await service.form_for(viewer, producer_id, language)
    values = {"id": str(new_id()), "given_on": shown["today"].isoformat(), **shown["last"]}
    return pages.render(request, "support/give.html", {**shown, "f": Typed.of(values)})


@router.post("/staff/producers/{producer_id}/support")
async def give(
    *,
    request: Request,
    pages: Pages,
    viewer: AsStaff,
    language: TheLanguage,
    producer_id: UUID,
    id: Field = "",
    kind: Field = "",
    programme: Field = "",
    giver: Field = "",
    given_on: Field = "",
    cost: Field = "",
    note: Field = "",
) -> Response:
    """Sent twice, it is one entry."""
    values = {
        "id": id, "kind": kind, "programme": programme, "giver": giver,
        "given_on": given_on, "cost": cost, "note": note,
    }  # fmt: skip
    shown = await service.form_for(viewer, producer_id, language)
    try:
        given = _read(values, shown)
        await service.give(viewer, producer_id=producer_id, given=given)
    except Problem as problem:
        return _again(request, pages, shown, values, problem)
    return RedirectResponse(f"/staff/producers/{producer_id}?done=given#support", 303)


def _read(values: dict[str, str], shown: dict[str, Any]) -> GiveSupport:
    day = read_day(values["given_on"], today=shown["today"])
    cost_vnd = read_cost(values["cost"])
    words = {name: read_words(values[name], field=name) for name in ("programme", "giver")}
    note = read_note(values["note"])
    try:
        return GiveSupport(
            id=UUID(values["id"]), kind=values["kind"][:24], given_on=day, cost_vnd=cost_vnd,
            note=note, **words,
        )  # fmt: skip
    except (ValidationError, ValueError):
        raise Problem(
            "support.form", N_("This page is old. Please open the seller again.")
        ) from None


def _again(
    request: Request,
    pages: Renderer,
    shown: dict[str, Any],
    values: dict[str, str],
    problem: Problem,
) -> Response:
    context = {**shown, "f": Typed.of(values, problem)}
    return pages.render(request, "support/give.html", context, problem.status)


@router.post("/staff/producers/{producer_id}/support/{event_id}/cancel")
async def cancel(
    *,
    request: Request,
    pages: Pages,
    viewer: AsStaff,
    language: TheLanguage,
    producer_id: UUID,
    event_id: UUID,
    reason: Field = "",
) -> Response:
    """The entry stays, crossed out, with the reason."""
    try:
        await service.cancel(viewer, producer_id=producer_id, event_id=event_id, reason=reason)
    except Problem as problem:
        if problem.field is None:
            raise
        entry = await service.entry(viewer, producer_id, event_id, language)
        return _why(request, pages, entry, problem, reason=reason)
    return RedirectResponse(f"/staff/producers/{producer_id}?done=cancelled#support", 303)


@router.get("/staff/producers/{producer_id}/support/{event_id}/cancel")
async def ask_why(
    *,
    request: Request,
    pages: Pages,
    viewer: AsStaff,
    language: TheLanguage,
    producer_id: UUID,
    event_id: UUID,
) -> Response:
    """What is wrong with the entry, before it is taken back."""
    return _why(request, pages, await service.entry(viewer, producer_id, event_id, language))


def _why(
    request: Request,
    pages: Renderer,
    entry: dict[str, Any],
    *problems: Problem,
    reason: str = "",
) -> Response:
    context = {"it": entry, "f": Typed.of({"reason": reason}, *problems)}
    return pages.render(request, "support/cancel.html", context, 400 if problems else 200)
