"""What the stand-in's marketplace knows of itself: categories, limits, delivery services, fees.

The shapes and names are those of the vendor's records; the numbers are made up, for the real ones
are told only to a real shop. Nothing of ours may know them but by asking.
"""

from typing import Any, Final, NamedTuple


class Category(NamedTuple):
    """A branch or leaf of the tree."""

    category_id: int
    parent_id: int
    name: str
    name_en: str


FOOD, HEALTH, HOME = 100629, 100001, 100636
CATEGORIES: Final = (
    Category(FOOD, 0, "Thực phẩm và đồ uống", "Food & Beverages"),
    Category(HEALTH, 0, "Sức khỏe", "Health"),
    Category(HOME, 0, "Nhà cửa và đời sống", "Home & Living"),
    Category(100780, FOOD, "Mật ong và siro", "Honey & Syrups"),
    Category(100781, FOOD, "Trà và thảo mộc", "Tea & Herbs"),
    Category(100782, FOOD, "Cà phê và ca cao", "Coffee & Cocoa"),
    Category(100783, FOOD, "Gạo, đậu và hạt", "Rice, Beans & Nuts"),
    Category(100784, FOOD, "Trái cây và rau tươi", "Fresh Fruit & Vegetables"),
    Category(100785, FOOD, "Trái cây sấy và mứt", "Dried Fruit & Jam"),
    Category(100786, FOOD, "Gia vị và nước chấm", "Spices & Sauces"),
    Category(100787, FOOD, "Bánh, kẹo và đồ ăn nhẹ", "Snacks & Sweets"),
    Category(100788, FOOD, "Thủy sản và thịt khô", "Dried Seafood & Meat"),
    Category(100789, FOOD, "Bún, miến và mì", "Noodles"),
    Category(100790, FOOD, "Thực phẩm khác", "Other Food"),
    Category(100901, HEALTH, "Thực phẩm bảo vệ sức khỏe", "Food Supplement"),
    Category(100951, HOME, "Đồ mây tre đan", "Bamboo & Rattan"),
    Category(100952, HOME, "Dệt và thêu", "Weaving & Embroidery"),
    Category(100953, HOME, "Gốm và đồ gỗ", "Pottery & Woodwork"),
    Category(100954, HOME, "Xà phòng và tinh dầu", "Soap & Essential Oils"),
)
LEAVES: Final = {c.category_id for c in CATEGORIES if c.parent_id}
# Only one leaf asks for a fact of its own.
LICENCE: Final = {
    "attribute_id": 102550,
    "mandatory": True,
    "name": "Số giấy công bố",
    "attribute_value_list": [],
    "attribute_info": {"input_type": 3, "input_validation_type": 0, "format_type": 1,
                       "max_value_count": 1},
}  # fmt: skip
ORIGIN: Final = {
    "attribute_id": 100037,
    "mandatory": False,
    "name": "Xuất xứ",
    "attribute_value_list": [{"value_id": 900, "name": "Việt Nam"}],
    "attribute_info": {"input_type": 1, "input_validation_type": 0, "format_type": 1,
                       "max_value_count": 1},
}  # fmt: skip


class Channel(NamedTuple):
    """A delivery service; `mask_id` above 0: carried out below that one."""

    channel_id: int
    name: str
    enabled: bool
    max_kg: float
    mask_id: int = 0


CHANNELS: Final = (
    Channel(50021, "SPX Express", True, 20.0),
    Channel(50018, "Giao hàng nhanh", True, 20.0, mask_id=50021),
    Channel(50022, "Hỏa tốc", False, 10.0),
    Channel(50025, "Hàng cồng kềnh", True, 50.0),
)

# Shares of the goods' sum, in millionths: what Shopee keeps, and what it withholds by law.
COMMISSION_PPM: Final = 40_000
TRANSACTION_PPM: Final = 25_000
WITHHELD_VAT_PPM: Final = 10_000
WITHHELD_PIT_PPM: Final = 5_000


def limits(category_id: int) -> dict[str, Any]:
    """The `response` of get_item_limit."""
    handmade = category_id in {c.category_id for c in CATEGORIES if c.parent_id == HOME}
    return {
        "price_limit": {"min_limit": 1000.0, "max_limit": 120_000_000.0},
        "stock_limit": {"min_limit": 0, "max_limit": 10_000_000},
        "item_name_length_limit": {"min_limit": 10, "max_limit": 100 if handmade else 120},
        "item_image_count_limit": {"min_limit": 1, "max_limit": 9},
        "item_description_length_limit": {"min_limit": 20, "max_limit": 3000},
        "dts_limit": {
            "days_to_ship_limit": {"min_limit": 7, "max_limit": 15},
            "non_pre_order_days_to_ship": 2,
        },
        "weight_limit": {"weight_mandatory": True},
        "dimension_limit": {"dimension_mandatory": False},
    }


def attributes(category_id: int) -> list[dict[str, Any]]:
    """The attribute tree of a leaf."""
    return [LICENCE, ORIGIN] if category_id == 100901 else [ORIGIN]


def category_rows(language: str) -> list[dict[str, Any]]:
    """The `category_list` of get_category."""
    return [
        {
            "category_id": one.category_id,
            "parent_category_id": one.parent_id,
            "original_category_name": one.name_en,
            "display_category_name": one.name if language == "vi" else one.name_en,
            "has_children": not one.parent_id,
        }
        for one in CATEGORIES
    ]


def channel_rows() -> list[dict[str, Any]]:
    """The `logistics_channel_list` of get_channel_list."""
    return [
        {
            "logistics_channel_id": one.channel_id,
            "logistics_channel_name": one.name,
            "cod_enabled": True,
            "enabled": one.enabled,
            "fee_type": "SIZE_INPUT",
            "size_list": [],
            "weight_limit": {"item_max_weight": one.max_kg, "item_min_weight": 0.01},
            "force_enable": False,
            "mask_channel_id": one.mask_id,
        }
        for one in CHANNELS
    ]


def share(amount_vnd: int, ppm: int) -> int:
    """Half a đồng goes up."""
    return (amount_vnd * ppm + 500_000) // 1_000_000
