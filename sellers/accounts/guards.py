"""Guards as `Annotated` types: a route says in its signature who may call it."""

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request
from fastapi.security import HTTPBearer

from integrations.contracts.errors import N_, NotAllowed, NotSignedIn
from integrations.contracts.viewer import ANONYMOUS, Role, Viewer
from sellers.accounts.sessions import read_session

# Declared for the API's documentation; the token itself is read in `who`.
bearer = HTTPBearer(auto_error=False, description="Token from POST /api/v1/sessions")


@dataclass(frozen=True, slots=True)
class Device:
    """The session behind a request."""

    session_id: UUID | None
    viewer: Viewer
    token: str


def cookie_name(request: Request) -> str:
    """`__Host-` binds the cookie to this host, and needs https."""
    return "__Host-ganh" if request.app.state.settings.public_url.startswith("https") else "ganh"


async def device_of(request: Request) -> Device:
    """The session of the request, read once; anonymous when there is none."""
    known: Device | None = getattr(request.state, "device", None)
    if known is not None:
        return known
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        token = request.cookies.get(cookie_name(request), "")
    found = await read_session(token) if token else None
    device = Device(None, ANONYMOUS, "") if found is None else Device(*found, token)
    request.state.device = device
    return device


async def anyone(device: Annotated[Device, Depends(device_of)]) -> Viewer:
    """Everybody, signed in or not."""
    return device.viewer


async def signed_in(device: Annotated[Device, Depends(device_of)]) -> Viewer:
    """A person with a live session. Raises `NotSignedIn`."""
    if device.viewer.person_id is None:
        raise NotSignedIn("session.missing", N_("Please sign in first."))
    return device.viewer


async def as_producer(viewer: Annotated[Viewer, Depends(signed_in)]) -> Viewer:
    """A person who acts for a producer. Raises `NotAllowed` (code `producer.missing`)."""
    if viewer.role is not Role.PRODUCER or viewer.producer_id is None:
        raise NotAllowed("producer.missing", N_("Please say first who is selling."))
    return viewer


async def as_staff(viewer: Annotated[Viewer, Depends(signed_in)]) -> Viewer:
    """Programme staff of any kind. Raises `NotAllowed`."""
    if not viewer.is_staff:
        raise NotAllowed("staff.only", N_("This page is for programme staff."), who="staff")
    return viewer


Anyone = Annotated[Viewer, Depends(anyone)]
SignedIn = Annotated[Viewer, Depends(signed_in)]
AsProducer = Annotated[Viewer, Depends(as_producer)]
AsStaff = Annotated[Viewer, Depends(as_staff)]
OfDevice = Annotated[Device, Depends(device_of)]
