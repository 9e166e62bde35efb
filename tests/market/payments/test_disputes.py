"""A buyer's bank asks for the money back: held, booked, answered by staff, won or lost."""

import itertools
from dataclasses import replace
from uuid import UUID

import pytest

from integrations.contracts.cards import CardDispute
from integrations.contracts.errors import NotFound
from integrations.contracts.viewer import SYSTEM, Role, Viewer
from integrations.runtime.database import rows, work
from market.settlement import queries
from market.settlement.service import close_one
from market.settlement.service.cards.disputes import apply_dispute
from tests.kit.invariants import assert_invariants
from tests.kit.people import COMMUNE, a_staff
from tests.market.payments.kit import Bought, CardShop, books, payment_of

FEE_VND = 300_000  # what the stand-in keeps for a dispute


async def disputed(shop: CardShop, bought: Bought) -> str:
    """The dispute's id at the vendor; every notice came, twice and in the wrong order."""
    opened = await shop.cards.tell("dispute", payment=await payment_of(bought))
    await shop.deliver("charge.dispute.funds_withdrawn", opened["id"], times=2)
    await shop.deliver("charge.dispute.created", opened["id"], times=2)
    return str(opened["id"])


async def to_do(dispute_id: str) -> list[str]:
    """What is open about it."""
    async with work(SYSTEM):
        found = await rows(
            "SELECT f.kind FROM follow_up f JOIN card_dispute d ON d.id = f.subject_id"
            " WHERE d.vendor_id = $1 AND f.closed_at IS NULL ORDER BY 1",
            [dispute_id],
        )
    return [row["kind"] for row in found]


async def month(shop: CardShop, bought: Bought) -> tuple[int, int]:
    """What the producer reads: (with the programme, held)."""
    seen = (await shop.get("/api/v1/money", token=bought.sellers[0].token)).json()
    return seen["held_vnd"], seen["frozen_vnd"]


def claims(seen: dict[str, int]) -> list[int]:
    """What lost disputes have taken and nobody bears yet."""
    return [vnd for code, vnd in seen.items() if code.startswith("receivable:dispute:")]


async def test_a_dispute_that_is_won_frees_the_money(shop: CardShop) -> None:
    bought = await shop.paid()
    before = await books(bought)
    assert await month(shop, bought) == (182_225, 0)
    dispute_id = await disputed(shop, bought)
    assert await to_do(dispute_id) == ["card.dispute"]
    assert await month(shop, bought) == (182_225, 182_225)
    held = await books(bought)
    assert held["expense:dispute"] == 185_000 + FEE_VND
    assert held["cash:stripe"] == await shop.cards.balance_vnd()
    await shop.cards.tell("decide", dispute=dispute_id, won=True)
    await shop.deliver("charge.dispute", dispute_id, times=2)
    assert await to_do(dispute_id) == []
    assert await month(shop, bought) == (182_225, 0)
    after = await books(bought)
    assert after.pop("expense:dispute") == FEE_VND
    assert after["cash:stripe"] == before["cash:stripe"] - FEE_VND
    assert after["cash:stripe"] == await shop.cards.balance_vnd()
    await assert_invariants(shop.stack)


async def test_a_dispute_that_is_lost_stays_held_until_staff_decide(shop: CardShop) -> None:
    bought = await shop.paid()
    dispute_id = await disputed(shop, bought)
    await shop.cards.tell("decide", dispute=dispute_id, won=False)
    await shop.deliver("charge.dispute.closed", dispute_id, times=3)
    assert await to_do(dispute_id) == ["card.dispute_lost"]
    assert await month(shop, bought) == (182_225, 182_225)
    lost = await books(bought)
    assert lost["cash:stripe"] == await shop.cards.balance_vnd()
    # The fee is a cost; the rest is nobody's cost until it is decided whose.
    assert lost["expense:dispute"] == FEE_VND
    assert claims(lost) == [185_000]
    page = await shop.get(
        "/api/v1/follow-ups?limit=100", token=(await a_staff(Role.FINANCE_STAFF)).token
    )
    assert page.status_code == 200
    await assert_invariants(shop.stack)


async def test_what_was_given_back_at_the_vendor_itself_is_asked_about(shop: CardShop) -> None:
    bought = await shop.paid()
    payment_id = await payment_of(bought)
    made = await shop.cards.adapter.refund(
        payment_id, 20_000, reference="by-hand", key=f"by-hand-{payment_id}"
    )
    await shop.deliver("refund.created", made.id, times=2)
    async with work(SYSTEM):
        found = await rows(
            "SELECT details->>'refund_vnd' AS vnd FROM follow_up"
            " WHERE kind = 'card.refund_elsewhere' AND details->>'reference' = $1",
            [made.id],
        )
    assert [row["vnd"] for row in found] == ["20000"]


async def listed(viewer: Viewer) -> list[UUID]:
    """All that is to do for this viewer, page by page."""
    found: list[UUID] = []
    after = None
    while True:
        page = await queries.follow_ups(viewer, after=after, limit=100)
        found += [one.id for one in page.items]
        after = page.next_cursor
        if after is None:
            return found


@pytest.mark.parametrize("sellers", [1, 2])
async def test_a_dispute_is_for_finance_staff_of_its_sellers_area(
    shop: CardShop, sellers: int
) -> None:
    bought = await shop.paid(sellers=sellers)
    dispute_id = await disputed(shop, bought)
    async with work(SYSTEM):
        (task,) = await rows(
            "SELECT f.id, f.producer_id, f.details->>'part_id' AS part_id, f.details->>'number' AS"
            " number, p.producer_id AS seller_id FROM follow_up f JOIN card_dispute d ON"
            " d.id = f.subject_id JOIN order_part p ON p.id::text = f.details->>'part_id'"
            " WHERE d.vendor_id = $1 AND f.closed_at IS NULL",
            [dispute_id],
        )
    assert task["producer_id"] == task["seller_id"]
    finance = await a_staff(Role.FINANCE_STAFF)
    away = replace(finance.viewer, province_code="01")
    commune = replace((await a_staff(Role.COMMUNE_STAFF)).viewer, commune_codes=(COMMUNE,))
    for viewer, sees in ((finance.viewer, True), (away, False), (commune, False)):
        assert (task["id"] in await listed(viewer)) is sees
        if not sees:
            with pytest.raises(NotFound):
                await close_one(follow_up_id=task["id"], actor=viewer, outcome="not mine")
    # Whoever sees it can follow its link.
    async with shop.stack.browser(finance.token) as browser:
        linked = await browser.get(f"/staff/order-parts/{task['part_id']}")
    assert linked.status_code == 200 and task["number"] in linked.text
    await close_one(follow_up_id=task["id"], actor=finance.viewer, outcome="proof sent")
    assert await to_do(dispute_id) == []


# What the vendor says of one dispute, in time: asked, money taken, lost; then won after all, and
# the money back.
LOOKS = (
    ("needs_response", False, 0),
    ("needs_response", True, FEE_VND),
    ("lost", True, FEE_VND),
    ("won", True, FEE_VND),
    ("won", False, FEE_VND),
)


async def look(bought: Bought, vendor_id: str, nth: int) -> None:
    """Apply one of them."""
    state, withdrawn, fee_vnd = LOOKS[nth]
    await apply_dispute(
        CardDispute(
            id=vendor_id,
            payment_id=await payment_of(bought),
            amount_vnd=185_000,
            state=state,
            reason="fraudulent",
            funds_withdrawn=withdrawn,
            due_by=None,
            fee_vnd=fee_vnd,
        ),
        "stripe",
    )


async def test_a_loss_that_the_bank_takes_back_leaves_the_fee(shop: CardShop) -> None:
    bought = await shop.paid()
    vendor_id = f"du_{bought.order_id.hex}"
    for nth, to_be in enumerate(("card.dispute", "card.dispute", "card.dispute_lost", "", "")):
        await look(bought, vendor_id, nth)
        await look(bought, vendor_id, nth)
        assert await to_do(vendor_id) == ([to_be] if to_be else [])
        assert claims(await books(bought)) == ([185_000] if nth == 2 else [])
        assert await month(shop, bought) == (182_225, 182_225 if nth < 3 else 0)
        await assert_invariants(shop.stack)
    assert (await books(bought))["expense:dispute"] == FEE_VND


async def test_whatever_is_seen_first_the_books_end_the_same(shop: CardShop) -> None:
    """Two workers look one after the other and write in another order: old looks come late."""
    bought = await shop.paid()
    before = await books(bought)
    orders = [*itertools.permutations(range(5))][::3]
    for told, order in enumerate(orders, start=1):
        for nth in order:
            await look(bought, f"du_{bought.order_id.hex}_{told}", nth)
        after = await books(bought)
        assert after.pop("expense:dispute") == told * FEE_VND
        assert after.pop("cash:stripe") == before["cash:stripe"] - told * FEE_VND
        assert after.items() <= before.items(), order
    assert await month(shop, bought) == (182_225, 0)
    for told, order in enumerate(itertools.permutations(range(3)), start=len(orders) + 1):
        for nth in order:
            await look(bought, f"du_{bought.order_id.hex}_{told}", nth)
    assert claims(await books(bought)) == [185_000] * 6
    await assert_invariants(shop.stack)
