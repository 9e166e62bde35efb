"""What the vendor's records say is checked of new goods, in their names and order."""

import math
import re
from typing import Any, Final, TypeGuard

from integrations.channels.shopee.standin import vendor
from integrations.channels.shopee.standin.gate import Call, Refused, wrong
from integrations.channels.shopee.standin.state import Item

# What the record of add_item names and goods of one kind from Viet Nam may use.
_KNOWN: Final = {
    *("original_price", "description", "weight", "item_name", "item_status", "dimension"),
    *("logistic_info", "attribute_list", "category_id", "image", "pre_order", "item_sku"),
    *("condition", "brand", "seller_stock", "description_type", "gtin_code", "wholesale"),
    *("video_upload_id", "item_dangerous", "tax_info", "purchase_limit_info"),
}


def leaf(category_id: object) -> int:
    """The category, when goods may stand in it."""
    if not isinstance(category_id, int) or category_id not in vendor.LEAVES:
        raise Refused("error_invalid_category", "Invalid category.")
    return category_id


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def price_of(holder: dict[str, Any], category_id: int) -> int:
    """Whole đồng within the limits of the category."""
    price = holder.get("original_price")
    if not _is_number(price) or price != int(price):
        raise Refused("error_invalid_price", "Invalid price, please use the correct format")
    span = vendor.limits(category_id)["price_limit"]
    if price < span["min_limit"]:
        raise Refused(
            "error_price_exceed_min_limitt", "Original_price is less than min price limit."
        )
    if price > span["max_limit"]:
        raise Refused(
            "error_price_exceed_max_limitt", "Original_price is bigger than max price limit."
        )
    return int(price)


def stock_of(holder: dict[str, Any], category_id: int) -> int:
    """The units of the one place where a shop keeps them."""
    listed = holder.get("seller_stock")
    if not isinstance(listed, list) or len(listed) != 1 or not isinstance(listed[0], dict):
        raise wrong("seller_stock is required")
    if listed[0].get("location_id"):
        raise Refused("error_auth", "You do not have right to use seller location_id.")
    stock: object = listed[0].get("stock")
    span = vendor.limits(category_id)["stock_limit"]
    if not isinstance(stock, int) or not span["min_limit"] <= stock <= span["max_limit"]:
        raise Refused("error_param", "Invalid stock, out of the stock limit.")
    return stock


def new_item(call: Call) -> Item:
    """The new item, once every check of the vendor's records has passed."""
    body, limits = call.body, vendor.limits(leaf(call.body.get("category_id")))
    if unknown := set(body) - _KNOWN:
        raise Refused("error_param", f"Parameter is not match the constraints, {sorted(unknown)}.")
    _texts_fit(body, limits)
    price, weight = price_of(body, body["category_id"]), body.get("weight")
    if not _is_number(weight) or not 0 < weight <= 500:
        raise Refused("error_param", "Invalid Weight.")
    _attributes_given(body)
    now = call.market.now()
    return Item(
        item_id=2_300_000_000 + call.market.number(),
        shop_id=call.shop_id,
        sku=str(body.get("item_sku", ""))[:100],
        name=body["item_name"],
        description=body["description"],
        category_id=body["category_id"],
        price_vnd=price,
        stock=stock_of(body, body["category_id"]),
        weight_kg=weight,
        gtin=_gtin(body),
        picture_ids=pictures(call, body["category_id"]),
        logistic_ids=_logistics(body, weight),
        status="UNLIST" if body.get("item_status") == "UNLIST" else "NORMAL",
        created_at=now,
        updated_at=now,
    )


def _gtin(body: dict[str, Any]) -> str:
    number = body.get("gtin_code", "")
    if not isinstance(number, str) or (number and not re.fullmatch(r"[0-9]{8,14}", number)):
        raise Refused("error_param", "Invalid gtin_code.")
    return number


def _texts_fit(body: dict[str, Any], limits: dict[str, Any]) -> None:
    name, words = body.get("item_name"), body.get("description")
    if not isinstance(name, str) or not name.strip():
        raise Refused("error_item_name_empty", "Item name could not be empty.")
    if not isinstance(words, str):
        raise wrong("description is required")
    span = limits["item_name_length_limit"]
    if len(name) < span["min_limit"]:
        raise Refused("error_item_name_is_too_short", "Item_name length is less than min limit.")
    if len(name) > span["max_limit"]:
        raise Refused(
            "error_title_exceeds_max_length", "The length of item_name is bigger than max limit."
        )
    span = limits["item_description_length_limit"]
    if len(words) < span["min_limit"]:
        raise Refused(
            "error_desc_length_min_limit", "Description length is less than the min limit."
        )
    if len(words) > span["max_limit"]:
        raise Refused("error_param", "Description length is bigger than the max limit.")


def pictures(call: Call, category_id: int) -> list[str]:
    """Pictures that were uploaded before, as many as the category takes."""
    span = vendor.limits(category_id)["item_image_count_limit"]
    image = call.body.get("image")
    ids = image.get("image_id_list") if isinstance(image, dict) else None
    if not isinstance(ids, list) or len(ids) < span["min_limit"]:
        raise Refused("error_image_num_min", "The number of images is less than the min limit.")
    if len(ids) > span["max_limit"]:
        raise Refused("error_param", "The number of images is bigger than the max limit.")
    if not set(ids) <= set(call.market.state.pictures):
        raise Refused("error_param", "Image not exist.")
    return ids


def _logistics(body: dict[str, Any], weight: float) -> list[int]:
    listed = body.get("logistic_info")
    if not isinstance(listed, list) or not all(isinstance(one, dict) for one in listed):
        raise wrong("logistic_info is required")
    ids = [one.get("logistic_id") for one in listed if one.get("enabled") is True]
    fitting = {one.channel_id for one in vendor.CHANNELS if one.enabled and weight <= one.max_kg}
    if not ids or not set(ids) <= fitting:
        raise Refused("error_invalid_logistic_info", "invalid logistic info , no such channel")
    return [one for one in ids if isinstance(one, int)]


def _attributes_given(body: dict[str, Any]) -> None:
    given = {
        one.get("attribute_id")
        for one in body.get("attribute_list") or ()
        if isinstance(one, dict) and one.get("attribute_value_list")
    }
    for one in vendor.attributes(body["category_id"]):
        if one["mandatory"] and one["attribute_id"] not in given:
            raise Refused(
                "error_less_required_attribute",
                f"Mandatory attribute information required: {one['name']}",
            )
