"""Orders as the app reads them, and as buyers and the marketplace move them along."""

from datetime import UTC, datetime
from typing import Any, Final

from integrations.channels.shopee.standin import vendor
from integrations.channels.shopee.standin.gate import Call, Refused, wrong
from integrations.channels.shopee.standin.pushes import Pushes
from integrations.channels.shopee.standin.state import Market, Order, OrderLine

_WINDOW_S: Final = 15 * 86_400
# Which state a verb leads to, and from where it may be said.
MOVES: Final[dict[str, tuple[str, frozenset[str]]]] = {
    "pay": ("READY_TO_SHIP", frozenset({"UNPAID"})),
    "arrange": ("PROCESSED", frozenset({"READY_TO_SHIP"})),
    "ship": ("SHIPPED", frozenset({"READY_TO_SHIP", "PROCESSED"})),
    "complete": ("COMPLETED", frozenset({"SHIPPED"})),
    "ask_cancel": ("IN_CANCEL", frozenset({"READY_TO_SHIP", "PROCESSED"})),
    "cancel": ("CANCELLED", frozenset({"UNPAID", "READY_TO_SHIP", "PROCESSED", "IN_CANCEL"})),
    "return": ("TO_RETURN", frozenset({"SHIPPED", "COMPLETED"})),
    "refund": ("CANCELLED", frozenset({"COMPLETED", "TO_RETURN"})),
}


class NotSold(Exception):
    """A buyer or the marketplace cannot do this now; the text says why."""


def buy(
    market: Market,
    pushes: Pushes,
    *,
    shop_id: int,
    wanted: dict[int, int],
    buyer: str,
    province: str,
    paid: bool,
    shipping_vnd: int,
) -> Order:
    """One order of `wanted` (item to units). The stock falls here and now, never below zero."""
    lines = []
    for item_id, quantity in wanted.items():
        item = market.state.items.get(item_id)
        if item is None or item.shop_id != shop_id or item.status != "NORMAL":
            raise NotSold(f"item {item_id} is not for sale")
        if item.stock < quantity:
            raise NotSold(f"item {item_id} has {item.stock} left")
        lines.append(
            OrderLine(
                item_id=item_id,
                sku=item.sku,
                name=item.name,
                quantity=quantity,
                price_vnd=item.price_vnd,
            )
        )
    for line in lines:
        item = market.state.items[line.item_id]
        item.stock -= line.quantity
        item.reserved = min(item.reserved, item.stock)
        item.updated_at = market.now()
    now = market.now()
    day = datetime.fromtimestamp(now, UTC).strftime("%y%m%d")
    order = Order(
        order_sn=f"{day}{market.number():08X}",
        shop_id=shop_id,
        status="UNPAID",
        buyer=buyer,
        province=province,
        shipping_vnd=shipping_vnd,
        lines=lines,
        created_at=now,
        updated_at=now,
    )
    market.state.orders[order.order_sn] = order
    _tell(market, pushes, order)
    if paid:
        move(market, pushes, order, "pay")
    return order


def move(market: Market, pushes: Pushes, order: Order, verb: str, *, restock: bool = True) -> None:
    """One step of an order; `restock`: a cancelled one gives its units back."""
    state, allowed = MOVES[verb]
    if order.status not in allowed:
        raise NotSold(f"order {order.order_sn} is {order.status}")
    order.status = state
    order.updated_at = market.now()
    if verb == "pay":
        order.paid_at = order.updated_at
    if state == "CANCELLED":
        order.cancel_reason = "BUYER_REQUEST"
        for line in order.lines if restock else ():
            market.state.items[line.item_id].stock += line.quantity
    _tell(market, pushes, order)
    if verb == "ship":
        order.tracking_no = f"SPXVN{market.number():010d}"
        data = {"ordersn": order.order_sn, "tracking_no": order.tracking_no}
        pushes.tell(4, shop_id=order.shop_id, data=data)


def _tell(market: Market, pushes: Pushes, order: Order) -> None:
    data = {"items": [], "ordersn": order.order_sn, "status": order.status,
            "completed_scenario": "", "update_time": order.updated_at}  # fmt: skip
    pushes.tell(3, shop_id=order.shop_id, data=data)


async def order_list(call: Call) -> dict[str, Any]:
    """GET order/get_order_list: a window of at most 15 days, pages by cursor."""
    kind = call.query.get("time_range_field")
    if kind not in ("create_time", "update_time"):
        raise wrong("time_range_field")
    since, until = call.number("time_from", 0, 2**33), call.number("time_to", 0, 2**33)
    if not since < until <= since + _WINDOW_S:
        raise Refused(
            "order.order_list_invalid_time",
            "Start time must be earlier than end time and diff in 15days.",
        )
    size, cursor = call.number("page_size", 1, 100), call.query.get("cursor") or "0"
    status = call.query.get("order_status")
    if not cursor.isdecimal():
        raise wrong("cursor")
    mine = [
        one
        for one in call.market.state.orders.values()
        if one.shop_id == call.shop_id and status in (None, "", one.status)
        if since <= (one.created_at if kind == "create_time" else one.updated_at) <= until
    ]
    page, more = mine[int(cursor) : int(cursor) + size], int(cursor) + size < len(mine)
    return {
        "more": more,
        "order_list": [{"order_sn": one.order_sn, "order_status": one.status} for one in page],
        "next_cursor": str(int(cursor) + size) if more else "",
    }


async def order_detail(call: Call) -> dict[str, Any]:
    """GET order/get_order_detail of up to 50: optional fields only when they are asked for."""
    numbers = call.words("order_sn_list")
    if not 1 <= len(numbers) <= 50:
        raise wrong("order_sn_list takes 1 to 50 numbers")
    fields = set(call.words("response_optional_fields"))
    found = (call.market.state.orders.get(one) for one in numbers)
    mine = [one for one in found if one and one.shop_id == call.shop_id]
    return {"order_list": [_row(one, fields) for one in mine]}


async def escrow(call: Call) -> dict[str, Any]:
    """GET payment/get_escrow_detail."""
    order = call.market.state.orders.get(call.query.get("order_sn", ""))
    if order is None or order.shop_id != call.shop_id or order.status == "UNPAID":
        raise Refused("order_not_found", "Order SN provided is invalid.")
    if order.odd == "income":
        raise Refused("error_income_pending", "Its income is being looked at.")
    goods_vnd = 0 if order.status == "CANCELLED" else order.goods_vnd
    kept = {
        "commission_fee": vendor.share(goods_vnd, vendor.COMMISSION_PPM),
        "service_fee": 0,
        "seller_transaction_fee": vendor.share(goods_vnd, vendor.TRANSACTION_PPM),
        "withholding_vat_tax": vendor.share(goods_vnd, vendor.WITHHELD_VAT_PPM),
        "withholding_pit_tax": vendor.share(goods_vnd, vendor.WITHHELD_PIT_PPM),
    }
    income = {
        "escrow_amount": goods_vnd - sum(kept.values()),
        "buyer_total_amount": goods_vnd + order.shipping_vnd,
        "original_price": goods_vnd,
        **kept,
    }
    return {"order_sn": order.order_sn, "buyer_user_name": order.buyer, "return_order_sn_list": [],
            "order_income": {name: value * 1.0 for name, value in income.items()}}  # fmt: skip


def _row(order: Order, fields: set[str]) -> dict[str, Any]:
    row = {
        "order_sn": order.order_sn,
        "region": "VN",
        "currency": "VND",
        "cod": False,
        "order_status": "ON_HOLD" if order.odd == "status" else order.status,
        "message_to_seller": "",
        "create_time": order.created_at,
        "update_time": order.updated_at,
        "days_to_ship": 2,
    }
    masked = order.buyer[:1] + "****" + order.buyer[-1:]
    optional: dict[str, Any] = {
        "buyer_username": masked,
        "recipient_address": {"name": masked, "phone": "******00", "state": order.province,
                              "region": "VN", "full_address": "******"},
        "cancel_reason": order.cancel_reason,
        "pay_time": order.paid_at,
        "item_list": [
            {
                "item_id": line.item_id,
                "item_name": line.name,
                "item_sku": line.sku,
                "model_id": 0,
                "model_name": "",
                "model_sku": "",
                "model_quantity_purchased": None if order.odd == "record" else line.quantity,
                "model_original_price": line.price_vnd * 1.0,
                "model_discounted_price": line.price_vnd * 1.0,
            }
            for line in order.lines
        ],
    }  # fmt: skip
    if order.status != "UNPAID":
        optional["total_amount"] = (order.goods_vnd + order.shipping_vnd) * 1.0
    return row | {name: value for name, value in optional.items() if name in fields}
