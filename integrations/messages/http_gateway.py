"""Text messages through any gateway that takes JSON by HTTPS; never run against a live vendor.

What is sent: `POST SMS_URL`, `Authorization: Bearer SMS_TOKEN`, `Idempotency-Key: <outbox id>`,
body `{"to": "+84912345678", "text": "…", "kind": "sign_in", "id": "<outbox id>"}`. What counts is
the status: 2xx taken; 408, 425, 429, 401, 403 and 5xx tried again; any other refused for good.
A vendor with another body stands behind a few lines of a proxy, or gets a file of its own here.
"""

import asyncio
import weakref
from collections.abc import MutableMapping
from typing import TYPE_CHECKING, Final

import structlog

from integrations.contracts.errors import N_, Declined, Unavailable
from integrations.contracts.ports import Message
from integrations.runtime.calls.certificates import trusted

if TYPE_CHECKING:
    import httpx

log = structlog.get_logger(__name__)

_TIMEOUT_S: Final = 10.0
_AGAIN_S: Final = 30
# Ours to mend (a wrong token) or theirs (too much at once): the message itself may be right.
_TRIED_AGAIN: Final = frozenset({401, 403, 408, 425, 429})


class HttpGateway:
    """Sends each message once: the gateway is told our id and drops a second one."""

    def __init__(self, url: str, token: str, *, timeout_s: float = _TIMEOUT_S) -> None:
        self._url = url
        self._token = token
        self._timeout_s = timeout_s
        # A client belongs to the loop in which it was made.
        self._clients: MutableMapping[asyncio.AbstractEventLoop, httpx.AsyncClient] = (
            weakref.WeakKeyDictionary()
        )

    async def send(self, message: Message) -> None:
        """Hand it over. Raises `Unavailable` to be tried again, `Declined` when never to be."""
        import httpx

        body = {
            "to": message.to_phone,
            "text": message.text,
            "kind": message.kind,
            "id": message.dedupe_key,
        }
        headers = {"Idempotency-Key": message.dedupe_key}
        try:
            answer = await self._client().post(self._url, json=body, headers=headers)
        except httpx.TransportError as error:
            log.warning("message.no_answer", error=type(error).__name__, kind=message.kind)
            raise _resting() from error
        if answer.is_success:
            return
        # The answer's words may hold the number: only its status is kept.
        log.warning("message.not_taken", status=answer.status_code, kind=message.kind)
        if answer.status_code >= 500 or answer.status_code in _TRIED_AGAIN:
            raise _resting()
        raise Declined(
            "message.refused",
            N_("The message service does not take messages to this number."),
            who="us",
        )

    async def close(self) -> None:
        """Give this loop's connections back."""
        client = self._clients.pop(asyncio.get_running_loop(), None)
        if client is not None:
            await client.aclose()

    def _client(self) -> "httpx.AsyncClient":
        import httpx

        loop = asyncio.get_running_loop()
        if loop not in self._clients:
            self._clients[loop] = httpx.AsyncClient(
                timeout=self._timeout_s,
                follow_redirects=False,
                headers={"Authorization": f"Bearer {self._token}"},
                limits=httpx.Limits(max_connections=8),
                verify=trusted(),
            )
        return self._clients[loop]


def _resting() -> Unavailable:
    return Unavailable(
        "message.unavailable",
        N_("The message service does not answer. The message is sent as soon as it does."),
        who="us",
        retry_after_s=_AGAIN_S,
    )
