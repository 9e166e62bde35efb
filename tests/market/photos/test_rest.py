"""AVIF and the marketplaces' square: made after a photo is shown, and of older photos too."""

import asyncio
from typing import Any
from uuid import UUID

from integrations.contracts.viewer import SYSTEM
from integrations.runtime.database import public_rows, rows, run, work
from market.photos import service as photos
from market.photos.queries import loaded
from market.worker import ROUTES
from tests.kit.listings import Goods, a_listing, a_live_listing
from tests.kit.people import Seller, a_seller
from tests.kit.pictures import pattern, phone_jpeg
from tests.kit.stack import Stack
from tests.kit.storage import shaky_storage

FORMATS = [
    *(("avif", 480), ("avif", 960), ("jpg", 160), ("jpg", 480), ("jpg", 960), ("master", 1200)),
    *(("webp", 160), ("webp", 480), ("webp", 960)),
]
FIRST = [one for one in FORMATS if one[0] in ("jpg", "webp")]


async def sent(stack: Stack, seller: Seller, goods: Goods, body: bytes) -> UUID:
    async with stack.client(seller.token) as client:
        files = {"photo": ("a.jpg", body)}
        answer = await client.post(f"/api/v1/listings/{goods.id}/photos", files=files)
    assert answer.status_code == 202, answer.text
    return UUID(answer.json()["id"])


async def made_of(photo_id: UUID) -> list[tuple[str, int]]:
    async with work(SYSTEM):
        found = await rows(
            "SELECT format, width_px FROM rendition WHERE photo_id = $1 ORDER BY 1, 2", [photo_id]
        )
    return [(row["format"], row["width_px"]) for row in found]


async def keys_of(photo_id: UUID) -> dict[str, Any]:
    async with work(SYSTEM):
        found = await rows("SELECT format, key FROM rendition WHERE photo_id = $1", [photo_id])
    return {row["key"]: row["format"] for row in found}


async def as_before(photo_id: UUID, *, but: str = "") -> None:
    """The photo as the decoder of last month has left it."""
    async with work(SYSTEM):
        await run(
            "DELETE FROM rendition WHERE photo_id = $1 AND format IN ('avif', 'master')"
            " AND format <> $2",
            [photo_id, but],
        )
        await run(
            "UPDATE photo SET completed_at = NULL, ready_at = now() - interval '1 month'"
            " WHERE id = $1",
            [photo_id],
        )


async def test_a_photo_is_shown_first_and_the_rest_comes_behind_what_people_wait_for(
    stack: Stack,
) -> None:
    seller = await a_seller()
    photo_id = await sent(stack, seller, await a_listing(seller), phone_jpeg())
    assert await photos.prepare(stack.ports.storage, photo_id) == "ready"
    assert await made_of(photo_id) == FIRST
    assert [task.lane for task in ROUTES.facts["photo.ready"]] == ["slow"]
    await stack.drain()
    assert await made_of(photo_id) == FORMATS


async def test_the_rest_is_made_once_by_three_at_the_same_time(stack: Stack) -> None:
    seller = await a_seller()
    photo_id = await sent(stack, seller, await a_listing(seller), phone_jpeg())
    storage = stack.ports.storage
    assert await photos.complete(storage, photo_id) == "done"  # not before it is prepared
    await photos.prepare(storage, photo_id)
    done = await asyncio.gather(*(photos.complete(storage, photo_id) for _ in range(3)))
    assert sorted(done) == ["completed", "done", "done"]
    assert await made_of(photo_id) == FORMATS
    await stack.drain()
    assert await made_of(photo_id) == FORMATS


async def test_a_photo_from_before_gets_what_it_lacks_and_keeps_what_it_has(stack: Stack) -> None:
    seller = await a_seller()
    photo_id = await sent(stack, seller, await a_listing(seller), phone_jpeg())
    await stack.drain()
    before = await keys_of(photo_id)
    await as_before(photo_id, but="master")
    assert await photos.call_incomplete() >= 1
    assert await photos.call_incomplete() == 0  # it waits in the lane already
    with shaky_storage(stack) as shaky:
        shaky.down = False
        await photos.complete(shaky, photo_id)
    assert len(shaky.put_keys) == 2  # both AVIF, and no second square
    assert await keys_of(photo_id) == before
    await stack.drain()
    assert await photos.call_incomplete() == 0


async def test_a_photo_whose_file_is_gone_stays_as_it_is_and_is_not_called_again(
    stack: Stack,
) -> None:
    seller = await a_seller()
    photo_id = await sent(stack, seller, await a_listing(seller), phone_jpeg())
    await stack.drain()
    await as_before(photo_id)
    async with work(SYSTEM):
        row = (await rows("SELECT original_key FROM photo WHERE id = $1", [photo_id]))[0]
    await stack.ports.storage.delete(row["original_key"])
    assert await photos.call_incomplete() >= 1
    await stack.drain()
    assert await made_of(photo_id) == FIRST
    assert await photos.call_incomplete() == 0


async def test_the_same_bytes_for_other_goods_are_stored_once(stack: Stack) -> None:
    await photos.remove_orphans(stack.ports.storage, older_than_s=-1)  # what other tests left
    seller, other = await a_seller(), await a_seller()
    body = phone_jpeg(pattern(640, 577))
    first = await sent(stack, seller, await a_listing(seller), body)
    await stack.drain()
    goods = await a_listing(seller)
    with shaky_storage(stack):  # nothing has to be stored: it may be down
        second = await sent(stack, seller, goods, body)
    third = await sent(stack, other, await a_listing(other), body)
    await stack.drain()
    async with work(SYSTEM):
        found = await rows(
            "SELECT id, original_key FROM photo WHERE id = ANY($1::uuid[])",
            [[first, second, third]],
        )
    keys = {row["id"]: row["original_key"] for row in found}
    assert keys[first] == keys[second] != keys[third]
    assert await made_of(second) == await made_of(first)
    assert await photos.remove_orphans(stack.ports.storage, older_than_s=-1) == 0
    assert keys[second] in await stack.ports.storage.list_keys("photos/")


async def test_buyers_are_offered_avif_before_webp_and_thumbnails_are_not(stack: Stack) -> None:
    seller = await a_seller()
    goods = await a_live_listing(seller)
    await sent(stack, seller, goods, phone_jpeg())
    await stack.drain()
    async with work(SYSTEM):
        await run("UPDATE listing SET state = 'live', live_at = now() WHERE id = $1", [goods.id])
    pictures = loaded((await public_rows("SELECT listing_pictures($1) AS p", [goods.id]))[0]["p"])
    avif = [one for one in pictures[0]["renditions"] if one["format"] == "avif"]
    wanted = ", ".join(f"/{one['key']} {one['width_px']}w" for one in avif)
    async with stack.client() as anyone:
        page = (await anyone.get(f"/p/{goods.code}-{goods.slug}")).text
        taken = await anyone.get(f"/{avif[0]['key']}")
    assert f'<picture><source type="image/avif" srcset="{wanted}"' in page
    assert page.index('type="image/avif"') < page.index('type="image/webp"')
    assert taken.headers["content-type"] == "image/avif"
    async with stack.browser(seller.token) as browser:
        listed = (await browser.get("/producer/goods")).text
    assert "image/webp" in listed and "image/avif" not in listed
