"""Is a listing ready to be shown to staff and buyers? Pure, with the reasons in words."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

from integrations.contracts.errors import N_, Problem

REASON_MIN: Final = 3
REASON_MAX: Final = 500
# Staff answer within this time; later, a follow-up stands on their desk.
REVIEW_WITHIN_S: Final = 2 * 86_400

# What staff ask for most often. The text is what the seller reads, so it is kept in Vietnamese
# as it was sent; staff see it in their own language.
REASONS: Final = (
    N_("The photo is blurred. Please wipe the lens and take it again."),
    N_("The photo does not show the goods. Please take one of the goods themselves."),
    N_("It is not clear what the price is for. Please add the unit, such as 1 kg."),
    N_("The name is not clear. Please call it as you do at the market."),
    N_("The words promise to heal. Food must not say so. Please take them out."),
)


# What goods are to the tax law, as people say it. Which of them there are says the day's rows.
TAX_WORDS: Final[Mapping[str, str]] = {
    "goods_distribution": N_("Bought to sell again"),
    "own_production": N_("Made by the seller"),
    "raw_farm_produce": N_("Grown or raised by the seller, sold as it is"),
    "services": N_("A service"),
}


@dataclass(frozen=True, slots=True)
class ListingFacts:
    """What readiness looks at. `photo_state` is None without a photo."""

    name: str
    price_vnd: int | None
    photo_state: str | None
    photo_problem: Problem | None = None


def missing(facts: ListingFacts) -> list[Problem]:
    """What a listing lacks before it can be sent for review, one sentence each, in form order.

    A photo that is still being prepared is enough; one that was refused is not.
    """
    found: list[Problem] = []
    if facts.photo_problem is not None:
        found.append(facts.photo_problem.at("photo"))
    elif facts.photo_state is None:
        found.append(
            Problem("photo.missing", N_("A photo is missing. Please take one."), field="photo")
        )
    if not facts.name:
        found.append(name_missing())
    if facts.price_vnd is None:
        found.append(price_missing())
    return found


def name_missing() -> Problem:
    """The name field is empty."""
    return Problem("name.missing", N_("The name is missing. Please type it."), field="name")


def price_missing() -> Problem:
    """The price field is empty."""
    return Problem(
        "price.missing",
        N_("The price is missing. Please type it in numbers, such as 45.000."),
        field="price",
    )


def stock_missing() -> Problem:
    """The field of what is left is empty."""
    return Problem("stock.missing", N_("Please type how many are left, such as 12."), field="stock")


EMPTIED: Final = {"name": name_missing, "price": price_missing, "stock": stock_missing}


def check_reason(reason: str) -> str:
    """The reason as it is kept. Raises `Problem` (`reason.missing`, `reason.too_long`)."""
    if len(reason) < REASON_MIN:
        raise Problem(
            "reason.missing",
            N_("Please choose or type what the seller should mend."),
            field="reason",
        )
    if len(reason) > REASON_MAX:
        raise Problem(
            "reason.too_long",
            N_("This is too long: {length} letters, at most {most}. Please shorten it."),
            field="reason",
            params={"length": len(reason), "most": REASON_MAX},
        )
    return reason


def check_tax_class(tax_class: str, known: Collection[str]) -> str:
    """The class as it is kept. Raises `Problem` (`tax_class.unknown`)."""
    if tax_class not in known:
        raise Problem(
            "tax_class.unknown",
            N_("Please choose one of the kinds in the list."),
            field="tax_class",
        )
    return tax_class
