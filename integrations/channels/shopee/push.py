"""Shopee's pushes read: a hint that something changed, never the news itself."""

import json
from datetime import UTC, datetime
from typing import Any, Final, NoReturn

from integrations.contracts.channels import ChannelPush
from integrations.contracts.errors import N_, Problem

# Codes of the push mechanism; one that is not listed is "other".
KINDS: Final = {
    2: "deauthorised",
    3: "order",  # its status
    4: "order",  # its tracking number
    6: "item",  # banned
    8: "stock",  # units that a campaign or an order holds
    12: "authorisation_ends",  # of several shops, within a week
}
_LONGEST: Final = 200


def parse(raw: bytes) -> ChannelPush:
    """One push. `event_id` is built from shop, code, subject, status and time of the change.

    Code 12 speaks of many shops: their numbers are the `subject`, joined by commas, and `shop_id`
    is empty. Raises `Problem` (`channel.unreadable`).
    """
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError):
        _unreadable("JSON")
    if not isinstance(body, dict):
        _unreadable("JSON")
    data = body.get("data")
    data = data if isinstance(data, dict) else {}
    code = body.get("code")
    if not isinstance(code, int) or isinstance(code, bool):
        _unreadable("code")
    # Codes 1 and 2 name the shop inside, in two spellings.
    shop_id = _number(body.get("shop_id") or data.get("shop_id") or data.get("shopid"))
    subject = _subject(code, data)
    if KINDS.get(code) == "order" and not (shop_id and subject):
        _unreadable("ordersn")
    occurred_at = _time(data.get("update_time") or body.get("timestamp"))
    state = _text(data.get("status") or data.get("tracking_no") or data.get("action"))
    parts = (shop_id, str(code), subject, state, str(int(occurred_at.timestamp())))
    return ChannelPush(
        event_id=":".join(parts)[:_LONGEST],
        shop_id=shop_id,
        kind=KINDS.get(code, "other"),
        subject=subject,
        occurred_at=occurred_at,
    )


def _subject(code: int, data: dict[str, Any]) -> str:
    if code == 12:
        shops = data.get("shop_expire_soon")
        numbers = map(_number, shops) if isinstance(shops, list) else ()
        return ",".join(one for one in numbers if one)
    if KINDS.get(code) == "order":
        return _text(data.get("ordersn") or data.get("order_sn"))
    return _number(data.get("item_id"))


def _number(value: object) -> str:
    if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**63:
        return str(value)
    return value if isinstance(value, str) and value.isdecimal() and len(value) < 20 else ""


def _text(value: object) -> str:
    if not isinstance(value, str) or not value.isascii() or len(value) > 64:
        return ""
    return value if value.replace("_", "").replace("-", "").isalnum() else ""


def _time(value: object) -> datetime:
    if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**33:
        return datetime.fromtimestamp(value, UTC)
    _unreadable("timestamp")


def _unreadable(field: str) -> NoReturn:
    raise Problem(
        "channel.unreadable",
        N_("This notice of a marketplace cannot be read: {field} is missing or of another form."),
        who="us",
        params={"field": field},
    )
