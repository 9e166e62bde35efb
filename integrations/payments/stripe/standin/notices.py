"""Events on their way out: signed, sent by real HTTP, tried again for three days."""

import asyncio
import contextlib
import json
import time
from datetime import UTC, datetime
from typing import Any, Final

import httpx

from integrations.payments.stripe.signature import HEADER, sign
from integrations.payments.stripe.standin.books import API_VERSION, Books, Faults, Thing, Waiting
from integrations.payments.stripe.standin.money import Till
from integrations.runtime.calls.certificates import trusted

# Waits between tries; with `retry_unit_s` 60 they are minutes and add up to three days.
RETRY_AFTER: Final = (0.1, 0.5, 2, 10, 60, 180, 360, 720, 1440, 1440)
_TIMEOUT_S: Final = 10.0
_GATHER_S: Final = 0.05  # so that what happened together can go out in another order


class Postman:
    """Sends what waits. `url` empty: nothing is sent, and everything waits."""

    def __init__(
        self, books: Books, till: Till, *, secret: str, url: str, retry_unit_s: float
    ) -> None:
        self._books = books
        self._till = till
        self._secret = secret
        self._url = url
        self._retry_unit_s = retry_unit_s
        self._wake = asyncio.Event()
        self._http: httpx.AsyncClient | None = None

    def wake(self) -> None:
        """Something waits, or the clock was moved."""
        self._wake.set()

    def letter(self, event: Thing, faults: Faults) -> tuple[bytes, dict[str, str]]:
        """The body and headers of one notice, signed now as the faults say."""
        sent = _thin(event) if faults.thin else event
        raw = json.dumps(sent, ensure_ascii=False).encode()
        secret = self._secret + "-wrong" if faults.wrong_signature else self._secret
        stamp = sign(secret, raw, int(time.time()) + faults.shift_s)
        return raw, {"Content-Type": "application/json; charset=utf-8", HEADER: stamp}

    async def post(self, event: Thing, faults: Faults) -> int | None:
        """Send once; the receiver's status, None when it could not be reached."""
        raw, headers = self.letter(event, faults)
        if self._http is None:
            # No proxy from the environment: the receiver stands on this machine.
            self._http = httpx.AsyncClient(trust_env=False, timeout=_TIMEOUT_S, verify=trusted())
        try:
            return (await self._http.post(self._url, content=raw, headers=headers)).status_code
        except httpx.HTTPError:
            return None

    async def close(self) -> None:
        """Give the connection back."""
        if self._http is not None:
            await self._http.aclose()
            self._http = None

    async def run(self) -> None:
        """Send what is due and close pages at their end, for ever."""
        while True:
            self._wake.clear()
            pause_s = self._pause_s()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), pause_s)
            before = len(self._books.state.events)
            self._till.close_late_pages()
            if len(self._books.state.events) != before:
                self._books.save()
            if self._url:
                await self._send_due()

    def _pause_s(self) -> float | None:
        dues = [waiting.due_at - time.time() for waiting in self._books.state.waiting]
        pauses = dues if self._url else []
        if (end := self._till.next_end()) is not None:
            pauses.append(end - self._books.now())
        return max(0.0, min(pauses)) if pauses else None

    async def _send_due(self) -> None:
        state = self._books.state
        if state.faults.reorder:
            await asyncio.sleep(_GATHER_S)
        due = [waiting for waiting in state.waiting if waiting.due_at <= time.time()]
        for waiting in reversed(due) if state.faults.reorder else due:
            if any(waiting is one for one in state.waiting):
                await self._attempt(waiting)

    async def _attempt(self, waiting: Waiting) -> None:
        event = self._books.event(waiting.event_id)
        status = await self.post(event, self._books.sending_faults(waiting)) if event else None
        accepted = status is not None and 200 <= status < 300
        if event is None or accepted or waiting.tries == len(RETRY_AFTER):
            self._forget(waiting)
            if event is not None and accepted:
                event["pending_webhooks"] = 0
        else:
            waiting.due_at = time.time() + RETRY_AFTER[waiting.tries] * self._retry_unit_s
            waiting.tries += 1
        self._books.save()

    def _forget(self, done: Waiting) -> None:
        self._books.state.waiting = [one for one in self._books.state.waiting if one is not done]


def _thin(event: Thing) -> dict[str, Any]:
    """The form that names only the object (docs.stripe.com/event-destinations)."""
    subject = event["data"]["object"]
    return {
        "id": f"{event['id']}_thin",
        "object": "v2.core.event",
        "type": f"v1.{event['type']}",
        "created": datetime.fromtimestamp(event["created"], UTC).isoformat(),
        "livemode": False,
        "related_object": {"id": subject["id"], "type": subject["object"], "url": ""},
        "snapshot_event": event["id"],
        "context": API_VERSION,
    }
