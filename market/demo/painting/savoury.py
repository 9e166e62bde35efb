"""One scene for each kind from the sea and from the kitchen: sauces, pastes, squid."""

import math

from market.demo.painting import goods, marks, props, strewn
from market.demo.painting.paint import (
    WIDTH,
    Canvas,
    block,
    flat,
    linear,
    mix,
    oval,
    place,
    points,
    radial,
    smooth,
    turned,
)


def sea(c: Canvas, horizon: float = 372) -> None:
    """Waves and a far sail on the wall."""
    high = horizon / 372
    for row, tone in enumerate(("#CFE3E6", "#B5D4DA", "#9CC4CE")):
        top = horizon - (130, 84, 40)[row] * high
        crest = [(x, top + 7 * math.sin(x / 62 + row * 2)) for x in range(-20, WIDTH + 40, 20)]
        shade = linear(tone, mix(tone, "#7FB0BC", 0.5))
        c.shape([*crest, (WIDTH + 20, horizon), (-20, horizon)], shade)
    x, y = 660, horizon - 138 * high
    c.shape(place(points("-10,-4 10,-84 16,-4"), x, y, size=high), "#FFFFFF", 0.9)
    c.shape(place(points("20,-6 22,-66 42,-4"), x, y, size=high), "#FFF4DC", 0.9)
    hull = smooth(points("-26,2 46,2 34,20 -14,20"))
    c.shape(place(hull, x, y, size=high), linear("#A9683A", "#6B3A1E"), 0.9)


def fish_sauce(c: Canvas) -> None:
    """Two bottles of fish sauce and a bowl of it with chilli."""
    sea(c)
    for x, base, height, half in ((462, 440, 320, 58), (306, 488, 386, 72)):
        props.bottle(
            c, x, base, height=height, half=half, liquid="#B25A12", cap="#0B6B3A",
            band="#B42318", icon=marks.mark_fish,
        )  # fmt: skip
    red = turned(strewn.chili(), 8, size=0.4)
    props.bowl(
        c, 584, 512, half=102, height=68, content=radial("#D98A3A", "#A8520F", "#6B2E08"),
        heap=lambda k: strewn.strew(k, red, 7, (584, 447, 56, 9), shadow=0.4),
    )  # fmt: skip
    c.stamp(strewn.chili(), 440, 536)


def fish_sauce_gift(c: Canvas) -> None:
    """Two bottles of the first pressing in an open box."""
    props.ground_shadow(c, 400, 516, 200)
    c.shape(
        block(196, 106, 604, 516, 8),
        linear("#7A1710", "#B42318", "#A01D13", "#6B120C", across=True),
    )
    c.shape(block(222, 132, 578, 470, 6), linear("#3A0E0A", "#5E1812", "#3A0E0A", across=True))
    c.soft(block(222, 132, 578, 160), "#1E0503", 0.6, 12)
    for x in (312, 488):
        props.bottle(
            c, x, 496, height=336, half=64, liquid="#A34C0C", cap="#C79A1E",
            band="#8A4B08", icon=marks.mark_fish,
        )  # fmt: skip
    lip = block(196, 452, 604, 518, 6)
    c.shape(lip, linear("#8A1A12", "#C22A1E", "#A81F15", "#74140E", across=True))
    c.soft(block(200, 446, 600, 458), "#FFFFFF", 0.25, 3)
    c.line([(200, 485), (600, 485)], "#E9C46A", 7)
    c.shape(oval(400, 485, 40, 30), "#E9C46A")
    c.shape(oval(400, 485, 34, 25), props.CREAM)
    marks.mark_fish(c, 398, 485, 18)


def soy_sauce(c: Canvas) -> None:
    """A dark bottle of soy sauce, soy beans and a bowl."""
    beans = turned(strewn.kernel("#E6C883"), 10, size=0.85)
    props.bottle(
        c, 320, 488, height=380, half=72, liquid="#5B240B", cap="#D9A21B", band="#0B6B3A",
        icon=marks.mark_leaf,
    )  # fmt: skip
    props.bowl(
        c, 552, 500, half=118, height=78, content=flat("#B9924A"), band="#0B6B3A",
        heap=lambda k: strewn.strew(k, beans, 170, (552, 422, 98, 18), heap=34, shadow=0.35),
    )  # fmt: skip
    strewn.strew(c, beans, 16, (460, 534, 110, 12))
    props.leaf(c, 636, 380, long=86, turn=-150, colour="#3F8A4A")


def dried_squid(c: Canvas) -> None:
    """Dried squid on a woven tray."""
    sea(c, 214)
    props.tray(c, 400, 396, rx=318, ry=166)
    goods.squid(c, 420, 310, turn=178, size=1.12)
    goods.squid(c, 350, 398, turn=-3, size=1.22)
    goods.squid(c, 450, 486, turn=182, size=1.22)


def fresh_squid(c: Canvas) -> None:
    """Half-dried squid, pale and tender, on a plate with lime and chilli."""
    sea(c, 250)
    goods.plate(c, 400, 432, 318)
    for y, turn in ((400, -6), (452, 4), (428, 0)):
        props.leaf(c, 150, y, long=500, turn=turn, colour="#2F7A3E")
    goods.squid(c, 380, 384, turn=-4, size=1.16, tones=goods.FRESH)
    goods.squid(c, 400, 468, turn=183, size=1.24, tones=goods.FRESH)
    goods.citrus_half(c, 622, 458, 42, rind="#5E9A2A", flesh="#D7E88C", pips=9)
    strewn.strew(c, turned(strewn.chili(), 9), 3, (590, 530, 60, 8))


def pot(c: Canvas, x: float, base: float, size: float) -> None:
    """A clay pot, its mouth tied with paper."""
    half = points("70,-264 74,-250 62,-230 112,-178 126,-114 110,-48 78,-6 70,0")
    right = [(dx * size, base + dy * size) for dx, dy in smooth(half, closed=False)]
    outline = [(x + dx, y) for dx, y in right] + [(x - dx, y) for dx, y in reversed(right)]
    props.ground_shadow(c, x, base, 108 * size)
    c.shape(outline, linear("#3E2118", "#8A5440", "#B5785A", "#7A4634", "#3A1D14", across=True))
    with c.within(outline):
        c.texture(outline, "#2A120A", 0.25, (30, 50))
        c.soft(oval(x - 58 * size, base - 150 * size, 22 * size, 66 * size, 12), "#FFE2C4", 0.5, 14)
        for at, tone in ((172, "#4E2A1C"), (164, "#E0A27E")):
            c.line([(x - 130, base - at * size), (x + 130, base - at * size)], tone, 2.4, 0.45)
    top = base - 260 * size
    c.shape(oval(x, top, 82 * size, 20 * size), radial("#E9D9B0", "#C79F63", "#8A6330"))
    tie = smooth(
        [(x - 82 * size, top + 6), (x, top + 28 * size), (x + 82 * size, top + 6)], closed=False
    )
    c.line(tie, "#B42318", 6)


def salted_shrimp_paste(c: Canvas) -> None:
    """A clay pot of shrimp paste, a bowl of it, chilli and lime."""
    pot(c, 312, 488, 1.12)
    props.bowl(
        c, 556, 500, half=112, height=72, content=radial("#C79AA6", "#A56C80", "#7A4560"),
        band="#8A4B08", heap=lambda k: k.soft(oval(536, 426, 42, 10), "#F0D0D6", 0.6, 6),
    )  # fmt: skip
    c.stamp(strewn.chili(), 556, 430)
    goods.citrus_half(c, 446, 504, 38, rind="#5E9A2A", flesh="#D7E88C", pips=9)


def shrimp_mince(c: Canvas) -> None:
    """A jar of shrimps stewed with meat and lemongrass."""
    crumbs = turned(strewn.kernel("#C05A2E"), 8, size=0.55)
    crumbs += turned(strewn.kernel("#8F3A1C"), 8, size=0.5) + turned(
        strewn.shrimp("#D9683A"), 6, size=0.55
    )

    def mince(k: Canvas) -> None:
        strewn.strew(k, crumbs, 260, (330, 392, 106, 96), shadow=0.35)

    content = linear("#B5512A", "#8F3A1C", "#6B2610")
    props.jar(c, 330, 490, half=114, height=248, content=content, lid="#B42318", inside=mince)
    props.label(c, 330, 356, 112, 84, band="#B42318", icon=marks.mark_fish)
    for shift in (0, 22, 46):
        stem = [(470 + shift * 0.5, 420 + shift * 0.5), (632 + shift * 0.8, 462 + shift * 0.9)]
        c.soft([*stem, (stem[1][0] + 12, stem[1][1] + 8), (stem[0][0] + 10, stem[0][1])],
               props.SHADOW, 0.4, 5)  # fmt: skip
        c.line(stem, "#7A8F3A", 13)
        c.line(stem, "#C9D68A", 8)
        c.line([(stem[1][0] - 36, stem[1][1] - 10), stem[1]], "#F4EBDD", 12)
    strewn.strew(c, turned(strewn.shrimp(), 10), 8, (540, 536, 90, 12))
