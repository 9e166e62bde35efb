"""Who sells, over the API: creation, changes, payout account, places, banks."""

import asyncio

import pytest

from integrations.contracts.ids import new_id
from integrations.contracts.viewer import SYSTEM, Role
from integrations.runtime.database import rows, value, work
from sellers.producers.queries import (
    account_hash,
    find_communes,
    open_account,
    payout_account_of,
    payout_accounts_of,
)
from tests.kit.people import COMMUNE, a_person, a_phone, a_seller, a_staff
from tests.kit.sign_in import sign_in, statements
from tests.kit.stack import Stack

NEW = {"kind": "household", "name": "Vườn bưởi Bà Nụ", "commune_code": COMMUNE}
ACCOUNT = {"bank_bin": "970436", "account": "0123 456.789", "holder": "Nguyễn Thị Nụ"}


async def test_from_a_phone_to_a_producer(stack: Stack) -> None:
    async with stack.client() as client:
        token = await sign_in(stack, client, a_phone())
    async with stack.client(token) as client:
        assert (await client.get("/api/v1/producers/me")).status_code == 403
        made = await client.post("/api/v1/producers", json=NEW)
        assert made.status_code == 201, made.text
        body = made.json()
        assert body["commune"] == {"code": COMMUNE, "name": "Xã Can Lộc", "province": "Hà Tĩnh"}
        assert body["payout_account"] is None and len(body["code"]) == 6
        # The same token now acts for the producer.
        me = (await client.get("/api/v1/me")).json()["viewer"]
        assert (me["role"], me["producer_id"]) == ("producer", body["id"])
        put = await client.put("/api/v1/producers/me/payout-account", json=ACCOUNT)
        assert put.json() == {
            "bank_bin": "970436",
            "bank_name": "Vietcombank",
            "last4": "6789",
            "holder": "NGUYEN THI NU",
        }
        shown = (await client.get("/api/v1/producers/me")).json()
    assert shown["payout_account"] == put.json()
    async with work(SYSTEM):
        text = await value("SELECT search_text FROM producer WHERE code = $1", [body["code"]])
    assert text == "vuon buoi ba nu xa can loc ha tinh"


async def test_names_repeat_and_the_same_key_makes_one(stack: Stack) -> None:
    person = await a_person()
    key = {"Idempotency-Key": str(new_id())}
    async with stack.client(person.token) as client:
        answers = await asyncio.gather(
            *(client.post("/api/v1/producers", json=NEW, headers=key) for _ in range(5))
        )
        other = await client.post("/api/v1/producers", json=NEW)
    assert {a.status_code for a in answers} == {201}
    assert len({a.json()["id"] for a in answers}) == 1
    assert other.json()["id"] != answers[0].json()["id"]
    async with work(SYSTEM):
        mine = await value(
            "SELECT count(*) FROM membership WHERE person_id = $1", [person.person_id]
        )
    assert mine == 2


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"kind": "state farm"}, "kind"),
        ({"kind": ""}, "kind"),
        ({"name": " "}, "name"),
        ({"name": "<script>alert(1)</script>"}, "name"),
        ({"name": "b" * 10_000}, "name"),
        ({"commune_code": "99999"}, "commune_code"),
        ({"commune_code": "' OR 1=1"}, "commune_code"),
        ({"commune_code": "1" * 10_000}, "commune_code"),
    ],
)
async def test_bad_input_is_said_at_its_field(
    stack: Stack, change: dict[str, str], field: str
) -> None:
    person = await a_person()
    async with stack.client(person.token) as client:
        refused = await client.post("/api/v1/producers", json={**NEW, **change})
        assert (refused.status_code, refused.json()["field"]) == (400, field)
        assert (await client.get("/api/v1/me")).json()["viewer"]["role"] == "person"
    async with work(SYSTEM):
        found = await rows("SELECT 1 FROM membership WHERE person_id = $1", [person.person_id])
    assert found == []


@pytest.mark.parametrize("much", ["ă" * 10_000, "<b>" * 1_000, "ă" * 2_001])
async def test_too_many_words_about_oneself_are_said_at_their_field(
    stack: Stack, much: str
) -> None:
    seller = await a_seller()
    async with stack.client(seller.token) as client:
        refused = await client.patch(
            "/api/v1/producers/me", json={"name": "Tên mới", "about": much}
        )
        now = (await client.get("/api/v1/producers/me")).json()
    assert (refused.status_code, refused.json()["field"]) == (400, "about")
    assert refused.headers["content-type"] == "application/problem+json"
    assert (now["name"], now["about"]) == (seller.name, "")


async def test_words_about_oneself_stay_text(stack: Stack) -> None:
    seller = await a_seller()
    said = "<b>Ba đời</b> trồng bưởi."
    async with stack.client(seller.token) as client:
        changed = await client.patch("/api/v1/producers/me", json={"about": said})
    async with stack.client() as anyone:
        shop = await anyone.get(f"/s/{changed.json()['code']}")
    assert changed.json()["about"] == said
    assert "&lt;b&gt;Ba đời" in shop.text and "<b>Ba" not in shop.text


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"bank_bin": "123456"}, "bank_bin"),
        ({"bank_bin": "533948"}, "bank_bin"),  # takes no transfers
        ({"bank_bin": "9" * 10_000}, "bank_bin"),
        ({"account": "chín tám bảy"}, "account"),
        ({"account": "abcdef"}, "account"),
        ({"account": "1" * 10_000}, "account"),
        ({"holder": "<b>"}, "holder"),
        ({"holder": "h" * 10_000}, "holder"),
    ],
)
async def test_bad_accounts_are_said_at_their_field(
    stack: Stack, change: dict[str, str], field: str
) -> None:
    seller = await a_seller()
    async with stack.client(seller.token) as client:
        refused = await client.put(
            "/api/v1/producers/me/payout-account", json={**ACCOUNT, **change}
        )
    assert (refused.status_code, refused.json()["field"]) == (400, field)
    async with work(SYSTEM):
        kept = await payout_account_of(seller.producer_id)
    assert kept is not None and open_account(kept).account == seller.account


async def test_a_changed_account_ends_the_old_one_and_is_told(stack: Stack) -> None:
    seller = await a_seller()
    async with stack.client(seller.token) as client:
        for _ in range(2):  # the second time nothing changes
            put = await client.put("/api/v1/producers/me/payout-account", json=ACCOUNT)
            assert put.status_code == 200
    await stack.drain()
    texts = [m["text"] for m in stack.messages.latest(to_phone=seller.phone)]
    assert texts == [
        "Tài khoản nhận tiền trên Gánh nay là Vietcombank, số cuối 6789."
        " Nếu không phải mình đổi, mời gọi ngay người hỗ trợ."
    ]
    async with work(SYSTEM):
        kept = await rows(
            "SELECT account_sealed, account_hash, account_last4, ended_at IS NULL AS live"
            " FROM payout_account WHERE producer_id = $1 ORDER BY created_at",
            [seller.producer_id],
        )
        audited = await rows(
            "SELECT details::text AS d FROM audit WHERE action = 'payout_account.changed'"
            " AND beneficiary_id = $1",
            [seller.producer_id],
        )
        target = (await payout_accounts_of([seller.producer_id]))[seller.producer_id]
    assert [row["live"] for row in kept] == [False, True]
    assert "0123456789" not in str(kept) + str(audited)
    assert len(audited) == 1
    assert target.account_hash == account_hash("0123-456-789")
    opened = open_account(target)
    assert (opened.account, opened.holder) == ("0123456789", "NGUYEN THI NU")


async def test_two_changes_at_once_leave_one_live_account(stack: Stack) -> None:
    seller = await a_seller()
    async with stack.client(seller.token) as client:
        answers = await asyncio.gather(
            *(
                client.put(
                    "/api/v1/producers/me/payout-account",
                    json={**ACCOUNT, "account": f"99900{n}"},
                )
                for n in range(6)
            )
        )
    assert {a.status_code for a in answers} == {200}
    async with work(SYSTEM):
        live = await value(
            "SELECT count(*) FROM payout_account WHERE producer_id = $1 AND ended_at IS NULL",
            [seller.producer_id],
        )
    assert live == 1


async def test_only_what_is_given_changes(stack: Stack) -> None:
    seller, other = await a_seller(), await a_seller(name="HTX Cửa Lạch")
    async with stack.client(seller.token) as client:
        changed = await client.patch(
            "/api/v1/producers/me", json={"name": "Vườn mới", "about": "Ba đời trồng bưởi."}
        )
        refused = await client.patch("/api/v1/producers/me", json={"about": "x" * 3_000})
        assert (refused.status_code, refused.json()["field"]) == (400, "about")
    assert changed.json()["name"] == "Vườn mới" and changed.json()["kind"] == "household"
    async with stack.client(other.token) as client:
        assert (await client.get("/api/v1/producers/me")).json()["name"] == "HTX Cửa Lạch"


async def test_staff_does_not_become_a_seller(stack: Stack) -> None:
    staff = await a_staff(Role.ADMIN)
    async with stack.client(staff.token) as client:
        assert (await client.post("/api/v1/producers", json=NEW)).status_code == 403


@pytest.mark.parametrize(
    "query",
    [
        "can loc",
        "Can Lộc",
        "xa can loc ha tinh",
        "can loc, ha tinh",
        "CAN LOC",
        "cần lộc",
        "xã Can Lộc, huyện Can Lộc, tỉnh Hà Tĩnh",
    ],
)
async def test_a_commune_is_found_however_it_is_typed(stack: Stack, query: str) -> None:
    with statements() as said:
        found = await find_communes(query)
    assert (found[0].name, found[0].province) == ("Xã Can Lộc", "Hà Tĩnh")
    assert len(said) == 1


@pytest.mark.parametrize(
    ("query", "today", "was"),
    [
        ("xã Vượng Lộc", "Xã Can Lộc", "Xã Vượng Lộc, Huyện Can Lộc"),
        ("vuong lo", "Xã Can Lộc", "Xã Vượng Lộc, Huyện Can Lộc"),
        ("thien loc, huyen can loc, tinh ha tinh", "Xã Can Lộc", "Xã Thiên Lộc, Huyện Can Lộc"),
        ("thị trấn Nghèn", "Xã Can Lộc", "Thị trấn Nghèn, Huyện Can Lộc"),
        ("bắc hà thành phố hà tĩnh", "Phường Thành Sen", "Phường Bắc Hà, Thành phố Hà Tĩnh"),
        # Called so until March 2025.
        ("sơn châu hương sơn", "Xã Tứ Mỹ", "Xã Sơn Châu, Huyện Hương Sơn"),
        ("xã ích hậu huyện lộc hà", "Xã Đông Kinh", "Xã Ích Hậu, Huyện Lộc Hà"),
        ("xã ích hậu huyện thạch hà", "Xã Đông Kinh", "Xã Ích Hậu, Huyện Thạch Hà"),
    ],
)
async def test_a_name_from_before_leads_to_the_commune_of_today(
    stack: Stack, query: str, today: str, was: str
) -> None:
    found = await find_communes(query)
    assert (found[0].name, found[0].was, found[0].was_split) == (today, was, False)


async def test_a_commune_that_was_split_is_asked_for(stack: Stack) -> None:
    found = await find_communes("xã Kỳ Lợi, thị xã Kỳ Anh")
    assert {one.code for one in found} == {"18754", "18823", "18832"}
    assert all(one.was_split for one in found)
    async with stack.client() as client:
        page = await client.get("/places/communes", params={"q": "ky loi thi xa ky anh"})
    assert "Xã cũ này nay thuộc nhiều xã, phường." in page.text
    assert " checked" not in page.text


async def test_a_district_leads_to_all_that_lay_in_it(stack: Stack) -> None:
    found = await find_communes("huyện Vũ Quang", 20)
    assert {one.name for one in found} == {"Xã Vũ Quang", "Xã Mai Hoa", "Xã Thượng Đức"}


async def test_the_name_of_today_is_shown_without_a_former_one(stack: Stack) -> None:
    found = await find_communes("can loc")
    assert (found[0].name, found[0].was) == ("Xã Can Lộc", "")
    assert len({one.code for one in found}) == len(found)


async def test_names_that_begin_so_come_first(stack: Stack) -> None:
    found = await find_communes("thanh", 10)
    assert len(found) == 10
    assert all(one.name.split(" ", 1)[1].startswith(("Thanh", "Thạnh", "Thành")) for one in found)
    assert await find_communes("khong co noi nay") == []
    assert await find_communes("  ,, %_ ") == []
    hue = await find_communes("phuong hue")
    assert all(one.province == "Huế" or "Huệ" in one.name for one in hue)


async def test_places_and_banks_are_open_to_all(stack: Stack) -> None:
    async with stack.client() as client:
        places = await client.get("/api/v1/places/communes", params={"q": "loc"})
        assert 1 <= len(places.json()["communes"]) <= 10
        long = await client.get("/api/v1/places/communes", params={"q": "x" * 10_000})
        assert long.status_code == 400
        banks = (await client.get("/api/v1/banks")).json()["banks"]
    assert [one["short_name"] for one in banks[:3]] == ["Agribank", "Vietcombank", "VietinBank"]
    assert len(banks) > 50 and "533948" not in {one["bin"] for one in banks}
