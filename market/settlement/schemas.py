"""What pages and the API show of an order part, the month's money and what is to do."""

from datetime import date, datetime
from typing import Any, Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from integrations.runtime.pages.pictures import Picture


class LineOut(BaseModel):
    """One variant as it was agreed."""

    name: str
    unit: str
    quantity: int
    price_vnd: int
    amount_vnd: int
    picture_key: str


class BuyerOut(BaseModel):
    """Who buys: initials and commune until the order is confirmed, then all that sending needs.

    Staff read initials and a masked number, in full only while they have to call about the order.
    """

    name: str
    commune: str
    phone: str | None = None
    street: str | None = None


class SellerOut(BaseModel):
    """Who sells; the number to call when one part is shown."""

    name: str
    phone: str | None = None


class StepOut(BaseModel):
    """One of the producer's steps: `money`, `confirm`, `hand_over`, `complete` or `paid`."""

    key: str
    title: str
    done: bool
    now: bool


class WordOut(BaseModel):
    """What the producer said about the money, looking into the bank app: received, not_seen."""

    said: str
    at: datetime


class BankLineOut(BaseModel):
    """What the bank reported; `outcome` is what we made of it, `content` for finance staff only."""

    amount_vnd: int
    direction: str
    account_last4: str
    outcome: str
    at: datetime
    content: str | None = None


class PaymentOut(BaseModel):
    """The money of a part; `said` is the producer's last word, `words` are all of them.

    `evidence` says by what it was settled: bank_event, seller, cash, card or channel.
    """

    state: str
    reference: str
    amount_vnd: int
    received_vnd: int
    evidence: str
    bank_name: str
    confirmed_at: datetime | None
    settled_at: datetime | None
    said: str | None
    words: list[WordOut] = []
    bank: list[BankLineOut] = []


class OpenOut(BaseModel):
    """What is open about a part: who has to do it and by when."""

    id: UUID
    kind: str
    for_role: str
    details: dict[str, Any]
    due_at: datetime
    late: bool


class EventOut(BaseModel):
    """What happened, in order; `by` is the role of who did it, `system` for the clock."""

    state: str
    note: str
    at: datetime
    by: str


class CardMoneyOut(BaseModel):
    """What a card has paid for a part, through the programme.

    `late`: it paid for nothing and goes back. `frozen`: the buyer's bank asks for it back.
    """

    amount_vnd: int
    refunded_vnd: int
    late: bool
    frozen: bool


class PartOut(BaseModel):
    """What one producer sells in an order. `actions` are what can be asked for now."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "id": "01936b3e-5a7c-7a31-9f5e-0c1d2e3f4a5b",
                "number": "K7M2QX",
                "letter": "A",
                "state": "placed",
                "method": "bank_qr",
                "goods": "6 quả Bưởi Phúc Trạch",
                "total_vnd": 270000,
                "commission_vnd": 0,
                "vat_vnd": 2700,
                "pit_vnd": 1350,
                "net_vnd": 265950,
                "actions": ["confirm", "cannot"],
            }
        }
    )

    id: UUID
    number: str
    letter: str
    state: str
    method: str
    goods: str
    lines: list[LineOut]
    total_vnd: int
    commission_vnd: int
    vat_vnd: int
    pit_vnd: int
    net_vnd: int
    seller: SellerOut
    buyer: BuyerOut
    note: str = ""
    created_at: datetime
    expires_at: datetime | None
    answer_by: datetime | None
    paid_at: datetime | None
    deliver_from: date | None = Field(None, description="Ordered before its season")
    age_stated: int | None = Field(None, description="The buyer said to be of this age or older")
    steps: list[StepOut]
    actions: list[str]
    picture: Picture | None = None
    payment: PaymentOut | None = None
    card: list[CardMoneyOut] = []
    source: str = "shop"
    marketplace: str = ""
    outside_id: str = ""
    channel_fee_vnd: int | None = None
    open: list[OpenOut] = []
    todo: OpenOut | None = Field(
        None, description="Money that the producer has to send back or look for, in any state"
    )
    events: list[EventOut] = []


class PartPage(BaseModel):
    """Newest first; `next_cursor` opens the next page."""

    items: list[PartOut]
    next_cursor: UUID | None


class CannotIn(BaseModel):
    """Why the producer cannot do it; the buyer reads it."""

    reason: str = Field(min_length=1, max_length=200, examples=["Out of goods"])


class SaidIn(BaseModel):
    """What the producer sees in the bank app."""

    said: Literal["received", "not_seen"]


class SaidOut(BaseModel):
    """What became of it, and the part as it is now.

    settled: the order is placed. already: it was settled before. not_seen: the buyer was told.
    contradicts: staff look at both sides. gone: the goods are sold, the money goes back.
    """

    result: Literal["settled", "already", "not_seen", "contradicts", "gone"]
    part: PartOut


class MovementOut(BaseModel):
    """One settled part of the month."""

    id: UUID
    number: str
    letter: str
    method: str
    state: str
    total_vnd: int
    taken_vnd: int
    net_vnd: int
    refunded_vnd: int = 0
    evidence: str
    settled_at: datetime


class MoneyOut(BaseModel):
    """A month in Viet Nam. `owed_vnd` is all that is owed to the programme by now.

    `card_net_vnd` of the month's `net_vnd` came by card, through the programme, and
    `channel_net_vnd` from marketplaces, which kept `channel_fee_vnd`; the rest went straight to the
    producer. `held_vnd` is all that the programme has for the producer by now and
    will pass on; `frozen_vnd` of it waits for a buyer's bank. What went back to cards is taken off.
    `send_back_vnd` is what the producer still has to send back to buyers, of `send_back_parts`.
    """

    month: date
    parts: int
    gross_vnd: int
    commission_vnd: int
    vat_vnd: int
    pit_vnd: int
    net_vnd: int
    card_net_vnd: int
    channel_fee_vnd: int
    channel_net_vnd: int
    still_parts: int
    still_vnd: int
    owed_vnd: int
    owed_month_vnd: int
    held_vnd: int
    frozen_vnd: int
    send_back_vnd: int
    send_back_parts: int
    movements: list[MovementOut]


class RefundIn(BaseModel):
    """What goes back to the card: a sum, or the whole of what is left; why, for the record."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"amount_vnd": 50000, "reason": "Two jars were broken"}}
    )

    amount_vnd: int | None = Field(None, ge=1, le=10**12, description="Left out with `whole`.")
    whole: bool = False
    reason: str = Field(min_length=1, max_length=200)

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if self.whole == (self.amount_vnd is not None):
            raise ValueError("give amount_vnd, or whole: true")
        return self


class RefundOut(BaseModel):
    """Money on its way back. `state`: wanted, sent (outcome unknown), pending, succeeded, failed.

    `reason`: staff, cannot (the producer called it off), late (the money came too late).
    """

    id: UUID
    amount_vnd: int
    state: str
    reason: str
    note: str = ""
    created_at: datetime | None = None
    done_at: datetime | None = None


class RefundsOut(BaseModel):
    """A part's card money: what was paid, what may still be given back, what went back."""

    paid_vnd: int
    left_vnd: int
    frozen: bool
    items: list[RefundOut]


class FollowUpOut(BaseModel):
    """Something that a person has to do by `due_at`."""

    id: UUID
    kind: str
    title: str
    subject_type: str
    subject_id: UUID
    for_role: str
    number: str | None
    letter: str | None
    state: str | None
    producer_name: str | None
    producer_phone: str | None
    details: dict[str, Any]
    raw: str | None = Field(
        None, description="The notice that could not be read, its beginning; for finance staff"
    )
    opened_at: datetime
    due_at: datetime
    late: bool


class FollowUpPage(BaseModel):
    """Most urgent first; `next_cursor` opens the next page."""

    items: list[FollowUpOut]
    next_cursor: UUID | None


class CloseIn(BaseModel):
    """What came of it."""

    outcome: str = Field(min_length=1, max_length=60, examples=["Called, sends it back today"])
