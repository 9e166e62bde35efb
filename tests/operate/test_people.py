"""`ganh staff` and `ganh person`: the first staff member comes in, roles end, accounts close."""

import os

from integrations.contracts.phone import format_phone
from integrations.contracts.viewer import Role
from tests.kit.people import COMMUNE, a_person, a_phone, a_staff
from tests.kit.sign_in import sign_in
from tests.kit.stack import Stack
from tests.operate.commands import ganh


async def said_by(stack: Stack, *words: str) -> tuple[int, str]:
    """A command that reaches the stack's servers as production does."""
    env = {**stack.env, "PATH": os.environ["PATH"], "GANH_ENV": "production"}
    return await ganh(*words, env=env)


async def test_the_first_of_staff_comes_in_and_goes(stack: Stack) -> None:
    phone = a_phone()
    local = "0" + phone[3:]
    add = ("staff", "add", local, "admin", "--name", "Lê Thị Hoa")
    code, said = await said_by(stack, *add)
    assert code == 0, said
    assert "Lê Thị Hoa nay có vai trò Quản trị" in said
    assert "Lê Thị Hoa has the role Administrator now" in said and "/sign-in" in said
    code, said = await said_by(stack, *add)
    assert code == 0 and "Không có gì thay đổi" in said and "Nothing was changed" in said
    async with stack.client() as client:
        token = await sign_in(stack, client, phone)
    code, said = await said_by(stack, "staff", "list")
    assert code == 0
    assert f"Lê Thị Hoa, {format_phone(phone)}: Quản trị từ " in said and "cả nước" in said
    async with stack.browser(token) as browser:
        assert (await browser.get("/staff/review")).status_code == 200
        for word in ("Số phiên đăng nhập đã kết thúc: 1", "đã kết thúc từ trước"):
            code, said = await said_by(stack, "staff", "end", local, "admin")
            assert code == 0 and word in said, said
        assert (await browser.get("/staff/review")).status_code == 303


async def test_commune_staff_are_listed_with_their_place(stack: Stack) -> None:
    person = await a_person(name="Võ Thị Sáu")
    code, said = await said_by(
        stack, "staff", "add", person.phone, "commune-staff", "--commune", COMMUNE
    )
    assert code == 0 and "Võ Thị Sáu nay có vai trò Cán bộ xã" in said, said
    _, said = await said_by(stack, "staff", "list")
    line = next(
        one
        for one in said.splitlines()
        if one.startswith(f"Võ Thị Sáu, {format_phone(person.phone)}")
    )
    assert line.endswith(f"Xã Can Lộc ({COMMUNE}), Tỉnh Hà Tĩnh (42)")


async def test_what_cannot_be_is_said_in_both_languages(stack: Stack) -> None:
    phone = a_phone()
    name = ("--name", "Lê Thị Hoa")
    for words, vietnamese, english in (
        ((phone, "boss", *name), "Không có vai trò này", "province_staff"),
        (("12", "admin", *name), "Số điện thoại", "does not look complete"),
        ((phone, "admin", *name, "--province", "99"), "Không có tỉnh mã 99", "no province 99"),
        (
            (phone, "commune_staff", *name, "--commune", "99999"),
            "Không có xã mã 99999",
            "no commune 99999",
        ),
        ((phone, "commune_staff", *name), "Cán bộ xã cần có xã", "need a commune"),
        ((phone, "province_staff", *name), "Cán bộ tỉnh cần có tỉnh", "need a province"),
        ((phone, "admin"), "Xin thêm tên", "add the person's name"),
        ((phone, "admin", "--name", "<b>"), "Tên", "A name is made of letters"),
    ):
        code, said = await said_by(stack, "staff", "add", *words)
        assert code == 1 and vietnamese in said and english in said, said
    code, said = await said_by(stack, "staff", "end", phone, "admin")
    assert code == 1 and "Không có tài khoản nào đang mở" in said


async def test_an_account_is_closed_and_a_shared_phone_is_asked(stack: Stack) -> None:
    staff = await a_staff(Role.MODERATOR)
    other = await a_person(phone=staff.phone, name="Trần Văn Nam")
    code, said = await said_by(stack, "person", "close", staff.phone)
    assert code == 1 and "Lê Thị Hoa; Trần Văn Nam" in said and "--name" in said, said
    close = ("person", "close", staff.phone, "--name", "Le Thi Hoa", "--reason", "Mất máy")
    for word in ("Đã đóng tài khoản của Lê Thị Hoa", "đã đóng từ trước"):
        code, said = await said_by(stack, *close)
        assert code == 0 and word in said, said
    async with stack.client(staff.token) as client:
        assert (await client.get("/api/v1/me")).status_code == 401
    async with stack.client(other.token) as client:
        assert (await client.get("/api/v1/me")).status_code == 200
