"""Is it alive, can it work, what does it count."""

from fastapi import APIRouter, Request
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.responses import JSONResponse, Response

from integrations.runtime.database import public_rows, value

router = APIRouter()


@router.get("/healthz")
async def alive() -> Response:
    """The process answers."""
    return Response("ok", media_type="text/plain")


@router.get("/readyz")
async def ready(request: Request) -> Response:
    """Database and storage answer (needed to work); Redis is reported, not required."""
    report: dict[str, str] = {}
    for name, check in (
        ("database", lambda: value("SELECT 1")),
        ("public_database", lambda: public_rows("SELECT 1 FROM province LIMIT 1")),
        ("storage", request.app.state.ports.storage.check),
        ("redis", request.app.state.bell.check),
    ):
        try:
            await check()
            report[name] = "ok"
        except Exception as error:
            report[name] = type(error).__name__
    required = ("database", "public_database", "storage")
    ok = all(report[name] == "ok" for name in required)
    return JSONResponse(report, 200 if ok else 503, {"Cache-Control": "no-store"})


@router.get("/metrics")
async def metrics() -> Response:
    """Prometheus' text format."""
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)
