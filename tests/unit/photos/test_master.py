"""The square picture for marketplaces: whole, on white, within pixels and bytes."""

import io

import pytest
from PIL import Image, ImageStat

from market.photos.render import Rest, render_rest
from market.photos.rules import MASTER
from tests.kit import pictures
from tests.unit.photos.test_render import assert_clean

pytestmark = pytest.mark.asyncio


def opened(done: Rest) -> Image.Image:
    """The master's pixels, after what holds for each."""
    assert done.master is not None
    body = done.master.body
    assert len(body) <= MASTER["max_bytes"]
    assert_clean(body)
    with Image.open(io.BytesIO(body)) as image:
        assert image.format == "JPEG" and image.width == image.height == done.master.width_px
        assert MASTER["side_min_px"] <= image.width <= MASTER["side_max_px"]
        return image.convert("RGB")


def box_of(square: Image.Image) -> tuple[int, int, int, int]:
    """Where the picture lies: what is not white."""
    found = square.convert("L").point(lambda value: 255 if value < 240 else 0).getbbox()
    assert found is not None
    return found


@pytest.mark.parametrize("orientation", range(1, 9))
async def test_every_orientation_is_whole_and_upright(orientation: int) -> None:
    square = opened(await render_rest(pictures.phone_jpeg(orientation=orientation)))
    assert square.size == (1200, 1200)
    left, top, right, bottom = box_of(square)
    assert (left, right) == (0, 1200) and abs(top - 200) <= 4 and abs(bottom - 1000) <= 4
    out = io.BytesIO()
    square.crop((0, 200, 1200, 1000)).save(out, "PNG")
    assert pictures.is_upright(out.getvalue())


@pytest.mark.parametrize(
    ("sides", "side", "inside"),
    [
        ((500, 500), 1000, (1000, 1000)),
        ((500, 2500), 1500, (300, 1500)),
        ((2500, 500), 1500, (1500, 300)),
        ((700, 500), 1000, (1000, 714)),
        ((959, 1279), 1279, (959, 1279)),
        ((3000, 4000), 1500, (1125, 1500)),
        ((1501, 1500), 1500, (1500, 1499)),
    ],
    ids=str,
)
async def test_odd_aspects_are_padded_never_cut(
    sides: tuple[int, int], side: int, inside: tuple[int, int]
) -> None:
    square = opened(await render_rest(pictures.phone_jpeg(pictures.pattern(*sides))))
    assert square.size == (side, side)
    left, top, right, bottom = box_of(square)
    assert abs(right - left - inside[0]) <= 8 and abs(bottom - top - inside[1]) <= 8
    assert abs(left + right - side) <= 8 and abs(top + bottom - side) <= 8


async def test_grain_that_packs_badly_stays_below_three_megabytes() -> None:
    grain = [Image.effect_noise((1500, 1500), 120) for _ in range(3)]
    done = await render_rest(pictures.phone_jpeg(Image.merge("RGB", grain)))
    assert opened(done).size == (1500, 1500)


async def test_a_master_is_as_fine_as_its_photo() -> None:
    """900 px is between two widths: the master must not come from the smaller one."""
    stripes = Image.new("RGB", (900, 1200), (255, 255, 255))
    for x in range(0, 900, 4):
        stripes.paste((0, 0, 0), (x, 0, x + 2, 1200))
    square = opened(await render_rest(pictures.phone_jpeg(stripes)))
    low, high = ImageStat.Stat(square.crop((400, 500, 800, 700)).convert("L")).extrema[0]
    assert high - low > 150


@pytest.mark.parametrize("sides", [(499, 2000), (2000, 499), (16, 12)], ids=str)
async def test_too_small_has_none(sides: tuple[int, int]) -> None:
    done = await render_rest(pictures.phone_jpeg(pictures.pattern(*sides)))
    assert done.master is None
