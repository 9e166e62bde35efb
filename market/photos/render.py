"""Runs the decoder in a child process, and reads what it made."""

import asyncio
import hashlib
import json
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from integrations.runtime.killpoints import reach
from market.photos.rules import (
    MASTER,
    RENDITION_WIDTHS_PX,
    Look,
    PhotoFormat,
    check_sides,
    check_upload,
    master_side_px,
    measure,
    refusal,
)

# Measured (addresses, not memory used): below 256 MB for a phone's JPEG, 512 MB for the worst
# that is let in, a WebP of 24 MP with transparency.
MEMORY_MAX_BYTES = 640 * 1024 * 1024
ANSWER_MAX_BYTES = 32 * 1024 * 1024
_PROGRAM = Path(__file__).with_name("decode.py")


class RenderFailed(RuntimeError):
    """The decoder could not run or was killed from outside: not the photo's fault, try again."""


@dataclass(frozen=True, slots=True)
class Rendition:
    """One public picture. `sha256` is the hex digest of `body` and names its key."""

    width_px: int
    height_px: int
    format: PhotoFormat
    body: bytes
    sha256: str


@dataclass(frozen=True, slots=True)
class Rendered:
    """What was made of an original: its upright sides, a `data:` URI of 16 px, the renditions.

    Renditions come smallest first, WebP before JPEG at each width. `master` is the square JPEG
    for marketplaces, None when the photo is too small for them.
    """

    width_px: int
    height_px: int
    placeholder: str
    renditions: tuple[Rendition, ...]
    master: Rendition | None
    look: Look


async def render(original: bytes, *, timeout_s: float = 20) -> Rendered:
    """Turn upright, clean and scale one photo (JPEG, PNG, WebP or HEIC as it was sent).

    Raises `Problem` with a `photo.…` code when the sender must send another one, and
    `RenderFailed` when our own machine was at fault.
    """
    kind = check_upload(original, size_bytes=len(original))
    header, bodies = await decode(original, timeout_s=timeout_s)
    if "problem" in header:
        if header["problem"] == "photo.too_many_pixels":
            check_sides(*(measure(original, kind) or (0, 1)), kind=kind)
        raise refusal(str(header["problem"]))
    return _rendered(header, bodies)


async def decode(
    original: bytes, *, timeout_s: float = 20, memory_bytes: int = MEMORY_MAX_BYTES
) -> tuple[dict[str, Any], bytes]:
    """Give the file to the decoder as it is; its answer's header and the bodies in one piece.

    Raises like `render`. The child never outlives this call, nor this process.
    """
    await reach("before", "decoder")
    process = await start(cpu_s=int(timeout_s) + 1, memory_bytes=memory_bytes)
    try:
        await reach("during", "decoder")
        async with asyncio.timeout(timeout_s):
            _, answer = await asyncio.gather(_feed(process.stdin, original), _read(process.stdout))
            status = await process.wait()
        await reach("after", "decoder")
    except TimeoutError:
        raise refusal("photo.timeout") from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if status == -signal.SIGXCPU:
        raise refusal("photo.timeout")
    if status in (-signal.SIGSEGV, -signal.SIGBUS, -signal.SIGABRT, -signal.SIGFPE):
        raise refusal("photo.truncated")
    line, _, bodies = answer.partition(b"\n")
    if status != 0 or not line:
        raise RenderFailed(f"the decoder ended with status {status}")
    header: dict[str, Any] = json.loads(line)
    return header, bodies


def orders(parent_pid: int, *, cpu_s: int, memory_bytes: int = MEMORY_MAX_BYTES) -> dict[str, Any]:
    """What the decoder is told: whose child it is, what it may use, what to make."""
    return {
        "parent_pid": parent_pid,
        "cpu_s": cpu_s,
        "memory_bytes": memory_bytes,
        "widths_px": RENDITION_WIDTHS_PX,
        "master": MASTER,
        "max_pixels": {kind.name: kind.max_pixels for kind in PhotoFormat},
    }


async def start(*, cpu_s: int, memory_bytes: int = MEMORY_MAX_BYTES) -> Process:
    """The decoder, waiting for a file on its stdin.

    It is run by its path with `-I`, so nothing of ours and no variable of the environment
    reaches it; its own session keeps a Ctrl-C for the parent to decide on.
    """
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-I",
        str(_PROGRAM),
        json.dumps(orders(os.getpid(), cpu_s=cpu_s, memory_bytes=memory_bytes)),
        stdin=PIPE,
        stdout=PIPE,
        stderr=DEVNULL,
        env={"LC_ALL": "C.UTF-8", "MALLOC_ARENA_MAX": "1"},
        cwd="/",
        start_new_session=True,
    )


async def _feed(stdin: asyncio.StreamWriter | None, original: bytes) -> None:
    if stdin is None:
        raise RenderFailed("the decoder has no stdin")
    with suppress(BrokenPipeError, ConnectionResetError):  # it gave up before the end
        stdin.write(original)
        await stdin.drain()
    stdin.close()


async def _read(stdout: asyncio.StreamReader | None) -> bytes:
    if stdout is None:
        raise RenderFailed("the decoder has no stdout")
    answer = bytearray()
    while chunk := await stdout.read(256 * 1024):
        answer += chunk
        if len(answer) > ANSWER_MAX_BYTES:
            raise RenderFailed("the decoder answered more than renditions can be")
    return bytes(answer)


def _rendered(header: dict[str, Any], bodies: bytes) -> Rendered:
    renditions: list[Rendition] = []
    at = 0
    for said in header["renditions"]:
        body = bodies[at : at + int(said["size_bytes"])]
        at += int(said["size_bytes"])
        sides = int(said["width_px"]), int(said["height_px"])
        renditions.append(_rendition(sides, PhotoFormat(said["format"]), body))
    master = bodies[at : at + int(header["master_bytes"])]
    if at + int(header["master_bytes"]) != len(bodies):
        raise RenderFailed("the decoder's answer is not as long as it says")
    sides = int(header["width_px"]), int(header["height_px"])
    square = (master_side_px(*sides),) * 2
    return Rendered(
        width_px=sides[0],
        height_px=sides[1],
        placeholder=str(header["placeholder"]),
        renditions=tuple(renditions),
        master=_rendition(square, PhotoFormat.JPEG, master) if master else None,
        look=Look(**header["look"]),
    )


def _rendition(sides: tuple[int, int], kind: PhotoFormat, body: bytes) -> Rendition:
    return Rendition(*sides, kind, body, hashlib.sha256(body).hexdigest())
