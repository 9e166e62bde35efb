"""Renditions: upright, clean, never larger than the source, in the right colours."""

import hashlib
import io
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from market.photos.render import Rendered, render, render_rest
from market.photos.rules import PictureFormat, rendition_widths
from tests.kit import pictures

pytestmark = pytest.mark.asyncio

TRACES = (
    b"Exif", b"GPS", b"http://ns.adobe.com", b"xmpmeta", b"xpacket", b"XMP ", b"EXIF", b"ICCP",
    b"ICC_PROFILE", b"acsp", b"8BIM", b"Photoshop", b"Ducky", b"Adobe", b"<script", b"PlantedMaker",
    pictures.SECRET_PLACE.encode(),
)  # fmt: skip
REAL = Path(__file__).parents[4] / "shared" / "data" / "photos"


def assert_clean(body: bytes) -> None:
    """Not a byte of metadata: neither by name, nor by what Pillow finds, nor as a segment."""
    for trace in TRACES:
        assert trace not in body, trace
    with Image.open(io.BytesIO(body)) as image:
        allowed = {"jfif", "jfif_version", "jfif_unit", "jfif_density", "dpi"}
        allowed |= {"progressive", "progression", "loop", "background", "timestamp", "duration"}
        assert set(image.info) <= allowed
        assert not dict(image.getexif())
        assert image.mode == "RGB"
    if body.startswith(b"\xff\xd8"):
        assert body.endswith(b"\xff\xd9")
        assert not any(bytes((0xFF, marker)) in body[:24] for marker in range(0xE1, 0xF0))
        assert b"\xff\xfe" not in body[: body.index(b"\xff\xda")]


def assert_whole(done: Rendered) -> None:
    """Every promise that does not depend on the picture."""
    widths = rendition_widths(done.width_px)
    assert [r.width_px for r in done.renditions] == [w for w in widths for _ in range(2)]
    assert [r.format for r in done.renditions] == [PictureFormat.WEBP, PictureFormat.JPEG] * len(
        widths
    )
    for made in done.renditions:
        assert_clean(made.body)
        assert made.sha256 == hashlib.sha256(made.body).hexdigest()
        assert abs(made.height_px - done.height_px * made.width_px / done.width_px) <= 1
        with Image.open(io.BytesIO(made.body)) as image:
            assert image.size == (made.width_px, made.height_px)
            assert (image.format or "").lower() == made.format
    assert done.placeholder.startswith("data:image/webp;base64,")
    assert len(done.placeholder) <= 300


@pytest.mark.parametrize("orientation", range(1, 9))
async def test_every_orientation_comes_out_upright(orientation: int) -> None:
    done = await render(pictures.phone_jpeg(orientation=orientation))
    assert (done.width_px, done.height_px) == (1200, 800)
    assert_whole(done)
    assert all(pictures.is_upright(made.body) for made in done.renditions)


@pytest.mark.parametrize("orientation", [1, 6])
@pytest.mark.parametrize("draw", [pictures.png, pictures.webp])
async def test_png_and_webp_too(draw: Callable[..., bytes], orientation: int) -> None:
    done = await render(draw(orientation=orientation))
    assert (done.width_px, done.height_px) == (1200, 800)
    assert_whole(done)
    assert all(pictures.is_upright(made.body) for made in done.renditions)


@pytest.mark.parametrize("orientation", range(1, 9))
async def test_heic_of_every_orientation_is_upright_and_clean(orientation: int) -> None:
    original = pictures.heic(orientation=orientation)
    assert pictures.SECRET_PLACE.encode() in original
    done = await render(original)
    assert (done.width_px, done.height_px) == (1200, 800)
    assert_whole(done)
    assert all(pictures.is_upright(made.body) for made in done.renditions)
    rest = await render_rest(original)
    assert rest.master is not None
    assert_clean(rest.master.body)
    assert all(pictures.is_upright(made.body) for made in rest.avif)


async def test_a_portrait_of_a_phone_with_the_place_planted() -> None:
    original = pictures.phone_jpeg(pictures.pattern(3000, 4000), orientation=6)
    for planted in (b"Exif", b"8BIM", b"Ducky", b"ICC_PROFILE", b"xmpmeta", b"<script"):
        assert planted in original
    done = await render(original)
    assert (done.width_px, done.height_px) == (3000, 4000)
    assert [r.height_px for r in done.renditions[::2]] == [213, 640, 1280, 2133]
    assert_whole(done)
    assert all(pictures.is_upright(made.body) for made in done.renditions)


@pytest.mark.parametrize(
    ("sides", "wanted"),
    [
        ((3000, 4000), [(480, 640), (960, 1280)]),
        ((960, 4800), [(480, 2400), (960, 4800)]),
        ((700, 500), [(480, 343)]),
        ((479, 479), []),
    ],
    ids=str,
)
async def test_avif_of_the_widths_that_fit(
    sides: tuple[int, int], wanted: list[tuple[int, int]]
) -> None:
    rest = await render_rest(pictures.phone_jpeg(pictures.pattern(*sides), orientation=6))
    assert [(made.width_px, made.height_px) for made in rest.avif] == wanted
    for made in rest.avif:
        assert_clean(made.body)
        assert pictures.is_upright(made.body)
        with Image.open(io.BytesIO(made.body)) as image:
            assert (image.format, image.size) == ("AVIF", (made.width_px, made.height_px))


@pytest.mark.parametrize("width_px", [1600, 1599, 160, 90, 1])
async def test_nothing_is_made_larger(width_px: int) -> None:
    done = await render(pictures.phone_jpeg(pictures.pattern(max(width_px, 3), max(width_px, 3))))
    assert_whole(done)


async def test_the_colours_of_a_profile_are_turned_into_plain_ones() -> None:
    done = await render(pictures.phone_jpeg(icc=pictures.profile(swapped=True)))
    red, green, blue = pictures.corners_of(done.renditions[-1].body)["top left"]
    assert blue > 150 > red
    assert blue > 150 > green


async def test_a_damaged_profile_costs_nothing() -> None:
    done = await render(pictures.phone_jpeg(icc=b"not a profile" * 20))
    assert pictures.is_upright(done.renditions[-1].body)


@pytest.mark.parametrize("mode", ["L", "1", "P", "LA", "RGBA", "CMYK", "I;16"])
async def test_every_mode_of_pixels(mode: str) -> None:
    kind = "JPEG" if mode == "CMYK" else "PNG"
    image = pictures.pattern(400, 300).convert("L" if mode == "I;16" else mode)
    if mode == "I;16":
        image = image.convert("I").point(lambda value: value * 257).convert("I;16")
    out = io.BytesIO()
    image.save(out, kind)
    done = await render(out.getvalue())
    assert_whole(done)
    left = pictures.corners_of(done.renditions[-1].body)["bottom left"]
    right = pictures.corners_of(done.renditions[-1].body)["bottom right"]
    assert sum(right) > sum(left) + 100


async def test_what_is_see_through_lies_on_white() -> None:
    image = pictures.pattern(400, 300).convert("RGBA")
    image.putalpha(0)
    out = io.BytesIO()
    image.save(out, "PNG")
    for made in (await render(out.getvalue())).renditions:
        assert set(pictures.corners_of(made.body).values()) == {(255, 255, 255)}


async def test_a_second_frame_of_a_phone_is_left_behind() -> None:
    out = io.BytesIO()
    first = pictures.pattern()
    first.save(out, "MPO", save_all=True, append_images=[first.resize((300, 200))])
    with Image.open(io.BytesIO(out.getvalue())) as opened:
        assert opened.format == "MPO"
    done = await render(out.getvalue())
    assert_whole(done)
    assert pictures.is_upright(done.renditions[-1].body)


@pytest.mark.parametrize("path", sorted(REAL.glob("*.jpg")), ids=lambda path: path.stem)
async def test_the_photos_at_hand(path: Path) -> None:
    """Each pair Landscape_1 … _8 and Portrait_1 … _8 shows one scene; all must look like _1."""
    done = await render(path.read_bytes())
    assert_whole(done)
    assert (done.width_px > done.height_px) == path.stem.startswith("Landscape")
    with Image.open(path.with_name(f"{path.stem.split('_')[0]}_1.jpg")) as opened:
        wanted = opened.convert("L").resize((24, 24))
    with Image.open(io.BytesIO(done.renditions[-1].body)) as opened:
        seen = opened.convert("L").resize((24, 24))
    pairs = zip(wanted.tobytes(), seen.tobytes(), strict=True)
    assert sum(abs(a - b) for a, b in pairs) / 576 < 12
