"""What the producer API takes and gives, and what the forms on /who hold."""

from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, JsonValue

_EXAMPLE: dict[str, JsonValue] = {
    "kind": "household",
    "name": "Nhà vườn Đồi Gió",
    "commune_code": "18406",
}


class CommuneBody(BaseModel):
    """A commune, ward or special zone."""

    code: str = Field(examples=["18406"])
    name: str = Field(examples=["Xã Can Lộc"])
    province: str = Field(examples=["Hà Tĩnh"])


class CommuneMatch(CommuneBody):
    """A commune of today, with the former place under whose name it was found."""

    was: str = Field("", description="The former place under whose name it was found")
    was_split: bool = Field(
        False, description="That place lies in several communes today: ask which one"
    )


class Communes(BaseModel):
    """At most ten, those whose name begins with what was typed first."""

    communes: list[CommuneMatch]


class BankBody(BaseModel):
    """A bank by its BIN."""

    bin: str = Field(examples=["970405"])
    short_name: str = Field(examples=["Agribank"])
    name: str


class Banks(BaseModel):
    """Banks that take transfers, the best known first."""

    banks: list[BankBody]


class NewProducer(BaseModel):
    """Who sells. The kind decides the tax: household, group, cooperative or firm."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    kind: str = Field(max_length=20)
    name: str = Field(max_length=480, description="Names may repeat")
    commune_code: str = Field(max_length=20, description="From GET /places/communes")


class ChangeProducer(BaseModel):
    """Only what is given changes."""

    kind: str | None = Field(None, max_length=20)
    name: str | None = Field(None, max_length=480)
    commune_code: str | None = Field(None, max_length=20)
    hamlet: str | None = Field(None, max_length=480)
    about: str | None = Field(None, max_length=4_000)


class NewPayoutAccount(BaseModel):
    """Where bank transfers go. The number is kept encrypted and never shown whole again."""

    bank_bin: str = Field(max_length=20, examples=["970405"])
    account: str = Field(max_length=60, examples=["3700 205 123 456"])
    holder: str = Field(max_length=140, examples=["Trần Văn Hòa"])


class PayoutShown(BaseModel):
    """The outside of a payout account."""

    bank_bin: str
    bank_name: str
    last4: str
    holder: str


class ProducerBody(BaseModel):
    """One's own producer. Without a payout account only cash on delivery is offered."""

    id: UUID
    code: str
    kind: str
    name: str
    about: str
    phone: str
    commune: CommuneBody
    hamlet: str
    cleared: bool = Field(description="Staff have confirmed who sells")
    payout_account: PayoutShown | None
