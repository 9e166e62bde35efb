"""The reader of codes: a program of its own, because a picture may be built to do harm.

It imports Pillow, the reader of codes and the standard library only, limits itself before it reads
a byte, takes the picture on stdin and its orders as JSON in argv[1], and answers on stdout with
one line of JSON: the texts that were read. `child.py` starts it and is its only reader.
"""

import ctypes
import io
import json
import os
import resource
import signal
import sys
import warnings
from typing import Any

import zxingcpp
from PIL import Image, ImageOps, TiffImagePlugin, WebPImagePlugin

_PR_SET_PDEATHSIG, _PR_SET_NO_NEW_PRIVS = 1, 38
# Loaded (EXIF is a TIFF) before files are limited: a bound process cannot keep compiled modules.
_PLUGINS = (TiffImagePlugin, WebPImagePlugin)
Image.preinit()
_FORMATS = ("JPEG", "PNG", "WEBP")
_TEXT_MAX, _TEXTS_MAX = 2_000, 8
# The code of a card is small: it is looked for in the whole picture, then in smaller ones.
_SIDES_PX = (3_000, 1_600, 800)


def limit(orders: dict[str, Any]) -> None:
    """Bind this process: dies with its parent, little memory, processor time and no files."""
    if sys.platform == "linux":
        libc = ctypes.CDLL(None, use_errno=True)
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        if os.getppid() != orders["parent_pid"]:  # it died before the line above
            raise SystemExit(3)
    for what, most in (
        (resource.RLIMIT_AS, int(orders["memory_bytes"])),
        (resource.RLIMIT_CPU, int(orders["cpu_s"])),
        (resource.RLIMIT_NOFILE, 32),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, most))


def codes_of(data: bytes, pixels_max: int) -> list[str]:
    """Texts of the QR codes in a picture; none where it cannot be opened."""
    Image.MAX_IMAGE_PIXELS = pixels_max
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    image = Image.open(io.BytesIO(data), formats=_FORMATS)
    if image.width * image.height > pixels_max:
        return []
    # Does nothing unless the box has the picture's own aspect.
    image.draft("L", _fitting(image.size, _SIDES_PX[0]))
    grey = ImageOps.exif_transpose(image).convert("L")
    for side in _SIDES_PX:
        if found := zxingcpp.read_barcodes(
            _smaller(grey, side), formats=zxingcpp.barcode_formats_from_str("QRCode")
        ):
            return [one.text[:_TEXT_MAX] for one in found[:_TEXTS_MAX]]
    return []


def _fitting(size: tuple[int, int], side: int) -> tuple[int, int]:
    scale = min(1.0, side / max(size))
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def _smaller(grey: Image.Image, side: int) -> Image.Image:
    size = _fitting(grey.size, side)
    return grey if size == grey.size else grey.resize(size, Image.Resampling.BOX)


def main() -> None:
    """Read one picture and answer."""
    orders = json.loads(sys.argv[1])
    limit(orders)
    said: dict[str, Any] = {"texts": []}
    try:
        said["texts"] = codes_of(sys.stdin.buffer.read(), int(orders["pixels_max"]))
    except MemoryError:
        raise
    except Exception as error:  # a broken picture raises anything: its kind is told, not its text
        said["failed"] = type(error).__name__
    sys.stdout.write(json.dumps(said) + "\n")


if __name__ == "__main__":
    main()
