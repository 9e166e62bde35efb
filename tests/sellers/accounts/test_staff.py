"""Roles are lent and ended by one verb each, once, in the audit; what they opened ends at once."""

import asyncio
from typing import Any
from uuid import UUID

import pytest
from tortoise.exceptions import ValidationError

from integrations.contracts.errors import NotFound, Problem
from integrations.contracts.ids import new_id
from integrations.contracts.viewer import SYSTEM, Role, Viewer
from integrations.runtime import audit
from integrations.runtime.database import rows, value, work
from sellers.accounts.models import SessionKind
from sellers.accounts.rules import Area, Someone, areas_of, one_of, read_role, told_apart
from sellers.accounts.service import close_person, end_role, lend_role, staff_list
from sellers.accounts.sessions import open_session, read_session
from tests.kit.people import COMMUNE, Seller, a_person, a_phone, a_seller, a_staff
from tests.kit.sign_in import ask, sign_in
from tests.kit.stack import Stack

HA_TINH, CAN_LOC = Area("42"), Area("42", COMMUNE)


async def noted(person_id: UUID) -> list[str]:
    """What the audit says of a person, in order."""
    async with work(SYSTEM):
        found = await rows(
            "SELECT action FROM audit WHERE subject = $1 ORDER BY seq",
            [audit.subject_of("person", person_id)],
        )
    return [row["action"] for row in found]


async def people_of(phone: str) -> list[dict[str, Any]]:
    """Who there is on a phone."""
    async with work(SYSTEM):
        return await rows("SELECT id, name FROM person WHERE phone = $1 ORDER BY id", [phone])


async def opened_as(stack: Stack, phone: str) -> dict[str, Any]:
    """Sign in with a code, and who one is then."""
    async with stack.client() as client:
        token = await sign_in(stack, client, phone)
    async with stack.client(token) as client:
        me: dict[str, Any] = (await client.get("/api/v1/me")).json()
    return me


async def test_somebody_new_becomes_staff_and_signs_in(stack: Stack) -> None:
    phone = a_phone()
    lent = await lend_role(
        viewer=SYSTEM, phone=phone, role=Role.ADMIN, areas=[Area()], name="Lê Thị Hoa"
    )
    assert (lent.name, lent.is_new, lent.joined) == ("Lê Thị Hoa", True, True)
    me = await opened_as(stack, phone)
    assert (me["name"], me["viewer"]["role"]) == ("Lê Thị Hoa", "admin")
    person_id = (await people_of(phone))[0]["id"]
    assert (await noted(person_id))[:2] == ["person.joined", "role.lent"]
    row = next(one for one in await staff_list() if one["person_id"] == person_id)
    assert (row["role"], row["province_code"], row["phone"]) == ("admin", None, phone)


async def test_lending_twice_changes_nothing(stack: Stack) -> None:
    person = await a_person()
    for is_new in (True, False):
        lent = await lend_role(
            viewer=SYSTEM, phone=person.phone, role=Role.MODERATOR, areas=[HA_TINH]
        )
        assert (lent.is_new, lent.joined) == (is_new, False)
    assert await noted(person.person_id) == ["role.lent"]


async def test_two_commands_at_once_make_one_person_and_one_grant(stack: Stack) -> None:
    phone = a_phone()
    lent = await asyncio.gather(
        *(
            lend_role(viewer=SYSTEM, phone=phone, role=Role.ADMIN, areas=[Area()], name="Hoa")
            for _ in range(4)
        )
    )
    assert sorted(one.is_new for one in lent) == [False, False, False, True]
    assert len(await people_of(phone)) == 1
    assert [one["phone"] for one in await staff_list()].count(phone) == 1


async def test_an_ended_role_ends_its_sessions_and_no_others(stack: Stack) -> None:
    seller = await a_seller()
    await lend_role(viewer=SYSTEM, phone=seller.phone, role=Role.COMMUNE_STAFF, areas=[CAN_LOC])
    token = await staff_session(seller)
    async with stack.client(token) as staff, stack.client(seller.token) as producer:
        assert (await staff.get("/api/v1/me")).json()["viewer"]["role"] == "commune_staff"
        ended = await end_role(viewer=SYSTEM, phone=seller.phone, role=Role.COMMUNE_STAFF)
        assert (ended.is_new, ended.sessions) == (True, 1)
        assert (await staff.get("/api/v1/me")).status_code == 401
        assert (await producer.get("/api/v1/me")).status_code == 200
        # Lent anew, the old session does not come back to life.
        again = await lend_role(
            viewer=SYSTEM, phone=seller.phone, role=Role.COMMUNE_STAFF, areas=[CAN_LOC]
        )
        assert again.is_new
        assert (await staff.get("/api/v1/me")).status_code == 401
    assert await noted(seller.person_id) == ["role.lent", "role.ended", "role.lent"]


async def staff_session(seller: Seller) -> str:
    """A session of the seller's person as staff of Can Lộc."""
    viewer = Viewer(Role.COMMUNE_STAFF, person_id=seller.person_id, province_code="42")
    async with work(SYSTEM):
        opened = await open_session(viewer, kind=SessionKind.API, phone=seller.phone)
    return opened.token


async def test_ending_twice_is_no_error_and_noted_once(stack: Stack) -> None:
    staff = await a_staff(Role.FINANCE_STAFF)
    said: dict[str, Any] = {
        "viewer": SYSTEM,
        "phone": staff.phone,
        "role": Role.FINANCE_STAFF,
    }
    assert (await end_role(**said)).is_new
    assert not (await end_role(**said)).is_new
    assert await noted(staff.person_id) == ["role.ended"]


async def test_a_role_that_nobody_has_cannot_end(stack: Stack) -> None:
    person = await a_person()
    with pytest.raises(NotFound) as refused:
        await end_role(viewer=SYSTEM, phone=person.phone, role=Role.ADMIN)
    assert refused.value.code == "grant.unknown"
    with pytest.raises(NotFound) as refused:
        await end_role(viewer=SYSTEM, phone=a_phone(), role=Role.ADMIN)
    assert refused.value.code == "person.nobody"


async def test_of_a_shared_phone_the_one_who_has_the_role_loses_it(stack: Stack) -> None:
    staff = await a_staff(Role.MODERATOR)
    await a_person(phone=staff.phone)
    for is_new in (True, False):
        ended = await end_role(viewer=SYSTEM, phone=staff.phone, role=Role.MODERATOR)
        assert (ended.name, ended.is_new) == ("Lê Thị Hoa", is_new)


async def test_a_shared_phone_is_asked_which_person(stack: Stack) -> None:
    one = await a_person(name="Nguyễn Thị Mai")
    await a_person(phone=one.phone, name="Trần Văn Nam")
    said: dict[str, Any] = {"viewer": SYSTEM, "phone": one.phone}
    with pytest.raises(Problem) as refused:
        await close_person(**said)
    assert refused.value.code == "person.several"
    assert refused.value.params == {"people": "Nguyễn Thị Mai; Trần Văn Nam"}
    with pytest.raises(Problem) as refused:
        await lend_role(**said, role=Role.ADMIN, areas=[Area()])
    assert refused.value.code == "person.several"
    with pytest.raises(NotFound) as refused:
        await close_person(**said, name="Lê Hoa")
    assert refused.value.params == {"people": "Nguyễn Thị Mai; Trần Văn Nam"}
    assert (await close_person(**said, name="tran van nam")).name == "Trần Văn Nam"
    async with stack.client(one.token) as client:
        assert (await client.get("/api/v1/me")).status_code == 200


async def test_a_closed_person_has_neither_role_nor_session_nor_door(stack: Stack) -> None:
    staff = await a_staff(Role.ADMIN)
    said: dict[str, Any] = {"viewer": SYSTEM, "phone": staff.phone, "reason": "Mất điện thoại"}
    closed = await close_person(**said)
    assert (closed.name, closed.is_new, closed.sessions) == ("Lê Thị Hoa", True, 1)
    async with stack.client(staff.token) as client:
        assert (await client.get("/api/v1/me")).status_code == 401
    async with stack.client() as client:
        code = await ask(stack, client, staff.phone)
        answer = await client.post("/api/v1/sessions", json={"phone": staff.phone, "code": code})
    assert answer.json()["choose"] == []
    async with work(SYSTEM):
        left = await value(
            "SELECT count(*) FROM role_grant WHERE person_id = $1 AND ended_at IS NULL",
            [staff.person_id],
        )
    assert left == 0
    assert staff.person_id not in {one["person_id"] for one in await staff_list()}
    assert not (await close_person(**said)).is_new
    assert await noted(staff.person_id) == ["person.disabled"]


async def test_a_new_name_on_a_known_phone_is_another_person(stack: Stack) -> None:
    seller = await a_seller()
    lent = await lend_role(
        viewer=SYSTEM, phone=seller.phone, role=Role.MODERATOR, areas=[HA_TINH], name="Lê Thị Hoa"
    )
    assert lent.joined
    assert [one["name"] for one in await people_of(seller.phone)] == ["Trần Văn Hòa", "Lê Thị Hoa"]


async def test_nobody_is_made_without_a_name_or_by_an_id(stack: Stack) -> None:
    phone = a_phone()
    said: dict[str, Any] = {"viewer": SYSTEM, "phone": phone, "role": Role.ADMIN}
    for name, code in (("", "person.no_name"), (str(new_id()), "person.nobody")):
        with pytest.raises(Problem) as refused:
            await lend_role(**said, areas=[Area()], name=name)
        assert refused.value.code == code
    assert await people_of(phone) == []


async def test_a_refused_grant_leaves_nobody_behind(stack: Stack) -> None:
    """The person and the grant are one transaction."""
    phone = a_phone()
    with pytest.raises(ValidationError):
        await lend_role(
            viewer=SYSTEM, phone=phone, role=Role.ADMIN, areas=[Area("4" * 9)], name="Hoa"
        )
    assert await people_of(phone) == []


async def test_several_communes_are_one_way_in_over_all_of_them(stack: Stack) -> None:
    phone = a_phone()
    async with work(SYSTEM):
        other = await value(
            "SELECT code FROM commune WHERE province_id = '42' AND code <> $1 LIMIT 1", [COMMUNE]
        )
    for area in (CAN_LOC, Area("42", other)):
        lent = await lend_role(
            viewer=SYSTEM, phone=phone, role=Role.COMMUNE_STAFF, areas=[area], name="Hoa"
        )
        assert lent.is_new
    async with stack.client() as client:
        token = await sign_in(stack, client, phone)
    found = await read_session(token)
    assert found is not None
    assert (found[1].role, found[1].province_code) == (Role.COMMUNE_STAFF, "42")
    assert found[1].area == sorted([COMMUNE, other])
    assert [one["phone"] for one in await staff_list()].count(phone) == 2


@pytest.mark.parametrize("text", ["commune_staff", "commune-staff", "Commune Staff"])
def test_a_role_is_read(text: str) -> None:
    assert read_role(text) is Role.COMMUNE_STAFF


@pytest.mark.parametrize("text", ["", "boss", "producer", "system", "person", "x" * 100])
def test_a_role_that_is_not_lent_is_said(text: str) -> None:
    with pytest.raises(Problem) as refused:
        read_role(text)
    assert refused.value.code == "role.unknown"
    assert "commune_staff" in refused.value.params["roles"]


@pytest.mark.parametrize(
    ("role", "province", "communes", "code"),
    [
        (Role.COMMUNE_STAFF, "42", [], "grant.no_commune"),
        (Role.PROVINCE_STAFF, None, [], "grant.no_province"),
        (Role.FINANCE_STAFF, None, [CAN_LOC], "grant.whole_only"),
        (Role.COMMUNE_STAFF, "04", [CAN_LOC], "grant.other_province"),
    ],
)
def test_a_place_that_does_not_fit_the_role(
    role: Role, province: str | None, communes: list[Area], code: str
) -> None:
    with pytest.raises(Problem) as refused:
        areas_of(role, province_code=province, communes=communes)
    assert refused.value.code == code


def test_places_that_fit() -> None:
    assert areas_of(Role.ADMIN, province_code=None, communes=[]) == [Area()]
    assert areas_of(Role.PROVINCE_STAFF, province_code="42", communes=[]) == [HA_TINH]
    twice = [CAN_LOC, CAN_LOC]
    assert areas_of(Role.COMMUNE_STAFF, province_code=None, communes=twice) == [CAN_LOC]


def test_people_of_one_name_are_told_apart_by_their_id() -> None:
    hoa, other, nam = (
        Someone(UUID(int=n), name) for n, name in ((1, "Hoa"), (2, "Hòa"), (3, "Nam"))
    )
    assert told_apart([hoa, nam]) == "Hoa; Nam"
    assert told_apart([hoa, other]) == f"Hoa ({UUID(int=1)}); Hòa ({UUID(int=2)})"
    assert one_of([hoa, other, nam], "hòa") is other
    assert one_of([hoa, other, nam], str(UUID(int=1))) is hoa
    assert one_of([nam], "") is nam and one_of([], "") is None
    with pytest.raises(Problem):
        one_of([hoa, Someone(UUID(int=4), "Hoa")], "Hoa")
