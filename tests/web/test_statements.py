"""What endpoints and pages ask of the database: as many statements, however many rows there are."""

from integrations.contracts.viewer import Role
from market.catalog.rules import ListingState
from market.orders.links import order_token
from market.settlement.service import cannot, confirm, say_money
from tests.kit.bank import money_arrives
from tests.kit.listings import Goods, a_listing, a_live_listing
from tests.kit.orders import Placed, an_order_part
from tests.kit.people import Seller, a_seller, a_staff
from tests.kit.shop import a_picture
from tests.kit.stack import Stack
from tests.kit.statements import statements

# Statements with the one that reads the session; nobody signs in to look at an order by its link.
WANTED = {
    "/api/v1/listings": 2,
    "/api/v1/listings/{goods}": 2,
    "/api/v1/review/listings": 2,
    "/api/v1/review/listings/{waits}": 4,
    "/api/v1/orders/{token}": 1,
    "/api/v1/order-parts": 2,
    "/api/v1/order-parts/{part}": 3,
    "/api/v1/order-parts/{part}/refunds": 3,
    "/api/v1/follow-ups": 2,
    "/api/v1/money": 6,
    "/producer/orders": 4,
    "/producer/orders/{part}": 3,
    "/producer/money": 6,
    "/who": 3,
    "/who/account": 3,
    "/staff/review": 2,
    "/staff/review/{waits}": 5,  # one of them reads all photos
    "/staff/follow-ups": 2,
    "/staff/order-parts/{part}": 5,
}


async def _rows(stack: Stack, seller: Seller, goods: Goods, placed: Placed) -> None:
    """More of everything that one of the pages shows."""
    for _ in range(3):
        await a_live_listing(seller)
        waits = await a_listing(seller, state=ListingState.IN_REVIEW, available=3)
        await a_picture(seller, waits)
        paid = await an_order_part(seller, goods)
        await money_arrives(stack, seller.account, paid.total_vnd, paid.reference)
        await cannot(part_id=paid.part_id, actor=seller.viewer, reason="Hết hàng")
        # The order that is looked at: money, words, steps and tasks about it.
        await money_arrives(stack, seller.account, placed.total_vnd, placed.reference)
        await say_money(part_id=placed.part_id, actor=seller.viewer, received=False)
        await confirm(part_id=placed.part_id, actor=seller.viewer)


async def test_statements_are_as_many_with_few_rows_as_with_many(stack: Stack) -> None:
    seller = await a_seller()
    goods = await a_live_listing(seller, available=100)
    waits = await a_listing(seller, state=ListingState.IN_REVIEW, available=3)
    placed = await an_order_part(seller, goods)
    finance, reviewer = await a_staff(Role.FINANCE_STAFF), await a_staff()
    secret = stack.settings.secret_key.get_secret_value()
    named = {
        "goods": goods.id,
        "waits": waits.id,
        "part": placed.part_id,
        "token": order_token(placed.order_id, secret),
    }

    async def count() -> dict[str, int]:
        found = {}
        for address in WANTED:
            review = "review" in address
            staff = reviewer if review else finance if address.startswith("/staff") else seller
            nobody = "orders/{token}" in address
            opened = stack.client() if nobody else stack.browser(staff.token)
            async with opened as visitor:
                with statements() as sent:
                    answer = await visitor.get(address.format(**named))
            assert answer.status_code == 200, f"{address}: {answer.text[:200]}"
            found[address] = len(sent)
        return found

    few = await count()
    await _rows(stack, seller, goods, placed)
    assert await count() == few == WANTED
