"""Signed notes between two steps of signing in: whose phone is asked, which code was right."""

from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from itsdangerous import BadData, URLSafeTimedSerializer

from integrations.contracts.errors import N_, Problem
from integrations.contracts.signing import signing_keys
from integrations.runtime.settings import get_settings

LIFETIME_S: Final = 600


@dataclass(frozen=True, slots=True)
class PhoneTicket:
    """The number that a code was sent to; `other` asks for the choice of people."""

    phone: str
    other: bool = False


@dataclass(frozen=True, slots=True)
class ChoiceTicket:
    """The code was right: it may now be exchanged, once, for a session."""

    code_id: UUID
    phone: str


def _signer(purpose: str) -> URLSafeTimedSerializer:
    secret = get_settings().secret_key.get_secret_value()
    return URLSafeTimedSerializer(signing_keys(secret), salt=f"ganh.{purpose}")


def write_phone_ticket(ticket: PhoneTicket) -> str:
    """For the hidden field of the code form, so that no number stands in an address."""
    return str(_signer("phone").dumps([ticket.phone, ticket.other]))


def read_phone_ticket(text: str) -> PhoneTicket:
    """Raises `Problem` (code `ticket.ended`) when it is not ours or older than a day."""
    phone, other = _read("phone", text, max_age_s=86_400)
    return PhoneTicket(phone, other)


def write_choice_ticket(ticket: ChoiceTicket) -> str:
    """For the form on which people choose who they are; one use, ten minutes."""
    return str(_signer("choice").dumps([str(ticket.code_id), ticket.phone]))


def read_choice_ticket(text: str) -> ChoiceTicket:
    """Raises `Problem` (code `ticket.ended`) when it is not ours or too old."""
    code_id, phone = _read("choice", text, max_age_s=LIFETIME_S)
    return ChoiceTicket(UUID(code_id), phone)


def _read(purpose: str, text: str, *, max_age_s: int) -> Any:
    try:
        return _signer(purpose).loads(text[:600], max_age=max_age_s)
    except BadData:
        raise ticket_ended() from None


def ticket_ended() -> Problem:
    """The note is used up, too old or not ours."""
    return Problem(
        "ticket.ended", N_("This took too long. Please type the phone number again for a new code.")
    )
