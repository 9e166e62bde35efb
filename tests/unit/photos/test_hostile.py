"""Files that were built, or broken, to do harm: a sentence each, and a child that is gone."""

import asyncio
import os
import select
import signal
import sys
from pathlib import Path

import pytest

from integrations.contracts.errors import Problem
from market.photos.render import RenderFailed, decode, render
from tests.kit import pictures
from tests.kit.service import eventually

pytestmark = pytest.mark.asyncio

PHOTO = pictures.phone_jpeg()
HEIC = pictures.heic()


def claiming(sides: tuple[int, int]) -> bytes:
    """A small HEIC that says that it has these sides."""
    at = HEIC.index(b"ispe") + 8
    return HEIC[:at] + b"".join(side.to_bytes(4, "big") for side in sides) + HEIC[at + 8 :]


PARENT = """
import asyncio, sys
from market.photos.render import start

async def main():
    child = await start(cpu_s=60)
    child.stdin.write(bytes(1_000_000))  # it reads only after it has bound itself
    await child.stdin.drain()
    print(child.pid, flush=True)
    await child.wait()

asyncio.run(main())
"""


def children() -> set[int]:
    """Decoders that this process has started and that still run (servers of other tests may)."""
    return {
        int(pid)
        for tasks in Path("/proc/self/task").glob("*/children")
        for pid in tasks.read_text().split()
        if b"decode.py" in Path(f"/proc/{pid}/cmdline").read_bytes()
    }


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "photo.empty"),
        (b"%PDF-1.7 hello" + bytes(100), "photo.pdf"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "photo.format"),
        (pictures.moving("WEBP"), "photo.animated"),
        (pictures.moving("PNG"), "photo.animated"),
        (pictures.flat_png(30_000, 30_000), "photo.bomb"),
        (pictures.flat_png(12_000, 12_000), "photo.too_many_pixels"),
        (pictures.flat_png(6000, 5000), "photo.too_many_pixels"),
        (pictures.text_bomb_png(), "photo.bomb"),
        (PHOTO[: len(PHOTO) // 2], "photo.truncated"),
        (PHOTO[:200], "photo.truncated"),
        (pictures.png()[:5000], "photo.truncated"),
        (pictures.webp()[:5000], "photo.truncated"),
        (HEIC[: len(HEIC) // 2], "photo.truncated"),
        (HEIC[:200], "photo.truncated"),
        (claiming((30_000, 30_000)), "photo.bomb"),
        (claiming((6000, 5000)), "photo.too_many_pixels"),
        (b"\xff\xd8\xff" + b"<script>" * 100, "photo.truncated"),
        (b"\x89PNG\r\n\x1a\n" + bytes(300), "photo.truncated"),
    ],
    ids=lambda value: value if isinstance(value, str) else f"{len(value)}",
)
async def test_each_gets_its_sentence(body: bytes, code: str) -> None:
    with pytest.raises(Problem) as caught:
        await render(body)
    assert caught.value.code == code
    assert caught.value.message.format(**caught.value.params)
    assert not children()


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "photo.truncated"),
        (b"GIF89a" + bytes(100), "photo.truncated"),
        (pictures.moving("GIF"), "photo.truncated"),
        (pictures.moving("WEBP"), "photo.animated"),
        (pictures.moving("PNG"), "photo.animated"),
        (pictures.flat_png(6000, 5000), "photo.too_many_pixels"),
        (pictures.flat_png(8000, 8000), "photo.too_many_pixels"),
        (pictures.flat_png(12_000, 12_000), "photo.bomb"),
    ],
    ids=lambda value: value if isinstance(value, str) else f"{len(value)}",
)
async def test_the_decoder_does_not_rely_on_the_first_look(body: bytes, code: str) -> None:
    header, bodies = await decode(body)
    assert (header, bodies) == ({"problem": code}, b"")


async def test_a_script_behind_a_good_photo_is_gone() -> None:
    done = await render(PHOTO)
    assert all(b"script" not in made.body for made in done.renditions)


async def test_every_place_to_cut_is_survived() -> None:
    small = pictures.phone_jpeg(pictures.pattern(64, 48))
    for cut in range(20, len(small) - 60, len(small) // 12):
        with pytest.raises(Problem):
            await render(small[:cut])


async def test_a_heic_of_a_phone_is_decoded_within_the_limits() -> None:
    done = await render(pictures.heic(pictures.pattern(4032, 3024), orientation=6))
    assert (done.width_px, done.height_px) == (4032, 3024)


async def test_a_phone_photo_fits_in_little_memory() -> None:
    photo = pictures.phone_jpeg(pictures.pattern(4000, 3000), orientation=6)
    header, _ = await decode(photo, memory_bytes=256 * 1024 * 1024)
    assert header["width_px"] == 4000


async def test_more_memory_than_allowed_is_a_bomb() -> None:
    picture = pictures.webp(pictures.pattern(4000, 4000))
    header, _ = await decode(picture, memory_bytes=160 * 1024 * 1024)
    assert header == {"problem": "photo.bomb"}


async def test_a_decoder_killed_from_outside_is_not_the_photos_fault() -> None:
    decoding = asyncio.ensure_future(decode(pictures.png(pictures.pattern(6000, 4000))))
    await eventually(lambda: bool(children()), what="the decoder")
    for pid in children():
        os.kill(pid, signal.SIGKILL)
    with pytest.raises(RenderFailed):
        await decoding


async def test_too_slow_is_said_and_the_child_is_gone() -> None:
    with pytest.raises(Problem) as caught:
        await render(PHOTO, timeout_s=0.02)
    assert caught.value.code == "photo.timeout"
    assert not children()


async def test_a_cancelled_job_takes_the_child_with_it() -> None:
    slow = pictures.png(pictures.pattern(6000, 4000))
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.2):
            await render(slow)
    assert not children()


async def test_killing_the_worker_kills_the_decoder() -> None:
    worker = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PARENT, stdout=asyncio.subprocess.PIPE, stdin=asyncio.subprocess.PIPE
    )
    assert worker.stdout is not None
    pid = int(await worker.stdout.readline())
    # Stopped, it cannot notice that its stdin ends: only the kernel's signal can end it.
    os.kill(pid, signal.SIGSTOP)
    handle = os.pidfd_open(pid)
    try:
        worker.kill()
        await worker.wait()
        ended, _, _ = await asyncio.to_thread(select.select, [handle], [], [], 5)
        assert ended
    finally:
        os.close(handle)


async def test_the_decoder_sees_nothing_of_the_house() -> None:
    code = (
        "import sys, runpy; sys.argv = ['decode', '{}'];"
        "runpy.run_path('market/photos/decode.py', run_name='look');"
        "bad = {'tortoise', 'fastapi', 'market', 'asyncio', 'integrations'} & set(sys.modules);"
        "sys.exit(', '.join(bad) or 0)"
    )
    look = await asyncio.create_subprocess_exec(sys.executable, "-c", code)
    assert await look.wait() == 0
