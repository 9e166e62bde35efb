"""Guards as `Annotated` types: a route says in its signature who may call it."""

from dataclasses import dataclass
from typing import Annotated, cast
from uuid import UUID

from fastapi import Depends, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from integrations.contracts.errors import N_, NotAllowed, NotSignedIn
from integrations.contracts.viewer import ANONYMOUS, Role, Viewer
from sellers.accounts.rules import address_group, is_loopback
from sellers.accounts.service import DoorsOf
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


async def address_of(request: Request) -> str:
    """Where a request comes from, as the subject of a limit; the server reads proxies' headers.

    Empty, which means no limit, for this machine itself while it runs everything embedded.
    """
    host = request.client.host if request.client else ""
    if request.app.state.settings.embedded and is_loopback(host):
        return ""
    return address_group(host)


async def _acting(request: Request) -> DoorsOf:
    return cast(DoorsOf, request.app.state.acting)


async def anyone(device: Annotated[Device, Depends(device_of)]) -> Viewer:
    """Everybody, signed in or not."""
    return device.viewer


async def signed_in(
    device: Annotated[Device, Depends(device_of)],
    _documented: Annotated[HTTPAuthorizationCredentials | None, Security(bearer)],
) -> Viewer:
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


async def as_finance(viewer: Annotated[Viewer, Depends(as_staff)]) -> Viewer:
    """Who may give money back. Raises `NotAllowed` (code `staff.finance`)."""
    if viewer.role not in (Role.FINANCE_STAFF, Role.ADMIN):
        raise NotAllowed(
            "staff.finance", N_("Only finance staff may give money back."), who="staff"
        )
    return viewer


Anyone = Annotated[Viewer, Depends(anyone)]
SignedIn = Annotated[Viewer, Depends(signed_in)]
AsProducer = Annotated[Viewer, Depends(as_producer)]
AsStaff = Annotated[Viewer, Depends(as_staff)]
AsFinance = Annotated[Viewer, Depends(as_finance)]
# Which producers a person acts for: accounts know no producers, the application hands it down.
Acting = Annotated[DoorsOf, Depends(_acting)]
FromAddress = Annotated[str, Depends(address_of)]
OfDevice = Annotated[Device, Depends(device_of)]
