"""One scene for each kind from garden and field: fruit, honey, nuts, rice, tea, candy."""

import math

from market.demo.painting import goods, marks, props, strewn
from market.demo.painting.paint import (
    Canvas,
    arc,
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

POMELO = ("#F1EC96", "#CBD055", "#8FA02F")
ORANGE = ("#FFC46A", "#F3922B", "#C9600F")
AMBER = linear("#FFD25E", "#F6A91F", "#D97A0B", "#A9520A")


def pomelo(c: Canvas) -> None:
    """Two pomelos and a cut one."""
    goods.fruit(c, 545, 428, 112, POMELO, pear=0.9, leaves=1)
    goods.fruit(c, 296, 486, 150, POMELO, pear=0.9)
    goods.citrus_half(c, 496, 432, 102, rind="#C9CC4F", flesh="#EFA08E")


def pomelo_gift(c: Canvas) -> None:
    """Three chosen pomelos on a tray, with leaves."""
    props.tray(c, 400, 462, rx=276, ry=96)
    for turn, x in ((196, 210), (158, 226), (-18, 590), (24, 570)):
        props.leaf(c, x, 450, long=104, turn=turn, colour="#3F8A4A")
    goods.fruit(c, 404, 420, 106, POMELO, pear=0.9, leaves=2)
    goods.fruit(c, 290, 488, 112, POMELO, pear=0.9, leaves=1)
    goods.fruit(c, 516, 492, 116, POMELO, pear=0.9, leaves=1)
    ribbon = smooth(points("520,258 538,300 534,360 512,426"), closed=False)
    c.line(ribbon, "#B42318", 5)
    c.shape(place(block(-22, 0, 22, 62, 5), 508, 424, turn=8), "#FFF8E8")
    marks.mark_leaf(c, 504, 452, 15)


def orange(c: Canvas) -> None:
    """A heap of oranges, one of them cut."""
    for x, base, radius in ((330, 410, 86), (488, 406, 90), (408, 356, 80)):
        goods.fruit(c, x, base, radius, ORANGE, leaves=1)
    goods.fruit(c, 244, 484, 96, ORANGE, leaves=2)
    goods.fruit(c, 568, 486, 94, ORANGE, leaves=1)
    goods.citrus_half(c, 408, 436, 82, rind="#F3922B", flesh="#F7A23B")


def orange_peel(c: Canvas) -> None:
    """Candied peel of oranges in a jar."""
    strips = turned(strewn.chip("#F08A1C"), 12) + turned(strewn.chip("#F6A63A"), 8)

    def peel(k: Canvas) -> None:
        strewn.strew(k, strips, 120, (330, 386, 90, 92), shadow=0.35)

    goods.fruit(c, 586, 446, 92, ORANGE, leaves=2)
    props.jar(c, 330, 486, half=108, height=256, content=AMBER, lid="#0B6B3A", inside=peel)
    props.label(c, 330, 346, 106, 84, band="#B25E09", icon=marks.mark_dot("#F3922B"))
    strewn.strew(c, strips, 26, (540, 508, 110, 24), heap=18)


def hexes(c: Canvas, colour: str) -> None:
    """A pattern of honeycomb on the wall."""
    corners = [math.radians(60 * turn + 30) for turn in range(7)]
    spots = [(column * 63 + row % 2 * 31.5, row * 55) for row in range(7) for column in range(14)]
    rings = [[(x + 33 * math.cos(a), y + 33 * math.sin(a)) for a in corners] for x, y in spots]
    c.lines(rings, colour, 3, 0.4)


def blossom(c: Canvas, x: float, y: float, size: float) -> None:
    """A white flower with a yellow heart."""
    petal = smooth(points("0,0 0.35,-0.36 0.95,-0.2 1,0.12 0.4,0.32"))
    for turn in range(0, 360, 72):
        c.soft(place(petal, x + 3, y + 5, size=size, turn=turn), props.SHADOW, 0.2, 3)
        c.shape(place(petal, x, y, size=size, turn=turn), radial("#FFFFFF", "#FFFBF0", "#E6DCC4"))
    c.shape(oval(x, y, size * 0.24, size * 0.24), radial("#FFE07A", "#F2A71B", "#B96F06"))


def bee_seal(c: Canvas, x: float, y: float, size: float) -> None:
    """A bee on a six-sided label."""
    corners = [math.radians(60 * turn) for turn in range(6)]
    ring = [(x + size * math.cos(a), y + size * math.sin(a)) for a in corners]
    c.shape(ring, props.CREAM)
    c.line([*ring, ring[0]], "#8A4B08", 3)
    marks.mark_bee(c, x, y, size * 0.52)


def honey(c: Canvas) -> None:
    """A jar of blossom honey before honeycomb."""
    hexes(c, "#E9BE62")
    props.leaf(c, 560, 470, long=92, turn=160, colour="#3F8A4A")
    props.jar(
        c, 388, 490, half=132, height=286, content=AMBER, lid="#9A6431",
        inside=lambda k: k.soft(oval(346, 330, 62, 96), "#FFE9A0", 0.45, 26),
    )  # fmt: skip
    bee_seal(c, 388, 376, 66)
    blossom(c, 566, 478, 48)
    blossom(c, 626, 512, 34)
    blossom(c, 226, 520, 30)


def wild_honey(c: Canvas) -> None:
    """A tall bottle of dark forest honey and a piece of comb."""
    hexes(c, "#DDAE55")
    props.bottle(
        c, 320, 490, height=380, half=84, liquid="#C06A0C", cap="#8A5A2B", band="#8A4B08",
        icon=marks.mark_bee,
    )  # fmt: skip
    goods.comb(c, 548, 458)
    blossom(c, 470, 530, 26)


def peanut_oil(c: Canvas) -> None:
    """Two bottles of oil and peanuts."""
    nuts = turned(strewn.peanut_shell(), 12)
    for x, base, height, half in ((492, 438, 316, 56), (334, 484, 378, 66)):
        props.bottle(
            c, x, base, height=height, half=half, liquid="#E9A91F", cap="#B42318",
            band="#0B6B3A", icon=marks.mark_nut, slim=True,
        )  # fmt: skip
    strewn.strew(c, nuts, 30, (570, 492, 112, 34), heap=34)
    strewn.strew(c, turned(strewn.kernel(), 10), 14, (440, 536, 90, 14))


def peanuts(c: Canvas) -> None:
    """A tray of shelled peanuts, a few still in their shells."""
    kernels = turned(strewn.kernel("#C06A48"), 14, size=1.25)
    kernels += turned(strewn.kernel("#B05638"), 10, size=1.2)
    props.tray(c, 400, 396, rx=316, ry=160)
    strewn.strew(c, kernels, 420, (400, 394, 222, 100), heap=52, shadow=0.4)
    strewn.strew(c, turned(strewn.peanut_shell(), 12, size=1.3), 9, (596, 462, 70, 30))


def rice(c: Canvas) -> None:
    """A bag of rice, a bowl heaped with grains and ears of rice."""
    props.pouch(
        c, 524, 460, half=122, height=318, seal="#8A6A12", icon=marks.mark_ear,
        paper=("#C9B48A", "#F3E6C6", "#FBF2DC", "#E6D4AA", "#BCA273"),
    )  # fmt: skip
    grains = turned(strewn.grain("#FBF6E6", long=6.4, thick=2.1), 14)

    def heap(k: Canvas) -> None:
        mound = [*arc(276, 420, 118, 82, (180, 360)), *arc(276, 420, 118, 24, (0, 180))]
        k.shape(mound, radial("#FFFFFF", "#F6EEDA", "#D9CBA8"))
        with k.within(mound):
            strewn.strew(k, grains, 620, (276, 386, 118, 56), shadow=0.2)

    props.bowl(c, 276, 500, half=132, height=88, content=flat("#F1E7CC"), heap=heap, band="#0B6B3A")
    strewn.strew(c, grains, 60, (440, 536, 150, 18))
    ear(c, 668, 508, 205)
    ear(c, 690, 532, 214)


def ear(c: Canvas, x: float, y: float, turn: float) -> None:
    """An ear of rice lying on the table."""
    stalk = place(smooth([(0, 0), (90, -10), (190, 14)], closed=False), x, y, turn=turn)
    c.soft([*stalk, *[(px + 4, py + 12) for px, py in reversed(stalk)]], props.SHADOW, 0.3, 4)
    c.line(stalk, "#A9842A", 2.4)
    for index in range(12):
        along = 62 + index * 11
        for side in (-1, 1):
            seed = oval(along, 5 * math.sin(along / 30) + side * 8, 11, 4, side * 26)
            c.shape(place(seed, x, y, turn=turn), radial("#FBE9A8", "#DDB53E", "#9A7414"))


def tea(c: Canvas) -> None:
    """Ginger tea: a pouch, a steaming glass, a root and slices of it."""
    props.pouch(c, 292, 470, half=114, height=316, seal="#B25E09", icon=marks.mark_leaf)
    goods.rhizome(c, 600, 430, turn=-10, size=1.15, tone="#D9A860")
    props.glass(c, 470, 512, height=136, half=54, drink="#D9901E")
    props.steam(c, 470, 386)
    slices = [strewn.slice_disc("#F6DC92", "#C99A4E"), strewn.slice_disc("#F3D27E", "#BF8E44")]
    strewn.strew(c, slices, 6, (612, 512, 70, 16))


def green_tea(c: Canvas) -> None:
    """Fresh tea leaves and two glasses of green tea."""
    fan = points(
        "-150,150 -120,160 -88,150 -58,156 -30,160 172,170 8,170 150,130 32,130 "
        "-104,126 -72,124 -138,130 -44,132 95,74"
    )
    for turn, long in fan:
        tone = mix("#2F7A3E", "#8FBF3F", c.random.uniform(0, 0.6))
        x, y = 424 + c.random.uniform(-14, 22), 436 + c.random.uniform(-16, 18)
        props.leaf(c, x, y, long=long * 1.08, turn=turn, colour=tone)
    c.line(smooth([(430, 470), (432, 506), (424, 540)], closed=False), "#6B5A2A", 8)
    props.glass(c, 232, 488, height=142, half=56, drink="#A9BF3A")
    props.glass(c, 624, 512, height=130, half=52, drink="#B2C544")
    props.steam(c, 232, 358)


def cu_do(c: Canvas) -> None:
    """Peanut candy between two sesame crackers, and tea to go with it."""
    nuts = [strewn.kernel("#E3BC80"), strewn.kernel("#D9A968"), strewn.kernel("#EBCB98")]
    goods.cracker(c, 480, 266, 150)
    goods.sandwich(c, 330, 488, 172, nuts)
    goods.sandwich(c, 344, 436, 170, nuts)
    props.glass(c, 606, 508, height=132, half=52, drink="#9DB53C")
    props.steam(c, 606, 388)


def cu_do_mini(c: Canvas) -> None:
    """Small sandwiches of the same, piled on a tray."""
    nuts = turned(strewn.kernel("#E3BC80"), 1, size=0.5)
    nuts += turned(strewn.kernel("#D9A968"), 1, size=0.5)
    props.tray(c, 400, 430, rx=304, ry=140)
    rows = (
        (352, "330 410 490"),
        (392, "270 360 450 540"),
        (436, "226 318 410 502 590"),
        (378, "368 458"),
        (422, "318 410 500"),
        (490, "272 364 456 546"),
    )
    for base, across in rows:
        for x in across.split():
            goods.sandwich(c, int(x) + c.random.uniform(-6, 6), base, 46, nuts)


def sesame_candy(c: Canvas) -> None:
    """Bars of black sesame candy, stacked."""
    seeds = turned(strewn.grain("#1E1712", long=3.8, thick=2.2), 10)
    seeds += turned(strewn.grain("#4A3A2C", long=3.8, thick=2.2), 6)
    seeds += turned(strewn.grain("#F0E2C0", long=3.6, thick=2.1), 3)
    candy_stack(c, ("#5E4028", "#2E1C10"), seeds)


def peanut_candy(c: Canvas) -> None:
    """Bars of peanut candy with white sesame, stacked."""
    seeds = turned(strewn.grain("#F9ECC8", long=4, thick=2.3), 10)
    seeds += turned(strewn.kernel("#E3B070"), 6, size=0.75)
    candy_stack(c, ("#E8AC4A", "#A9621A"), seeds)


def candy_stack(c: Canvas, tones: tuple[str, str], seeds: goods.Seeds) -> None:
    """Bars in three layers, and crumbs before them."""
    rows = (
        (452, "254 404 554"),
        (502, "232 382 532"),
        (412, "328 478"),
        (462, "306 456"),
        (396, "392"),
    )
    for y, across in rows:
        for x in across.split():
            goods.slab(c, int(x), y, tones=tones, seeds=seeds)
    strewn.strew(c, seeds, 60, (470, 540, 170, 16))


def deer_antler(c: Canvas) -> None:
    """Young antlers and thin slices of them, on a tray."""
    props.tray(c, 400, 400, rx=316, ry=162)
    goods.antler(c, 190, 408, turn=72, size=1.45)
    goods.antler(c, 300, 476, turn=80, size=1.3, flip=True)
    discs = [strewn.slice_disc("#E9A48C", "#7A4526"), strewn.slice_disc("#E2937C", "#6B3A1E")]
    strewn.strew(c, turned(discs[0], 1, size=1.3) + turned(discs[1], 1, size=1.2), 20,
                 (560, 452, 88, 40), heap=16, shadow=0.4)  # fmt: skip


def jackfruit_chips(c: Canvas) -> None:
    """A pouch and a bowl heaped with yellow crisps."""
    chips = turned(strewn.chip("#F2B62B"), 12, size=1.1) + turned(strewn.chip("#F8CC55"), 9)
    props.pouch(
        c, 288, 466, half=116, height=318, seal="#B25E09", icon=marks.mark_dot("#F2B62B", "drop")
    )
    props.bowl(
        c, 546, 502, half=134, height=94, content=flat("#A66A10"),
        heap=lambda k: strewn.strew(k, chips, 100, (546, 406, 102, 18), heap=60),
    )  # fmt: skip
    strewn.strew(c, chips, 8, (370, 534, 100, 12))
