"""Which modules hold tables, where migrations are kept, and what each role may touch."""

from typing import Final

from integrations.runtime.database.config import Apps
from integrations.runtime.database.grants import grants_sql

APPS: Final[Apps] = {
    "runtime": (
        ["integrations.runtime.models", "integrations.runtime.uploads.models"],
        "integrations.runtime.migrations",
    ),
    "sellers": (
        [
            "sellers.accounts.models",
            "sellers.onboarding.models",
            "sellers.producers.models",
            "sellers.support.models",
        ],
        "sellers.migrations",
    ),
    "market": (
        [
            "market.catalog.models",
            "market.channels.models",
            "market.fees.models",
            "market.ledger.models",
            "market.listing.models",
            "market.orders.models",
            "market.payments.models",
            "market.photos.models",
            "market.programme.models",
            "market.sheets.models",
        ],
        "market.migrations",
    ),
}

APPEND_ONLY: Final = (
    "audit",
    "ledger_entry",
    "ledger_transaction",
    "listing_change",
    "moderation_decision",
    "order_event",
    "seller_word",
    "stock_movement",
    "support_event",
)
PUBLIC: Final = (
    "bank",
    "commune",
    "old_commune",
    "province",
    "public_listing",
    "public_producer",
    "public_variant",
)
STATS: Final = ("stats_funnel", "stats_month", "stats_order", "stats_producer", "stats_support")

# Sealed columns and what they were sealed for: the only list, by which keys are changed.
SEALED: Final = (
    ("payout_account", "account_sealed", "payout_account"),
    ("payout_account", "holder_sealed", "payout_holder"),
    ("identity", "facts_sealed", "identity"),
    ("identity", "tax_sealed", "tax_code"),
    ("card_checkout", "url_sealed", "card_url"),
    ("payment", "account_sealed", "payout_account"),
    ("payment", "holder_sealed", "payout_holder"),
    ("card_checkout", "url_sealed", "card_url"),
    ("channel_connection", "access_sealed", "channel_access"),
    ("channel_connection", "refresh_sealed", "channel_refresh"),
)
# Rows that must not change under somebody who works on them: sealed anew only when this holds.
SEALED_WHEN: Final = {
    "channel_connection": "refreshing_until IS NULL",
}
# Columns that hold keys of objects in the file store; an empty one stands for none.
OBJECT_KEYS: Final = (
    ("photo", "original_key"),
    ("rendition", "key"),
    ("order_line", "picture_key"),
    ("sheet_import", "file_key"),
    ("sheet_import", "pictures_key"),
    ("upload_chunk", "key"),
)

GRANTS: Final = grants_sql(
    append_only=APPEND_ONLY,
    public=PUBLIC,
    functions=("listing_pictures(uuid)", "listing_variants(uuid)"),
    stats=STATS,
)
