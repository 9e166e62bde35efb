"""Verbs of the checkout: price a cart, place an order, change it, show it to its buyer."""

from market.checkout.service.change import (
    back_from_card,
    cancel,
    confirm_by_code,
    pay_by_card,
    pay_by_transfer,
    pay_on_delivery,
    said_paid,
    send_again,
)
from market.checkout.service.place import place
from market.checkout.service.quote import as_seen, price, quote_out
from market.checkout.service.shown import order_out, order_page, qr_picture, version

__all__ = [
    "as_seen",
    "back_from_card",
    "cancel",
    "confirm_by_code",
    "order_out",
    "order_page",
    "pay_by_card",
    "pay_by_transfer",
    "pay_on_delivery",
    "place",
    "price",
    "qr_picture",
    "quote_out",
    "said_paid",
    "send_again",
    "version",
]
