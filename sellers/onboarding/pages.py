"""Who sells, on the phone: the steps with one thing to do, and the card; and the staff's desk."""

from collections.abc import Mapping
from typing import Annotated, Any, Final
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Form, Request, UploadFile
from starlette.responses import RedirectResponse, Response

from integrations.contracts.errors import N_, Conflict, Problem
from integrations.contracts.viewer import Viewer
from integrations.runtime.codes import PICTURE_MAX_BYTES
from integrations.runtime.i18n import Language, language_of, translate
from integrations.runtime.pages import Typed
from integrations.runtime.web.faults import too_large
from integrations.runtime.web.state import Pages, TheLanguage
from sellers.accounts.guards import AsProducer, AsStaff
from sellers.onboarding import service
from sellers.onboarding.rules import (
    CASE_WORDS,
    EVIDENCE,
    REASONS,
    WAITING,
    WORDS,
    CaseState,
)
from sellers.onboarding.schemas import GiveIdentity
from sellers.producers.rules import KIND_WORDS
from sellers.producers.rules.identity import WITH_TAX_CODE, no_card
from sellers.producers.service import my_producer

router = APIRouter(include_in_schema=False)

Field = Annotated[str, Form()]
_FIELDS: Final = ("name", "number", "born_on", "issued_on", "sex", "tax_code")
_CASE: Final = "/who/case"


@router.get("/who/case")
async def case(request: Request, pages: Pages, viewer: AsProducer) -> Response:
    """Every step with where it stands, and the next one in large letters."""
    mine = await service.my_case(viewer)
    context = {"mine": mine, "state_word": CASE_WORDS[mine.state]}
    return pages.render(request, "onboarding/case.html", context)


@router.get("/who/identity")
async def identity_form(request: Request, pages: Pages, viewer: AsProducer) -> Response:
    """What was given before, but for the number, which is typed or read anew."""
    mine = await service.my_case(viewer)
    values: dict[str, Any] = {}
    if mine.person:
        values = {
            "name": mine.person.name,
            "born_on": _day(mine.person.born_on),
            "issued_on": _day(mine.person.issued_on),
            "sex": mine.person.sex or "",
        }
    return await _identity_page(request, pages, viewer, Typed.of(values), mine=mine)


def _day(day: Any) -> str:
    return f"{day:%d/%m/%Y}" if day else ""


@router.post("/who/identity")
async def give_identity(
    *,
    request: Request,
    pages: Pages,
    viewer: AsProducer,
    card: UploadFile | None = None,
    read: Field = "",
    method: Field = "",
    name: Field = "",
    number: Field = "",
    born_on: Field = "",
    issued_on: Field = "",
    sex: Field = "",
    tax_code: Field = "",
) -> Response:
    """Fills the form from the card's code, or sends it to the staff."""
    sent = (name, number, born_on, issued_on, sex, tax_code)
    values = {key: text[:480] for key, text in zip(_FIELDS, sent, strict=True)} | {
        "method": "card" if method == "card" else "typed"
    }
    try:
        if card is not None and card.filename and (read or not number.strip()):
            values |= await _read(viewer, card)
            return await _identity_page(request, pages, viewer, Typed.of(values), filled=True)
        if read:
            raise no_card()
        given = GiveIdentity(**{key: values[key] for key in _FIELDS})
        await service.submit(viewer=viewer, given=given, method=values["method"])
    except Problem as problem:
        if problem.field is None and not isinstance(problem, Conflict):
            raise
        return await _identity_page(request, pages, viewer, Typed.of(values, problem))
    return RedirectResponse(_CASE, 303)


async def _read(viewer: Viewer, card: UploadFile) -> dict[str, str]:
    """The fields that the card's code says; the picture is not kept. Raises `Problem`."""
    picture = await card.read(PICTURE_MAX_BYTES + 1)
    if len(picture) > PICTURE_MAX_BYTES:
        raise too_large().at("card")
    found = await service.read_card_photo(viewer, picture)
    return {
        "name": found.name,
        "number": found.number,
        "born_on": _day(found.born_on),
        "issued_on": _day(found.issued_on),
        "sex": found.sex or "",
        "method": "card",
    }


async def _identity_page(
    request: Request,
    pages: Pages,
    viewer: Viewer,
    typed: Typed,
    *,
    mine: service.MyCase | None = None,
    filled: bool = False,
) -> Response:
    own = await my_producer(viewer)
    context = {
        "f": typed,
        "own": own,
        "mine": mine or await service.my_case(viewer),
        "with_tax_code": own.kind in WITH_TAX_CODE,
        "filled": filled,
    }
    status = typed.problems[0].status if typed.problems else 200
    return pages.render(request, "onboarding/identity.html", context, status)


# --- the desk ----------------------------------------------------------------------------------

DONE: Final[Mapping[str, str]] = {
    "approved": N_("Confirmed. The seller is told and can sell now."),
    "to_mend": N_("Sent back. The seller is told what to mend."),
    "paused": N_("Stopped. The seller is told."),
    "in_review": N_("Others see now that you are looking at it."),
}
_SHOWN: Final[Mapping[str, tuple[str, ...]]] = {
    "": tuple(str(one) for one in WAITING),
    **{str(one): (str(one),) for one in CaseState if one not in WAITING | {CaseState.DRAFT}},
}


@router.get("/staff/cases")
async def queue(
    *,
    request: Request,
    pages: Pages,
    viewer: AsStaff,
    language: TheLanguage,
    state: str = "",
    commune: str = "",
    after: UUID | None = None,
    done: str = "",
) -> Response:
    """What waits, longest first; filters stand in the address."""
    state = state if state in _SHOWN else ""
    found = await service.queue(
        viewer, states=list(_SHOWN[state]), commune_code=commune, after=after
    )
    context = {
        "found": found,
        "state": state,
        "commune": commune[:5],
        "tab_links": _tab_links(language, found.counts, state, commune[:5]),
        "rest_url": _address(state, commune[:5], after=found.rest) if found.rest else None,
        "kinds": KIND_WORDS,
        "words": CASE_WORDS,
        "toast": translate(language, DONE[done]) if done in DONE else None,
    }
    return pages.render(request, "onboarding/cases.html", context)


def _tab_links(
    language: Language, counts: Mapping[str, int], state: str, commune: str
) -> list[tuple[str, str, bool]]:
    links = []
    for key, states in _SHOWN.items():
        word = translate(language, CASE_WORDS[CaseState(key or "submitted")])
        count = sum(counts.get(one, 0) for one in states)
        links.append((f"{word} ({count})", _address(key, commune), key == state))
    return links


def _address(state: str, commune: str, *, after: UUID | None = None) -> str:
    asked = {"state": state, "commune": commune, "after": str(after or "")}
    said = urlencode({key: value for key, value in asked.items() if value})
    return f"/staff/cases?{said}" if said else "/staff/cases"


@router.get("/staff/cases/{case_id}")
async def detail(
    *,
    request: Request,
    pages: Pages,
    viewer: AsStaff,
    language: TheLanguage,
    case_id: UUID,
    done: str = "",
) -> Response:
    """One case with all that is known, and the decision."""
    toast = translate(language, DONE[done]) if done in DONE else None
    return await _desk(request, pages, viewer, case_id, toast=toast)


async def _desk(
    request: Request,
    pages: Pages,
    viewer: Viewer,
    case_id: UUID,
    typed: Typed | None = None,
    **more: Any,
) -> Response:
    look = await service.look(viewer, case_id)
    language = language_of(request)
    typed = typed or Typed()
    context = {
        "look": look,
        "it": look.case,
        "f": typed,
        "state_word": CASE_WORDS[look.case.state],
        "kind_words": KIND_WORDS[look.case.producer_kind],
        "evidence_options": [(key, translate(language, word)) for key, word in EVIDENCE.items()],
        "step_titles": {step: WORDS[step][0] for step in look.decided},
        "mend_open": any(typed.value(f"mend_{step}") for step in look.decided),
        "whole_number": "",
        "reasons": {step: list(enumerate(REASONS.get(step, ()))) for step in look.decided},
        "waits": look.case.state in WAITING,
        **more,
    }
    status = typed.problems[0].status if typed.problems else 200
    return pages.render(request, "onboarding/case_one.html", context, status)


@router.post("/staff/cases/{case_id}")
async def decide(
    *,
    request: Request,
    pages: Pages,
    viewer: AsStaff,
    case_id: UUID,
    revision: Annotated[int, Form(ge=1, le=1_000_000)],
    kind: Field = "",
    decision: Field = "",
    evidence: Field = "",
    place: Field = "",
) -> Response:
    """Confirms, or sends back what was marked, each step with its reason."""
    sent = await request.form()
    values = {key: text[:1_600] for key, text in sent.items() if isinstance(text, str)}
    mend = {} if decision == "approve" else _to_mend(values)
    try:
        if decision != "approve" and not mend:
            raise Problem(
                "case.nothing_to_mend",
                N_("Please mark what is to be mended."),
                field="mend_identity",
            )
        state = await service.decide(
            viewer,
            case_id=case_id,
            revision=revision,
            kind=kind,
            mend=mend,
            evidence=evidence,
            place=place,
        )
    except Problem as problem:
        if problem.field is None and not isinstance(problem, Conflict):
            raise
        if problem.field == "reason":
            problem.at(f"own_{next(iter(mend))}")
        return await _desk(request, pages, viewer, case_id, Typed.of(values, problem))
    return RedirectResponse(f"/staff/cases?done={state}", 303)


def _to_mend(values: Mapping[str, str]) -> dict[str, str]:
    """Step to reason: the chosen sentence, in Vietnamese since the seller reads it, or own words.

    A form field `mend_<step>` holds the number of a sentence, "own" or nothing.
    """
    found = {}
    for step, sentences in REASONS.items():
        chosen, own = values.get(f"mend_{step}", ""), values.get(f"own_{step}", "")
        if chosen == "own":
            found[step] = own
        elif chosen in {str(number) for number in range(len(sentences))}:
            found[step] = f"{translate('vi', sentences[int(chosen)])} {own}".strip()
    return found


@router.post("/staff/cases/{case_id}/take")
async def take(viewer: AsStaff, case_id: UUID) -> Response:
    """Others see that somebody is looking at it."""
    await service.take(viewer, case_id=case_id)
    return RedirectResponse(f"/staff/cases/{case_id}?done=in_review", 303)


@router.post("/staff/cases/{case_id}/number")
async def number(
    request: Request, pages: Pages, viewer: AsStaff, case_id: UUID, look_reason: Field = ""
) -> Response:
    """The whole number, once, for a reason that is kept."""
    try:
        whole = await service.number_of(viewer, case_id=case_id, reason=look_reason)
    except Problem as problem:
        if problem.field is None:
            raise
        return await _desk(request, pages, viewer, case_id, Typed.of({}, problem))
    return await _desk(request, pages, viewer, case_id, whole_number=whole)


@router.post("/staff/cases/{case_id}/pause")
async def pause(
    request: Request, pages: Pages, viewer: AsStaff, case_id: UUID, reason: Field = ""
) -> Response:
    """Stops a confirmed seller for now."""
    try:
        await service.pause(viewer, case_id=case_id, reason=reason)
    except Problem as problem:
        if problem.field is None:
            raise
        return await _desk(request, pages, viewer, case_id, Typed.of({"reason": reason}, problem))
    return RedirectResponse(f"/staff/cases/{case_id}?done=paused", 303)


@router.post("/staff/cases/{case_id}/resume")
async def resume(viewer: AsStaff, case_id: UUID) -> Response:
    """Lets a stopped seller sell again."""
    await service.resume(viewer, case_id=case_id)
    return RedirectResponse(f"/staff/cases/{case_id}?done=approved", 303)
