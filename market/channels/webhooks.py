"""Where marketplaces knock: verified on the raw bytes, stored once, answered at once."""

import hashlib

from fastapi import APIRouter, Request
from starlette.responses import Response

from integrations.contracts.errors import N_, NotFound, Problem
from integrations.runtime import inbox
from integrations.runtime.web.state import ThePorts

router = APIRouter()


@router.post("/hooks/shopee", include_in_schema=False)
async def shopee(request: Request, ports: ThePorts) -> Response:
    """A push of Shopee: 200 with an empty body, also for one that we know already."""
    port = ports.channels.get("shopee")
    if port is None:
        raise NotFound("channel.off", N_("This marketplace is not switched on here."), who="staff")
    raw = await request.body()
    port.verify_push(raw, request.headers)
    try:
        event_id = port.parse_push(raw).event_id
    except Problem:
        # Signed, but of a form that we do not know: kept, and looked at in the log.
        event_id = f"unreadable:{hashlib.sha256(raw).hexdigest()[:32]}"
    await inbox.receive("shopee", event_id, raw, fact="channel.pushed")
    return Response(status_code=200)
