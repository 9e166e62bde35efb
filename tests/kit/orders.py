"""Orders made for one test, through the same verbs as the checkout uses."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from integrations.contracts.ids import new_id
from integrations.contracts.viewer import SYSTEM
from integrations.runtime.clock import database_now, local_date
from integrations.runtime.database import work
from market.catalog.service import stock
from market.fees.service import fee_rows_on
from market.orders.rules import PartState, PaymentMethod
from market.orders.service import NewLine, NewOrder, NewPart, create_order, order_number
from market.payments.service import await_payment
from tests.kit.listings import Goods
from tests.kit.people import Seller, a_phone


@dataclass(frozen=True)
class Placed:
    """One order with one part."""

    order_id: UUID
    part_id: UUID
    number: str
    reference: str
    total_vnd: int
    buyer_phone: str


async def an_order_part(
    seller: Seller,
    goods: Goods,
    *,
    method: PaymentMethod = PaymentMethod.BANK_QR,
    quantity: int = 2,
    seller_kind: str = "household",
    tax_class: str = "goods_distribution",
    expires_in_s: float = 1800,
    answer_in_s: float = 7200,
    language: str = "vi",
    picture_key: str = "",
    number: str = "",
) -> Placed:
    """Units reserved, order and part made, money awaited: what a checkout leaves behind."""
    order_id, part_id, phone = new_id(), new_id(), a_phone()
    waits = method in (PaymentMethod.BANK_QR, PaymentMethod.CARD)
    async with work(SYSTEM):
        now = await database_now()
        expires_at = now + timedelta(seconds=expires_in_s) if waits else None
        price_vnd = goods.price_vnd or 1
        fees = (await fee_rows_on(local_date(now))).for_line(
            price_vnd * quantity, seller_kind=seller_kind, tax_class=tax_class
        )
        line = NewLine(
            variant_id=goods.variant_id,
            name=goods.name,
            unit="quả",
            price_vnd=price_vnd,
            quantity=quantity,
            tax_class=tax_class,
            picture_key=picture_key,
            commission_vnd=fees.commission_vnd,
            vat_vnd=fees.vat_vnd,
            pit_vnd=fees.pit_vnd,
        )
        part = NewPart(
            id=part_id,
            producer_id=seller.producer_id,
            letter="A",
            state=PartState.AWAITING_PAYMENT if waits else PartState.PLACED,
            method=method,
            producer_name=seller.name,
            producer_kind=seller_kind,
            expires_at=expires_at,
            answer_by=None if waits else now + timedelta(seconds=answer_in_s),
            lines=(line,),
        )
        await stock.reserve(
            group_id=part_id,
            wants={goods.variant_id: quantity},
            expires_in_s=expires_in_s if waits else None,
        )
        number = await create_order(
            order=NewOrder(
                id=order_id,
                number=number or order_number(),
                checkout_key=str(new_id()),
                buyer_name="Lê Thị Hoa",
                buyer_phone=phone,
                commune_code="00070",
                commune_name="Phường Hoàn Kiếm, Hà Nội",
                street="12 Hàng Bài",
                note="Cho quả chín vừa, biếu ông bà.",
                language=language,
                total_vnd=part.total_vnd,
            ),
            parts=[part],
        )
        reference = await await_payment(
            part_id=part_id,
            order_id=order_id,
            producer_id=seller.producer_id,
            method=str(method),
            amount_vnd=part.total_vnd,
            expires_at=expires_at,
        )
    return Placed(order_id, part_id, number, reference, part.total_vnd, phone)
