"""The thin path: connect, offer, sell there, sell here; both sides know."""

from integrations.contracts.viewer import SYSTEM
from integrations.runtime.database import rows, work
from tests.kit.channels import NAME, Elsewhere
from tests.kit.invariants import assert_invariants
from tests.kit.orders import an_order_part


async def test_goods_stand_there_with_their_picture(there: Elsewhere) -> None:
    shelf = await there.a_shop(available=10)
    item, row = await shelf.item(), await shelf.row()
    assert (item["name"], item["price_vnd"], item["stock"], item["status"]) == (
        NAME, 185_000, 10, "NORMAL",
    )  # fmt: skip
    assert len(item["picture_ids"]) == 1
    assert (row["state"], row["problem_code"], row["item_id"]) == (
        "in_step", "", str(item["item_id"]),
    )  # fmt: skip


async def test_an_order_there_lowers_ours_and_ours_lowers_theirs(there: Elsewhere) -> None:
    shelf = await there.a_shop(available=10)
    order_sn = await shelf.buy_there(3)
    await there.settle()
    order, row = await shelf.order(order_sn), await shelf.row()
    assert (order["part_state"], order["source"], order["short_units"]) == ("placed", "shopee", 0)
    assert order["part_vnd"] == 3 * 185_000
    assert (row["available"], (await shelf.item())["stock"]) == (7, 7)
    await an_order_part(shelf.seller, shelf.goods, quantity=2)
    await there.settle()
    assert ((await shelf.row())["available"], (await shelf.item())["stock"]) == (5, 5)
    async with work(SYSTEM):
        books = await rows(
            "SELECT a.code, e.amount_vnd FROM ledger_entry e JOIN ledger_account a"
            " ON a.id = e.account_id WHERE e.producer_id = $1 ORDER BY e.amount_vnd DESC",
            [shelf.seller.producer_id],
        )
    assert [(one["code"].split(":")[1], one["amount_vnd"]) for one in books] == [
        ("channel", 555_000), ("seller", -555_000),
    ]  # fmt: skip
    await assert_invariants(there.stack)
