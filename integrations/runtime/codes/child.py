"""Start the reader of codes, give it the picture, and take its answer."""

import asyncio
import json
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE
from contextlib import suppress
from importlib.util import find_spec
from typing import Final

import structlog

_log = structlog.get_logger()

PICTURE_MAX_BYTES: Final = 15 * 1024 * 1024
_PIXELS_MAX: Final = 50_000_000
# Address space; a photo of 12 million pixels takes a third of it.
_MEMORY_MAX_BYTES: Final = 448 * 1024 * 1024
_ANSWER_MAX_BYTES: Final = 64 * 1024
_PROGRAM: Final = "integrations.runtime.codes.reader"
# Each may take its memory for a moment.
_readers = asyncio.Semaphore(2)


async def read_codes(picture: bytes, *, timeout_s: float = 8) -> list[str]:
    """Texts of the QR codes in a JPEG, PNG or WebP; none where nothing can be read.

    The picture is in memory only. The child never outlives this call, nor this process.
    """
    async with _readers:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-I",
            _path_of(_PROGRAM),
            json.dumps(
                {
                    "parent_pid": os.getpid(),
                    "cpu_s": int(timeout_s) + 1,
                    "memory_bytes": _MEMORY_MAX_BYTES,
                    "pixels_max": _PIXELS_MAX,
                }
            ),
            stdin=PIPE,
            stdout=PIPE,
            stderr=DEVNULL,
            env={"LC_ALL": "C.UTF-8", "MALLOC_ARENA_MAX": "1"},
            cwd="/",
            start_new_session=True,
            limit=_ANSWER_MAX_BYTES,
        )
        if process.stdin is None or process.stdout is None:
            raise RuntimeError("the reader has no way to answer")
        try:
            async with asyncio.timeout(timeout_s):
                with suppress(BrokenPipeError, ConnectionResetError):  # it gave up before the end
                    process.stdin.write(picture)
                    await process.stdin.drain()
                process.stdin.close()
                line = await process.stdout.readline()
                await process.wait()
        except (TimeoutError, ValueError):
            return []
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
    if process.returncode and process.returncode > 0:
        # Not its limits (a signal): our reader failed, whatever the picture is.
        _log.error("codes.reader_failed", status=process.returncode)
    said = json.loads(line) if line else {"texts": []}
    if failed := said.get("failed"):
        _log.warning("codes.picture_failed", error=failed)
    return [str(text) for text in said["texts"]]


def _path_of(module: str) -> str:
    """Where a module lies, without importing it."""
    spec = find_spec(module)
    if spec is None or spec.origin is None:
        raise RuntimeError(f"{module} is missing")
    return spec.origin
