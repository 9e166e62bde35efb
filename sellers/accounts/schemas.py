"""What the sign-in API takes and gives."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from integrations.contracts.viewer import Role, Viewer

# What is typed is read by the rules; here only its size is bound.
Phone = Annotated[
    str,
    Field(
        max_length=40, description="As people write it", examples=["0912 345 678", "+84912345678"]
    ),
]
Code = Annotated[str, Field(max_length=40, examples=["123456"])]
PersonName = Annotated[str, Field(max_length=480, examples=["Nguyễn Thị Mai"])]


class AskForCode(BaseModel):
    """Send a six-digit code to this phone."""

    phone: Phone


class CodeSent(BaseModel):
    """The same for every number, known or not."""

    sent_to: str = Field(description="The number, masked", examples=["09•• ••• 678"])
    expires_in_s: int = Field(examples=[600])


class OpenSession(BaseModel):
    """A guess: the phone and the code that its message brought."""

    phone: Phone
    code: Code
    always_choose: bool = Field(
        False, description="Give the choice of people even when there is only one"
    )


class ViewerBody(BaseModel):
    """As whom a session acts."""

    role: Role
    person_id: UUID | None
    producer_id: UUID | None
    province_code: str | None

    @classmethod
    def of(cls, viewer: Viewer) -> Self:
        """From the viewer."""
        return cls(
            role=viewer.role,
            person_id=viewer.person_id,
            producer_id=viewer.producer_id,
            province_code=viewer.province_code,
        )


class DoorBody(BaseModel):
    """One way in: send its `key` back."""

    key: str
    name: str = Field(examples=["Nguyễn Thị Mai"])
    role: Role
    producer_name: str | None = Field(examples=["Nhà vườn Đồi Gió"])


class SessionOpened(BaseModel):
    """A new session; the token is shown this once."""

    token: str
    expires_in_s: int
    viewer: ViewerBody


class ChoiceToMake(BaseModel):
    """Choose one of the doors, or give a name to sign in as somebody new. Ten minutes, once."""

    choose: list[DoorBody]
    ticket: str


class MakeChoice(BaseModel):
    """Exactly one of `door` and `name`."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"ticket": "…", "name": "Nguyễn Thị Mai"}]}
    )

    ticket: str = Field(max_length=600)
    door: str | None = Field(None, max_length=120)
    name: PersonName | None = None


class Me(BaseModel):
    """The person behind the session, and as whom it acts."""

    name: str
    phone: str = Field(examples=["+84912345678"])
    language: str
    viewer: ViewerBody


class SessionBody(BaseModel):
    """One signed-in device of mine."""

    id: UUID
    kind: str = Field(examples=["web"])
    role: Role
    created_at: datetime
    seen_at: datetime
    expires_at: datetime
    current: bool


class Sessions(BaseModel):
    """My signed-in devices, the one used last first."""

    sessions: list[SessionBody]
