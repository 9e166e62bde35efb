"""What goods stand in and on: the table, bottles, jars, bowls, trays, pouches, glasses, leaves."""

from collections.abc import Callable

from market.demo.painting.paint import (
    HEIGHT,
    WIDTH,
    Canvas,
    Fill,
    arc,
    block,
    linear,
    mirrored,
    mix,
    oval,
    place,
    radial,
    smooth,
)

SHADOW = "#3E2109"
CREAM = "#FFF8E8"
KRAFT = ("#B98A57", "#D8AE78", "#E2BC88", "#CFA26C", "#A87B49")


def room(c: Canvas, *, wall: tuple[str, str], wood: tuple[str, str], horizon: float = 372) -> None:
    """A wall in soft light from the upper left, and a wooden table."""
    c.shape(block(0, 0, WIDTH, horizon + 2), linear(mix(wall[0], "#FFFFFF", 0.25), wall[1]))
    c.soft(oval(170, 90, 330, 190), "#FFFFFF", 0.5, 70)
    c.soft(block(-60, horizon - 34, WIDTH + 60, horizon + 8), mix(wall[1], SHADOW, 0.6), 0.16, 16)
    table = block(0, horizon, WIDTH, HEIGHT)
    c.shape(table, linear(mix(wood[0], "#FFFFFF", 0.12), wood[0], wood[1]))
    c.texture(table, mix(wood[1], "#6E3208", 0.7), 0.2, (9, 150))
    c.texture(table, "#FFE9C4", 0.09, (5, 60))
    edge, step = horizon, 34.0
    while edge < HEIGHT:
        c.line([(0, edge), (WIDTH, edge)], mix(wood[1], "#1E0D02", 0.6), 1.1, 0.35)
        c.line([(0, edge + 1.6), (WIDTH, edge + 1.6)], "#FFE7C2", 1, 0.3)
        joint = c.random.uniform(60, WIDTH - 60)
        c.line([(joint, edge), (joint, edge + step)], mix(wood[1], "#1E0D02", 0.6), 1.1, 0.3)
        edge, step = edge + step, step * 1.42
    c.soft(oval(250, horizon + 70, 330, 60), "#FFF2D6", 0.3, 40)


def ground_shadow(c: Canvas, x: float, y: float, rx: float, *, deep: float = 0.42) -> None:
    """Where something stands: a wide soft shadow to the right and a dark line of contact."""
    c.soft(oval(x + rx * 0.22, y + 3, rx * 1.16, rx * 0.17 + 4), SHADOW, deep * 0.7, 11)
    c.soft(oval(x + 2, y - 1, rx * 0.95, rx * 0.08 + 3), SHADOW, deep, 4)


def glass_across(colour: str) -> Fill:
    """Colours of a round, see-through thing from its left to its right edge."""
    dark, light = mix(colour, "#2B1200", 0.5), mix(colour, "#FFE9B8", 0.42)
    return linear(dark, colour, light, colour, mix(colour, "#2B1200", 0.2), dark, across=True)


def bottle(
    c: Canvas,
    x: float,
    base: float,
    *,
    height: float = 330,
    half: float = 56,
    liquid: str,
    cap: str,
    band: str,
    icon: Callable[[Canvas, float, float, float], None],
    slim: bool = False,
) -> None:
    """A bottle with a long neck and a label; `half` is half its width."""
    top, neck = base - height, half * (0.34 if slim else 0.4)
    shoulder = top + height * (0.42 if slim else 0.36)
    bend = [
        (neck, top + height * 0.14),
        (neck * 1.06, top + height * 0.19),
        (half * 0.8, shoulder - 8),
        (half * 0.97, shoulder + 16),
        (half, shoulder + 34),
    ]
    foot = [(half, base - 14), (half * 0.98, base - 6), (half * 0.9, base)]
    right = [(neck, top), *smooth(bend, closed=False), *foot]
    outline = mirrored(right, x)
    ground_shadow(c, x, base, half * 1.1)
    c.soft(oval(x + half * 1.35, base + 4, half * 0.7, 7), mix(liquid, "#FFD070", 0.4), 0.4, 6)
    c.shape(outline, glass_across(liquid))
    with c.within(outline):
        c.shape(block(x - half, top, x + half, top + height * 0.13), "#FFF4DC", 0.35)
        c.soft(block(x - half, base - 26, x + half, base + 4), "#2B1200", 0.4, 8)
        c.soft(
            oval(x + half * 0.2, base - height * 0.2, half * 0.5, height * 0.12), "#FFD98A", 0.4, 9
        )
        shine = [(-half * 0.72, shoulder + 30), (-half * 0.7, shoulder), (-neck * 0.7, top + 44)]
        c.line(place(smooth(shine, closed=False), x, 0), "#FFFFFF", half * 0.12, 0.5)
        c.line([(x - half * 0.72, base - 70), (x - half * 0.72, base - 24)], "#FFFFFF", 5, 0.4)
        c.line(
            [(x + half * 0.86, shoulder + 20), (x + half * 0.86, base - 20)], "#FFFFFF", 2.4, 0.35
        )
    label(c, x, base - height * 0.42, half, height * 0.32, band=band, icon=icon)
    lid = block(x - neck * 1.22, top - 14, x + neck * 1.22, top + height * 0.1, 5)
    c.shape(
        lid,
        linear(
            mix(cap, "#000000", 0.4),
            cap,
            mix(cap, "#FFFFFF", 0.35),
            cap,
            mix(cap, "#000000", 0.35),
            across=True,
        ),
    )
    c.line(
        [(x - neck * 1.2, top + height * 0.06), (x + neck * 1.2, top + height * 0.06)],
        mix(cap, "#000000", 0.5),
        1.6,
        0.6,
    )


def label(
    c: Canvas,
    x: float,
    top: float,
    half: float,
    height: float,
    *,
    band: str,
    icon: Callable[[Canvas, float, float, float], None],
) -> None:
    """A paper label bent around something round, with a coloured band above and below."""
    sag = half * 0.12
    down = arc(x, top, half, sag, (180, 0))
    paper = down + list(reversed(arc(x, top + height, half, sag, (180, 0))))
    c.shape(paper, linear("#D9C7A2", "#FFFAEC", CREAM, "#F3E4C4", "#C8B288", across=True))
    with c.within(paper):
        for at in (top, top + height - 11):
            strip = [*arc(x, at, half, sag, (180, 0)), *arc(x, at + 11, half, sag, (0, 180))]
            c.shape(strip, band, 0.95)
        c.line(arc(x, top + 16, half, sag, (180, 0)), band, 1.4, 0.8)
        c.line(arc(x, top + height - 16, half, sag, (180, 0)), band, 1.4, 0.8)
        icon(c, x, top + height / 2 + sag, min(half * 0.6, height * 0.3))
        c.soft(block(x + half * 0.7, top - 9, x + half * 1.1, top + height + 20), SHADOW, 0.35, 6)


def jar(
    c: Canvas,
    x: float,
    base: float,
    *,
    half: float = 96,
    height: float = 210,
    content: Fill,
    lid: str,
    level: float = 0.84,
    inside: Callable[[Canvas], None] | None = None,
) -> None:
    """A wide glass jar with a wooden or metal lid; `inside` paints what floats in it."""
    top = base - height
    glass = block(x - half, top, x + half, base, half * 0.26)
    ground_shadow(c, x, base, half * 1.02)
    c.soft(oval(x + half * 1.1, base + 6, half * 0.6, 9), "#FFCC66", 0.35, 8)
    c.shape(glass, linear("#D8CDB4", "#FFFBF0", "#F4EBD6", "#CDBF9F", across=True), 0.92)
    surface = base - height * level
    body = block(x - half + 7, surface, x + half - 7, base - 7, half * 0.2)
    c.shape(body, content)
    with c.within(body):
        if inside is not None:
            inside(c)
        c.soft(block(x - half, surface, x - half + 15, base), "#2B1200", 0.35, 7)
        c.soft(block(x + half - 18, surface, x + half, base), "#2B1200", 0.38, 8)
        c.soft(block(x - half, base - 22, x + half, base), "#2B1200", 0.3, 8)
    c.shape(oval(x, surface + 3, half - 8, 7), "#FFFFFF", 0.28)
    c.soft(block(x - half + 16, top + 36, x - half + 28, base - 36, 6), "#FFFFFF", 0.62, 1.6)
    c.soft(block(x + half - 20, top + 44, x + half - 15, base - 50, 2), "#FFFFFF", 0.45, 1.2)
    for rim in (top + 12, top + 19):
        c.line(arc(x, rim, half - 8, 5, (180, 0)), "#B9A77F", 1.3, 0.45)
    cover = block(x - half * 0.94, top - 32, x + half * 0.94, top + 8, 7)
    c.shape(
        cover,
        linear(
            mix(lid, "#1E0D02", 0.45),
            lid,
            mix(lid, "#FFFFFF", 0.3),
            lid,
            mix(lid, "#1E0D02", 0.4),
            across=True,
        ),
    )
    with c.within(cover):
        c.texture(cover, mix(lid, "#1E0D02", 0.6), 0.14, (6, 14))
        c.soft(block(x - half, top - 2, x + half, top + 12), "#1E0D02", 0.35, 4)
        c.line([(x - half, top - 29), (x + half, top - 29)], "#FFFFFF", 2.5, 0.35)


def bowl(
    c: Canvas,
    x: float,
    base: float,
    *,
    half: float = 90,
    height: float = 70,
    outside: tuple[str, ...] = ("#C9C3B4", "#FFFFFF", "#F4EFE4", "#B9B09C"),
    band: str = "#2F5E8C",
    content: Fill,
    heap: Callable[[Canvas], None] | None = None,
) -> None:
    """A bowl seen from above its rim, filled; `heap` paints what rises over the rim."""
    rim, deep = base - height, half * 0.27
    ground_shadow(c, x, base, half * 0.72)
    c.shape(oval(x, rim, half, deep), linear(*outside, across=True))
    c.shape(oval(x, rim + 2, half - 6, deep - 3), mix(outside[-1], "#2B1200", 0.25))
    c.shape(oval(x, rim + 4, half - 7, deep - 4), content)
    if heap is not None:
        heap(c)
    curve = [
        (half, rim),
        (half * 0.93, rim + height * 0.42),
        (half * 0.66, rim + height * 0.8),
        (half * 0.42, base - 3),
        (half * 0.4, base),
    ]
    side = smooth(curve, closed=False)
    front = (
        list(reversed(arc(x, rim, half, deep, (0, 180))))
        + [(x + dx, y) for dx, y in side]
        + [(x - dx, y) for dx, y in reversed(side)]
    )
    c.shape(front, linear(*outside, across=True))
    with c.within(front):
        c.line(arc(x, rim + 13, half, deep, (180, 0)), band, 4.5, 0.85)
        c.line(arc(x, rim + 20, half * 0.985, deep, (180, 0)), band, 1.6, 0.7)
        c.soft(oval(x + half * 0.3, base + 4, half * 0.9, height * 0.4), "#3A2A18", 0.32, 12)
        c.soft(oval(x - half * 0.5, rim + height * 0.55, 9, height * 0.2, 20), "#FFFFFF", 0.7, 4)
    c.line(arc(x, rim, half - 1.5, deep - 1, (180, 0)), "#FFFFFF", 3, 0.85)


def tray(c: Canvas, x: float, y: float, *, rx: float = 250, ry: float = 92) -> None:
    """A round tray of woven bamboo, lying on the table."""
    c.soft(oval(x + 16, y + 16, rx + 4, ry + 8), SHADOW, 0.5, 13)
    c.shape(oval(x, y + 8, rx, ry), linear("#6F4718", "#A9762F", "#8A5C22", "#5B390F", across=True))
    c.shape(oval(x, y, rx, ry), linear("#C99A50", "#E7C27C", "#D5A85E", "#A87732", across=True))
    inner = oval(x, y + 3, rx - 15, ry - 9)
    c.shape(inner, radial("#F3DCA6", "#E3C07E", "#B98A45", at=(0.4, 0.35), reach=0.8))
    with c.within(inner):
        spots = [x + index * 15 for index in range(-40, 41)]
        reach = ry * 1.15
        one = [[(at - reach, y - ry), (at + reach, y + ry)] for at in spots]
        other = [[(at + reach, y - ry), (at - reach, y + ry)] for at in spots]
        c.lines(one, "#8E6225", 1.7, 0.32)
        c.lines(other, "#FFF0C9", 1.7, 0.4)
        behind = [*arc(x, y - 4, rx, ry, (180, 360)), *arc(x, y + ry * 0.3, rx, ry, (360, 180))]
        c.soft(behind, SHADOW, 0.34, 12)
    knots = [arc(x, y + 1, rx - 7, ry - 4.5, (turn, turn + 1.6)) for turn in range(0, 360, 6)]
    c.lines(knots, "#7A5120", 11, 0.25)
    c.line(arc(x, y, rx - 2, ry - 1.5, (190, 300)), "#FFF3D2", 2.4, 0.7)


def pouch(
    c: Canvas,
    x: float,
    base: float,
    *,
    half: float = 88,
    height: float = 250,
    paper: tuple[str, ...] = KRAFT,
    seal: str,
    icon: Callable[[Canvas, float, float, float], None],
) -> None:
    """A standing paper bag with a round seal."""
    top = base - height
    bend = [
        (half * 0.87, top + 30),
        (half * 0.97, top + height * 0.4),
        (half, base - 60),
        (half * 0.97, base - 20),
    ]
    right = [(half * 0.86, top), *smooth(bend, closed=False), (half * 0.9, base)]
    bag = mirrored(right, x)
    ground_shadow(c, x, base, half * 1.02)
    c.shape(bag, linear(*paper, across=True))
    with c.within(bag):
        c.texture(bag, "#5B3A14", 0.1, (40, 90))
        c.soft(block(x - half, base - 40, x + half, base + 10), SHADOW, 0.3, 14)
        c.soft(
            [(x - half * 0.7, top + 40), (x - half * 0.5, top + 40), (x - half * 0.62, base - 30)],
            "#FFF3D6",
            0.55,
            8,
        )
        c.soft(
            [(x + half * 0.5, top + 30), (x + half * 0.9, base - 40), (x + half * 0.7, base)],
            SHADOW,
            0.28,
            9,
        )
        c.shape(block(x - half, top, x + half, top + 24), mix(paper[0], "#3A1E08", 0.25), 0.5)
        for row in range(4):
            c.line(
                [(x - half, top + 5 + row * 5), (x + half, top + 5 + row * 5)], "#FFF3D6", 1, 0.35
            )
    middle = top + height * 0.53
    c.shape(oval(x, middle, half * 0.62, half * 0.62), seal)
    c.shape(oval(x, middle, half * 0.55, half * 0.55), CREAM)
    c.line(arc(x, middle, half * 0.5, half * 0.5, (0, 360)), seal, 1.2, 0.8)
    icon(c, x, middle, half * 0.34)


def glass(
    c: Canvas, x: float, base: float, *, height: float = 110, half: float = 44, drink: str
) -> None:
    """A plain glass of tea."""
    top = base - height
    low = half * 0.78
    outline = [(x - half, top), (x + half, top), (x + low, base), (x - low, base)]
    ground_shadow(c, x, base, half)
    c.soft(oval(x + half * 1.2, base + 5, half * 0.9, 8), mix(drink, "#FFFFFF", 0.4), 0.6, 7)
    c.shape(outline, "#FFFFFF", 0.45)
    tea = [
        (x - half * 0.95, top + 20),
        (x + half * 0.95, top + 20),
        (x + low - 4, base - 8),
        (x - low + 4, base - 8),
    ]
    c.shape(tea, linear(mix(drink, "#FFFFFF", 0.15), drink, mix(drink, "#1B2400", 0.25)))
    c.shape(oval(x, top + 20, half * 0.95, 8), mix(drink, "#FFFFFF", 0.4))
    with c.within(outline):
        c.soft(block(x + half * 0.55, top, x + half, base), "#1B1400", 0.25, 6)
        c.line([(x - half * 0.72, top + 12), (x - low * 0.75, base - 16)], "#FFFFFF", 6, 0.6)
    c.line(arc(x, top, half, 8, (0, 360)), "#FFFFFF", 2, 0.85)
    c.line(arc(x, base - 2, low, 5, (0, 180)), "#FFFFFF", 2.4, 0.5)


def steam(c: Canvas, x: float, y: float) -> None:
    """Two wisps rising."""
    for shift, tall in ((-12, 60), (10, 78)):
        path = [
            (x + shift, y),
            (x + shift + 10, y - tall * 0.33),
            (x + shift - 8, y - tall * 0.66),
            (x + shift + 6, y - tall),
        ]
        thick = smooth(path, closed=False)
        c.soft(thick + [(px + 5, py) for px, py in reversed(thick)], "#FFFFFF", 0.75, 2.6)


def leaf(
    c: Canvas, x: float, y: float, *, long: float, turn: float, colour: str = "#2F7A3E"
) -> None:
    """A pointed leaf from its stalk, growing to the right and turned clockwise by degrees."""
    blade = smooth(
        [
            (0, 0),
            (long * 0.3, -long * 0.2),
            (long * 0.7, -long * 0.17),
            (long, 0),
            (long * 0.68, long * 0.15),
            (long * 0.3, long * 0.17),
        ]
    )
    outline = place(blade, x, y, turn=turn)
    c.soft(place(blade, x + 4, y + 7, turn=turn), SHADOW, 0.25, 4)
    c.shape(
        outline,
        radial(
            mix(colour, "#D8F0A0", 0.45),
            colour,
            mix(colour, "#06240F", 0.5),
            at=(0.4, 0.25),
            reach=0.9,
        ),
    )
    with c.within(outline):
        under = place([(0, 0), (long, 0), (long, long), (0, long)], x, y, turn=turn)
        c.shape(under, "#06240F", 0.16)
        for share in (0.2, 0.36, 0.52, 0.68):
            for side in (-1, 1):
                vein = [(long * share, 0), (long * (share + 0.16), side * long * 0.15)]
                c.line(place(vein, x, y, turn=turn), "#DDF2BE", 0.9, 0.4)
    c.line(place([(0, 0), (long * 0.92, 0)], x, y, turn=turn), "#DDF2BE", 1.7, 0.65)
