"""Which modules hold tables, where migrations are kept, and what each role may touch."""

from typing import Final

from integrations.runtime.database.config import Apps
from integrations.runtime.database.grants import grants_sql

APPS: Final[Apps] = {
    "runtime": (["integrations.runtime.models"], "integrations.runtime.migrations"),
    "sellers": (
        ["sellers.accounts.models", "sellers.producers.models"],
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
        ],
        "market.migrations",
    ),
}

APPEND_ONLY: Final = (
    "audit",
    "ledger_entry",
    "ledger_transaction",
    "moderation_decision",
    "order_event",
    "seller_word",
    "stock_movement",
)
PUBLIC: Final = ("bank", "commune", "province", "public_listing", "public_producer")

# Columns that hold keys of objects in the file store; an empty one stands for none.
OBJECT_KEYS: Final = (
    ("photo", "original_key"),
    ("rendition", "key"),
    ("order_line", "picture_key"),
)

GRANTS: Final = grants_sql(
    append_only=APPEND_ONLY, public=PUBLIC, functions=("listing_pictures(uuid)",)
)
