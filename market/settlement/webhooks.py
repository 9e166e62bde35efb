"""Where banks knock: verified on the raw bytes, stored once, answered at once, worked later."""

import hashlib

from fastapi import APIRouter, Request

from integrations.contracts.errors import Problem
from integrations.runtime import inbox
from integrations.runtime.clock import now
from integrations.runtime.web.state import ThePorts

router = APIRouter()


@router.post("/hooks/sepay", include_in_schema=False)
async def sepay(request: Request, ports: ThePorts) -> dict[str, bool]:
    """A line of a producer's account. `{"success": true}` also for one that we know already."""
    # At most 64 KB: the gate before every hook refuses more, whatever the header says.
    raw, bank = await request.body(), ports.bank_events
    bank.verify(raw, request.headers, now=now())
    try:
        event_id = bank.parse(raw).provider_event_id
    except Problem:
        # Signed, but of a form we do not know: kept, and a person looks at it.
        event_id = f"unreadable:{hashlib.sha256(raw).hexdigest()[:32]}"
    await inbox.receive(bank.name, event_id, raw, fact="bank.event_received")
    return {"success": True}
