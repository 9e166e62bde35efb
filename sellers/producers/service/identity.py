"""Who answers for a producer: kept sealed, confirmed by staff, opened for a reason only."""

from dataclasses import asdict
from uuid import UUID

import orjson

from integrations.contracts.errors import N_, Conflict, NotFound
from integrations.contracts.viewer import Viewer
from integrations.runtime import audit
from integrations.runtime.crypto import seal
from integrations.runtime.database import rows, run
from sellers.producers.models import Identity
from sellers.producers.queries import (
    IDENTITY_PURPOSE,
    TAX_PURPOSE,
    identity_of,
    number_hash,
    open_identity,
    open_tax_code,
    tax_hash,
)
from sellers.producers.rules.identity import Person

_END = "UPDATE identity SET ended_at = now() WHERE producer_id = $1 AND ended_at IS NULL"


async def keep_identity(
    viewer: Viewer, *, person: Person, tax_code: str | None, method: str
) -> bool:
    """Keep who answers for the viewer's producer; the same again changes nothing. True when new.

    In the open transaction. What was kept before ends and stays as it was.
    """
    producer_id = viewer.producer_id
    assert producer_id is not None
    # Two at once: the second waits here.
    await rows("SELECT 1 FROM producer WHERE id = $1 FOR UPDATE", [producer_id])
    before = await identity_of(producer_id)
    if before and (open_identity(before), open_tax_code(before)) == (person, tax_code):
        return False
    await run(_END, [producer_id])
    facts = {name: said for name, said in asdict(person).items() if said is not None}
    made = await Identity.create(
        producer_id=producer_id,
        method=method,
        facts_sealed=seal(orjson.dumps(facts).decode(), purpose=IDENTITY_PURPOSE),
        number_hash=number_hash(person.number),
        number_last4=person.number[-4:],
        tax_sealed=seal(tax_code, purpose=TAX_PURPOSE) if tax_code else None,
        tax_hash=tax_hash(tax_code) if tax_code else None,
        tax_last4=tax_code[-4:] if tax_code else "",
        given_by=viewer.person_id,
    )
    await audit.record(viewer, "identity.given", f"identity:{made.id}", method=method)
    return True


_CONFIRM = """
UPDATE identity SET confirmed_at = now(), confirmed_by = $2, evidence = $3, place = $4
WHERE producer_id = $1 AND ended_at IS NULL
"""


async def confirm_identity(viewer: Viewer, producer_id: UUID, *, evidence: str, place: str) -> None:
    """Somebody of the staff made sure; the producer may sell from now on. In the transaction.

    Raises `Conflict` (code `identity.missing`) when nothing was given.
    """
    if not await run(_CONFIRM, [producer_id, viewer.person_id, evidence, place]):
        raise Conflict("identity.missing", N_("Who answers for the goods was not given yet."))
    await set_cleared(producer_id, cleared=True)


async def set_cleared(producer_id: UUID, *, cleared: bool) -> None:
    """Let a producer sell, or stop that. In the open transaction."""
    await run(
        "UPDATE producer SET updated_at = now(),"
        " cleared_at = CASE WHEN $2::boolean THEN coalesce(cleared_at, now()) END WHERE id = $1",
        [producer_id, cleared],
    )


async def look_at_number(viewer: Viewer, producer_id: UUID, *, reason: str) -> str:
    """The whole personal number, for a reason that stands in the audit. In the transaction.

    Raises `NotFound` when nothing was given.
    """
    kept = await identity_of(producer_id)
    if kept is None:
        raise NotFound("identity.missing", N_("Who answers for the goods was not given yet."))
    await audit.record(viewer, "identity.opened", f"identity:{kept.id}", reason=reason)
    return open_identity(kept).number
