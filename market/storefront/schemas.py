"""What the shop shows of goods and of those who make them."""

from datetime import date, datetime
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field

from integrations.runtime.pages.pictures import Picture

_CARD: Final[dict[str, Any]] = {
    "code": "K7M2QX",
    "name": "Bưởi Phúc Trạch",
    "path": "/p/K7M2QX-buoi-phuc-trach",
    "variant_id": "0199f3c2-7a00-7000-8000-000000000001",
    "price_vnd": 45000,
    "unit": "quả",
    "available": 42,
    "producer": {
        "code": "D8G2",
        "name": "Nhà vườn Đồi Gió",
        "kind": "household",
        "commune": "Xã Phúc Trạch",
        "province": "Tỉnh Hà Tĩnh",
        "path": "/s/D8G2",
    },
    "picture": None,
    "live_at": "2026-11-21T08:00:00Z",
}


class Maker(BaseModel):
    """Who sells, and where."""

    code: str
    name: str
    kind: str
    commune: str
    province: str
    path: str


class Card(BaseModel):
    """One of the goods in a list. `price_vnd` is for one `unit`; `available` units are left.

    Of goods in several kinds: the cheapest that is left, and what is left of all;
    `price_is_lowest` when others that are left cost more.
    """

    model_config = ConfigDict(json_schema_extra={"example": _CARD})

    code: str
    name: str
    path: str
    variant_id: str
    price_vnd: int
    unit: str
    available: int
    unit_price_vnd: int | None = Field(None, description="Of one `unit_price_of`, kg or litre")
    unit_price_of: str | None = Field(None, examples=["kg"])
    name_en: str = Field("", description="In English; empty where there is none")
    season: str = Field("", description="`--08-15/--11-30` each year, with years once")
    in_season: bool = True
    price_is_lowest: bool = False
    producer: Maker
    picture: Picture | None
    live_at: datetime


class GoodsPage(BaseModel):
    """Goods, the newest first; `next_cursor` asks for the page after, null on the last."""

    items: list[Card]
    next_cursor: str | None = None


class Axis(BaseModel):
    """What kinds of goods differ in, and how each is called."""

    name: str = Field(examples=["Khối lượng"])
    values: list[str] = Field(examples=[["250 g", "500 g"]])


class Kind(BaseModel):
    """One kind that can be bought; `label` tells it from the others."""

    variant_id: str
    label: str = Field(examples=["250 g"])
    sku: str
    price_vnd: int
    available: int
    weight_g: int | None
    content: tuple[int, str] | None = Field(None, description='In one: so many "g", "ml", pieces')
    unit_price_vnd: int | None = Field(None, description="Of one `unit_price_of`, kg or litre")
    unit_price_of: str | None = Field(None, examples=["kg"])
    gtin: str | None = None


class Product(Card):
    """Everything a buyer reads before deciding. `methods`: how it can be paid."""

    axes: list[Axis] = Field(default_factory=list, description="Empty for goods of one kind")
    kinds: list[Kind] = Field(default_factory=list, description="In order; empty for one kind")

    description: str
    slug: str
    updated_at: datetime
    pictures: list[Picture]
    weight_g: int | None = Field(None, description="Of one, with its wrapping")
    shelf_life_days: int | None = None
    storage: str = Field("", examples=["airy"])
    allergens: list[str] = Field(default_factory=list, examples=[["peanuts"]])
    age_min: int | None = Field(None, description="Sold to nobody younger", examples=[18])
    content: tuple[int, str] | None = Field(None, description='In one: so many "g", "ml", pieces')
    gtin: str | None = None
    min_quantity: int = Field(1, description="The least in one order")
    reach: str = Field("", description="`province`, `commune`, or empty for everywhere")
    comes_on: date | None = Field(None, description="Out of season: when there will be some")
    preorder: bool = Field(False, description="May be ordered before `comes_on`")
    description_en: str = ""
    methods: list[str] = Field(examples=[["bank_qr", "cod"]])
    others: list[Card] = Field(description="Further goods of the same producer, at most four.")

    @property
    def has_facts(self) -> bool:
        """True when there is any fact to show."""
        known = (self.weight_g, self.shelf_life_days, self.storage, self.allergens, self.age_min)
        sold = (self.content, self.reach, self.season, self.min_quantity > 1)
        return any(known) or any(sold)

    @property
    def most(self) -> int:
        """What is left of one kind at most: an order line takes one kind."""
        return max((one.available for one in self.kinds), default=self.available)

    @property
    def enough(self) -> bool:
        """True when there is at least what one order takes."""
        return self.most >= self.min_quantity

    @property
    def by_preorder(self) -> bool:
        """Out of season, and may be ordered for when it comes."""
        return not self.in_season and self.preorder and self.comes_on is not None

    @property
    def can_be_ordered(self) -> bool:
        """True when it may be put into a cart now."""
        return self.orderable(self.most)

    def orderable(self, available: int) -> bool:
        """The same for a kind of which so many are left."""
        return available >= self.min_quantity and (self.in_season or self.by_preorder)


class MakerPage(Maker):
    """A producer's own page."""

    about: str
    since: datetime
    goods: list[Card]
    next_cursor: str | None = None
