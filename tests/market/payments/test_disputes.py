"""A buyer's bank asks for the money back: held, booked, answered by staff, won or lost."""

from integrations.contracts.viewer import SYSTEM, Role
from integrations.runtime.database import rows, work
from tests.kit.invariants import assert_invariants
from tests.kit.people import a_staff
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
    assert (await books(bought))["cash:stripe"] == await shop.cards.balance_vnd()
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
