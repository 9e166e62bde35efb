"""From the checkout to the books, at the stand-in over HTTP."""

import asyncio

from tests.kit.invariants import assert_invariants
from tests.market.payments.kit import CardShop, books, session_of, states


async def test_a_card_pays_two_sellers_on_one_page(shop: CardShop) -> None:
    bought = await shop.buy(sellers=2)
    card = bought.seen["card"]
    assert (card["state"], card["amount_vnd"]) == ("open", 370_000)
    assert card["pay_url"].startswith(shop.cards.url)
    assert await states(bought) == [("awaiting_payment", "awaiting")] * 2
    session_id = await shop.pay(bought)
    assert await shop.deliver("checkout.session.completed", session_id) == 1
    assert await states(bought) == [("placed", "settled")] * 2
    # 1 % VAT and 0.5 % PIT of each 185,000, no commission yet; 3.9 % and 5,000 for the vendor.
    seller = -(185_000 - 1_850 - 925)
    assert await books(bought) == {
        "cash:stripe": 370_000 - 19_430,
        "expense:processor_fee": 19_430,
        "payable:seller:A:pending": seller,
        "payable:seller:B:pending": seller,
        "payable:tax:pit": -1_850,
        "payable:tax:vat": -3_700,
    }
    assert (await shop.shown(bought))["card"]["state"] == "paid"
    await assert_invariants(shop.stack)


async def test_page_and_event_race_to_one_settlement(shop: CardShop) -> None:
    bought = await shop.buy()
    session_id = await shop.pay(bought)
    await asyncio.gather(
        *(shop.get(f"/o/{bought.token}/card/done") for _ in range(6)),
        *(shop.deliver("checkout.session.completed", session_id) for _ in range(3)),
        *(shop.deliver("payment_intent.succeeded") for _ in range(2)),
    )
    assert await states(bought) == [("placed", "settled")]
    assert (await books(bought))["cash:stripe"] == await shop.cards.balance_vnd()
    await assert_invariants(shop.stack)


async def test_the_page_is_asked_for_once(shop: CardShop) -> None:
    bought = await shop.buy()
    first = await session_of(bought)
    await shop.stack.drain()
    await asyncio.gather(*(shop.post(f"/api/v1/orders/{bought.token}/card") for _ in range(5)))
    assert await session_of(bought) == first
    assert len(await shop.cards.objects("checkout.session")) == 1
