"""The pages of the case and of the desk, as forms that work without any script."""

import re

import pytest

from integrations.contracts.viewer import SYSTEM, Role
from integrations.runtime.database import value, work
from sellers.onboarding.service import decide
from tests.kit.identity import NAME, a_card, a_number, a_sent_case
from tests.kit.people import a_seller, a_staff
from tests.kit.stack import Stack

FORM = {"name": NAME, "number": "", "born_on": "20/11/1985"}


def _field(page: str, name: str) -> str:
    found = re.search(rf'<input id="{name}"[^>]* value="([^"]*)"', page)
    assert found, page
    return found.group(1)


async def test_the_code_of_the_card_fills_the_form_and_nothing_is_kept(stack: Stack) -> None:
    seller, number = await a_seller(cleared=False), a_number()
    async with stack.browser(seller.token) as browser:
        photo = {"card": ("the.jpg", a_card(number), "image/jpeg")}
        page = await browser.post("/who/identity", data={"read": "1"}, files=photo)
        assert page.status_code == 200
        assert (_field(page.text, "name"), _field(page.text, "number")) == (NAME, number)
        assert _field(page.text, "born_on") == "20/11/1985"
        hidden = dict(re.findall(r'name="(issued_on|sex|method)" value="([^"]*)"', page.text))
        assert hidden == {"issued_on": "10/12/2023", "sex": "male", "method": "card"}
        async with work(SYSTEM):
            photos = await value(
                "SELECT count(*) FROM identity WHERE number_last4 = $1", [number[-4:]]
            )
        assert photos == 0
        sent = await browser.post("/who/identity", data={**FORM, "number": number, **hidden})
        assert sent.headers["location"] == "/who/case"
        case = (await browser.get("/who/case")).text
    assert "Đang chờ cán bộ" in case
    async with work(SYSTEM):
        method = await value(
            "SELECT method FROM identity WHERE producer_id = $1", [seller.producer_id]
        )
    assert method == "card"


async def test_a_photo_without_a_code_keeps_what_was_typed(stack: Stack) -> None:
    seller = await a_seller(cleared=False)
    async with stack.browser(seller.token) as browser:
        photo = {"card": ("a.jpg", b"\xff\xd8\xff\xe0 no picture", "image/jpeg")}
        page = await browser.post("/who/identity", data={**FORM, "read": "1"}, files=photo)
        nothing = await browser.post("/who/identity", data={**FORM, "read": "1"})
    assert page.status_code == nothing.status_code == 400
    assert "Chưa đọc được mã trên thẻ." in page.text and _field(page.text, "name") == NAME


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"number": "183456789"}, "Đây là số cũ 9 chữ số."),
        ({"number": "12"}, "Mời gõ đủ 12 chữ số"),
        ({"born_on": "1985"}, "Mời ghi ngày, tháng, năm"),
        ({"born_on": "1/1/2024"}, "Mời xem lại năm sinh."),
        ({"name": "<b>"}, "Mời ghi lại"),
    ],
)
async def test_what_cannot_be_is_said_at_its_field(
    stack: Stack, change: dict[str, str], words: str
) -> None:
    seller = await a_seller(cleared=False)
    async with stack.browser(seller.token) as browser:
        form = {**FORM, "number": a_number(), **change}
        page = await browser.post("/who/identity", data=form)
    assert page.status_code == 400
    assert words in page.text or "name" in change


async def test_staff_confirm_in_two_clicks_and_a_choice(stack: Stack) -> None:
    seller, staff, number = (
        await a_seller(cleared=False),
        await a_staff(Role.COMMUNE_STAFF),
        a_number(),
    )
    case = await a_sent_case(seller, number)
    async with stack.browser(staff.token) as browser:
        queue = (await browser.get("/staff/cases")).text
        assert f'href="/staff/cases/{case.id}"' in queue
        page = (await browser.get(f"/staff/cases/{case.id}")).text
        assert number not in page and number[-4:] in page and NAME in page
        form = {"revision": "1", "kind": "household", "decision": "approve", "evidence": "seen"}
        done = await browser.post(f"/staff/cases/{case.id}", data=form)
        assert done.headers["location"] == "/staff/cases?done=approved"
        after = (await browser.get(f"/staff/cases/{case.id}")).text
    assert "Đã xác nhận. Người này bán được hàng." in after


async def test_what_staff_have_confirmed_is_shown_and_not_asked_again(stack: Stack) -> None:
    seller, staff = await a_seller(cleared=False), await a_staff(Role.COMMUNE_STAFF)
    number = a_number()
    case = await a_sent_case(seller, number)
    known = {"revision": 1, "kind": "household", "mend": {}, "evidence": "seen"}
    await decide(staff.viewer, case_id=case.id, **known)  # type: ignore[arg-type]
    async with stack.browser(seller.token) as browser:
        page = (await browser.get("/who/identity")).text
        late = await browser.post("/who/identity", data={**FORM, "number": a_number()})
    assert number[-4:] in page and "Muốn đổi, mời gọi cán bộ xã." in page
    assert 'name="number"' not in page
    assert late.status_code == 409 and "Cán bộ đã quyết định." in late.text


async def test_staff_send_back_with_a_sentence(stack: Stack) -> None:
    seller, staff = await a_seller(cleared=False), await a_staff(Role.COMMUNE_STAFF)
    case = await a_sent_case(seller)
    form = {"revision": "1", "kind": "household", "decision": "mend"}
    async with stack.browser(staff.token) as browser:
        nothing = await browser.post(f"/staff/cases/{case.id}", data=form)
        assert nothing.status_code == 400 and "Mời đánh dấu chỗ cần sửa." in nothing.text
        own = await browser.post(f"/staff/cases/{case.id}", data={**form, "mend_identity": "own"})
        assert own.status_code == 400 and "Mời ghi vài chữ lý do." in own.text
        sent = await browser.post(f"/staff/cases/{case.id}", data={**form, "mend_identity": "2"})
        assert sent.headers["location"] == "/staff/cases?done=to_mend"
    async with stack.browser(seller.token) as browser:
        assert "Thẻ đã hết hạn. Mời mang thẻ mới." in (await browser.get("/who/case")).text


async def test_the_whole_number_is_shown_once_for_a_reason(stack: Stack) -> None:
    staff, number = await a_staff(Role.COMMUNE_STAFF), a_number()
    case = await a_sent_case(await a_seller(cleared=False), number)
    async with stack.browser(staff.token) as browser:
        address = f"/staff/cases/{case.id}/number"
        empty = await browser.post(address, data={"look_reason": ""})
        assert empty.status_code == 400 and number not in empty.text
        shown = await browser.post(address, data={"look_reason": "So với giấy đăng ký"})
        assert number in shown.text
        assert number not in (await browser.get(f"/staff/cases/{case.id}")).text


async def test_the_queue_is_filtered_by_its_address(stack: Stack) -> None:
    staff = await a_staff(Role.PROVINCE_STAFF)
    case = await a_sent_case(await a_seller(cleared=False, name="Nhà vườn Lọc"))
    async with stack.browser(staff.token) as browser:
        here = (await browser.get("/staff/cases?commune=18406")).text
        there = (await browser.get("/staff/cases?commune=18073")).text
        approved = (await browser.get("/staff/cases?state=approved")).text
        odd = await browser.get("/staff/cases?state=%27&commune=%27--&after=nobody")
    assert str(case.id) in here
    assert str(case.id) not in there and str(case.id) not in approved
    assert odd.status_code == 400
