"""What people type about their goods, read once for form and API, and what the API answers."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from integrations.contracts.errors import N_, Problem
from integrations.contracts.measures import read_content, read_days, read_size, read_weight
from integrations.contracts.money import parse_vnd
from integrations.contracts.text import clean_line, clean_text
from market.catalog.rules import Category, Facts, StorageWay
from market.catalog.rules.gtins import read_gtin
from market.catalog.rules.seasons import read_season
from market.catalog.rules.telling import (
    read_age,
    read_allergens,
    read_minimum,
    read_one_of,
    read_reach,
    read_words,
    read_yes,
)
from market.photos.schemas import PhotoOut

NAME_MAX, UNIT_MAX, DESCRIPTION_MAX = 120, 30, 4_000
STOCK_MAX: Final = 1_000_000
_NOTHING_TOLD: Final = Facts()


@dataclass(frozen=True, slots=True)
class Changes:
    """What was typed and understood; None leaves a field as it is.

    `emptied` names the fields that were sent without content and cannot be without.
    """

    name: str | None = None
    price_vnd: int | None = None
    unit: str | None = None
    stock: int | None = None
    description: str | None = None
    emptied: tuple[str, ...] = ()
    # The type that was chosen: its code, "none", or empty for the one that the name means.
    template: str | None = None
    # Fields of `FACTS` that were sent, as `catalog.rules.Facts` keeps them.
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def any(self) -> bool:
        """True when there is something to save besides the prefilled stock."""
        typed = (self.name, self.unit, self.description, self.template)
        told = any(value != getattr(_NOTHING_TOLD, name) for name, value in self.facts.items())
        return self.price_vnd is not None or told or any(typed)


def read(typed: Mapping[str, str | None]) -> tuple[Changes, list[Problem]]:
    """Read the fields that are there: what was understood, and one problem per field that was not.

    Keys: name, price, unit, stock, description, template and those of `FACTS`, as text. Empty
    name, price and stock count as not typed.
    """
    problems: list[Problem] = []

    def line(key: str, most: int) -> str | None:
        text = typed.get(key)
        if text is None:
            return None
        clean = clean_text(text) if key == "description" else clean_line(text)
        if len(clean) > most:
            problems.append(
                Problem(
                    f"{key}.too_long",
                    N_("This is too long: {length} letters, at most {most}. Please shorten it."),
                    field=key,
                    params={"length": len(clean), "most": most},
                )
            )
            return None
        return clean

    name = line("name", NAME_MAX)
    price_vnd = _price(typed.get("price"), problems)
    unit, stock = line("unit", UNIT_MAX), _stock(typed.get("stock"), problems)
    description = line("description", DESCRIPTION_MAX)
    emptied = tuple(
        key
        for key in ("name", "price", "stock")
        if (text := typed.get(key)) is not None and not text.strip()
    )
    facts = _facts(typed, problems)
    template = typed.get("template")
    return (
        Changes(name or None, price_vnd, unit, stock, description, emptied, template, facts),
        problems,
    )


# The field as it is typed -> the fact, how it is read, and what it is when it is empty.
FACTS: Final[Mapping[str, tuple[str, Callable[[str], Any], Any]]] = {
    "category": ("category_code", read_one_of(Category), ""),
    "weight": ("weight_g", read_weight, None),
    "size": ("size_mm", read_size, None),
    "keeps": ("shelf_life_days", read_days, None),
    "storage": ("storage", read_one_of(StorageWay), ""),
    "allergens": ("allergens", read_allergens, ()),
    "age": ("age_min", read_age, None),
    "content": ("content", read_content, None),
    "gtin": ("gtin", read_gtin, None),
    "minimum": ("min_quantity", read_minimum, 1),
    "reach": ("reach", read_reach, ""),
    "season": ("season", read_season, ""),
    "preorder": ("preorder", read_yes, False),
    "name_en": ("name_en", read_words(NAME_MAX), ""),
    "description_en": ("description_en", read_words(DESCRIPTION_MAX), ""),
}
_LINES: Final = frozenset({"description_en"})


def _facts(typed: Mapping[str, str | None], problems: list[Problem]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if FACTS.keys().isdisjoint(typed):
        return found
    for key, (fact, read_it, empty) in FACTS.items():
        text = typed.get(key)
        if text is None:
            continue
        try:
            clean = clean_text(text) if key in _LINES else clean_line(text)
            found[fact] = read_it(clean) if clean else empty
        except Problem as problem:
            problems.append(problem.at(key))
    return found


def _price(text: str | None, problems: list[Problem]) -> int | None:
    if text is None or not text.strip():
        return None
    try:
        amount = parse_vnd(text)
        if amount <= 0:
            raise Problem("price.zero", N_("The price must be above 0. Please type it again."))
    except Problem as problem:
        problems.append(problem.at("price"))
        return None
    return amount


def _stock(text: str | None, problems: list[Problem]) -> int | None:
    if text is None or not text.strip():
        return None
    digits = clean_line(text).replace(".", "").replace(" ", "")
    if not (digits.isascii() and digits.isdigit()) or len(digits) > 9 or int(digits) > STOCK_MAX:
        problems.append(
            Problem(
                "stock.unreadable",
                N_("Please type how many are left, such as 12."),
                field="stock",
            )
        )
        return None
    return int(digits)


# What is sent beside the fields of goods.
_ABOUT_IT: Final = {"client_id", "base_revision", "source", "stock_was"}


class ListingIn(BaseModel):
    """Fields of a listing; what is left out stays as it is."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {
                "name": "Bưởi Phúc Trạch",
                "price": "45.000đ",
                "unit": "quả",
                "stock": 42,
                "description": "Hái trong tuần.",
                "weight": "1,2 kg",
            }
        },
    )

    name: str | None = None
    price: str | int | None = Field(None, description='Đồng: 45000, or as written: "45.000đ"')
    unit: str | None = None
    stock: int | str | None = None
    description: str | None = None
    template: str | None = Field(
        None,
        description="Type of goods that fills what is not typed: its code, `none`, or empty for"
        " the one that the name means",
        examples=["buoi"],
    )
    category: str | None = Field(None, examples=["fruit"])
    weight: str | int | None = Field(
        None, description='Of one with its wrapping; grams: 1200, or as written: "1,2 kg"'
    )
    size: str | None = Field(None, description="Of one with its wrapping: `20 x 15 x 10 cm`")
    keeps: str | int | None = Field(None, description="Days, or as written: `12 tháng`")
    storage: str | None = Field(None, examples=["airy"])
    allergens: list[str] | None = Field(None, examples=[["peanuts", "sesame"]])
    age: str | int | None = Field(None, description="18 for adults only, empty for everybody")
    content: str | None = Field(None, description="In one, unwrapped: `500 g`, `10 quả`")
    gtin: str | int | None = Field(None, description="GTIN-8, -12, -13 or -14, empty for none")
    minimum: str | int | None = Field(None, description="Units of one order, at least")
    reach: str | None = Field(None, description="`province`, `commune`, or empty for everywhere")
    season: str | None = Field(
        None, description="`15/8 - 30/11` each year, or dates: `15/8/2026 - 30/11/2026`"
    )
    preorder: str | bool | None = Field(None, description="May be ordered before the season")
    name_en: str | None = Field(None, examples=["Phúc Trạch pomelo"])
    description_en: str | None = None
    base_revision: int | None = Field(
        None,
        ge=0,
        description="The revision that was shown, 0 for none: what others changed since is merged,"
        " and a field that both changed becomes a question. Left out, what is sent is written",
        examples=[3],
    )
    source: str | None = Field(
        None,
        pattern=r"^[!-~]{8,64}$",
        description="Who sends it, such as the id of a phone: its own changes are no others'",
        examples=["phone-0192f0c1"],
    )
    stock_was: int | None = Field(
        None,
        ge=0,
        le=STOCK_MAX,
        description="What was shown as left: what was sold meanwhile stays sold",
    )

    def typed(self) -> dict[str, str | None]:
        """As texts, the way a form sends them."""
        return {
            key: " ".join(value)
            if isinstance(value, list)
            else None
            if value is None
            else str(value)
            for key, value in self.model_dump(exclude=_ABOUT_IT).items()
        }


class ListingCreate(ListingIn):
    """A new listing; `client_id` made by the sender lets a create be sent twice."""

    client_id: str = Field(
        min_length=8, max_length=64, examples=["0192f0c1-9d3e-7c55-8a51-5d2f5b1f0a77"]
    )


class QuestionOut(BaseModel):
    """A field that two people changed: `kept` stands there, `other` came second."""

    id: UUID
    field: str = Field(description="As in what is sent", examples=["name"])
    kept: str
    other: str


class AnswerIn(BaseModel):
    """Which of the two texts is right."""

    take: Literal["kept", "other"] = Field(examples=["kept"])


class ListingOut(BaseModel):
    """A listing as its producer sees it."""

    id: UUID
    code: str
    state: str = Field(examples=["draft"])
    revision: int
    name: str
    description: str
    price_vnd: int | None = Field(description="Of goods in several kinds the lowest")
    unit: str
    available: int = Field(description="Of goods in several kinds all together")
    template_code: str = Field(description="Type that fills what was not typed; empty for none")
    template_chosen: bool = Field(description="The seller chose the type, or none")
    filled: list[str] = Field(description="Fields that stand as the type filled them")
    category_code: str
    weight_g: int | None
    size_mm: tuple[int, int, int] | None = Field(description="Length, width, height")
    shelf_life_days: int | None
    storage: str
    allergens: list[str]
    age_min: int | None
    content: tuple[int, str] | None = Field(description='In one: so many "g", "ml" or pieces')
    unit_price_vnd: int | None = Field(description="Of one `unit_price_of`, kg or litre")
    unit_price_of: str | None = Field(examples=["kg"])
    gtin: str | None
    min_quantity: int
    reach: str = Field(description="`province`, `commune`, or empty for everywhere")
    season: str = Field(examples=["--08-15/--11-30"], description="Each year, or with years once")
    preorder: bool
    name_en: str
    description_en: str
    photo: PhotoOut | None
    sent_back_reason: str | None
    missing: list[str] = Field(description="What it lacks before it can be sent for review")
    questions: list[QuestionOut] = Field(description="To be answered before it can be sent")
    submitted_at: datetime | None
    live_at: datetime | None
    updated_at: datetime


class ChangeOut(BaseModel):
    """One field before and after, as people write it."""

    id: UUID
    at: datetime
    field: str = Field(
        description="As in what is sent; `state` when put away, `kinds`: which are sold",
        examples=["price"],
    )
    label: str = Field(description="Of the kind that was changed; empty for all of the goods")
    was: str
    now: str
    person_id: UUID | None
    role: str = Field(description="Of who did it; empty for what was sold", examples=["producer"])
    reason: str = Field(description="Why what is left changed: set, reserve, release, return")


class ChangePage(BaseModel):
    """Newest first; `next_cursor` opens the following page, None at the end."""

    items: list[ChangeOut]
    next_cursor: UUID | None


class ListingPage(BaseModel):
    """Newest first; `next_cursor` opens the following page, None at the end."""

    items: list[ListingOut]
    next_cursor: UUID | None


class ReviewItem(ListingOut):
    """A listing as staff see it."""

    producer_id: UUID
    producer_name: str
    producer_kind: str
    commune_name: str
    tax_class: str = Field(examples=["goods_distribution"])


class TaxChoice(BaseModel):
    """What goods can be to the tax law today; `rate_ppm` is withheld then, in millionths."""

    tax_class: str = Field(examples=["own_production"])
    title: str
    rate_ppm: int = Field(examples=[45000])


class ReviewDetail(ReviewItem):
    """One listing with what can be chosen for it."""

    tax_choices: list[TaxChoice]


class ReviewPage(BaseModel):
    """What has waited longest first."""

    items: list[ReviewItem]
    total: int
    next_cursor: UUID | None


class DecisionIn(BaseModel):
    """`revision` is the one that was looked at: a newer one is refused."""

    revision: int = Field(ge=1, examples=[1])


class ApproveIn(DecisionIn):
    """`tax_class` says what the goods are to the tax law; left out, it stays as it is."""

    tax_class: str | None = Field(None, max_length=24, examples=["own_production"])


class TaxClassIn(BaseModel):
    """What the goods are to the tax law from now on; `was` is what was looked at."""

    tax_class: str = Field(max_length=24, examples=["own_production"])
    was: str = Field(max_length=24, examples=["goods_distribution"])


class SendBackIn(DecisionIn):
    """Why, in the words that the producer will read."""

    reason: str = Field(examples=["Ảnh mờ. Mời lau ống kính rồi chụp lại."])
