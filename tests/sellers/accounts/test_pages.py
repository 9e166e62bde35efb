"""Sign-in as pages: every spelling, every refusal at its field, nothing in addresses."""

import httpx
import pytest

from integrations.contracts.viewer import SYSTEM
from integrations.runtime.crypto import keyed_hash
from integrations.runtime.database import run, value, work
from market.app import create_app
from sellers.accounts.models import Person
from tests.kit.people import a_person, a_phone, a_seller, a_staff
from tests.kit.sign_in import a_browser, code_for, hidden, wrong
from tests.kit.stack import Stack
from tests.sellers.accounts.test_api import SPELLINGS, spelled


async def shown(browser: httpx.AsyncClient, answer: httpx.Response) -> httpx.Response:
    """The page that an accepted form leads on to."""
    assert answer.status_code == 303, answer.text
    page = await browser.get(answer.headers["location"])
    assert page.status_code == 200, page.text
    return page


async def sent(
    stack: Stack, browser: httpx.AsyncClient, phone: str, **form: str
) -> tuple[str, str]:
    """Ask for a code on the page; (the ticket of the code form, the code)."""
    page = await shown(browser, await browser.post("/sign-in", data={"phone": phone, **form}))
    return hidden(page.text, "ticket"), await code_for(stack, phone)


@pytest.mark.parametrize("how", SPELLINGS)
async def test_the_page_understands_each_spelling(stack: Stack, how: str) -> None:
    phone = a_phone()
    async with a_browser(stack) as browser:
        answer = await browser.post("/sign-in", data={"phone": spelled(phone, how)})
        assert phone[-6:] not in answer.headers["location"]
        page = await shown(browser, answer)
    assert f"•• {phone[-3:]}" in page.text and phone[-6:] not in page.text
    assert page.headers["cache-control"] == "no-store"
    assert 'autocomplete="one-time-code"' in page.text and 'inputmode="numeric"' in page.text
    await code_for(stack, phone)


@pytest.mark.parametrize(
    "typed", ["", "12", "1900 1234", "<script>alert(1)</script>", "9" * 10_000]
)
async def test_an_unreadable_number_is_said_at_its_field(stack: Stack, typed: str) -> None:
    async with a_browser(stack) as browser:
        page = await browser.post("/sign-in", data={"phone": typed})
    assert page.status_code == 400
    assert 'id="phone-e"' in page.text and "<script>" not in page.text
    assert 'autocomplete="tel"' in page.text and len(page.text) < 12_000


async def test_a_stranger_signs_in_and_out(stack: Stack) -> None:
    phone = a_phone()
    async with a_browser(stack) as browser:
        ticket, code = await sent(stack, browser, phone, next="/producer/orders")
        done = await browser.post("/sign-in/code", data={"ticket": ticket, "code": code})
        assert (done.status_code, done.headers["location"]) == (303, "/who")
        cookie = done.headers["set-cookie"].lower()
        assert "httponly" in cookie and "samesite=lax" in cookie and "path=/" in cookie
        token = browser.cookies["ganh"]
        onward = await browser.get("/sign-in?next=/who/account")
        assert (onward.status_code, onward.headers["location"]) == (303, "/who/account")
        assert (await browser.get("/who")).status_code == 200
        out = await browser.post("/sign-out")
        assert (out.status_code, out.headers["location"]) == (303, "/sign-in")
        assert "ganh" not in browser.cookies
        # Who kept the token has nothing.
        browser.cookies.set("ganh", token)
        again = await browser.get("/who?x=1")
    assert again.headers["location"] == "/sign-in?next=/who%3Fx%3D1"


async def test_one_way_in_is_taken_at_once_with_a_new_token(stack: Stack) -> None:
    seller = await a_seller()
    async with a_browser(stack) as browser:
        browser.cookies.set("ganh", "planted-by-somebody-else-planted-by-somebody")
        ticket, code = await sent(stack, browser, seller.phone)
        done = await browser.post("/sign-in/code", data={"ticket": ticket, "code": code})
        assert (done.status_code, done.headers["location"]) == (303, "/producer/goods")
        new = done.cookies["ganh"]
        assert new not in ("planted-by-somebody-else-planted-by-somebody", seller.token)


async def test_signing_in_anew_ends_the_session_before(stack: Stack) -> None:
    person, other = await a_person(), await a_person()
    async with a_browser(stack) as browser:
        ticket, code = await sent(stack, browser, other.phone)
        browser.cookies.set("ganh", person.token)
        await browser.post("/sign-in/code", data={"ticket": ticket, "code": code})
    async with stack.client(person.token) as client:
        assert (await client.get("/api/v1/me")).status_code == 401


async def test_somebody_else_on_a_known_phone_may_choose(stack: Stack) -> None:
    seller = await a_seller(name="Vườn cam Bác Tư")
    async with work(SYSTEM):
        await Person.create(phone=seller.phone, name="<b>Nụ</b>")
    async with a_browser(stack) as browser:
        ticket, code = await sent(stack, browser, seller.phone)
        who = await browser.post("/sign-in/code", data={"ticket": ticket, "code": code})
        assert "Vườn cam Bác Tư" in who.text and "&lt;b&gt;Nụ" in who.text
        choice = hidden(who.text, "ticket")
        none = await browser.post("/sign-in/who", data={"ticket": choice, "door": "x"})
        assert none.status_code == 400 and 'id="door"' in none.text
        door = f"{seller.person_id}:producer:{seller.producer_id}"
        done = await browser.post("/sign-in/who", data={"ticket": choice, "door": door})
        assert done.headers["location"] == "/producer/goods"
        reused = await browser.post("/sign-in/who", data={"ticket": choice, "door": door})
    assert reused.status_code == 400


async def test_one_known_person_may_ask_for_the_choice(stack: Stack) -> None:
    seller = await a_seller()
    async with a_browser(stack) as browser:
        assert 'name="other"' in (await browser.get("/sign-in?other=1")).text
        ticket, code = await sent(stack, browser, seller.phone, other="1")
        who = await browser.post("/sign-in/code", data={"ticket": ticket, "code": code})
    assert seller.name in who.text


async def test_staff_goes_to_the_desk(stack: Stack) -> None:
    staff = await a_staff()
    async with a_browser(stack) as browser:
        ticket, code = await sent(stack, browser, staff.phone)
        done = await browser.post("/sign-in/code", data={"ticket": ticket, "code": code})
        assert done.headers["location"] == "/staff/review"
        me = await browser.get("/who")
    assert me.status_code == 200 and "Cán bộ duyệt hàng" in me.text


async def test_wrong_expired_and_reused_codes_are_said_at_the_field(stack: Stack) -> None:
    phone = a_phone()
    async with a_browser(stack) as browser:
        ticket, code = await sent(stack, browser, phone)

        async def guess(text: str) -> httpx.Response:
            return await browser.post("/sign-in/code", data={"ticket": ticket, "code": text})

        page = await guess(wrong(code))
        assert page.status_code == 400 and 'id="code-e"' in page.text and "9 lần" in page.text
        for text in ("", "12", "<script>", "1" * 10_000):
            page = await guess(text)
            assert page.status_code == 400 and 'id="code-e"' in page.text
        assert (await guess(code)).status_code == 303
        browser.cookies.delete("ganh")  # as if on another device
        page = await guess(code)
        assert page.status_code == 400 and "xin mã mới" in page.text
        again = await shown(browser, await browser.post("/sign-in/again", data={"ticket": ticket}))
        assert "Mã mới" in again.text
        code = await code_for(stack, phone)
        async with work(SYSTEM):
            await run(
                "UPDATE sign_in_code SET expires_at = now() WHERE phone_hash = $1",
                [keyed_hash(f"{phone}\x00", purpose="code.phone:sign_in")],
            )
        page = await guess(code)
    assert page.status_code == 400 and "xin mã mới" in page.text


async def test_the_tenth_wrong_guess_on_the_page(stack: Stack) -> None:
    phone = a_phone()
    async with a_browser(stack) as browser:
        ticket, code = await sent(stack, browser, phone)
        for _ in range(10):
            page = await browser.post("/sign-in/code", data={"ticket": ticket, "code": wrong(code)})
        assert "xin mã mới" in page.text
        page = await browser.post("/sign-in/code", data={"ticket": ticket, "code": code})
    assert page.status_code == 400


async def test_limits_are_said_where_people_look(stack: Stack) -> None:
    phone = a_phone()
    async with a_browser(stack) as browser:
        ticket, _ = await sent(stack, browser, phone)
        for _ in range(5):
            await browser.post("/sign-in/again", data={"ticket": ticket})
        again = await browser.post("/sign-in/again", data={"ticket": ticket})
        assert again.status_code == 429 and 'role="alert"' in again.text
        first = await browser.post("/sign-in", data={"phone": phone})
    assert first.status_code == 429 and 'role="alert"' in first.text


@pytest.mark.parametrize("name", ["", "<img src=x onerror=alert(1)>", "n" * 10_000, "  \u200b "])
async def test_a_name_that_is_none_is_said_at_its_field(stack: Stack, name: str) -> None:
    phone = a_phone()
    async with a_browser(stack) as browser:
        ticket, code = await sent(stack, browser, phone, other="1")
        who = await browser.post("/sign-in/code", data={"ticket": ticket, "code": code})
        form = {"ticket": hidden(who.text, "ticket"), "door": "new"}
        page = await browser.post("/sign-in/who", data={**form, "name": name})
        assert page.status_code == 400 and 'id="name-e"' in page.text
        assert "<img" not in page.text
        async with work(SYSTEM):
            assert await value("SELECT count(*) FROM person WHERE phone = $1", [phone]) == 0
        done = await browser.post("/sign-in/who", data={**form, "name": "Lê Lợi"})
    assert done.status_code == 303


@pytest.mark.parametrize(
    "onward",
    [
        "//evil.example",
        "https://evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
        "/a\nb",
        "\\\\evil",
        "/" + "x" * 400,
        "/%0d%0a ok",
    ],
)
async def test_only_own_paths_are_gone_to(stack: Stack, onward: str) -> None:
    seller = await a_seller()
    async with stack.browser(seller.token) as browser:
        sent_on = await browser.get("/sign-in", params={"next": onward})
    assert sent_on.headers["location"] == "/producer/goods"


async def test_the_code_page_can_be_loaded_again(stack: Stack) -> None:
    """A phone drops the page while its owner reads the message: no other code is sent."""
    phone = a_phone()
    async with a_browser(stack) as browser:
        await sent(stack, browser, phone, next="/producer/orders")
        before = len(stack.messages.latest(to_phone=phone))
        page = await browser.get("/sign-in/code?next=/producer/orders")
        assert hidden(page.text, "next") == "/producer/orders"
        ticket, code = hidden(page.text, "ticket"), await code_for(stack, phone)
        assert len(stack.messages.latest(to_phone=phone)) == before
        done = await browser.post("/sign-in/code", data={"ticket": ticket, "code": code})
        assert done.status_code == 303
        assert (await browser.get("/sign-in/code")).headers["location"] == "/sign-in"


async def test_forms_only_follow_forms(stack: Stack) -> None:
    async with a_browser(stack) as browser:
        for path in ("/sign-in/code", "/sign-in/again", "/sign-in/who"):
            assert (await browser.get(path)).headers["location"] == "/sign-in"
            forged = await browser.post(path, data={"ticket": "x.y.z", "code": "123456"})
            assert forged.status_code == 400 and 'name="phone"' in forged.text


async def test_after_an_ended_session_the_way_back_is_kept(stack: Stack) -> None:
    async with a_browser(stack) as browser:
        page = await browser.post("/producer/goods/new", data={"name": "Cam bù", "action": "save"})
    assert page.status_code == 401
    assert 'href="/sign-in?next=%2Fproducer%2Fgoods%2Fnew"' in page.text
    assert "session.missing" in page.text


async def test_another_site_cannot_sign_anybody_in_or_out(stack: Stack) -> None:
    person = await a_person()
    async with stack.browser(person.token) as browser:
        browser.headers["Sec-Fetch-Site"] = "cross-site"
        assert (await browser.post("/sign-out")).status_code == 403
        assert (await browser.post("/sign-in", data={"phone": a_phone()})).status_code == 403
        browser.headers["Sec-Fetch-Site"] = "same-origin"
        assert (await browser.get("/who")).status_code == 200


async def test_somebody_who_sells_nothing_yet_is_led_to_who(stack: Stack) -> None:
    person = await a_person()
    async with stack.browser(person.token) as browser:
        page = await browser.get("/who/account")
    assert (page.status_code, page.headers["location"]) == (303, "/who")


async def test_over_https_the_cookie_is_bound_to_this_host(stack: Stack) -> None:
    person = await a_person()
    settings = stack.settings.model_copy(update={"base_url": "https://ganh.test"})
    transport = httpx.ASGITransport(create_app(settings, stack.ports))
    async with httpx.AsyncClient(
        transport=transport,
        base_url="https://ganh.test",
        headers={"Sec-Fetch-Site": "same-origin", "Accept": "text/html"},
    ) as browser:
        ticket, code = await sent(stack, browser, person.phone)
        done = await browser.post("/sign-in/code", data={"ticket": ticket, "code": code})
        assert done.headers["set-cookie"].startswith("__Host-ganh=")
        assert "Secure" in done.headers["set-cookie"]
        assert (await browser.get("/who")).status_code == 200
