"""Producers, staff and buyers made for one test."""

import random
from dataclasses import dataclass
from uuid import UUID

from integrations.contracts.ids import new_id, short_code
from integrations.contracts.text import fold
from integrations.contracts.viewer import SYSTEM, Role, Viewer
from integrations.runtime.clock import now
from integrations.runtime.crypto import keyed_hash, seal
from integrations.runtime.database import work
from sellers.accounts.models import Person, RoleGrant, SessionKind
from sellers.accounts.sessions import open_session
from sellers.producers.models import Membership, PayoutAccount, Producer, ProducerKind

COMMUNE = "18406"  # Can Lộc, Hà Tĩnh
BANK_BIN = "970405"  # Agribank


@dataclass(frozen=True)
class Someone:
    """A signed-in person: `viewer` for services, `token` for requests."""

    person_id: UUID
    phone: str
    viewer: Viewer
    token: str

    @property
    def producer_id(self) -> UUID:
        """The producer this person acts for."""
        assert self.viewer.producer_id is not None
        return self.viewer.producer_id


@dataclass(frozen=True)
class Seller(Someone):
    """A producer with a payout account."""

    name: str
    account: str


def a_phone() -> str:
    """A Vietnamese mobile number nobody else in this run is likely to have."""
    return f"+8491{random.randrange(10**7):07d}"


async def a_person(*, phone: str | None = None, name: str = "Nguyễn Thị Mai") -> Someone:
    """Signed in, not yet tied to a producer."""
    number = phone or a_phone()
    async with work(SYSTEM):
        person = await Person.create(phone=number, name=name)
        viewer = Viewer(Role.PERSON, person_id=person.id)
        opened = await open_session(viewer, kind=SessionKind.API, phone=number)
    return Someone(person.id, number, viewer, opened.token)


async def a_seller(
    *,
    kind: ProducerKind = ProducerKind.HOUSEHOLD,
    name: str = "Nhà vườn Đồi Gió",
    cleared: bool = True,
) -> Seller:
    """A producer in Hà Tĩnh with a payout account, and its owner signed in.

    `cleared`: staff have confirmed who sells, so that goods may be sold.
    """
    number, account = a_phone(), f"37{random.randrange(10**11):011d}"
    producer_id = new_id()
    async with work(SYSTEM):
        person = await Person.create(phone=number, name="Trần Văn Hòa")
        await Producer.create(
            id=producer_id,
            code=short_code(),
            kind=kind,
            name=name,
            search_text=fold(name),
            commune_id=COMMUNE,
            phone=number,
            cleared_at=now() if cleared else None,
        )
        await Membership.create(person_id=person.id, producer_id=producer_id)
        await PayoutAccount.create(
            producer_id=producer_id,
            bank_id=BANK_BIN,
            account_sealed=seal(account, purpose="payout_account"),
            account_hash=keyed_hash(account, purpose="payout_account"),
            account_last4=account[-4:],
            holder_sealed=seal("TRAN VAN HOA", purpose="payout_holder"),
        )
        viewer = Viewer(Role.PRODUCER, person_id=person.id, producer_id=producer_id)
        opened = await open_session(viewer, kind=SessionKind.API, phone=number)
    return Seller(person.id, number, viewer, opened.token, name, account)


async def a_staff(role: Role = Role.MODERATOR) -> Someone:
    """Programme staff of Hà Tĩnh."""
    number = a_phone()
    async with work(SYSTEM):
        person = await Person.create(phone=number, name="Lê Thị Hoa")
        await RoleGrant.create(person_id=person.id, role=str(role), province_code="42")
        viewer = Viewer(role, person_id=person.id, province_code="42")
        opened = await open_session(viewer, kind=SessionKind.API, phone=number)
    return Someone(person.id, number, viewer, opened.token)
