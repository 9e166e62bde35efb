"""A worker is killed in the middle: the next one ends the work, and no effect comes twice."""

import signal
from typing import Any
from uuid import UUID

from integrations.contracts.viewer import SYSTEM
from integrations.runtime.database import rows, value, work
from tests.kit.bank import knock
from tests.kit.crash import (
    a_lease_passes,
    all_worked,
    children_of,
    has_left,
    held,
    is_alive,
    outbox_of,
    stands_still,
    until,
)
from tests.kit.invariants import assert_invariants
from tests.kit.listings import Goods, a_listing
from tests.kit.paid import PAID_ONCE, UNPAID, effects, orders_that_wait
from tests.kit.people import Seller, a_seller
from tests.kit.pictures import pattern, png
from tests.kit.service import running_service
from tests.kit.stack import Stack

PAYMENT = "SELECT 1 FROM payment WHERE part_id = $1 FOR UPDATE"
SETTLE = "settlement.work_bank_event"


async def _photo_of(goods: Goods) -> dict[str, Any]:
    async with work(SYSTEM):
        found = await rows(
            "SELECT p.id, p.state, count(r.id)::int AS renditions,"
            " count(DISTINCT (r.format, r.width_px))::int AS kinds"
            " FROM photo p LEFT JOIN rendition r ON r.photo_id = p.id"
            " WHERE p.listing_id = $1 GROUP BY p.id",
            [goods.id],
        )
    assert len(found) == 1
    return found[0]


async def _send_photo(stack: Stack, seller: Seller, goods: Goods) -> UUID:
    """A photo large enough that the decoder is still at it when it is looked for."""
    async with stack.client(seller.token) as client:
        sent = await client.post(
            f"/api/v1/listings/{goods.id}/photos",
            files={"photo": ("IMG_1.png", png(pattern(6000, 4000)), "image/png")},
        )
    assert sent.status_code in (200, 201, 202), sent.text
    return UUID(str((await _photo_of(goods))["id"]))


async def test_killed_in_the_middle_of_a_photo(stack: Stack) -> None:
    seller = await a_seller()
    goods = await a_listing(seller)
    async with running_service(stack, "worker") as service:
        worker = service.processes["worker"].pid
        photo_id = await _send_photo(stack, seller, goods)

        async def decoder() -> list[int]:
            return children_of(worker)

        children = await until(decoder, what="the decoder")
        await service.kill("worker")

        async def gone() -> bool:
            return not any(is_alive(child) for child in children)

        await until(gone, within_s=5, what="the decoder's end")
        assert (await _photo_of(goods))["state"] == "received"
        row = await outbox_of(photo_id, "photos.render")
        assert (row["state"], row["attempts"]) == ("pending", 1) and row["lease_until"]

        assert await a_lease_passes() >= 1
        await service.start("worker")
        await all_worked()

    photo = await _photo_of(goods)
    assert (photo["state"], photo["renditions"], photo["kinds"]) == ("ready", 11, 11)
    row = await outbox_of(photo_id, "photos.render")
    assert (row["state"], row["attempts"], row["fence"]) == ("done", 2, 2)
    await outbox_of(photo_id, "photo.ready")
    await assert_invariants(stack)


async def _inbox_id(line: dict[str, Any]) -> UUID:
    async with work(SYSTEM):
        return UUID(
            str(await value("SELECT id FROM inbox WHERE provider_event_id = $1", [str(line["id"])]))
        )


async def test_killed_between_the_inbox_and_the_settlement(stack: Stack) -> None:
    """The notice is stored and answered, its row is claimed, nothing is settled yet."""
    (waiting,) = await orders_that_wait(1)
    placed, line = waiting.placed, waiting.line
    async with running_service(stack, "worker") as service:
        async with held(stack, PAYMENT, placed.part_id):
            assert (await knock(stack, line)).json() == {"success": True}
            await stands_still(stack)
            await service.kill("worker")
        await has_left(stack)
        assert await effects(placed) == UNPAID

        assert await a_lease_passes() >= 1
        await service.start("worker")
        await all_worked()
    assert await effects(placed) == PAID_ONCE
    assert (await outbox_of(await _inbox_id(line), SETTLE))["attempts"] == 2
    await assert_invariants(stack)


async def test_killed_after_the_settlement_before_it_was_noted(stack: Stack) -> None:
    """The effect is committed, the row still says "pending": the second run finds it done."""
    (waiting,) = await orders_that_wait(1)
    placed, line = waiting.placed, waiting.line
    async with running_service(stack, "worker") as service:
        async with held(stack, PAYMENT, placed.part_id) as let_settle:
            await knock(stack, line)
            await stands_still(stack)
            row_id = (await outbox_of(await _inbox_id(line), SETTLE))["id"]
            async with held(stack, "SELECT 1 FROM outbox WHERE id = $1 FOR UPDATE", row_id):
                await let_settle()

                async def settled() -> bool:
                    return await effects(placed) == PAID_ONCE

                await until(settled, what="the settlement")
                await stands_still(stack)
                await service.kill("worker")
        await has_left(stack)
        assert (await outbox_of(await _inbox_id(line), SETTLE))["state"] == "pending"

        await a_lease_passes()
        await service.start("worker")
        await all_worked()
    assert await effects(placed) == PAID_ONCE
    row = await outbox_of(await _inbox_id(line), SETTLE)
    assert (row["state"], row["attempts"]) == ("done", 2)
    told = stack.messages.latest(to_phone=waiting.seller.phone)
    assert len(told) == 1, "the producer hears of the order once"
    await assert_invariants(stack)


async def test_asked_to_end_in_the_middle_of_a_photo(stack: Stack) -> None:
    """A worker that is asked ends its work or gives it back; nobody waits for a lease."""
    seller = await a_seller()
    goods = await a_listing(seller)
    async with running_service(stack, "worker") as service:
        worker = service.processes["worker"].pid
        await _send_photo(stack, seller, goods)

        async def decoder() -> list[int]:
            return children_of(worker)

        await until(decoder, what="the decoder")
        await service.kill("worker", signal.SIGTERM)
        await service.start("worker")
        await all_worked(within_s=20)
    assert (await _photo_of(goods))["renditions"] == 11
    await assert_invariants(stack)
