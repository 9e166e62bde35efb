"""Who is looking. Every read and write is made as a viewer; PostgreSQL is told too."""

from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID


class Role(StrEnum):
    """The roles of the access matrix. A session carries exactly one at a time."""

    ANONYMOUS = "anonymous"
    BUYER = "buyer"
    PERSON = "person"  # signed in, not yet tied to a producer
    PRODUCER = "producer"
    HELPER = "helper"
    COMMUNE_STAFF = "commune_staff"
    PROVINCE_STAFF = "province_staff"
    MODERATOR = "moderator"
    FINANCE_STAFF = "finance_staff"
    ADMIN = "admin"
    OPERATOR = "operator"
    SYSTEM = "system"  # the worker


STAFF_ROLES = frozenset(
    {
        Role.COMMUNE_STAFF,
        Role.PROVINCE_STAFF,
        Role.MODERATOR,
        Role.FINANCE_STAFF,
        Role.ADMIN,
        Role.OPERATOR,
    }
)


@dataclass(frozen=True, slots=True)
class Viewer:
    """`actor` of every change: role, person, the producer acted for, or one order by its link."""

    role: Role
    person_id: UUID | None = None
    producer_id: UUID | None = None
    order_id: UUID | None = None
    province_code: str | None = None
    commune_codes: tuple[str, ...] = field(default=())

    @property
    def is_staff(self) -> bool:
        return self.role in STAFF_ROLES

    @property
    def area(self) -> list[str] | None:
        """Codes of the communes, else of the province, outside of which staff see nothing.

        None for staff of the whole country and for everybody else. A commune's code has five
        digits and a province's two, so one list holds either.
        """
        if not self.is_staff:
            return None
        if self.commune_codes:
            return list(self.commune_codes)
        return [self.province_code] if self.province_code else None

    @property
    def label(self) -> str:
        """Short form for the audit chain and logs: no personal data."""
        return f"{self.role}:{self.person_id or self.order_id or '-'}"


ANONYMOUS = Viewer(Role.ANONYMOUS)
SYSTEM = Viewer(Role.SYSTEM)
