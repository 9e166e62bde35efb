"""Small things painted once and strewn many times: nuts, grains, chips, shrimps, chillies."""

import math
from collections.abc import Callable

from PIL import Image

from market.demo.painting.paint import Canvas, linear, mix, oval, points, radial, smooth

Strew = Callable[[Canvas], None]


def sprite(width: float, height: float, paint: Strew, *, seed: int = 1) -> Image.Image:
    """A small thing painted once around the middle of its own sheet, to be strewn many times."""
    c = Canvas(seed, size=(width, height))
    paint(c)
    return c.image


def strew(
    c: Canvas,
    kinds: list[Image.Image],
    count: int,
    area: tuple[float, float, float, float],
    *,
    heap: float = 0,
    shadow: float = 0.28,
) -> None:
    """Strew sprites over an ellipse, from the back to the front; `heap` lifts the middle."""
    x, y, rx, ry = area
    spots = []
    for _ in range(count):
        angle, far = c.random.uniform(0, 2 * math.pi), math.sqrt(c.random.random())
        dx, dy = far * math.cos(angle), far * math.sin(angle)
        spots.append((y + dy * ry, x + dx * rx, heap * (1 - far**2)))
    for depth, across, lift in sorted(spots):
        c.stamp(c.random.choice(kinds), across, depth - lift, shadow=shadow)


def peanut_shell() -> Image.Image:
    """A peanut in its shell."""

    def paint(c: Canvas) -> None:
        shell = smooth(points("4,13 10,5 20,6 26,9 34,5 46,7 51,14 46,22 35,24 27,20 19,23 9,22"))
        c.shape(
            shell, radial("#F6DDA8", "#E2BB78", "#B98646", "#8B5C28", at=(0.35, 0.2), reach=0.95)
        )
        with c.within(shell):
            c.texture(shell, "#7A4A1C", 0.35, (17, 9))
            ridges = [[(6, at), (26, at + (at - 14) * 0.2), (48, at - 1)] for at in (9, 14, 19)]
            c.lines(ridges, "#8B5C28", 0.7, 0.5)
            c.soft(oval(16, 9, 6, 2.4), "#FFFFFF", 0.6, 1.5)

    return sprite(55, 29, paint)


def kernel(skin: str = "#B5593A") -> Image.Image:
    """A peanut without its shell, or a bean."""

    def paint(c: Canvas) -> None:
        body = oval(13, 9, 11, 7)
        c.shape(body, radial(mix(skin, "#FFE0C0", 0.5), skin, mix(skin, "#2B0C00", 0.5), reach=0.9))
        c.soft(oval(9, 6, 3, 1.5), "#FFFFFF", 0.6, 1)

    return sprite(26, 18, paint)


def grain(colour: str, *, long: float = 5, thick: float = 1.8) -> Image.Image:
    """A grain of rice, a sesame seed, a tea crumb."""

    def paint(c: Canvas) -> None:
        middle = long + 1
        c.shape(
            oval(middle, middle, long, thick),
            radial(mix(colour, "#FFFFFF", 0.4), colour, mix(colour, "#3A2000", 0.35)),
        )

    return sprite(2 * long + 2, 2 * long + 2, paint)


def chip(colour: str) -> Image.Image:
    """A curled crisp of dried fruit."""

    def paint(c: Canvas) -> None:
        edge = smooth(points("4,20 12,8 28,4 46,8 55,19 48,24 36,17 22,18 11,27"))
        c.shape(edge, linear(mix(colour, "#FFF6C8", 0.55), colour, mix(colour, "#7A3E00", 0.45)))
        with c.within(edge):
            for index in range(6):
                c.line(
                    [(10 + index * 8, 8), (13 + index * 8, 26)],
                    mix(colour, "#7A3E00", 0.5),
                    0.8,
                    0.4,
                )
            c.soft(oval(26, 9, 13, 2), "#FFFFFF", 0.65, 2)

    return sprite(60, 32, paint)


def slice_disc(colour: str, rim: str) -> Image.Image:
    """A thin round slice with a rim: antler, banana, root."""

    def paint(c: Canvas) -> None:
        c.shape(oval(21, 17, 19, 13), mix(rim, "#1E0D02", 0.3))
        c.shape(oval(21, 15.5, 19, 13), rim)
        c.shape(
            oval(21, 15.5, 15.5, 10.2),
            radial(
                mix(colour, "#FFFFFF", 0.35), colour, mix(colour, "#5B1A08", 0.35), at=(0.5, 0.5)
            ),
        )
        for index in range(24):
            angle = index * 2.4
            far = math.sqrt(index / 24)
            dot = oval(21 + far * 13 * math.cos(angle), 15.5 + far * 8 * math.sin(angle), 1, 0.7)
            c.shape(dot, mix(colour, "#5B1A08", 0.5), 0.5)
        c.soft(oval(14, 10, 6, 2), "#FFFFFF", 0.5, 2)

    return sprite(42, 32, paint)


def shrimp(colour: str = "#E8825A") -> Image.Image:
    """A small dried shrimp, curled."""

    def paint(c: Canvas) -> None:
        for index in range(8):
            angle = math.radians(-30 + index * 32)
            size = 7.2 - index * 0.55
            x, y = 22 + 11 * math.cos(angle), 19 + 10 * math.sin(angle)
            c.shape(
                oval(x, y, size, size * 0.86),
                radial("#FFD2B0", colour, mix(colour, "#5B1408", 0.4)),
            )
        c.line([(33, 12), (42, 4)], colour, 0.8)
        c.line([(33, 13), (44, 9)], colour, 0.8)
        c.shape(oval(32, 11, 1.2, 1.2), "#1E0D02")

    return sprite(46, 38, paint)


def chili(colour: str = "#C9251C") -> Image.Image:
    """A chilli with its green stalk."""

    def paint(c: Canvas) -> None:
        pod = smooth(points("14,7 24,4 46,9 64,20 44,17 24,17 15,14"))
        c.shape(pod, linear(mix(colour, "#FFB08A", 0.5), colour, mix(colour, "#3A0500", 0.45)))
        c.soft(oval(28, 8, 11, 1.6, 8), "#FFFFFF", 0.75, 1.4)
        c.line(smooth([(15, 10), (8, 8), (3, 11)], closed=False), "#4C7A2A", 3)
        c.shape(oval(15, 10, 3, 5), "#3F6B22")

    return sprite(68, 25, paint)
