"""The S3 adapter against a real server: what is promised by the port `Storage`."""

import asyncio
import io
import os
import subprocess
import sys
import urllib.error
import urllib.request

import pytest

from integrations.contracts.errors import NotFound, Unavailable
from integrations.contracts.ports import Storage, StoredObject
from integrations.storage.s3 import S3Storage

from .conftest import Server, connect, start, stop

pytestmark = pytest.mark.asyncio


def ask_without_a_key(url: str) -> int:
    """The status that a stranger gets."""
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def run_python(code: str) -> int:
    """The exit status of a few lines in a fresh interpreter."""
    return subprocess.run([sys.executable, "-c", code], check=False).returncode


async def test_it_is_the_port_and_makes_its_bucket(storage: S3Storage, server: Server) -> None:
    port: Storage = storage
    await port.check()
    await port.check()
    assert (server.folder / "ganh").is_dir()


async def test_bytes_come_back_as_they_were(storage: S3Storage) -> None:
    await storage.check()
    body = os.urandom(50_000)
    assert await storage.put("a/b.webp", body, content_type="image/webp") == StoredObject(
        "a/b.webp", 50_000
    )
    assert await storage.get("a/b.webp") == body
    await storage.put("a/b.webp", b"newer", content_type="image/webp")
    assert await storage.get("a/b.webp") == b"newer"


@pytest.mark.parametrize("size_bytes", [0, 10_000, 8 * 1024 * 1024 + 1, 20_000_000])
async def test_a_file_is_streamed_and_stays_open(storage: S3Storage, size_bytes: int) -> None:
    await storage.check()
    body = os.urandom(size_bytes)
    file = io.BytesIO(body)
    stored = await storage.put("photos/1/original.jpg", file, content_type="image/jpeg")
    assert stored == StoredObject("photos/1/original.jpg", size_bytes)
    assert await storage.get("photos/1/original.jpg") == body
    assert not file.closed


async def test_a_missing_object_is_not_found_and_can_be_deleted(storage: S3Storage) -> None:
    await storage.check()
    with pytest.raises(NotFound) as caught:
        await storage.get("nothing/here.jpg")
    assert caught.value.code == "storage.missing"
    await storage.delete("nothing/here.jpg")


async def test_deleted_is_gone_and_the_list_is_sorted(storage: S3Storage) -> None:
    await storage.check()
    for key in ("r/2.jpg", "r/1.webp", "r/bưởi.jpg", "photos/x/original.png"):
        await storage.put(key, b"x", content_type="image/jpeg")
    assert await storage.list_keys("r/") == ["r/1.webp", "r/2.jpg", "r/bưởi.jpg"]
    await storage.delete("r/1.webp")
    assert await storage.list_keys("r/") == ["r/2.jpg", "r/bưởi.jpg"]
    assert await storage.list_keys("none/") == []


async def test_many_at_once(storage: S3Storage) -> None:
    await storage.check()
    bodies = {f"m/{n}.jpg": bytes([n]) * 20_000 for n in range(40)}
    await asyncio.gather(
        *(storage.put(key, body, content_type="image/jpeg") for key, body in bodies.items())
    )
    assert await asyncio.gather(*(storage.get(key) for key in bodies)) == list(bodies.values())


async def test_private_by_default(storage: S3Storage, server: Server) -> None:
    await storage.check()
    await storage.put("photos/1/original.jpg", b"private", content_type="image/jpeg")
    url = f"{server.endpoint}/ganh/photos/1/original.jpg"
    assert await asyncio.to_thread(ask_without_a_key, url) in (400, 401, 403)
    stranger = connect(server, secret_key="wrong")
    with pytest.raises(Unavailable):
        await stranger.get("photos/1/original.jpg")
    stranger.close()


async def test_a_killed_server_is_unavailable_and_loses_nothing(server: Server) -> None:
    storage = connect(server)
    await storage.check()
    await storage.put("a.jpg", b"kept", content_type="image/jpeg")
    stop(server)
    for call in (storage.check(), storage.get("a.jpg"), storage.list_keys("")):
        with pytest.raises(Unavailable) as caught:
            await call
        assert (caught.value.code, caught.value.who) == ("storage.unavailable", "us")
    with pytest.raises(Unavailable):
        await storage.put("b.jpg", io.BytesIO(b"x"), content_type="image/jpeg")
    storage.close()

    again = start(server.folder)
    storage = connect(again)
    assert await storage.get("a.jpg") == b"kept"
    storage.close()
    stop(again)


async def test_boto3_is_not_imported_before_the_first_call() -> None:
    code = (
        "import sys; from integrations.storage.s3 import S3Storage as S;"
        "S(endpoint='', bucket='b', region='', access_key='a', secret_key='s');"
        "assert 'boto3' not in sys.modules and 'botocore' not in sys.modules"
    )
    assert await asyncio.to_thread(run_python, code) == 0
