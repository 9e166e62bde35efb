"""Bank notices as SePay would post them to us."""

import asyncio
import itertools
import json
import random
import time
from collections.abc import Awaitable, Callable
from typing import Any

import httpx

from integrations.payments.sepay import SIGNATURE_HEADER, TIMESTAMP_HEADER, sign
from tests.kit.stack import Stack

_ids = itertools.count(random.randrange(10**9, 10**12))


def a_line(
    account: str, amount_vnd: int, content: str, *, direction: str = "in", event_id: int = 0
) -> dict[str, Any]:
    """A statement line; its id is new unless given."""
    return {
        "id": event_id or next(_ids),
        "gateway": "Agribank",
        "transactionDate": time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(time.time() + 7 * 3600)),
        "accountNumber": account,
        "code": None,
        "content": content,
        "transferType": direction,
        "transferAmount": amount_vnd,
        "accumulated": 0,
        "subAccount": None,
        "referenceCode": "FT1",
        "description": content,
    }


def signed(
    stack: Stack, line: dict[str, Any] | bytes, *, secret: str | None = None, shift_s: int = 0
) -> tuple[bytes, dict[str, str]]:
    """Body and headers of a notice, signed with our secret unless another one is given."""
    raw = line if isinstance(line, bytes) else json.dumps(line, ensure_ascii=False).encode()
    now = int(time.time()) + shift_s
    key = secret or stack.settings.sepay_secret.get_secret_value()
    return raw, {
        TIMESTAMP_HEADER: str(now),
        SIGNATURE_HEADER: sign(key, raw, now, stack.settings.sepay_signs),
        "Content-Type": "application/json",
    }


async def knock(
    stack: Stack, line: dict[str, Any] | bytes, *, secret: str | None = None, shift_s: int = 0
) -> httpx.Response:
    """Post a notice as `signed` makes it."""
    raw, headers = signed(stack, line, secret=secret, shift_s=shift_s)
    async with stack.client() as client:
        return await client.post("/hooks/sepay", content=raw, headers=headers)


async def money_arrives(
    stack: Stack, account: str, amount_vnd: int, content: str, *, event_id: int = 0
) -> None:
    """A notice that is accepted and worked."""
    answer = await knock(stack, a_line(account, amount_vnd, content, event_id=event_id))
    assert answer.status_code == 200 and answer.json() == {"success": True}
    await stack.drain()


async def becomes(look: Callable[[], Awaitable[Any]], wanted: Any, *, within_s: float = 60) -> None:
    """Wait until `look()` answers `wanted`. Raises `TimeoutError` after `within_s`."""
    async with asyncio.timeout(within_s):
        while await look() != wanted:
            await asyncio.sleep(0.05)
