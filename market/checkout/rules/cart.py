"""The cart: what a buyer wants, kept in a signed cookie; and what it comes to."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final
from uuid import UUID

from itsdangerous import BadSignature, URLSafeSerializer

from integrations.contracts.errors import N_, Problem
from integrations.contracts.signing import signing_keys
from market.checkout.rules.terms import (
    age_of,
    cannot_be_paid,
    delivered_from,
    no_cash,
    not_yet,
    too_small,
)
from market.payments.rules import CARD_MAX_VND

LINES_MAX: Final = 20
QUANTITY_MAX: Final = 999
COOKIE: Final = "cart"
COOKIE_LIFETIME_S: Final = 30 * 86_400
_SALT: Final = "cart"


@dataclass(frozen=True, slots=True)
class CartLine:
    """So many of a variant; `seen_vnd` is the price that stood beside it (0: not known)."""

    variant_id: UUID
    quantity: int
    seen_vnd: int = 0


Cart = tuple[CartLine, ...]


def write_cart(cart: Cart, secret: str) -> str:
    """The cookie's value."""
    lines = [[line.variant_id.hex, line.quantity, line.seen_vnd] for line in cart]
    return str(URLSafeSerializer(signing_keys(secret), salt=_SALT).dumps(lines))


def read_cart(cookie: str | None, secret: str) -> Cart:
    """What the cookie holds; nothing when it is missing, altered or of another shape."""
    if not cookie or len(cookie) > 4_000:
        return ()
    try:
        raw: Any = URLSafeSerializer(signing_keys(secret), salt=_SALT).loads(cookie)
        lines = (CartLine(UUID(hex=hexed), int(n), int(seen)) for hexed, n, seen in raw)
        return tuple(line for line in lines if 0 < line.quantity <= QUANTITY_MAX)[:LINES_MAX]
    except (BadSignature, ValueError, TypeError, AttributeError):
        return ()


def read_quantity(text: str) -> int:
    """A typed quantity, 1 to 999. Raises `Problem` (code `cart.quantity`, field quantity)."""
    typed = text.strip()
    if re.fullmatch(r"[0-9]{1,3}", typed) and int(typed) > 0:
        return int(typed)
    raise Problem(
        "cart.quantity",
        N_("Please type how many, from 1 to {max}."),
        field="quantity",
        params={"max": QUANTITY_MAX},
    )


def added(cart: Cart, variant_id: UUID, quantity: int) -> Cart:
    """The cart with so many more. Raises `Problem` (codes `cart.full`, `cart.quantity`)."""
    there = next((line.quantity for line in cart if line.variant_id == variant_id), 0)
    if not there and len(cart) >= LINES_MAX:
        raise Problem(
            "cart.full",
            N_("A cart holds {max} kinds of goods. Please order these first."),
            params={"max": LINES_MAX},
        )
    total = there + quantity
    if total > QUANTITY_MAX:
        read_quantity(str(total))
    if there:
        return changed(cart, variant_id, total)
    return (*cart, CartLine(variant_id, quantity))


def changed(cart: Cart, variant_id: UUID, quantity: int) -> Cart:
    """The cart with another quantity of one line."""
    return tuple(
        replace(line, quantity=quantity) if line.variant_id == variant_id else line for line in cart
    )


def without(cart: Cart, variant_id: UUID) -> Cart:
    """The cart without one line."""
    return tuple(line for line in cart if line.variant_id != variant_id)


def merged(lines: Iterable[tuple[UUID, int]]) -> Cart:
    """Lines of a request as a cart. Raises `Problem` (codes `cart.empty`, `cart.full`, …)."""
    cart: Cart = ()
    for variant_id, quantity in lines:
        read_quantity(str(quantity))
        cart = added(cart, variant_id, quantity)
    if not cart:
        raise Problem("cart.empty", N_("The cart is empty. Please choose something first."))
    return cart


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the cart as the shelf is now. `row` is the shelf's; amounts in đồng."""

    row: Mapping[str, Any]
    quantity: int
    problem: Problem | None
    was_vnd: int | None

    @property
    def amount_vnd(self) -> int:
        """What it comes to; nothing while it cannot be had."""
        return 0 if self.problem else self.quantity * int(self.row["price_vnd"])

    @property
    def fits(self) -> int:
        """The nearest quantity that can be had; 0 when there is none."""
        left, least = int(self.row["available"]), int(self.row.get("min_quantity") or 1)
        return 0 if left < least or not_yet(self.row) else max(least, min(self.quantity, left))

    @property
    def deliver_from(self) -> date | None:
        """Ordered before its season: not delivered before this day."""
        return delivered_from(self.row)


@dataclass(frozen=True, slots=True)
class Group:
    """What one producer would sell: one part of the order."""

    producer_code: str
    lines: tuple[Line, ...]
    by_card: bool = False  # the cart comes to what a card can pay

    @property
    def first(self) -> Mapping[str, Any]:
        """Any row of the group: what is said of the producer is in each."""
        return self.lines[0].row

    @property
    def total_vnd(self) -> int:
        """Sum of the lines that can be had."""
        return sum(line.amount_vnd for line in self.lines)

    @property
    def deliver_from(self) -> date | None:
        """The day from which all of it can be delivered together; None for at once."""
        return max((day for line in self.lines if (day := line.deliver_from)), default=None)

    @property
    def methods(self) -> tuple[str, ...]:
        """How this producer can be paid, the better one first."""
        if self.no_cash:
            return ("bank_qr", "card") if self.by_card else ("bank_qr",)
        if not self.first["takes_transfer"]:
            return ("cod",)
        return ("bank_qr", "cod", "card") if self.by_card else ("bank_qr", "cod")

    @property
    def no_cash(self) -> bool:
        """Whether any of it may not be paid in cash."""
        return any(no_cash(line.row) for line in self.lines)


@dataclass(frozen=True, slots=True)
class Quote:
    """The cart against the shelf. `gone`: lines whose goods nobody can see any more."""

    groups: tuple[Group, ...]
    gone: tuple[CartLine, ...]

    @property
    def total_vnd(self) -> int:
        """What all parts come to."""
        return sum(group.total_vnd for group in self.groups)

    @property
    def count(self) -> int:
        """How many kinds of goods are in it."""
        return sum(len(group.lines) for group in self.groups) + len(self.gone)

    @property
    def rows(self) -> list[Mapping[str, Any]]:
        """The shelf's row of every line."""
        return [line.row for group in self.groups for line in group.lines]

    @property
    def age_min(self) -> int | None:
        """The age that its buyer must have, None for any."""
        return age_of(self.rows)

    @property
    def can_be_ordered(self) -> bool:
        """True when nothing in it has to be mended first."""
        whole = all(line.problem is None for group in self.groups for line in group.lines)
        return bool(self.groups) and whole and not self.gone


def quote(
    cart: Cart, shelf: Sequence[Mapping[str, Any]], *, card_from_vnd: int | None = None
) -> Quote:
    """Group the cart by producer, in the order of the cart, with what has changed meanwhile.

    `card_from_vnd`: from which sum on it may be paid by card; None where no cards are taken.
    """
    rows = {row["variant_id"]: row for row in shelf}
    groups: dict[str, list[Line]] = {}
    for wanted in cart:
        row = rows.get(wanted.variant_id)
        if row is not None:
            groups.setdefault(row["producer_code"], []).append(_line(wanted, row))
    whole_vnd = sum(line.amount_vnd for lines in groups.values() for line in lines)
    by_card = card_from_vnd is not None and card_from_vnd <= whole_vnd <= CARD_MAX_VND
    return Quote(
        tuple(Group(code, tuple(lines), by_card) for code, lines in groups.items()),
        tuple(line for line in cart if line.variant_id not in rows),
    )


def _line(wanted: CartLine, row: Mapping[str, Any]) -> Line:
    price_changed = wanted.seen_vnd not in (0, row["price_vnd"])
    return Line(
        row=row,
        quantity=wanted.quantity,
        problem=not_yet(row)
        or _short(row, wanted.quantity)
        or too_small(row, wanted.quantity)
        or cannot_be_paid(row),
        was_vnd=wanted.seen_vnd if price_changed else None,
    )


def _short(row: Mapping[str, Any], quantity: int) -> Problem | None:
    left = int(row["available"])
    if left < int(row.get("min_quantity") or 1):
        return too_few(0)
    return too_few(left) if left < quantity else None


def too_few(left: int) -> Problem:
    """What is said when there is less on the shelf than in the cart."""
    if left:
        return Problem(
            "stock.short", N_("Only {left} left. Please take fewer."), params={"left": left}
        )
    return Problem("stock.short", N_("This has just sold out."), params={"left": 0})


def no_longer_sold() -> Problem:
    """What is said of goods that are hidden, put away or sent back to review."""
    return Problem("cart.gone", N_("Something in the cart is not sold any more."))
