"""What may be sent as a photo, under which keys it lies, and which widths are made of it."""

import struct
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from uuid import UUID

from integrations.contracts.errors import N_, Problem, TooLarge

ORIGINAL_MAX_BYTES = 15 * 1024 * 1024
# Phones sold as "50 MP" write up to 8192 x 6144 = 50.3 million pixels, "24 MP" ones 24.5.
JPEG_MAX_PIXELS = 50_400_000
OTHER_MAX_PIXELS = 24_500_000
# No camera of a phone makes this many; such a file was built to fill the memory.
BOMB_PIXELS = 250_000_000
# A strip of 1600 px width gets costly with its length, and WebP ends at 16,383 px a side.
SIDES_RATIO_MAX = 5
PHOTOS_MAX = 8  # of one listing, and as many as marketplaces show
RENDITION_WIDTHS_PX = (160, 480, 960, 1600)
# What buyers' phones choose for goods in a list and for the large picture.
AVIF_WIDTHS_PX = (480, 960)
AVIF: Final = {"quality": 62, "speed": 7}
# Marketplaces ask for 500 px at least and show 1000 and more as sharp; larger is only heavier.
MASTER: Final = {
    "source_min_px": 500,
    "side_min_px": 1000,
    "side_max_px": 1500,
    "max_bytes": 3 * 1024 * 1024,
}
# By pictures that were drawn or taken sharp (34 and more) and then softened (23 and less).
SHARPNESS_MIN_PCT = 26
BRIGHTNESS_MIN = 80
SUBJECT_MIN_PCT = 8
TWIN_BITS_MAX = 6


class PhotoFormat(StrEnum):
    """The formats that are taken in."""

    JPEG = "jpeg"
    PNG = "png"
    WEBP = "webp"
    HEIC = "heic"

    @property
    def extension(self) -> str:
        """The ending of its key, without a dot."""
        return "jpg" if self is PhotoFormat.JPEG else self.value

    @property
    def content_type(self) -> str:
        """The media type."""
        return f"image/{self.value}"

    @property
    def max_pixels(self) -> int:
        """The most pixels that are decoded. A JPEG can be read at a fraction of its size."""
        return JPEG_MAX_PIXELS if self is PhotoFormat.JPEG else OTHER_MAX_PIXELS


class PictureFormat(StrEnum):
    """The formats in which pictures are shown: AVIF comes later than the others."""

    JPEG = "jpeg"
    WEBP = "webp"
    AVIF = "avif"

    @property
    def extension(self) -> str:
        """The ending of its key, without a dot, and its name in rows."""
        return "jpg" if self is PictureFormat.JPEG else self.value

    @property
    def content_type(self) -> str:
        """The media type."""
        return f"image/{self.value}"


_SENTENCES = {
    "photo.empty": N_("The photo file is empty. Please take or choose the photo again."),
    "photo.too_large": N_(
        "The photo is larger than {max_mb} MB. Please choose a smaller photo size in the camera."
    ),
    "photo.too_many_pixels": N_(
        "The photo is too large: {megapixels} megapixels, at most {max_megapixels}. "
        "Please choose a smaller photo size in the camera."
    ),
    "photo.pdf": N_("This is a PDF paper. Please take a photo of the product instead."),
    "photo.gif": N_("This is a GIF picture. Please send a photo taken with the phone."),
    "photo.video": N_("This is a video. Please send a photo."),
    "photo.format": N_("This file is not a photo. Please send a JPEG, PNG, WebP or HEIC photo."),
    "photo.truncated": N_("The photo arrived incomplete or damaged. Please send it again."),
    "photo.animated": N_("This picture moves. Please send a photo that stands still."),
    "photo.shape": N_("The picture is too long and narrow. Please take a normal photo."),
    "photo.bomb": N_("This file is not a real photo. Please take a new photo with the phone."),
    "photo.too_many": N_("There are 8 photos already. Please remove one first."),
    "photo.last": N_("The goods need one photo. Please add another one first."),
    "photo.timeout": N_(
        "The photo takes too long to prepare. Please choose a smaller photo size in the camera."
    ),
}

_ADVICE = {
    "photo.blurred": N_("The photo is a little blurred. Please wipe the lens and take it again."),
    "photo.dark": N_("The photo is dark. Please take it again near a window or outside."),
    "photo.far": N_("The product looks small in the photo. Please take it again from nearer."),
    "photo.twin": N_("There is a photo like this one already. Please show another side."),
    "photo.small": N_(
        "The photo is too small for marketplaces. Please take a new one with the phone's camera."
    ),
}


@dataclass(frozen=True, slots=True)
class Look:
    """What was measured on a photo; None where it says nothing.

    `brightness` is 0 to 255, `fingerprint` 128 bits in hex ("" for none).
    """

    sharpness_pct: int | None
    brightness: int | None
    subject_pct: int | None
    fingerprint: str


def advice(look: Look, *, width_px: int, height_px: int, has_twin: bool) -> list[Problem]:
    """What could be better about a photo that is ready, the gravest first; never a refusal."""
    dark = look.brightness is not None and look.brightness < BRIGHTNESS_MIN
    near = look.subject_pct is None or look.subject_pct >= SUBJECT_MIN_PCT
    found = {
        "photo.small": too_small(width_px, height_px),
        "photo.dark": dark,
        "photo.blurred": look.sharpness_pct is not None and look.sharpness_pct < SHARPNESS_MIN_PCT,
        "photo.far": not near and not dark,  # in the dark nothing stands out
        "photo.twin": has_twin,
    }
    return [Problem(code, _ADVICE[code], field="photo") for code, true in found.items() if true]


def too_small(width_px: int, height_px: int) -> bool:
    """True when no marketplace shows a picture of these sides."""
    return min(width_px, height_px) < MASTER["source_min_px"]


def master_side_px(width_px: int, height_px: int) -> int:
    """The side of the square for marketplaces that is made of a photo of these sides."""
    return min(max(width_px, height_px, MASTER["side_min_px"]), MASTER["side_max_px"])


def alike(one: str, other: str) -> bool:
    """True when two fingerprints are of nearly the same picture; one that is "" is like none."""
    return bool(one and other) and (int(one, 16) ^ int(other, 16)).bit_count() <= TWIN_BITS_MAX


_HEIC_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis"})
_HEIC_MOVING_BRANDS = frozenset({b"hevc", b"hevx", b"hevm", b"hevs", b"msf1"})
_MOVING_BRANDS = (b"isom", b"iso2", b"mp41", b"mp42", b"avc1", b"qt  ", b"3gp", b"M4V", b"dash")


def refusal(code: str, *, width_px: int = 0, height_px: int = 0) -> Problem:
    """The `Problem` of one of the `photo.…` codes, ready to raise.

    The sides are only needed for `photo.too_many_pixels`, whose sentence names them; the limit
    named there is the one for JPEG unless the caller changes `params`.
    """
    params = {
        "max_mb": ORIGINAL_MAX_BYTES // (1024 * 1024),
        "megapixels": -(-width_px * height_px // 1_000_000),
        "max_megapixels": JPEG_MAX_PIXELS // 1_000_000,
    }
    kind = TooLarge if code in ("photo.too_large", "photo.too_many_pixels") else Problem
    sentence = _SENTENCES[code]
    used = {name: value for name, value in params.items() if f"{{{name}}}" in sentence}
    return kind(code, sentence, field="photo", params=used)


def check_upload(head: bytes, *, size_bytes: int) -> PhotoFormat:
    """Judge a file by its length and its first bytes (the whole file or at least 64 KiB of it).

    What lies deeper (a cut-off end, a JPEG header behind a long preamble) is found by the
    decoder later. Raises a `Problem` with a `photo.…` code and a sentence for the sender.
    """
    if size_bytes == 0:
        raise refusal("photo.empty")
    if size_bytes > ORIGINAL_MAX_BYTES:
        raise refusal("photo.too_large")
    kind = sniff(head)
    if _is_animated(head, kind):
        raise refusal("photo.animated")
    if kind is PhotoFormat.WEBP and len(head) >= 12:
        (declared,) = struct.unpack_from("<I", head, 4)
        if declared + 8 > size_bytes + 1:  # an odd last chunk may lack its padding byte
            raise refusal("photo.truncated")
    if (sides := measure(head, kind)) is not None:
        check_sides(*sides, kind=kind)
    return kind


def check_sides(width_px: int, height_px: int, *, kind: PhotoFormat) -> None:
    """Raise for more pixels than are decoded, or for a strip that no rendition can hold."""
    pixels = width_px * height_px
    if pixels > BOMB_PIXELS:
        raise refusal("photo.bomb")
    if pixels > kind.max_pixels:
        problem = refusal("photo.too_many_pixels", width_px=width_px, height_px=height_px)
        problem.params["max_megapixels"] = kind.max_pixels // 1_000_000
        raise problem
    if max(width_px, height_px) > SIDES_RATIO_MAX * min(width_px, height_px):
        raise refusal("photo.shape")


def sniff(head: bytes) -> PhotoFormat:
    """The format by its first bytes, whatever the name or the browser says.

    Raises a `Problem` that names what the file really is, where people meet it often.
    """
    if head.startswith(b"\xff\xd8\xff"):
        return PhotoFormat.JPEG
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return PhotoFormat.PNG
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return PhotoFormat.WEBP
    if b"%PDF-" in head[:1024]:
        raise refusal("photo.pdf")
    if head.startswith((b"GIF87a", b"GIF89a")):
        raise refusal("photo.gif")
    if head[4:8] == b"ftyp" and _is_still(head):
        return PhotoFormat.HEIC
    if len(head) < 12 and (b"\xff\xd8\xff".startswith(head) or b"\x89PNG".startswith(head[:4])):
        raise refusal("photo.truncated")
    raise refusal("photo.format")


def _is_still(head: bytes) -> bool:
    """True for a HEIC, False for an unknown kind of ISO media; raises for what moves."""
    brand = head[8:12]
    if brand in _HEIC_MOVING_BRANDS:
        raise refusal("photo.animated")
    if brand.startswith(_MOVING_BRANDS):
        raise refusal("photo.video")
    return brand in _HEIC_BRANDS or (brand == b"mif1" and bool(_HEIC_BRANDS & _brands(head)))


def _brands(head: bytes) -> set[bytes]:
    """What an ISO media file says that it can be read as, behind its first brand."""
    end = min(int.from_bytes(head[:4], "big"), 256)
    return {head[at : at + 4] for at in range(16, end, 4)}


def measure(head: bytes, kind: PhotoFormat) -> tuple[int, int] | None:
    """Width and height as stored (before turning), or None when they lie behind `head`."""
    try:
        if kind is PhotoFormat.PNG:
            return _pair(struct.unpack_from(">II", head, 16))
        if kind is PhotoFormat.JPEG:
            return _measure_jpeg(head)
        if kind is PhotoFormat.HEIC:
            return _measure_heic(head)
        return _measure_webp(head)
    except (struct.error, IndexError):
        return None


def original_key(photo_id: UUID, kind: PhotoFormat) -> str:
    """Where the file lies as it was sent. Private: it holds the place where it was taken."""
    return f"photos/{photo_id}/original.{kind.extension}"


def rendition_key(sha256_hex: str, kind: PictureFormat) -> str:
    """Where a public picture lies: named by its content, so it may be cached for ever."""
    return f"r/{sha256_hex[:32]}.{kind.extension}"


def rendition_widths(source_width_px: int) -> tuple[int, ...]:
    """The widths to make, smallest first. Never larger than the source; always at least one."""
    fitting = tuple(width for width in RENDITION_WIDTHS_PX if width <= source_width_px)
    return fitting or (source_width_px,)


def _pair(sides: tuple[int, ...]) -> tuple[int, int] | None:
    """Two sides, None when one of them is nothing (the decoder says what is wrong)."""
    width, height = sides
    return (width, height) if width and height else None


def _measure_jpeg(head: bytes) -> tuple[int, int] | None:
    at = 2
    while at + 4 <= len(head):
        if head[at] != 0xFF:
            return None
        marker = head[at + 1]
        if marker == 0xFF or 0xD0 <= marker <= 0xD8 or marker == 0x01:
            at += 1 if marker == 0xFF else 2
            continue
        # SOF0 to SOF15, but C4, C8 and CC in that range are tables and extensions.
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack_from(">HH", head, at + 5)
            return _pair((width, height))
        if marker in (0xD9, 0xDA):
            return None
        (length,) = struct.unpack_from(">H", head, at + 2)
        at += 2 + length
    return None


def _measure_heic(head: bytes) -> tuple[int, int] | None:
    """The largest of the pictures inside: tiles, thumbnail and depth map are smaller."""
    sides: list[tuple[int, int]] = []
    at = head.find(b"ispe")
    while at >= 0:
        sides.append(struct.unpack_from(">II", head, at + 8))
        at = head.find(b"ispe", at + 4)
    return _pair(max(sides, key=lambda one: one[0] * one[1])) if sides else None


def _measure_webp(head: bytes) -> tuple[int, int] | None:
    chunk = head[12:16]
    if chunk == b"VP8X":
        width = int.from_bytes(head[24:27], "little") + 1
        height = int.from_bytes(head[27:30], "little") + 1
        return (width, height) if len(head) >= 30 else None
    if chunk == b"VP8L":
        (bits,) = struct.unpack_from("<I", head, 21)
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if chunk == b"VP8 ":
        width, height = struct.unpack_from("<HH", head, 26)
        return _pair((width & 0x3FFF, height & 0x3FFF))
    return None


def _is_animated(head: bytes, kind: PhotoFormat) -> bool:
    """True for a WebP with the animation flag, and for a PNG with `acTL` before its data."""
    if kind is PhotoFormat.WEBP:
        return head[12:16] == b"VP8X" and len(head) > 20 and bool(head[20] & 0x02)
    if kind is PhotoFormat.PNG:
        before_data = head[: max(head.find(b"IDAT"), 0)]
        return b"acTL" in before_data
    return False
