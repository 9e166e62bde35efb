"""The shapes of an import: its states, what is asked for, and what is answered."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field


class SheetState(StrEnum):
    """received → ready or refused; ready → importing → done; cancelled from any open state."""

    RECEIVED = "received"
    READY = "ready"
    REFUSED = "refused"
    IMPORTING = "importing"
    DONE = "done"
    CANCELLED = "cancelled"


class LineState(StrEnum):
    """`good` waits for its import; `failed` was refused when it was saved."""

    GOOD = "good"
    BAD = "bad"
    DONE = "done"
    FAILED = "failed"


class PictureState(StrEnum):
    """`unknown` fits no row; `failed` was refused as a photo, or its row was not added."""

    UNKNOWN = "unknown"
    WAITING = "waiting"
    DONE = "done"
    FAILED = "failed"


class ColumnOut(BaseModel):
    """One column of the table; `field` is what it was taken for, "" when it is left alone."""

    column: int = Field(examples=[4], description="From 0")
    letter: str = Field(examples=["E"])
    head: str = Field(examples=["Giá bán lẻ (đồng)"])
    sample: str = Field(examples=["65.000"])
    field: str = Field(examples=["price"])


class CellOut(BaseModel):
    """What one cell was understood as."""

    cell: str = Field(examples=["E7"])
    field: str = Field(examples=["price"])
    written: str = Field(examples=["65.000"])
    understood: str = Field(examples=["65.000 ₫"])


class BadCellOut(BaseModel):
    """A cell that cannot be used, and how to mend it."""

    cell: str = Field(examples=["E9"])
    code: str = Field(examples=["money.unreadable"])
    message: str


class AskOut(BaseModel):
    """What only the person knows: `stock` or `price`, in the list and here, and what was sold."""

    what: str = Field(examples=["stock"])
    in_list: int = Field(examples=[20])
    here: int = Field(examples=[12])
    sold: int = Field(examples=[8])


class LineOut(BaseModel):
    """One line of goods. `will` foresees `new`, `changed` or `same`; `did` says what happened.

    What it `asks` stays as it is here until the `answer` is `take`.
    """

    row: int = Field(examples=[7], description="As the spreadsheet counts, from 1")
    state: LineState
    will: str = Field(examples=["new"])
    did: str = Field(examples=["new"])
    cells: list[CellOut]
    bad: list[BadCellOut]
    asks: list[AskOut]
    answer: str = Field(examples=["take"])
    listing_id: UUID | None


class SheetOut(BaseModel):
    """An import: where it stands, and how many lines of which kind it has."""

    id: UUID
    state: SheetState
    problem: str | None = Field(description="Why the file cannot be used")
    file_name: str
    sheet_name: str
    columns: list[ColumnOut]
    total: int
    good: int
    bad: int
    done: int
    asked: int = Field(description="Rows with a question")
    pictures: int = Field(description="Photos in the zip")
    pictures_known: int = Field(description="Those whose row was found")
    pictures_done: int
    minutes_left: int | None
    created_at: datetime
    kept_until: datetime | None = Field(description="When the file is removed")


class LinePage(BaseModel):
    """Lines in the order of the sheet; `next_row` opens the following page, None at the end."""

    items: list[LineOut]
    next_row: int | None


class PictureOut(BaseModel):
    """One photo of the zip, and the row that it shows."""

    name: str = Field(examples=["CD1-2.jpg"])
    row: int | None = Field(examples=[7])
    state: PictureState
    problem: str | None = Field(description="Why it was not added")


class PicturePage(BaseModel):
    """Photos in our order; `next_at` opens the following page, None at the end."""

    items: list[PictureOut]
    next_at: int | None


class ColumnsIn(BaseModel):
    """What each column is: its position from 0, and the field ("" leaves it alone)."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"example": {"fields": {"1": "name", "4": "price"}}}
    )

    fields: dict[int, str] = Field(max_length=60)


class AnswerIn(BaseModel):
    """`take` what the list says, or keep what stands here; without `row`, for all that ask."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"example": {"take": True, "row": 7}}
    )

    take: bool
    row: int | None = Field(None, ge=1, le=1_000_000, description="As the spreadsheet counts")
