"""What a cart comes to now."""

from dataclasses import replace
from uuid import UUID

from integrations.contracts.errors import Problem
from integrations.contracts.ports import Ports
from integrations.runtime.i18n import Language, translate
from integrations.runtime.settings import Settings
from market.checkout import queries
from market.checkout.rules.cart import Cart, Group, Line, Quote, no_longer_sold, quote
from market.checkout.schemas import QuoteGroup, QuoteLine, QuoteOut, QuoteProblem
from market.orders.rules import PaymentMethod


def card_from(ports: Ports, settings: Settings) -> int | None:
    """From which sum on a card may pay, in đồng; None where no cards are taken."""
    return settings.card_minimum_vnd if ports.cards is not None else None


async def price(cart: Cart, *, ports: Ports, settings: Settings) -> Quote:
    """The cart against the shelf, by one statement; none for an empty cart."""
    shelf = await queries.shelf([line.variant_id for line in cart]) if cart else []
    return quote(cart, shelf, card_from_vnd=card_from(ports, settings))


def as_seen(cart: Cart, seen: Quote) -> Cart:
    """The cart with the prices that were shown this time, so that a change is said once."""
    prices = {
        line.row["variant_id"]: int(line.row["price_vnd"])
        for group in seen.groups
        for line in group.lines
    }
    return tuple(
        replace(line, seen_vnd=prices.get(line.variant_id, line.seen_vnd)) for line in cart
    )


def quote_out(seen: Quote, language: Language) -> QuoteOut:
    """A priced cart as JSON, with what has to be mended in the reader's language."""
    lines = [line for group in seen.groups for line in group.lines]
    short = [
        _problem(line.row["variant_id"], line.problem, language, left=line.row["available"])
        for line in lines
        if line.problem is not None
    ]
    lost = [_problem(line.variant_id, no_longer_sold(), language) for line in seen.gone]
    return QuoteOut(
        groups=[_group(group) for group in seen.groups],
        total_vnd=seen.total_vnd,
        can_be_ordered=seen.can_be_ordered,
        age_min=seen.age_min,
        problems=[*short, *lost],
    )


def _problem(
    variant_id: UUID, problem: Problem, language: Language, *, left: int = 0
) -> QuoteProblem:
    detail = translate(language, problem.message, **problem.params)
    return QuoteProblem(variant_id=variant_id, code=problem.code, detail=detail, left=left)


def _group(group: Group) -> QuoteGroup:
    return QuoteGroup(
        producer_code=group.producer_code,
        producer_name=group.first["producer_name"],
        methods=[PaymentMethod(method) for method in group.methods],
        lines=[_quoted(line) for line in group.lines],
        total_vnd=group.total_vnd,
    )


def _quoted(line: Line) -> QuoteLine:
    return QuoteLine(
        variant_id=line.row["variant_id"],
        name=line.row["name"],
        unit=line.row["unit"],
        price_vnd=line.row["price_vnd"],
        available=line.row["available"],
        quantity=line.quantity,
        min_quantity=line.row["min_quantity"],
        deliver_from=line.deliver_from,
        amount_vnd=line.amount_vnd,
    )
