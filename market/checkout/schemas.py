"""Requests and answers of cart and checkout as JSON."""

from datetime import date, datetime
from typing import Any, Final, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from market.orders.rules import PartState, PaymentMethod

_VARIANT: Final = "0199f3c2-7a00-7000-8000-000000000001"
_ORDER: Final[dict[str, Any]] = {
    "lines": [{"variant_id": _VARIANT, "quantity": 6}],
    "buyer": {
        "name": "Lê Thị Hoa",
        "phone": "0912 345 678",
        "commune_code": "00070",
        "street": "12 Hàng Bài",
        "note": "",
    },
    "methods": {"D8G2": "bank_qr"},
    "seen_total_vnd": 270000,
}


class LineIn(BaseModel):
    """So many of one variant; 1 to 999."""

    variant_id: UUID
    quantity: int


class QuoteIn(BaseModel):
    """A cart to be priced; at most 20 lines."""

    model_config = ConfigDict(json_schema_extra={"example": {"lines": _ORDER["lines"]}})

    lines: list[LineIn]


class QuoteLine(BaseModel):
    """One line as it can be had now."""

    variant_id: UUID
    name: str
    unit: str
    price_vnd: int
    quantity: int
    available: int
    min_quantity: int
    deliver_from: date | None = Field(description="Ordered before its season")
    amount_vnd: int


class QuoteGroup(BaseModel):
    """What one producer would sell; `methods` are the ways to pay, the better one first."""

    producer_code: str
    producer_name: str
    methods: list[PaymentMethod]
    lines: list[QuoteLine]
    total_vnd: int


class QuoteProblem(BaseModel):
    """What has to be mended in a line before it can be ordered."""

    variant_id: UUID
    code: str
    detail: str
    left: int


class QuoteOut(BaseModel):
    """The cart by producer, and what stands in the way."""

    groups: list[QuoteGroup]
    total_vnd: int
    can_be_ordered: bool
    age_min: int | None = Field(description="The buyer must say to be of this age or older")
    problems: list[QuoteProblem]


class BuyerIn(BaseModel):
    """Who gets the goods, and where."""

    name: str
    phone: str
    commune_code: str
    street: str
    note: str = ""


class OrderIn(BaseModel):
    """One checkout. `methods`: how each producer (by code) is paid; left out, the better way.

    `seen_total_vnd`: the total that the buyer saw; when it is another by now, nothing is ordered.
    """

    model_config = ConfigDict(json_schema_extra={"example": _ORDER})

    lines: list[LineIn]
    buyer: BuyerIn
    methods: dict[str, PaymentMethod] = Field(default_factory=dict)
    of_age: bool = Field(False, description="The buyer says to be as old as `age_min` of the quote")
    seen_total_vnd: int | None = Field(None, ge=0, le=10**15)


class PlaceRequest(BaseModel):
    """What makes two posts of one form the same order; read and cleaned."""

    lines: list[LineIn]
    name: str
    phone: str
    commune_code: str
    commune_name: str
    street: str
    note: str
    methods: dict[str, str]
    seen_total_vnd: int | None
    language: str
    of_age: bool = False


class Placed(BaseModel):
    """The order that a key has made; `code_needed` when a phone must confirm it first.

    `card_id`: the card page that its card parts wait for.
    """

    order_id: UUID
    number: str
    code_needed: bool
    card_id: UUID | None = None


class LineOut(BaseModel):
    """What was agreed for one line."""

    name: str
    unit: str
    price_vnd: int
    quantity: int
    amount_vnd: int


class TransferOut(BaseModel):
    """What a bank app must be told; `qr_payload` is the VietQR text."""

    bank_bin: str
    bank_name: str
    account: str
    holder: str
    amount_vnd: int
    reference: str
    qr_payload: str


class PartOut(BaseModel):
    """One producer's part; `transfer` while it waits for a bank transfer."""

    letter: str
    producer_name: str
    state: PartState
    method: PaymentMethod
    total_vnd: int
    lines: list[LineOut]
    next: str = Field(description="What comes next, in the reader's language.")
    act_by: datetime | None
    deliver_from: date | None = Field(None, description="Ordered before its season")
    transfer: TransferOut | None
    refunded_vnd: int = Field(0, description="Given back to the card, or on its way there.")
    goes_back_vnd: int = Field(
        0, description="Of a transfer, what the seller has yet to send back."
    )


class CardOut(BaseModel):
    """All card parts of an order are paid on one page of the card service.

    `state`: opening (the page is not there yet), open (pay at `pay_url` until `expires_at`), over
    (ask for another page, or choose another way), paid. `amount_vnd` is what it pays.
    """

    state: Literal["opening", "open", "over", "paid"]
    amount_vnd: int
    pay_url: str | None
    expires_at: datetime | None


class OrderOut(BaseModel):
    """An order as its buyer sees it; `token` opens it, so it is a secret."""

    number: str
    token: str
    link: str
    total_vnd: int
    placed_at: datetime
    code_needed: bool
    card: CardOut | None = None
    parts: list[PartOut]


class CodeIn(BaseModel):
    """The six digits that came by message."""

    model_config = ConfigDict(json_schema_extra={"example": {"code": "123 456"}})

    code: str
