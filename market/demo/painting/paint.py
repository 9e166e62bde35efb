"""A small painter on Pillow: soft shapes, gradients and shadows with smooth edges."""

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from random import Random

from PIL import Image, ImageChops, ImageDraw, ImageFilter

Point = tuple[float, float]
Path = Sequence[Point]
Fill = Callable[[tuple[int, int]], Image.Image]

WIDTH, HEIGHT = 800, 600  # units that scenes are written in
FRAME = (40, 50, 760, 590)  # the part of the units that is kept
OUT = (1600, 1200)  # pixels of the finished picture
PX = OUT[0] / (FRAME[2] - FRAME[0])  # pixels a unit
FINE = 3  # edges are drawn this many times finer and then averaged


def rgb(colour: str) -> tuple[int, int, int]:
    """ "#RRGGBB" as three numbers."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def mix(first: str, second: str, share: float) -> str:
    """A colour between two; share 0 is the first."""
    pairs = zip(rgb(first), rgb(second), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02X}" for a, b in pairs)


def ramp(stops: Sequence[str]) -> list[int]:
    """256 colours through the stops, flat, as a palette."""
    flat: list[int] = []
    for step in range(256):
        at = step / 255 * (len(stops) - 1)
        low = min(int(at), len(stops) - 2)
        flat += rgb(mix(stops[low], stops[low + 1], at - low))
    return flat


def linear(*stops: str, across: bool = False) -> Fill:
    """Colours from top to bottom, or from left to right."""

    def fill(size: tuple[int, int]) -> Image.Image:
        strip = Image.frombytes("RGB", (1, 256), bytes(ramp(stops)))
        turned = strip.transpose(Image.Transpose.ROTATE_90) if across else strip
        return turned.resize(size, Image.Resampling.BILINEAR)

    return fill


def radial(*stops: str, at: Point = (0.36, 0.3), reach: float = 0.85) -> Fill:
    """Colours outward from a point; `at` and `reach` are shares of the shape's box."""

    def fill(size: tuple[int, int]) -> Image.Image:
        small = (max(2, size[0] // 6), max(2, size[1] // 6))
        across, down = 128 / reach / small[0], 128 / reach / small[1]
        left, top = 128 - at[0] * 128 / reach, 128 - at[1] * 128 / reach
        grey = Image.radial_gradient("L").transform(
            small,
            Image.Transform.AFFINE,
            (across, 0, left, 0, down, top),
            Image.Resampling.BILINEAR,
            fillcolor=255,
        )
        grey.putpalette(ramp(stops))
        return grey.convert("RGB").resize(size, Image.Resampling.BILINEAR)

    return fill


def flat(colour: str) -> Fill:
    """One colour."""
    return lambda size: Image.new("RGB", size, rgb(colour))


def smooth(points: Path, *, closed: bool = True, steps: int = 8) -> list[Point]:
    """A curve through the points (Catmull-Rom)."""
    count = len(points)
    curve: list[Point] = []
    for here in range(count if closed else count - 1):
        picks = [here - 1, here, here + 1, here + 2]
        if closed:
            a, b, c, d = (points[index % count] for index in picks)
        else:
            a, b, c, d = (points[min(max(index, 0), count - 1)] for index in picks)
        for step in range(steps):
            t = step / steps
            curve.append(
                (
                    _between(a[0], b[0], c[0], d[0], t),
                    _between(a[1], b[1], c[1], d[1], t),
                )
            )
    if not closed:
        curve.append(points[-1])
    return curve


def _between(a: float, b: float, c: float, d: float, t: float) -> float:
    return 0.5 * (
        2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3
    )


def oval(x: float, y: float, rx: float, ry: float, turn: float = 0) -> list[Point]:
    """An ellipse around a point, turned clockwise by degrees."""
    count = max(16, min(96, int((rx + ry) / 2)))
    angles = (2 * math.pi * index / count for index in range(count))
    return place([(rx * math.cos(a), ry * math.sin(a)) for a in angles], x, y, turn=turn)


def arc(x: float, y: float, rx: float, ry: float, span: tuple[float, float]) -> list[Point]:
    """A part of an ellipse; `span` in degrees clockwise from the right."""
    start, end = span
    count = 96 if max(rx, ry) > 60 else 32
    angles = (math.radians(start + (end - start) * index / count) for index in range(count + 1))
    return [(x + rx * math.cos(a), y + ry * math.sin(a)) for a in angles]


def block(left: float, top: float, right: float, bottom: float, round_by: float = 0) -> list[Point]:
    """A rectangle with rounded corners."""
    r = round_by
    if not r:
        return [(left, top), (right, top), (right, bottom), (left, bottom)]
    return (
        arc(right - r, top + r, r, r, (-90, 0))
        + arc(right - r, bottom - r, r, r, (0, 90))
        + arc(left + r, bottom - r, r, r, (90, 180))
        + arc(left + r, top + r, r, r, (180, 270))
    )


def place(
    path: Path, x: float, y: float, *, size: float = 1, turn: float = 0, flip: bool = False
) -> list[Point]:
    """A path drawn around 0,0 put elsewhere: mirrored, turned clockwise by degrees, scaled."""
    cos, sin = math.cos(math.radians(turn)) * size, math.sin(math.radians(turn)) * size
    sign = -1 if flip else 1
    return [(x + px * sign * cos - py * sin, y + px * sign * sin + py * cos) for px, py in path]


def points(text: str) -> list[Point]:
    """A path written as in SVG: "x,y x,y"."""
    pairs = (pair.split(",") for pair in text.split())
    return [(float(x), float(y)) for x, y in pairs]


def mirrored(half: Path, x: float) -> list[Point]:
    """A closed outline from its right half, given as (distance from the axis, y) downwards."""
    return [(x + dx, y) for dx, y in half] + [(x - dx, y) for dx, y in reversed(half)]


def tube(path: Path, widths: Sequence[float]) -> list[Point]:
    """The outline of something round and bent: its half width at each point of an open path."""
    left: list[Point] = []
    right: list[Point] = []
    for index, (x, y) in enumerate(path):
        before, after = path[max(index - 1, 0)], path[min(index + 1, len(path) - 1)]
        dx, dy = after[0] - before[0], after[1] - before[1]
        far = math.hypot(dx, dy) or 1
        half = widths[index]
        left.append((x - dy / far * half, y + dx / far * half))
        right.append((x + dy / far * half, y - dx / far * half))
    (x, y), (bx, by), half = path[-1], path[-2], widths[-1]
    far = math.hypot(x - bx, y - by) or 1
    tip = (x + (x - bx) / far * half, y + (y - by) / far * half)
    return [*left, tip, *reversed(right)]


@lru_cache(maxsize=64)
def _faded(alpha: float) -> list[int]:
    """A table that scales a mask."""
    return [int(value * alpha) for value in range(256)]


class Canvas:
    """What is painted on. Everything is told in units; the light comes from the upper left."""

    def __init__(self, seed: int, *, size: tuple[float, float] | None = None) -> None:
        width, height = size or (WIDTH, HEIGHT)
        self.random = Random(seed)  # noqa: S311 - pictures, not secrets
        # A sprite is see-through where nothing was painted, and warm brown where it fades out.
        mode, ground = ("RGBA", (120, 80, 40, 0)) if size else ("RGB", (255, 255, 255))
        self.image = Image.new(mode, (round(width * PX), round(height * PX)), ground)
        self._clip = (0, 0, *self.image.size)

    def shape(self, path: Path, fill: Fill | str, alpha: float = 1) -> None:
        """Fill a closed path with a colour or a gradient."""
        box = self._box(path)
        if box is None:
            return
        mask = self._mask(path, box, round(255 * alpha))
        size = (box[2] - box[0], box[3] - box[1])
        paint = (flat(fill) if isinstance(fill, str) else fill)(size)
        self.image.paste(paint.convert(self.image.mode), box[:2], mask)

    def line(self, path: Path, colour: str, width: float, alpha: float = 1) -> None:
        """A round-ended stroke along an open path."""
        self.lines([path], colour, width, alpha)

    def lines(self, paths: Sequence[Path], colour: str, width: float, alpha: float = 1) -> None:
        """Many strokes of one colour at once; where they cross they do not add up."""
        box = self._box([point for path in paths for point in path], margin=width)
        if box is None:
            return
        mask = Image.new("L", ((box[2] - box[0]) * FINE, (box[3] - box[1]) * FINE), 0)
        draw = ImageDraw.Draw(mask)
        shade, wide = round(255 * alpha), max(1, round(width * PX * FINE))
        for path in paths:
            spots = _scaled(path, box)
            draw.line(spots, fill=shade, width=wide, joint="curve")
            for x, y in (spots[0], spots[-1]):
                draw.ellipse((x - wide / 2, y - wide / 2, x + wide / 2, y + wide / 2), fill=shade)
        self.image.paste(self._ink(colour), box, mask.reduce(FINE))

    def soft(self, path: Path, colour: str, alpha: float, blur: float) -> None:
        """A blurred shape: a shadow, a shine, a glow. Blurred small, so it costs little."""
        box = self._box(path, margin=blur * 2.5)
        if box is None:
            return
        down = 6 if blur >= 4 else 2
        size = (box[2] - box[0], box[3] - box[1])
        small = Image.new("L", (max(1, size[0] // down), max(1, size[1] // down)), 0)
        points = [((x * PX - box[0]) / down, (y * PX - box[1]) / down) for x, y in path]
        ImageDraw.Draw(small).polygon(points, fill=round(255 * alpha))
        small = small.filter(ImageFilter.GaussianBlur(blur * PX / down))
        self.image.paste(self._ink(colour), box, small.resize(size, Image.Resampling.BILINEAR))

    def texture(self, path: Path, colour: str, alpha: float, cells: tuple[int, int]) -> None:
        """Irregular spots or streaks of a colour inside a path; `cells` across and down its box."""
        box = self._box(path)
        if box is None:
            return
        noise = Image.frombytes("L", cells, self.random.randbytes(cells[0] * cells[1]))
        size = (box[2] - box[0], box[3] - box[1])
        noise = noise.resize(size, Image.Resampling.BILINEAR).point(_faded(alpha))
        inside = self._mask(path, box, 255)
        self.image.paste(
            self._ink(colour), box, Image.composite(noise, Image.new("L", size), inside)
        )

    @contextmanager
    def within(self, path: Path) -> Iterator[None]:
        """Keep what is painted meanwhile inside a path."""
        box = self._box(path)
        if box is None:
            yield
            return
        before, clip = self.image.crop(box), self._clip
        self._clip = box
        yield
        self._clip = clip
        outside = ImageChops.invert(self._mask(path, box, 255))
        self.image.paste(before, box[:2], outside)

    def stamp(self, sprite: Image.Image, x: float, y: float, *, shadow: float = 0.25) -> None:
        """Put a sprite with its middle on a point, with a small hard shadow to the lower right."""
        left, top = round(x * PX - sprite.width / 2), round(y * PX - sprite.height / 2)
        if shadow:
            self._paste(sprite, left + 2, top + 4, shadow)
        self._paste(sprite, left, top, 0)

    def _paste(self, sprite: Image.Image, left: int, top: int, shadow: float) -> None:
        """The sprite, or its shadow, as far as it lies inside the clip."""
        clip = self._clip
        cut = (
            max(0, clip[0] - left),
            max(0, clip[1] - top),
            min(sprite.width, clip[2] - left),
            min(sprite.height, clip[3] - top),
        )
        if cut[2] <= cut[0] or cut[3] <= cut[1]:
            return
        seen = sprite if cut == (0, 0, *sprite.size) else sprite.crop(cut)
        spot = (left + cut[0], top + cut[1])
        alpha = seen.getchannel("A")
        if not shadow:
            self.image.paste(seen.convert(self.image.mode), spot, alpha)
            return
        box = (*spot, spot[0] + seen.width, spot[1] + seen.height)
        self.image.paste(self._ink("#3A1E08"), box, alpha.point(_faded(shadow)))

    def finished(self) -> Image.Image:
        """What the frame shows, slightly darker towards the edges."""
        left, top, right, bottom = (round(side * PX) for side in FRAME)
        image = self.image.crop((left, top, right, bottom))
        edge = Image.radial_gradient("L").point(lambda v: max(0, v - 140) * 0.34)
        image.paste(rgb("#7A4A1E"), (0, 0), edge.resize(OUT, Image.Resampling.BILINEAR))
        return image

    def _ink(self, colour: str) -> tuple[int, ...]:
        return rgb(colour) if self.image.mode == "RGB" else (*rgb(colour), 255)

    def _box(self, path: Path, margin: float = 0) -> tuple[int, int, int, int] | None:
        """The pixels that a path touches, inside the canvas; None when it touches none."""
        xs, ys = [x for x, _ in path], [y for _, y in path]
        clip = self._clip
        left = max(clip[0], math.floor((min(xs) - margin) * PX))
        top = max(clip[1], math.floor((min(ys) - margin) * PX))
        right = min(clip[2], math.ceil((max(xs) + margin) * PX) + 1)
        bottom = min(clip[3], math.ceil((max(ys) + margin) * PX) + 1)
        return (left, top, right, bottom) if right > left and bottom > top else None

    def _mask(self, path: Path, box: tuple[int, int, int, int], shade: int) -> Image.Image:
        mask = Image.new("L", ((box[2] - box[0]) * FINE, (box[3] - box[1]) * FINE), 0)
        ImageDraw.Draw(mask).polygon(_scaled(path, box), fill=shade)
        return mask.reduce(FINE)


def _scaled(path: Path, box: tuple[int, int, int, int]) -> list[Point]:
    """A path in the fine pixels of a box."""
    return [((x * PX - box[0]) * FINE, (y * PX - box[1]) * FINE) for x, y in path]


def turned(sprite: Image.Image, count: int = 12, *, size: float = 1) -> list[Image.Image]:
    """The sprite in `count` directions all around, to be strewn."""
    if size != 1:
        wanted = (max(1, round(sprite.width * size)), max(1, round(sprite.height * size)))
        sprite = sprite.resize(wanted, Image.Resampling.HAMMING)
    return [
        sprite.rotate(360 * index / count, Image.Resampling.BILINEAR, expand=True)
        for index in range(count)
    ]
