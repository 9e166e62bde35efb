"""The script that opens the pages of goods without a line."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from integrations.runtime.web.state import Pages

router = APIRouter()


@router.get("/producer/sw.js")
async def service_worker(request: Request, pages: Pages) -> Response:
    """Under the pages that it may serve: a service worker reaches no further than its own place."""
    answer = pages.assets.answer(request)
    answer.headers["Content-Security-Policy"] = "default-src 'none'; connect-src 'self'"
    return answer
