"""The port `Channel` in Shopee's words: goods without variants, one stock location."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlencode

from integrations.channels.shopee import push, records
from integrations.channels.shopee.errors import (
    Effect,
    lost,
    no_shipping,
    not_there,
    refused,
)
from integrations.channels.shopee.records import understood
from integrations.channels.shopee.signing import PUSH_HEADER, PushSigns, is_from_shopee
from integrations.channels.shopee.transport import Transport
from integrations.contracts.channels import (
    CategoryNeeds,
    ChannelError,
    ChannelItem,
    ChannelOrder,
    ChannelPush,
    ChannelShop,
    ChannelTokens,
    Handling,
    ObservedItem,
    OrderState,
    TokenStore,
)
from integrations.contracts.errors import N_, NotAllowed
from integrations.runtime.clock import now as this_moment

LIVE_HOST: Final = "https://partner.shopeemobile.com"
_CONSENT: Final = {
    LIVE_HOST: "https://open.shopee.com/auth",
    "https://openplatform.sandbox.test-stable.shopee.sg": (
        "https://open.sandbox.test-stable.shopee.com/auth"
    ),
}
_SHOP_PAGE: Final = "https://shopee.vn/product"

_PAGE: Final = 100  # the most that lists of items and orders give
_BATCH: Final = 50  # the most items of one get_item_base_info
# The widest that get_order_list takes is 15 days; whole seconds are asked for, outwards.
_WINDOW: Final = timedelta(days=15, seconds=-2)
_ORDER_FIELDS: Final = "buyer_username,recipient_address,item_list,total_amount"
_NO_VARIANT: Final = 0
# Not about one order: the next one would be refused likewise.
_OF_THE_SHOP: Final = frozenset(
    {Handling.RETRY, Handling.WAIT, Handling.REFRESH, Handling.REAUTH, Handling.UNKNOWN_OUTCOME}
)


class Shopee:
    """Port `Channel`. `callback_url`: as registered at Shopee, for the signature of pushes."""

    code = "shopee"
    title = "Shopee"

    def __init__(
        self,
        *,
        partner_id: str,
        partner_key: str,
        push_key: str,
        callback_url: str,
        tokens: TokenStore,
        host: str = "",
        push_signs: PushSigns = "url|body",
        now: Callable[[], datetime] = this_moment,
    ) -> None:
        if not push_key:
            raise ValueError("Shopee needs its push key: an empty one would let everybody sign")
        self._wire = Transport(
            host=host or LIVE_HOST,
            partner_id=partner_id,
            partner_key=partner_key,
            tokens=tokens,
            now=now,
        )
        self._push_key = push_key
        self._callback_url = callback_url
        self._push_signs: PushSigns = push_signs
        self._now = now

    def consent_url(self, *, state: str, return_url: str) -> str:
        """Where the seller agrees. `state` rides in the return address: whether Shopee repeats a
        parameter of its own is not documented, the address it keeps whole."""
        joint = "&" if "?" in return_url else "?"
        query = {
            "partner_id": self._wire.partner_id,
            "auth_type": "seller",
            "redirect_uri": f"{return_url}{joint}{urlencode({'state': state})}",
            "response_type": "code",
        }
        return f"{_CONSENT.get(self._wire.host, self._wire.host + '/auth')}?{urlencode(query)}"

    async def connect(self, *, code: str, shop_id: str) -> tuple[ChannelTokens, str]:
        """Tokens for the one-use code, and the shop's name (its number when that is not told)."""
        if not shop_id.isdecimal():
            raise refused("invalid_code", "", effect=Effect.NONE, now=self._now())
        tokens = await self._wire.exchange(code=code, shop_id=shop_id)
        try:
            info = await self._wire.read_with(tokens, shop_id, "/shop/get_shop_info")
        except ChannelError:
            info = {}  # the code is spent: without a name the tokens are still good
        return tokens, str(info.get("shop_name") or shop_id)

    async def categories(self, shop: ChannelShop) -> dict[str, str]:
        """Leaf categories: number to Vietnamese name with its parents before it."""
        path = "/product/get_category"
        found = await self._wire.read(shop, path, {"language": "vi"})
        with understood(Effect.NONE, path):
            return records.leaves(found["category_list"])

    async def needs(self, shop: ChannelShop, category_id: str) -> CategoryNeeds:
        """Limits and mandatory attributes of one category, as Shopee says them today."""
        limits = await self._wire.read(
            shop, "/product/get_item_limit", {"category_id": category_id}
        )
        trees = await self._wire.read(
            shop, "/product/get_attribute_tree", {"category_id_list": category_id, "language": "vn"}
        )
        names = await self.categories(shop)
        with understood(Effect.NONE, "/product/get_item_limit"):
            tree = [
                attribute
                for one in trees["list"]
                if str(one["category_id"]) == category_id
                for attribute in one["attribute_tree"]
            ]
            attributes = records.mandatory(tree)
            return records.needs(category_id, names.get(category_id, ""), limits, attributes)

    async def upload_picture(self, shop: ChannelShop, jpeg: bytes) -> str:
        """Shopee's id of the picture, cut to a square."""
        path = "/media_space/upload_image"
        found = await self._wire.upload(
            shop, path, {"image": ("goods.jpg", jpeg, "image/jpeg"), "scene": (None, "normal")}
        )
        with understood(Effect.NONE, path):
            # One picture is answered singly or as a list of one, with its own error inside.
            listed = found.get("image_info_list")
            one = listed[0] if listed else found
            if one.get("error"):
                raise refused(
                    one["error"], str(one.get("message")), effect=Effect.NONE, now=self._now()
                )
            return str(one["image_info"]["image_id"])

    async def create(self, shop: ChannelShop, item: ChannelItem) -> str:
        """The new item's number. Shopee knows no key against doubles: look before a second try."""
        services = await self._services(shop, item.weight_g)
        if not services:
            raise no_shipping()
        path = "/product/add_item"
        body = records.new_item(item, services)
        made = await self._wire.write(shop, path, body, effect=Effect.CREATE)
        with understood(Effect.CREATE, path):
            return str(records.whole(made["item_id"]))

    async def find_by_sku(self, shop: ChannelShop, sku: str) -> str | None:
        """The oldest living item with our SKU. The search first; it may lag behind, so that
        "nothing" is believed only of the whole list."""
        found = await self._wire.read(
            shop, "/product/search_item", {"item_sku": sku, "page_size": _PAGE}
        )
        with understood(Effect.NONE, "/product/search_item"):
            ids = [str(records.whole(one)) for one in found.get("item_id_list") or ()]
        return await self._first_with(shop, sku, ids) or await self._first_with(
            shop, sku, await self._all_items(shop)
        )

    async def observe(self, shop: ChannelShop, item_ids: Sequence[str]) -> list[ObservedItem]:
        """What Shopee shows now, 50 to a call; items it no longer knows are missing."""
        rows = await self._base_info(shop, item_ids)
        banned = [str(row["item_id"]) for row in rows if row.get("item_status") == "BANNED"]
        reasons = await self._reasons(shop, banned) if banned else {}
        seen = []
        with understood(Effect.NONE, "/product/get_item_base_info"):
            for row in rows:
                item_id = str(row["item_id"])
                url = self._item_url(shop.shop_id, item_id)
                seen.append(records.observed(row, url=url, reason=reasons.get(item_id, "")))
        return seen

    async def set_price(self, shop: ChannelShop, item_id: str, price_vnd: int) -> None:
        """Set the price before any campaign. LOCKED while one holds it."""
        prices = [{"model_id": _NO_VARIANT, "original_price": price_vnd}]
        body = {"item_id": int(item_id), "price_list": prices}
        await self._change(shop, "/product/update_price", body)

    async def set_stock(self, shop: ChannelShop, item_id: str, stock: int) -> None:
        """Set the whole stock. LOCKED below what a campaign holds."""
        stocks = [{"model_id": _NO_VARIANT, "seller_stock": [{"stock": stock}]}]
        body = {"item_id": int(item_id), "stock_list": stocks}
        await self._change(shop, "/product/update_stock", body)

    async def set_pictures(
        self, shop: ChannelShop, item_id: str, picture_ids: Sequence[str]
    ) -> None:
        """Replace all pictures. A changed item answers with itself, not with a list."""
        path = "/product/update_item"
        body = {"item_id": int(item_id), "image": {"image_id_list": list(picture_ids)}}
        try:
            done = await self._wire.write(shop, path, body, effect=Effect.CHANGE)
        except ChannelError as error:
            if error.handling is Handling.ALREADY_DONE:
                return
            raise
        with understood(Effect.CHANGE, path):
            if str(records.whole(done["item_id"])) != item_id:
                raise lost(Effect.CHANGE, vendor_text=f"{path}: another item")

    async def set_listed(self, shop: ChannelShop, item_id: str, listed: bool) -> None:
        """Show or hide."""
        body = {"item_list": [{"item_id": int(item_id), "unlist": not listed}]}
        try:
            await self._change(shop, "/product/unlist_item", body)
        except ChannelError as error:
            if error.handling is not Handling.ALREADY_DONE:
                raise

    async def order(self, shop: ChannelShop, order_id: str) -> ChannelOrder:
        """One order. The fee is known once the order is completed: until then it changes."""
        path = "/order/get_order_detail"
        asked = {"order_sn_list": order_id, "response_optional_fields": _ORDER_FIELDS}
        found = await self._wire.read(shop, path, asked)
        with understood(Effect.NONE, path):
            rows = [row for row in found["order_list"] if row["order_sn"] == order_id]
        if not rows:
            raise not_there("order")
        order = records.order_or_park(rows[0])
        if order.state is not OrderState.COMPLETED:
            return order
        path = "/payment/get_escrow_detail"
        try:
            income = await self._wire.read(shop, path, {"order_sn": order_id})
        except ChannelError as error:
            # The sale is known, only its fee is not: a right to ask for it that is lacking does not
            # hold it up.
            if error.handling in _OF_THE_SHOP and error.who != "staff":
                raise
            return replace(order, unread=error)
        return records.with_fee(order, income)

    async def orders_changed(
        self, shop: ChannelShop, *, since: datetime, until: datetime
    ) -> list[str]:
        """Numbers of orders that changed, each once, in windows of at most 15 days."""
        path = "/order/get_order_list"
        numbers: dict[str, None] = {}
        start = since
        while start < until:
            end, cursor = min(start + _WINDOW, until), ""
            while True:
                found = await self._wire.read(
                    shop,
                    path,
                    {
                        "time_range_field": "update_time",
                        "time_from": int(start.timestamp()),
                        "time_to": int(end.timestamp()) + 1,
                        "page_size": _PAGE,
                        "cursor": cursor,
                    },
                )
                with understood(Effect.NONE, path):
                    numbers |= {str(row["order_sn"]): None for row in found["order_list"]}
                    cursor, more = str(found.get("next_cursor") or ""), bool(found.get("more"))
                if not (more and cursor):
                    break
            start = end
        return list(numbers)

    def verify_push(self, raw: bytes, headers: Mapping[str, str]) -> None:
        """Raises `NotAllowed` (`channel.signature`) unless signed with our push key."""
        given = {name.lower(): value for name, value in headers.items()}
        if not is_from_shopee(
            given.get(PUSH_HEADER.lower(), ""),
            raw,
            key=self._push_key,
            url=self._callback_url,
            signs=self._push_signs,
        ):
            raise NotAllowed(
                "channel.signature", N_("This notice is not signed with the marketplace's key.")
            )

    def parse_push(self, raw: bytes) -> ChannelPush:
        """One push; see `push.parse`."""
        return push.parse(raw)

    async def close(self) -> None:
        """Close the connections of this loop."""
        await self._wire.close()

    async def _change(self, shop: ChannelShop, path: str, body: Mapping[str, Any]) -> None:
        """A change of one item: a failure may stand inside an answer that succeeded."""
        done = await self._wire.write(shop, path, body, effect=Effect.CHANGE)
        failures = done.get("failure_list")
        with understood(Effect.CHANGE, path):
            if failures:
                reason = str(failures[0]["failed_reason"])
                raise refused("failure_list", reason, effect=Effect.CHANGE, now=self._now())
            if not done.get("success_list"):
                raise lost(Effect.CHANGE, vendor_text=f"{path}: neither done nor failed")

    async def _services(self, shop: ChannelShop, weight_g: int) -> list[int]:
        """Delivery services that the shop has switched on and that carry this weight."""
        path = "/logistics/get_channel_list"
        found = await self._wire.read(shop, path, {})
        weight = records.kilograms(weight_g)
        with understood(Effect.NONE, path):
            return [
                records.whole(one["logistics_channel_id"])
                for one in found["logistics_channel_list"]
                # Shopee carries out the services below another one by itself.
                if one["enabled"] and not one.get("mask_channel_id")
                if weight <= ((one.get("weight_limit") or {}).get("item_max_weight") or weight)
            ]

    async def _all_items(self, shop: ChannelShop) -> list[str]:
        path, ids, offset = "/product/get_item_list", dict[str, None](), 0
        while True:
            found = await self._wire.read(
                shop, path, {"offset": offset, "page_size": _PAGE, "item_status": records.ALIVE}
            )
            with understood(Effect.NONE, path):
                ids |= {str(records.whole(one["item_id"])): None for one in found.get("item") or ()}
                if not found.get("has_next_page"):
                    return list(ids)
                following = records.whole(found["next_offset"])
                if following <= offset:
                    raise ValueError("the list turns in a circle")
                offset = following

    async def _first_with(self, shop: ChannelShop, sku: str, item_ids: Sequence[str]) -> str | None:
        rows = await self._base_info(shop, item_ids)
        with understood(Effect.NONE, "/product/get_item_base_info"):
            mine = [
                records.whole(row["item_id"])
                for row in rows
                if row["item_sku"] == sku and row["item_status"] in records.ALIVE
            ]
        return str(min(mine)) if mine else None

    async def _base_info(self, shop: ChannelShop, item_ids: Sequence[str]) -> list[dict[str, Any]]:
        path, rows = "/product/get_item_base_info", list[dict[str, Any]]()
        for at in range(0, len(item_ids), _BATCH):
            batch = ",".join(item_ids[at : at + _BATCH])
            try:
                found = await self._wire.read(shop, path, {"item_id_list": batch})
            except ChannelError as error:
                if error.handling is Handling.GONE:
                    continue
                raise
            with understood(Effect.NONE, path):
                rows += found.get("item_list") or []
        return rows

    async def _reasons(self, shop: ChannelShop, item_ids: Sequence[str]) -> dict[str, str]:
        """Why Shopee took items down, in its own words."""
        path = "/product/get_item_violation_info"
        found = await self._wire.read(shop, path, {"item_id_list": ",".join(item_ids[:_BATCH])})
        with understood(Effect.NONE, path):
            return {
                str(row["item_id"]): "; ".join(
                    str(one["violation_reason"]) for one in row.get("item_status_details") or ()
                )
                for row in found["item_list"]
            }

    def _item_url(self, shop_id: str, item_id: str) -> str:
        if self._wire.host in _CONSENT:
            return f"{_SHOP_PAGE}/{shop_id}/{item_id}"
        return f"{self._wire.host}/shop/{shop_id}#{item_id}"
