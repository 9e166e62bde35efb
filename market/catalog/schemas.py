"""The shapes of a listing's variants."""

from typing import Any, Final
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

_EXAMPLE: Final[dict[str, Any]] = {
    "revision": 1,
    "axes": [{"name": "Khối lượng", "values": ["250 g", "500 g"]}],
    "variants": [
        {"values": ["250 g"], "price": "45.000đ", "stock": 12, "weight": "300 g"},
        {"values": ["500 g"], "price": 80000, "stock": 5},
    ],
}


class AxisShape(BaseModel):
    """What variants differ in, and how each is called."""

    name: str = Field(max_length=200, examples=["Khối lượng"])
    values: list[str] = Field(max_length=50, examples=[["250 g", "500 g"]])


class VariantOut(BaseModel):
    """One variant that is sold; `label` says its values in a row."""

    id: UUID
    values: list[str] = Field(description="One for each axis, none for goods of one kind")
    label: str
    sku: str
    price_vnd: int | None
    available: int
    weight_g: int | None
    size_mm: tuple[int, int, int] | None = Field(description="Length, width, height")
    content: tuple[int, str] | None = Field(description='In one: so many "g", "ml", pieces')
    gtin: str | None


class VariantsOut(BaseModel):
    """What goods differ in, and their variants in order; one without axes for simple goods."""

    revision: int
    state: str = Field(examples=["live"])
    axes: list[AxisShape]
    variants: list[VariantOut]


class VariantIn(BaseModel):
    """One variant to be sold. What is left out stays; a new one is like the first, with none left,
    and nothing is known of its content and barcode.

    `stock_was`: what was seen as left; the difference is applied, so that sales stay sold.
    """

    model_config = ConfigDict(extra="forbid")

    values: list[str] = Field(max_length=2)
    price: str | int | None = None
    stock: str | int | None = None
    stock_was: int | None = Field(None, ge=0)
    weight: str | int | None = None
    size: str | None = None
    content: str | None = Field(None, examples=["500 g"], description="How much is in one")
    gtin: str | None = Field(None, description="Number under the barcode")
    sku: str | None = Field(None, description="Your own code, up to 40 letters")


class VariantsIn(BaseModel):
    """All that is to be sold; other combinations are put away. `revision`: what was looked at."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": _EXAMPLE})

    revision: int = Field(ge=1)
    axes: list[AxisShape] = Field(max_length=2)
    variants: list[VariantIn] = Field(min_length=1, max_length=50)
