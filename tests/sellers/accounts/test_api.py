"""Sign-in over the API: codes, limits, choices, sessions."""

import asyncio
from uuid import UUID

import httpx
import pytest

from integrations.contracts.errors import Problem
from integrations.contracts.viewer import SYSTEM, Role
from integrations.runtime.crypto import keyed_hash
from integrations.runtime.database import rows, run, value, work
from sellers.accounts.models import Person
from sellers.accounts.rules import Purpose
from sellers.accounts.service import check_code, disable_person, make_code
from tests.kit.people import a_person, a_phone, a_seller, a_staff
from tests.kit.sign_in import ask, code_for, sign_in, statements, wrong
from tests.kit.stack import Stack

SPELLINGS = (
    "0{n}",
    "0{a} {b} {c}",
    "0{a}.{b}.{c}",
    "+84{n}",
    "84{n}",
    "0084 {a} {b} {c}",
    "(0{a2}) {b2}-{c2}",
    "full",
)


def spelled(phone: str, how: str) -> str:
    """One of the eight ways to write a number."""
    n = phone.removeprefix("+84")
    if how == "full":
        return "".join(chr(ord(c) + 0xFEE0) for c in "0" + n)
    return how.format(n=n, a=n[:3], b=n[3:6], c=n[6:], a2=n[:2], b2=n[2:5], c2=n[5:])


@pytest.mark.parametrize("how", SPELLINGS)
async def test_a_number_is_understood_however_it_is_written(stack: Stack, how: str) -> None:
    phone = a_phone()
    async with stack.client() as client:
        answer = await client.post("/api/v1/sign-in-codes", json={"phone": spelled(phone, how)})
        assert answer.status_code == 202
        assert answer.json()["expires_in_s"] == 600
        code = await code_for(stack, phone)
        opened = await client.post(
            "/api/v1/sessions", json={"phone": spelled(phone, how), "code": code}
        )
    assert opened.json()["choose"] == []


@pytest.mark.parametrize("phone", ["", "12", "1900 1234", "<b>0912345678</b>", "x" * 10_000])
async def test_an_unreadable_number_is_said_at_its_field(stack: Stack, phone: str) -> None:
    async with stack.client() as client:
        answer = await client.post("/api/v1/sign-in-codes", json={"phone": phone})
    assert (answer.status_code, answer.json()["field"]) == (400, "phone")


async def test_known_and_unknown_numbers_are_answered_alike(stack: Stack) -> None:
    known, unknown = (await a_seller()).phone, a_phone()
    seen = []
    async with stack.client() as client:
        for phone in (known, unknown):
            with statements() as said:
                answer = await client.post("/api/v1/sign-in-codes", json={"phone": phone})
            with statements() as said_to_guess:
                guess = await client.post(
                    "/api/v1/sessions", json={"phone": phone, "code": "000000"}
                )
            seen.append(
                (
                    said,
                    said_to_guess,
                    answer.status_code,
                    sorted(answer.json()),
                    guess.status_code,
                    guess.json()["code"],
                )
            )
    assert seen[0] == seen[1]
    assert len(seen[0][0]) > 3 and "FROM person" not in " ".join(seen[0][0] + seen[0][1])


async def test_a_stranger_becomes_a_person_and_comes_back(stack: Stack) -> None:
    phone = a_phone()
    async with stack.client() as client:
        first = await sign_in(stack, client, phone, "Trần Thị Nụ")
        code = await ask(stack, client, phone)
        again = await client.post("/api/v1/sessions", json={"phone": phone, "code": code})
    assert again.json()["viewer"]["role"] == "person"
    second = again.json()["token"]
    assert second != first
    async with stack.client(second) as client:
        me = (await client.get("/api/v1/me")).json()
    assert (me["name"], me["phone"]) == ("Trần Thị Nụ", phone)


async def test_a_person_of_two_producers_and_a_neighbour_choose(stack: Stack) -> None:
    seller = await a_seller(name="Tổ hợp tác Hương Khê")
    async with work(SYSTEM):
        await Person.create(phone=seller.phone, name="Hàng xóm")
    async with stack.client() as client:
        code = await ask(stack, client, seller.phone)
        choice = (
            await client.post("/api/v1/sessions", json={"phone": seller.phone, "code": code})
        ).json()
        assert [one["producer_name"] for one in choice["choose"]] == ["Tổ hợp tác Hương Khê", None]
        body = {"ticket": choice["ticket"], "door": choice["choose"][0]["key"]}
        opened = await client.post("/api/v1/sessions/choice", json=body)
        assert opened.status_code == 201
        assert opened.json()["viewer"]["producer_id"] == str(seller.producer_id)
        # The ticket was good once.
        again = await client.post("/api/v1/sessions/choice", json=body)
    assert (again.status_code, again.json()["code"]) == (400, "ticket.ended")


async def test_staff_enters_as_staff(stack: Stack) -> None:
    staff = await a_staff(Role.MODERATOR)
    async with stack.client() as client:
        token = await sign_in(stack, client, staff.phone)
    async with stack.client(token) as client:
        viewer = (await client.get("/api/v1/me")).json()["viewer"]
    assert (viewer["role"], viewer["province_code"]) == ("moderator", "42")


async def test_a_ticket_serves_one_of_ten_at_once(stack: Stack) -> None:
    phone = a_phone()
    async with stack.client() as client:
        code = await ask(stack, client, phone)
        ticket = (
            await client.post("/api/v1/sessions", json={"phone": phone, "code": code})
        ).json()["ticket"]
        answers = await asyncio.gather(
            *(
                client.post(
                    "/api/v1/sessions/choice", json={"ticket": ticket, "name": f"Người {i}"}
                )
                for i in range(10)
            )
        )
    assert sorted(a.status_code for a in answers) == [201] + [400] * 9
    async with work(SYSTEM):
        assert await value("SELECT count(*) FROM person WHERE phone = $1", [phone]) == 1


async def test_a_ticket_does_not_open_another_door(stack: Stack) -> None:
    phone, other = a_phone(), await a_seller()
    async with stack.client() as client:
        code = await ask(stack, client, phone)
        ticket = (
            await client.post("/api/v1/sessions", json={"phone": phone, "code": code})
        ).json()["ticket"]
        door = f"{other.person_id}:producer:{other.producer_id}"
        answer = await client.post("/api/v1/sessions/choice", json={"ticket": ticket, "door": door})
        assert answer.json()["code"] == "door.missing"
        forged = ticket[:-2] + ("AA" if ticket[-2:] != "AA" else "BB")
        answer = await client.post("/api/v1/sessions/choice", json={"ticket": forged, "name": "Ai"})
    assert answer.json()["code"] == "ticket.ended"


async def test_wrong_expired_and_reused_codes(stack: Stack) -> None:
    phone = a_phone()
    async with stack.client() as client:

        async def guess(code: str) -> tuple[int, str]:
            answer = await client.post("/api/v1/sessions", json={"phone": phone, "code": code})
            return answer.status_code, answer.json().get("code", "")

        code = await ask(stack, client, phone)
        assert await guess(wrong(code)) == (400, "code.wrong")
        assert await guess("12345") == (400, "code.unreadable")
        assert (await guess(f" {code[:3]} {code[3:]}"))[0] == 201
        assert await guess(code) == (400, "code.ended")
        code = await ask(stack, client, phone)
        async with work(SYSTEM):
            await run(
                "UPDATE sign_in_code SET expires_at = now() - interval '1 second'"
                " WHERE phone_hash = $1",
                [keyed_hash(f"{phone}\x00", purpose="code.phone:sign_in")],
            )
        assert await guess(code) == (400, "code.ended")


async def test_the_tenth_wrong_guess_burns_the_code(stack: Stack) -> None:
    phone = a_phone()
    async with stack.client() as client:
        code = await ask(stack, client, phone)
        seen = []
        for _ in range(10):
            answer = await client.post(
                "/api/v1/sessions", json={"phone": phone, "code": wrong(code)}
            )
            seen.append(answer.json()["code"])
        right = await client.post("/api/v1/sessions", json={"phone": phone, "code": code})
    assert seen == ["code.wrong"] * 9 + ["code.ended"]
    assert right.json()["code"] == "code.ended"


async def test_guesses_at_the_same_moment_are_counted_one_by_one(stack: Stack) -> None:
    phone = a_phone()
    async with stack.client() as client:
        code = await ask(stack, client, phone)
        answers = await asyncio.gather(
            *(
                client.post("/api/v1/sessions", json={"phone": phone, "code": wrong(code)})
                for _ in range(20)
            )
        )
        codes = [a.json()["code"] for a in answers]
        right = await client.post("/api/v1/sessions", json={"phone": phone, "code": code})
    assert codes.count("code.wrong") == 9
    assert right.status_code == 400


async def test_guesses_of_a_day_are_limited_over_all_codes(stack: Stack) -> None:
    phone = a_phone()
    answers: list[httpx.Response] = []
    async with stack.client() as client:
        for _ in range(3):
            code = await ask(stack, client, phone)
            answers += [
                await client.post("/api/v1/sessions", json={"phone": phone, "code": wrong(code)})
                for _ in range(10)
            ]
        last = await client.post("/api/v1/sessions", json={"phone": phone, "code": code})
    assert {a.status_code for a in answers} == {400}
    assert (last.status_code, last.json()["code"]) == (429, "limit.reached")


async def test_resending_is_allowed_and_limited_by_number(stack: Stack) -> None:
    phone = a_phone()
    async with stack.client() as client:
        first = await ask(stack, client, phone)
        second = await ask(stack, client, phone)
        for _ in range(4):
            await ask(stack, client, phone)
        refused = await client.post("/api/v1/sign-in-codes", json={"phone": phone})
        assert refused.status_code == 429
        assert int(refused.headers["retry-after"]) <= 600
        # Messages overtake each other: an earlier code is as good, and closes the others.
        opened = await client.post("/api/v1/sessions", json={"phone": phone, "code": first})
        assert opened.status_code == 201
        late = await client.post("/api/v1/sessions", json={"phone": phone, "code": second})
    assert late.json()["code"] == "code.ended"


async def test_twelve_codes_in_an_hour(stack: Stack) -> None:
    phone = a_phone()
    async with stack.client() as client:
        for _ in range(12):
            await ask(stack, client, phone)
            async with work(SYSTEM):
                await run("DELETE FROM rate_limit WHERE bucket = 'code.phone.10min'")
        refused = await client.post("/api/v1/sign-in-codes", json={"phone": phone})
    assert refused.status_code == 429


async def test_codes_per_address(stack: Stack) -> None:
    transport = httpx.ASGITransport(stack.app, client=("2001:db8:1:2::77", 1))
    async with httpx.AsyncClient(transport=transport, base_url=stack.settings.public_url) as client:
        statuses = [
            (await client.post("/api/v1/sign-in-codes", json={"phone": a_phone()})).status_code
            for _ in range(31)
        ]
    assert statuses == [202] * 30 + [429]


async def test_a_code_serves_one_phone_one_purpose_one_subject(stack: Stack) -> None:
    phone, other = a_phone(), a_phone()
    async with stack.client() as client:
        code = await ask(stack, client, phone)
        await ask(stack, client, other)
        crossed = await client.post("/api/v1/sessions", json={"phone": other, "code": code})
        assert crossed.status_code == 400
    buyer = a_phone()
    await make_code(
        phone=buyer,
        purpose=Purpose.COD_CONFIRM,
        subject="order-1",
        language="vi",
        words={"order": "K7M2QX"},
    )
    code = await code_for(stack, buyer)
    text = stack.messages.latest(to_phone=buyer)[0]["text"]
    assert "K7M2QX" in text and f"{code[:3]} {code[3:]}" in text
    for purpose, subject in ((Purpose.SIGN_IN, "order-1"), (Purpose.COD_CONFIRM, "order-2")):
        with pytest.raises(Problem) as refused:
            await check_code(phone=buyer, purpose=purpose, subject=subject, code=code)
        assert refused.value.code == "code.ended"
    used = await check_code(phone=buyer, purpose=Purpose.COD_CONFIRM, subject="order-1", code=code)
    assert isinstance(used, UUID)


async def test_no_plain_code_is_kept_anywhere(stack: Stack) -> None:
    phone = a_phone()
    async with stack.client() as client:
        code = await ask(stack, client, phone)
    async with work(SYSTEM):
        kept = await rows("SELECT to_jsonb(c)::text AS t FROM sign_in_code c")
        kept += await rows(
            "SELECT payload::text AS t FROM outbox WHERE name IN"
            " ('sign_in.code_made', 'accounts.send_code')"
        )
        kept += await rows("SELECT to_jsonb(a)::text AS t FROM audit a")
    said = "\n".join(row["t"] for row in kept)
    assert phone not in said and phone[3:] not in said
    # Hexadecimal hashes may hold any digits: the code must not stand as a value of its own.
    assert f'"{code}"' not in said and f" {code}" not in said


async def test_the_message_is_short_and_fills_itself_in(stack: Stack) -> None:
    phone = a_phone()
    async with stack.client(**{"Accept-Language": "vi"}) as client:
        code = await ask(stack, client, phone)
    text = stack.messages.latest(to_phone=phone)[0]["text"]
    assert text == (
        f"Mã vào Gánh: {code[:3]} {code[3:]}. Xin đừng đưa mã này cho ai.\n@127.0.0.1 #{code}"
    )


async def test_a_code_that_ran_out_is_not_sent_any_more(stack: Stack) -> None:
    phone = a_phone()
    code_id = await make_code(phone=phone, purpose=Purpose.SIGN_IN, language="vi")
    async with work(SYSTEM):
        await run("UPDATE sign_in_code SET expires_at = now() WHERE id = $1", [code_id])
    await stack.drain()
    assert stack.messages.latest(to_phone=phone) == []


async def test_signing_out_ends_the_token(stack: Stack) -> None:
    person = await a_person()
    async with stack.client(person.token) as client:
        assert (await client.get("/api/v1/me")).status_code == 200
        assert (await client.delete("/api/v1/sessions/current")).status_code == 204
        ended = await client.get("/api/v1/me")
    assert (ended.status_code, ended.json()["code"]) == (401, "session.missing")


async def test_a_token_from_before_signing_in_is_worthless(stack: Stack) -> None:
    planted = "planted-by-somebody-else-planted-by-somebody"
    phone = a_phone()
    async with stack.client(planted) as client:
        assert (await client.get("/api/v1/me")).status_code == 401
        token = await sign_in(stack, client, phone)
        assert token != planted
        assert (await client.get("/api/v1/me")).status_code == 401


async def test_sessions_are_listed_and_ended_by_their_person_only(stack: Stack) -> None:
    person, other = await a_person(), await a_person()
    async with stack.client() as client:
        second = await sign_in(stack, client, person.phone)
    async with stack.client(person.token) as client:
        mine = (await client.get("/api/v1/sessions")).json()["sessions"]
        assert [one["current"] for one in mine].count(True) == 1 and len(mine) == 2
        away = next(one["id"] for one in mine if not one["current"])
        async with stack.client(other.token) as stranger:
            assert (await stranger.delete(f"/api/v1/sessions/{away}")).status_code == 404
        assert (await client.delete(f"/api/v1/sessions/{away}")).status_code == 204
        assert (await client.delete(f"/api/v1/sessions/{away}")).status_code == 404
    async with stack.client(second) as client:
        assert (await client.get("/api/v1/me")).status_code == 401


async def test_a_disabled_person_is_out_at_once_and_is_no_door(stack: Stack) -> None:
    person, staff = await a_person(), await a_staff(Role.ADMIN)
    ended = await disable_person(
        viewer=staff.viewer, person_id=person.person_id, reason="Điện thoại bị mất"
    )
    assert ended == 1
    async with stack.client(person.token) as client:
        assert (await client.get("/api/v1/me")).status_code == 401
        code = await ask(stack, client, person.phone)
        answer = await client.post("/api/v1/sessions", json={"phone": person.phone, "code": code})
    assert answer.json()["choose"] == []
    async with work(SYSTEM):
        entry = await rows(
            "SELECT actor, reason FROM audit WHERE subject = $1", [f"person:{person.person_id}"]
        )
    assert entry == [{"actor": staff.viewer.label, "reason": "Điện thoại bị mất"}]


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("", "name.missing"),
        ("<script>alert(1)</script>", "name.unreadable"),
        ("1234", "name.unreadable"),
        ("a" * 200, "name.too_long"),
        ("a" * 10_000, "field.too_long"),
    ],
)
async def test_a_name_that_is_none_makes_nobody(stack: Stack, name: str, code: str) -> None:
    phone = a_phone()
    async with stack.client() as client:
        guess = {"phone": phone, "code": await ask(stack, client, phone)}
        ticket = (await client.post("/api/v1/sessions", json=guess)).json()["ticket"]
        refused = await client.post(
            "/api/v1/sessions/choice", json={"ticket": ticket, "name": name}
        )
        assert (refused.status_code, refused.json()["field"]) == (400, "name")
        assert refused.json()["code"] == code
        # Nothing was written, and the ticket still opens.
        async with work(SYSTEM):
            assert await value("SELECT count(*) FROM person WHERE phone = $1", [phone]) == 0
        mended = await client.post(
            "/api/v1/sessions/choice", json={"ticket": ticket, "name": "Mai"}
        )
    assert mended.status_code == 201
