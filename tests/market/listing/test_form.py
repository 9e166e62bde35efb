"""The form of three inputs: what is right is kept, what is wrong comes back with its words."""

from uuid import UUID

import httpx
import pytest

from integrations.contracts.viewer import SYSTEM
from integrations.runtime.database import rows, work
from tests.kit.listings import a_listing, a_live_listing
from tests.kit.pages import hidden, words
from tests.kit.people import Seller, a_seller
from tests.kit.pictures import phone_jpeg
from tests.kit.stack import Stack

NEW = "/producer/goods/new"


async def send(
    browser: httpx.AsyncClient,
    address: str,
    fields: dict[str, str],
    photo: bytes | None = None,
) -> httpx.Response:
    """Open the form, fill it in, press a button."""
    page = (await browser.get(address)).text
    data = {"form_id": hidden(page, "form_id"), "stock": "1", "action": "save", **fields}
    if "stock_was" in page:
        data.setdefault("stock_was", hidden(page, "stock_was"))
    files = {"photo": ("anh.jpg", photo or b"", "image/jpeg")} if photo is not None else None
    return await browser.post(address, data=data, files=files)


async def goods_of(seller: Seller) -> list[dict[str, object]]:
    async with work(SYSTEM):
        return await rows(
            "SELECT l.id, l.name, l.slug, l.state, l.search_text, v.price_vnd, v.available, v.unit"
            " FROM listing l JOIN variant v ON v.listing_id = l.id WHERE l.producer_id = $1"
            " ORDER BY l.id",
            [seller.producer_id],
        )


@pytest.mark.parametrize(
    "fields", [{"name": "Mật ong"}, {"price": "70k"}, {"photo": "yes"}], ids=lambda f: str([*f])
)
async def test_any_one_of_the_three_makes_the_draft(stack: Stack, fields: dict[str, str]) -> None:
    seller = await a_seller()
    photo = phone_jpeg() if fields.pop("photo", None) else None
    async with stack.browser(seller.token) as browser:
        answer = await send(browser, NEW, fields, photo)
        assert answer.status_code == 303
        page = await browser.get(answer.headers["location"])
    assert "Đã lưu" in words(page.text)
    made = await goods_of(seller)
    assert [(one["state"], one["available"]) for one in made] == [("draft", 1)]


async def test_prices_are_understood_and_shown_back(stack: Stack) -> None:
    seller = await a_seller()
    async with stack.browser(seller.token) as browser:
        for typed, shown in [("45.000đ", "45.000"), ("70k", "70.000"), ("1,9 triệu", "1.900.000")]:
            answer = await send(browser, NEW, {"price": typed})
            page = await browser.get(answer.headers["location"])
            assert f'value="{shown}"' in page.text


@pytest.mark.parametrize(
    ("price", "said"),
    [("0", "lớn hơn 0"), ("-5", "lớn hơn 0"), ("rẻ lắm", "bằng chữ số"), ("9" * 30, "quá lớn")],
)
async def test_a_wrong_price_keeps_the_rest(stack: Stack, price: str, said: str) -> None:
    seller = await a_seller()
    async with stack.browser(seller.token) as browser:
        answer = await send(browser, NEW, {"name": "Cu đơ", "price": price, "action": "submit"})
    assert answer.status_code == 400
    assert said in words(answer.text)
    assert 'id="price-e"' in answer.text and f'value="{price}"' in answer.text
    made = await goods_of(seller)
    assert [(one["name"], one["price_vnd"], one["state"]) for one in made] == [
        ("Cu đơ", None, "draft")
    ]


async def test_nothing_typed_makes_nothing_and_says_what_is_needed(stack: Stack) -> None:
    seller = await a_seller()
    async with stack.browser(seller.token) as browser:
        answer = await send(browser, NEW, {})
        wrong = await send(browser, NEW, {"price": "0"})
    assert answer.status_code == 400
    assert all(f'id="{name}-e"' in answer.text for name in ("photo", "name", "price"))
    assert wrong.text.count('id="price-e"') == 1
    assert await goods_of(seller) == []


async def test_sending_needs_photo_name_and_price(stack: Stack) -> None:
    seller = await a_seller()
    async with stack.browser(seller.token) as browser:
        answer = await send(browser, NEW, {"name": "Cu đơ", "action": "submit"})
        assert answer.status_code == 400
        assert 'id="photo-e"' in answer.text and 'id="price-e"' in answer.text
        address = f"/producer/goods/{(await goods_of(seller))[0]['id']}"
        answer = await send(browser, address, {"price": "30k", "action": "submit"}, phone_jpeg())
        assert answer.headers["location"] == f"{address}?done=sent"
        page = words((await browser.get(answer.headers["location"])).text)
    assert "Đang chờ duyệt" in page
    assert (await goods_of(seller))[0]["state"] == "in_review"


async def test_the_same_form_twice_is_one_listing_with_one_photo(stack: Stack) -> None:
    seller, photo = await a_seller(), phone_jpeg()
    async with stack.browser(seller.token) as browser:
        page = (await browser.get(NEW)).text
        data = {"form_id": hidden(page, "form_id"), "name": "Cam", "stock": "5", "action": "save"}
        for _ in range(3):
            files = {"photo": ("a.jpg", photo, "image/jpeg")}
            assert (await browser.post(NEW, data=data, files=files)).status_code == 303
    made = await goods_of(seller)
    assert [(one["name"], one["available"]) for one in made] == [("Cam", 5)]
    async with work(SYSTEM):
        photos = await rows("SELECT state FROM photo WHERE listing_id = $1", [made[0]["id"]])
    assert [row["state"] for row in photos] == ["received"]


async def test_markup_and_long_texts_stay_text(stack: Stack) -> None:
    seller = await a_seller()
    hostile = "<script>alert('x')</script>"
    async with stack.browser(seller.token) as browser:
        answer = await send(browser, NEW, {"name": hostile, "unit": "<b>", "description": hostile})
        page = await browser.get(answer.headers["location"])
        assert "<script>alert" not in page.text and "&lt;script&gt;" in page.text
        home = await browser.get("/producer/goods")
        assert "<script>alert" not in home.text
        long = "dài " * 2500
        for name in ("name", "price", "unit", "stock", "description"):
            answer = await send(browser, NEW, {"name": "Cam", name: long})
            assert answer.status_code == 400
            assert f'id="{name}-e"' in answer.text


async def test_search_text_has_name_maker_and_place(stack: Stack) -> None:
    seller = await a_seller(name="Tổ ong Khe Ngát")
    async with stack.browser(seller.token) as browser:
        await send(browser, NEW, {"name": "Mật ong hoa bưởi", "description": "Đặc và thơm"})
    made = (await goods_of(seller))[0]
    assert made["slug"] == "mat-ong-hoa-buoi"
    for word in ("mat ong hoa buoi", "to ong khe ngat", "can loc", "dac va thom"):
        assert word in str(made["search_text"])


async def test_price_and_stock_of_live_goods_change_at_once(stack: Stack) -> None:
    seller = await a_seller()
    live = await a_live_listing(seller, available=10)
    async with stack.browser(seller.token) as browser:
        address = f"/producer/goods/{live.id}"
        fields = {"name": live.name, "unit": "quả", "description": ""}
        answer = await send(browser, address, {"price": "50k", "stock": "12", **fields})
        assert answer.status_code == 303
        made = (await goods_of(seller))[0]
        assert (made["state"], made["price_vnd"], made["available"]) == ("live", 50_000, 12)
        assert "xem trước" in words((await browser.get(address)).text)
        fields["name"] = "Bưởi mới"
        await send(browser, address, {"price": "50k", "stock": "12", **fields})
    made = (await goods_of(seller))[0]
    assert (made["state"], made["name"]) == ("in_review", "Bưởi mới")


async def test_stock_in_an_old_form_does_not_undo_sales(stack: Stack) -> None:
    seller = await a_seller()
    live = await a_live_listing(seller, available=8)
    async with stack.browser(seller.token) as browser:
        # The form was opened when 10 were left; 2 were sold; the producer adds 5.
        fields = {"name": live.name, "price": "45.000", "unit": "quả"}
        fields |= {"stock": "15", "stock_was": "10"}
        await send(browser, f"/producer/goods/{live.id}", fields)
    assert (await goods_of(seller))[0]["available"] == 13


async def test_a_name_or_price_cannot_be_emptied(stack: Stack) -> None:
    seller = await a_seller()
    live = await a_live_listing(seller)
    async with stack.browser(seller.token) as browser:
        answer = await send(
            browser, f"/producer/goods/{live.id}", {"name": " ", "price": "", "unit": "quả"}
        )
    assert answer.status_code == 400
    assert 'id="name-e"' in answer.text and 'id="price-e"' in answer.text
    assert (await goods_of(seller))[0]["name"] == live.name


async def test_anothers_goods_answer_404(stack: Stack) -> None:
    owner, other = await a_seller(), await a_seller(name="HTX Cửa Lạch")
    goods = await a_listing(owner)
    async with stack.browser(other.token) as browser:
        address = f"/producer/goods/{goods.id}"
        assert (await browser.get(address)).status_code == 404
        for path, data in (
            ("", {"name": "x", "action": "save"}),
            ("/pause", {}),
            ("/resume", {}),
            ("/stock", {"change": "1", "reference": "12345678"}),
        ):
            assert (await browser.post(address + path, data=data)).status_code == 404
        assert goods.name not in (await browser.get("/producer/goods")).text


async def test_hiding_showing_and_counting(stack: Stack) -> None:
    seller = await a_seller()
    live = await a_live_listing(seller, available=2)
    address = f"/producer/goods/{live.id}"
    async with stack.browser(seller.token) as browser:
        home = await browser.get("/producer/goods")
        reference = hidden(home.text, "reference")
        for _ in range(2):  # the same press twice counts once
            await browser.post(f"{address}/stock", data={"change": "-1", "reference": reference})
        assert (await goods_of(seller))[0]["available"] == 1
        await browser.post(f"{address}/stock", data={"change": "-5", "reference": "another-one"})
        assert (await goods_of(seller))[0]["available"] == 0
        answer = await browser.post(f"{address}/pause")
        assert "Tạm ẩn" in words((await browser.get(answer.headers["location"])).text)
        assert (await goods_of(seller))[0]["state"] == "paused"
        await browser.post(f"{address}/resume")
    assert (await goods_of(seller))[0]["state"] == "live"


async def test_resume_is_no_way_around_the_review(stack: Stack) -> None:
    seller = await a_seller()
    draft = await a_listing(seller)
    async with stack.client(seller.token) as client:
        answer = await client.post(f"/api/v1/listings/{draft.id}/resume")
    assert answer.status_code == 409
    assert (await goods_of(seller))[0]["state"] == "draft"
    assert isinstance(draft.id, UUID)
