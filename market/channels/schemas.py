"""What pages and the API show of shops and goods at marketplaces, and what they are sent."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field


class ShopOut(BaseModel):
    """One connected shop; `state` is active, needs_reauth, suspended or ended."""

    id: UUID
    channel: str = Field(examples=["shopee"])
    title: str = Field(examples=["Shopee"])
    shop_id: str
    shop_name: str
    state: str
    state_words: str
    tint: str
    last_ok_at: datetime | None
    connected_at: datetime


class SideOut(BaseModel):
    """What one side shows; None: not known."""

    price_vnd: int | None
    stock: int | None
    state: str = ""
    at: datetime | None = None


class ItemOut(BaseModel):
    """Goods at a marketplace: what should be there, what was seen there, and why they differ."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "id": "01936b3e-5a7c-7a31-9f5e-0c1d2e3f4a5b",
                "name": "Bưởi Phúc Trạch",
                "wanted": "listed",
                "state": "in_step",
                "sentence": "Both sides show the same.",
                "ours": {"price_vnd": 45000, "stock": 12},
                "theirs": {"price_vnd": 45000, "stock": 12, "state": "live"},
            }
        }
    )

    id: UUID
    connection_id: UUID
    listing_id: UUID
    name: str
    unit: str
    title: str
    shop_name: str
    wanted: str
    state: str
    chip: str
    tint: str
    sentence: str
    who: str
    who_words: str
    problem_code: str
    problem_since: datetime | None
    vendor_words: str
    next_try_at: datetime | None
    category_id: str
    category_name: str
    weight_g: int
    title_there: str
    keep_back: int
    item_id: str
    url: str
    ours: SideOut
    theirs: SideOut
    words_differ: bool
    mend_words: str
    mend_url: str
    thumb_key: str


class ChannelsOut(BaseModel):
    """Connected shops and goods there, newest first; `next_cursor` opens the next page."""

    shops: list[ShopOut]
    items: list[ItemOut]
    next_cursor: UUID | None


class ConsentOut(BaseModel):
    """The marketplace's page on which the seller agrees; good for this session, 15 minutes."""

    url: str


class ConnectIn(BaseModel):
    """What the marketplace brought back to the return address."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "code": "5a6b7c8d9e",
                "shop_id": "226543210",
                "state": "eyJzIjoiMDE5MzZiM2UifQ.aZ3k",
            }
        }
    )

    code: str = Field(min_length=1, max_length=300)
    shop_id: str = Field(min_length=1, max_length=40)
    state: str = Field(min_length=1, max_length=500)


class CategoryOut(BaseModel):
    """A kind of goods, as the marketplace names it."""

    id: str
    name: str


class OfferIn(BaseModel):
    """Goods to be shown in a shop. `title` replaces the name there; `keep_back` units stay here."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "listing_id": "01936b3e-5a7c-7a31-9f5e-0c1d2e3f4a5b",
                "connection_id": "01936b3e-5a7c-7a31-9f5e-0c1d2e3f4a5c",
                "category_id": "100780",
                "weight_g": 1200,
                "title": "",
                "keep_back": 2,
            }
        }
    )

    listing_id: UUID
    connection_id: UUID
    category_id: str = Field(min_length=1, max_length=40)
    weight_g: int = Field(ge=0, le=100_000)
    title: str = Field("", max_length=255)
    keep_back: int = Field(0, ge=0, le=1_000_000)


class TroubleOut(BaseModel):
    """Goods that stand still at a marketplace, for staff."""

    id: UUID
    name: str
    title: str
    shop_name: str
    producer_name: str
    producer_phone: str
    commune_name: str
    sentence: str
    who_words: str
    code: str
    vendor_words: str
    since: datetime | None
    next_try_at: datetime | None


class SilentOut(BaseModel):
    """A shop that we may not act for any more, for staff."""

    id: UUID
    title: str
    shop_name: str
    state_words: str
    producer_name: str
    producer_phone: str
    commune_name: str
    since: datetime | None


class TroublesOut(BaseModel):
    """The longest-standing first; `next_cursor` opens the next page."""

    shops: list[SilentOut]
    items: list[TroubleOut]
    next_cursor: UUID | None
