"""Two people change the same goods: what each typed is kept, and one field is asked about."""

from typing import Any
from uuid import UUID

import httpx
import pytest

from integrations.contracts.ids import new_id
from integrations.contracts.viewer import SYSTEM
from integrations.runtime.database import rows, work
from market.listing.rules.templates import templates
from tests.kit.listings import a_listing, a_live_listing
from tests.kit.pages import hidden, words
from tests.kit.people import Seller, a_seller
from tests.kit.pictures import phone_jpeg
from tests.kit.questions import two_texts
from tests.kit.stack import Stack
from tests.market.listing.test_templates import shown, ticked

PATH = "/api/v1/listings"
A, B, C = "phone-aaaa", "phone-bbbb", "phone-cccc"


async def draft(client: httpx.AsyncClient, **typed: Any) -> dict[str, Any]:
    """A draft as the first phone made it."""
    body = {"client_id": str(new_id()), "base_revision": 0, "source": A, **typed}
    made: dict[str, Any] = (await client.post(PATH, json=body)).json()
    return made


async def change(client: httpx.AsyncClient, listing_id: str, **body: Any) -> dict[str, Any]:
    """What a phone sends when the line is back; what it is answered."""
    answer = await client.patch(f"{PATH}/{listing_id}", json=body)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def history(listing_id: str | UUID) -> list[tuple[Any, ...]]:
    """Field, before and after, source and person, in order."""
    async with work(SYSTEM):
        found = await rows(
            "SELECT field, was #>> '{}' AS was, now #>> '{}' AS now, source, person_id"
            " FROM listing_change WHERE listing_id = $1 ORDER BY revision, field",
            [listing_id],
        )
    return [tuple(row.values()) for row in found]


async def test_two_phones_edit_one_draft_offline(stack: Stack) -> None:
    seller = await a_seller()
    async with stack.client(seller.token) as client:
        made = await draft(client, name="Quà quê", price="50k")
        base = made["revision"]
        on_a = {"name": "Quà quê mẹ làm", "price": "50k", "unit": "gói", "description": ""}
        on_b = {"name": "Quà quê bà làm", "price": "55k", "unit": "", "description": "Nấu củi."}
        await change(client, made["id"], base_revision=base, source=A, **on_a)
        told = await change(client, made["id"], base_revision=base, source=B, **on_b)
        [question] = told["questions"]
        assert {key: question[key] for key in ("field", "kept", "other")} == {
            "field": "name", "kept": "Quà quê mẹ làm", "other": "Quà quê bà làm",
        }  # fmt: skip
        kept = (told["name"], told["price_vnd"], told["unit"], told["description"])
        assert kept == ("Quà quê mẹ làm", 55_000, "gói", "Nấu củi.")
        where = f"{PATH}/{made['id']}/questions/{question['id']}"
        for _ in range(2):
            answer = await client.post(where, json={"take": "other"})
            assert (answer.status_code, answer.json()["questions"]) == (200, [])
        assert answer.json()["name"] == "Quà quê bà làm"
        late = await client.post(where, json={"take": "kept"})
        assert (late.status_code, late.json()["code"]) == (409, "question.answered")
    assert ("name", "Quà quê", "Quà quê mẹ làm", A, seller.person_id) in await history(made["id"])


@pytest.mark.parametrize("first", [A, B])
async def test_in_either_order_nothing_is_lost(stack: Stack, first: str) -> None:
    seller, typed = await a_seller(), {A: "Nấu từ sáng.", B: "Nấu từ tối."}
    async with stack.client(seller.token) as client:
        made = await draft(client, name="Quà quê")
        for source in (first, B if first == A else A):
            told = await change(
                client,
                made["id"],
                base_revision=made["revision"],
                source=source,
                description=typed[source],
            )
    assert told["description"] == typed[first]
    assert {told["description"], told["questions"][0]["other"]} == set(typed.values())


async def test_a_known_client_id_is_changed_by_the_same_merge(stack: Stack) -> None:
    """The answer to the first sending was lost: the phone types on and sends it all again."""
    seller = await a_seller()
    body: dict[str, Any] = {"client_id": str(new_id()), "base_revision": 0, "source": A}
    async with stack.client(seller.token) as client:
        sent = {**body, "name": "Cu đơ", "stock": 4, "weight": "", "description": ""}
        made = (await client.post(PATH, json=sent)).json()
        again = (await client.post(PATH, json={**sent, "price": "50k", "stock": 6})).json()
        assert (again["id"], again["price_vnd"], again["available"]) == (made["id"], 50_000, 6)
        assert (again["weight_g"], again["questions"]) == (templates()["cu-do"].weight_g, [])
        assert again["filled"] == made["filled"]
        other = (await client.post(PATH, json={**body, "source": B, "name": "Cu đơ gừng"})).json()
    assert [(one["field"], one["other"]) for one in other["questions"]] == [("name", "Cu đơ gừng")]


async def test_the_same_sent_twice_asks_once_and_writes_nothing_new(stack: Stack) -> None:
    seller = await a_seller()
    async with stack.client(seller.token) as client:
        made = await draft(client, name="Quà quê")
        base = made["revision"]
        await change(client, made["id"], base_revision=base, source=A, name="Cam")
        first = await change(client, made["id"], base_revision=base, source=B, name="Mít")
        second = await change(client, made["id"], base_revision=base, source=B, name="Mít")
        assert second["questions"] == first["questions"]
        where = f"{PATH}/{made['id']}/questions/{first['questions'][0]['id']}"
        await client.post(where, json={"take": "kept"})
        late = await change(client, made["id"], base_revision=base, source=B, name="Mít")
    assert (late["name"], late["questions"], late["revision"]) == ("Cam", [], first["revision"])


async def test_three_texts_are_asked_about_one_after_the_other(stack: Stack) -> None:
    seller = await a_seller()
    async with stack.client(seller.token) as client:
        made = await draft(client, name="Quà quê")
        for source, name in ((A, "Cam"), (B, "Mít"), (C, "Ổi")):
            told = await change(
                client, made["id"], base_revision=made["revision"], source=source, name=name
            )
        seen = []
        while told["questions"]:
            [question] = told["questions"]
            seen.append((question["kept"], question["other"]))
            where = f"{PATH}/{made['id']}/questions/{question['id']}"
            told = (await client.post(where, json={"take": "other"})).json()
    assert (seen, told["name"]) == ([("Cam", "Mít"), ("Mít", "Ổi")], "Ổi")


async def test_goods_with_a_question_are_not_sent_until_it_is_answered(stack: Stack) -> None:
    seller = await a_seller()
    goods = await a_listing(seller)
    question_id = await two_texts(
        stack, seller, goods, field="weight", first="1 kg", second="1,2 kg"
    )
    where = f"{PATH}/{goods.id}"
    async with stack.client(seller.token) as client:
        await client.post(f"{where}/photos", files={"photo": ("a.jpg", phone_jpeg())})
        refused = await client.post(f"{where}/submit")
        told = (refused.status_code, refused.json()["code"], refused.json()["field"])
        assert told == (400, "listing.question", "weight")
        chosen = await client.post(f"{where}/questions/{question_id}", json={"take": "other"})
        assert chosen.json()["weight_g"] == 1200 and "weight_g" not in chosen.json()["filled"]
        assert (await client.post(f"{where}/submit")).json()["state"] == "in_review"


async def test_a_new_name_refills_the_rest_and_asks_nothing(stack: Stack) -> None:
    seller = await a_seller()
    async with stack.client(seller.token) as client:
        made = await draft(client, name="Cu đơ", price="50k")
        as_shown = {"weight": "300 g", "keeps": "60", "description": made["description"]}
        base = made["revision"]
        await change(client, made["id"], base_revision=base, source=A, name="Bưởi Phúc Trạch")
        told = await change(
            client, made["id"], base_revision=base, source=B, price="60k", **as_shown
        )
        assert (told["questions"], told["weight_g"], told["price_vnd"]) == ([], 1200, 60_000)
        assert "weight_g" in told["filled"]
        typed = await change(client, made["id"], base_revision=base, source=C, weight="900 g")
    assert (typed["questions"], typed["weight_g"]) == ([], 900)


async def test_a_chosen_type_is_merged_like_a_text(stack: Stack) -> None:
    seller = await a_seller()
    async with stack.client(seller.token) as client:
        made = await draft(client, name="Quà quê")
        base = made["revision"]
        await change(client, made["id"], base_revision=base, source=A, template="mat-ong")
        told = await change(client, made["id"], base_revision=base, source=B, template="none")
        [question] = told["questions"]
        assert (question["field"], question["kept"], question["other"]) == (
            "template", "mat-ong", "none",
        )  # fmt: skip
        where = f"{PATH}/{made['id']}/questions/{question['id']}"
        chosen = (await client.post(where, json={"take": "other"})).json()
    assert (chosen["template_code"], chosen["template_chosen"]) == ("", True)
    assert chosen["weight_g"] is None


async def test_what_is_left_of_a_draft_is_merged(stack: Stack) -> None:
    seller = await a_seller()
    async with stack.client(seller.token) as client:
        made = await draft(client, name="Quà quê", stock=5)
        base = made["revision"]
        await change(client, made["id"], base_revision=base, source=A, stock=8)
        same = await change(client, made["id"], base_revision=base, source=B, stock=5, unit="gói")
        assert (same["available"], same["questions"]) == (8, [])
        told = await change(client, made["id"], base_revision=base, source=B, stock=9)
        [question] = told["questions"]
        assert (question["field"], question["kept"], question["other"]) == ("stock", "8", "9")
        where = f"{PATH}/{made['id']}/questions/{question['id']}"
        assert (await client.post(where, json={"take": "other"})).json()["available"] == 9


async def test_what_is_left_of_goods_on_sale_is_counted_once_by_its_difference(
    stack: Stack,
) -> None:
    seller = await a_seller()
    live = await a_live_listing(seller, available=8)
    async with stack.client(seller.token) as client:
        # 10 were left when the phone was offline; 2 were sold; 5 are added. Sent twice.
        sent = {"base_revision": 1, "source": A, "stock": 15, "stock_was": 10}
        for _ in range(2):
            told = await change(client, str(live.id), **sent)
    assert (told["available"], told["questions"], told["revision"]) == (13, [], 1)


async def test_a_program_without_a_revision_writes_what_it_sends(stack: Stack) -> None:
    seller = await a_seller()
    async with stack.client(seller.token) as client:
        made = await draft(client, name="Quà quê")
        await change(client, made["id"], base_revision=made["revision"], source=A, name="Cam")
        told = await change(client, made["id"], name="Mít")
    assert (told["name"], told["questions"]) == ("Mít", [])


async def test_an_old_tab_changes_only_what_was_typed_in_it(stack: Stack) -> None:
    seller = await a_seller()
    async with stack.client(seller.token) as client:
        made = await draft(client, name="Cu đơ", price="50k")
    address = f"/producer/goods/{made['id']}"
    async with stack.browser(seller.token) as browser:
        old, new = (await browser.get(address)).text, (await browser.get(address)).text
        for page, typed in ((new, {"name": "Bưởi"}), (old, {"price": "60k"})):
            data: dict[str, Any] = {**shown(page), "allergens": ["", *ticked(page)], **typed}
            data |= {name: hidden(page, name) for name in ("form_id", "base", "stock_was")}
            assert (await browser.post(address, data=data)).headers["location"].endswith("=saved")
    async with stack.client(seller.token) as client:
        told = (await client.get(f"{PATH}/{made['id']}")).json()
    assert (told["name"], told["price_vnd"], told["template_code"]) == ("Bưởi", 60_000, "buoi")
    assert set(told["filled"]) >= {"unit", "description", "weight_g", "storage"}


async def test_the_form_asks_at_the_field_and_its_buttons_save_the_rest(stack: Stack) -> None:
    seller = await a_seller()
    goods = await a_listing(seller, name="Quà quê")
    await two_texts(stack, seller, goods, field="category", first="sweets", second="fruit")
    question_id = await two_texts(
        stack, seller, goods, field="name", first="Kẹo nhà làm", second="Mứt nhà làm"
    )
    address = f"/producer/goods/{goods.id}"
    async with stack.browser(seller.token) as browser:
        page = (await browser.get(address)).text
        said = words(page)
        assert "Chỗ này có hai cách ghi. Mời chọn một." in said
        assert "Giữ: Kẹo nhà làm" in said and "Lấy: Mứt nhà làm" in said
        assert "Giữ: Bánh kẹo" in said and '<details class="card" open>' in page
        # Enter saves, whatever stands first.
        first = page.partition('id="goods"')[2].partition("</button>")[0]
        assert 'name="action" value="save"' in first.rpartition("<button")[2]
        data: dict[str, Any] = {**shown(page), "allergens": "", "price": "70k"}
        data |= {name: hidden(page, name) for name in ("form_id", "base", "stock_was")}
        answer = await browser.post(address, data={**data, "answer": f"{question_id}:other"})
        assert answer.headers["location"] == f"{address}?done=chosen"
        page = (await browser.get(answer.headers["location"])).text
        refused = await browser.post(
            address,
            data={**data, **shown(page), "base": hidden(page, "base"), "action": "submit"},
        )
    assert 'value="Mứt nhà làm"' in page and 'value="70.000"' in page
    assert refused.status_code == 400 and 'id="category-e"' in refused.text


async def test_saving_over_anothers_text_says_so(stack: Stack) -> None:
    seller = await a_seller()
    goods = await a_listing(seller, name="Quà quê")
    address = f"/producer/goods/{goods.id}"
    async with stack.browser(seller.token) as browser:
        pages = [(await browser.get(address)).text for _ in range(2)]
        for page, unit, done in zip(pages, ("gói", "hộp"), ("saved", "asked"), strict=True):
            data: dict[str, Any] = {**shown(page), "allergens": "", "unit": unit}
            data |= {name: hidden(page, name) for name in ("form_id", "base", "stock_was")}
            answer = await browser.post(address, data=data)
            assert answer.headers["location"] == f"{address}?done={done}"
        assert "Giữ: gói" in words((await browser.get(answer.headers["location"])).text)


async def test_an_emptied_field_is_one_that_was_seen_full(stack: Stack) -> None:
    seller = await a_seller()
    goods = await a_listing(seller, price_vnd=None)
    address = f"/producer/goods/{goods.id}"
    async with stack.browser(seller.token) as browser:
        old, new = (await browser.get(address)).text, (await browser.get(address)).text
        for page, typed in ((new, {"price": "60k"}), (old, {"unit": "gói"})):
            data: dict[str, Any] = {**shown(page), "allergens": "", **typed}
            data |= {name: hidden(page, name) for name in ("form_id", "base", "stock_was")}
            assert (await browser.post(address, data=data)).status_code == 303
        page = (await browser.get(address)).text
    assert 'value="60.000"' in page and 'value="gói"' in page


async def test_every_way_of_changing_is_written_down(stack: Stack) -> None:
    seller = await a_seller()
    goods = await a_listing(seller, name="Quà quê", unit="")
    form_id = str(new_id())
    async with stack.browser(seller.token) as browser:
        await browser.post(
            f"/producer/goods/{goods.id}",
            data={"form_id": form_id, "price": "50k", "allergens": "nuts eggs"},
        )
        await browser.post(
            f"/producer/goods/{goods.id}/stock", data={"change": 3, "reference": "press-01"}
        )
    assert await history(goods.id) == [
        ("allergens", "[]", '["eggs", "nuts"]', form_id, seller.person_id),
        ("price_vnd", "45000", "50000", form_id, seller.person_id),
        ("available", "0", "3", "press:press-01", seller.person_id),
    ]


async def test_questions_about_anothers_goods_answer_404(stack: Stack) -> None:
    owner, other = await a_seller(), await a_seller()
    goods, mine = await a_listing(owner), await a_listing(other)
    question_id = await two_texts(stack, owner, goods, field="unit", first="gói", second="hộp")
    async with stack.client(other.token) as client:
        for listing_id in (goods.id, mine.id):
            answer = await client.post(
                f"{PATH}/{listing_id}/questions/{question_id}", json={"take": "other"}
            )
            assert answer.status_code == 404


@pytest.mark.parametrize(
    "body", [{"base_revision": -1}, {"source": "short"}, {"source": "ă" * 10}, {"stock_was": -1}]
)
async def test_what_is_sent_about_a_change_is_checked(stack: Stack, body: dict[str, Any]) -> None:
    seller: Seller = await a_seller()
    goods = await a_listing(seller)
    async with stack.client(seller.token) as client:
        answer = await client.patch(f"{PATH}/{goods.id}", json={"name": "Cam", **body})
        assert answer.status_code == 400
        assert (await client.get(f"{PATH}/{goods.id}")).json()["name"] == goods.name
