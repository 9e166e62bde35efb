"""The stand-in bank over real HTTP: short, exact, twice, wrongly signed; the worker settles."""

import httpx

from integrations.contracts.viewer import SYSTEM
from integrations.runtime.database import rows, work
from tests.kit.bank import becomes
from tests.kit.invariants import assert_invariants
from tests.kit.listings import a_live_listing
from tests.kit.orders import Placed, an_order_part
from tests.kit.people import a_seller
from tests.kit.service import running_service
from tests.kit.stack import Stack


async def _payment(placed: Placed) -> tuple[str, int]:
    async with work(SYSTEM):
        found = await rows(
            "SELECT state, received_vnd FROM payment WHERE part_id = $1", [placed.part_id]
        )
    return found[0]["state"], found[0]["received_vnd"]


async def test_a_transfer_travels_from_the_stand_in_to_the_books(stack: Stack) -> None:
    seller = await a_seller()
    placed = await an_order_part(seller, await a_live_listing(seller, price_vnd=92_500))
    async with (
        running_service(stack) as service,
        httpx.AsyncClient(base_url=service.base_url, timeout=20) as bank,
    ):
        page = await bank.get("/dev/bank", headers={"Accept": "text/html"})
        assert page.status_code == 200 and placed.reference in page.text
        listed = (await bank.get("/dev/bank?format=json")).json()["payments"]
        assert listed[0]["reference"] == placed.reference
        assert listed[0]["account"] == seller.account

        async def look() -> tuple[str, int]:
            return await _payment(placed)

        async def pay(**how: object) -> httpx.Response:
            return await bank.post("/dev/bank/pay", json={"reference": placed.reference, **how})

        forged = (await pay(sign="wrong")).json()
        assert forged["replies"][0]["status"] == 403
        short = (await pay(amount_vnd=85_000)).json()
        assert short["replies"][0]["accepted"] is True
        await becomes(look, ("awaiting", 85_000))
        rest = (await pay(times=3)).json()
        assert [reply["accepted"] for reply in rest["replies"]] == [True] * 3
        await becomes(look, ("settled", 185_000))
        unknown = await bank.post("/dev/bank/pay", json={"reference": "GANH2222222"})
        assert unknown.status_code == 404
        form = await bank.post(
            "/dev/bank/form", data={"reference": placed.reference, "amount": "1000", "how": "once"}
        )
        assert form.status_code == 303
        await becomes(look, ("settled", 186_000))
    await stack.drain()
    await assert_invariants(stack)
