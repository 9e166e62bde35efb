"""What Shopee's refusals mean: one row each, first match wins.

Keyed on the error's name and on a pattern of its message, for one name says many things: under
`error_auth` stand a dead token, a locked stock and "try again later" (counted over the vendor's
own records). A row's sentence says what to do; `who` says whose turn it is.
"""

from dataclasses import dataclass
from typing import Final

from integrations.contracts.channels import Handling
from integrations.contracts.errors import N_, Who


@dataclass(frozen=True, slots=True)
class Row:
    """`names` is matched whole, `text` anywhere, both without case; empty `text` fits any."""

    code: str
    handling: Handling
    who: Who
    message: str
    names: str
    text: str = ""
    retry_after_s: int | None = None


_LATER = N_("Shopee is busy; it is tried again by itself in a few minutes.")
_CONSENT = N_("The shop no longer lets us work for it. Connect the shop again.")
_OPERATOR = N_("Shopee refuses our app, not the goods: {reason}. The operator has to look.")
_NAME = N_("Shopee does not take the name: too short, too long or with signs it refuses.")
_PICTURE = N_("Shopee does not take a picture: {reason}. Take another photo of the goods.")
_WORDS = N_("Shopee does not take the description: {reason}. Change the description.")
_CATEGORY = N_("Shopee does not take goods in this category. Choose another category for it.")
_ATTRIBUTE = N_("Shopee asks for more facts about goods of this kind: {reason}.")
_PRICE = N_("Shopee does not take the price: {reason}. Change the price.")
_WEIGHT = N_("Shopee does not take the weight. Weigh the packed goods and correct the weight.")
_SHIPPING = N_("The shop has no delivery service that takes these goods. Switch one on in Shopee.")
_TOKEN = N_("The access to the shop is being renewed.")
_CLOSED = N_("Shopee has closed this shop. Its owner asks Shopee, then connects it again.")
_HOLIDAY = N_("The shop is on holiday in Shopee. Switch the holiday off there to go on.")
_PLACES = N_("The shop keeps its stock in several places at Shopee, which is not supported yet.")
_STOCK_HELD = N_("A campaign of Shopee holds part of the stock; it can be lowered when that ends.")
_PRICE_HELD = N_("A campaign of Shopee holds the price; it can be changed when that ends.")
_SHOW_HELD = N_("A campaign of Shopee keeps these goods on show until it ends.")
_NO_ORDER = N_("Shopee does not know this order.")
_GOODS_REFUSED = N_("Shopee does not take the goods: {reason}.")
_GONE = N_("Shopee no longer has these goods.")

_RETRY, _WAIT, _PARK = Handling.RETRY, Handling.WAIT, Handling.PARK
_FIX, _REAUTH, _LOCKED = Handling.FIX_DATA, Handling.REAUTH, Handling.LOCKED

# Once the operator has mended our side, everything goes on by itself.
_MEND_S: Final = 900

# --- the app, the shop and its consent -----------------------------------------------------------
_ACCESS: Final = (
    Row("token_ended", Handling.REFRESH, "us", _TOKEN,
        "invalid_acceess_token|invalid_access_token"),
    Row("token_ended", Handling.REFRESH, "us", _TOKEN,
        "error_auth|error_param", r"(invalid|expired|no) access_?token"),
    Row("shop_closed", _REAUTH, "marketplace", _CLOSED,
        "shop_banned"),
    Row("shop_closed", _REAUTH, "marketplace", _CLOSED,
        "error_busi_invalid_(shop|account)_status"),
    Row("registration", _REAUTH, "you",
        N_("Shopee waits for the shop's registration. Finish it in Shopee, then connect again."),
        "error_kyc_auth"),
    Row("consent_used", _REAUTH, "you",
        N_("This consent was used already or is older than ten minutes. Connect the shop again."),
        "invalid_code"),
    Row("consent_ended", _REAUTH, "you", _CONSENT,
        "(partner_)?shop_no_link(ed)?|merchant_no_linked|(shop|merchant)_access_expired"),
    Row("consent_ended", _REAUTH, "you", _CONSENT,
        "refresh_token_expired|error_(shop|merchant)_refresh_token|invalid_shop_id"),
    Row("consent_ended", _REAUTH, "you", _CONSENT,
        "error_auth", r"partner_id or shop_?id"),
    Row("penalty", _PARK, "you",
        N_("The shop is under a penalty of Shopee. Its owner reads the notice in Shopee."),
        "error_seller_under_penalty"),
    Row("clock", _WAIT, "staff",
        N_("Our clock and Shopee's differ by more than five minutes. The operator has to look."),
        "error_param", r"timestamp", retry_after_s=_MEND_S),
    Row("signature", _WAIT, "staff",
        N_("Shopee does not know our signature. The operator checks the keys."),
        "error_sign|error_partner_key_expired|invalid_partner_id", retry_after_s=_MEND_S),
    Row("app_refused", _WAIT, "staff", _OPERATOR,
        "source_ip_undeclared|error_api_permission|error_ashop_api_permission|api_suspended",
        retry_after_s=_MEND_S),
    Row("app_refused", _WAIT, "staff", _OPERATOR,
        "error_api_call_restricted|error_permission|error_perm_non_admin", retry_after_s=_MEND_S),
    Row("app_refused", _WAIT, "staff", _OPERATOR,
        "error_auth", r"partner_id is invalid|app is deleted|permission", retry_after_s=_MEND_S),
    Row("app_refused", _WAIT, "staff", _OPERATOR,
        "error_param", r"partner_id|no sign|no shop_id|shop_id is invalid|offline|gateway",
        retry_after_s=_MEND_S),
)  # fmt: skip

# --- limits, and Shopee's own trouble ------------------------------------------------------------
_TROUBLE: Final = (
    Row("too_fast", _WAIT, "us",
        N_("Shopee asks us to slow down; it goes on by itself."),
        "error_rate_limit|http_429", retry_after_s=30),
    Row("day_limit", _WAIT, "us",
        N_("Shopee takes no more calls today; it goes on by itself after midnight."),
        "error_limit"),
    Row("holiday", _WAIT, "you", _HOLIDAY,
        "error_holiday_.*", retry_after_s=3600),
    Row("holiday", _WAIT, "you", _HOLIDAY,
        ".*", r"holiday mode|vacation mode|vocation mode", retry_after_s=3600),
    Row("under_review", _WAIT, "marketplace",
        N_("Shopee is checking these goods or has taken them down; they cannot be changed now."),
        "error_item_uneditable|error_busi_cannot_delist_reviewing_or_banned_item|failure_list",
        r"^$|can't edit this item|cannot be delisted", retry_after_s=3600),
    Row("create_unknown", Handling.UNKNOWN_OUTCOME, "us",
        N_("Shopee did not say whether the goods were made; we look before we try again."),
        "error_busi_add_item_failed"),
    Row("warehouse", _PARK, "staff", _PLACES,
        ".*", r"location_?id|stock location|multi warehouse|stock structure"),
    Row("warehouse", _PARK, "staff", _PLACES,
        "error_wms_shop_block_upate_stock"),
    Row("warehouse", _PARK, "staff", _PLACES,
        "error_server|error_auth", r"fbs"),
)  # fmt: skip

# --- what a campaign forbids, what is done or gone -----------------------------------------------
_ITEM: Final = (
    Row("stock_locked", _LOCKED, "marketplace", _STOCK_HELD,
        ".*", r"reserved? stock"),
    Row("stock_locked", _LOCKED, "marketplace",
        _STOCK_HELD,
        "error_cannt_edit_stock_in_promotion|error_promotion_cantnot_update_stock"
        "|error_model_update_stock_model_in_promotion"),
    Row("price_locked", _LOCKED, "marketplace",
        _PRICE_HELD,
        "error_cannt_edit_price_in_promotion|error_in_item_promotion_item_price_lock"
        "|error_cannot_update_price_in_promotion|error_slash_price_.*"),
    Row("listing_locked", _LOCKED, "marketplace",
        _SHOW_HELD,
        "error_cannt_unlisted_in_promotion|error_in_item_promotion_unlsit_lock"
        "|error_unlist_in_promotion"),
    Row("stock_locked", _LOCKED, "marketplace", _STOCK_HELD,
        ".*", r"stock.*promotion"),
    Row("price_locked", _LOCKED, "marketplace", _PRICE_HELD,
        ".*", r"price.*promotion"),
    Row("listing_locked", _LOCKED, "marketplace", _SHOW_HELD,
        ".*", r"(unlist|delist).*promotion"),
    Row("already_so", Handling.ALREADY_DONE, "us",
        N_("Shopee shows it as wanted already."),
        ".*", r"already (been )?(unlisted|delisted|listed|published|deleted)|nothing to update"),
    Row("item_gone", Handling.GONE, "helper", _GONE,
        "error_item_not_found|error_nil_shopid_or_itemid|error_item_not_belong_shop"),
    Row("item_gone", Handling.GONE, "helper", _GONE,
        ".*", r"item_id is not found|product not found"),
    Row("order_gone", Handling.GONE, "staff", _NO_ORDER,
        "(error_)?order_not_found|error_not_found"),
    Row("order_gone", Handling.GONE, "staff", _NO_ORDER,
        ".*", r"order.*(not found|not exist|invalid)"),
    Row("busy", _RETRY, "marketplace", _LATER,
        "error_auth|error_inner|error_param|failure_list", r"try (again )?later|taking some time"),
)  # fmt: skip

# --- what a person changes on the goods ----------------------------------------------------------
_GOODS: Final = (
    Row("similar", _FIX, "you",
        N_("The shop already sells the same goods on Shopee. Remove one or tell them apart."),
        "error_repeated_mtsku"),
    Row("shop_full", _FIX, "you",
        N_("The shop may not show more goods on Shopee. Remove some there."),
        "error_reach_shop_item_limit"),
    Row("name", _FIX, "you", _NAME,
        "error_title_.*|error_name_length_limit|error_(nil_|item_)?name_.*"),
    Row("name", _FIX, "you", _NAME, ".*", r"item_?name"),
    Row("picture", _FIX, "helper", _PICTURE, "error_(desc_)?image_.*"),
    Row("picture", _FIX, "helper", _PICTURE, ".*", r"image"),
    Row("description", _FIX, "you", _WORDS, "error_desc_.*"),
    Row("description", _FIX, "you", _WORDS, ".*", r"description|hash tag"),
    Row("attribute", _FIX, "helper", _ATTRIBUTE,
        "error_less_required_.*|error_invalid_attribute.*|error_(in[vc]alid|duplicated)_brand"
        "|error_busi_attribute_error|error_value_.*|error_wrong_attrsnapshot"
        "|error_invalid_category_attribute|error_attribute_.*|error_brand_.*"),
    Row("attribute", _FIX, "helper", _ATTRIBUTE,
        ".*", r"attribute|brand|gtin|certificat|dimension"),
    Row("shipping", _FIX, "you", _SHIPPING,
        "error_invalid_logistic_info|error_invalid_price_for_logistic"),
    Row("shipping", _FIX, "you", _SHIPPING, ".*", r"logistic|shipping channel"),
    Row("price", _FIX, "you", _PRICE,
        "error_(invalid_)?price_.*|error_invalid_price|error_wholesale_.*|error_busi_price_.*"),
    Row("category", _FIX, "staff", _CATEGORY,
        "error_in[vc]alid_category|error_category_.*|error_forbidden_category"),
    Row("category", _FIX, "staff", _CATEGORY, ".*", r"category"),
    Row("weight", _FIX, "you", _WEIGHT, ".*", r"weight"),
    Row("price", _FIX, "you", _PRICE, ".*", r"price"),
    Row("stock", _FIX, "you",
        N_("Shopee does not take the number in stock: {reason}. Change the number."),
        ".*", r"\bstock\b"),
)  # fmt: skip

# --- what is left of a family of names -----------------------------------------------------------
_REST: Final = (
    Row("busy", _RETRY, "marketplace", _LATER,
        "error_server|error_network|error_inner|error_system_busy|error_get_shop_fail"
        "|error_update_price_fail|error_unlist_item_(all_)?fail(ed)?"
        "|error_busi_update_stock_failed|http_5xx"),
    Row("goods", _FIX, "helper",
        _GOODS_REFUSED,
        "error_invalid_.*|error_param_validate|error_check_luc_fail|error_param_dts_.*"
        "|error_desc_.*|error_title_.*|error_image_.*"),
    Row("goods", _FIX, "helper", _GOODS_REFUSED,
        "error_param", r"constraints|invalid|wrong parameters"),
)  # fmt: skip

ROWS: Final = _ACCESS + _TROUBLE + _ITEM + _GOODS + _REST
