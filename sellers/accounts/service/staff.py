"""Roles that the programme lends: to whom, for where, until when; and whose account is closed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from integrations.contracts.errors import N_, NotFound, Problem
from integrations.contracts.ids import new_id
from integrations.contracts.viewer import SYSTEM, Role, Viewer
from integrations.runtime import audit
from integrations.runtime.database import rows, run, work
from sellers.accounts.models import Person, RoleGrant
from sellers.accounts.queries import ever_had, lent_roles, people_on_phone
from sellers.accounts.rules import Area, Someone, one_of, read_name, read_phone, told_apart
from sellers.accounts.service.people import disable_person


@dataclass(frozen=True, slots=True)
class Lent:
    """A role that a person has now; `joined`: nobody knew them before."""

    name: str
    is_new: bool
    joined: bool = False


@dataclass(frozen=True, slots=True)
class Ended:
    """What a person no longer has; not `is_new`: it had ended before."""

    name: str
    is_new: bool
    sessions: int = 0


async def lend_role(
    *, viewer: Viewer, phone: str, role: Role, areas: Sequence[Area], name: str = ""
) -> Lent:
    """Lend a staff role to the person of a phone; a name that nobody has there makes somebody.

    What is lent already stays as it is. Raises `Problem` (codes `person.several`,
    `person.no_name`, those of `read_phone` and `read_name`).
    """
    number = read_phone(phone)
    async with work(SYSTEM):
        await _one_by_one(number)
        person = one_of(await people_on_phone(number), name)
        joined = person is None
        if person is None:
            person = await _join(viewer, number, name)
        lent = [area for area in areas if await _lend(person.person_id, role, area)]
        if lent:
            await audit.record(
                viewer,
                "role.lent",
                f"person:{person.person_id}",
                role=str(role),
                areas=[one.commune_code or one.province_code or "*" for one in lent],
            )
    return Lent(person.name, is_new=bool(lent), joined=joined)


async def end_role(*, viewer: Viewer, phone: str, role: Role, name: str = "") -> Ended:
    """Take a staff role away, for every place, and end what its holder is signed in as.

    Ended already is no error. Raises `NotFound` (codes `person.nobody`, `grant.unknown`) and
    `Problem` (code `person.several`).
    """
    number = read_phone(phone)
    async with work(SYSTEM):
        await _one_by_one(number)
        people = await people_on_phone(number)
        holders = [one for one in people if any(role is held for held, _ in one.grants)]
        former = await ever_had(role, people)
        person = one_of(holders, name) or one_of(former, name) or one_of(people, name)
        if person is None:
            raise _nobody(people)
        if person not in former:
            raise NotFound(
                "grant.unknown",
                N_("{name} does not have the role {role}. Please look at: ganh staff list"),
                params={"name": person.name, "role": role},
            )
        ended = await run(
            "UPDATE role_grant SET ended_at = now()"
            " WHERE person_id = $1 AND role = $2 AND ended_at IS NULL",
            [person.person_id, str(role)],
        )
        if not ended:
            return Ended(person.name, is_new=False)
        # Without this they would live again when the role is lent anew within the same day.
        sessions = await run(
            "UPDATE session SET ended_at = now()"
            " WHERE person_id = $1 AND role = $2 AND ended_at IS NULL",
            [person.person_id, str(role)],
        )
        await audit.record(
            viewer,
            "role.ended",
            f"person:{person.person_id}",
            role=str(role),
            grants=ended,
            sessions=sessions,
        )
    return Ended(person.name, is_new=True, sessions=sessions)


async def close_person(*, viewer: Viewer, phone: str, name: str = "", reason: str = "") -> Ended:
    """Close the account of the person of a phone: roles and sessions end, no sign-in any more.

    Closed already is no error. Raises `NotFound` (code `person.nobody`) and `Problem` (code
    `person.several`).
    """
    number = read_phone(phone)
    async with work(SYSTEM):
        await _one_by_one(number)
        people = await people_on_phone(number)
        person = one_of(people, name)
        if person is not None:
            sessions = await disable_person(
                viewer=viewer, person_id=person.person_id, reason=reason
            )
            return Ended(person.name, is_new=True, sessions=sessions)
        before = one_of(await people_on_phone(number, closed=True), name)
    if before is None:
        raise _nobody(people)
    return Ended(before.name, is_new=False)


async def staff_list() -> list[dict[str, Any]]:
    """Every role that is lent now: to whom, for where, since when."""
    async with work(SYSTEM):
        return await lent_roles()


async def _one_by_one(phone: str) -> None:
    """Two commands at the same time shall not make the same person twice."""
    lock = "SELECT pg_advisory_xact_lock(hashtextextended($1, 7301))::text AS held"
    await rows(lock, [phone])


async def _join(viewer: Viewer, phone: str, name: str) -> Someone:
    if not name.strip():
        raise Problem(
            "person.no_name",
            N_("Nobody uses this phone yet. Please add the person's name: --name NAME"),
            field="name",
        )
    if _is_id(name):
        raise _nobody(await people_on_phone(phone))
    person = await Person.create(id=new_id(), phone=phone, name=read_name(name))
    await audit.record(viewer, "person.joined", f"person:{person.id}")
    return Someone(person.id, person.name)


def _is_id(text: str) -> bool:
    try:
        UUID(text.strip())
    except ValueError:
        return False
    return True


_KNOWN = """
SELECT id, ended_at FROM role_grant
WHERE person_id = $1 AND role = $2 AND province_code IS NOT DISTINCT FROM $3
  AND commune_code IS NOT DISTINCT FROM $4
ORDER BY ended_at DESC NULLS FIRST, id LIMIT 1
"""


async def _lend(person_id: UUID, role: Role, area: Area) -> bool:
    """False when it is lent already. A grant that has ended begins anew; the audit keeps when."""
    asked = [person_id, str(role), area.province_code, area.commune_code]
    known = await rows(_KNOWN, asked)
    if not known:
        await RoleGrant.create(
            person_id=person_id,
            role=str(role),
            province_code=area.province_code,
            commune_code=area.commune_code,
        )
        return True
    return bool(
        await run(
            "UPDATE role_grant SET granted_at = now(), ended_at = NULL"
            " WHERE id = $1 AND ended_at IS NOT NULL",
            [known[0]["id"]],
        )
    )


def _nobody(people: Sequence[Someone]) -> NotFound:
    if not people:
        return NotFound("person.nobody", N_("Nobody with an open account uses this phone."))
    return NotFound(
        "person.nobody",
        N_("Nobody of this name uses this phone. These do: {people}."),
        field="name",
        params={"people": told_apart(people)},
    )
