"""Notices that leave the stand-in: signed, by real HTTP, repeated until accepted or lost."""

import asyncio
import contextlib
import json
import time
from typing import Any, Final

import httpx

from integrations.channels.shopee.signing import PUSH_HEADER, PushSigns, sign_push
from integrations.channels.shopee.standin.gate import Call, wrong
from integrations.channels.shopee.standin.state import Market, Notice
from integrations.runtime.calls.certificates import trusted

# As the vendor's pages say of every push: three seconds to answer, three retries.
RETRY_AFTER_S: Final = (300, 1800, 10_800)
_TIMEOUT_S: Final = 3.0
_LOST_AT_ONCE: Final = 100  # of one get_lost_push_message


class Pushes:
    """The queue of notices of one marketplace. `registered` is signed, `deliver_to` is called."""

    def __init__(
        self,
        market: Market,
        *,
        key: str,
        deliver_to: str,
        registered: str,
        signs: PushSigns,
        retry_unit_s: float,
    ) -> None:
        self._market = market
        self._key = key
        self.deliver_to = deliver_to
        self.registered = registered
        self._signs: PushSigns = signs
        self._retry_unit_s = retry_unit_s
        self._wake = asyncio.Event()
        self._sending = asyncio.Lock()  # one sender: who waits for it finds everything sent
        self._client: httpx.AsyncClient | None = None
        for notice in market.state.notices:
            notice.due_at = time.time() if notice.due_at is None else notice.due_at

    def tell(self, code: int, *, shop_id: int | None, data: dict[str, Any]) -> None:
        """Queue one notice, as the switches say. Without an address nobody is told."""
        if not self.deliver_to:
            return
        state, take = self._market.state, self._market.state.switches.take
        body: dict[str, Any] = {"data": data, "code": code, "timestamp": self._market.now()}
        if shop_id is not None:
            body["shop_id"] = shop_id
        notice = Notice(number=self._market.number(), body=body, due_at=time.time())
        if take("drop_push"):
            state.lost.append(notice)
            return
        if rule := take("delay_push"):
            notice.due_at = time.time() + rule.delay_s
        notice.held = take("reorder_push") is not None
        state.notices.append(notice)
        if take("duplicate_push"):
            state.notices.append(notice.model_copy(update={"number": self._market.number()}))
        self._wake.set()

    async def send_due(self, *, everything: bool = False) -> int:
        """Send what is due, held ones after the others; `everything`: also what waits."""
        async with self._sending:
            sent = 0
            for held in (False, True):
                for notice in list(self._market.state.notices):
                    due = notice.due_at is not None and (everything or notice.due_at <= time.time())
                    if due and notice.held is held and (everything or not held or sent):
                        await self._attempt(notice)
                        sent += 1
            return sent

    async def run(self) -> None:
        """Send for ever; new notices and the next due time wake it."""
        while True:
            self._wake.clear()
            dues = [n.due_at for n in self._market.state.notices if n.due_at and not n.held]
            pause_s = max(0.0, min(dues) - time.time()) if dues else None
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), pause_s)
            await self.send_due()

    async def close(self) -> None:
        """Close the connection to the receiver."""
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    async def _attempt(self, notice: Notice) -> None:
        state = self._market.state
        notice.due_at = None
        accepted = await self._post(notice.body)
        if accepted or notice.tries == len(RETRY_AFTER_S):
            state.notices = [one for one in state.notices if one.number != notice.number]
            if accepted:
                state.sent += 1
            else:
                state.lost.append(notice)
        else:
            notice.due_at = time.time() + RETRY_AFTER_S[notice.tries] * self._retry_unit_s
            notice.tries += 1
        self._market.save()
        self._wake.set()

    async def _post(self, body: dict[str, Any]) -> bool:
        raw = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
        sign = sign_push(self._key, raw, url=self.registered, signs=self._signs)
        headers = {"Content-Type": "application/json", PUSH_HEADER: sign}
        if self._client is None:
            # No proxy from the environment: the receiver stands on this machine.
            self._client = httpx.AsyncClient(trust_env=False, timeout=_TIMEOUT_S, verify=trusted())
        try:
            response = await self._client.post(self.deliver_to, content=raw, headers=headers)
        except httpx.HTTPError:
            return False
        return response.is_success


async def lost_messages(call: Call) -> dict[str, Any]:
    """GET push/get_lost_push_message: the earliest hundred."""
    lost = sorted(call.market.state.lost, key=lambda one: one.number)
    page = lost[:_LOST_AT_ONCE]
    return {
        "push_message_list": [
            {
                "shop_id": one.body.get("shop_id", 0),
                "code": one.body["code"],
                "timestamp": one.body["timestamp"],
                "data": json.dumps(one.body["data"], ensure_ascii=False),
            }
            for one in page
        ],
        "has_next_page": len(lost) > _LOST_AT_ONCE,
        "last_message_id": page[-1].number if page else 0,
    }


async def confirm_lost(call: Call) -> dict[str, Any]:
    """POST push/confirm_consumed_lost_push_message: forget all up to an id."""
    last = call.body.get("last_message_id")
    if not isinstance(last, int):
        raise wrong("last_message_id is required")
    call.market.state.lost = [one for one in call.market.state.lost if one.number > last]
    return {}
