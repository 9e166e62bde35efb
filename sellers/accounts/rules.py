"""Sign-in, decided without tables: codes as typed, addresses, names, doors."""

import ipaddress
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from uuid import UUID

from integrations.contracts.errors import N_, Problem
from integrations.contracts.phone import parse_phone
from integrations.contracts.text import clean_line, fold
from integrations.contracts.viewer import STAFF_ROLES, Role, Viewer

CODE_DIGITS: Final = 6
CODE_LIFETIME_S: Final = 600
GUESSES_PER_CODE: Final = 10
NAME_MAX: Final = 120
_PHONE_TYPED_MAX: Final = 40
_NEXT_MAX: Final = 300


class Purpose(StrEnum):
    """What a code is for; it is bound into the hash, so one never serves for another."""

    SIGN_IN = "sign_in"
    COD_CONFIRM = "cod_confirm"


# What the phone shows. `{code}` is "123 456"; other words come with the code.
MESSAGES: Final[Mapping[Purpose, str]] = {
    Purpose.SIGN_IN: N_("Code to enter Gánh: {code}. Do not give this code to anybody."),
    Purpose.COD_CONFIRM: N_(
        "Code to confirm order {order} on Gánh: {code}. Do not give this code to anybody."
    ),
}

ROLE_WORDS: Final[Mapping[Role, str]] = {
    Role.HELPER: N_("Helper"),
    Role.COMMUNE_STAFF: N_("Commune staff"),
    Role.PROVINCE_STAFF: N_("Province staff"),
    Role.MODERATOR: N_("Reviewer of goods"),
    Role.FINANCE_STAFF: N_("Finance staff"),
    Role.ADMIN: N_("Administrator"),
    Role.OPERATOR: N_("Operator of the machine"),
}


# Roles that a person has only as long as the programme lends them.
LENT_ROLES: Final = STAFF_ROLES | {Role.HELPER}
_OF_COMMUNES: Final = frozenset({Role.COMMUNE_STAFF, Role.HELPER})

# Who does not review goods begins with the list of what is to do.
_STAFF_HOMES: Final = {
    Role.FINANCE_STAFF: "/staff/follow-ups",
    Role.OPERATOR: "/staff/follow-ups",
}


@dataclass(frozen=True, slots=True)
class Area:
    """Where a lent role holds: one commune, a whole province, or the whole country."""

    province_code: str | None = None
    commune_code: str | None = None


@dataclass(frozen=True, slots=True)
class Acting:
    """A producer that a person acts for."""

    person_id: UUID
    producer_id: UUID
    producer_name: str


@dataclass(frozen=True, slots=True)
class Someone:
    """A person who may sign in with a phone, and the staff roles held: (role, province)."""

    person_id: UUID
    name: str
    grants: tuple[tuple[Role, str | None], ...] = ()


@dataclass(frozen=True, slots=True)
class Door:
    """One way in: a person as somebody. `key` is what a form or an API sends back."""

    key: str
    name: str
    viewer: Viewer
    producer_name: str | None = None

    @property
    def role_word(self) -> str | None:
        """The staff role as a catalogue key, when it is one."""
        return ROLE_WORDS.get(self.viewer.role)


def read_phone(text: str) -> str:
    """A typed phone number as E.164. Raises `Problem` (code `phone.unreadable`, field phone)."""
    if len(text) > _PHONE_TYPED_MAX or "<" in text:
        text = ""
    return parse_phone(text)


def read_code(text: str) -> str:
    """Six digits out of "123 456", "123-456" or full-width digits.

    Raises `Problem` (code `code.unreadable`, field code).
    """
    shown = unicodedata.normalize("NFKC", text[:40])
    digits = re.sub(r"[\s.\-]", "", shown)
    if len(text) > 40 or not re.fullmatch(rf"[0-9]{{{CODE_DIGITS}}}", digits):
        raise Problem(
            "code.unreadable",
            N_("The code has six digits. Please look at the newest message."),
            field="code",
        )
    return digits


def spaced(code: str) -> str:
    """ "123456" -> "123 456", as it is read aloud."""
    return f"{code[:3]} {code[3:]}"


def read_name(text: str, *, field: str = "name") -> str:
    """A name of a person or producer, 1 to 120 characters on one line, without < and >.

    Raises `Problem` (codes `name.missing`, `name.too_long`, `name.unreadable`).
    """
    if len(text) > NAME_MAX * 4 or len(name := clean_line(text)) > NAME_MAX:
        raise Problem(
            "name.too_long",
            N_("This name is too long. Please use at most {max} letters."),
            field=field,
            params={"max": NAME_MAX},
        )
    if not name:
        raise Problem("name.missing", N_("Please type the name here."), field=field)
    if re.search(r"[<>]", name) or not any(c.isalpha() for c in name):
        raise Problem(
            "name.unreadable", N_("A name is made of letters. Please type it again."), field=field
        )
    return name


def read_role(text: str) -> Role:
    """A lent role by its word, "commune_staff" or "commune-staff".

    Raises `Problem` (code `role.unknown`, field role) with the words that there are.
    """
    word = fold(text[:40]).replace(" ", "_")
    if word not in LENT_ROLES:
        known = ", ".join(sorted(LENT_ROLES))
        raise Problem(
            "role.unknown",
            N_("There is no such role. These are known: {roles}."),
            field="role",
            params={"roles": known},
        )
    return Role(word)


def areas_of(role: Role, *, province_code: str | None, communes: Sequence[Area]) -> list[Area]:
    """Where a role is lent for.

    Raises `Problem` (codes `grant.no_commune`, `grant.no_province`, `grant.whole_only`,
    `grant.other_province`).
    """
    if role is Role.COMMUNE_STAFF and not communes:
        raise Problem(
            "grant.no_commune",
            N_("Commune staff need a commune. Please add: --commune CODE"),
            field="commune",
        )
    if role is Role.PROVINCE_STAFF and province_code is None:
        raise Problem(
            "grant.no_province",
            N_("Province staff need a province. Please add: --province CODE"),
            field="province",
        )
    if communes and role not in _OF_COMMUNES:
        raise Problem(
            "grant.whole_only",
            N_("This role is not for single communes. Please leave --commune out."),
            field="commune",
        )
    for one in communes:
        if province_code not in (None, one.province_code):
            raise Problem(
                "grant.other_province",
                N_("Commune {code} lies in another province. Please leave --province out."),
                field="province",
                params={"code": one.commune_code},
            )
    return list(dict.fromkeys(communes)) or [Area(province_code)]


def one_of(people: Sequence[Someone], who: str) -> Someone | None:
    """Which person of a phone is meant: by name or id, or the only one there is.

    None when nobody is; `Problem` (code `person.several`, field name) when more than one is.
    """
    said = clean_line(who).casefold()
    exact = [one for one in people if said in (one.name.casefold(), str(one.person_id))]
    meant = exact or [one for one in people if fold(one.name) == fold(said) or not said]
    if len(meant) > 1:
        raise Problem(
            "person.several",
            N_("Several people use this phone: {people}. Please say which one by --name."),
            field="name",
            params={"people": told_apart(meant)},
        )
    return meant[0] if meant else None


def told_apart(people: Sequence[Someone]) -> str:
    """Names on one line; whoever shares theirs has the id beside it, which serves as well."""
    names = [fold(one.name) for one in people]
    return "; ".join(
        f"{one.name} ({one.person_id})" if names.count(fold(one.name)) > 1 else one.name
        for one in people
    )


def own_path(text: str | None) -> str | None:
    """A path on this site to go to, or None: never another host, a scheme or control characters."""
    if not text or len(text) > _NEXT_MAX:
        return None
    if not re.fullmatch(r"/(?![/\\])[!-~]*", text) or "\\" in text:
        return None
    return text


def address_group(host: str) -> str:
    """The subject of a limit per address: IPv4 as it is, IPv6 by its /64, else the text."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host[:60]
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        return str(ipaddress.ip_network((address, 64), strict=False))
    return str(address)


def is_loopback(host: str) -> bool:
    """True for this machine itself."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def doors_of(people: Sequence[Someone], acting: Sequence[Acting]) -> list[Door]:
    """Every way in for the people of one phone: each producer, each staff role, else themselves."""
    found: list[Door] = []
    for person in people:
        own = [
            _door(person, Viewer(Role.PRODUCER, person.person_id, one.producer_id), one)
            for one in acting
            if one.person_id == person.person_id
        ]
        own += [
            _door(person, Viewer(role, person.person_id, province_code=province))
            for role, province in person.grants
            if role in STAFF_ROLES or role is Role.HELPER
        ]
        found += own or [_door(person, Viewer(Role.PERSON, person.person_id))]
    return found


def _door(person: Someone, viewer: Viewer, acting: Acting | None = None) -> Door:
    parts = (viewer.person_id, viewer.role, viewer.producer_id or viewer.province_code or "-")
    return Door(
        key=":".join(str(part) for part in parts),
        name=person.name,
        viewer=viewer,
        producer_name=acting.producer_name if acting else None,
    )


def home_of(viewer: Viewer) -> str:
    """Where a signed-in viewer begins: staff at what waits for them and is open to them."""
    if viewer.is_staff:
        return _STAFF_HOMES.get(viewer.role, "/staff/review")
    return "/producer/goods" if viewer.role is Role.PRODUCER else "/who"
