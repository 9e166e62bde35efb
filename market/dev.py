"""Stand-in pages of the embedded mode: the messages that a phone would have shown."""

from typing import Annotated, Any, Protocol, runtime_checkable

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel
from starlette.responses import JSONResponse, Response

from integrations.contracts.errors import Problem
from integrations.contracts.phone import parse_phone
from integrations.runtime.web.faults import nothing_here
from integrations.runtime.web.problems import wants_json
from integrations.runtime.web.state import Pages, ThePorts

router = APIRouter(prefix="/dev", tags=["Development"])


@runtime_checkable
class KeepsMessages(Protocol):
    """The stand-in for a gateway: it keeps what it was given."""

    def latest(self, *, to_phone: str | None = None, limit: int = 50) -> list[dict[str, Any]]:
        """Newest first, for one phone or all."""
        ...


class KeptMessage(BaseModel):
    """One message as the phone would have shown it."""

    to_phone: str
    text: str
    kind: str
    dedupe_key: str


class KeptMessages(BaseModel):
    """The latest messages, newest first."""

    messages: list[KeptMessage]


@router.get(
    "/messages",
    operation_id="dev_messages_list",
    summary="Messages that nobody was sent (embedded mode only)",
    response_model=KeptMessages,
)
async def messages(
    request: Request,
    pages: Pages,
    ports: ThePorts,
    phone: Annotated[str, Query(max_length=40)] = "",
    format: Annotated[str, Query(max_length=8)] = "",  # noqa: A002 - the word in the address
) -> Response:
    """A page for people; JSON for `Accept: application/json` or `?format=json`."""
    kept = ports.messages
    if not isinstance(kept, KeepsMessages):
        raise nothing_here()
    unreadable: Problem | None = None
    number: str | None = None
    try:
        number = parse_phone(phone) if phone else None
    except Problem as problem:
        unreadable = problem
    found = [] if unreadable else kept.latest(to_phone=number)
    if format == "json" or wants_json(request):
        if unreadable:
            raise unreadable
        return JSONResponse({"messages": found}, headers={"Cache-Control": "no-store"})
    context = {"messages": found, "wanted": phone, "problem": unreadable}
    return pages.render(request, "dev/messages.html", context)
