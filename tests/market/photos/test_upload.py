"""From a phone's file to upright, clean pictures at /r/: through the real store and worker."""

import asyncio
import io
from typing import Any
from uuid import UUID

import pytest
from PIL import Image

from integrations.contracts.errors import Problem
from integrations.contracts.ids import new_id
from integrations.contracts.viewer import SYSTEM
from integrations.runtime.database import rows, run, work
from integrations.runtime.outbox import run_row
from market.listing.service import goods
from market.photos import service as photos
from market.worker import ROUTES
from tests.kit.listings import a_listing
from tests.kit.pages import words
from tests.kit.people import Seller, a_seller
from tests.kit.pictures import (
    SECRET_PLACE,
    flat_png,
    is_upright,
    pattern,
    phone_jpeg,
    png,
    webp,
)
from tests.kit.stack import Stack
from tests.kit.storage import Shaky, shaky_storage

PDF = b"%PDF-1.7\n" + bytes(100)


async def send(stack: Stack, seller: Seller, listing_id: UUID, body: bytes) -> dict[str, Any]:
    async with stack.client(seller.token) as client:
        answer = await client.post(
            f"/api/v1/listings/{listing_id}/photos", files={"photo": ("a.jpg", body)}
        )
    assert answer.status_code == 202, answer.text
    sent: dict[str, Any] = answer.json()
    return sent


async def look(stack: Stack, seller: Seller, photo: dict[str, Any]) -> dict[str, Any]:
    async with stack.client(seller.token) as client:
        answer = await client.get(f"/api/v1/listings/{photo['listing_id']}/photos/{photo['id']}")
    seen: dict[str, Any] = answer.json()
    return seen


async def photos_of(listing_id: UUID) -> list[dict[str, Any]]:
    async with work(SYSTEM):
        return await rows(
            "SELECT p.*, (SELECT count(*) FROM rendition r WHERE r.photo_id = p.id) AS made"
            " FROM photo p WHERE listing_id = $1 ORDER BY id",
            [listing_id],
        )


@pytest.mark.parametrize("make", [phone_jpeg, png, webp])
async def test_a_photo_comes_out_upright_without_a_byte_of_metadata(
    stack: Stack, make: Any
) -> None:
    seller = await a_seller()
    listing = await a_listing(seller)
    photo = await send(stack, seller, listing.id, make(orientation=6))
    assert photo["state"] == "received" and photo["renditions"] == []
    await stack.drain()
    seen = await look(stack, seller, photo)
    assert seen["state"] == "ready"
    assert (seen["width_px"], seen["height_px"]) == (1200, 800)
    made = [(one["format"], one["width_px"]) for one in seen["renditions"]]
    assert [one for one in made if one[0] == "avif"] == [("avif", 480), ("avif", 960)]
    assert len(made) == 8  # 160, 480, 960 as WebP and JPEG
    async with stack.client() as anyone:
        for one in seen["renditions"]:
            answer = await anyone.get(one["url"])
            assert answer.status_code == 200
            assert answer.headers["content-type"] in ("image/avif", "image/webp", "image/jpeg")
            assert "immutable" in answer.headers["cache-control"]
            assert is_upright(answer.content)
            for planted in (SECRET_PLACE.encode(), b"Planted", b"Exif", b"GPS", b"xpacket"):
                assert planted not in answer.content
            with Image.open(io.BytesIO(answer.content)) as image:
                assert not image.getexif() and "icc_profile" not in image.info
            tag = {"If-None-Match": answer.headers["etag"]}
            assert (await anyone.get(one["url"], headers=tag)).status_code == 304


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "photo.empty"),
        (PDF, "photo.pdf"),
        (b"<script>alert(1)</script>", "photo.format"),
        (flat_png(30_000, 30_000), "photo.bomb"),
        (phone_jpeg() + bytes(15 * 1024 * 1024), "photo.too_large"),
    ],
    ids=["empty", "pdf", "html", "bomb", "over 15 MB"],
)
async def test_what_is_no_photo_is_refused_at_once_and_nothing_is_kept(
    stack: Stack, body: bytes, code: str
) -> None:
    seller = await a_seller()
    listing = await a_listing(seller)
    shaky = Shaky(stack.ports.storage, down=False)
    with pytest.raises(Problem) as refused:
        await goods.add_photo(
            seller.viewer, storage=shaky, listing_id=listing.id, file=io.BytesIO(body)
        )
    assert (refused.value.code, refused.value.field) == (code, "photo")
    assert shaky.put_keys == []
    assert await photos_of(listing.id) == []


async def test_sixteen_megabytes_over_http_are_refused_with_a_sentence(stack: Stack) -> None:
    seller = await a_seller()
    listing = await a_listing(seller)
    files = {"photo": ("a.jpg", phone_jpeg() + bytes(16 * 1024 * 1024))}
    async with stack.client(seller.token) as client:
        answer = await client.post(f"/api/v1/listings/{listing.id}/photos", files=files)
    assert answer.status_code == 413
    assert answer.json()["detail"]
    assert await photos_of(listing.id) == []


async def test_a_photo_cut_off_on_the_way_is_refused_by_the_worker(stack: Stack) -> None:
    seller = await a_seller()
    listing = await a_listing(seller)
    photo = await send(stack, seller, listing.id, phone_jpeg(pattern(2400, 1600))[:9_000])
    await stack.drain()
    seen = await look(stack, seller, photo)
    assert (seen["state"], seen["problem_code"]) == ("refused", "photo.truncated")
    assert "gửi lại" in seen["problem"]
    async with stack.browser(seller.token) as browser:
        page = words((await browser.get(f"/producer/goods/{listing.id}")).text)
    assert "Ảnh đến chưa đủ" in page
    async with work(SYSTEM):
        left = await rows(
            "SELECT state FROM outbox WHERE subject_id = $1 AND name = 'photos.render'",
            [photo["id"]],
        )
    assert [row["state"] for row in left] == ["done"]  # no second try


async def test_the_waiting_page_asks_in_few_bytes(stack: Stack) -> None:
    seller, other = await a_seller(), await a_seller()
    listing = await a_listing(seller)
    photo = await send(stack, seller, listing.id, phone_jpeg())
    address = f"/producer/photos/{photo['id']}/state"
    async with stack.browser(seller.token) as browser:
        page = (await browser.get(f"/producer/goods/{listing.id}")).text
        assert f'data-poll-url="{address}"' in page and "data-poll-hand" in page
        waiting = await browser.get(address)
        assert waiting.json()["done"] is False and len(waiting.content) <= 300
        await stack.drain()
        done = await browser.get(address)
        assert done.json()["done"] is True and len(done.content) <= 300
        shown = await browser.get(done.json()["picture"])
        assert shown.headers["content-type"] == "image/jpeg"
        with Image.open(io.BytesIO(shown.content)) as image:
            assert image.width == 480
        page = (await browser.get(done.json()["url"])).text
    assert "data-poll-url" not in page and "/r/" in page
    async with stack.browser(other.token) as browser:
        assert (await browser.get(address)).status_code == 404
    async with stack.client(other.token) as client:
        path = f"/api/v1/listings/{listing.id}/photos"
        assert (await client.get(f"{path}/{photo['id']}")).status_code == 404
        files = {"photo": ("a.jpg", phone_jpeg())}
        assert (await client.post(path, files=files)).status_code == 404
    assert len(await photos_of(listing.id)) == 1


async def test_the_waiting_page_is_told_why_a_photo_cannot_be_used(stack: Stack) -> None:
    seller = await a_seller()
    listing = await a_listing(seller)
    photo = await send(stack, seller, listing.id, phone_jpeg(pattern(2400, 1600))[:9_000])
    await stack.drain()
    async with stack.browser(seller.token) as browser:
        told = await browser.get(f"/producer/photos/{photo['id']}/state")
    assert told.json() == {
        "done": True,
        "text": "Ảnh đến chưa đủ hoặc bị hỏng. Mời gửi lại.",
        "url": f"/producer/goods/{listing.id}",
    }
    assert len(told.content) <= 300


async def test_a_worker_killed_in_the_middle_leaves_one_set_of_pictures(stack: Stack) -> None:
    seller = await a_seller()
    listing = await a_listing(seller)
    photo = await send(stack, seller, listing.id, phone_jpeg())
    async with work(SYSTEM):
        fact = await rows("SELECT id FROM outbox WHERE subject_id = $1", [photo["id"]])
    await run_row(stack.ctx, fact[0]["id"], routes=ROUTES)
    async with work(SYSTEM):  # a worker claims the row and dies
        claimed = await run(
            "UPDATE outbox SET lease_until = now() + interval '1 minute', fence = fence + 1"
            " WHERE subject_id = $1 AND name = 'photos.render'",
            [photo["id"]],
        )
    assert claimed == 1
    await stack.drain()
    assert (await look(stack, seller, photo))["state"] == "received"
    async with work(SYSTEM):
        await run(
            "UPDATE outbox SET lease_until = now() - interval '1 second' WHERE subject_id = $1",
            [photo["id"]],
        )
    await stack.drain()
    assert [(one["state"], one["made"]) for one in await photos_of(listing.id)] == [("ready", 9)]


async def test_preparing_twice_at_the_same_time_makes_one_set(stack: Stack) -> None:
    seller = await a_seller()
    listing = await a_listing(seller)
    photo = await send(stack, seller, listing.id, phone_jpeg())
    done = await asyncio.gather(
        *(photos.prepare(stack.ports.storage, UUID(photo["id"])) for _ in range(3))
    )
    assert sorted(done) == ["done", "done", "ready"]
    assert [(one["state"], one["made"]) for one in await photos_of(listing.id)] == [("ready", 6)]
    async with work(SYSTEM):
        told = await rows(
            "SELECT 1 FROM outbox WHERE name = 'photo.ready' AND subject_id = $1", [photo["id"]]
        )
    assert len(told) == 1


async def test_storage_down_keeps_the_words_and_nothing_half(stack: Stack) -> None:
    seller, form_id = await a_seller(), str(new_id())
    data = {"form_id": form_id, "name": "Cam", "price": "30k", "stock": "1", "action": "submit"}
    files = {"photo": ("a.jpg", phone_jpeg(), "image/jpeg")}
    async with stack.browser(seller.token) as browser:
        with shaky_storage(stack):
            answer = await browser.post("/producer/goods/new", data=data, files=files)
    assert answer.status_code == 503
    assert 'id="photo-e"' in answer.text and "Cam" in answer.text
    async with work(SYSTEM):
        kept = await rows(
            "SELECT l.name, l.state, (SELECT count(*) FROM photo p WHERE p.listing_id = l.id) AS n"
            " FROM listing l WHERE l.producer_id = $1",
            [seller.producer_id],
        )
    assert kept == [{"name": "Cam", "state": "draft", "n": 0}]


async def test_storage_down_in_the_worker_is_tried_again(stack: Stack) -> None:
    seller = await a_seller()
    listing = await a_listing(seller)
    photo = await send(stack, seller, listing.id, phone_jpeg())
    shaky = Shaky(stack.ports.storage)
    with pytest.raises(Problem) as down:
        await photos.prepare(shaky, UUID(photo["id"]))
    assert down.value.status == 503
    shaky.down = False
    assert await photos.prepare(shaky, UUID(photo["id"])) == "ready"
    assert all(key.startswith("r/") for key in shaky.put_keys)


async def test_a_newer_photo_takes_the_place_of_one_that_was_refused(stack: Stack) -> None:
    seller = await a_seller()
    listing = await a_listing(seller)
    first = await send(stack, seller, listing.id, phone_jpeg()[:5_000])
    await stack.drain()
    second = await send(stack, seller, listing.id, png())
    assert second["id"] != first["id"]
    await stack.drain()
    assert [one["state"] for one in await photos_of(listing.id)] == ["removed", "ready"]


@pytest.mark.parametrize(
    "name",
    [
        "0" * 32 + ".jpg",  # no such picture
        "0" * 32 + ".html",
        "../photos/x/original.jpg",
        "..%2fphotos%2fx%2foriginal.jpg",
        "%2e%2e/secret",
        "0" * 31 + "G.jpg",
        "x.jpg",
    ],
)
async def test_nothing_but_pictures_is_served(stack: Stack, name: str) -> None:
    async with stack.client() as anyone:
        assert (await anyone.get(f"/r/{name}")).status_code == 404


async def test_originals_are_private(stack: Stack) -> None:
    seller = await a_seller()
    listing = await a_listing(seller)
    await send(stack, seller, listing.id, phone_jpeg())
    key = (await photos_of(listing.id))[0]["original_key"]
    async with stack.client(seller.token) as client:
        for path in (f"/{key}", f"/r/{key}", f"/r/../{key}"):
            assert (await client.get(path)).status_code == 404


async def test_files_without_a_row_are_removed_after_a_day(stack: Stack) -> None:
    seller = await a_seller()
    listing = await a_listing(seller)
    photo = await send(stack, seller, listing.id, phone_jpeg())
    storage = stack.ports.storage
    orphan = f"photos/{new_id()}/original.jpg"
    await storage.put(orphan, b"left behind", content_type="image/jpeg")
    await photos.remove_orphans(storage)
    assert orphan in await storage.list_keys("photos/")  # it may be in the middle of a save
    assert await photos.remove_orphans(storage, older_than_s=-1) >= 1
    keys = await storage.list_keys("photos/")
    assert orphan not in keys
    assert f"photos/{photo['id']}/original.jpg" in keys


async def test_a_photo_that_no_try_could_prepare_is_given_up(stack: Stack) -> None:
    seller = await a_seller()
    listing = await a_listing(seller)
    photo = await send(stack, seller, listing.id, phone_jpeg())
    await photos.give_up_old()
    assert (await look(stack, seller, photo))["state"] == "received"
    async with work(SYSTEM):
        await run(
            "UPDATE photo SET created_at = now() - interval '25 hours' WHERE id = $1",
            [photo["id"]],
        )
        await run("UPDATE outbox SET state = 'dead' WHERE subject_id = $1", [photo["id"]])
    assert await photos.give_up_old() == 1
    seen = await look(stack, seller, photo)
    assert (seen["state"], seen["problem_code"]) == ("refused", "photo.timeout")
    async with work(SYSTEM):  # what is dead would look like lost work to other tests
        await run("UPDATE outbox SET state = 'done' WHERE subject_id = $1", [photo["id"]])


async def test_the_shelf_stays_below_its_size(stack: Stack) -> None:
    shelf = photos.Shelf(max_bytes=250)
    storage = Shaky(stack.ports.storage, down=False)
    names = [f"{n:032x}.jpg" for n in range(3)]
    for name in names:
        await storage.put(f"r/{name}", bytes(100), content_type="image/jpeg")
        await shelf.get(storage, name)
    storage.down = True
    assert len(await shelf.get(storage, names[2])) == 100  # kept
    with pytest.raises(Problem):
        await shelf.get(storage, names[0])  # dropped, and the store is down
