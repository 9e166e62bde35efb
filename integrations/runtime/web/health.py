"""Is it alive, can it work, what does it count."""

import asyncio
import contextlib
from ipaddress import ip_address
from typing import Final

from fastapi import APIRouter, Request
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.responses import JSONResponse, Response

from integrations.contracts.viewer import SYSTEM
from integrations.runtime.database import public_rows, rows, value, work
from integrations.runtime.web.faults import nothing_here
from integrations.runtime.web.metrics import (
    DISK_FREE,
    DISK_READ_ONLY,
    FOLLOW_UPS_LATE,
    OUTBOX_LATE,
    OUTBOX_ROWS,
)
from integrations.runtime.web.state import TheSettings

# A part that hangs is as good as down; who asks has a deadline too.
_PATIENCE_S: Final = 3

router = APIRouter()


@router.get("/healthz")
async def alive() -> Response:
    """The process answers."""
    return Response("ok", media_type="text/plain")


@router.get("/readyz")
async def ready(request: Request) -> Response:
    """Database and storage answer (needed to work); Redis and the disk are reported."""
    report: dict[str, str] = {"disk": request.app.state.disk.said}
    for name, check in (
        ("database", lambda: value("SELECT 1")),
        ("public_database", lambda: public_rows("SELECT 1 FROM province LIMIT 1")),
        ("storage", request.app.state.ports.storage.check),
        ("redis", request.app.state.bell.check),
    ):
        try:
            await asyncio.wait_for(check(), _PATIENCE_S)
            report[name] = "ok"
        except Exception as error:
            report[name] = type(error).__name__
    required = ("database", "public_database", "storage")
    ok = all(report[name] == "ok" for name in required)
    return JSONResponse(report, 200 if ok else 503, {"Cache-Control": "no-store"})


def _is_near(request: Request) -> bool:
    try:
        address = ip_address(request.client.host if request.client else "")
    except ValueError:
        return False
    return address.is_loopback or (address.is_private and not address.is_unspecified)


_WAITING = """
SELECT count(*) FILTER (WHERE state = 'pending')::int AS pending,
  count(*) FILTER (WHERE state = 'dead')::int AS dead,
  coalesce(extract(epoch FROM now() - min(due_at) FILTER (WHERE state = 'pending')), 0)::float8
    AS late_s,
  (SELECT count(*) FROM follow_up WHERE closed_at IS NULL AND due_at < now())::int AS follow_ups
FROM outbox WHERE state <> 'done'
"""


@router.get("/metrics")
async def metrics(request: Request, settings: TheSettings) -> Response:
    """Prometheus' text format; what waits is counted in the database, for all processes.

    For the operator's own network: from an address of the open internet there is nothing here.
    """
    if not settings.embedded and not _is_near(request):
        raise nothing_here()
    with contextlib.suppress(Exception):  # a database that is down must not hide the rest
        async with work(SYSTEM):
            waiting = (await rows(_WAITING))[0]
        OUTBOX_ROWS.labels("pending").set(waiting["pending"])
        OUTBOX_ROWS.labels("dead").set(waiting["dead"])
        OUTBOX_LATE.set(max(0.0, waiting["late_s"]))
        FOLLOW_UPS_LATE.set(waiting["follow_ups"])
    disk = request.app.state.disk
    DISK_FREE.set(disk.free_bytes)
    DISK_READ_ONLY.set(disk.read_only)
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)
