"""A worker is killed in the middle of a price list: the next one goes on, no row comes twice."""

from uuid import UUID

from integrations.contracts.viewer import SYSTEM
from integrations.runtime.database import rows, work
from market.sheets.schemas import SheetState
from market.sheets.service import files
from market.sheets.service import run as importing
from tests.kit.crash import a_lease_passes, all_worked, has_left, held, stands_still, until
from tests.kit.invariants import assert_invariants
from tests.kit.people import Seller, a_seller
from tests.kit.service import beside, running_service
from tests.kit.sheets import HEADS, a_sheet, xlsx
from tests.kit.stack import Stack

ROWS, STANDS_AT = 130, 6
LINE = "SELECT 1 FROM sheet_line WHERE sheet_id = $1 AND line = $2 FOR UPDATE"


async def _waiting_list(stack: Stack, seller: Seller) -> UUID:
    """A list that was read and waits for a yes; line 0 is the head."""
    many = [HEADS, *((f"Hàng {n}", "kg", "", "10.000", n + 1, "") for n in range(ROWS))]
    sheet_id = await a_sheet(stack, seller, xlsx(many))
    await stack.drain()
    return sheet_id


async def _added(seller: Seller) -> list[tuple[str, int, int]]:
    """Name, what is left, and how many movements of stock made it; by name as a number."""
    async with work(SYSTEM):
        found = await rows(
            "SELECT l.name, v.available, (SELECT count(*) FROM stock_movement m"
            " WHERE m.variant_id = v.id)::int AS moves FROM listing l"
            " JOIN variant v ON v.listing_id = l.id WHERE l.producer_id = $1"
            " ORDER BY split_part(l.name, ' ', 2)::int",
            [seller.producer_id],
        )
    return [(row["name"], row["available"], row["moves"]) for row in found]


def _each_once(count: int) -> list[tuple[str, int, int]]:
    return [(f"Hàng {n}", n + 1, 1) for n in range(count)]


async def test_killed_in_the_middle_of_a_price_list(stack: Stack) -> None:
    seller = await a_seller()
    sheet_id = await _waiting_list(stack, seller)
    async with running_service(stack, "worker") as service:
        async with held(stack, LINE, sheet_id, STANDS_AT):
            await importing.confirm(seller.viewer, sheet_id)
            await stands_still(stack)
            async with stack.browser(seller.token) as browser:
                here = f"/producer/sheets/{sheet_id}/state"
                seen = (await browser.get(here)).json()
            assert (seen["value"], seen["max"], seen["done"]) == (STANDS_AT - 1, ROWS, False)
            await service.kill("worker")
        await has_left(stack)
        assert await _added(seller) == _each_once(STANDS_AT - 1)

        assert await a_lease_passes() >= 1
        await service.start("worker")
        await all_worked()
    assert await _added(seller) == _each_once(ROWS)
    done = await files.look(seller.viewer, sheet_id)
    assert (done.state, done.done, done.new) == (SheetState.DONE, ROWS, ROWS)
    await assert_invariants(stack)


async def test_stopped_by_a_person_in_the_middle(stack: Stack) -> None:
    seller = await a_seller()
    sheet_id = await _waiting_list(stack, seller)
    async with running_service(stack, "worker"):
        async with held(stack, LINE, sheet_id, STANDS_AT) as let_go:
            await importing.confirm(seller.viewer, sheet_id)
            await stands_still(stack)

            async def stop() -> None:
                await importing.cancel(seller.viewer, sheet_id)

            async with beside(stop()):
                # The stop waits for the row that is under way, and nothing comes after it.
                await stands_still(stack, who="api")
                await let_go()

                async def stopped() -> bool:
                    state = (await files.look(seller.viewer, sheet_id)).state
                    return state is SheetState.CANCELLED

                await until(stopped, what="the stop")
        await all_worked()
    seen = await files.look(seller.viewer, sheet_id)
    assert seen.state is SheetState.CANCELLED and STANDS_AT <= seen.done < ROWS
    assert seen.good == ROWS - seen.done
    assert await _added(seller) == _each_once(seen.done)
    await assert_invariants(stack)
