"""Pre-flight: does a category of a marketplace take these goods? Each lack in one sentence."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from integrations.contracts.channels import CategoryNeeds
from integrations.contracts.errors import N_, Problem
from integrations.contracts.money import format_vnd

WEIGHT_MAX_G: Final = 100_000
TITLE_MAX: Final = 255
SMALL: Final = N_(
    "The photo is too small for marketplaces: 500 pixels are needed on each side."
    " Please take a new one with the phone's camera."
)
SEVERAL: Final = N_("Goods in several kinds are sold here only, not at marketplaces yet.")


AGE: Final = N_(
    "Buyers must be {age} or older. A marketplace does not ask them for us,"
    " so please sell it here only."
)


def may_be_there(goods: Mapping[str, Any]) -> bool:
    """Whether buyers of a marketplace may see goods: by `listing_state`, `cleared` (staff have
    confirmed who sells), `several`, `age_min`.
    """
    on_sale = goods["listing_state"] == "live" and goods["cleared"]
    return bool(on_sale and not goods["several"] and goods["age_min"] is None)


@dataclass(frozen=True, slots=True)
class Offered:
    """What would be sent. `listing_state` as in the catalogue; `has_picture`: ready to be sent.

    `picture_taken`: there is one, be it too small. `reach`: how far it is sent, empty for
    everywhere; `season`: when it is there, empty for all year. `several`: they come in several
    kinds. `age_min`: the age a buyer says to have.
    """

    title: str
    description: str
    price_vnd: int | None
    available: int
    weight_g: int
    has_picture: bool
    picture_taken: bool
    live: bool
    several: bool
    reach: str = ""
    season: str = ""
    min_quantity: int = 1
    age_min: int | None = None


def lacking(goods: Offered, needs: CategoryNeeds) -> list[Problem]:
    """What is missing or does not fit, in the order of the form; empty when it can be sent."""
    if goods.several:
        return [_said("channel.several", SEVERAL, "state")]
    found: list[Problem] = []
    if not goods.live:
        found.append(_said("channel.not_live", N_("The goods are not on sale here yet."), "state"))
    if not goods.has_picture:
        sentence = SMALL if goods.picture_taken else N_("A photo is missing. Please take one.")
        code = "channel.picture_small" if goods.picture_taken else "channel.picture"
        found.append(_said(code, sentence, "picture"))
    found += _terms(goods)
    found += _title(goods.title, needs)
    found += _description(goods.description, needs)
    found += _numbers(goods, needs)
    if needs.required_attributes:
        found.append(
            _said(
                "channel.attributes",
                N_("This category also asks for: {names}. Please choose another category."),
                "category_id",
                names=", ".join(needs.required_attributes),
            )
        )
    return found


def _terms(goods: Offered) -> list[Problem]:
    """A marketplace sells single ones, to the whole country, all year, to buyers of any age."""
    found: list[Problem] = []
    if goods.age_min is not None:
        found.append(
            _said(
                "channel.age",
                AGE,
                "age",
                age=goods.age_min,
            )
        )
    if goods.min_quantity > 1:
        found.append(
            _said(
                "channel.minimum",
                N_("It is sold from {least} on, but a marketplace sells single ones."),
                "minimum",
                least=goods.min_quantity,
            )
        )
    if goods.reach:
        found.append(
            _said(
                "channel.reach",
                N_("It is not sent everywhere, but a marketplace sells to the whole country."),
                "reach",
            )
        )
    if goods.season:
        found.append(
            _said(
                "channel.season",
                N_("It has a season, which a marketplace does not know. Please sell it here only."),
                "season",
            )
        )
    return found


def _title(title: str, needs: CategoryNeeds) -> list[Problem]:
    length = len(title)
    if length < needs.title_min:
        return [
            _said(
                "channel.title_short",
                N_("The name has {length} letters, at least {least} are needed there."),
                "title",
                length=length,
                least=needs.title_min,
            )
        ]
    if length > needs.title_max:
        return [
            _said(
                "channel.title_long",
                N_("The name has {length} letters, at most {most} fit there."),
                "title",
                length=length,
                most=needs.title_max,
            )
        ]
    return []


def _description(words: str, needs: CategoryNeeds) -> list[Problem]:
    if len(words) < needs.description_min:
        return [
            _said(
                "channel.description_short",
                N_("The description has {length} letters, at least {least} are needed there."),
                "description",
                length=len(words),
                least=needs.description_min,
            )
        ]
    if len(words) > needs.description_max:
        return [
            _said(
                "channel.description_long",
                N_("The description has {length} letters, at most {most} fit there."),
                "description",
                length=len(words),
                most=needs.description_max,
            )
        ]
    return []


def _numbers(goods: Offered, needs: CategoryNeeds) -> list[Problem]:
    found: list[Problem] = []
    price_vnd = goods.price_vnd or 0
    if not needs.price_min_vnd <= price_vnd <= needs.price_max_vnd:
        found.append(
            _said(
                "channel.price",
                N_("The price must be between {least} and {most} there."),
                "price",
                least=format_vnd(needs.price_min_vnd),
                most=format_vnd(needs.price_max_vnd),
            )
        )
    if needs.weight_needed and not 0 < goods.weight_g <= WEIGHT_MAX_G:
        found.append(
            _said("channel.weight", N_("Please type what one weighs, such as 1.200."), "weight_g")
        )
    return found


def _said(code: str, message: str, field: str, **params: object) -> Problem:
    return Problem(code, message, field=field, params=params)


_WEIGHT = re.compile(r"(\d[\d.,  ]*)(kg|g)?")


def read_weight(typed: str) -> int | None:
    """Grams from what people type: "1.200", "1200 g", "1,2 kg"; None when it cannot be read."""
    found = _WEIGHT.fullmatch(typed.strip().lower())
    if found is None:
        return None
    number = found[1].replace(" ", "").replace(" ", "")
    if found[2] == "kg":
        whole, _, part = number.replace(".", ",").partition(",")
        if "," in part or len(part) > 3:
            return None
        return int(whole) * 1_000 + int(part.ljust(3, "0") or 0)
    plain = number.replace(".", "").replace(",", "")
    return int(plain) if len(plain) <= 6 else None
