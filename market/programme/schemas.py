"""What staff ask for, in pages, in the API and by a spreadsheet's link, and what the API gives."""

from datetime import date, datetime
from typing import Annotated, Any, Literal
from urllib.parse import urlencode
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field


def _blank(value: Any) -> Any:
    """A field of a form that was left empty was not asked for."""
    return None if isinstance(value, str) and not value.strip() else value


Blank = BeforeValidator(_blank)
Kind = Literal["household", "group", "cooperative", "firm"]
YesNo = Literal["yes", "no"]
Step = Literal["signed_up", "identified", "listed", "sold", "sold_again"]


class FigureQuery(BaseModel):
    """Which producers: of one commune, of one kind; and the time, both days included."""

    model_config = ConfigDict(populate_by_name=True)

    commune: Annotated[
        Annotated[str, Field(pattern=r"^[0-9]{5}$")] | None, Blank, Field(examples=["18406"])
    ] = None
    kind: Annotated[Kind | None, Blank] = None
    since: Annotated[date | None, Blank, Field(alias="from")] = None
    until: Annotated[date | None, Blank, Field(alias="to")] = None

    def address(self, path: str, **changed: Any) -> str:
        """`path` with this query, some values changed, None left out; from its first page on."""
        values = self.model_dump(by_alias=True, exclude_none=True, mode="json")
        values.pop("after", None)
        values.pop("done", None)
        for name, value in changed.items():
            values.pop(name, None)
            if value is not None:
                values[name] = value
        return f"{path}?{urlencode(values)}" if values else path


class ProducerQuery(FigureQuery):
    """`from` and `to` are days of the sign-up; words are found with or without marks."""

    q: Annotated[Annotated[str, Field(max_length=100)] | None, Blank] = None
    step: Annotated[
        Step | None, Blank, Field(description="Has come at least so far (has that date)")
    ] = None
    stage: Annotated[Step | None, Blank, Field(description="Stands exactly there")] = None
    silent_days: Annotated[
        Annotated[int, Field(ge=1, le=3_650)] | None,
        Blank,
        Field(description="Has sold, but not for so many days"),
    ] = None
    supported: Annotated[
        YesNo | None, Blank, Field(description="Was given support, before the first sale if any")
    ] = None
    after: Annotated[UUID | None, Blank, Field(description="next_cursor of the page before")] = None


class SaleQuery(FigureQuery):
    """`from` and `to` are days on which the money came."""

    cashless: Annotated[YesNo | None, Blank] = None
    stranger: Annotated[YesNo | None, Blank] = None
    producer: Annotated[UUID | None, Blank] = None
    after: Annotated[UUID | None, Blank, Field(description="next_cursor of the page before")] = None


class SupportQuery(FigureQuery):
    """`from` and `to` are days on which the support was given."""

    support: Annotated[
        Annotated[str, Field(max_length=24)] | None, Blank, Field(examples=["photos"])
    ] = None
    producer: Annotated[UUID | None, Blank] = None
    after: Annotated[UUID | None, Blank, Field(description="next_cursor of the page before")] = None


class SupportSeen(BaseModel):
    """The latest support of a producer."""

    kind: str = Field(examples=["Chụp ảnh sản phẩm"])
    given_on: date


class ProducerRow(BaseModel):
    """A producer, where it stands and since when."""

    id: UUID
    code: str = Field(examples=["K7WQ2M"])
    name: str = Field(examples=["Nhà vườn Đồi Gió"])
    kind: str = Field(examples=["household"])
    commune_code: str
    commune_name: str
    phone: str
    stage: Step
    stage_since: datetime
    signed_up_at: datetime
    identified_at: datetime | None
    listed_at: datetime | None
    sold_at: datetime | None
    second_at: datetime | None
    sold_again_at: datetime | None = Field(description="The second one, when within 60 days")
    last_sold_at: datetime | None
    silent_days: int | None = Field(description="Days since the last sale")
    sales: int = Field(description="Paid orders by strangers")
    days_to_sale: int | None = Field(description="From the sign-up to the first sale")
    support_count: int
    support_last: SupportSeen | None


class ProducerList(BaseModel):
    """At most 50, the newest sign-up first."""

    items: list[ProducerRow]
    total: int
    next_cursor: UUID | None


class FunnelRow(BaseModel):
    """How many producers have come how far."""

    signed_up: int
    identified: int
    listed: int
    sold: int
    sold_again: int
    median_days: int | None = Field(description="Days from the sign-up to the first sale")


class CommuneRow(FunnelRow):
    """The same of one commune."""

    commune_code: str
    commune_name: str


class MonthRow(BaseModel):
    """Orders that were paid in one month of Viet Nam, None being all of them."""

    month: date | None
    orders: int
    revenue_vnd: int
    cashless: int
    strangers: int


class Figures(BaseModel):
    """Everything on the page of figures."""

    funnel: FunnelRow
    supported: FunnelRow
    unsupported: FunnelRow
    cashless_ppm: int | None = Field(description="Millionths of the paid orders")
    paid: MonthRow
    months: list[MonthRow]
    communes: list[CommuneRow]


class SaleRow(BaseModel):
    """One paid order part. Nothing of the buyer."""

    id: UUID
    number: str
    letter: str
    producer_id: UUID
    producer_name: str
    commune_name: str
    amount_vnd: int
    method: str
    source: str
    is_cashless: bool
    by_stranger: bool
    paid_at: datetime


class SaleList(BaseModel):
    """At most 50, the latest money first."""

    items: list[SaleRow]
    total: int
    total_vnd: int
    next_cursor: UUID | None


class SupportRow(BaseModel):
    """One support that was given, beside what came of it."""

    id: UUID
    given_on: date
    kind: str
    kind_name: str
    producer_id: UUID
    producer_name: str
    commune_name: str
    programme: str
    giver: str
    cost_vnd: int
    note: str
    listed_at: datetime | None
    sold_at: datetime | None


class SupportGiven(BaseModel):
    """At most 50, the latest day first."""

    items: list[SupportRow]
    total: int
    total_vnd: int
    next_cursor: UUID | None
