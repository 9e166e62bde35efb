"""The buyer is told of their own money: on the page, in JSON and by message, once."""

from uuid import UUID

import pytest

from integrations.contracts.viewer import SYSTEM, Role
from integrations.runtime.database import rows, run, value, work
from market.catalog.service import stock
from market.checkout.service import cancel
from market.orders.links import order_token
from market.orders.rules import PaymentMethod
from market.settlement.service import cannot, close_one, confirm, look_at_clocks, say_money
from tests.kit.bank import money_arrives
from tests.kit.buyers import a_buyer
from tests.kit.listings import a_live_listing
from tests.kit.orders import Placed, an_order_part
from tests.kit.people import Seller, a_seller, a_staff
from tests.kit.stack import Stack
from tests.market.payments.kit import card_shop

BUTTON = "Đã chuyển tiền"


async def _story(*, method: PaymentMethod = PaymentMethod.BANK_QR) -> tuple[Seller, Placed]:
    """An order of 185,000 đ."""
    seller = await a_seller(name="Nhà vườn Đồi Gió")
    goods = await a_live_listing(seller, price_vnd=92_500)
    return seller, await an_order_part(seller, goods, quantity=2, method=method)


def _token(stack: Stack, placed: Placed) -> str:
    return order_token(placed.order_id, stack.settings.secret_key.get_secret_value())


async def _page(stack: Stack, placed: Placed) -> str:
    async with a_buyer(stack) as buyer:
        return await buyer.look(f"/o/{_token(stack, placed)}")


async def _goes_back(stack: Stack, placed: Placed) -> int:
    async with stack.client() as client:
        seen = (await client.get(f"/api/v1/orders/{_token(stack, placed)}")).json()
    return int(seen["parts"][0]["goes_back_vnd"])


async def _messages(stack: Stack, placed: Placed) -> list[str]:
    """What was sent to the buyer, newest first."""
    await stack.drain()
    return [one["text"] for one in stack.messages.latest(to_phone=placed.buyer_phone)]


async def _ends(placed: Placed) -> None:
    async with work(SYSTEM):
        await run(
            "UPDATE order_part SET expires_at = now() - interval '1 minute' WHERE id = $1",
            [placed.part_id],
        )
    await look_at_clocks()


async def _refund(placed: Placed) -> UUID:
    async with work(SYSTEM):
        found = await value(
            "SELECT id FROM follow_up WHERE subject_id = $1 AND kind = 'payment.refund'"
            " AND closed_at IS NULL",
            [placed.part_id],
        )
    assert isinstance(found, UUID)
    return found


# --- the time to pay is over ---------------------------------------------------------------------


async def test_the_message_of_the_end_leads_to_a_button(stack: Stack) -> None:
    seller, placed = await _story()
    await _ends(placed)
    here = f"/o/{_token(stack, placed)}"
    assert "mời báo tại đây" in (await _messages(stack, placed))[0]
    async with a_buyer(stack) as buyer:
        page = await buyer.look(here)
        assert BUTTON in page and f'action="{here}/A/paid"' in page
        assert "Hàng đã trả lại kệ" in page
        await buyer.send(f"{here}/A/paid")
        assert buyer.address == here and f'action="{here}/A/paid"' not in buyer.text
        assert "Đã báo chuyển tiền" in buyer.text and "xem tài khoản rồi báo lại" in buyer.text
        async with work(SYSTEM):
            open_now = await rows(
                "SELECT kind FROM follow_up WHERE subject_id = $1 AND closed_at IS NULL",
                [placed.part_id],
            )
        assert [one["kind"] for one in open_now] == ["payment.look"]
        await say_money(part_id=placed.part_id, actor=seller.viewer, received=False)
        assert "đã xem, chưa thấy tiền" in await buyer.look(here)
        await say_money(part_id=placed.part_id, actor=seller.viewer, received=True)
        assert "Đã nhận đủ tiền" in await buyer.look(here)


async def test_no_button_where_nothing_was_to_be_transferred(stack: Stack) -> None:
    _, placed = await _story(method=PaymentMethod.CASH_ON_DELIVERY)
    assert "/A/paid" not in await _page(stack, placed)


# --- money that goes back ------------------------------------------------------------------------


async def test_a_short_payment_that_expires_goes_back(stack: Stack) -> None:
    seller, placed = await _story()
    await money_arrives(stack, seller.account, 100_000, placed.reference)
    await _ends(placed)
    told = await _messages(stack, placed)
    assert "Nhà vườn Đồi Gió chuyển lại 100.000" in told[0] and "hết giờ trả tiền" in told[0]
    assert sum("chuyển lại" in text for text in told) == 1
    page = await _page(stack, placed)
    assert "chuyển lại 100.000" in page and "trong 3 ngày" in page
    assert await _goes_back(stack, placed) == 100_000


async def test_a_short_payment_that_the_buyer_calls_off_goes_back(stack: Stack) -> None:
    seller, placed = await _story()
    await money_arrives(stack, seller.account, 100_000, placed.reference)
    await cancel(order_id=placed.order_id, letter="A", ports=stack.ports)
    told = await _messages(stack, placed)
    assert "theo yêu cầu" in told[0] and "chuyển lại 100.000" in told[0]
    assert sum("chuyển lại" in text for text in told) == 1
    page = await _page(stack, placed)
    assert "chuyển lại 100.000" in page and "Không phải trả tiền" not in page


@pytest.mark.parametrize("came_vnd", [100_000, 185_000])
async def test_money_of_what_the_seller_cannot_do_goes_back(stack: Stack, came_vnd: int) -> None:
    seller, placed = await _story()
    await money_arrives(stack, seller.account, came_vnd, placed.reference)
    await cannot(part_id=placed.part_id, actor=seller.viewer, reason="Out of goods")
    told = await _messages(stack, placed)
    amount = f"chuyển lại {came_vnd // 1000}.000"
    assert amount in told[0] and "Hết hàng." in told[0]
    assert sum("chuyển lại" in text for text in told) == 1
    page = await _page(stack, placed)
    assert amount in page and "Hết hàng" in page and "Không phải trả tiền" not in page


async def test_nothing_paid_and_cancelled_is_nothing_to_pay(stack: Stack) -> None:
    seller, placed = await _story()
    await cannot(part_id=placed.part_id, actor=seller.viewer, reason="Out of goods")
    assert "chuyển lại" not in (await _messages(stack, placed))[0]
    assert "Không phải trả tiền" in await _page(stack, placed)
    assert await _goes_back(stack, placed) == 0


async def test_what_is_too_much_is_said_and_goes_back(stack: Stack) -> None:
    seller, placed = await _story()
    await money_arrives(stack, seller.account, 200_000, placed.reference)
    assert any("chuyển lại 15.000" in text for text in await _messages(stack, placed))
    page = await _page(stack, placed)
    assert "Tiền vào dư 15.000" in page and "Đã nhận đủ tiền" in page
    assert await _goes_back(stack, placed) == 15_000
    await close_one(follow_up_id=await _refund(placed), actor=seller.viewer, outcome="sent back")
    page = await _page(stack, placed)
    assert "Tiền vào dư" not in page and "báo đã chuyển lại tiền" in page
    await confirm(part_id=placed.part_id, actor=seller.viewer)
    assert "chuyển lại" not in await _page(stack, placed)


async def test_late_money_without_goods_goes_back(stack: Stack) -> None:
    seller = await a_seller()
    goods = await a_live_listing(seller, price_vnd=92_500, available=2)
    placed = await an_order_part(seller, goods, quantity=2)
    await _ends(placed)
    async with work(SYSTEM):
        await stock.set_stock(variant_id=goods.variant_id, available=0, reference="kit:sold")
    assert await say_money(part_id=placed.part_id, actor=seller.viewer, received=True) == "gone"
    assert "chuyển lại 185.000" in (await _messages(stack, placed))[0]
    page = await _page(stack, placed)
    assert "chuyển lại 185.000" in page and BUTTON not in page
    await close_one(follow_up_id=await _refund(placed), actor=seller.viewer, outcome="sent back")
    assert "báo đã chuyển lại tiền" in await _page(stack, placed)


async def test_the_seller_says_that_it_was_sent_back_and_the_buyer_hears_it_once(
    stack: Stack,
) -> None:
    seller, placed = await _story()
    await money_arrives(stack, seller.account, 185_000, placed.reference)
    await cannot(part_id=placed.part_id, actor=seller.viewer, reason="Out of goods")
    asked = await _refund(placed)
    await stack.drain()
    for _ in range(2):
        await close_one(follow_up_id=asked, actor=seller.viewer, outcome="sent back")
    async with work(SYSTEM):
        again = "UPDATE outbox SET state = 'pending', done_at = NULL WHERE id = $1"
        facts = await rows(
            "SELECT id FROM outbox WHERE name = 'payment.sent_back' AND subject_id = $1",
            [str(placed.part_id)],
        )
    assert len(facts) == 1
    said = [text for text in await _messages(stack, placed) if "báo đã chuyển lại" in text]
    assert len(said) == 1 and "185.000" in said[0] and "Nhà vườn Đồi Gió" in said[0]
    async with work(SYSTEM):
        await run(again, [facts[0]["id"]])
    told = await _messages(stack, placed)
    assert sum("báo đã chuyển lại" in text for text in told) == 1
    page = await _page(stack, placed)
    assert "báo đã chuyển lại tiền" in page and "trong 3 ngày" not in page and "Hết hàng" in page
    assert await _goes_back(stack, placed) == 0


async def test_what_staff_close_is_not_called_sent(stack: Stack) -> None:
    seller, placed = await _story()
    staff = await a_staff(Role.FINANCE_STAFF)
    await money_arrives(stack, seller.account, 185_000, placed.reference)
    await cannot(part_id=placed.part_id, actor=seller.viewer, reason="Out of goods")
    await close_one(follow_up_id=await _refund(placed), actor=staff.viewer, outcome="spoken with")
    assert not any("báo đã chuyển lại" in text for text in await _messages(stack, placed))
    page = await _page(stack, placed)
    assert "Cán bộ đã xem" in page and "trong 3 ngày" not in page


# --- what comes next -----------------------------------------------------------------------------


async def test_an_order_past_its_time_says_when_staff_step_in(stack: Stack) -> None:
    _, placed = await _story(method=PaymentMethod.CASH_ON_DELIVERY)
    assert "xác nhận đơn, chậm nhất" in await _page(stack, placed)
    late = "UPDATE order_part SET answer_by = now() - make_interval(hours => $2) WHERE id = $1"
    async with work(SYSTEM):
        await run(late, [placed.part_id, 1])
    await look_at_clocks()
    page = await _page(stack, placed)
    assert "trả lời trễ, đã được nhắc" in page and "cán bộ xử lý" in page
    assert "chậm nhất" not in page
    async with work(SYSTEM):
        await run(late, [placed.part_id, 25])
    await look_at_clocks()
    assert "Cán bộ đang xử lý cùng Nhà vườn Đồi Gió" in await _page(stack, placed)


async def test_card_money_is_with_the_programme(stack: Stack) -> None:
    async with card_shop(stack) as shop:
        bought = await shop.paid()
        async with work(SYSTEM):
            phone = await value("SELECT buyer_phone FROM orders WHERE id = $1", [bought.order_id])
        told = [one["text"] for one in stack.messages.latest(to_phone=str(phone))]
    assert any(f"Gánh đã nhận tiền, {bought.sellers[0].name} trả lời trước" in one for one in told)
    assert not any(f"{bought.sellers[0].name} đã nhận tiền" in one for one in told)
