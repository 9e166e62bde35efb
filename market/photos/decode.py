"""The decoder: a program of its own, because a picture from outside may be built to do harm.

It imports Pillow, what Pillow lacks for HEIC, and the standard library only, limits itself before
it reads a byte, takes the original on stdin and its orders as JSON in argv[1], and answers on
stdout with one line of JSON and the bodies behind it. `render.py` starts it and is its only reader.
"""

import base64
import ctypes
import io
import json
import os
import resource
import signal
import sys
import warnings
from contextlib import suppress
from typing import Any

from PIL import Image, ImageChops, ImageFilter, TiffImagePlugin, WebPImagePlugin

FORMATS = ("JPEG", "PNG", "WEBP")
# Loaded (EXIF is a TIFF) before files are limited: a bound process cannot keep compiled modules.
_PLUGINS = (TiffImagePlugin, WebPImagePlugin)
Image.preinit()
# Half the time of 4 for 3 % more bytes; what is fetched most comes as AVIF.
_WEBP = {"quality": 78, "method": 2}
_ORIENTATION = 0x0112
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_PR_SET_PDEATHSIG, _PR_SET_NO_NEW_PRIVS = 1, 38


class Refused(Exception):
    """The picture cannot be used; the text is one of the `photo.…` codes."""


def limit(orders: dict[str, Any]) -> None:
    """Bind this process: dies with its parent, little memory, processor time and no files."""
    if sys.platform == "linux":
        libc = ctypes.CDLL(None, use_errno=True)
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        if os.getppid() != orders["parent_pid"]:  # it died before the line above
            raise SystemExit(3)
    cpu_s = int(orders["cpu_s"])
    for what, most in (
        (resource.RLIMIT_AS, int(orders["memory_bytes"])),
        (resource.RLIMIT_CPU, cpu_s),
        (resource.RLIMIT_NOFILE, 32),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, most))
    os.nice(int(orders["nice"]))


def _learn_heic() -> None:
    """Loaded by a child that is bound already, and only for such a file."""
    import pillow_heif

    pillow_heif.options.DECODE_THREADS = 1
    pillow_heif.options.THUMBNAILS = False
    pillow_heif.register_heif_opener()


def open_guarded(original: bytes, max_pixels: dict[str, int]) -> Image.Image:
    """Open by header only: one of four formats, not too many pixels, one frame."""
    formats: tuple[str, ...] = FORMATS
    if original[4:8] == b"ftyp":
        _learn_heic()
        formats = ("HEIF",)
    Image.MAX_IMAGE_PIXELS = max(max_pixels.values())
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    try:
        image = Image.open(io.BytesIO(original), formats=formats)
    except Image.DecompressionBombWarning:
        raise Refused("photo.too_many_pixels") from None
    # Phones add a depth or brightness map as a second frame (MPO, HEIC); the photo is the first.
    kind = {"MPO": "JPEG", "HEIF": "HEIC"}.get(str(image.format), str(image.format))
    if image.width * image.height > max_pixels[kind]:
        raise Refused("photo.too_many_pixels")
    if kind not in ("JPEG", "HEIC") and getattr(image, "n_frames", 1) != 1:
        raise Refused("photo.animated")
    return image


def orientation_of(image: Image.Image) -> int:
    """1 to 8 as EXIF (or XMP) says; 1 when it says nothing that makes sense."""
    try:
        value = image.getexif().get(_ORIENTATION, 1)
    except Exception:  # damaged EXIF must not cost the photo
        return 1
    return value if value in _TURNS else 1


def to_plain(image: Image.Image) -> Image.Image:
    """The same picture in a mode that can be scaled: L, RGB, RGBA or CMYK."""
    if image.mode.startswith("I"):  # 16 bits of grey
        image = image.convert("I").point(lambda value: value * (1 / 256)).convert("L")
        image.info = {}  # a transparent shade in 16 bits means nothing in 8
    if image.has_transparency_data:
        return image if image.mode == "RGBA" else image.convert("RGBA")
    if image.mode in ("L", "RGB", "CMYK"):
        return image
    return image.convert("L" if image.mode == "1" else "RGB")


def to_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """Colours as every screen takes them without a profile; a damaged profile is left out."""
    alpha = image.getchannel("A") if image.mode == "RGBA" else None
    colour = image.convert("RGB") if alpha is not None else image
    if profile:
        from PIL import ImageCms  # most photos have none

        with suppress(Exception):  # a damaged profile: its colours stay as they are
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            target = ImageCms.createProfile("sRGB")
            turned = ImageCms.profileToProfile(colour, source, target, outputMode="RGB")
            colour = turned or colour
    colour = colour.convert("RGB")
    if alpha is None:
        return colour
    white = Image.new("RGB", colour.size, (255, 255, 255))
    white.paste(colour, mask=alpha)
    return white


def upright(
    image: Image.Image, widths: list[int], longest_px: int
) -> tuple[Image.Image, int, int, list[int]]:
    """The picture turned, in sRGB; its full sides; the widths that fit.

    It is as wide as the largest of them, or as its longer side of `longest_px` asks for.
    """
    turn = orientation_of(image)
    profile = image.info.get("icc_profile")
    lies = turn >= 5
    full_width, full_height = (image.height, image.width) if lies else (image.width, image.height)
    fitting = [width for width in widths if width <= full_width] or [full_width]
    most = min(1, longest_px / max(full_width, full_height))
    width = max(fitting[-1], round(full_width * most))
    height = max(1, round(full_height * width / full_width))
    stored = (height, width) if lies else (width, height)
    # A JPEG can be read at 1/2, 1/4 or 1/8, but only for a box of its own aspect.
    image.draft(None, stored)
    plain = to_plain(image)
    if plain.size != stored:
        # The one step over all pixels: half the time of Lanczos, and turned afterwards, when small.
        plain = plain.resize(stored, Image.Resampling.HAMMING, reducing_gap=2.0)
    if turn in _TURNS:
        plain = plain.transpose(_TURNS[turn])
    clean = to_srgb(plain, profile)
    clean.info = {}
    return clean, full_width, full_height, fitting


def encode(image: Image.Image, kind: str, **options: Any) -> bytes:
    """One file without metadata."""
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def master_of(image: Image.Image, full: tuple[int, int], wanted: dict[str, int]) -> bytes | None:
    """The square JPEG for marketplaces: whole, on white. None when the source is too small."""
    if min(full) < wanted["source_min_px"]:
        return None
    side = min(max(*full, wanted["side_min_px"]), wanted["side_max_px"])
    longest = max(image.size)
    width, height = (max(1, round(one * side / longest)) for one in image.size)
    square = Image.new("RGB", (side, side), (255, 255, 255))
    fitted = image.resize((width, height), Image.Resampling.LANCZOS)
    square.paste(fitted, ((side - width) // 2, (side - height) // 2))
    for quality in (88, 78, 65, 50, 30):
        body = encode(square, "JPEG", quality=quality, optimize=True)
        if len(body) <= wanted["max_bytes"]:
            return body
    return None


def sharpness_of(grey: Image.Image) -> int | None:
    """Percent of the detail that is fine, where there is most of it; None for a bare surface.

    What is sharp somewhere may be soft elsewhere (a jar before a far wall), so only the eighth
    of the picture with the most detail counts.
    """
    near = ImageChops.difference(grey, grey.filter(ImageFilter.BoxBlur(1)))
    wide = ImageChops.difference(grey, grey.filter(ImageFilter.BoxBlur(4)))
    fine, all_of_it = (
        one.point(lambda value: min(255, value * 4)).resize((8, 8), Image.Resampling.BOX).tobytes()
        for one in (near, wide)
    )
    richest = sorted(range(64), key=lambda at: all_of_it[at])[-8:]
    total = sum(all_of_it[at] for at in richest)
    return round(100 * sum(fine[at] for at in richest) / total) if total > 64 else None


def brightness_of(grey: Image.Image) -> int:
    """The brightness (0 to 255) that nine tenths of the picture do not exceed."""
    counts = grey.histogram()
    left = sum(counts) * 0.9
    for value, count in enumerate(counts):
        left -= count
        if left <= 0:
            return value
    return 255


def subject_of(image: Image.Image) -> int | None:
    """Percent of the frame that differs from what lies round its edge; None if that is no plain
    background.
    """
    side, inner = 48, (3, 3, 45, 45)
    small = image.resize((side, side), Image.Resampling.BOX).convert("RGB")
    rim = Image.new("L", small.size, 255)
    rim.paste(0, inner)
    edge = side * side - (inner[2] - inner[0]) ** 2
    ground = tuple(_middle_of(band.histogram(rim), edge) for band in small.split())
    away = ImageChops.difference(small, Image.new("RGB", small.size, ground)).split()
    most = ImageChops.lighter(ImageChops.lighter(away[0], away[1]), away[2])
    differs = most.point([0] * 33 + [255] * 223)
    if differs.histogram(rim)[255] > edge // 5:
        return None
    return round(100 * differs.histogram()[255] / (side * side))


def _middle_of(counts: list[int], total: int) -> int:
    """The median of a histogram."""
    left = total // 2
    for value, count in enumerate(counts):
        left -= count
        if left < 0:
            return value
    return 255


def fingerprint_of(grey: Image.Image) -> str:
    """128 bits in hex that stay nearly the same when a picture is scaled, packed or brightened.

    Each says whether a place is brighter than the next one, to the right and below. "" for a
    picture in which there is too little to tell it from others.
    """
    across = grey.resize((9, 8), Image.Resampling.BOX).tobytes()
    down = grey.resize((8, 9), Image.Resampling.BOX).tobytes()
    falls = [across[9 * y + x] > across[9 * y + x + 1] + 2 for y in range(8) for x in range(8)]
    falls += [down[8 * y + x] > down[8 * (y + 1) + x] + 2 for y in range(8) for x in range(8)]
    if sum(falls) < 8:
        return ""
    return f"{sum(1 << at for at, falling in enumerate(falls) if falling):032x}"


def look_at(small: Image.Image) -> dict[str, Any]:
    """What the photo coach wants to know, measured on a copy of at most 640 px."""
    grey = small.convert("L")
    return {
        "sharpness_pct": sharpness_of(grey),
        "brightness": brightness_of(grey),
        "subject_pct": subject_of(small),
        "fingerprint": fingerprint_of(grey),
    }


Made = tuple[dict[str, Any], list[bytes]]


def work(original: bytes, orders: dict[str, Any]) -> Made:
    """The answer's header and the bodies in its order."""
    opened = open_guarded(original, orders["max_pixels"])
    return first(opened, orders) if orders["part"] == "first" else rest(opened, orders)


def first(opened: Image.Image, orders: dict[str, Any]) -> Made:
    """What a person waits for: WebP and JPEG of each width, smallest first, and the look."""
    image, full_width, full_height, widths = upright(opened, orders["widths_px"], 0)
    opened.close()  # 48 MB of a photo of 12 MP
    said: list[dict[str, Any]] = []
    bodies: list[bytes] = []
    small = image
    # Each width is made from the one above it: far cheaper than from the original again.
    for width in reversed(widths):
        image = narrowed(image, width, full_height / full_width)
        if max(image.size) >= 640 or image.width == widths[-1]:
            small = image
        for kind, body in (
            ("jpeg", encode(image, "JPEG", quality=80, progressive=True, optimize=True)),
            ("webp", encode(image, "WEBP", **_WEBP)),
        ):
            said.insert(0, shape_of(image, kind, body))
            bodies.insert(0, body)
    small = small.copy()
    small.thumbnail((640, 640), Image.Resampling.LANCZOS)
    image.thumbnail((16, 16))
    tiny = base64.b64encode(encode(image, "WEBP", quality=20, method=6)).decode()
    header = {
        "width_px": full_width,
        "height_px": full_height,
        "placeholder": f"data:image/webp;base64,{tiny}",
        "renditions": said,
        "look": look_at(small),
    }
    return header, bodies


def rest(opened: Image.Image, orders: dict[str, Any]) -> Made:
    """What nobody waits for: AVIF of some widths, smallest first, and the master last."""
    from PIL import AvifImagePlugin  # noqa: F401 - it registers itself

    wanted = orders["master"]
    image, full_width, full_height, widths = upright(
        opened, orders["avif_widths_px"], wanted["side_max_px"]
    )
    opened.close()
    master = master_of(image, (full_width, full_height), wanted)
    said: list[dict[str, Any]] = []
    bodies: list[bytes] = []
    for width in reversed([one for one in widths if one in orders["avif_widths_px"]]):
        image = narrowed(image, width, full_height / full_width)
        body = encode(image, "AVIF", **orders["avif"], max_threads=1)
        said.insert(0, shape_of(image, "avif", body))
        bodies.insert(0, body)
    header = {
        "width_px": full_width,
        "height_px": full_height,
        "renditions": said,
        "master_bytes": len(master) if master else 0,
    }
    return header, [*bodies, *([master] if master else [])]


def narrowed(image: Image.Image, width: int, height_by_width: float) -> Image.Image:
    """The picture at a width; its height by the full photo's sides, not by what was rounded."""
    if width == image.width:
        return image
    height = max(1, round(height_by_width * width))
    return image.resize((width, height), Image.Resampling.BICUBIC)


def shape_of(image: Image.Image, kind: str, body: bytes) -> dict[str, Any]:
    """One line of the answer's header."""
    sides = {"width_px": image.width, "height_px": image.height}
    return {**sides, "format": kind, "size_bytes": len(body)}


def answer(original: bytes, orders: dict[str, Any]) -> tuple[dict[str, Any], list[bytes]]:
    """`work`, with every way to fail turned into a code."""
    try:
        return work(original, orders)
    except Refused as refused:
        return {"problem": str(refused)}, []
    except (MemoryError, Image.DecompressionBombError):
        return {"problem": "photo.bomb"}, []
    except ValueError as error:
        # Pillow's word for a text chunk that unpacks without end.
        bomb = "Decompressed data too large" in str(error)
        return {"problem": "photo.bomb" if bomb else "photo.truncated"}, []
    except Exception:  # broken files raise anything; a person sends it again
        return {"problem": "photo.truncated"}, []


def main() -> None:
    """Limit, read, work, answer."""
    orders = json.loads(sys.argv[1])
    limit(orders)
    original = sys.stdin.buffer.read()
    header, bodies = answer(original, orders)
    sys.stdout.buffer.write(json.dumps(header).encode() + b"\n" + b"".join(bodies))
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
