"""Sign-in over the API: codes, sessions, who I am."""

from typing import Any, Final
from uuid import UUID

from fastapi import APIRouter

from integrations.contracts.phone import mask_phone
from integrations.runtime.web.problems import declared
from integrations.runtime.web.state import TheLanguage
from sellers.accounts import schemas
from sellers.accounts.guards import Acting, FromAddress, OfDevice, SignedIn
from sellers.accounts.models import SessionKind
from sellers.accounts.rules import CODE_LIFETIME_S, Purpose, read_phone
from sellers.accounts.service import (
    Choice,
    Entered,
    about_me,
    choose,
    end_own_session,
    enter,
    make_code,
    my_sessions,
    sign_out,
)

router = APIRouter(tags=["Sign-in"])

_REFUSED: Final[dict[int | str, dict[str, Any]]] = declared(400, 429)


@router.post(
    "/sign-in-codes",
    status_code=202,
    operation_id="sign_in_codes_create",
    summary="Send a six-digit code to a phone",
    responses=_REFUSED,
)
async def ask_for_code(
    asked: schemas.AskForCode, address: FromAddress, language: TheLanguage
) -> schemas.CodeSent:
    """The answer is the same for known and unknown numbers. The code is good for ten minutes."""
    phone = read_phone(asked.phone)
    await make_code(phone=phone, purpose=Purpose.SIGN_IN, language=language, address=address)
    return schemas.CodeSent(sent_to=mask_phone(phone), expires_in_s=CODE_LIFETIME_S)


@router.post(
    "/sessions",
    status_code=201,
    operation_id="sessions_create",
    summary="Exchange a code for a session, or for a choice of people",
    responses=_REFUSED,
)
async def open_session(
    asked: schemas.OpenSession, acting: Acting
) -> schemas.SessionOpened | schemas.ChoiceToMake:
    """One phone may serve several people: without exactly one way in, the answer is a choice."""
    answer = await enter(
        phone=asked.phone,
        code=asked.code,
        kind=SessionKind.API,
        acting=acting,
        always_choose=asked.always_choose,
    )
    if isinstance(answer, Choice):
        doors = [
            schemas.DoorBody(
                key=door.key,
                name=door.name,
                role=door.viewer.role,
                producer_name=door.producer_name,
            )
            for door in answer.doors
        ]
        return schemas.ChoiceToMake(choose=doors, ticket=answer.ticket)
    return _opened(answer)


@router.post(
    "/sessions/choice",
    status_code=201,
    operation_id="sessions_choose",
    summary="Choose who signs in",
    responses=_REFUSED,
)
async def make_choice(
    asked: schemas.MakeChoice, acting: Acting, language: TheLanguage
) -> schemas.SessionOpened:
    """The ticket is good once. A `name` makes somebody new on this phone."""
    return _opened(
        await choose(
            ticket=asked.ticket,
            kind=SessionKind.API,
            acting=acting,
            language=language,
            door=asked.door,
            name=asked.name,
        )
    )


def _opened(entered: Entered) -> schemas.SessionOpened:
    return schemas.SessionOpened(
        token=entered.opened.token,
        expires_in_s=entered.opened.expires_in_s,
        viewer=schemas.ViewerBody.of(entered.viewer),
    )


@router.get("/me", operation_id="me_show", summary="Who is signed in", responses=declared(401))
async def show_me(viewer: SignedIn) -> schemas.Me:
    """The person, and as whom this session acts."""
    return schemas.Me(**await about_me(viewer), viewer=schemas.ViewerBody.of(viewer))


@router.get(
    "/sessions",
    operation_id="sessions_list",
    summary="My signed-in devices",
    responses=declared(401),
)
async def list_sessions(viewer: SignedIn, device: OfDevice) -> schemas.Sessions:
    """Every live session of this person."""
    found = await my_sessions(viewer)
    return schemas.Sessions(
        sessions=[
            schemas.SessionBody(**row, current=row["id"] == device.session_id) for row in found
        ]
    )


@router.delete(
    "/sessions/current",
    status_code=204,
    operation_id="sessions_end_current",
    summary="Sign out this device",
    responses=declared(401),
)
async def end_this(viewer: SignedIn, device: OfDevice) -> None:
    """The token is worthless afterwards."""
    assert device.session_id is not None
    await sign_out(token=device.token, viewer=viewer, session_id=device.session_id)


@router.delete(
    "/sessions/{session_id}",
    status_code=204,
    operation_id="sessions_end",
    summary="Sign out one of my devices",
    responses=declared(401, 404),
)
async def end_one(session_id: UUID, viewer: SignedIn) -> None:
    """Somebody else's session answers 404."""
    await end_own_session(viewer=viewer, session_id=session_id)
