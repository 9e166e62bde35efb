"""Shopee's records read into the port's words; a record of another shape raises `ValueError`."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any, Final

from integrations.channels.shopee.errors import Effect, lost, unknown
from integrations.contracts.channels import (
    VISIBLE_STATES,
    CategoryNeeds,
    ChannelItem,
    ChannelOrder,
    ChannelOrderLine,
    ItemState,
    ObservedItem,
    OrderState,
)

ITEM_STATES: Final[Mapping[str, ItemState]] = {
    "NORMAL": ItemState.LIVE,
    "UNLIST": ItemState.UNLISTED,
    "REVIEWING": ItemState.REVIEWING,
    "BANNED": ItemState.REFUSED,
    "SHOPEE_DELETE": ItemState.REFUSED,
    "SELLER_DELETE": ItemState.DELETED,
}
ALIVE: Final = ("NORMAL", "UNLIST", "REVIEWING", "BANNED")
ORDER_STATES: Final[Mapping[str, OrderState]] = {
    "UNPAID": OrderState.UNPAID,
    "PENDING": OrderState.UNPAID,
    "READY_TO_SHIP": OrderState.TO_SHIP,
    "INVOICE_PENDING": OrderState.TO_SHIP,
    "PROCESSED": OrderState.TO_SHIP,
    "RETRY_SHIP": OrderState.TO_SHIP,
    "IN_CANCEL": OrderState.TO_SHIP,  # asked for, not granted: the parcel may still have to go
    "SHIPPED": OrderState.SHIPPED,
    "TO_CONFIRM_RECEIVE": OrderState.SHIPPED,
    "COMPLETED": OrderState.COMPLETED,
    "CANCELLED": OrderState.CANCELLED,
    "TO_RETURN": OrderState.RETURNING,
}
# What Shopee keeps for itself. Withheld taxes are the seller's own and are no fee.
_FEES: Final = (
    "commission_fee",
    "service_fee",
    "seller_transaction_fee",
    "seller_order_processing_fee",
    "order_ams_commission_fee",
)
_MOST_VND: Final = 10**15
_BROKEN: Final = (
    *(KeyError, TypeError, ValueError, IndexError, AttributeError, InvalidOperation, OverflowError),
)


@contextmanager
def understood(effect: Effect, path: str) -> Iterator[None]:
    """Within: a record of another shape is an answer that did not arrive."""
    try:
        yield
    except _BROKEN as error:
        raise lost(effect, vendor_text=f"{path}: {type(error).__name__}") from error


def vnd(value: object) -> int:
    """Whole đồng; Shopee writes them as 120000.0."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueError("no amount")
    amount_vnd = int(Decimal(str(value)).quantize(Decimal(1), ROUND_HALF_UP))
    if abs(amount_vnd) > _MOST_VND:
        raise ValueError("no amount of money")
    return amount_vnd


def words(value: object) -> str:
    """Text as a database takes it; empty for nothing."""
    return str(value or "").replace("\0", "")


def whole(value: object) -> int:
    """A count or a time."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError("no whole number")
    return value


def moment(value: object) -> datetime:
    """A time of Shopee: seconds since 1970."""
    return datetime.fromtimestamp(whole(value), UTC)


def kilograms(weight_g: int) -> float:
    """To hundredths, upwards: a parcel that is heavier than said is charged to the seller."""
    return max(1, -(-weight_g // 10)) / 100


def new_item(item: ChannelItem, logistic_ids: Sequence[int]) -> dict[str, Any]:
    """The body of add_item: no variants, no brand, shown at once."""
    number = {"gtin_code": item.gtin} if item.gtin else {}
    return number | {
        "item_name": item.name,
        "description": item.description,
        "item_sku": item.sku,
        "category_id": int(item.category_id),
        "original_price": item.price_vnd,
        "seller_stock": [{"stock": item.stock}],
        "weight": kilograms(item.weight_g),
        "image": {"image_id_list": list(item.picture_ids)},
        "logistic_info": [{"logistic_id": one, "enabled": True} for one in logistic_ids],
        "brand": {"brand_id": 0, "original_brand_name": "No Brand"},
        "condition": "NEW",
        "item_status": "NORMAL",
    }


def leaves(categories: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Leaf categories: number to name with its parents, as "Thực phẩm › Mật ong"."""
    rows = {whole(row["category_id"]): row for row in categories}

    def path(row: Mapping[str, Any]) -> str:
        name = str(row["display_category_name"])
        parent = rows.get(row.get("parent_category_id", 0))
        return name if parent is None or parent is row else f"{path(parent)} › {name}"

    return {str(key): path(row) for key, row in rows.items() if not row["has_children"]}


def mandatory(tree: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    """Names of the attributes that must be given."""
    return tuple(str(one["name"]) for one in tree if one["mandatory"])


def needs(
    category_id: str, name: str, limits: Mapping[str, Any], attributes: tuple[str, ...]
) -> CategoryNeeds:
    """What get_item_limit and the attribute tree ask for."""

    def span(key: str) -> tuple[int, int]:
        return vnd(limits[key]["min_limit"]), vnd(limits[key]["max_limit"])

    title, words = span("item_name_length_limit"), span("item_description_length_limit")
    pictures, price = span("item_image_count_limit"), span("price_limit")
    return CategoryNeeds(
        category_id=category_id,
        name=name,
        title_min=title[0],
        title_max=title[1],
        description_min=words[0],
        description_max=words[1],
        pictures_min=pictures[0],
        pictures_max=pictures[1],
        price_min_vnd=price[0],
        price_max_vnd=price[1],
        stock_max=span("stock_limit")[1],
        weight_needed=bool(limits.get("weight_limit", {}).get("weight_mandatory", True)),
        required_attributes=attributes,
    )


def observed(row: Mapping[str, Any], *, url: str, reason: str) -> ObservedItem:
    """One item of get_item_base_info. With variants that somebody added there it has no price or
    stock of its own."""
    state = ITEM_STATES[row["item_status"]]
    if row.get("has_model"):
        visible = state in VISIBLE_STATES
        return ObservedItem(
            item_id=str(whole(row["item_id"])),
            sku=str(row["item_sku"]),
            state=ItemState.VARIANTS if visible else ItemState.VARIANTS_HIDDEN,
            price_vnd=0,
            stock=0,
            reserved=0,
            url=url,
        )
    stock = row["stock_info_v2"]
    return ObservedItem(
        item_id=str(whole(row["item_id"])),
        sku=str(row["item_sku"]),
        state=state,
        price_vnd=vnd(row["price_info"][0]["original_price"]),
        stock=sum(whole(one["stock"]) for one in stock["seller_stock"]),
        reserved=whole(stock["summary_info"]["total_reserved_stock"]),
        url=url,
        reason=reason,
    )


def order_or_park(row: Mapping[str, Any]) -> ChannelOrder:
    """One order without its fee. Raises `ChannelError` (PARK) when its record cannot be read; of a
    status that is not known its units still count."""
    try:
        status = str(row["order_status"])
        if status in ORDER_STATES:
            return order(row)
        unread = unknown("unknown_status", f"order status {status}")
        return replace(order({**row, "order_status": "UNPAID"}), unread=unread)
    except _BROKEN as error:
        raise unknown("unreadable", f"an order record: {type(error).__name__}") from error


def with_fee(sold: ChannelOrder, answer: Mapping[str, Any]) -> ChannelOrder:
    """The same with the fee of get_escrow_detail, if that can be read."""
    try:
        return replace(sold, fee_vnd=fee(answer["order_income"]))
    except _BROKEN as error:
        text = f"the income of an order: {type(error).__name__}"
        return replace(sold, unread=unknown("unreadable", text))


def order(row: Mapping[str, Any]) -> ChannelOrder:
    """One order of get_order_detail. Phone and address are not read, the name is masked there."""
    lines = [_line(one) for one in row["item_list"]]
    total = row.get("total_amount")  # only after payment
    return ChannelOrder(
        order_id=str(row["order_sn"]),
        state=ORDER_STATES[row["order_status"]],
        total_vnd=vnd(total) if total else sum(one.price_vnd * one.quantity for one in lines),
        fee_vnd=None,
        buyer_name=words(row.get("buyer_username")),
        region=words((row.get("recipient_address") or {}).get("state")),
        updated_at=moment(row["update_time"]),
        created_at=moment(row["create_time"]),
        lines=lines,
    )


def _line(one: Mapping[str, Any]) -> ChannelOrderLine:
    return ChannelOrderLine(
        item_id=str(whole(one["item_id"])),
        sku=words(one.get("model_sku") or one.get("item_sku")),
        name=str(one["item_name"]),
        quantity=whole(one["model_quantity_purchased"]),
        price_vnd=vnd(one["model_discounted_price"]),
    )


def fee(income: Mapping[str, Any]) -> int:
    """What Shopee kept of an order, from get_escrow_detail's `order_income`."""
    return sum(vnd(income.get(name) or 0) for name in _FEES)
