"""Marks for labels and seals: a fish, a leaf, an ear of rice, a peanut, a bee, plain shapes."""

from collections.abc import Callable

from market.demo.painting.paint import Canvas, arc, block, flat, oval, place, points, smooth


def mark_fish(c: Canvas, x: float, y: float, size: float) -> None:
    """A fish, for a label."""
    body = smooth(points("-1.1,0 -0.5,-0.5 0.3,-0.42 0.75,0 0.3,0.42 -0.5,0.5"))
    c.line([*place(body, x, y, size=size), place(body, x, y, size=size)[0]], "#8A4B08", size * 0.11)
    tail = points("0.72,0 1.2,-0.42 1.2,0.42 0.72,0")
    c.line(place(tail, x, y, size=size), "#8A4B08", size * 0.11)
    c.shape(oval(x - size * 0.62, y - size * 0.1, size * 0.09, size * 0.09), "#8A4B08")
    c.line(place(arc(-0.35, 0, 0.14, 0.4, (-80, 80)), x, y, size=size), "#8A4B08", size * 0.09)


def mark_leaf(c: Canvas, x: float, y: float, size: float) -> None:
    """Two leaves on a stalk."""
    for turn, tone in ((-40, "#2F7A3E"), (-140, "#4A9A55")):
        blade = smooth(points("0,0 0.45,-0.3 1.1,0 0.45,0.28"))
        c.shape(place(blade, x, y + size * 0.35, size=size, turn=turn), tone)
    c.line([(x, y + size * 0.35), (x, y + size * 0.95)], "#2F7A3E", size * 0.12)


def mark_ear(c: Canvas, x: float, y: float, size: float) -> None:
    """An ear of rice."""
    c.line(place([(0, 1), (0.05, 0), (0, -0.9)], x, y, size=size), "#8A6A12", size * 0.08)
    for row in range(5):
        for side in (-1, 1):
            spot = (0.2 * side, 0.3 - row * 0.3)
            c.shape(place(oval(*spot, 0.24, 0.11, -side * 50), x, y, size=size), "#C79A1E")
    c.shape(place(oval(0, -1.05, 0.11, 0.22), x, y, size=size), "#C79A1E")


def mark_nut(c: Canvas, x: float, y: float, size: float) -> None:
    """A peanut."""
    shell = smooth(points("-1,0 -0.6,-0.45 0,-0.22 0.6,-0.48 1.05,0 0.6,0.48 0,0.22 -0.6,0.45"))
    c.shape(place(shell, x, y, size=size, turn=-28), "#C98A3C")
    for spot in (-0.55, 0.55):
        c.line(
            place(arc(spot, 0, 0.22, 0.22, (0, 360)), x, y, size=size, turn=-28),
            "#8A5A1E",
            size * 0.07,
        )


def mark_bee(c: Canvas, x: float, y: float, size: float) -> None:
    """A bee."""
    for turn in (-60, -110):
        wing = place(oval(0.5, 0, 0.5, 0.26), x, y - size * 0.15, size=size, turn=turn)
        c.shape(wing, "#DCEBF2")
        c.line([*wing, wing[0]], "#8A4B08", size * 0.07)
    body = place(oval(0, 0.2, 0.75, 0.48), x, y, size=size)
    c.shape(body, "#F4B731")
    with c.within(body):
        for at in (-0.25, 0.12, 0.46):
            c.line([(x + size * at, y - size), (x + size * at, y + size)], "#5B2E05", size * 0.15)
    c.line([*body, body[0]], "#5B2E05", size * 0.08)


def mark_dot(colour: str, shape: str = "round") -> Callable[[Canvas, float, float, float], None]:
    """A plain round, square or drop mark in a colour."""

    def mark(c: Canvas, x: float, y: float, size: float) -> None:
        if shape == "drop":
            path = smooth(points("0,-1 0.5,-0.1 0.62,0.45 0,0.95 -0.62,0.45 -0.5,-0.1"))
            c.shape(place(path, x, y, size=size), colour)
        elif shape == "square":
            c.shape(
                block(x - size * 0.7, y - size * 0.7, x + size * 0.7, y + size * 0.7, size * 0.1),
                colour,
            )
        else:
            c.shape(oval(x, y, size * 0.8, size * 0.8), flat(colour))
        c.soft(oval(x - size * 0.2, y - size * 0.2, size * 0.2, size * 0.12), "#FFFFFF", 0.6, 2)

    return mark
