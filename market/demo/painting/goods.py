"""The goods themselves: fruit, squid, crackers, candy, antlers, roots, honeycomb."""

import math

from PIL import Image

from market.demo.painting.paint import (
    Canvas,
    Path,
    Point,
    arc,
    block,
    linear,
    mix,
    oval,
    place,
    points,
    radial,
    smooth,
    tube,
    turned,
)
from market.demo.painting.props import SHADOW, ground_shadow, leaf
from market.demo.painting.strewn import grain, strew

Seeds = list[Image.Image]


def fruit(
    c: Canvas,
    x: float,
    base: float,
    radius: float,
    colours: tuple[str, str, str],
    *,
    pear: float = 0,
    leaves: int = 2,
) -> None:
    """A round fruit standing on `base`; `pear` above 0 draws its upper part in."""
    y = base - radius
    points = []
    for step in range(24):
        angle = math.radians(step * 15)
        narrow = 1 - pear * max(0.0, -math.sin(angle)) ** 1.6 * 0.32
        tall = 1 + (pear * 0.14 if math.sin(angle) < 0 else 0)
        points.append((x + radius * math.cos(angle) * narrow, y + radius * math.sin(angle) * tall))
    outline = smooth(points, steps=4)
    light, middle, dark = colours
    ground_shadow(c, x, base, radius * 0.86, deep=0.5)
    c.shape(
        outline,
        radial(
            mix(light, "#FFFFFF", 0.25),
            light,
            middle,
            dark,
            mix(dark, "#2B1200", 0.35),
            at=(0.36, 0.3),
            reach=0.82,
        ),
    )
    with c.within(outline):
        c.texture(outline, mix(dark, "#2B1200", 0.3), 0.13, (60, 60))
        c.texture(outline, mix(light, "#FFFFFF", 0.5), 0.1, (80, 80))
        c.soft(
            arc(x, y, radius * 1.02, radius * 1.02, (20, 120)), mix(light, "#FFE2A0", 0.5), 0.28, 9
        )
        c.soft(
            oval(x - radius * 0.36, y - radius * 0.42, radius * 0.2, radius * 0.12, -38),
            "#FFFFFF",
            0.6,
            7,
        )
        c.soft(
            oval(x, y - radius * (1 + pear * 0.14), radius * 0.22, radius * 0.08), SHADOW, 0.4, 5
        )
    crown(c, x, y - radius * (0.97 + pear * 0.14), radius, leaves)


def crown(c: Canvas, x: float, top: float, radius: float, leaves: int) -> None:
    """The stalk of a fruit with up to three leaves."""
    c.line(
        smooth([(x, top + 5), (x + 2, top - 8), (x + 10, top - 20)], closed=False), "#5E4322", 5.5
    )
    turns = (-24, 204, -62)[:leaves]
    for index, turn in enumerate(turns):
        leaf(
            c,
            x + 4,
            top - 3,
            long=radius * (0.78 - 0.08 * index),
            turn=turn,
            colour=("#2F7A3E", "#3F9150", "#2A6B36")[index],
        )


def citrus_half(
    c: Canvas, x: float, y: float, radius: float, *, rind: str, flesh: str, pips: int = 11
) -> None:
    """A cut fruit facing us, leaning on the table."""
    ground_shadow(c, x, y + radius, radius * 0.8, deep=0.5)
    c.shape(oval(x + 3, y + 2, radius, radius), mix(rind, "#3A2A00", 0.35))
    c.shape(oval(x, y, radius, radius), radial(mix(rind, "#FFFFFF", 0.2), rind, reach=0.7))
    c.shape(oval(x, y, radius * 0.93, radius * 0.93), radial("#FFFDF2", "#FBF1CF", reach=0.7))
    step = 360 / pips
    for index in range(pips):
        start = index * step + 8
        wedge = arc(x, y, radius * 0.82, radius * 0.82, (start + 2.2, start + step - 2.2))
        near = math.radians(start + step / 2)
        tip = (x + radius * 0.11 * math.cos(near), y + radius * 0.11 * math.sin(near))
        last = len(wedge) - 1
        piece = smooth([tip, *(wedge[last * part // 16] for part in (1, 4, 8, 12, 15))], steps=6)
        tone = mix(flesh, "#FFFFFF", c.random.uniform(0, 0.16))
        c.shape(piece, radial(mix(tone, "#FFFFFF", 0.3), tone, mix(tone, "#7A1E10", 0.14), reach=1))
        with c.within(piece):
            for _ in range(11):
                angle = math.radians(start + c.random.uniform(3, step - 3))
                far = radius * c.random.uniform(0.28, 0.72)
                cx, cy = x + far * math.cos(angle), y + far * math.sin(angle)
                drop = oval(cx, cy, radius * 0.05, radius * 0.016, math.degrees(angle))
                c.shape(drop, "#FFFFFF", c.random.uniform(0.25, 0.5))
    c.shape(oval(x, y, radius * 0.07, radius * 0.07), "#FFFDF2")
    c.soft(
        oval(x - radius * 0.3, y - radius * 0.45, radius * 0.35, radius * 0.13, -35),
        "#FFFFFF",
        0.45,
        9,
    )


DRIED = ("#FBE6C6", "#EBC08E", "#CC8E5A", "#9C5C34")
FRESH = ("#FFFDF8", "#FBE9DF", "#EBC4B8", "#C48A86")


def squid(
    c: Canvas,
    x: float,
    y: float,
    *,
    turn: float,
    size: float = 1,
    tones: tuple[str, str, str, str] = DRIED,
) -> None:
    """A split squid lying flat, its arms to the right."""
    light, middle, dark, edge = tones
    body = smooth(points("-86,0 -74,-20 -40,-33 10,-36 40,-26 44,0 40,26 10,36 -40,33 -74,20"))
    fins = smooth(points("-88,0 -70,-46 -34,-38 -44,0 -34,38 -70,46"))

    def at(path: Path) -> list[tuple[float, float]]:
        return place(path, x, y, size=size, turn=turn)

    c.soft(place(body, x + 6, y + 9, size=size, turn=turn), SHADOW, 0.45, 6)
    c.shape(at(fins), radial(middle, dark, edge))
    for index in range(8):
        side = index - 3.5
        bend = 8 * math.sin(index * 2.1)
        arm = smooth(
            [
                (36, side * 5),
                (70, side * 6 + bend),
                (96 + 5 * (index % 3), side * 8),
                (118 - abs(side) * 6, side * 9.5 - bend),
            ],
            closed=False,
        )
        c.line(at(arm), edge, 7.5 * size)
        c.line(at(arm), middle, 5 * size)
    c.shape(at(body), radial(light, middle, dark, edge, at=(0.4, 0.35), reach=0.85))
    with c.within(at(body)):
        c.texture(at(body), mix(edge, "#6B1E10", 0.5), 0.22, (38, 20))
        c.line(at([(-80, 0), (40, 0)]), edge, 2 * size, 0.6)
        for shift in (-15, 15):
            c.line(at([(-66, shift * 0.7), (36, shift)]), "#FFF3DC", 1.6 * size, 0.5)
    c.shape(at(oval(42, 0, 13, 17)), radial(middle, edge))
    for side in (-8, 8):
        c.shape(at(oval(46, side, 2.4, 2.4)), "#2B1408")


def cracker(c: Canvas, x: float, y: float, radius: float, *, squash: float = 1) -> None:
    """A round rice cracker with sesame; `squash` below 1 lays it down."""
    fine = min(1.0, 0.35 + radius / 220)
    seeds = turned(grain("#6B4420", long=3.4, thick=2), 9, size=fine)
    seeds += turned(grain("#2B1A10", long=3, thick=1.8), 5, size=fine)
    c.soft(oval(x + 6, y + 8, radius, radius * squash), SHADOW, 0.35, 8)
    c.shape(oval(x, y + 6 * squash, radius, radius * squash), "#A8712F")
    c.shape(
        oval(x, y, radius, radius * squash),
        radial("#FBE9C4", "#F1CE90", "#DDA85C", "#B77B36", at=(0.4, 0.35), reach=0.72),
    )
    inside = oval(x, y, radius * 0.95, radius * 0.95 * squash)
    with c.within(inside):
        c.texture(inside, "#FFFFFF", 0.2, (16, 16))
        c.texture(inside, "#9A5F22", 0.16, (24, 24))
    strew(
        c, seeds, int(8 + radius * 0.85), (x, y, radius * 0.88, radius * 0.88 * squash), shadow=0.2
    )
    c.line(arc(x, y, radius * 0.97, radius * 0.97 * squash, (180, 290)), "#FFF6DC", 2.2, 0.7)


def antler(
    c: Canvas, x: float, y: float, *, turn: float, size: float = 1, flip: bool = False
) -> None:
    """A young velvet antler with two tines, from its cut foot upwards."""
    branches = (
        (points("2,-38 30,-58 50,-86 56,-112"), points("13,0 13,0 12,0 10,0")),
        (points("0,-110 -26,-134 -40,-166 -40,-190"), points("13,0 13,0 12,0 10,0")),
        (points("0,0 5,-50 -3,-104 12,-156 40,-200"), points("20,0 17,0 16,0 15,0 11,0")),
    )

    def at(path: Path) -> list[Point]:
        return place(path, x, y, size=size, turn=turn, flip=flip)

    for path, _ in branches:
        shade = smooth(path, closed=False)
        c.soft(at([(px + 9, py + 9) for px, py in tube(shade, [15] * len(shade))]), SHADOW, 0.4, 7)
    for path, halves in branches:
        middle = smooth(path, closed=False)
        wide = [width for width, _ in smooth(halves, closed=False)]
        outline = at(smooth(tube(middle, wide), steps=2))
        c.shape(outline, "#6B3A1E")
        with c.within(outline):
            for share, tone, alpha in ((0.86, "#8A5028", 0.9), (0.62, "#A9683A", 0.9)):
                inner = tube([(px - 3, py - 2) for px, py in middle], [w * share for w in wide])
                c.soft(at(inner), tone, alpha, 2.5)
            glow = tube([(px - 6, py - 3) for px, py in middle], [w * 0.28 for w in wide])
            c.soft(at(glow), "#E3B084", 0.8, 3)
            c.texture(outline, "#3A1A08", 0.28, (46, 46))
            c.soft(at(oval(*path[-1], 14, 14)), "#E9A78C", 0.75, 6)
    c.shape(at(oval(0, 2, 21, 10)), "#7A3A22")
    c.shape(at(oval(0, 2, 17, 7.5)), radial("#F6C9B4", "#D9826A", "#A84E3C", at=(0.5, 0.5)))


def slab(c: Canvas, x: float, y: float, *, tones: tuple[str, str], seeds: Seeds) -> None:
    """A bar of candy with its front lower edge around x,y."""
    wide, tall = 138, 38
    light, dark = tones
    deep = (38.0, -30.0)
    front = block(x - wide / 2, y - tall, x + wide / 2, y)
    top = [
        front[0],
        front[1],
        (front[1][0] + deep[0], front[1][1] + deep[1]),
        (front[0][0] + deep[0], front[0][1] + deep[1]),
    ]
    side = [front[1], front[2], (front[2][0] + deep[0], front[2][1] + deep[1]), top[2]]
    c.soft(
        [(px + 12, py + tall * 0.4) for px, py in [*top[2:], front[3], front[2]]], SHADOW, 0.4, 7
    )
    for face, fill in (
        (side, linear(dark, mix(dark, "#1E0D02", 0.5))),
        (front, linear(mix(light, dark, 0.45), dark)),
        (top, linear(mix(light, "#FFF0C4", 0.3), light, across=True)),
    ):
        c.shape(face, fill)
    with c.within(top):
        strew(c, seeds, 46, (x + deep[0] / 2, y - tall + deep[1] / 2, wide * 0.66, 17), shadow=0.3)
    with c.within(front):
        strew(c, seeds, 26, (x, y - tall / 2, wide * 0.58, tall * 0.55), shadow=0.3)
    c.line([top[3], front[0], front[1]], "#FFF0C4", 1.4, 0.5)


def sandwich(c: Canvas, x: float, base: float, half: float, nuts: Seeds) -> None:
    """Peanut candy between two sesame crackers, lying."""
    deep, tall = half * 0.27, half * 0.2
    ground_shadow(c, x, base + deep * 0.8, half * 0.9)
    c.shape(oval(x, base + 4, half, deep), "#B57E3A")
    c.shape(oval(x, base, half, deep), linear("#D9A55A", "#F0CD92", "#C48A42", across=True))
    filling = [*arc(x, base - tall, half * 0.975, deep, (180, 0))]
    filling += [*arc(x, base - 3, half * 0.975, deep, (0, 180))]
    c.shape(filling, linear("#3A1604", "#7B3E13", "#5A2A0C", "#2E1002", across=True))
    for turn in range(8, 176, 11 if half > 100 else 19):
        angle = math.radians(turn)
        spot = (
            x + half * 0.92 * math.cos(angle),
            base - tall * 0.45 + deep * 0.93 * math.sin(angle),
        )
        c.stamp(c.random.choice(nuts), *spot)
    cracker(c, x, base - tall - 4, half, squash=0.27)


def rhizome(c: Canvas, x: float, y: float, *, turn: float, size: float, tone: str) -> None:
    """A knobbly root: ginger."""
    knob = smooth(
        points(
            "-78,4 -60,-20 -30,-16 -16,-40 6,-38 12,-18 44,-24 74,-8 76,14 "
            "40,20 14,16 2,36 -20,32 -30,18 -62,22"
        )
    )
    outline = place(knob, x, y, turn=turn, size=size)
    c.soft(place(knob, x + 6, y + 12, turn=turn, size=size), SHADOW, 0.45, 6)
    tones = (mix(tone, "#FFF6D8", 0.6), tone, mix(tone, "#4A2404", 0.5))
    c.shape(outline, radial(*tones, at=(0.4, 0.2)))
    with c.within(outline):
        rings = [
            place(
                smooth([(at, -40), (at + 5, 0), (at, 40)], closed=False), x, y, turn=turn, size=size
            )
            for at in range(-77, 88, 11)
        ]
        c.lines(rings, mix(tone, "#4A2404", 0.6), 1.2, 0.45)


def comb(c: Canvas, x: float, y: float) -> None:
    """A piece of honeycomb on a plate."""
    plate(c, x, y + 22, 116)
    top = [(x - 84, y), (x - 30, y - 44), (x + 88, y - 34), (x + 52, y + 16)]
    under = [top[0], top[3], (top[3][0], top[3][1] + 24), (top[0][0], top[0][1] + 24)]
    right = [top[3], top[2], (top[2][0], top[2][1] + 24), (top[3][0], top[3][1] + 24)]
    c.shape(under, linear("#E39A1C", "#B56A0A"))
    c.shape(right, linear("#C77C10", "#8F5206"))
    c.shape(top, radial("#FFE08A", "#F6B22B", "#DB8A12"))
    with c.within(top):
        for row in range(-5, 6):
            for column in range(-8, 9):
                spot = (x + column * 17 + row % 2 * 8.5, y - 14 + row * 9.5)
                c.shape(oval(*spot, 6.6, 3.9), radial("#B5650A", "#F0A11E", reach=0.8))
                c.shape(oval(spot[0] - 2, spot[1] - 1, 2, 1), "#FFF3C4", 0.8)
    c.shape(oval(x + 30, y + 46, 40, 7), "#E39A1C", 0.75)


def plate(c: Canvas, x: float, y: float, half: float) -> None:
    """A flat white plate with a blue line."""
    deep = half * 0.3
    c.soft(oval(x + 8, y + 12, half + 4, deep), SHADOW, 0.45, 9)
    c.shape(oval(x, y + 4, half, deep), "#A79F8C")
    c.shape(oval(x, y, half, deep), linear("#D5CFC0", "#FFFFFF", "#EDE6D6", across=True))
    c.line(arc(x, y, half * 0.94, deep * 0.92, (0, 360)), "#2F5E8C", 1.8, 0.7)
    c.shape(oval(x, y - 1, half * 0.76, deep * 0.7), radial("#FFFFFF", "#F6F0E2", "#E2D9C4"))
