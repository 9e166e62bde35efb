"""Files in pieces over real lines: a client of others through cuts, and two processes at once."""

import asyncio
import hashlib
import io
from contextlib import AsyncExitStack
from urllib.parse import urlsplit

import httpx
from tusclient.client import TusClient

from integrations.contracts.ids import new_id
from integrations.contracts.viewer import SYSTEM
from integrations.runtime.database import rows, work
from tests.kit.listings import a_listing
from tests.kit.people import a_seller
from tests.kit.pictures import phone_jpeg
from tests.kit.service import running_service
from tests.kit.stack import Stack
from tests.kit.toxic import Toxic, toxic_proxy
from tests.kit.uploads import ADDRESS, Sender, id_in

KB = 1024
HEADS = 'ganh_request_seconds_count{method="HEAD"'


async def test_a_client_of_others_gets_through_a_line_that_is_cut(stack: Stack) -> None:
    """tuspy sends a photo in pieces of 48 KB; each line is cut within 120 KB, or lives."""
    seller = await a_seller()
    goods = await a_listing(seller)
    body = phone_jpeg() + bytes(400 * KB)  # what stands behind a JPEG's end counts as its own
    async with AsyncExitStack() as held:
        service = await held.enter_async_context(running_service(stack, "serve"))
        port = urlsplit(service.base_url).port or 0
        proxy = await held.enter_async_context(toxic_proxy("127.0.0.1", port, seed=7))
        url = f"http://127.0.0.1:{proxy.port}{ADDRESS}"
        client = TusClient(url, headers={"Authorization": f"Bearer {seller.token}"})
        uploader = client.uploader(
            file_stream=io.BytesIO(body),
            chunk_size=48 * KB,
            metadata={"filename": "IMG_1.jpg", "client_id": str(new_id())},
            retries=100,
            retry_delay=0,
        )
        uploader.set_url(await asyncio.to_thread(uploader.create_url))
        await proxy.be(Toxic.RESET, reset_within_bytes=120 * KB)
        await asyncio.to_thread(uploader.upload)
        await proxy.be(Toxic.OFF)
        assert await asyncio.to_thread(uploader.get_offset) == len(body)
        upload_id = id_in(str(uploader.url))
        async with httpx.AsyncClient(
            base_url=service.base_url, headers={"Authorization": f"Bearer {seller.token}"}
        ) as own:
            answer = await own.post(
                f"/api/v1/listings/{goods.id}/photos", json={"upload_id": upload_id}
            )
            counted = (await own.get("/metrics")).text
        assert answer.status_code == 202, answer.text
    async with work(SYSTEM):
        kept = await rows(
            "SELECT original_sha256, original_bytes FROM photo WHERE listing_id = $1", [goods.id]
        )
        pieces = await rows("SELECT size_bytes FROM upload_chunk WHERE upload_id = $1", [upload_id])
    assert kept == [
        {"original_sha256": hashlib.sha256(body).hexdigest(), "original_bytes": len(body)}
    ]
    sizes = sorted(row["size_bytes"] for row in pieces)
    assert sum(sizes) == len(body) and sizes[-1] == 48 * KB
    # Each cut was followed by a question; the last one is the test's own.
    asked = [one for one in counted.splitlines() if one.startswith(HEADS) and "uploads" in one]
    assert len(asked) == 1 and float(asked[0].rpartition(" ")[2]) > 3, counted


async def test_of_two_processes_at_one_place_one_counts(stack: Stack) -> None:
    seller, rounds, size = await a_seller(), 12, 20 * KB
    headers = {"Authorization": f"Bearer {seller.token}"}
    async with AsyncExitStack() as held:
        senders = []
        for _ in range(2):
            service = await held.enter_async_context(running_service(stack, "serve"))
            client = await held.enter_async_context(
                httpx.AsyncClient(base_url=service.base_url, headers=headers, timeout=30)
            )
            senders.append(Sender(client))
        place = (await senders[0].begin(rounds * size)).headers["location"]
        wanted = b""
        for turn in range(rounds):
            pieces = [bytes([2 * turn + who]) * size for who in range(2)]
            answers = await asyncio.gather(
                *(one.piece(place, turn * size, pieces[who]) for who, one in enumerate(senders))
            )
            assert sorted(one.status_code for one in answers) == [204, 409]
            assert {one.headers["upload-offset"] for one in answers} == {str((turn + 1) * size)}
            wanted += pieces[[one.status_code for one in answers].index(204)]
    async with work(SYSTEM):
        kept = await rows(
            "SELECT key FROM upload_chunk WHERE upload_id = $1 ORDER BY offset_bytes",
            [id_in(place)],
        )
    stored = [await stack.ports.storage.get(row["key"]) for row in kept]
    assert b"".join(stored) == wanted
    assert len(await stack.ports.storage.list_keys(f"uploads/{id_in(place)}/")) == rounds
