"""Where a request comes from: the client behind trusted proxies, and the host it asked for."""

import ipaddress
import re
from collections.abc import Iterable
from typing import Final

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from integrations.contracts.errors import N_, Problem
from integrations.runtime.web.problems import answer

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_HOST: Final = re.compile(r"(\[[0-9a-f:.]{2,45}\]|[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?)(:\d{1,5})?")
# Asked by address, by machines that watch over us.
_BY_ADDRESS: Final = frozenset({"/healthz", "/readyz", "/metrics"})


class Origin:
    """Puts the client's own address and scheme into the scope; refuses requests for other hosts.

    Only what a trusted proxy says is believed: `X-Forwarded-For` is read from the right, past
    trusted addresses; `X-Forwarded-Proto` counts when it is http or https.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        hosts: Iterable[str],
        local: bool = False,
        proxies: Iterable[Network] = (),
    ) -> None:
        """`hosts`: what may be asked for, with its port. `local`: also this machine's own names
        and any address that is not public, so that a phone in the same house gets in."""
        self.app = app
        self._hosts = frozenset(host.lower() for host in hosts)
        self._local = local
        self._proxies = tuple(proxies)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            request = Request(scope)
            asked = request.headers.getlist("host")
            if not self._is_ours(asked) and scope["path"] not in _BY_ADDRESS:
                problem = Problem(
                    "request.host", N_("This address is not ours. Please open our page.")
                )
                await answer(request, problem)(scope, receive, send)
                return
            self._believe(scope, request)
        await self.app(scope, receive, send)

    def _believe(self, scope: Scope, request: Request) -> None:
        """Take over what trusted proxies say, in place: others hold the same scope."""
        if request.client is None or not self._trusts(request.client.host):
            return
        hops = ",".join(request.headers.getlist("x-forwarded-for")).split(",")
        for hop in reversed([hop.strip() for hop in hops if hop.strip()]):
            if _parsed(hop) is None:
                break
            scope["client"] = (hop, 0)
            if not self._trusts(hop):
                break
        proto = request.headers.get("x-forwarded-proto", "").strip().lower()
        if proto in ("http", "https"):
            scope["scheme"] = proto

    def _trusts(self, host: str) -> bool:
        return within(host, self._proxies)

    def _is_ours(self, asked: list[str]) -> bool:
        if len(asked) != 1:
            return False
        host = asked[0].lower()
        if host in self._hosts:
            return True
        if not self._local or not _HOST.fullmatch(host):
            return False
        name = re.sub(r":\d+$", "", host).strip("[]")
        address = _parsed(name)
        if address is None:
            return name == "localhost" or name.endswith((".localhost", ".local"))
        return not address.is_global


def networks(setting: str) -> tuple[Network, ...]:
    """Addresses and networks separated by commas. Raises `ValueError` for what is neither."""
    parts = (part.strip() for part in setting.split(","))
    return tuple(ipaddress.ip_network(part) for part in parts if part)


def within(host: str, places: Iterable[Network]) -> bool:
    """True when `host` is an address in one of the networks."""
    address = _parsed(host)
    return address is not None and any(address in place for place in places)


def _parsed(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
