"""What is taken in as a photo, what is refused with which sentence, and what lies where."""

import io
from uuid import UUID

import pytest
from PIL import Image

from integrations.contracts.errors import Problem, TooLarge
from market.photos import rules
from market.photos.rules import PhotoFormat, PictureFormat
from tests.kit import pictures

PHOTO_ID = UUID("0192d9f0-0000-7000-8000-000000000001")


def small(kind: str) -> bytes:
    """A small picture in a format of Pillow, or as an iPhone saves it."""
    if kind == "HEIC":
        return pictures.heic(pictures.pattern(90, 60))
    out = io.BytesIO()
    pictures.pattern(90, 60).save(out, kind)
    return out.getvalue()


def box(brand: bytes) -> bytes:
    """The first bytes of an ISO media file."""
    return b"\x00\x00\x00\x18ftyp" + brand + b"\x00" * 40


@pytest.mark.parametrize("kind", list(PhotoFormat))
def test_the_four_formats_are_known_by_their_bytes_and_measured(kind: PhotoFormat) -> None:
    body = small(kind.name)
    assert rules.check_upload(body, size_bytes=len(body)) is kind
    # The encoder of HEIC makes nothing lower than 64 px and has the rest cut off when shown.
    assert rules.measure(body, kind) == ((90, 64) if kind is PhotoFormat.HEIC else (90, 60))
    assert rules.measure(body[:14], kind) is None


def test_the_sides_of_every_webp_kind_are_read() -> None:
    lossless = io.BytesIO()
    pictures.pattern(91, 61).save(lossless, "WEBP", lossless=True)
    assert rules.measure(lossless.getvalue(), PhotoFormat.WEBP) == (91, 61)
    assert rules.measure(pictures.webp(), PhotoFormat.WEBP) == (1200, 800)
    assert rules.measure(b"RIFF....WEBPXXXX" + bytes(40), PhotoFormat.WEBP) is None


def test_a_jpeg_is_measured_behind_its_metadata() -> None:
    assert rules.measure(pictures.phone_jpeg(), PhotoFormat.JPEG) == (1200, 800)
    assert rules.measure(b"\xff\xd8\xff\xff\xd0\xff\xda\x00\x02", PhotoFormat.JPEG) is None
    assert rules.measure(b"\xff\xd8\xff\xfe\x00\x02junk", PhotoFormat.JPEG) is None


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "photo.empty"),
        (b"\xff\xd8", "photo.truncated"),
        (b"\x89PN", "photo.truncated"),
        (b"%PDF-1.7\n" + b"x" * 50, "photo.pdf"),
        (b"\xef\xbb\xbf\n%PDF-1.4", "photo.pdf"),
        (b"GIF89a" + b"x" * 50, "photo.gif"),
        (box(b"msf1"), "photo.animated"),
        (box(b"hevc"), "photo.animated"),
        (box(b"mif1"), "photo.format"),
        (box(b"isom"), "photo.video"),
        (box(b"qt  "), "photo.video"),
        (box(b"avif"), "photo.format"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'></svg>", "photo.format"),
        (b"<html><script>alert(1)</script></html>", "photo.format"),
        (b"PK\x03\x04" + b"x" * 50, "photo.format"),
        (b"MZ" + b"x" * 50, "photo.format"),
    ],
)
def test_what_it_is_not_is_said(body: bytes, code: str) -> None:
    with pytest.raises(Problem) as caught:
        rules.check_upload(body, size_bytes=len(body))
    assert (caught.value.code, caught.value.field) == (code, "photo")
    assert caught.value.message.format(**caught.value.params)


def test_too_many_bytes_are_refused_by_length_alone() -> None:
    with pytest.raises(TooLarge) as caught:
        rules.check_upload(b"\xff\xd8\xff", size_bytes=rules.ORIGINAL_MAX_BYTES + 1)
    assert caught.value.code == "photo.too_large"
    assert caught.value.params == {"max_mb": 15}


@pytest.mark.parametrize("kind", ["WEBP", "PNG", "GIF"])
def test_moving_pictures_are_refused(kind: str) -> None:
    body = pictures.moving(kind)
    with pytest.raises(Problem) as caught:
        rules.check_upload(body, size_bytes=len(body))
    assert caught.value.code == ("photo.gif" if kind == "GIF" else "photo.animated")


def test_a_webp_that_is_shorter_than_it_says_is_cut_off() -> None:
    body = small("WEBP")[:-100]
    with pytest.raises(Problem) as caught:
        rules.check_upload(body, size_bytes=len(body))
    assert caught.value.code == "photo.truncated"


@pytest.mark.parametrize(
    ("width", "height", "kind", "code"),
    [
        (8192, 6144, PhotoFormat.JPEG, None),
        (6000, 4000, PhotoFormat.PNG, None),
        (5000, 1000, PhotoFormat.JPEG, None),
        (9000, 6000, PhotoFormat.JPEG, "photo.too_many_pixels"),
        (6000, 5000, PhotoFormat.PNG, "photo.too_many_pixels"),
        (6000, 5000, PhotoFormat.WEBP, "photo.too_many_pixels"),
        (30_000, 30_000, PhotoFormat.PNG, "photo.bomb"),
        (6000, 1000, PhotoFormat.JPEG, "photo.shape"),
        (100, 501, PhotoFormat.JPEG, "photo.shape"),
    ],
)
def test_sides(width: int, height: int, kind: PhotoFormat, code: str | None) -> None:
    if code is None:
        rules.check_sides(width, height, kind=kind)
        return
    with pytest.raises(Problem) as caught:
        rules.check_sides(width, height, kind=kind)
    assert caught.value.code == code


def test_the_sentence_names_both_numbers() -> None:
    with pytest.raises(Problem) as caught:
        rules.check_sides(6000, 5000, kind=PhotoFormat.PNG)
    assert caught.value.params == {"megapixels": 30, "max_megapixels": 24}
    assert "30 megapixels, at most 24" in caught.value.message.format(**caught.value.params)


def test_keys_say_what_is_private_and_what_is_content() -> None:
    assert rules.original_key(PHOTO_ID, PhotoFormat.JPEG) == f"photos/{PHOTO_ID}/original.jpg"
    assert rules.rendition_key("ab" * 32, PictureFormat.WEBP) == "r/" + "ab" * 16 + ".webp"
    assert rules.rendition_key("ab" * 32, PictureFormat.JPEG).endswith(".jpg")
    assert PhotoFormat.JPEG.content_type == "image/jpeg"


@pytest.mark.parametrize(
    ("source", "widths"),
    [
        (4000, (160, 480, 960, 1600)),
        (1600, (160, 480, 960, 1600)),
        (1599, (160, 480, 960)),
        (160, (160,)),
        (90, (90,)),
    ],
)
def test_widths_never_grow(source: int, widths: tuple[int, ...]) -> None:
    assert rules.rendition_widths(source) == widths


def test_the_kit_draws_what_it_says() -> None:
    for orientation in range(1, 9):
        body = pictures.phone_jpeg(orientation=orientation)
        with Image.open(io.BytesIO(body)) as image:
            assert image.getexif().get(0x0112) == orientation
            assert image.getexif().get_ifd(0x8825)[1] == "N"
        assert pictures.is_upright(body) is (orientation == 1)
