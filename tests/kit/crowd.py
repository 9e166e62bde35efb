"""Buyers who order over HTTP from the real processes, each from an address of their own."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx

from integrations.contracts.ids import new_id
from integrations.contracts.viewer import SYSTEM
from integrations.runtime.calls.certificates import trusted
from integrations.runtime.database import rows, work
from tests.kit.listings import Goods
from tests.kit.people import a_phone

# The service believes the address that a buyer's proxy on this machine names.
BEHIND_A_PROXY = {"TRUSTED_PROXIES": "127.0.0.0/8"}
_PATIENCE_S = 60


@dataclass
class Crowd:
    """What was answered to all buyers together."""

    base_urls: list[str]
    statuses: Counter[int] = field(default_factory=Counter)
    broken: int = 0
    orders: dict[str, str] = field(default_factory=dict)
    waited_s: list[float] = field(default_factory=list)

    @asynccontextmanager
    async def buyer(self) -> AsyncIterator[httpx.AsyncClient]:
        """A client with an address of its own, at one of the web processes."""
        address = ".".join(str(random.randrange(1, 255)) for _ in range(3))
        async with httpx.AsyncClient(
            base_url=random.choice(self.base_urls),
            headers={"X-Forwarded-For": f"11.{address}"},
            timeout=30,
            verify=trusted(),
        ) as client:
            yield client

    async def order(self, client: httpx.AsyncClient, *wants: tuple[Goods, int]) -> bool:
        """Order once by one key; sent again while the service rests. True when it was ordered."""
        key, body = str(new_id()), _order(*wants)
        loop = asyncio.get_running_loop()
        began = loop.time()
        while loop.time() < began + _PATIENCE_S:
            try:
                answer = await client.post(
                    "/api/v1/orders", json=body, headers={"Idempotency-Key": key}
                )
            except httpx.TransportError:
                self.broken += 1
                await asyncio.sleep(0.2)
                continue
            self.statuses[answer.status_code] += 1
            if answer.status_code != 503:
                self.waited_s.append(loop.time() - began)
                if answer.status_code == 201:
                    self.orders[key] = answer.json()["number"]
                return answer.status_code == 201
            assert "Retry-After" in answer.headers
            await asyncio.sleep(0.2)
        raise AssertionError(f"no answer within {_PATIENCE_S} s: {self.statuses}")


def _order(*wants: tuple[Goods, int]) -> dict[str, Any]:
    return {
        "lines": [
            {"variant_id": str(goods.variant_id), "quantity": quantity} for goods, quantity in wants
        ],
        "buyer": {
            "name": "Lê Thị Hoa",
            "phone": a_phone(),
            "commune_code": "18406",
            "street": "12 Hàng Bài",
        },
    }


async def sold_and_left(goods: Goods) -> tuple[int, int, int]:
    """Units in orders that stand, units on the shelf, and how many orders hold them."""
    async with work(SYSTEM):
        found = await rows(
            "SELECT v.available, coalesce(sum(r.quantity), 0)::int AS held,"
            " count(r.id)::int AS orders FROM variant v LEFT JOIN reservation r"
            " ON r.variant_id = v.id AND r.state IN ('held', 'sold')"
            " WHERE v.id = $1 GROUP BY v.id",
            [goods.variant_id],
        )
    return found[0]["held"], found[0]["available"], found[0]["orders"]


async def numbers_of(goods: Goods) -> list[str]:
    """The numbers of all orders that hold some of the goods."""
    async with work(SYSTEM):
        found = await rows(
            "SELECT o.number FROM orders o JOIN order_part p ON p.order_id = o.id"
            " JOIN reservation r ON r.group_id = p.id WHERE r.variant_id = $1",
            [goods.variant_id],
        )
    return [row["number"] for row in found]
