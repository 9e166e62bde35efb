"""Become a producer, and change what is known of it."""

from typing import Any
from uuid import UUID

from integrations.contracts.errors import N_, Conflict, NotAllowed, Unavailable
from integrations.contracts.ids import new_id, short_code
from integrations.contracts.text import fold
from integrations.contracts.viewer import SYSTEM, Role, Viewer
from integrations.runtime import audit
from integrations.runtime.database import insert_once, run, work
from integrations.runtime.outbox import emit
from integrations.runtime.web.idempotency import once
from sellers.accounts.queries import person_of
from sellers.accounts.rules import read_name
from sellers.accounts.sessions import become
from sellers.producers.models import Membership
from sellers.producers.queries import CommuneFound, commune_by_code, own_producer
from sellers.producers.rules import read_about, read_hamlet, read_kind
from sellers.producers.schemas import (
    ChangeProducer,
    CommuneBody,
    NewProducer,
    PayoutShown,
    ProducerBody,
)

_CODE_TRIES = 8


async def my_producer(viewer: Viewer) -> ProducerBody:
    """The producer that the viewer acts for."""
    async with work(viewer):
        return _body(await own_producer(viewer))


async def create_producer(
    *, viewer: Viewer, session_id: UUID, new: NewProducer, key: str | None = None
) -> ProducerBody:
    """Make a producer that the viewer's person acts for; the session becomes the producer's.

    `key`: the same key of the same person gives the same producer again. Raises `Problem`
    (codes `kind.missing`, `name.…`, `commune.unknown`), `NotAllowed` for staff.
    """
    if viewer.role not in (Role.PERSON, Role.PRODUCER):
        raise NotAllowed(
            "producer.staff", N_("Staff cannot sell. Please sign in as yourself first.")
        )
    kind, name = read_kind(new.kind), read_name(new.name)
    commune = await commune_by_code(new.commune_code)

    async def make() -> ProducerBody:
        producer_id = await _insert(viewer, kind=kind, name=name, commune=commune)
        acting = Viewer(Role.PRODUCER, viewer.person_id, producer_id)
        await Membership.create(person_id=viewer.person_id, producer_id=producer_id)
        await audit.record(acting, "producer.created", f"producer:{producer_id}", kind=kind)
        return _body(await own_producer(acting))

    # As the system: until it exists, nobody may see it.
    async with work(SYSTEM):
        if key is None:
            body = await make()
        else:
            scope = f"producer:{viewer.person_id}"
            body = await once(scope=scope, key=key, request=new, model=ProducerBody, verb=make)
        await become(session_id, Viewer(Role.PRODUCER, viewer.person_id, body.id))
    return body


async def _insert(viewer: Viewer, *, kind: str, name: str, commune: CommuneFound) -> UUID:
    """Names repeat, the short code does not: a clash draws another."""
    phone = (await person_of(viewer))["phone"]
    for _ in range(_CODE_TRIES):
        producer_id = new_id()
        values = {
            "id": producer_id,
            "code": short_code(),
            "kind": kind,
            "name": name,
            "search_text": _search_text(name, commune),
            "commune_id": commune.code,
            "phone": phone,
        }
        if await insert_once("producer", values):
            return producer_id
    raise Unavailable(
        "producer.code", N_("Please press the button once more."), who="us", retry_after_s=1
    )


def _search_text(name: str, commune: CommuneFound) -> str:
    return fold(f"{name} {commune.label}")[:400]


_CHANGE = """
UPDATE producer SET kind = $2, name = $3, about = $4, commune_id = $5, search_text = $6,
  hamlet = $7, updated_at = now()
WHERE id = $1
"""


async def change_producer(*, viewer: Viewer, change: ChangeProducer) -> ProducerBody:
    """Change kind, name, commune, hamlet or words about oneself; what is None stays.

    Raises `Problem` like `create_producer`, `about.too_long`, `hamlet.too_long`, and `Conflict`
    (code `kind.confirmed`) for another kind once staff have confirmed it.
    """
    given = change.model_dump(exclude_none=True)
    if change.kind is not None:
        given["kind"] = read_kind(change.kind)
    if change.name is not None:
        given["name"] = read_name(change.name)
    if change.about is not None:
        given["about"] = read_about(change.about)
    if change.hamlet is not None:
        given["hamlet"] = read_hamlet(change.hamlet)
    commune = None if change.commune_code is None else await commune_by_code(change.commune_code)
    async with work(viewer):
        before = await own_producer(viewer)
        if before["cleared_at"] and given.get("kind", before["kind"]) != before["kind"]:
            raise Conflict(
                "kind.confirmed",
                N_(
                    "Staff have confirmed who sells, since the tax depends on it. Please call them."
                ),
                who="staff",
            ).at("kind")
        after = {**before, **given}
        place = commune or CommuneFound(
            before["commune_code"], before["commune_name"], before["province_name"]
        )
        await run(
            _CHANGE,
            [
                viewer.producer_id,
                after["kind"],
                after["name"],
                after["about"],
                place.code,
                _search_text(after["name"], place),
                after["hamlet"],
            ],
        )
        await audit.record(
            viewer,
            "producer.changed",
            f"producer:{viewer.producer_id}",
            fields=sorted(given),
            kind_before=before["kind"],
            kind_after=after["kind"],
        )
        await emit("producer.changed", before["id"])
        return _body(await own_producer(viewer))


def _body(row: dict[str, Any]) -> ProducerBody:
    payout = None
    if row["bank_bin"]:
        payout = PayoutShown(
            bank_bin=row["bank_bin"],
            bank_name=row["bank_name"],
            last4=row["account_last4"],
            holder=row["holder"],
        )
    return ProducerBody(
        id=row["id"],
        code=row["code"],
        kind=row["kind"],
        name=row["name"],
        about=row["about"],
        phone=row["phone"],
        commune=CommuneBody(
            code=row["commune_code"], name=row["commune_name"], province=row["province_name"]
        ),
        hamlet=row["hamlet"],
        cleared=row["cleared_at"] is not None,
        payout_account=payout,
    )
