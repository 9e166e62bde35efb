"""What the API of cases takes and gives."""

from datetime import date, datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, JsonValue

_EXAMPLE: dict[str, JsonValue] = {
    "name": "Trần Văn Hòa",
    "number": "042085001234",
    "born_on": "20/11/1985",
}
_DECISION: dict[str, JsonValue] = {"revision": 1, "kind": "household", "evidence": "seen"}


class GiveIdentity(BaseModel):
    """Who answers for the goods, as the identity card says; cooperatives and firms add the code."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    name: str = Field(max_length=480)
    number: str = Field(max_length=60, description="12 digits, spaced as one likes")
    born_on: str = Field(max_length=40, examples=["20/11/1985", "1985-11-20"])
    issued_on: str = Field("", max_length=40, description="The card's day of issue, if known")
    sex: str = Field("", max_length=10, description="male, female or empty")
    tax_code: str = Field("", max_length=60, description="10 or 13 digits")


class StepBody(BaseModel):
    """One step: to_do, waiting, to_mend, done or waived; `mover` can bring it on."""

    code: str = Field(examples=["identity"])
    state: str = Field(examples=["waiting"])
    mover: str = Field(examples=["staff"])
    required: bool
    since: datetime | None
    reason: str


class IdentityShown(BaseModel):
    """The outside of what was given: the number's last four digits."""

    name: str
    number_last4: str
    born_on: date
    tax_last4: str
    confirmed_at: datetime | None


class CaseBody(BaseModel):
    """One's own case: draft, submitted, in_review, to_mend, approved, paused or closed."""

    state: str
    steps: list[StepBody]
    next: str | None = Field(description="The step to do now")
    identity: IdentityShown | None


class QueuedCase(BaseModel):
    """A case as it stands in the queue."""

    id: UUID
    state: str
    revision: int
    submitted_at: datetime
    producer_id: UUID
    producer_name: str
    producer_kind: str
    commune_name: str


class Cases(BaseModel):
    """The longest waiting first."""

    items: list[QueuedCase]
    next: UUID | None = Field(description="Give it as `after` for the rest")


class Decision(BaseModel):
    """Approve with how somebody made sure, or send back with what is to be mended by step."""

    model_config = ConfigDict(json_schema_extra={"examples": [_DECISION]})

    revision: int = Field(ge=1, le=1_000_000)
    kind: str = Field(max_length=20, description="The kind of seller that was looked at")
    evidence: str = Field("", max_length=20, examples=["seen"])
    place: str = Field("", max_length=480)
    mend: dict[str, str] = Field(
        default_factory=dict,
        max_length=10,
        description="Step to reason; empty approves",
        examples=[{"identity": "Tên chưa đúng với thẻ. Mời viết lại như trên thẻ."}],
    )
