"""The producer's orders and money, staff's follow-ups: each page one read, each button one verb."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Form, Query, Request
from starlette.responses import RedirectResponse, Response

from integrations.contracts.errors import N_, Problem
from integrations.contracts.text import clean_line
from integrations.contracts.viewer import Viewer
from integrations.runtime.clock import local_date, now
from integrations.runtime.i18n import Language, translate
from integrations.runtime.pages import Renderer, Typed
from integrations.runtime.web.state import Pages, TheLanguage, TheSettings
from market.settlement import queries, service
from market.settlement.pages import part as one_for_staff
from market.settlement.rules import (
    CARD_GIVEN_BACK,
    CLOSED,
    EVIDENCE,
    METHODS,
    REASONS,
    SAYINGS,
    STATES,
    rate_ppm,
)
from market.settlement.schemas import FollowUpPage
from sellers.accounts.guards import AsProducer, AsStaff

router = APIRouter()


@dataclass(frozen=True, slots=True)
class Place:
    """Where an order is shown: for which request and viewer, and where pictures lie."""

    request: Request
    pages: Renderer
    viewer: Viewer
    media_url: str

    async def show(
        self, part_id: UUID, *, toast: str | None = None, problem: Problem | None = None
    ) -> Response:
        """The order's page, with what was just done or why it could not be."""
        part = await queries.one_part(self.viewer, part_id, media_url=self.media_url)
        context = {
            **_words(),
            "part": part,
            "toast": toast,
            "problem": problem,
        }
        status = 200 if problem is None else problem.status
        return self.pages.render(self.request, "settlement/order.html", context, status)


Step = Callable[..., Awaitable[None]]
STEPS: Final[Mapping[str, Step]] = {
    "confirm": service.confirm,
    "hand-over": service.hand_over,
    "complete": service.complete,
    "paid": service.paid_at_the_door,
    "refused": service.refused,
}
# What was just done, said on the page that follows.
DONE: Final[Mapping[str, str]] = {
    "confirm": N_("Confirmed. The buyer has been told. Please pack it now."),
    "hand-over": N_("Handed over. The buyer has been told."),
    "complete": N_("Complete. Thank you."),
    "paid": N_("Paid and complete. Thank you."),
    "refused": N_("Noted. The goods are back on the shelf."),
    "cannot": N_("Cancelled. The buyer has been told."),
    "settled": N_("Thank you. The order is paid; the buyer has been told."),
    "already": N_("This was noted before. Nothing has changed."),
    "not_seen": N_("Noted. We ask the buyer to wait a little or to look again."),
    "contradicts": N_("Noted. Staff look at both sides and call."),
    "gone": N_("Noted. The goods are gone, so please send the money back."),
    "closed": CLOSED,
}
OTHER: Final = "other"


def _words() -> dict[str, Any]:
    return {
        "states": STATES,
        "methods": METHODS,
        "rate_ppm": rate_ppm,
        "given_back": CARD_GIVEN_BACK,
    }


def _toast(language: Language, done: str) -> str | None:
    return translate(language, DONE[done]) if done in DONE else None


@router.get("/producer/orders")
async def orders(
    *,
    request: Request,
    pages: Pages,
    viewer: AsProducer,
    settings: TheSettings,
    language: TheLanguage,
    done: str = "",
) -> Response:
    """What has to be answered now, what is under way, what has ended."""
    desk = await queries.desk(viewer)
    context = {
        **_words(),
        "desk": desk,
        "who": desk.who,
        "who_place": desk.place,
        "nav_counts": {"orders": desk.asked},
        "media_url": settings.media_url.rstrip("/"),
        "toast": _toast(language, done),
    }
    return pages.render(request, "settlement/orders.html", context)


@router.get("/producer/orders/{part_id}")
async def order(
    *,
    request: Request,
    pages: Pages,
    viewer: AsProducer,
    settings: TheSettings,
    language: TheLanguage,
    part_id: UUID,
    done: str = "",
) -> Response:
    """One order in large letters, with the one thing to do now at the bottom."""
    toast = _toast(language, done)
    place = Place(request, pages, viewer, settings.media_url.rstrip("/"))
    return await place.show(part_id, toast=toast)


@router.get("/producer/orders/{part_id}/cannot")
async def cannot_form(
    request: Request, pages: Pages, viewer: AsProducer, part_id: UUID
) -> Response:
    """Why not? One tap, or a few words."""
    return await _ask_why(request, pages, viewer, part_id, Typed.of({"why": REASONS[0]}))


@router.post("/producer/orders/{part_id}/cannot")
async def cannot(
    *,
    request: Request,
    pages: Pages,
    viewer: AsProducer,
    part_id: UUID,
    why: Annotated[str, Form()] = "",
    words: Annotated[str, Form()] = "",
) -> Response:
    """Cancel with the reason that the buyer reads."""
    reason = clean_line(words if why == OTHER else why)
    try:
        if not reason or (why != OTHER and why not in REASONS):
            raise Problem(
                "order.reason", N_("Please choose why, or write a few words."), field="words"
            )
        await service.cannot(part_id=part_id, actor=viewer, reason=reason)
    except Problem as problem:
        if problem.field is not None:
            problem.at("words")
        typed = Typed.of({"why": why, "words": words}, problem)
        return await _ask_why(request, pages, viewer, part_id, typed, status=problem.status)
    return _back(part_id, "cannot")


@router.post("/producer/orders/{part_id}/money")
async def say_money(
    *,
    request: Request,
    pages: Pages,
    viewer: AsProducer,
    settings: TheSettings,
    part_id: UUID,
    said: Annotated[str, Form(max_length=10)] = "",
) -> Response:
    """All of it is there, or not seen yet."""
    try:
        if said not in ("received", "not_seen"):
            raise Problem("money.unsaid", N_("Please choose one of the two buttons."))
        result = await service.say_money(part_id=part_id, actor=viewer, received=said == "received")
    except Problem as problem:
        place = Place(request, pages, viewer, settings.media_url.rstrip("/"))
        return await place.show(part_id, problem=problem)
    return _back(part_id, result.value)


@router.post("/producer/orders/{part_id}/{step}")
async def take_step(
    *,
    request: Request,
    pages: Pages,
    viewer: AsProducer,
    settings: TheSettings,
    part_id: UUID,
    step: str,
) -> Response:
    """The next step of an order. One that does not fit any more is said on the page."""
    try:
        if step not in STEPS:
            raise Problem("order.step", N_("There is no such step. Please open the order again."))
        await STEPS[step](part_id=part_id, actor=viewer)
    except Problem as problem:
        place = Place(request, pages, viewer, settings.media_url.rstrip("/"))
        return await place.show(part_id, problem=problem)
    return _back(part_id, step)


@router.post("/producer/orders/{part_id}/sent-back/{follow_up_id}")
async def sent_back(
    *,
    request: Request,
    pages: Pages,
    viewer: AsProducer,
    settings: TheSettings,
    part_id: UUID,
    follow_up_id: UUID,
) -> Response:
    """The producer has sent the money back."""
    try:
        await service.close_one(follow_up_id=follow_up_id, actor=viewer, outcome="sent back")
    except Problem as problem:
        place = Place(request, pages, viewer, settings.media_url.rstrip("/"))
        return await place.show(part_id, problem=problem)
    return _back(part_id, "closed")


@router.get("/producer/money")
async def money(
    request: Request,
    pages: Pages,
    viewer: AsProducer,
    month: Annotated[str, Query(pattern=r"^(20\d\d-(0[1-9]|1[0-2]))?$")] = "",
) -> Response:
    """A month: what came in, what was taken and why, what is owed."""
    first = date.fromisoformat(f"{month}-01") if month else None
    shown = await queries.money_of(viewer, month=first)
    before, after = queries.months_around(shown.month)
    # There is nothing to see in a month that has not begun.
    begun = after <= local_date(now())
    context = {**_words(), "it": shown, "previous": before, "next": after if begun else None}
    return pages.render(request, "settlement/money.html", context)


@router.get("/producer/help")
async def help_page(request: Request, pages: Pages, viewer: AsProducer) -> Response:
    """Whom to ask, and what we never ask for."""
    place = await queries.place_of(viewer)
    return pages.render(request, "settlement/help.html", {"place_name": place})


@router.get("/staff/follow-ups")
async def follow_ups(
    *,
    request: Request,
    pages: Pages,
    viewer: AsStaff,
    language: TheLanguage,
    after: UUID | None = None,
    done: str = "",
) -> Response:
    """What is to do, the most urgent first."""
    page = await queries.follow_ups(viewer, after=after, limit=50)
    toast = _toast(language, done)
    return _tasks(request, pages, page, after=after, toast=toast)


def _tasks(
    request: Request, pages: Renderer, page: FollowUpPage, *, status: int = 200, **more: Any
) -> Response:
    said = {"evidence": EVIDENCE, "sayings": SAYINGS}
    context = {**_words(), **said, "page": page, "after": None, "f": Typed(), **more}
    return pages.render(request, "settlement/follow_ups.html", context, status)


@router.post("/staff/follow-ups/{follow_up_id}/close")
async def close(
    *,
    request: Request,
    pages: Pages,
    viewer: AsStaff,
    follow_up_id: UUID,
    outcome: Annotated[str, Form()] = "",
    part_id: Annotated[UUID | None, Form()] = None,
) -> Response:
    """Close one with what came of it; `part_id` names the page that it was closed from."""
    try:
        if not clean_line(outcome):
            raise Problem("follow_up.outcome", N_("Please write in a few words what came of it."))
        await service.close_one(follow_up_id=follow_up_id, actor=viewer, outcome=outcome)
    except Problem as problem:
        status = problem.status
        typed = Typed.of({"task": follow_up_id, "outcome": outcome}, problem)
        if part_id is not None:
            return await one_for_staff.show(request, pages, viewer, part_id, typed, status=status)
        page = await queries.follow_ups(viewer, limit=50)
        return _tasks(request, pages, page, f=typed, problem=problem, status=status)
    place = f"/staff/order-parts/{part_id}" if part_id else "/staff/follow-ups"
    return RedirectResponse(f"{place}?done=closed", 303)


def _back(part_id: UUID, done: str) -> Response:
    return RedirectResponse(f"/producer/orders/{part_id}?done={done}", 303)


async def _ask_why(
    request: Request,
    pages: Renderer,
    viewer: Viewer,
    part_id: UUID,
    typed: Typed,
    *,
    status: int = 200,
) -> Response:
    part = await queries.one_part(viewer, part_id)
    context = {**_words(), "part": part, "f": typed, "reasons": REASONS, "other": OTHER}
    return pages.render(request, "settlement/cannot.html", context, status)
