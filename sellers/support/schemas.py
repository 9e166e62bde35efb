"""What the API of support takes and gives."""

from datetime import date, datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, JsonValue

_EXAMPLE: dict[str, JsonValue] = {
    "kind": "photos",
    "programme": "Đưa nông sản Hà Tĩnh lên sàn 2026",
    "giver": "Tổ công nghệ số xã Can Lộc",
    "given_on": "2026-11-12",
    "cost_vnd": 300000,
    "note": "Chụp 12 ảnh bưởi tại vườn.",
}
_CANCEL: dict[str, JsonValue] = {"reason": "Ghi nhầm người bán."}


class GiveSupport(BaseModel):
    """One support that was given to a producer."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    id: UUID | None = Field(
        None, description="Made by you: the same id sent again is the same entry"
    )
    kind: str = Field(max_length=24, description="A code of GET /support-kinds")
    programme: str = Field(max_length=480)
    giver: str = Field(max_length=480)
    given_on: date | None = Field(None, description="Today when left out; never a day to come")
    cost_vnd: int = Field(0, ge=0, le=100_000_000_000)
    note: str = Field("", max_length=1_200)


class CancelSupport(BaseModel):
    """Why an entry is taken back."""

    model_config = ConfigDict(json_schema_extra={"examples": [_CANCEL]})

    reason: str = Field(max_length=1_200)


class SupportBody(BaseModel):
    """One entry; `cancelled` when it was taken back."""

    id: UUID
    producer_id: UUID
    kind: str = Field(examples=["photos"])
    kind_name: str = Field(examples=["Chụp ảnh sản phẩm"])
    programme: str
    giver: str
    given_on: date
    commune_code: str
    cost_vnd: int
    note: str
    entered_by: str = Field(description="Name of the staff member")
    created_at: datetime
    cancelled: bool
    cancel_reason: str | None


class SupportList(BaseModel):
    """What a producer was given, the newest first."""

    items: list[SupportBody]


class KindBody(BaseModel):
    """A kind of support that can be given today."""

    code: str
    name: str


class Kinds(BaseModel):
    """In the order in which forms show them."""

    kinds: list[KindBody]
