"""The table of refusals: every handling is reached, every sentence is said in Vietnamese."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from integrations.channels.shopee.errors import (
    Effect,
    find,
    lost,
    not_there,
    refused,
    slow_down,
    unreachable,
)
from integrations.channels.shopee.redaction import redact
from integrations.channels.shopee.table import ROWS
from integrations.contracts.channels import ChannelError, Handling

NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)  # 12:00 in UTC+8
WHO = {"you", "helper", "staff", "marketplace", "us"}

# Error name, message, our code and handling: names and words as the vendor's records have them.
CASES = [
    ("error_auth", "Invalid access_token.", "token_ended", Handling.REFRESH),
    ("invalid_acceess_token", "Invalid access_token, please have a check.", "token_ended",
     Handling.REFRESH),
    ("common.error_auth", "Invalid access_token.", "token_ended", Handling.REFRESH),
    ("error_auth", "System error, please try again later.", "busy", Handling.RETRY),
    ("error_auth", "partner_id is invalid", "app_refused", Handling.WAIT),
    ("error_auth", "No permission to current api.", "app_refused", Handling.WAIT),
    ("error_auth", "Invalid partner_id or shopid.", "consent_ended", Handling.REAUTH),
    ("error_auth", "Total stock must be more than reserved stock.", "stock_locked",
     Handling.LOCKED),
    ("error_auth", "Please wait for the holiday mode set then to edit item. Please try later.",
     "holiday", Handling.WAIT),
    ("error_auth", "Lack of location_id, please double check.", "warehouse", Handling.PARK),
    ("error.param", "Can not update item with stock less than reserved stock", "stock_locked",
     Handling.LOCKED),
    ("failure_list", "Total stock must be more than reserved stock.", "stock_locked",
     Handling.LOCKED),
    ("failure_list", "Can't unlist item when item is under promotion.", "listing_locked",
     Handling.LOCKED),
    ("failure_list", "Product not found", "item_gone", Handling.GONE),
    ("failure_list", "Banned and Reviewing Products cannot be delisted", "under_review",
     Handling.WAIT),
    ("error_cannt_edit_stock_in_promotion",
     "Normal_stock cannot be edited when item is under promotion.", "stock_locked",
     Handling.LOCKED),
    ("error_in_item_promotion_item_price_lock", "Can't update price when item is under promotion.",
     "price_locked", Handling.LOCKED),
    ("error_rate_limit", "Too many requests.", "too_fast", Handling.WAIT),
    ("error_limit", "The total API call number has reached the daily limit", "day_limit",
     Handling.WAIT),
    ("error_server", "Something wrong. Please try later.", "busy", Handling.RETRY),
    ("error_network", "Inner http call failed", "busy", Handling.RETRY),
    ("error_inner", "Our system is taking some time to respond, please try later.", "busy",
     Handling.RETRY),
    ("error_system_busy", "Our system is taking some time to respond.", "busy", Handling.RETRY),
    ("error_busi_add_item_failed", "Add item failed. please try later .", "create_unknown",
     Handling.UNKNOWN_OUTCOME),
    ("shop_no_linked", "Partner and shop has no linked.", "consent_ended", Handling.REAUTH),
    ("partner_shop_no_link", "Invalid partner_id or shop_id.", "consent_ended", Handling.REAUTH),
    ("merchant_access_expired", "Your access has expired.", "consent_ended", Handling.REAUTH),
    ("error_shop_refresh_token", "Your refresh token is error", "consent_ended", Handling.REAUTH),
    ("refresh_token_expired", "Your refresh_token expired.", "consent_ended", Handling.REAUTH),
    ("shop_banned", "The shop account has been banned.", "shop_closed", Handling.REAUTH),
    ("error_kyc_auth", "No permission. Please inform the seller", "registration", Handling.REAUTH),
    ("invalid_code", "The code is expired or used.", "consent_used", Handling.REAUTH),
    ("error_param", "Timestamp is expired.", "clock", Handling.WAIT),
    ("error_sign", "Wrong sign.", "signature", Handling.WAIT),
    ("source_ip_undeclared", "Request Source IP is undeclared.", "app_refused", Handling.WAIT),
    ("error_repeated_mtsku", "A similar product has already been uploaded", "similar",
     Handling.FIX_DATA),
    ("error_title_exceeds_max_length", "The length of item_name is bigger than max limit.", "name",
     Handling.FIX_DATA),
    ("error_item_name_is_too_short", "Item_name length is less than min limit.", "name",
     Handling.FIX_DATA),
    ("error_desc_length_min_limit", "Description length is less than the min limit.",
     "description", Handling.FIX_DATA),
    ("error_desc_image_no_pass", "image too small", "picture", Handling.FIX_DATA),
    ("error_image_unavailable", "Image is invalid", "picture", Handling.FIX_DATA),
    ("error_param", "Image not exist.", "picture", Handling.FIX_DATA),
    ("error_less_required_attribute", "Mandatory attribute information required", "attribute",
     Handling.FIX_DATA),
    ("error_invalid_category", "Invalid category.", "category", Handling.FIX_DATA),
    ("error_param", "Invalid category.", "category", Handling.FIX_DATA),
    ("error_price_exceed_min_limitt", "Original_price is less than min price limit.", "price",
     Handling.FIX_DATA),
    ("error_param", "Invalid Weight.", "weight", Handling.FIX_DATA),
    ("error_invalid_logistic_info", "invalid logistic info , x", "shipping", Handling.FIX_DATA),
    ("error_invalid_days_to_ship", "Invalid days_to_ship.", "goods", Handling.FIX_DATA),
    ("error_item_not_found", "Item_id is not found.", "item_gone", Handling.GONE),
    ("order_not_found", "Order SN provided is invalid.", "order_gone", Handling.GONE),
    ("error_unlist_item_fail", "Item has already been unlisted", "already_so",
     Handling.ALREADY_DONE),
    ("error_unlist_item_failed", "Unlist item failed. please try later.", "busy", Handling.RETRY),
    ("error_seller_under_penalty", "The shop is under penalty.", "penalty", Handling.PARK),
    ("error_busi_invalid_shop_status", "Shop status invalid.", "shop_closed", Handling.REAUTH),
    ("error_api_call_restricted", "The App permission is restricted.", "app_refused",
     Handling.WAIT),
    ("error_param", "There is no partner_id in query.", "app_refused", Handling.WAIT),
    ("error_holiday_on_add_item", "Shop is under vocation mode.", "holiday", Handling.WAIT),
    ("error_wms_shop_block_upate_stock", "Warehouse shop can't update stock.", "warehouse",
     Handling.PARK),
    ("error_server", "The current item belong to the full FBS shop, so normal stock must be 0",
     "warehouse", Handling.PARK),
    ("error_cannt_unlisted_in_promotion", "Item cannot be unlisted when item is under promotion.",
     "listing_locked", Handling.LOCKED),
    ("failure_list", "Cannot change stock when item is under promotion.", "stock_locked",
     Handling.LOCKED),
    ("failure_list", "Price cannot be changed when model is under promotion.", "price_locked",
     Handling.LOCKED),
    ("failure_list", "Order is not found", "order_gone", Handling.GONE),
    ("error_reach_shop_item_limit", "Item published item count reaches limit.", "shop_full",
     Handling.FIX_DATA),
    ("error_param", "Item_name is empty", "name", Handling.FIX_DATA),
    ("error_param", "Description length is bigger than the max limit.", "description",
     Handling.FIX_DATA),
    ("error_param", "Invalid attribute. x", "attribute", Handling.FIX_DATA),
    ("error_busi", "logistic must be free", "shipping", Handling.FIX_DATA),
    ("failure_list", "Price is out of range.", "price", Handling.FIX_DATA),
    ("error_param", "Invalid stock, out of the limit.", "stock", Handling.FIX_DATA),
    ("error_param", "Parameter is not match the constraints, x.", "goods", Handling.FIX_DATA),
]  # fmt: skip


def error(name: str, text: str = "", effect: Effect = Effect.NONE) -> ChannelError:
    return refused(name, text, effect=effect, now=NOON)


@pytest.mark.parametrize(("name", "text", "code", "handling"), CASES)
def test_a_refusal_means(name: str, text: str, code: str, handling: Handling) -> None:
    found = error(name, text)
    assert (found.code, found.handling) == (f"shopee.{code}", handling)
    assert found.who in WHO


def test_every_row_and_every_handling_is_reached() -> None:
    reached = [find(name, text) for name, text, _, _ in CASES]
    assert [row for row in ROWS if not any(row is one for one in reached)] == []
    assert {handling for _, _, _, handling in CASES} == set(Handling)


def test_what_nobody_has_seen_is_parked_with_its_words() -> None:
    found = error("error_moon_phase", "The moon is full. access_token=abc123&x=1")
    assert (found.handling, found.code, found.who) == (Handling.PARK, "shopee.unknown", "us")
    assert "abc123" not in str(found.params) + found.vendor_text + str(found)
    assert (found.vendor_code, "moon is full" in found.vendor_text) == ("error_moon_phase", True)


def test_try_later_after_a_create_is_an_unknown_outcome() -> None:
    for name in ("error_inner", "error_system_busy", "error_server", "error_network"):
        assert error(name, "try later", Effect.CREATE).handling is Handling.UNKNOWN_OUTCOME
        assert error(name, "try later", Effect.CHANGE).handling is Handling.RETRY
    assert error("error_rate_limit", "", Effect.CREATE).handling is Handling.WAIT
    assert error("error_auth", "Invalid access_token.", Effect.CREATE).handling is Handling.REFRESH


def test_the_days_quota_ends_at_midnight_in_utc_8() -> None:
    assert error("error_limit").retry_after_s == 12 * 3600 + 60


def test_what_the_operator_mends_is_tried_again_by_itself() -> None:
    for name, text in (
        ("error_param", "Timestamp is expired."),
        ("error_sign", "Wrong sign."),
        ("source_ip_undeclared", ""),
    ):
        found = error(name, text, Effect.CREATE)
        assert (found.handling, found.who, found.retry_after_s) == (Handling.WAIT, "staff", 900)


def test_a_limit_waits_as_long_as_it_is_told() -> None:
    assert slow_down(7).retry_after_s == 7
    assert slow_down(None).retry_after_s == 30


def test_secrets_leave_no_trace() -> None:
    line = 'GET https://x/api/v2/y?partner_id=1&access_token=AAA&sign=BBB "refresh_token": "CCC"'
    clean = redact(line)
    assert "partner_id=1" in clean
    assert not any(secret in clean for secret in ("AAA", "BBB", "CCC"))


def test_every_sentence_is_said_in_vietnamese() -> None:
    path = Path(__file__).parents[4] / "integrations" / "locale" / "vi" / "channels.po"
    with path.open("rb") as file:
        words = {str(entry.id): str(entry.string) for entry in read_po(file, locale="vi")}
    said = [row.message for row in ROWS]
    others = (error("error_new"), lost(Effect.CHANGE), lost(Effect.NONE), unreachable(),
              not_there("item"), not_there("order"))  # fmt: skip
    said += [other.message for other in others]
    for sentence in said:
        translated = words.get(sentence, "")
        assert translated, sentence
        fields = re.findall(r"\{\w+\}", sentence)
        assert re.findall(r"\{\w+\}", translated) == fields, sentence
        assert "!" not in translated and "không hợp lệ" not in translated
        # It says what happens next, or who acts: not only what went wrong.
        assert re.search(r"Mời|tự |sẽ |Cán bộ|Hệ thống|Không cần", translated), translated
