"""Pictures that tests draw: which way is up can be seen in the corners; secrets can be planted."""

import io
import struct
import zlib

from PIL import Image, ImageCms, ImageDraw, PngImagePlugin

CORNERS = {
    "top left": (200, 30, 30),
    "top right": (30, 160, 50),
    "bottom left": (30, 60, 200),
    "bottom right": (230, 200, 40),
}
SECRET_PLACE = "18 deg 20 min north, at home"
# What a viewer does to turn the stored picture up, undone: how a phone stored it.
_STORED = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


def pattern(width_px: int = 1200, height_px: int = 800) -> Image.Image:
    """An upright picture with another colour in each corner, and a grey middle."""
    image = Image.new("RGB", (width_px, height_px), (128, 128, 128))
    draw = ImageDraw.Draw(image)
    across, down = width_px // 3, height_px // 3
    for name, colour in CORNERS.items():
        left = 0 if "left" in name else width_px - across
        top = 0 if "top" in name else height_px - down
        draw.rectangle((left, top, left + across, top + down), fill=colour)
    return image


def corners_of(body: bytes) -> dict[str, tuple[int, int, int]]:
    """The colour in the middle of each corner of a file's picture."""
    with Image.open(io.BytesIO(body)) as opened:
        image = opened.convert("RGB")
    width, height = image.size
    seen: dict[str, tuple[int, int, int]] = {}
    for name in CORNERS:
        x = width // 8 if "left" in name else width - 1 - width // 8
        y = height // 8 if "top" in name else height - 1 - height // 8
        pixel = image.getpixel((x, y))
        assert isinstance(pixel, tuple)
        seen[name] = (int(pixel[0]), int(pixel[1]), int(pixel[2]))
    return seen


def is_upright(body: bytes, *, tolerance: int = 24) -> bool:
    """True when each corner has the colour that `pattern` gave it."""
    seen = corners_of(body)
    return all(
        abs(channel - wanted) <= tolerance
        for name, colour in CORNERS.items()
        for channel, wanted in zip(seen[name], colour, strict=True)
    )


def stored_as(image: Image.Image, orientation: int) -> Image.Image:
    """The pixels as a camera held in that way would store them."""
    turn = _STORED[orientation]
    return image if turn is None else image.transpose(turn)


def exif(orientation: int) -> Image.Exif:
    """EXIF with an orientation, a maker and the place where it was taken."""
    data = Image.Exif()
    data[0x0112] = orientation
    data[0x010F] = "PlantedMaker"
    data[0x010E] = SECRET_PLACE
    data.get_ifd(0x8825).update({1: "N", 2: (18.0, 20.0, 0.0), 3: "E", 4: (105.0, 54.0, 0.0)})
    return data


def xmp() -> bytes:
    """A packet as editors write it."""
    return (
        b'<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
        b"<planted>" + SECRET_PLACE.encode() + b'</planted></x:xmpmeta><?xpacket end="w"?>'
    )


def profile(*, swapped: bool = False) -> bytes:
    """An ICC profile: sRGB, or one whose red and blue stand for each other."""
    made = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    if not swapped:
        return made
    return made.replace(b"rXYZ", b"tmp!", 1).replace(b"bXYZ", b"rXYZ", 1).replace(b"tmp!", b"bXYZ")


def phone_jpeg(
    image: Image.Image | None = None, *, orientation: int = 1, icc: bytes | None = None
) -> bytes:
    """A JPEG as a phone sends it, with every kind of metadata planted, and bytes behind its end."""
    out = io.BytesIO()
    stored_as(image or pattern(), orientation).save(
        out,
        "JPEG",
        quality=90,
        exif=exif(orientation),
        xmp=xmp(),
        comment=SECRET_PLACE.encode(),
        icc_profile=icc or profile(),
    )
    body = with_segment(out.getvalue(), 0xEC, b"Ducky\x00\x01\x00\x04planted")
    body = with_segment(body, 0xED, b"Photoshop 3.0\x008BIM" + SECRET_PLACE.encode())
    return body + b"<script>alert('tail')</script>"


def with_segment(jpeg: bytes, marker: int, payload: bytes) -> bytes:
    """The JPEG with one more application segment after its start."""
    return jpeg[:2] + struct.pack(">BBH", 0xFF, marker, len(payload) + 2) + payload + jpeg[2:]


def png(image: Image.Image | None = None, *, orientation: int = 1) -> bytes:
    """A PNG with EXIF, XMP, texts and a profile."""
    info = PngImagePlugin.PngInfo()
    info.add_text("Comment", SECRET_PLACE)
    info.add_itxt("XML:com.adobe.xmp", xmp().decode())
    out = io.BytesIO()
    stored_as(image or pattern(), orientation).save(
        out, "PNG", exif=exif(orientation), pnginfo=info, icc_profile=profile(), compress_level=1
    )
    return out.getvalue()


def webp(image: Image.Image | None = None, *, orientation: int = 1) -> bytes:
    """A WebP with EXIF, XMP and a profile."""
    out = io.BytesIO()
    stored_as(image or pattern(), orientation).save(
        out,
        "WEBP",
        quality=90,
        method=0,
        exif=exif(orientation).tobytes(),
        xmp=xmp(),
        icc_profile=profile(),
    )
    return out.getvalue()


def heic(image: Image.Image | None = None, *, orientation: int = 1) -> bytes:
    """A HEIC as an iPhone saves it, with EXIF, XMP and a profile."""
    import pillow_heif

    made = pillow_heif.from_pillow(stored_as(image or pattern(), orientation))
    out = io.BytesIO()
    made.save(
        out,
        quality=80,
        exif=exif(orientation).tobytes(),
        xmp=xmp(),
        icc_profile=profile(),
    )
    return out.getvalue()


def moving(kind: str) -> bytes:
    """A picture of three frames, "WEBP", "PNG" or "GIF"."""
    frames = [Image.new("RGB", (64, 48), (shade, 80, 80)) for shade in (10, 120, 230)]
    out = io.BytesIO()
    frames[0].save(out, kind, save_all=True, append_images=frames[1:], duration=100)
    return out.getvalue()


def chunk(name: bytes, data: bytes) -> bytes:
    """One PNG chunk with its checksum."""
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def flat_png(width_px: int, height_px: int, *extra: bytes) -> bytes:
    """A tiny file that unpacks to a black picture of any size (1 bit a pixel)."""
    packer = zlib.compressobj(9)
    row = bytes(1 + (width_px + 7) // 8)
    packed = b"".join(packer.compress(row) for _ in range(height_px)) + packer.flush()
    header = struct.pack(">IIBBBBB", width_px, height_px, 1, 0, 0, 0, 0)
    start = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header)
    return start + b"".join(extra) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")


def text_bomb_png() -> bytes:
    """A small picture with a compressed comment of 100 MB."""
    packer = zlib.compressobj(9)
    packed = b"".join(packer.compress(bytes(1_000_000)) for _ in range(100)) + packer.flush()
    return flat_png(64, 64, chunk(b"zTXt", b"Comment\x00\x00" + packed))
