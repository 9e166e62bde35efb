"""What people type about their goods, read once for form and API, and what the API answers."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from integrations.contracts.errors import N_, Problem
from integrations.contracts.money import parse_vnd
from integrations.contracts.text import clean_line, clean_text
from market.photos.schemas import PhotoOut

NAME_MAX, UNIT_MAX, DESCRIPTION_MAX = 120, 30, 4_000
STOCK_MAX: Final = 1_000_000


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

    @property
    def any(self) -> bool:
        """True when there is something to save besides the prefilled stock."""
        return bool(self.name or self.price_vnd is not None or self.unit or self.description)


def read(typed: Mapping[str, str | None]) -> tuple[Changes, list[Problem]]:
    """Read the fields that are there: what was understood, and one problem per field that was not.

    Keys: name, price, unit, stock, description, as text. Empty name, price and stock count as
    not typed.
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
    return Changes(name or None, price_vnd, unit, stock, description, emptied), problems


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
            }
        },
    )

    name: str | None = None
    price: str | int | None = Field(None, description='Đồng: 45000, or as written: "45.000đ"')
    unit: str | None = None
    stock: int | str | None = None
    description: str | None = None

    def typed(self) -> dict[str, str | None]:
        """As texts, the way a form sends them."""
        return {
            key: None if value is None else str(value)
            for key, value in self.model_dump(exclude={"client_id"}).items()
        }


class ListingCreate(ListingIn):
    """A new listing; `client_id` made by the sender lets a create be sent twice."""

    client_id: str = Field(
        min_length=8, max_length=64, examples=["0192f0c1-9d3e-7c55-8a51-5d2f5b1f0a77"]
    )


class ListingOut(BaseModel):
    """A listing as its producer sees it."""

    id: UUID
    code: str
    state: str = Field(examples=["draft"])
    revision: int
    name: str
    description: str
    price_vnd: int | None
    unit: str
    available: int
    photo: PhotoOut | None
    sent_back_reason: str | None
    missing: list[str] = Field(description="What it lacks before it can be sent for review")
    submitted_at: datetime | None
    live_at: datetime | None
    updated_at: datetime


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
