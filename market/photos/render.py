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
from typing import Any, Literal

from integrations.runtime.killpoints import reach
from market.photos.rules import (
    AVIF,
    AVIF_WIDTHS_PX,
    MASTER,
    RENDITION_WIDTHS_PX,
    Look,
    PhotoFormat,
    PictureFormat,
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
# Pictures of some MB are given back and taken again at each step: without the bounds, each time
# from the system.
ENVIRONMENT = {
    "LC_ALL": "C.UTF-8",
    "MALLOC_ARENA_MAX": "1",
    "MALLOC_MMAP_THRESHOLD_": str(32 * 1024 * 1024),
    "MALLOC_TRIM_THRESHOLD_": str(256 * 1024 * 1024),
}
_PROGRAM = Path(__file__).with_name("decode.py")


class RenderFailed(RuntimeError):
    """The decoder could not run or was killed from outside: not the photo's fault, try again."""


@dataclass(frozen=True, slots=True)
class Rendition:
    """One public picture. `sha256` is the hex digest of `body` and names its key."""

    width_px: int
    height_px: int
    format: PictureFormat
    body: bytes
    sha256: str


@dataclass(frozen=True, slots=True)
class Rendered:
    """What a person waits for: the upright sides, a `data:` URI of 16 px, the renditions.

    Renditions come smallest first, WebP before JPEG at each width.
    """

    width_px: int
    height_px: int
    placeholder: str
    renditions: tuple[Rendition, ...]
    look: Look


@dataclass(frozen=True, slots=True)
class Rest:
    """What is made afterwards: AVIF, smallest first, none for a photo narrower than all of them.

    `master` is the square JPEG for marketplaces, None when the photo is too small for them.
    """

    avif: tuple[Rendition, ...]
    master: Rendition | None


Part = Literal["first", "rest"]


async def render(original: bytes, *, timeout_s: float = 20) -> Rendered:
    """Turn upright, clean and scale one photo (JPEG, PNG, WebP or HEIC as it was sent).

    Raises `Problem` with a `photo.…` code when the sender must send another one, and
    `RenderFailed` when our own machine was at fault.
    """
    header, bodies = await _ordered(original, "first", timeout_s)
    return Rendered(
        width_px=int(header["width_px"]),
        height_px=int(header["height_px"]),
        placeholder=str(header["placeholder"]),
        renditions=_renditions(header, bodies),
        look=Look(**header["look"]),
    )


async def render_rest(original: bytes, *, timeout_s: float = 20) -> Rest:
    """Make what nobody waits for of a photo that `render` took. Raises like it."""
    header, bodies = await _ordered(original, "rest", timeout_s)
    square = bodies[len(bodies) - int(header["master_bytes"]) :]
    side = master_side_px(int(header["width_px"]), int(header["height_px"]))
    return Rest(
        avif=_renditions(header, bodies, behind=len(square)),
        master=_rendition((side, side), PictureFormat.JPEG, square) if square else None,
    )


async def _ordered(original: bytes, part: Part, timeout_s: float) -> tuple[dict[str, Any], bytes]:
    kind = check_upload(original, size_bytes=len(original))
    header, bodies = await decode(original, part=part, timeout_s=timeout_s)
    if "problem" in header:
        if header["problem"] == "photo.too_many_pixels":
            check_sides(*(measure(original, kind) or (0, 1)), kind=kind)
        raise refusal(str(header["problem"]))
    return header, bodies


async def decode(
    original: bytes,
    *,
    part: Part = "first",
    timeout_s: float = 20,
    memory_bytes: int = MEMORY_MAX_BYTES,
) -> tuple[dict[str, Any], bytes]:
    """Give the file to the decoder as it is; its answer's header and the bodies in one piece.

    Raises like `render`. The child never outlives this call, nor this process.
    """
    await reach("before", "decoder")
    process = await start(cpu_s=int(timeout_s) + 1, part=part, memory_bytes=memory_bytes)
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


def orders(
    parent_pid: int, *, cpu_s: int, part: Part = "first", memory_bytes: int = MEMORY_MAX_BYTES
) -> dict[str, Any]:
    """What the decoder is told: whose child it is, what it may use, what to make."""
    return {
        "part": part,
        "nice": 5 if part == "first" else 15,  # pages before pictures, what is waited for before
        "parent_pid": parent_pid,
        "cpu_s": cpu_s,
        "memory_bytes": memory_bytes,
        "widths_px": RENDITION_WIDTHS_PX,
        "avif_widths_px": AVIF_WIDTHS_PX,
        "avif": AVIF,
        "master": MASTER,
        "max_pixels": {kind.name: kind.max_pixels for kind in PhotoFormat},
    }


async def start(
    *, cpu_s: int, part: Part = "first", memory_bytes: int = MEMORY_MAX_BYTES
) -> Process:
    """The decoder, waiting for a file on its stdin.

    It is run by its path with `-I`, so nothing of ours and no variable of the environment
    reaches it; its own session keeps a Ctrl-C for the parent to decide on.
    """
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-I",
        str(_PROGRAM),
        json.dumps(orders(os.getpid(), cpu_s=cpu_s, part=part, memory_bytes=memory_bytes)),
        stdin=PIPE,
        stdout=PIPE,
        stderr=DEVNULL,
        env=ENVIRONMENT,
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


def _renditions(header: dict[str, Any], bodies: bytes, behind: int = 0) -> tuple[Rendition, ...]:
    """The pictures that the header tells of; `behind` is the length of what follows them."""
    renditions: list[Rendition] = []
    at = 0
    for said in header["renditions"]:
        body = bodies[at : at + int(said["size_bytes"])]
        at += int(said["size_bytes"])
        sides = int(said["width_px"]), int(said["height_px"])
        renditions.append(_rendition(sides, PictureFormat(said["format"]), body))
    if at + behind != len(bodies):
        raise RenderFailed("the decoder's answer is not as long as it says")
    return tuple(renditions)


def _rendition(sides: tuple[int, int], kind: PictureFormat, body: bytes) -> Rendition:
    return Rendition(*sides, kind, body, hashlib.sha256(body).hexdigest())
