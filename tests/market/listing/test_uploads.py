"""Files in pieces over HTTP: the protocol by example, and a file that becomes a photo."""

import asyncio
from typing import Any

import httpx
import pytest

from integrations.contracts.ids import new_id
from integrations.contracts.viewer import SYSTEM
from integrations.runtime.database import rows, work
from integrations.runtime.disk import DiskGuard
from market.app import MOVING
from tests.kit.listings import Goods, a_listing
from tests.kit.people import Seller, a_seller
from tests.kit.pictures import pattern, phone_jpeg, webp
from tests.kit.stack import Stack
from tests.kit.storage import shaky_storage
from tests.kit.uploads import ADDRESS, PIECE, SPOKEN, Sender, grow_old, id_in, metadata

KB = 1024


async def test_a_file_arrives_in_three_pieces(stack: Stack) -> None:
    seller = await a_seller()
    async with stack.client(seller.token) as client:
        sender = Sender(client)
        begun = await sender.begin(150 * KB)
        place = begun.headers["location"]
        assert begun.status_code == 201
        assert place == f"{ADDRESS}/{begun.json()['id']}"
        assert begun.headers["upload-offset"] == "0"
        assert begun.headers["tus-resumable"] == "1.0.0"
        assert begun.headers["upload-expires"].endswith(" GMT")
        for start, size, stands in ((0, 64, 64), (64, 64, 128), (128, 22, 150)):
            sent = await sender.piece(place, start * KB, bytes(size * KB))
            assert (sent.status_code, sent.content) == (204, b"")
            assert sent.headers["upload-offset"] == str(stands * KB)
            seen = await sender.head(place)
            assert (seen.status_code, seen.content) == (200, b"")
            assert seen.headers["upload-offset"] == str(stands * KB)
            assert seen.headers["upload-length"] == str(150 * KB)
            assert seen.headers["cache-control"] == "no-store"
        assert seen.headers["upload-metadata"].startswith("filename SU1HXzEuanBn,client_id ")


async def test_a_lost_answer_to_the_beginning_costs_nothing(stack: Stack) -> None:
    seller, client_id = await a_seller(), str(new_id())
    async with stack.client(seller.token) as client:
        sender = Sender(client)
        first = await sender.begin(100, client_id)
        place = first.headers["location"]
        await sender.piece(place, 0, bytes(40))
        again = await sender.begin(100, client_id)
        other = await sender.begin(101, client_id)
    assert (again.status_code, again.headers["location"]) == (201, place)
    assert again.headers["upload-offset"] == "40"
    assert (other.status_code, other.json()["code"]) == (409, "upload.other_length")


async def test_without_a_number_of_its_own_each_is_another(stack: Stack) -> None:
    seller = await a_seller()
    async with stack.client(seller.token) as client:
        headers = {**SPOKEN, "Upload-Length": "9"}
        made = [await client.post(ADDRESS, headers=headers) for _ in range(2)]
    assert [one.status_code for one in made] == [201, 201]
    assert made[0].headers["location"] != made[1].headers["location"]


async def test_a_piece_at_the_wrong_place_is_told_the_right_one(stack: Stack) -> None:
    seller = await a_seller()
    async with stack.client(seller.token) as client:
        sender = Sender(client)
        place = (await sender.begin(100)).headers["location"]
        await sender.piece(place, 0, bytes(40))
        for offset in (0, 39, 41, 100):
            sent = await sender.piece(place, offset, bytes(10))
            assert (sent.status_code, sent.json()["code"]) == (409, "upload.offset")
            assert sent.headers["content-type"] == "application/problem+json"
            assert sent.headers["upload-offset"] == "40"
            assert sent.headers["tus-resumable"] == "1.0.0"
        assert (await sender.head(place)).headers["upload-offset"] == "40"


@pytest.mark.parametrize(
    ("headers", "size", "status", "code"),
    [
        ({"Content-Type": "application/octet-stream"}, 10, 415, "upload.type"),
        ({"Tus-Resumable": "0.2.2"}, 10, 412, "upload.version"),
        ({"Tus-Resumable": ""}, 10, 412, "upload.version"),
        ({"Upload-Offset": "-1"}, 10, 400, "field.too_little"),
        ({"Upload-Offset": "x"}, 10, 400, "field.number"),
        ({}, 101, 413, "upload.beyond"),
        ({}, 1024 * KB + 1, 413, "body.too_large"),
    ],
    ids=["type", "version", "no version", "below 0", "no number", "beyond", "over 1 MB"],
)
async def test_a_piece_that_is_none_changes_nothing(
    stack: Stack, headers: dict[str, str], size: int, status: int, code: str
) -> None:
    seller = await a_seller()
    async with stack.client(seller.token) as client:
        sender = Sender(client)
        place = (await sender.begin(100)).headers["location"]
        said = {**PIECE, "Upload-Offset": "0", **headers}
        answer = await client.patch(place, headers=said, content=bytes(size))
        assert (answer.status_code, answer.json()["code"]) == (status, code)
        assert (await sender.head(place)).headers["upload-offset"] == "0"
    if status == 412:
        assert answer.headers["tus-version"] == "1.0.0"


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({"Upload-Length": "0"}, 400, "upload.empty"),
        ({"Upload-Length": "-5"}, 400, "upload.empty"),
        ({"Upload-Length": str(15 * KB * KB + 1)}, 413, "upload.too_large"),
        ({"Upload-Length": "9" * 40}, 413, "upload.too_large"),
        ({"Upload-Length": "1e3"}, 400, "field.number"),
        ({"Upload-Metadata": "client_id !!!"}, 400, "upload.metadata"),
        ({"Upload-Metadata": metadata(client_id="short")}, 400, "upload.client_id"),
        ({"Upload-Metadata": metadata(client_id="ư" * 10)}, 400, "upload.client_id"),
        ({"Upload-Metadata": metadata(client_id="x" * 65)}, 400, "upload.client_id"),
        ({"Upload-Metadata": "k " + "A" * 1_000}, 400, "field.too_long"),
    ],
)
async def test_what_cannot_begin_is_refused_with_a_sentence(
    stack: Stack, headers: dict[str, str], status: int, code: str
) -> None:
    seller = await a_seller()
    async with stack.client(seller.token) as client:
        said = {**SPOKEN, "Upload-Length": "100", **headers}
        answer = await client.post(ADDRESS, headers=said)
        assert (answer.status_code, answer.json()["code"]) == (status, code)
        assert answer.json()["detail"]
        assert answer.headers["tus-resumable"] == "1.0.0"


async def test_anybody_may_ask_what_is_spoken(stack: Stack) -> None:
    async with stack.client() as anyone:
        answer = await anyone.options(ADDRESS)
    assert answer.status_code == 204
    assert answer.headers["tus-version"] == "1.0.0"
    assert answer.headers["tus-extension"] == "creation,expiration,termination"
    assert answer.headers["tus-max-size"] == str(15 * KB * KB)


async def test_what_is_taken_back_is_gone_with_its_pieces(stack: Stack) -> None:
    seller = await a_seller()
    async with stack.client(seller.token) as client:
        sender = Sender(client)
        place = (await sender.begin(100)).headers["location"]
        await sender.piece(place, 0, bytes(40))
        assert (await client.delete(place, headers=SPOKEN)).status_code == 204
        assert (await sender.head(place)).status_code == 404
        assert (await sender.piece(place, 40, bytes(10))).status_code == 404
        assert (await client.delete(place, headers=SPOKEN)).status_code == 404
    async with work(SYSTEM):
        left = await rows("SELECT 1 FROM upload_chunk WHERE upload_id = $1", [id_in(place)])
    assert left == []


async def test_after_two_days_it_is_over_and_may_begin_again(stack: Stack) -> None:
    seller, client_id = await a_seller(), str(new_id())
    async with stack.client(seller.token) as client:
        sender = Sender(client)
        place = (await sender.begin(100, client_id)).headers["location"]
        await sender.piece(place, 0, bytes(40))
        await grow_old(id_in(place))
        assert (await sender.head(place)).status_code == 410
        sent = await sender.piece(place, 40, bytes(10))
        assert (sent.status_code, sent.json()["code"]) == (410, "upload.over")
        again = await sender.begin(100, client_id)
        assert (again.status_code, again.headers["upload-offset"]) == (201, "0")
        assert again.headers["location"] != place
        assert (await sender.head(place)).status_code == 404


async def test_a_piece_gives_two_more_days(stack: Stack) -> None:
    seller = await a_seller()
    async with stack.client(seller.token) as client:
        sender = Sender(client)
        place = (await sender.begin(100)).headers["location"]
        async with work(SYSTEM):
            await rows(
                "UPDATE upload SET expires_at = now() + interval '1 minute' WHERE id = $1"
                " RETURNING 1",
                [id_in(place)],
            )
        await sender.piece(place, 0, bytes(1))
    async with work(SYSTEM):
        left = await rows(
            "SELECT expires_at > now() + interval '47 hours' AS long FROM upload WHERE id = $1",
            [id_in(place)],
        )
    assert left == [{"long": True}]


async def test_twenty_at_a_time(stack: Stack) -> None:
    seller, other = await a_seller(), await a_seller()
    async with stack.client(seller.token) as client:
        sender = Sender(client)
        made = await asyncio.gather(*(sender.begin(10) for _ in range(25)))
        assert sorted(one.status_code for one in made) == [201] * 20 + [429] * 5
        refused = next(one for one in made if one.status_code == 429)
        assert refused.json()["code"] == "upload.too_many"
        assert "20 tệp" in refused.json()["detail"] and refused.headers["retry-after"] == "60"
        done = next(one for one in made if one.status_code == 201).headers["location"]
        await client.delete(done, headers=SPOKEN)
        assert (await sender.begin(10)).status_code == 201
    async with stack.client(other.token) as client:
        assert (await Sender(client).begin(10)).status_code == 201


async def test_anothers_file_looks_like_none(stack: Stack) -> None:
    seller, other, client_id = await a_seller(), await a_seller(), str(new_id())
    async with stack.client(seller.token) as client:
        place = (await Sender(client).begin(100, client_id)).headers["location"]
    async with stack.client(other.token) as client:
        sender = Sender(client)
        assert (await sender.head(place)).status_code == 404
        assert (await sender.piece(place, 0, bytes(10))).status_code == 404
        assert (await client.delete(place, headers=SPOKEN)).status_code == 404
        own = await sender.begin(100, client_id)
        assert own.status_code == 201 and own.headers["location"] != place


async def test_the_store_is_down_in_the_middle_and_it_goes_on_after(stack: Stack) -> None:
    seller, body = await a_seller(), phone_jpeg()
    goods = await a_listing(seller)
    half = len(body) // 2
    async with stack.client(seller.token) as client:
        sender = Sender(client)
        place = (await sender.begin(len(body))).headers["location"]
        assert (await sender.piece(place, 0, body[:half])).status_code == 204
        with shaky_storage(stack) as shaky:
            down = await sender.piece(place, half, body[half:])
            assert (down.status_code, down.json()["code"]) == (503, "storage.unavailable")
            assert (await sender.head(place)).headers["upload-offset"] == str(half)
            shaky.down = False
            assert (await sender.piece(place, half, body[half:])).status_code == 204
            shaky.down = True
            later = await named(client, goods, place)
            assert (later.status_code, later.json()["code"]) == (503, "storage.unavailable")
        assert (await named(client, goods, place)).status_code == 202
    assert await states_of(goods) == ["received"]


# --- a file becomes a photo ---------------------------------------------------------------------


async def named(client: httpx.AsyncClient, goods: Goods, place: str) -> httpx.Response:
    """Ask for an upload to become a photo."""
    return await client.post(
        f"/api/v1/listings/{goods.id}/photos", json={"upload_id": id_in(place)}
    )


async def states_of(goods: Goods) -> list[str]:
    """The goods' photos, also removed ones."""
    async with work(SYSTEM):
        found = await rows("SELECT state FROM photo WHERE listing_id = $1 ORDER BY id", [goods.id])
    return [row["state"] for row in found]


async def a_shop() -> tuple[Seller, Goods]:
    seller = await a_seller()
    return seller, await a_listing(seller)


async def test_a_file_in_pieces_becomes_a_photo_once(stack: Stack) -> None:
    seller, goods = await a_shop()
    async with stack.client(seller.token) as client:
        place = await Sender(client).whole(phone_jpeg(orientation=6), at_once=7_001)
        first = await named(client, goods, place)
        assert (first.status_code, first.json()["state"]) == (202, "received")
        photo_id = first.json()["id"]
        await stack.drain()
        again = await named(client, goods, place)
        assert (again.status_code, again.json()["id"]) == (202, photo_id)
        assert (again.json()["width_px"], again.json()["height_px"]) == (1200, 800)
        await client.post(f"/api/v1/listings/{goods.id}/photos/{photo_id}/remove")
        removed = await named(client, goods, place)
    assert (removed.status_code, removed.json()["id"]) == (202, photo_id)
    assert removed.json()["state"] == "removed"
    assert await states_of(goods) == ["removed"]


async def test_named_five_times_at_once_it_is_one_photo(stack: Stack) -> None:
    seller, goods = await a_shop()
    async with stack.client(seller.token) as client:
        place = await Sender(client).whole(phone_jpeg())
        answers = await asyncio.gather(*(named(client, goods, place) for _ in range(5)))
    assert [one.status_code for one in answers] == [202] * 5
    assert len({one.json()["id"] for one in answers}) == 1
    assert await states_of(goods) == ["received"]


async def test_the_same_bytes_sent_whole_before_are_that_photo(stack: Stack) -> None:
    seller, goods = await a_shop()
    body = webp()
    async with stack.client(seller.token) as client:
        path = f"/api/v1/listings/{goods.id}/photos"
        whole = await client.post(path, files={"photo": ("a.webp", body)})
        place = await Sender(client).whole(body)
        pieces = await named(client, goods, place)
    assert pieces.json()["id"] == whole.json()["id"]
    assert await states_of(goods) == ["received"]


async def test_half_a_file_becomes_nothing(stack: Stack) -> None:
    seller, goods = await a_shop()
    async with stack.client(seller.token) as client:
        sender = Sender(client)
        place = (await sender.begin(100)).headers["location"]
        await sender.piece(place, 0, bytes(99))
        answer = await named(client, goods, place)
    assert (answer.status_code, answer.json()["code"]) == (409, "upload.not_whole")
    assert answer.json()["field"] == "upload_id"
    assert "chưa gửi xong" in answer.json()["detail"]
    assert await states_of(goods) == []


async def test_it_belongs_to_the_goods_that_got_it(stack: Stack) -> None:
    seller, goods = await a_shop()
    second = await a_listing(seller, name="Cam")
    async with stack.client(seller.token) as client:
        place = await Sender(client).whole(phone_jpeg())
        await named(client, goods, place)
        answer = await named(client, second, place)
    assert (answer.status_code, answer.json()["code"]) == (409, "upload.used")
    assert await states_of(second) == []


async def test_named_for_two_goods_at_once_one_gets_it(stack: Stack) -> None:
    seller, goods = await a_shop()
    second = await a_listing(seller, name="Cam")
    async with stack.client(seller.token) as client:
        place = await Sender(client).whole(phone_jpeg())
        answers = await asyncio.gather(*(named(client, one, place) for one in (goods, second)))
    assert sorted(one.status_code for one in answers) == [202, 409]
    assert len(await states_of(goods) + await states_of(second)) == 1


@pytest.mark.parametrize(
    ("body", "code"),
    [(b"%PDF-1.7\n" + bytes(100), "photo.pdf"), (b"<script>", "photo.format")],
)
async def test_what_is_no_photo_is_refused_as_when_sent_whole(
    stack: Stack, body: bytes, code: str
) -> None:
    seller, goods = await a_shop()
    async with stack.client(seller.token) as client:
        answer = await named(client, goods, await Sender(client).whole(body))
    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert answer.json()["field"] == "photo"
    assert await states_of(goods) == []


async def test_a_ninth_photo_is_refused_before_anything_is_stored(stack: Stack) -> None:
    seller, goods = await a_shop()
    async with stack.client(seller.token) as client:
        sender = Sender(client)
        for number in range(8):
            body = phone_jpeg(pattern(640 + number, 480))
            assert (await named(client, goods, await sender.whole(body))).status_code == 202
        place = await sender.whole(phone_jpeg(pattern(800, 480)))
        with shaky_storage(stack) as shaky:
            shaky.down = False
            answer = await named(client, goods, place)
            assert shaky.put_keys == []
        assert (answer.status_code, answer.json()["code"]) == (400, "photo.too_many")
        assert (await sender.head(place)).status_code == 200  # one can be removed first


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"{}", 400, "field.missing"),
        (b'{"upload_id": "x"}', 400, "field.unreadable"),
        (b"{", 400, "body.unreadable"),
        (b'{"upload_id": "0192f0c1-9d3e-7c55-8a51-5d2f5b1f0a77"}', 404, "upload.missing"),
        (b'{"upload_id": "' + b"x" * 5_000 + b'"}', 413, "body.too_large"),
    ],
)
async def test_what_names_no_upload(stack: Stack, body: bytes, status: int, code: str) -> None:
    seller, goods = await a_shop()
    headers: dict[str, Any] = {"Content-Type": "application/json; charset=utf-8"}
    async with stack.client(seller.token) as client:
        path = f"/api/v1/listings/{goods.id}/photos"
        answer = await client.post(path, content=body, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_anothers_file_becomes_no_photo_of_mine(stack: Stack) -> None:
    seller, goods = await a_shop()
    other = await a_seller()
    async with stack.client(other.token) as client:
        place = await Sender(client).whole(phone_jpeg())
    async with stack.client(seller.token) as client:
        answer = await named(client, goods, place)
    assert (answer.status_code, answer.json()["code"]) == (404, "upload.missing")
    assert await states_of(goods) == []


# --- on the way ---------------------------------------------------------------------------------


async def cut(stack: Stack, seller: Seller, place: str, start: int, parts: list[bytes]) -> int:
    """Send a piece whose line breaks behind these parts; how many answers were begun."""
    messages: list[dict[str, Any]] = [
        {"type": "http.request", "body": part, "more_body": True} for part in parts
    ]
    answers = 0

    async def receive() -> dict[str, Any]:
        return messages.pop(0) if messages else {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        nonlocal answers
        answers += message["type"] == "http.response.start"

    said = {
        **PIECE,
        "Upload-Offset": str(start),
        "Content-Length": "200000",
        "Host": httpx.URL(stack.settings.public_url).netloc.decode(),
        "Authorization": f"Bearer {seller.token}",
    }
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "PATCH",
        "scheme": "http",
        "path": place,
        "raw_path": place.encode(),
        "root_path": "",
        "query_string": b"",
        "headers": [(name.lower().encode(), value.encode()) for name, value in said.items()],
        "client": ("127.0.0.1", 40_000),
        "server": ("127.0.0.1", 80),
    }
    await stack.app(scope, receive, send)
    return answers


@pytest.mark.parametrize(
    ("parts", "kept"),
    [
        ([], 0),
        ([bytes(16 * KB - 1)], 0),  # sent again sooner than stored and read back
        ([bytes(10 * KB), bytes(6 * KB)], 16 * KB),
        ([bytes(64 * KB), bytes(60 * KB), b"x"], 124 * KB + 1),
    ],
)
async def test_of_a_piece_that_is_cut_the_beginning_is_kept(
    stack: Stack, parts: list[bytes], kept: int
) -> None:
    seller = await a_seller()
    async with stack.client(seller.token) as client:
        sender = Sender(client)
        place = (await sender.begin(200_000)).headers["location"]
        assert await cut(stack, seller, place, 0, parts) == 1
        assert (await sender.head(place)).headers["upload-offset"] == str(kept)
        rest = await sender.piece(place, kept, bytes(200_000 - kept))
        assert rest.headers["upload-offset"] == "200000"


async def test_a_cut_behind_the_last_byte_costs_nothing(stack: Stack) -> None:
    seller = await a_seller()
    async with stack.client(seller.token) as client:
        sender = Sender(client)
        place = (await sender.begin(100)).headers["location"]
        await cut(stack, seller, place, 0, [bytes(60), bytes(40)])
        assert (await sender.head(place)).headers["upload-offset"] == "100"


async def test_a_browser_sends_from_our_pages_only(stack: Stack) -> None:
    seller = await a_seller()
    async with stack.browser(seller.token) as browser:
        sender = Sender(browser)
        place = (await sender.begin(100)).headers["location"]
        foreign = await browser.patch(
            place,
            headers={**PIECE, "Upload-Offset": "0", "Sec-Fetch-Site": "cross-site"},
            content=bytes(10),
        )
        assert (foreign.status_code, foreign.json()["code"]) == (403, "request.cross_site")
        assert (await sender.piece(place, 0, bytes(10))).status_code == 204


async def test_a_full_disk_takes_no_piece_and_loses_none(stack: Stack) -> None:
    seller = await a_seller()
    async with stack.client(seller.token) as client:
        sender = Sender(client)
        place = (await sender.begin(100)).headers["location"]
        await sender.piece(place, 0, bytes(40))
        before = stack.app.state.disk
        stack.app.state.disk = DiskGuard(min_free_bytes=1, free_bytes=lambda: 0)
        try:
            full = await sender.piece(place, 40, bytes(60))
            assert (full.status_code, full.json()["code"]) == (503, "disk.full")
            assert (await sender.head(place)).headers["upload-offset"] == "40"
        finally:
            stack.app.state.disk = before
        assert (await sender.piece(place, 40, bytes(60))).status_code == 204


def test_pieces_may_move_slowly_and_nothing_else_there() -> None:
    assert MOVING.match(f"{ADDRESS}/{new_id()}")
    assert not MOVING.match(ADDRESS)
    assert MOVING.match("/producer/goods/new") and MOVING.match("/api/v1/listings/x/photos")
