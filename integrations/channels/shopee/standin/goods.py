"""Goods: pictures, new items with the vendor's checks, lists, prices, stock, showing and hiding."""

from typing import Any, Final

from starlette.datastructures import UploadFile

from integrations.channels.shopee.standin import vendor
from integrations.channels.shopee.standin.checks import leaf, new_item, pictures, price_of, stock_of
from integrations.channels.shopee.standin.gate import Call, Refused, wrong
from integrations.channels.shopee.standin.state import Item

_PICTURE_MAX: Final = 10 * 1024 * 1024
_MAGIC: Final = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")
_STATUSES: Final = {"NORMAL", "UNLIST", "REVIEWING", "BANNED", "SELLER_DELETE", "SHOPEE_DELETE"}


async def categories(call: Call) -> dict[str, Any]:
    """GET product/get_category."""
    language = call.query.get("language", "en")
    if language not in ("vi", "en"):
        raise Refused("error_invalid_language", "Invalid language.")
    return {"category_list": vendor.category_rows(language)}


async def item_limit(call: Call) -> dict[str, Any]:
    """GET product/get_item_limit."""
    return vendor.limits(leaf(call.number("category_id", 1, 10**9)))


async def attribute_tree(call: Call) -> dict[str, Any]:
    """GET product/get_attribute_tree."""
    ids = call.words("category_id_list")
    if not 1 <= len(ids) <= 20 or not all(one.isdecimal() for one in ids):
        raise wrong("category_id_list takes 1 to 20 numbers")
    leaves = [leaf(int(one)) for one in ids]
    return {
        "list": [{"category_id": one, "attribute_tree": vendor.attributes(one)} for one in leaves]
    }


async def channels(call: Call) -> dict[str, Any]:
    """GET logistics/get_channel_list."""
    return {"logistics_channel_list": vendor.channel_rows()}


async def upload_image(call: Call) -> dict[str, Any]:
    """POST media_space/upload_image: up to eight files named `image`."""
    files = call.form.getlist("image") if call.form else []
    if not 1 <= len(files) <= 8:
        raise wrong("image should have 1 to 8 files")
    listed: list[dict[str, Any]] = []
    for number, file in enumerate(files):
        body = await file.read() if isinstance(file, UploadFile) else b""
        if len(body) > _PICTURE_MAX or not body.startswith(_MAGIC):
            listed.append({"id": number, "error": "error_image_format",
                           "message": "Image format or size is not accepted."})  # fmt: skip
            continue
        picture_id = call.market.keep_picture(body)
        url = f"{call.request.base_url}img/{picture_id}"
        info = {
            "image_id": picture_id,
            "image_url_list": [{"image_url_region": "VN", "image_url": url}],
        }
        listed.append({"id": number, "error": "", "message": "", "image_info": info})
    first = next((one["image_info"] for one in listed if not one["error"]), None)
    return {"image_info_list": listed} | ({"image_info": first} if first else {})


async def add_item(call: Call) -> dict[str, Any]:
    """POST product/add_item. The same goods twice are two items: there is no key against it."""
    item = new_item(call)
    take = call.market.state.switches.take
    if take("review", call.path):
        item.status = "REVIEWING"
    call.market.state.items[item.item_id] = item
    return {
        "item_id": item.item_id,
        "item_name": item.name,
        "item_status": item.status,
        "description": item.description,
        "weight": item.weight_kg,
        "category_id": item.category_id,
        "images": {"image_id_list": item.picture_ids, "image_url_list": _urls(call, item)},
        "price_info": [{"current_price": item.price_vnd, "original_price": item.price_vnd}],
        "logistic_info": [{"logistic_id": one, "enabled": True} for one in item.logistic_ids],
        "seller_stock": [{"stock": item.stock}],
    }


async def item_list(call: Call) -> dict[str, Any]:
    """GET product/get_item_list."""
    statuses = call.words("item_status")
    if not statuses or not set(statuses) <= _STATUSES:
        raise Refused("error_param_item_status", "Item status error.")
    offset, size = call.number("offset", 0, 10**6), call.number("page_size", 1, 100)
    since = int(call.query.get("update_time_from", 0))
    until = int(call.query.get("update_time_to", 2**33))
    if since >= until:
        raise Refused("error_update_time_range", "Update_time_to should be later.")
    mine = [
        one for one in _items(call) if one.status in statuses and since <= one.updated_at <= until
    ]
    page = mine[offset : offset + size]
    more = offset + size < len(mine)
    return {
        "item": [
            {"item_id": one.item_id, "item_status": one.status, "update_time": one.updated_at}
            for one in page
        ],
        "total_count": len(mine),
        "has_next_page": more,
        "next_offset": offset + size if more else 0,
    }


async def search_item(call: Call) -> dict[str, Any]:
    """GET product/search_item by `item_sku` or a part of `item_name`."""
    size = call.number("page_size", 1, 100)
    sku, name = call.query.get("item_sku"), call.query.get("item_name")
    if not sku and not name:
        raise Refused("error_param", "request must set one of [item_name,attribute_status]")
    found = [
        one.item_id
        for one in _items(call)
        if one.status != "SELLER_DELETE"
        and (not sku or sku in one.sku)
        and (not name or name.lower() in one.name.lower())
    ]
    if call.market.state.switches.take("search_lag", call.path):
        found = []
    return {"item_id_list": found[:size], "total_count": len(found), "next_offset": ""}


async def base_info(call: Call) -> dict[str, Any]:
    """GET product/get_item_base_info of up to 50 items; unknown ones are left out."""
    return {"item_list": [_row(call, one) for one in _asked(call)]}


async def violations(call: Call) -> dict[str, Any]:
    """GET product/get_item_violation_info."""
    rows = []
    for one in _asked(call):
        detail = {"violation_type": "Prohibited Listing", "violation_reason": one.reason,
                  "suggestion": "", "update_time": one.updated_at}  # fmt: skip
        details = [detail] if one.status == "BANNED" else []
        rows.append({"item_id": one.item_id, "item_name": one.name, "item_status": one.status,
                     "item_status_details": details, "deboost_details": []})  # fmt: skip
    return {"item_list": rows}


async def update_item(call: Call) -> dict[str, Any]:
    """POST product/update_item, of which only the pictures: what is not sent stays as it is."""
    item = _editable(call)
    if unknown := set(call.body) - {"item_id", "image"}:
        raise Refused("error_param", f"Parameter is not match the constraints, {sorted(unknown)}.")
    item.picture_ids = pictures(call, item.category_id)
    item.updated_at = call.market.now()
    images = {"image_id_list": item.picture_ids, "image_url_list": _urls(call, item)}
    return {"item_id": item.item_id, "item_status": item.status, "images": images}


async def update_price(call: Call) -> dict[str, Any]:
    """POST product/update_price of one item without variants."""
    item, changes = _edited(call, "price_list")
    price = price_of(changes[0], item.category_id)
    if failure := _failure(call):
        return failure
    if item.price_locked:
        raise Refused(
            "error_cannt_edit_price_in_promotion",
            "Original_price cannot be edited when item is under promotion.",
        )
    item.price_vnd = price
    item.updated_at = call.market.now()
    done = {"model_id": 0, "original_price": item.price_vnd}
    return {"success_list": [done], "failure_list": []}


async def update_stock(call: Call) -> dict[str, Any]:
    """POST product/update_stock of one item without variants; never below what is reserved."""
    item, changes = _edited(call, "stock_list")
    stock = stock_of(changes[0], item.category_id)
    if failure := _failure(call):
        return failure
    if stock < item.reserved:
        reason = "Total stock must be more than reserved stock."
        return {"success_list": [], "failure_list": [{"model_id": 0, "failed_reason": reason}]}
    item.stock = stock
    item.updated_at = call.market.now()
    done = {"model_id": 0, "location_id": "VNZ", "stock": stock}
    return {"success_list": [done], "failure_list": []}


async def unlist_item(call: Call) -> dict[str, Any]:
    """POST product/unlist_item of up to 50 items; each succeeds or fails by itself."""
    asked = call.body.get("item_list")
    if not isinstance(asked, list) or not 1 <= len(asked) <= 50:
        raise wrong("item_list should have 1 to 50 items")
    done: list[dict[str, Any]] = []
    failed: list[dict[str, Any]] = []
    for one in asked:
        if not isinstance(one, dict) or not isinstance(one.get("unlist"), bool):
            raise wrong("unlist is required")
        item = call.market.state.items.get(one.get("item_id") or 0)
        reason = _no_unlisting(call, item, unlist=one["unlist"])
        if reason or item is None:
            failed.append({"item_id": one.get("item_id"), "failed_reason": reason})
            continue
        item.status = "UNLIST" if one["unlist"] else "NORMAL"
        item.updated_at = call.market.now()
        done.append({"item_id": item.item_id, "unlist": one["unlist"]})
    return {"success_list": done, "failure_list": failed}


def _no_unlisting(call: Call, item: Item | None, *, unlist: bool) -> str:
    if item is None or item.shop_id != call.shop_id or item.status == "SELLER_DELETE":
        return "Product not found"
    if item.status in ("BANNED", "REVIEWING"):
        return "Banned and Reviewing Products cannot be delisted"
    if item.reserved and unlist:
        return "Can't unlist item when item is under promotion."
    if call.market.state.switches.take("partial_failure", call.path):
        return "Our system is taking some time to respond, please try later."
    return ""


def _failure(call: Call) -> dict[str, Any] | None:
    """The switch: an answer that says success and holds a failure."""
    if not call.market.state.switches.take("partial_failure", call.path):
        return None
    reason = "Our system is taking some time to respond, please try later."
    return {"success_list": [], "failure_list": [{"model_id": 0, "failed_reason": reason}]}


def _editable(call: Call) -> Item:
    """The item that a change names."""
    item = call.market.state.items.get(call.body.get("item_id") or 0)
    if item is None or item.status == "SELLER_DELETE":
        raise Refused("error_item_not_found", "Item_id is not found.")
    if item.shop_id != call.shop_id:
        raise Refused("error_item_not_belong_shop", "Item not belong to shop.")
    if item.status == "BANNED":
        raise Refused(
            "error_item_uneditable", "Can't edit this item. item status can not support editing."
        )
    return item


def _edited(call: Call, name: str) -> tuple[Item, list[dict[str, Any]]]:
    """The item of a price or stock call, and its one change."""
    item, changes = _editable(call), call.body.get(name)
    if not isinstance(changes, list) or not 1 <= len(changes) <= 50:
        raise wrong(f"{name} should have 1 to 50 entries")
    if any(not isinstance(one, dict) or one.get("model_id", 0) != 0 for one in changes):
        raise Refused("error_param", "Wrong model_id.")
    if len(changes) > 1:
        raise Refused("error_param", "Repeat model_id.")
    return item, changes


def _items(call: Call) -> list[Item]:
    return [one for one in call.market.state.items.values() if one.shop_id == call.shop_id]


def _asked(call: Call) -> list[Item]:
    ids = call.words("item_id_list")
    if not 1 <= len(ids) <= 50 or not all(one.isdecimal() for one in ids):
        raise wrong("item_id_list takes 1 to 50 numbers")
    wanted = {int(one) for one in ids}
    found = [one for one in _items(call) if one.item_id in wanted]
    if not found:
        raise Refused("error_item_not_found", "Item_id is not found.")
    return found


def _urls(call: Call, item: Item) -> list[str]:
    return [f"{call.request.base_url}img/{one}" for one in item.picture_ids]


def _row(call: Call, item: Item) -> dict[str, Any]:
    price = item.price_vnd * 1.0  # the vendor writes amounts so
    row = {
        "item_id": item.item_id,
        "category_id": item.category_id,
        "item_name": item.name,
        "description": item.description,
        "item_sku": item.sku,
        "create_time": item.created_at,
        "update_time": item.updated_at,
        "price_info": [{"currency": "VND", "original_price": price, "current_price": price}],
        "stock_info_v2": {
            "summary_info": {
                "total_reserved_stock": item.reserved,
                "total_available_stock": item.stock,
            },
            "seller_stock": [{"location_id": "VNZ", "stock": item.stock, "if_saleable": True}],
        },
        "image": {"image_id_list": item.picture_ids, "image_url_list": _urls(call, item)},
        "weight": str(item.weight_kg),
        "logistic_info": [{"logistic_id": one, "enabled": True} for one in item.logistic_ids],
        "item_status": item.status,
        "has_model": item.has_model,
        "has_promotion": item.reserved > 0 or item.price_locked,
    }
    # With variants each has its own.
    own = ("price_info", "stock_info_v2") if item.has_model else ()
    return {name: value for name, value in row.items() if name not in own}
