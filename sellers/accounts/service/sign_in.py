"""From a right code to a session: at once when there is one way in, else by a choice."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

from integrations.contracts.errors import N_, Problem
from integrations.contracts.ids import new_id
from integrations.contracts.viewer import SYSTEM, Role, Viewer
from integrations.runtime import audit
from integrations.runtime.database import rows, work
from sellers.accounts.models import Person, SessionKind
from sellers.accounts.queries import people_on_phone
from sellers.accounts.rules import Acting, Door, Purpose, doors_of, read_name, read_phone
from sellers.accounts.service.codes import check_code
from sellers.accounts.service.tickets import (
    ChoiceTicket,
    read_choice_ticket,
    ticket_ended,
    write_choice_ticket,
)
from sellers.accounts.sessions import Opened, end_session, open_session

# Which producers these people act for: given from above, since accounts know no producers.
DoorsOf = Callable[[Sequence[UUID]], Awaitable[list[Acting]]]


@dataclass(frozen=True, slots=True)
class Entered:
    """Signed in: the new session and whom it acts as."""

    opened: Opened
    viewer: Viewer


@dataclass(frozen=True, slots=True)
class Choice:
    """The code was right; `doors` are the ways in, and there is always "somebody new"."""

    ticket: str
    doors: list[Door]


async def enter(
    *,
    phone: str,
    code: str,
    kind: SessionKind,
    acting: DoorsOf,
    always_choose: bool = False,
    newcomer_speaks: str | None = None,
) -> Entered | Choice:
    """Exchange a code for a session, or for a choice when there is not exactly one way in.

    `newcomer_speaks`: on a number that nobody has, somebody joins at once, with this language and
    without a name, which the next page asks for. Raises what `check_code` raises, and `Problem`
    for a phone that cannot be read.
    """
    phone = read_phone(phone)
    code_id = await check_code(phone=phone, purpose=Purpose.SIGN_IN, code=code)
    async with work(SYSTEM):
        doors = await _doors(phone, acting)
        if len(doors) == 1 and not always_choose:
            return await _open(code_id, doors[0].viewer, phone=phone, kind=kind)
        if not doors and newcomer_speaks and not always_choose:
            told = ChoiceTicket(code_id, phone)
            return await _join(told, name="", language=newcomer_speaks, kind=kind)
    return Choice(write_choice_ticket(ChoiceTicket(code_id, phone)), doors)


async def choose(
    *,
    ticket: str,
    kind: SessionKind,
    acting: DoorsOf,
    language: str,
    door: str | None = None,
    name: str | None = None,
) -> Entered:
    """Sign in through one of the doors, or as somebody new of this name.

    Raises `Problem` (codes `ticket.ended`, `door.missing` and those of `rules.read_name`); a
    refusal of the form leaves the ticket usable.
    """
    told = read_choice_ticket(ticket)
    name = None if name is None else read_name(name)
    async with work(SYSTEM):
        if name is not None:
            return await _join(told, name=name, language=language, kind=kind)
        for one in await _doors(told.phone, acting):
            if one.key == door:
                return await _open(told.code_id, one.viewer, phone=told.phone, kind=kind)
    raise Problem("door.missing", N_("Please choose who is signing in."), field="door")


async def _join(told: ChoiceTicket, *, name: str, language: str, kind: SessionKind) -> Entered:
    person = await Person.create(id=new_id(), phone=told.phone, name=name, language=language)
    viewer = Viewer(Role.PERSON, person_id=person.id)
    await audit.record(viewer, "person.joined", f"person:{person.id}")
    return await _open(told.code_id, viewer, phone=told.phone, kind=kind)


async def doors_for(ticket: str, *, acting: DoorsOf) -> list[Door]:
    """The doors once more, for a form that is shown again. Raises `Problem` (`ticket.ended`)."""
    told = read_choice_ticket(ticket)
    async with work(SYSTEM):
        return await _doors(told.phone, acting)


async def _doors(phone: str, acting: DoorsOf) -> list[Door]:
    people = await people_on_phone(phone)
    return doors_of(people, await acting([one.person_id for one in people]))


# Taking the used code away is what makes the ticket good for one session only.
_SPEND = """
DELETE FROM sign_in_code
WHERE id = $1 AND purpose = $2 AND used_at > now() - interval '10 minutes' RETURNING 1 AS spent
"""


async def _open(code_id: UUID, viewer: Viewer, *, phone: str, kind: SessionKind) -> Entered:
    if not await rows(_SPEND, [code_id, str(Purpose.SIGN_IN)]):
        raise ticket_ended()
    opened = await open_session(viewer, kind=kind, phone=phone)
    await audit.record(viewer, "session.opened", f"session:{opened.session_id}", kind=str(kind))
    return Entered(opened, viewer)


async def sign_out(*, token: str, viewer: Viewer, session_id: UUID) -> None:
    """End this device's session; its token is worthless from now on."""
    async with work(SYSTEM):
        await end_session(token)
        await audit.record(viewer, "session.ended", f"session:{session_id}")
