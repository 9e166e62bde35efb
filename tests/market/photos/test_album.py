"""Up to eight photos of goods: in order, one of them the main one, none lost by a wrong press."""

from functools import cache
from typing import Any
from uuid import UUID

import pytest

from integrations.contracts.viewer import SYSTEM
from integrations.runtime.database import public_rows, rows, run, work
from market.catalog.rules import ListingState
from market.channels import queries as channels
from market.photos.queries import loaded
from tests.kit.listings import Goods, a_listing
from tests.kit.pages import words
from tests.kit.people import Seller, a_seller, a_staff
from tests.kit.pictures import pattern, phone_jpeg
from tests.kit.stack import Stack


@cache
def a_file(number: int) -> bytes:
    """A photo of its own for each number; made once, since a profile holds the time."""
    return phone_jpeg(pattern(640 + number, 560))


async def send(stack: Stack, seller: Seller, goods: Goods, number: int) -> Any:
    async with stack.client(seller.token) as client:
        return await client.post(
            f"/api/v1/listings/{goods.id}/photos", files={"photo": ("a.jpg", a_file(number))}
        )


async def ids_of(stack: Stack, seller: Seller, goods: Goods) -> list[str]:
    async with stack.client(seller.token) as client:
        answer = await client.get(f"/api/v1/listings/{goods.id}/photos")
    assert answer.status_code == 200, answer.text
    return [one["id"] for one in answer.json()]


async def an_album(
    stack: Stack, *, photos: int = 3, state: ListingState = ListingState.DRAFT
) -> tuple[Seller, Goods, list[str]]:
    """Goods with photos that are ready, in the order in which they were sent."""
    seller = await a_seller()
    goods = await a_listing(seller)
    sent = [(await send(stack, seller, goods, number)).json()["id"] for number in range(photos)]
    await stack.drain()
    if state is not ListingState.DRAFT:
        async with work(SYSTEM):
            await run(
                "UPDATE listing SET state = $2, live_at = now(), submitted_at = now()"
                " WHERE id = $1",
                [goods.id, str(state)],
            )
    return seller, goods, sent


async def press(
    stack: Stack, seller: Seller, goods: Goods, button: str, **fields: str
) -> tuple[int, str]:
    """Press a button beside a photo with what stands in the form; where it leads."""
    async with stack.browser(seller.token) as browser:
        data = {"form_id": "kit-form-1", "photo_do": button, **fields}
        answer = await browser.post(f"/producer/goods/{goods.id}", data=data)
    return answer.status_code, answer.headers.get("location", "")


async def test_each_is_added_behind_the_others_and_the_first_is_the_main_one(stack: Stack) -> None:
    seller, goods, sent = await an_album(stack)
    assert await ids_of(stack, seller, goods) == sent
    async with stack.client(seller.token) as client:
        main = (await client.get(f"/api/v1/listings/{goods.id}")).json()["photo"]
    assert main["id"] == sent[0]


async def test_the_ninth_is_refused_by_api_and_form_and_the_words_are_kept(stack: Stack) -> None:
    seller, goods, sent = await an_album(stack, photos=8)
    answer = await send(stack, seller, goods, 9)
    assert (answer.status_code, answer.json()["code"]) == (400, "photo.too_many")
    async with stack.browser(seller.token) as browser:
        shown = await browser.post(
            f"/producer/goods/{goods.id}",
            data={"form_id": "kit-form-2", "name": "Cam bù"},
            files={"photo": ("a.jpg", a_file(9), "image/jpeg")},
        )
    assert "Đã đủ 8 ảnh. Mời bỏ bớt một ảnh trước." in words(shown.text)
    assert 'value="Cam bù"' in shown.text
    assert await ids_of(stack, seller, goods) == sent


async def test_the_same_file_twice_is_one_photo(stack: Stack) -> None:
    seller, goods, sent = await an_album(stack)
    again = await send(stack, seller, goods, 1)
    assert (again.status_code, again.json()["id"]) == (202, sent[1])
    assert await ids_of(stack, seller, goods) == sent


async def test_the_same_file_for_other_goods_is_ready_at_once_with_the_same_pictures(
    stack: Stack,
) -> None:
    seller, goods, sent = await an_album(stack, photos=1)
    other = await a_listing(seller)
    again = (await send(stack, seller, other, 0)).json()
    async with stack.client(seller.token) as client:
        first = (await client.get(f"/api/v1/listings/{goods.id}/photos/{sent[0]}")).json()
    assert again["id"] != sent[0] and again["state"] == "ready"
    assert again["renditions"] == first["renditions"] and len(again["renditions"]) == 5
    assert again["marketplace_url"] == first["marketplace_url"] is not None
    stranger = await a_seller()
    theirs = (await send(stack, stranger, await a_listing(stranger), 0)).json()
    assert theirs["state"] == "received"


@pytest.mark.parametrize(
    ("button", "order"),
    [
        ("earlier:2", [0, 2, 1]),
        ("later:0", [1, 0, 2]),
        ("main:2", [2, 0, 1]),
        ("earlier:0", [0, 1, 2]),
        ("later:2", [0, 1, 2]),
        ("to-0:2", [2, 0, 1]),
        ("to-2:0", [1, 2, 0]),
    ],
)
async def test_a_press_moves_a_photo_and_saves_what_was_typed(
    stack: Stack, button: str, order: list[int]
) -> None:
    seller, goods, sent = await an_album(stack)
    way, _, which = button.partition(":")
    status, where = await press(
        stack, seller, goods, f"{way}:{sent[int(which)]}", name="Cam vừa hái"
    )
    assert (status, where) == (303, f"/producer/goods/{goods.id}?done=saved#photos")
    assert await ids_of(stack, seller, goods) == [sent[at] for at in order]
    async with stack.client(seller.token) as client:
        assert (await client.get(f"/api/v1/listings/{goods.id}")).json()["name"] == "Cam vừa hái"


async def test_a_program_puts_a_photo_at_a_place(stack: Stack) -> None:
    seller, goods, sent = await an_album(stack)
    path = f"/api/v1/listings/{goods.id}/photos/{sent[2]}/position"
    async with stack.client(seller.token) as client:
        moved = await client.put(path, json={"position": 0})
        beyond = await client.put(path, json={"position": 8})
    assert [one["id"] for one in moved.json()] == [sent[2], sent[0], sent[1]]
    assert beyond.status_code == 400


async def test_a_removed_photo_comes_back_to_its_place_by_the_button_on_the_same_page(
    stack: Stack,
) -> None:
    seller, goods, sent = await an_album(stack)
    _, where = await press(stack, seller, goods, f"remove:{sent[1]}")
    assert await ids_of(stack, seller, goods) == [sent[0], sent[2]]
    undo = f"/producer/goods/{goods.id}/photos/{sent[1]}/restore"
    async with stack.browser(seller.token) as browser:
        page = (await browser.get(where)).text
        assert f'action="{undo}"' in page and "Đã bỏ ảnh." in words(page)
        back = await browser.post(undo)
        assert "Ảnh đã trở lại." in words((await browser.get(back.headers["location"])).text)
        assert (await browser.post(undo)).status_code == 303  # pressed twice
    assert await ids_of(stack, seller, goods) == sent


async def test_a_photo_removed_before_it_was_prepared_is_prepared_when_it_is_back(
    stack: Stack,
) -> None:
    seller, goods, _ = await an_album(stack, photos=1)
    waits = (await send(stack, seller, goods, 5)).json()["id"]
    path = f"/api/v1/listings/{goods.id}/photos/{waits}"
    async with stack.client(seller.token) as client:
        await client.post(f"{path}/remove")
        await stack.drain()
        await client.post(f"{path}/restore")
        await stack.drain()
        assert (await client.get(path)).json()["state"] == "ready"


async def test_after_a_day_a_removed_photo_is_gone(stack: Stack) -> None:
    seller, goods, sent = await an_album(stack)
    path = f"/api/v1/listings/{goods.id}/photos/{sent[1]}"
    async with stack.client(seller.token) as client:
        await client.post(f"{path}/remove")
        async with work(SYSTEM):
            await run(
                "UPDATE photo SET removed_at = now() - interval '25 hours' WHERE id = $1",
                [UUID(sent[1])],
            )
        late = await client.post(f"{path}/restore")
    assert (late.status_code, late.json()["code"]) == (404, "photo.missing")


async def test_the_only_photo_of_goods_on_sale_stays(stack: Stack) -> None:
    seller, goods, sent = await an_album(stack, photos=1, state=ListingState.LIVE)
    async with stack.client(seller.token) as client:
        answer = await client.post(f"/api/v1/listings/{goods.id}/photos/{sent[0]}/remove")
    assert (answer.status_code, answer.json()["code"]) == (400, "photo.last")
    assert await ids_of(stack, seller, goods) == sent


async def test_order_and_undo_leave_approved_goods_on_sale_and_a_new_photo_does_not(
    stack: Stack,
) -> None:
    seller, goods, sent = await an_album(stack, state=ListingState.LIVE)
    path = f"/api/v1/listings/{goods.id}"
    async with stack.client(seller.token) as client:
        await client.put(f"{path}/photos/{sent[2]}/position", json={"position": 0})
        await client.post(f"{path}/photos/{sent[1]}/remove")
        await client.post(f"{path}/photos/{sent[1]}/restore")
        assert (await client.get(path)).json()["state"] == "live"
        await send(stack, seller, goods, 7)
        assert (await client.get(path)).json()["state"] == "in_review"


async def test_a_photo_that_staff_never_saw_does_not_come_back_unseen(stack: Stack) -> None:
    seller, goods, sent = await an_album(stack)
    path = f"/api/v1/listings/{goods.id}"
    async with stack.client(seller.token) as client:
        await client.post(f"{path}/photos/{sent[1]}/remove")
        async with work(SYSTEM):  # approved without it
            await run(
                "UPDATE listing SET state = 'live', live_at = now() WHERE id = $1", [goods.id]
            )
        await client.post(f"{path}/photos/{sent[1]}/restore")
        assert (await client.get(path)).json()["state"] == "in_review"


async def test_staff_cannot_approve_while_any_photo_is_on_its_way(stack: Stack) -> None:
    seller, goods, _ = await an_album(stack, photos=1)
    staff = await a_staff()
    async with stack.client(seller.token) as client:
        await client.post(f"/api/v1/listings/{goods.id}/submit")
    await send(stack, seller, goods, 3)
    async with stack.client(staff.token) as client:
        path = f"/api/v1/review/listings/{goods.id}"
        revision = (await client.get(path)).json()["revision"]
        early = await client.post(f"{path}/approve", json={"revision": revision})
        await stack.drain()
        done = await client.post(f"{path}/approve", json={"revision": revision})
    assert (early.status_code, early.json()["code"]) == (409, "review.no_picture")
    assert done.json()["state"] == "live"


async def test_buyers_see_all_in_order_and_marketplaces_get_all_squares(stack: Stack) -> None:
    seller, goods, sent = await an_album(stack, state=ListingState.LIVE)
    async with stack.client(seller.token) as client:
        await client.put(
            f"/api/v1/listings/{goods.id}/photos/{sent[2]}/position", json={"position": 0}
        )
        listed = (await client.get(f"/api/v1/listings/{goods.id}/photos")).json()
    async with work(seller.viewer):
        row = await channels.goods(seller.viewer, goods.id)
    squares = [one["marketplace_url"].rpartition("/r/")[2] for one in listed]
    assert [key.removeprefix("r/") for key in row["picture_keys"]] == squares
    pictures = await public_rows("SELECT listing_pictures($1) AS p", [goods.id])
    shown = [one["width_px"] for one in loaded(pictures[0]["p"])]
    assert shown == [642, 640, 641]


async def test_another_sellers_photos_cannot_be_touched(stack: Stack) -> None:
    _, goods, sent = await an_album(stack, photos=2)
    thief = await a_seller()
    own = await a_listing(thief)
    async with stack.client(thief.token) as client:
        for listing_id in (goods.id, own.id):
            path = f"/api/v1/listings/{listing_id}/photos/{sent[0]}"
            for answer in (
                await client.post(f"{path}/remove"),
                await client.post(f"{path}/restore"),
                await client.put(f"{path}/position", json={"position": 1}),
            ):
                assert answer.status_code == 404
    async with work(SYSTEM):
        states = await rows("SELECT state FROM photo WHERE listing_id = $1", [goods.id])
    assert [one["state"] for one in states] == ["ready", "ready"]
