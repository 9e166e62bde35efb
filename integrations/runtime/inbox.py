"""What outside parties send: stored once with the fact that it came, answered, worked later."""

from uuid import UUID

from integrations.contracts.ids import new_id
from integrations.contracts.viewer import SYSTEM
from integrations.runtime.database import insert_once, rows, run, work
from integrations.runtime.outbox import emit


async def receive(provider: str, provider_event_id: str, raw: bytes, *, fact: str) -> bool:
    """Store a verified event and emit `fact` with the inbox row's id; False when it is known.

    The row and the outbox row are one transaction: answering 2xx after it loses nothing.
    """
    inbox_id = new_id()
    async with work(SYSTEM):
        first = await insert_once(
            "inbox",
            {
                "id": inbox_id,
                "provider": provider,
                "provider_event_id": provider_event_id[:120],
                "raw_body": raw,
            },
        )
        if first:
            await emit(fact, inbox_id)
    return first


async def read(inbox_id: UUID) -> bytes | None:
    """The raw body of an event that was not yet worked, locked for this transaction; else None."""
    found = await rows(
        "SELECT raw_body FROM inbox WHERE id = $1 AND worked_at IS NULL FOR UPDATE", [inbox_id]
    )
    return bytes(found[0]["raw_body"]) if found else None


async def mark_worked(inbox_id: UUID, *, keep_body: bool = False) -> None:
    """Record, in the transaction of the effects, that the event has had them.

    Its body, which may hold what is nobody's business, goes unless a person has to read it; the
    row stays, so that a repeat is known.
    """
    await run(
        "UPDATE inbox SET worked_at = now(), raw_body = CASE WHEN $2 THEN raw_body ELSE '' END"
        " WHERE id = $1",
        [inbox_id, keep_body],
    )
