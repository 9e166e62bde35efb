"""The photo coach: what it says of odd pictures, and that it is silent about ordinary ones."""

import io
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter

from market.demo.pictures import KINDS, draw
from market.photos.render import Rendered, render
from market.photos.rules import Look, advice, alike
from tests.kit.pictures import phone_jpeg

pytestmark = pytest.mark.asyncio

REAL = Path(__file__).parents[4] / "shared" / "data" / "photos"


def goods(kind: str = "honey", seed: int = 1) -> Image.Image:
    """A drawn picture of goods, sharp, bright and near."""
    with Image.open(io.BytesIO(draw(kind, seed))) as opened:
        return opened.convert("RGB")


def from_far() -> Image.Image:
    """A jar that takes little of a plain table."""
    table = Image.new("RGB", (1600, 1200), (226, 214, 196))
    draw_on = ImageDraw.Draw(table)
    draw_on.rectangle((760, 520, 900, 700), fill=(160, 90, 20))
    draw_on.rectangle((780, 560, 880, 640), fill=(250, 250, 240))
    return table


def said(done: Rendered, *, has_twin: bool = False) -> list[str]:
    """The codes of what the coach says."""
    found = advice(done.look, width_px=done.width_px, height_px=done.height_px, has_twin=has_twin)
    return [one.code for one in found]


@pytest.mark.parametrize(
    ("image", "codes"),
    [
        (goods(), []),
        (goods().filter(ImageFilter.GaussianBlur(5)), ["photo.blurred"]),
        (ImageEnhance.Brightness(goods()).enhance(0.25), ["photo.dark"]),
        (goods().resize((600, 450)), ["photo.small"]),
        (from_far(), ["photo.far"]),
    ],
    ids=["sharp", "blurred", "dark", "tiny", "far away"],
)
async def test_each_lack_has_its_sentence(image: Image.Image, codes: list[str]) -> None:
    assert said(await render(phone_jpeg(image))) == codes


async def test_a_sharp_thing_before_a_soft_wall_is_sharp() -> None:
    scene = goods().filter(ImageFilter.GaussianBlur(12))
    scene.paste(goods().crop((500, 300, 1100, 1000)), (500, 300))
    assert said(await render(phone_jpeg(scene))) == []


async def test_no_false_alarm_over_the_demo_and_no_goods_taken_for_others() -> None:
    seen = {kind: await render(draw(kind, 1)) for kind in KINDS}
    assert {kind: codes for kind, done in seen.items() if (codes := said(done))} == {}
    prints = [done.look.fingerprint for done in seen.values()]
    pairs = [(a, b) for at, a in enumerate(prints) for b in prints[at + 1 :] if alike(a, b)]
    assert pairs == []


async def test_no_false_alarm_over_the_photos_at_hand() -> None:
    seen = {path.stem: await render(path.read_bytes()) for path in sorted(REAL.glob("*.jpg"))}
    assert {name: codes for name, done in seen.items() if (codes := said(done))} == {}


async def test_the_same_picture_sent_smaller_and_packed_harder_is_known_again() -> None:
    first = await render(phone_jpeg(goods()))
    packed = io.BytesIO()
    goods().resize((1100, 825)).save(packed, "JPEG", quality=40)
    brighter = ImageEnhance.Brightness(goods()).enhance(1.05)
    for body in (packed.getvalue(), phone_jpeg(brighter)):
        assert alike(first.look.fingerprint, (await render(body)).look.fingerprint)
    assert said(first, has_twin=True) == ["photo.twin"]


async def test_a_bare_surface_is_like_nothing_and_not_called_blurred() -> None:
    done = await render(phone_jpeg(Image.new("RGB", (900, 900), (200, 180, 160))))
    assert done.look.sharpness_pct is None and done.look.fingerprint == ""
    assert said(done) == ["photo.far"]
    assert not alike("", "")


async def test_a_photo_from_before_is_not_judged() -> None:
    nothing = Look(sharpness_pct=None, brightness=None, subject_pct=None, fingerprint="")
    assert advice(nothing, width_px=1600, height_px=1200, has_twin=False) == []
