"""Orders that wait for money, and what a bank notice did to them."""

from dataclasses import dataclass
from typing import Any

from integrations.contracts.viewer import SYSTEM
from integrations.runtime.database import rows, work
from tests.kit.bank import a_line
from tests.kit.listings import Goods, a_live_listing
from tests.kit.orders import Placed, an_order_part
from tests.kit.people import Seller, a_seller

UNPAID = ("awaiting_payment", "awaiting", 0, 0, 0)
PAID_ONCE = ("placed", "settled", 1, 1, 1)


@dataclass(frozen=True)
class Waiting:
    """One order for bank transfer, and the notice that will settle it."""

    seller: Seller
    goods: Goods
    placed: Placed
    line: dict[str, Any]


async def orders_that_wait(count: int) -> list[Waiting]:
    """Orders of one producer for the same goods, each with its notice not yet sent."""
    seller = await a_seller()
    goods = await a_live_listing(seller, price_vnd=92_500, available=2 * count + 1)
    made = [await an_order_part(seller, goods, quantity=2) for _ in range(count)]
    return [
        Waiting(seller, goods, one, a_line(seller.account, one.total_vnd, f"CK {one.reference}"))
        for one in made
    ]


async def effects(placed: Placed) -> tuple[str, str, int, int, int]:
    """State of part and payment; how often it was booked, placed, and the bank line kept."""
    async with work(SYSTEM):
        found = await rows(
            "SELECT p.state, y.state AS payment,"
            " (SELECT count(*)::int FROM ledger_transaction t"
            "  WHERE t.reference = 'settle:' || y.id) AS booked,"
            " (SELECT count(*)::int FROM order_event e WHERE e.part_id = p.id"
            "  AND e.state = 'placed') AS placed,"
            " (SELECT count(*)::int FROM bank_event b WHERE b.payment_id = y.id) AS lines"
            " FROM order_part p JOIN payment y ON y.part_id = p.id WHERE p.id = $1",
            [placed.part_id],
        )
    seen = found[0]
    return seen["state"], seen["payment"], seen["booked"], seen["placed"], seen["lines"]
