"""Pictures of the demo goods, painted by our own code: no photo of anybody's goods is taken."""

import io
from collections.abc import Callable
from dataclasses import dataclass

from PIL import Image

from market.demo.painting import props, savoury, scenes
from market.demo.painting.paint import Canvas


@dataclass(frozen=True, slots=True)
class Scene:
    """What is painted, and on which walls and tables (the seed picks one of each)."""

    paint: Callable[[Canvas], None]
    walls: tuple[tuple[str, str], ...]
    woods: tuple[tuple[str, str], ...] = (("#D9B382", "#B98650"), ("#C99660", "#A06C3A"))
    horizon: float = 372  # where the table begins; higher for what is looked at from above


_CREAM = (("#FBF0DA", "#F3DDB6"), ("#FFF4E2", "#F2DFC0"))
_GREEN = (("#F1F5DF", "#DDE7C2"), ("#EAF3E2", "#CFE0C4"))
_SEA = (("#EAF3F2", "#D5E8EA"), ("#F0F5EF", "#D9E9E6"))
_HONEY = (("#FFF6DC", "#FBE6B0"), ("#FFF4D6", "#F7DFA4"))
_ROSE = (("#FBEADC", "#F1CFB6"), ("#FDF0E2", "#F3D9BE"))

_BROWN = (("#B98150", "#8F5A2E"), ("#C08A58", "#96602F"))
_LIGHT = (("#D9B382", "#B98650"), ("#E2C294", "#C39660"))

_SCENES = {
    "pomelo": Scene(scenes.pomelo, _GREEN),
    "pomelo_gift": Scene(scenes.pomelo_gift, _CREAM),
    "orange": Scene(scenes.orange, _GREEN),
    "orange_peel": Scene(scenes.orange_peel, _CREAM),
    "honey": Scene(scenes.honey, _HONEY),
    "wild_honey": Scene(scenes.wild_honey, _HONEY, _BROWN),
    "jackfruit_chips": Scene(scenes.jackfruit_chips, _GREEN),
    "green_tea": Scene(scenes.green_tea, _GREEN),
    "tea": Scene(scenes.tea, _CREAM),
    "peanuts": Scene(scenes.peanuts, _ROSE, _BROWN, horizon=210),
    "peanut_oil": Scene(scenes.peanut_oil, _CREAM),
    "peanut_candy": Scene(scenes.peanut_candy, _ROSE, horizon=316),
    "sesame_candy": Scene(scenes.sesame_candy, _CREAM, _LIGHT, horizon=316),
    "cu_do": Scene(scenes.cu_do, _CREAM, _BROWN),
    "cu_do_mini": Scene(scenes.cu_do_mini, _ROSE, _BROWN, horizon=250),
    "rice": Scene(scenes.rice, _GREEN),
    "deer_antler": Scene(scenes.deer_antler, _GREEN, _BROWN, horizon=210),
    "fish_sauce": Scene(savoury.fish_sauce, _SEA),
    "fish_sauce_gift": Scene(savoury.fish_sauce_gift, _CREAM, _LIGHT),
    "soy_sauce": Scene(savoury.soy_sauce, _GREEN),
    "dried_squid": Scene(savoury.dried_squid, _SEA, horizon=214),
    "fresh_squid": Scene(savoury.fresh_squid, _SEA, _LIGHT, horizon=250),
    "salted_shrimp_paste": Scene(savoury.salted_shrimp_paste, _SEA),
    "shrimp_mince": Scene(savoury.shrimp_mince, _CREAM),
}
KINDS = tuple(_SCENES)


def draw(kind: str, seed: int) -> bytes:
    """A JPEG of 1600 x 1200 px. The same kind and seed give the same bytes.

    The seed changes wall, wood, side and what is strewn. Raises `KeyError` for an unknown kind;
    `KINDS` has them all.
    """
    scene = _SCENES[kind]
    canvas = Canvas(seed)
    wall = scene.walls[seed % len(scene.walls)]
    wood = scene.woods[seed // 2 % len(scene.woods)]
    props.room(canvas, wall=wall, wood=wood, horizon=scene.horizon)
    scene.paint(canvas)
    image = canvas.finished()
    if seed % 4 >= 2:
        image = image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    out = io.BytesIO()
    image.save(out, "JPEG", quality=88)
    return out.getvalue()
