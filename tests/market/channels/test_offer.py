"""Goods for a shop: each active shop by itself, the kind chosen by the name."""

import html
import re
from uuid import UUID

import pytest

from integrations.channels.shopee.records import leaves
from integrations.channels.shopee.standin import vendor
from integrations.contracts.viewer import SYSTEM
from integrations.runtime.database import run, work
from market.channels.rules.kinds import suggested
from market.channels.service import connect, shown
from market.listing.rules.templates import templates
from tests.kit.channels import CATEGORY, Elsewhere, Shelf, a_live_honey
from tests.kit.people import Seller, a_seller

TREE = leaves(vendor.category_rows("vi"))


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("Mật ong rừng nguyên chất", "Mật ong và siro"),
        ("MẬT ONG hoa nhãn 500 ml", "Mật ong và siro"),
        ("Trà gừng mật ong", "Trà và thảo mộc"),
        ("Cam bù Hương Sơn", "Trái cây và rau tươi"),
        ("Cam sấy dẻo", "Trái cây sấy và mứt"),
        ("Bánh đa nem Nghệ An", "Bún, miến và mì"),
        ("Kẹo cu đơ", "Bánh, kẹo và đồ ăn nhẹ"),
        ("Giỏ tre đan tay", "Đồ mây tre đan"),
        ("Tinh dầu tràm", "Xà phòng và tinh dầu"),
    ],
)
def test_the_name_of_goods_says_their_kind(name: str, kind: str) -> None:
    first = suggested(name, TREE)[0]
    assert TREE[first].rpartition(" › ")[2] == kind


def test_numbers_of_kinds_may_change_and_nothing_is_made_up() -> None:
    moved = {f"9{key}": path for key, path in TREE.items()}
    assert suggested("Mật ong rừng", moved) == [f"9{CATEGORY}"]
    assert suggested("Mật ong rừng", {}) == []
    assert suggested("Nhung hươu", TREE) == []


@pytest.mark.parametrize(
    ("name", "code", "kind"),
    [
        ("Cam sấy dẻo", "fruit", "Trái cây sấy và mứt"),
        ("Quả lạ vườn nhà", "fruit", "Trái cây và rau tươi"),
        ("Hàng nhà làm", "sweets", "Bánh, kẹo và đồ ăn nhẹ"),
        ("Cam thảo", "drinks", "Trái cây và rau tươi"),
        ("Cá thu sốt cà chua", "seafood", "Thủy sản và thịt khô"),
        ("Gừng ngâm mật ong", "fruit", "Trái cây và rau tươi"),
        ("Gừng ngâm mật ong", "honey", "Mật ong và siro"),
    ],
)
def test_the_sort_of_goods_decides_between_words(name: str, code: str, kind: str) -> None:
    assert TREE[suggested(name, TREE, code)[0]].rpartition(" › ")[2] == kind


def test_a_sort_that_may_be_several_kinds_chooses_none() -> None:
    assert suggested("Hàng nhà làm", TREE, "crafts") == []
    assert suggested("Nhung hươu", TREE, templates()["nhung-huou"].category) == []


async def _form(there: Elsewhere, seller: Seller, goods_id: UUID, query: str = "") -> str:
    async with there.stack.browser(seller.token) as browser:
        answer = await browser.get(f"/producer/channels/offer/{goods_id}{query}")
    assert answer.status_code == 200
    return html.unescape(answer.text)


def _options(page: str, name: str) -> tuple[list[str], list[str]]:
    """Values of a choice in their order, and those that are chosen."""
    found = re.search(rf'<select id="{name}".*?</select>', page)
    assert found, name
    options = re.findall(r'<option value="([^"]*)"( selected)?', found[0])
    return [value for value, _ in options], [value for value, chosen in options if chosen]


async def test_the_likely_kind_is_chosen_and_stands_first(there: Elsewhere) -> None:
    seller = await a_seller()
    await there.connect(seller)
    honey = await a_live_honey(seller)
    page = await _form(there, seller, honey.id)
    values, chosen = _options(page, "category_id")
    assert (values[:2], chosen) == (["", CATEGORY], [CATEGORY])
    assert len(values) == len(set(values)) == len(TREE) + 1
    assert "mời xem có đúng không" in page
    antler = await a_live_honey(seller, name="Nhung hươu tươi Hương Sơn")
    page = await _form(there, seller, antler.id)
    assert _options(page, "category_id")[1] == [] and "mời xem có đúng không" not in page


async def test_weight_and_sort_of_the_goods_are_filled_in(there: Elsewhere) -> None:
    seller = await a_seller()
    await there.connect(seller)
    goods = await a_live_honey(seller, name="Quà quê")
    async with work(SYSTEM):
        await run("UPDATE variant SET weight_g = 1234 WHERE id = $1", [goods.variant_id])
        await run("UPDATE listing SET category_code = 'sweets' WHERE id = $1", [goods.id])
    page = await _form(there, seller, goods.id)
    assert re.search(r'name="weight_g"[^>]*value="1234"', page)
    chosen = _options(page, "category_id")[1]
    assert [TREE[one].rpartition(" › ")[2] for one in chosen] == ["Bánh, kẹo và đồ ăn nhẹ"]


async def _could(shelf: Shelf) -> set[tuple[UUID, UUID]]:
    found = await shown.to_offer(shelf.seller.viewer)
    return {(row["id"], row["connection_id"]) for row in found}


async def test_goods_of_a_shop_that_was_taken_away_are_suggested_again(there: Elsewhere) -> None:
    shelf = await there.a_shop()
    assert await _could(shelf) == set()
    await connect.disconnect(shelf.seller.viewer, connection_id=shelf.connection_id)
    assert await _could(shelf) == set()
    new_shop = await there.connect(shelf.seller)
    assert await _could(shelf) == {(shelf.goods.id, new_shop)}
    async with there.stack.browser(shelf.seller.token) as browser:
        page = html.unescape((await browser.get("/producer/channels")).text)
        assert f"/producer/channels/offer/{shelf.goods.id}?shop={new_shop}" in page
        answer = await browser.post(
            f"/producer/channels/offer/{shelf.goods.id}",
            data={"connection_id": str(new_shop), "category_id": CATEGORY, "weight_g": "745"},
        )
    assert answer.status_code == 303
    await there.settle()
    assert await _could(shelf) == set()
    it = await shown.everything(shelf.seller.viewer, ports=there.ports, language="vi")
    assert [(one.connection_id, one.theirs.stock) for one in it.items] == [(new_shop, 10)]


async def test_goods_of_one_shop_are_suggested_for_the_other(there: Elsewhere) -> None:
    shelf = await there.a_shop()
    second = await there.connect(shelf.seller)
    assert await _could(shelf) == {(shelf.goods.id, second)}
    page = await _form(there, shelf.seller, shelf.goods.id, f"?shop={second}")
    # For the other shop, with what is known from the first.
    assert _options(page, "connection_id")[1] == [str(second)]
    assert _options(page, "category_id")[1] == [CATEGORY]
    assert re.search(r'name="weight_g"[^>]*value="745"', page) and "Đưa lên sàn" in page
    page = await _form(there, shelf.seller, shelf.goods.id, f"?shop={shelf.connection_id}")
    assert _options(page, "connection_id")[1] == [str(shelf.connection_id)]
    await there.offer(shelf.seller, shelf.goods, second)
    await there.settle()
    assert await _could(shelf) == set()
    items = await there.market.items(shelf.sku)
    assert [one["stock"] for one in items] == [10, 10]
    stranger = await a_seller()
    assert await shown.to_offer(stranger.viewer) == []
