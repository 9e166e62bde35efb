"""What the shop shows of goods and of those who make them."""

from datetime import datetime
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
    """One of the goods in a list. `price_vnd` is for one `unit`; `available` units are left."""

    model_config = ConfigDict(json_schema_extra={"example": _CARD})

    code: str
    name: str
    path: str
    variant_id: str
    price_vnd: int
    unit: str
    available: int
    producer: Maker
    picture: Picture | None
    live_at: datetime


class GoodsPage(BaseModel):
    """Goods, the newest first; `next_cursor` asks for the page after, null on the last."""

    items: list[Card]
    next_cursor: str | None = None


class Product(Card):
    """Everything a buyer reads before deciding. `methods`: how it can be paid."""

    description: str
    slug: str
    updated_at: datetime
    pictures: list[Picture]
    weight_g: int | None = Field(None, description="Of one, with its wrapping")
    shelf_life_days: int | None = None
    storage: str = Field("", examples=["airy"])
    allergens: list[str] = Field(default_factory=list, examples=[["peanuts"]])
    age_min: int | None = Field(None, description="Sold to nobody younger", examples=[18])
    methods: list[str] = Field(examples=[["bank_qr", "cod"]])
    others: list[Card] = Field(description="Further goods of the same producer, at most four.")

    @property
    def has_facts(self) -> bool:
        """True when there is one of weight, storage, time, allergens and age to show."""
        known = (self.weight_g, self.shelf_life_days, self.storage, self.allergens, self.age_min)
        return any(known)


class MakerPage(Maker):
    """A producer's own page."""

    about: str
    since: datetime
    goods: list[Card]
    next_cursor: str | None = None
