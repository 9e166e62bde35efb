"""Where banks and card vendors knock: verified on the raw bytes, stored once, worked later."""

import hashlib

from fastapi import APIRouter, Request

from integrations.contracts.errors import N_, NotFound, Problem
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


@router.post("/hooks/stripe", include_in_schema=False)
async def stripe(request: Request, ports: ThePorts) -> dict[str, bool]:
    """A card notice. 200 as soon as it is kept, also for one that we know already."""
    vendor = ports.cards
    if vendor is None:
        raise NotFound("cards.off", N_("Cards are not taken here."))
    raw = await request.body()
    vendor.verify(raw, request.headers, now=now())
    try:
        event_id = vendor.parse(raw).event_id
    except Problem:
        event_id = f"unreadable:{hashlib.sha256(raw).hexdigest()[:32]}"
    await inbox.receive(vendor.name, event_id, raw, fact="card.event_received")
    return {"received": True}
