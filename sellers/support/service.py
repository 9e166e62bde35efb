"""Write down what was given, and take an entry back by another one."""

from datetime import date
from typing import Any, Final
from uuid import UUID

from integrations.contracts.errors import N_, Conflict, NotAllowed, NotFound, Problem
from integrations.contracts.ids import new_id
from integrations.contracts.viewer import Viewer
from integrations.runtime import audit
from integrations.runtime.clock import database_now, local_date
from integrations.runtime.database import insert_once, rows, value, work
from integrations.runtime.i18n import Language
from integrations.runtime.outbox import emit
from sellers.producers.queries import producer_in_scope
from sellers.support.queries import kinds_on, last_words, support_of
from sellers.support.rules import GIVERS, READERS, read_day, read_note, read_reason, read_words
from sellers.support.schemas import GiveSupport


def no_such_producer() -> NotFound:
    """Nobody, or outside of what these staff look after."""
    return NotFound(
        "producer.unknown", N_("There is no such seller in your communes."), who="staff"
    )


def _no_such_entry() -> NotFound:
    return NotFound("support.unknown", N_("There is no such entry."), who="staff")


def _not_yours() -> NotAllowed:
    return NotAllowed(
        "support.not_yours", N_("Support is written down by programme staff."), who="staff"
    )


def _require_giver(viewer: Viewer) -> None:
    if viewer.role not in GIVERS:
        raise _not_yours()


async def kinds_today(viewer: Viewer, language: Language) -> list[dict[str, Any]]:
    """Kinds that can be given today. Raises `NotAllowed` for other staff."""
    _require_giver(viewer)
    async with work(viewer):
        return await kinds_on(local_date(await database_now()), language)


async def form_for(viewer: Viewer, producer_id: UUID, language: Language) -> dict[str, Any]:
    """What the empty form shows: producer, kinds, today, and the words of the last entry.

    Raises `NotAllowed`, `NotFound` outside of the viewer's scope.
    """
    _require_giver(viewer)
    async with work(viewer):
        producer = await producer_in_scope(viewer, producer_id)
        if producer is None:
            raise no_such_producer()
        today = local_date(await database_now())
        return {
            "producer": producer,
            "today": today,
            "kinds": [(row["code"], row["name"]) for row in await kinds_on(today, language)],
            "last": await last_words(viewer),
        }


async def list_support(
    viewer: Viewer, producer_id: UUID, language: Language
) -> list[dict[str, Any]]:
    """What a producer was given. Raises `NotAllowed`, `NotFound` outside of the viewer's scope."""
    if viewer.role not in READERS:
        raise _not_yours()
    async with work(viewer):
        if await producer_in_scope(viewer, producer_id) is None:
            raise no_such_producer()
        return await support_of(producer_id, language)


async def entry(
    viewer: Viewer, producer_id: UUID, event_id: UUID, language: Language
) -> dict[str, Any]:
    """One entry that still stands. Raises `NotAllowed`, `NotFound`."""
    _require_giver(viewer)
    for row in await list_support(viewer, producer_id, language):
        if row["id"] == event_id and not row["cancelled"]:
            return row
    raise _no_such_entry()


async def give(viewer: Viewer, *, producer_id: UUID, given: GiveSupport) -> UUID:
    """Write down one support; the same `given.id` again is the same entry. Its id.

    Raises `NotAllowed`, `NotFound` outside of the viewer's scope, and `Problem` at its field
    (codes `support.kind`, `support.day`, `support.programme_missing`, …).
    """
    _require_giver(viewer)
    event_id = given.id or new_id()
    programme = read_words(given.programme, field="programme")
    giver, note = read_words(given.giver, field="giver"), read_note(given.note)
    async with work(viewer):
        producer = await producer_in_scope(viewer, producer_id)
        if producer is None:
            raise no_such_producer()
        today = local_date(await database_now())
        day = read_day((given.given_on or today).isoformat(), today=today)
        await _require_kind(given.kind, day)
        first = await insert_once(
            "support_event",
            {
                "id": event_id,
                "producer_id": producer_id,
                "kind_id": given.kind,
                "programme": programme,
                "giver": giver,
                "given_on": day,
                "commune_code": producer["commune_code"],
                "cost_vnd": given.cost_vnd,
                "note": note,
                "entered_by": viewer.person_id,
            },
        )
        if first:
            await audit.record(
                viewer, "support.given", f"support_event:{event_id}",
                kind=given.kind, producer=str(producer_id), cost_vnd=given.cost_vnd,
            )  # fmt: skip
            await emit("support.given", producer_id)
        elif not await _is_own(viewer, event_id, producer_id):
            raise Conflict(
                "support.id", N_("This entry is already there. Please open the seller again.")
            )
    return event_id


_OWN: Final = (
    "SELECT 1 FROM support_event WHERE id = $1 AND producer_id = $2 AND entered_by = $3"
    " AND cancels_id IS NULL"
)


async def _is_own(viewer: Viewer, event_id: UUID, producer_id: UUID) -> bool:
    return bool(await value(_OWN, [event_id, producer_id, viewer.person_id]))


async def _require_kind(kind: str, day: date) -> None:
    if kind not in {row["code"] for row in await kinds_on(day, "en")}:
        raise Problem("support.kind", N_("Please choose what was given."), field="kind")


# A copy of what it takes back, so that sums over both may leave the pair out.
_CANCEL: Final = """
INSERT INTO support_event (id, producer_id, kind_id, programme, giver, given_on, commune_code,
                           cost_vnd, note, cancels_id, entered_by)
SELECT $1::uuid, e.producer_id, e.kind_id, e.programme, e.giver, e.given_on, e.commune_code,
       e.cost_vnd, $2::text, e.id, $3::uuid
FROM support_event e WHERE e.id = $4 AND e.producer_id = $5 AND e.cancels_id IS NULL
ON CONFLICT (cancels_id) DO NOTHING RETURNING id
"""


async def cancel(viewer: Viewer, *, producer_id: UUID, event_id: UUID, reason: str) -> None:
    """Take an entry back by an event that names it; the entry itself stays.

    Raises `NotAllowed`, `NotFound`, `Conflict` when it was taken back already, `Problem`
    (code `support.reason_missing`, field reason).
    """
    _require_giver(viewer)
    said = read_reason(reason)
    async with work(viewer):
        if await producer_in_scope(viewer, producer_id) is None:
            raise no_such_producer()
        there = "SELECT 1 FROM support_event WHERE id = $1 AND producer_id = $2"
        if not await value(f"{there} AND cancels_id IS NULL", [event_id, producer_id]):
            raise _no_such_entry()
        made = await rows(_CANCEL, [new_id(), said, viewer.person_id, event_id, producer_id])
        if not made:
            raise Conflict("support.cancelled", N_("This entry was taken back already."))
        await audit.record(viewer, "support.cancelled", f"support_event:{event_id}", reason=said)
        await emit("support.given", producer_id)
